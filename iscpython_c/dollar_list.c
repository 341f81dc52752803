/* The $LIST codec: see dollar_list.h. */
#include "dollar_list.h"

#include "numerals.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t little_endian(const uint8_t *data, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)data[i] << (8 * i);
    return value;
}

/* Finds type and payload of the element at `offset`; `*type` is -1 for an element without a value. */
static int frame(const uint8_t *list, size_t size, size_t offset, int *type, size_t *payload, size_t *end,
                 const char **error)
{
    size_t left = size - offset;
    size_t head;
    uint64_t counted; /* type and payload */
    if (left == 0) {
        *error = "the list ends where an element was expected";
        return -1;
    }
    if (list[offset] == 1) {
        *type = -1;
        *payload = *end = offset + 1;
        return 0;
    }
    if (list[offset] != 0) {
        head = 1;
        counted = (uint64_t)list[offset] - 1;
    } else if (left >= 3 && (list[offset + 1] != 0 || list[offset + 2] != 0)) {
        head = 3;
        counted = little_endian(list + offset + 1, 2);
    } else if (left >= 7) {
        head = 7;
        counted = little_endian(list + offset + 3, 4);
    } else {
        *error = "a length is cut off";
        return -1;
    }
    if (counted == 0) {
        *error = "an element has no type";
        return -1;
    }
    if (counted > left - head) {
        *error = "a length runs past the end";
        return -1;
    }
    *type = list[offset + head];
    *payload = offset + head + 1;
    *end = offset + head + (size_t)counted;
    return 0;
}

static int read_integer(const uint8_t *data, size_t size, bool negative, struct iscpy_element *element,
                        const char **error)
{
    while (size > 8 && data[size - 1] == (negative ? 0xff : 0x00))
        size--;
    if (size > 8) {
        *error = "an integer is longer than 8 bytes";
        return -1;
    }
    element->negative = negative;
    element->digits = little_endian(data, size);
    if (negative && size < 8)
        element->digits |= UINT64_MAX << (8 * size);
    if (negative && element->digits < (UINT64_C(1) << 63)) {
        *error = "a negative integer is below the 64-bit range";
        return -1;
    }
    return 0;
}

static int read_double(const uint8_t *data, size_t size, int type, struct iscpy_element *element, const char **error)
{
    element->kind = ISCPY_DOUBLE;
    if (size > 8) {
        *error = "a double is longer than 8 bytes";
        return -1;
    }
    if (type == 8 && size > 0 && size <= 4) {
        uint32_t bits = (uint32_t)(little_endian(data, size) << (8 * (4 - size)));
        float real;
        memcpy(&real, &bits, sizeof real);
        element->real = (double)real;
    } else {
        uint64_t bits = size ? little_endian(data, size) << (8 * (8 - size)) : 0;
        memcpy(&element->real, &bits, sizeof bits);
    }
    return 0;
}

int iscpy_list_next(const uint8_t *list, size_t size, size_t *offset, struct iscpy_element *element,
                    const char **error)
{
    int type;
    size_t payload, end;
    if (frame(list, size, *offset, &type, &payload, &end, error) < 0)
        return -1;
    const uint8_t *data = list + payload;
    size_t length = end - payload;
    *element = (struct iscpy_element){.kind = ISCPY_NULL, .data = data, .length = length};
    switch (type) {
    case -1:
    case 0:
        break;
    case 1:
        element->kind = ISCPY_LATIN1;
        break;
    case 2:
        element->kind = ISCPY_UTF16;
        if (length % 2) {
            *error = "a UTF-16 string has an odd number of bytes";
            return -1;
        }
        break;
    case 4:
    case 5:
        element->kind = ISCPY_INTEGER;
        if (read_integer(data, length, type == 5, element, error) < 0)
            return -1;
        break;
    case 6:
    case 7:
        element->kind = ISCPY_DECIMAL;
        if (length == 0) {
            *error = "a decimal has no exponent";
            return -1;
        }
        element->exponent = (int8_t)data[0];
        if (read_integer(data + 1, length - 1, type == 7, element, error) < 0)
            return -1;
        break;
    case 8:
    case 9:
        if (read_double(data, length, type, element, error) < 0)
            return -1;
        break;
    case 0x0d:
    case 0x0e:
    case 0x0f:
        *error = "compressed Unicode strings (types 0D, 0E, 0F) are not published and not supported";
        return -1;
    case 0x10:
        *error = "vectors (type 10) are not published and not supported";
        return -1;
    default:
        *error = "an element has an unknown type";
        return -1;
    }
    *offset = end;
    return 0;
}

int iscpy_list_skip(const uint8_t *list, size_t size, size_t *offset, const char **error)
{
    int type;
    size_t payload, end;
    if (frame(list, size, *offset, &type, &payload, &end, error) < 0)
        return -1;
    *offset = end;
    return 0;
}

const double iscpy_powers_of_ten[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

double iscpy_decimal_to_double(const struct iscpy_element *element)
{
    const double *powers = iscpy_powers_of_ten;
    uint64_t magnitude = element->negative ? 0 - element->digits : element->digits;
    double sign = element->negative ? -1.0 : 1.0;
    /* Both operands exact: one division or multiplication rounds once. */
    if (magnitude <= UINT64_C(1) << 53) {
        if (element->exponent <= 0 && element->exponent >= -22)
            return sign * (double)magnitude / powers[-element->exponent];
        if (element->exponent > 0 && element->exponent <= 22)
            return sign * (double)magnitude * powers[element->exponent];
    }
    char text[40];
    snprintf(text, sizeof text, "%" PRIu64 "e%d", magnitude, element->exponent);
    return sign * iscpy_text_to_double(text, NULL);
}

/* mantissa and exponent without an exponent: 15, -1 is 1.5; 5, -1 is .5; 1, 3 is 1000 */
static size_t decimal_text(const struct iscpy_element *element, char *text)
{
    char digits[24];
    uint64_t magnitude = element->negative ? 0 - element->digits : element->digits;
    int exponent = element->exponent;
    size_t size = 0;
    while (magnitude != 0 && exponent < 0 && magnitude % 10 == 0) {
        magnitude /= 10;
        exponent++;
    }
    int count = snprintf(digits, sizeof digits, "%" PRIu64, magnitude);
    if (magnitude == 0)
        exponent = 0;
    if (element->negative)
        text[size++] = '-';
    int whole = count + exponent; /* digits before the point */
    if (exponent >= 0) {
        memcpy(text + size, digits, (size_t)count);
        memset(text + size + count, '0', (size_t)exponent);
        return size + (size_t)whole;
    }
    if (whole > 0) {
        memcpy(text + size, digits, (size_t)whole);
        size += (size_t)whole;
    }
    text[size++] = '.';
    for (int zero = whole; zero < 0; zero++)
        text[size++] = '0';
    int first = whole > 0 ? whole : 0;
    memcpy(text + size, digits + first, (size_t)(count - first));
    size += (size_t)(count - first);
    return size;
}

size_t iscpy_number_text(const struct iscpy_element *element, char *text)
{
    if (element->kind == ISCPY_INTEGER)
        return (size_t)(element->negative ? snprintf(text, 200, "%" PRId64, (int64_t)element->digits)
                                          : snprintf(text, 200, "%" PRIu64, element->digits));
    if (element->kind == ISCPY_DECIMAL)
        return decimal_text(element, text);
    size_t size = iscpy_double_to_text(element->real, text);
    if (strncmp(text, "0.", 2) == 0) {
        memmove(text, text + 1, size);
        size--;
    } else if (strncmp(text, "-0.", 3) == 0) {
        memmove(text + 1, text + 2, size - 1);
        size--;
    }
    return size;
}

void iscpy_buffer_append(struct iscpy_buffer *buffer, const void *data, size_t size)
{
    if (buffer->failed || size == 0)
        return;
    if (size > SIZE_MAX / 4 - buffer->size) {
        buffer->failed = true;
        return;
    }
    if (buffer->size + size > buffer->capacity) {
        size_t capacity = (buffer->size + size) * 2;
        uint8_t *grown = realloc(buffer->data, capacity);
        if (grown == NULL) {
            buffer->failed = true;
            return;
        }
        buffer->data = grown;
        buffer->capacity = capacity;
    }
    memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
}

void iscpy_buffer_free(struct iscpy_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct iscpy_buffer){0};
}

static void put_head(struct iscpy_buffer *buffer, uint8_t type, size_t payload)
{
    uint8_t head[8];
    size_t size;
    uint64_t counted = (uint64_t)payload + 1;
    if (payload <= 253) {
        head[0] = (uint8_t)(counted + 1);
        size = 1;
    } else if (counted <= 0xffff) {
        head[0] = 0;
        head[1] = (uint8_t)(counted & 0xff);
        head[2] = (uint8_t)(counted >> 8);
        size = 3;
    } else if (counted <= 0xffffffff) {
        head[0] = head[1] = head[2] = 0;
        for (int i = 0; i < 4; i++)
            head[3 + i] = (uint8_t)(counted >> (8 * i));
        size = 7;
    } else {
        buffer->failed = true;
        return;
    }
    head[size] = type;
    iscpy_buffer_append(buffer, head, size + 1);
}

void iscpy_list_put_null(struct iscpy_buffer *buffer)
{
    iscpy_buffer_append(buffer, "\x01", 1);
}

void iscpy_list_put_text(struct iscpy_buffer *buffer, uint8_t type, const void *data, size_t size)
{
    put_head(buffer, type, size);
    iscpy_buffer_append(buffer, data, size);
}

/* The bytes of an integer as the vendor writes them: high zero (or ff) bytes dropped, the sign bit of what is left of
 * a non-negative one kept clear. */
static size_t integer_bytes(uint8_t *bytes, bool negative, uint64_t digits)
{
    size_t size = 8;
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(digits >> (8 * i));
    while (size > 0 && bytes[size - 1] == (negative ? 0xff : 0x00))
        size--;
    if (!negative && size > 0 && size < 8 && (bytes[size - 1] & 0x80))
        bytes[size++] = 0;
    return size;
}

void iscpy_list_put_integer(struct iscpy_buffer *buffer, bool negative, uint64_t digits)
{
    uint8_t bytes[8];
    size_t size = integer_bytes(bytes, negative, digits);
    iscpy_list_put_text(buffer, negative ? 5 : 4, bytes, size);
}

void iscpy_list_put_decimal(struct iscpy_buffer *buffer, bool negative, uint64_t digits, int exponent)
{
    uint8_t bytes[9];
    bytes[0] = (uint8_t)(int8_t)exponent;
    size_t size = integer_bytes(bytes + 1, negative, digits);
    iscpy_list_put_text(buffer, negative ? 7 : 6, bytes, size + 1);
}

void iscpy_list_put_double(struct iscpy_buffer *buffer, double real)
{
    uint8_t bytes[8];
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(bits >> (8 * i));
    iscpy_list_put_text(buffer, 8, bytes, 8);
}
