/* Elements as decimals of a column: see column_values.h. */
#include "column_values.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 magnitude;

enum { MOST_EXPONENT = 1000 }; /* of a text: more is beyond every column */

/* 10^38, the first number of 39 digits. */
static magnitude limit(void)
{
    return (magnitude)10000000000000000000ULL * 10000000000000000000ULL;
}

/* digits * 10^exponent with the sign, times 10^scale, as long as it is a whole number of up to 38 digits. */
static bool scaled(bool negative, magnitude digits, int exponent, int scale, iscpy_int128 *value, int *needed)
{
    while (digits != 0 && digits % 10 == 0) { /* so that the exponent tells how many digits are behind the point */
        digits /= 10;
        exponent++;
    }
    *value = 0;
    if (digits == 0)
        return true;
    if (exponent + scale < 0) {
        *needed = -exponent;
        return false;
    }
    for (int i = exponent + scale; i > 0; i--) {
        if (digits >= limit() / 10)
            return false;
        digits *= 10;
    }
    if (digits >= limit())
        return false;
    *value = negative ? -(iscpy_int128)digits : (iscpy_int128)digits;
    return true;
}

/* The decimal that a text is from end to end: digits with a point, and an exponent. */
static bool of_text(const uint8_t *text, size_t size, int scale, iscpy_int128 *value, int *needed)
{
    magnitude digits = 0;
    int exponent = 0;
    bool negative = size > 0 && text[0] == '-', point = false, any = false;
    size_t at = size > 0 && (text[0] == '-' || text[0] == '+');
    for (; at < size && (text[at] == '.' || (text[at] >= '0' && text[at] <= '9')); at++) {
        if (text[at] == '.') {
            if (point)
                return false;
            point = true;
            continue;
        }
        any = true;
        if (digits >= limit()) /* 39 digits: no zeros at the end could make them fewer that a number has */
            return false;
        digits = digits * 10 + (unsigned)(text[at] - '0');
        exponent -= point;
    }
    if (any && at < size && (text[at] == 'e' || text[at] == 'E')) {
        int power = 0;
        bool down = at + 1 < size && text[at + 1] == '-';
        at += down || (at + 1 < size && text[at + 1] == '+') ? 2 : 1;
        any = at < size;
        for (; at < size && text[at] >= '0' && text[at] <= '9'; at++)
            if (power < MOST_EXPONENT)
                power = power * 10 + (text[at] - '0');
        exponent += down ? -power : power;
    }
    return any && at == size && scaled(negative, digits, exponent, scale, value, needed);
}

bool iscpy_decimal_of(const struct iscpy_element *element, int scale, iscpy_int128 *value, int *needed)
{
    char text[200];
    *needed = 0;
    *value = 0;
    switch (element->kind) {
    case ISCPY_INTEGER:
    case ISCPY_DECIMAL: {
        uint64_t digits = element->negative ? 0 - element->digits : element->digits;
        return scaled(element->negative, digits, element->kind == ISCPY_DECIMAL ? element->exponent : 0, scale, value,
                      needed);
    }
    case ISCPY_DOUBLE:
        return of_text((const uint8_t *)text, iscpy_number_text(element, text), scale, value, needed);
    case ISCPY_LATIN1:
        return of_text(element->data, element->length, scale, value, needed);
    case ISCPY_NULL:
    case ISCPY_UTF16:
        break;
    }
    return false;
}
