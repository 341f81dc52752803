/* The $LIST codec in plain C: no Python, no allocation in the reader.
 *
 * A list is its elements one after the other; docs/list-format.md tells the bytes. The reader never looks past `size`
 * and reports the offset of the first byte that is not a list.
 */
#ifndef ISCPY_DOLLAR_LIST_H
#define ISCPY_DOLLAR_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum iscpy_kind {
    ISCPY_NULL,
    ISCPY_LATIN1,
    ISCPY_UTF16,
    ISCPY_INTEGER,
    ISCPY_DECIMAL,
    ISCPY_DOUBLE,
};

/* One element. `data`/`length` point into the list and are its text; numbers are decoded.
 * An integer or mantissa is `(int64_t)digits` when `negative`, else `digits`. */
struct iscpy_element {
    enum iscpy_kind kind;
    const uint8_t *data;
    size_t length;
    bool negative;
    uint64_t digits;
    int exponent;
    double real;
};

/* Reads the element at `*offset` and moves `*offset` past it. Returns 0, or -1 with `*error` set to a constant text and
 * `*offset` left at the element that could not be read. */
int iscpy_list_next(const uint8_t *list, size_t size, size_t *offset, struct iscpy_element *element,
                    const char **error);

/* Moves `*offset` past one element without decoding it. Same result as iscpy_list_next. */
int iscpy_list_skip(const uint8_t *list, size_t size, size_t *offset, const char **error);

/* The powers of ten that a double holds exactly. */
extern const double iscpy_powers_of_ten[23];

/* mantissa * 10^exponent, correctly rounded. */
double iscpy_decimal_to_double(const struct iscpy_element *element);

/* The canonical text of a number (no leading zero, no trailing zeros); `text` holds 200 characters. Returns its length. */
size_t iscpy_number_text(const struct iscpy_element *element, char *text);

/* A growing output buffer; `failed` is set when memory ran out. */
struct iscpy_buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
    bool failed;
};

void iscpy_buffer_append(struct iscpy_buffer *buffer, const void *data, size_t size);
void iscpy_buffer_free(struct iscpy_buffer *buffer);

void iscpy_list_put_null(struct iscpy_buffer *buffer);
void iscpy_list_put_text(struct iscpy_buffer *buffer, uint8_t type, const void *data, size_t size);
void iscpy_list_put_integer(struct iscpy_buffer *buffer, bool negative, uint64_t digits);
void iscpy_list_put_decimal(struct iscpy_buffer *buffer, bool negative, uint64_t digits, int exponent);
void iscpy_list_put_double(struct iscpy_buffer *buffer, double real);

#endif
