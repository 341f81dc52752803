/* Elements as the values of columns: see column_values.h. */
#include "column_values.h"

#include "numerals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The number a text starts with, when the whole text is that number. */
static bool text_number(const struct iscpy_element *element, double *real, int64_t *integer, bool *is_integer)
{
    char text[64];
    if (element->kind != ISCPY_LATIN1 || element->length == 0 || element->length >= sizeof text)
        return false;
    memcpy(text, element->data, element->length);
    text[element->length] = 0;
    if (strspn(text, "+-.0123456789eE") != element->length)
        return false;
    char *end;
    long long whole = strtoll(text, &end, 10);
    *is_integer = *end == 0 && element->length < 19;
    *integer = whole;
    *real = iscpy_text_to_double(text, &end);
    return *end == 0;
}

bool iscpy_number_of(const struct iscpy_element *element, double *real, int64_t *integer, bool *is_integer)
{
    *is_integer = false;
    switch (element->kind) {
    case ISCPY_INTEGER:
        *integer = (int64_t)element->digits;
        *is_integer = element->negative || element->digits <= (uint64_t)INT64_MAX;
        *real = element->negative ? (double)*integer : (double)element->digits;
        return true;
    case ISCPY_DECIMAL:
        *real = iscpy_decimal_to_double(element);
        break;
    case ISCPY_DOUBLE:
        *real = element->real;
        break;
    case ISCPY_LATIN1:
        return text_number(element, real, integer, is_integer);
    case ISCPY_NULL:
    case ISCPY_UTF16:
        return false;
    }
    if (*real == floor(*real) && fabs(*real) < 9007199254740992.0) {
        *integer = (int64_t)*real;
        *is_integer = true;
    }
    return true;
}

/* Two digits at `text`; `*bad` is set when they are none. */
static int two_digits(const uint8_t *text, unsigned *bad)
{
    unsigned tens = (unsigned)text[0] - '0', ones = (unsigned)text[1] - '0';
    *bad |= (unsigned)(tens > 9) | (unsigned)(ones > 9);
    return (int)(tens * 10 + ones);
}

/* Days from 1970-01-01 of a date of the proleptic Gregorian calendar. */
static int64_t days_of(int year, int month, int day)
{
    int shifted = month > 2 ? year : year - 1;
    int era = shifted / 400;
    int of_era = shifted - era * 400;
    int of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return (int64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + leap;
}

/* The fraction behind the point as microseconds; digits beyond those are dropped. -1 when it is none. */
static int64_t fraction_of(const uint8_t *text, size_t size)
{
    int64_t fraction = 0, unit = 100000;
    for (size_t i = 0; i < size; i++, unit /= 10) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        fraction += unit * (text[i] - '0');
    }
    return fraction;
}

bool iscpy_timestamp_of(const struct iscpy_element *element, int64_t *microseconds)
{
    const uint8_t *text = element->data;
    int hour = 0, minute = 0, second = 0;
    int64_t fraction = 0;
    unsigned bad = 0;
    if (element->kind != ISCPY_LATIN1 || (element->length != 10 && element->length < 19) || element->length > 29)
        return false;
    int year = two_digits(text, &bad) * 100 + two_digits(text + 2, &bad);
    int month = two_digits(text + 5, &bad), day = two_digits(text + 8, &bad);
    if (bad || text[4] != '-' || text[7] != '-' || year < 1 || month < 1 || month > 12 || day < 1 ||
        day > days_in(year, month))
        return false;
    if (element->length > 10) {
        hour = two_digits(text + 11, &bad);
        minute = two_digits(text + 14, &bad);
        second = two_digits(text + 17, &bad);
        if (bad || (text[10] != ' ' && text[10] != 'T') || text[13] != ':' || text[16] != ':' || hour > 23 ||
            minute > 59 || second > 59)
            return false;
        if (element->length > 19 && (text[19] != '.' || (fraction = fraction_of(text + 20, element->length - 20)) < 0))
            return false;
    }
    int64_t seconds = ((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    *microseconds = seconds * 1000000 + fraction;
    return true;
}

static void put_utf16(struct iscpy_buffer *buffer, const uint8_t *data, size_t length)
{
    for (size_t i = 0; i + 1 < length; i += 2) {
        uint32_t c = (uint32_t)data[i] | (uint32_t)data[i + 1] << 8;
        if (c >= 0xd800 && c < 0xdc00 && i + 3 < length) {
            uint32_t low = (uint32_t)data[i + 2] | (uint32_t)data[i + 3] << 8;
            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                i += 2;
            }
        }
        if (c >= 0xd800 && c < 0xe000)
            c = 0xfffd; /* half a surrogate pair is no character of UTF-8 */
        uint8_t out[4];
        size_t size;
        if (c < 0x80) {
            out[0] = (uint8_t)c;
            size = 1;
        } else if (c < 0x800) {
            out[0] = (uint8_t)(0xc0 | c >> 6);
            out[1] = (uint8_t)(0x80 | (c & 0x3f));
            size = 2;
        } else if (c < 0x10000) {
            out[0] = (uint8_t)(0xe0 | c >> 12);
            out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
            out[2] = (uint8_t)(0x80 | (c & 0x3f));
            size = 3;
        } else {
            out[0] = (uint8_t)(0xf0 | c >> 18);
            out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
            out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
            out[3] = (uint8_t)(0x80 | (c & 0x3f));
            size = 4;
        }
        iscpy_buffer_append(buffer, out, size);
    }
}

static void put_latin1(struct iscpy_buffer *buffer, const uint8_t *data, size_t length)
{
    size_t start = 0;
    for (size_t i = 0; i < length; i++) {
        if (data[i] < 0x80)
            continue;
        uint8_t out[2] = {(uint8_t)(0xc0 | data[i] >> 6), (uint8_t)(0x80 | (data[i] & 0x3f))};
        iscpy_buffer_append(buffer, data + start, i - start);
        iscpy_buffer_append(buffer, out, 2);
        start = i + 1;
    }
    iscpy_buffer_append(buffer, data + start, length - start);
}

/* The canonical text of a number, as the language writes it. */
static void put_number_text(struct iscpy_buffer *buffer, const struct iscpy_element *element)
{
    char text[200];
    size_t size = iscpy_number_text(element, text);
    iscpy_buffer_append(buffer, text, size);
}

void iscpy_put_string(struct iscpy_buffer *buffer, const struct iscpy_element *element)
{
    if (element->kind == ISCPY_LATIN1) {
        if (element->length == 1 && element->data[0] == 0)
            return; /* $char(0) is how the empty SQL string is stored */
        put_latin1(buffer, element->data, element->length);
    } else if (element->kind == ISCPY_UTF16) {
        put_utf16(buffer, element->data, element->length);
    } else {
        put_number_text(buffer, element);
    }
}
