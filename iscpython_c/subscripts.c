/* Keys of globals: see subscripts.h. */
#include "subscripts.h"

#include <stdlib.h>
#include <string.h>

enum { NEGATIVE = 0x10, ZERO = 0x18, POSITIVE = 0x20, STRING = 0x40 };
#define EXPONENT_BIAS 512 /* of two bytes: a key has fewer digits than that */

static void put(struct iscpy_key *key, uint8_t byte)
{
    if (key->size < sizeof key->bytes)
        key->bytes[key->size++] = byte;
    else
        key->too_long = true;
}

void iscpy_key_name(struct iscpy_key *key, const char *name, size_t size)
{
    key->size = 0;
    key->too_long = false;
    for (size_t i = 0; i < size; i++)
        put(key, (uint8_t)name[i]);
    put(key, 0);
}

bool iscpy_is_canonical(const char *text, size_t size)
{
    size_t i = 0, point = SIZE_MAX, first;
    if (size == 1 && text[0] == '0')
        return true;
    if (size > 0 && text[0] == '-')
        i = 1;
    first = i;
    if (i >= size)
        return false;
    for (; i < size; i++) {
        if (text[i] == '.') {
            if (point != SIZE_MAX)
                return false;
            point = i;
        } else if (text[i] < '0' || text[i] > '9') {
            return false;
        }
    }
    if (point == SIZE_MAX)
        return text[first] != '0';
    return size - first > 1 && text[first] != '0' && text[size - 1] != '0' && text[size - 1] != '.';
}

static void put_number(struct iscpy_key *key, const char *text, size_t size)
{
    bool negative = text[0] == '-';
    uint8_t flip = negative ? 0xff : 0;
    const char *digits = text + negative;
    size -= negative;
    const char *point = memchr(digits, '.', size);
    long whole = point ? (long)(point - digits) : (long)size; /* digits before the point */
    size_t start = 0;
    while (start < size && (digits[start] == '0' || digits[start] == '.')) {
        whole -= digits[start] == '0';
        start++;
    }
    size_t end = size;
    while (end > start && digits[end - 1] == '0')
        end--;
    unsigned biased = (unsigned)(whole + EXPONENT_BIAS);
    put(key, negative ? NEGATIVE : POSITIVE);
    put(key, (uint8_t)(biased >> 8) ^ flip);
    put(key, (uint8_t)(biased & 0xff) ^ flip);
    for (size_t i = start; i < end; i++)
        if (digits[i] != '.')
            put(key, (uint8_t)digits[i] ^ flip);
    put(key, flip);
}

void iscpy_key_subscript(struct iscpy_key *key, const char *text, size_t size)
{
    if (size == 1 && text[0] == '0') {
        put(key, ZERO);
        return;
    }
    if (size < ISCPY_KEY_LIMIT && iscpy_is_canonical(text, size)) {
        put_number(key, text, size);
        return;
    }
    put(key, STRING);
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)text[i];
        if (byte <= 1) {
            put(key, 1);
            byte++;
        }
        put(key, byte);
    }
    put(key, 0);
}

static long next_number(const uint8_t *key, size_t size, size_t *offset, char *text, bool negative)
{
    uint8_t flip = negative ? 0xff : 0;
    char digits[ISCPY_KEY_LIMIT];
    long count = 0, length = 0;
    size_t i = *offset;
    if (size - i < 3)
        return -1;
    long whole = (long)((unsigned)(key[i] ^ flip) << 8 | (key[i + 1] ^ flip)) - EXPONENT_BIAS;
    for (i += 2; i < size && key[i] != flip; i++)
        digits[count++] = (char)(key[i] ^ flip);
    if (i >= size || whole > ISCPY_KEY_LIMIT || whole < -ISCPY_KEY_LIMIT)
        return -1;
    *offset = i + 1;
    if (negative)
        text[length++] = '-';
    long at = 0;
    for (; at < whole && length < ISCPY_KEY_LIMIT; at++)
        text[length++] = at < count ? digits[at] : '0';
    if (whole < count) {
        text[length++] = '.';
        for (long zero = whole; zero < 0 && length < ISCPY_KEY_LIMIT; zero++)
            text[length++] = '0';
        for (at = whole > 0 ? whole : 0; at < count && length < ISCPY_KEY_LIMIT; at++)
            text[length++] = digits[at];
    }
    return length;
}

long iscpy_key_next(const uint8_t *key, size_t size, size_t *offset, char *text, bool *number)
{
    if (*offset >= size)
        return -1;
    uint8_t tag = key[(*offset)++];
    long length = 0;
    *number = tag != STRING;
    switch (tag) {
    case ZERO:
        text[length++] = '0';
        return length;
    case NEGATIVE:
    case POSITIVE:
        return next_number(key, size, offset, text, tag == NEGATIVE);
    case STRING:
        for (; *offset < size && key[*offset] != 0; (*offset)++) {
            uint8_t byte = key[*offset];
            if (byte == 1) {
                if (++*offset >= size)
                    return -1;
                byte = (uint8_t)(key[*offset] - 1);
            }
            text[length++] = (char)byte;
        }
        if (*offset >= size)
            return -1;
        (*offset)++;
        return length;
    default:
        return -1;
    }
}

bool iscpy_key_integer(const uint8_t *key, size_t size, size_t offset, int64_t *value)
{
    if (size == offset + 1 && key[offset] == ZERO) {
        *value = 0;
        return true;
    }
    if (size < offset + 5 || (key[offset] != POSITIVE && key[offset] != NEGATIVE))
        return false;
    bool negative = key[offset] == NEGATIVE;
    uint8_t flip = negative ? 0xff : 0;
    size_t count = size - offset - 4; /* digits: behind tag and exponent, before the terminator */
    long whole = (long)((unsigned)(key[offset + 1] ^ flip) << 8 | (key[offset + 2] ^ flip)) - EXPONENT_BIAS;
    if (whole < (long)count || whole > 18 || key[size - 1] != flip)
        return false;
    int64_t number = 0;
    for (size_t i = 0; i < (size_t)whole; i++) {
        unsigned digit = i < count ? (unsigned)(key[offset + 3 + i] ^ flip) - '0' : 0;
        if (digit > 9)
            return false;
        number = number * 10 + digit;
    }
    *value = negative ? -number : number;
    return true;
}
