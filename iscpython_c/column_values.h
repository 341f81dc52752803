/* An element as a value of a column: numbers, decimals, timestamps, text. Plain C: no Python. */
#ifndef ISCPY_COLUMN_VALUES_H
#define ISCPY_COLUMN_VALUES_H

#include "dollar_list.h"

/* The value as a number, of a text the number that the whole of it is; false when it is none. `*is_integer` tells
 * whether `*integer` has it, too. */
bool iscpy_number_of(const struct iscpy_element *element, double *real, int64_t *integer, bool *is_integer);

/* Microseconds since 1970-01-01 of YYYY-MM-DD, with HH:MM:SS[.ffffff] behind it or without. */
bool iscpy_timestamp_of(const struct iscpy_element *element, int64_t *microseconds);

/* Appends the text of an element that is not null, as UTF-8. */
void iscpy_put_string(struct iscpy_buffer *buffer, const struct iscpy_element *element);

#define ISCPY_DECIMAL_DIGITS 38 /* of a decimal column */

/* A decimal as Arrow's decimal128 has it: its value times 10^scale. */
typedef __int128 iscpy_int128;

/* The value as a decimal with `scale` digits behind the point; false when it is none, has more than 38 digits, or more
 * behind the point: then `*needed` is how many, else it is 0. */
bool iscpy_decimal_of(const struct iscpy_element *element, int scale, iscpy_int128 *value, int *needed);

#endif
