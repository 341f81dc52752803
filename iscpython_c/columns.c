/* Columnar decoding: see columns.h. */
#include "columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HOROLOG_OF_1970 47117 /* $HOROLOG day of 1970-01-01 */
#define HOROLOG_LAST 2980013  /* 9999-12-31 */

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
    *real = strtod(text, &end);
    return *end == 0;
}

/* The value of an element as a number. */
static bool number_of(const struct iscpy_element *element, double *real, int64_t *integer, bool *is_integer)
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

static bool digits(const uint8_t *text, size_t count, int *value)
{
    *value = 0;
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *value = *value * 10 + (text[i] - '0');
    }
    return true;
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

static bool timestamp_of(const struct iscpy_element *element, int64_t *microseconds)
{
    const uint8_t *text = element->data;
    int year, month, day, hour = 0, minute = 0, second = 0;
    int64_t fraction = 0;
    if (element->kind != ISCPY_LATIN1 || (element->length != 10 && element->length < 19) || element->length > 29)
        return false;
    if (!digits(text, 4, &year) || !digits(text + 5, 2, &month) || !digits(text + 8, 2, &day) || text[4] != '-' ||
        text[7] != '-' || year < 1 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    if (element->length > 10) {
        if (!digits(text + 11, 2, &hour) || !digits(text + 14, 2, &minute) || !digits(text + 17, 2, &second) ||
            (text[10] != ' ' && text[10] != 'T') || text[13] != ':' || text[16] != ':' || hour > 23 || minute > 59 ||
            second > 59)
            return false;
        if (element->length > 19 && text[19] != '.')
            return false;
        int64_t unit = 100000;
        for (size_t i = 20; i < element->length; i++, unit /= 10) {
            if (text[i] < '0' || text[i] > '9')
                return false;
            fraction += unit * (text[i] - '0');
        }
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

static void put_string(struct iscpy_buffer *buffer, const struct iscpy_element *element)
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

/* Appends the element's value, or a zero in its place when it is no value of the column's kind. */
static bool put_fixed(struct iscpy_column *column, const struct iscpy_element *element, bool present, size_t row)
{
    double real = 0;
    int64_t integer = 0;
    bool whole = false, fits = false;
    if (present && column->kind != ISCPY_COLUMN_TIMESTAMP)
        fits = number_of(element, &real, &integer, &whole);
    int32_t small = 0;
    switch (column->kind) {
    case ISCPY_COLUMN_INTEGER:
        if (fits && !whole) {
            column->needs_real = true;
            fits = false;
        }
        integer = fits ? integer : 0;
        iscpy_buffer_append(&column->data, &integer, sizeof integer);
        break;
    case ISCPY_COLUMN_REAL:
        real = fits ? real : 0.0;
        iscpy_buffer_append(&column->data, &real, sizeof real);
        break;
    case ISCPY_COLUMN_BOOLEAN:
        if (row % 8 == 0)
            iscpy_buffer_append(&column->data, "", 1);
        if (fits && real != 0 && !column->data.failed)
            column->data.data[row / 8] |= (uint8_t)(1u << row % 8);
        break;
    case ISCPY_COLUMN_DATE:
        fits = fits && whole && integer >= -672046 && integer <= HOROLOG_LAST;
        small = fits ? (int32_t)(integer - HOROLOG_OF_1970) : 0;
        iscpy_buffer_append(&column->data, &small, sizeof small);
        break;
    case ISCPY_COLUMN_TIME:
        fits = fits && real >= 0 && real < 86400;
        small = fits ? (int32_t)real : 0;
        iscpy_buffer_append(&column->data, &small, sizeof small);
        break;
    case ISCPY_COLUMN_TIMESTAMP:
        fits = present && timestamp_of(element, &integer);
        integer = fits ? integer : 0;
        iscpy_buffer_append(&column->data, &integer, sizeof integer);
        break;
    case ISCPY_COLUMN_STRING:
        break;
    }
    return fits;
}

static void put_row(struct iscpy_column *column, const struct iscpy_element *element, size_t row)
{
    bool present = element->kind != ISCPY_NULL && !(element->kind == ISCPY_LATIN1 && element->length == 0);
    bool valid = present;
    if (column->kind == ISCPY_COLUMN_STRING) {
        if (present)
            put_string(&column->data, element);
        int64_t end = (int64_t)column->data.size;
        iscpy_buffer_append(&column->offsets, &end, sizeof end);
    } else {
        valid = put_fixed(column, element, present, row);
    }
    if (valid) {
        column->validity[row / 8] |= (uint8_t)(1u << row % 8);
    } else {
        column->nulls++;
        if (present) {
            column->misfits++;
            if (column->first_misfit < 0)
                column->first_misfit = (int64_t)row;
        }
    }
}

/* Decodes one row: the columns are sorted by position. */
static int decode_row(const struct iscpy_row *row, size_t index, struct iscpy_column *columns, size_t column_count,
                      struct iscpy_row_error *error)
{
    size_t offset = 0, position = 0, column = 0;
    struct iscpy_element element = {.kind = ISCPY_INTEGER, .negative = row->id < 0, .digits = (uint64_t)row->id};
    for (; column < column_count && columns[column].position == 0; column++)
        put_row(&columns[column], &element, index);
    for (; column < column_count; column++) {
        const char *text = NULL;
        while (position < columns[column].position && offset < row->size) {
            position++;
            int status = position == columns[column].position
                             ? iscpy_list_next(row->list, row->size, &offset, &element, &text)
                             : iscpy_list_skip(row->list, row->size, &offset, &text);
            if (status < 0) {
                *error = (struct iscpy_row_error){.row = (int64_t)index, .offset = offset, .text = text};
                return -1;
            }
        }
        if (position < columns[column].position)
            element = (struct iscpy_element){.kind = ISCPY_NULL};
        put_row(&columns[column], &element, index);
    }
    return 0;
}

int iscpy_decode_rows(const struct iscpy_row *rows, size_t count, struct iscpy_column *columns, size_t column_count,
                      struct iscpy_row_error *error)
{
    static const int64_t zero = 0;
    for (size_t i = 0; i < column_count; i++) {
        columns[i].first_misfit = -1;
        columns[i].validity = calloc(count / 8 + 1, 1);
        if (columns[i].validity == NULL)
            return -2;
        if (columns[i].kind == ISCPY_COLUMN_STRING)
            iscpy_buffer_append(&columns[i].offsets, &zero, sizeof zero);
    }
    for (size_t row = 0; row < count; row++)
        if (decode_row(&rows[row], row, columns, column_count, error) < 0)
            return -1;
    for (size_t i = 0; i < column_count; i++)
        if (columns[i].data.failed || columns[i].offsets.failed)
            return -2;
    return 0;
}

void iscpy_column_free(struct iscpy_column *column)
{
    free(column->validity);
    column->validity = NULL;
    iscpy_buffer_free(&column->data);
    iscpy_buffer_free(&column->offsets);
}
