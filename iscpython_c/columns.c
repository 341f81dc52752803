/* Columnar decoding: see columns.h. */
#include "columns.h"

#include "column_values.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { AHEAD = 8, CACHE_LINE = 64 };

#define HOROLOG_OF_1970 47117 /* $HOROLOG day of 1970-01-01 */
#define HOROLOG_FIRST (-672045) /* 0001-01-01 */
#define HOROLOG_LAST 2980013    /* 9999-12-31 */

/* Bytes of one value of a column with values of fixed size; 0 for bits and strings. */
static size_t width_of(enum iscpy_column_kind kind)
{
    switch (kind) {
    case ISCPY_COLUMN_DECIMAL:
        return 16;
    case ISCPY_COLUMN_INTEGER:
    case ISCPY_COLUMN_REAL:
    case ISCPY_COLUMN_TIMESTAMP:
        return 8;
    case ISCPY_COLUMN_DATE:
    case ISCPY_COLUMN_TIME:
        return 4;
    case ISCPY_COLUMN_BOOLEAN:
    case ISCPY_COLUMN_STRING:
        break;
    }
    return 0;
}

static void set_bit(uint8_t *bits, size_t at)
{
    bits[at / 8] |= (uint8_t)(1u << at % 8);
}

static void put_16(const struct iscpy_column *column, size_t row, iscpy_int128 value)
{
    memcpy(column->data.data + row * 16, &value, 16);
}

static void put_8(const struct iscpy_column *column, size_t row, const void *value)
{
    memcpy(column->data.data + row * 8, value, 8);
}

static void put_4(const struct iscpy_column *column, size_t row, int32_t value)
{
    memcpy(column->data.data + row * 4, &value, 4);
}

/* Writes the element's value; false, and a zero in its place, when it is no value of the column's kind. */
static bool put_fixed(struct iscpy_column *column, const struct iscpy_element *element, bool present, size_t row)
{
    double real = 0;
    int64_t integer = 0;
    iscpy_int128 decimal = 0;
    int needed = 0;
    bool whole = false, fits = false;
    if (present && column->kind != ISCPY_COLUMN_TIMESTAMP && column->kind != ISCPY_COLUMN_DECIMAL)
        fits = iscpy_number_of(element, &real, &integer, &whole);
    switch (column->kind) {
    case ISCPY_COLUMN_INTEGER:
        if (fits && !whole) {
            column->wider = 1;
            fits = false;
        }
        integer = fits ? integer : 0;
        put_8(column, row, &integer);
        break;
    case ISCPY_COLUMN_REAL:
        real = fits ? real : 0.0;
        put_8(column, row, &real);
        break;
    case ISCPY_COLUMN_DECIMAL:
        fits = present && iscpy_decimal_of(element, column->scale, &decimal, &needed);
        if (needed > column->wider)
            column->wider = needed;
        put_16(column, row, decimal);
        break;
    case ISCPY_COLUMN_BOOLEAN:
        if (fits && real != 0)
            set_bit(column->data.data, row);
        break;
    case ISCPY_COLUMN_DATE:
        fits = fits && whole && integer >= HOROLOG_FIRST && integer <= HOROLOG_LAST;
        put_4(column, row, fits ? (int32_t)(integer - HOROLOG_OF_1970) : 0);
        break;
    case ISCPY_COLUMN_TIME:
        fits = fits && real >= 0 && real < 86400;
        put_4(column, row, fits ? (int32_t)real : 0);
        break;
    case ISCPY_COLUMN_TIMESTAMP:
        fits = present && iscpy_timestamp_of(element, &integer);
        integer = fits ? integer : 0;
        put_8(column, row, &integer);
        break;
    case ISCPY_COLUMN_STRING:
        break;
    }
    return fits;
}

static void end_string(struct iscpy_column *column, size_t row)
{
    int64_t end = (int64_t)column->data.size;
    memcpy(column->offsets.data + (row + 1) * sizeof end, &end, sizeof end);
}

/* Any element into any column. */
static void put_element(struct iscpy_column *column, const struct iscpy_element *element, size_t row)
{
    bool present = element->kind != ISCPY_NULL && !(element->kind == ISCPY_LATIN1 && element->length == 0);
    bool valid = present;
    if (column->kind == ISCPY_COLUMN_STRING) {
        if (present)
            iscpy_put_string(&column->data, element);
        end_string(column, row);
    } else {
        valid = put_fixed(column, element, present, row);
    }
    if (valid) {
        set_bit(column->validity, row);
    } else {
        column->nulls++;
        if (present) {
            column->misfits++;
            if (column->first_misfit < 0)
                column->first_misfit = (int64_t)row;
        }
    }
}

/* A non-negative integer of up to 7 bytes, of which `room` >= size may be looked at. */
static uint64_t small_integer(const uint8_t *data, size_t size, size_t room)
{
    uint64_t value = 0;
    if (room >= sizeof value) { /* one load, whatever the size */
        memcpy(&value, data, sizeof value);
        return value & ((UINT64_C(1) << 8 * size) - 1);
    }
    for (size_t i = size; i-- > 0;)
        value = value << 8 | data[i];
    return value;
}

/* ASCII text when there is memory for it; false for other text. Of `data`, `room` >= size bytes may be looked at. */
static bool put_ascii(struct iscpy_column *column, const uint8_t *data, size_t size, size_t room)
{
    static const uint64_t high_bits = UINT64_C(0x8080808080808080);
    struct iscpy_buffer *buffer = &column->data;
    uint64_t word = 0, high = 0;
    size_t at = 0;
    if (buffer->capacity - buffer->size < size + sizeof word)
        return false;
    uint8_t *out = buffer->data + buffer->size;
    for (; at < size && at + sizeof word <= room; at += sizeof word) { /* the last word may be more than the text */
        memcpy(&word, data + at, sizeof word);
        memcpy(out + at, &word, sizeof word);
        if (size - at < sizeof word)
            word &= (UINT64_C(1) << 8 * (size - at)) - 1;
        high |= word;
    }
    for (; at < size; at++) {
        out[at] = data[at];
        high |= data[at];
    }
    if (high & high_bits)
        return false;
    buffer->size += size;
    return true;
}

enum { MOST_POWER = 18 };

static const int64_t powers[MOST_POWER + 1] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
};

/* The usual element of a column of that kind, without a detour; false when it is another one. `room` bytes are left of
 * the row from `data` on. */
static bool put_usual(struct iscpy_column *column, uint8_t type, const uint8_t *data, size_t size, size_t room,
                      size_t row)
{
    struct iscpy_element element;
    int64_t integer = 0;
    double real;
    int power = -1;
    if (type == 4 && size <= 7)
        integer = (int64_t)small_integer(data, size, room);
    switch (column->kind) {
    case ISCPY_COLUMN_INTEGER:
        if (type != 4 || size > 7)
            return false;
        put_8(column, row, &integer);
        break;
    case ISCPY_COLUMN_REAL:
        if (type == 8 && size == 8) {
            put_8(column, row, data);
        } else if (type == 6 && size >= 1 && size <= 7 && (int8_t)data[0] <= 0 && (int8_t)data[0] >= -22) {
            real = (double)small_integer(data + 1, size - 1, room - 1) / iscpy_powers_of_ten[-(int8_t)data[0]];
            put_8(column, row, &real);
        } else if (type == 4 && size <= 6) {
            real = (double)integer;
            put_8(column, row, &real);
        } else {
            return false;
        }
        break;
    case ISCPY_COLUMN_DECIMAL:
        if (type == 6 && size >= 1 && size <= 7 && (int8_t)data[0] <= 0 && (int8_t)data[0] + column->scale >= 0) {
            integer = (int64_t)small_integer(data + 1, size - 1, room - 1);
            power = (int8_t)data[0] + column->scale;
        } else if (type == 4 && size <= 7) {
            power = column->scale;
        }
        if (power < 0 || power > MOST_POWER)
            return false;
        put_16(column, row, (iscpy_int128)integer * powers[power]);
        break;
    case ISCPY_COLUMN_BOOLEAN:
        if (type != 4 || size > 7)
            return false;
        if (integer != 0)
            set_bit(column->data.data, row);
        break;
    case ISCPY_COLUMN_DATE:
        if (type != 4 || size > 7 || integer > HOROLOG_LAST)
            return false;
        put_4(column, row, (int32_t)(integer - HOROLOG_OF_1970));
        break;
    case ISCPY_COLUMN_TIME:
        if (type != 4 || size > 7 || integer >= 86400)
            return false;
        put_4(column, row, (int32_t)integer);
        break;
    case ISCPY_COLUMN_TIMESTAMP:
        element = (struct iscpy_element){.kind = ISCPY_LATIN1, .data = data, .length = size};
        if (type != 1 || !iscpy_timestamp_of(&element, &integer))
            return false;
        put_8(column, row, &integer);
        break;
    case ISCPY_COLUMN_STRING:
        if (type != 1 || size == 0 || data[0] == 0 || !put_ascii(column, data, size, room))
            return false;
        end_string(column, row);
        break;
    }
    set_bit(column->validity, row);
    return true;
}

/* Which columns read an element: `first` up to but not `last` of the columns, sorted by position. */
struct plan {
    size_t first, last;
};

/* Decodes one row; `plans` has an entry a position from 0 to `last`. */
static int decode_row(const struct iscpy_row *row, size_t index, struct iscpy_column *columns, const struct plan *plans,
                      size_t last, struct iscpy_row_error *error)
{
    struct iscpy_element element = {.kind = ISCPY_INTEGER, .negative = row->id < 0, .digits = (uint64_t)row->id};
    const uint8_t *list = row->list;
    size_t offset = 0;
    for (size_t at = plans[0].first; at < plans[0].last; at++) {
        if (columns[at].kind == ISCPY_COLUMN_INTEGER) {
            put_8(&columns[at], index, &row->id);
            set_bit(columns[at].validity, index);
        } else {
            put_element(&columns[at], &element, index);
        }
    }
    for (size_t position = 1; position <= last; position++) {
        const struct plan *plan = &plans[position];
        const char *text = NULL;
        if (offset < row->size && list[offset] >= 2 && list[offset] <= row->size - offset) {
            size_t start = offset, at = plan->first, size = list[start];
            offset += size;
            if (plan->last == at)
                continue;
            if (plan->last == at + 1 && put_usual(&columns[at], list[start + 1], list + start + 2, size - 2,
                                                    row->size - start - 2, index))
                continue;
            offset = start;
        }
        element = (struct iscpy_element){.kind = ISCPY_NULL};
        if (offset < row->size) {
            int status = plan->first < plan->last ? iscpy_list_next(list, row->size, &offset, &element, &text)
                                                  : iscpy_list_skip(list, row->size, &offset, &text);
            if (status < 0) {
                *error = (struct iscpy_row_error){.row = (int64_t)index, .offset = offset, .text = text};
                return -1;
            }
        }
        for (size_t at = plan->first; at < plan->last; at++)
            put_element(&columns[at], &element, index);
    }
    return 0;
}

void *iscpy_column_memory(size_t size)
{
#ifdef MADV_HUGEPAGE
    static const size_t page = (size_t)2 << 20; /* a fault a page is what the first touch costs */
    if (size >= page) {
        void *memory = aligned_alloc(page, (size + page - 1) / page * page);
        if (memory != NULL)
            madvise(memory, size, MADV_HUGEPAGE); /* a wish: small pages do as well */
        return memory;
    }
#endif
    return malloc(size ? size : 1);
}

/* Memory for all rows; text is guessed at and grows. */
static int prepare(struct iscpy_column *column, size_t count)
{
    bool string = column->kind == ISCPY_COLUMN_STRING;
    size_t size = column->kind == ISCPY_COLUMN_BOOLEAN ? count / 8 + 1 : count * width_of(column->kind);
    size_t capacity = string ? count * 16 + 64 : size + 1;
    column->first_misfit = -1;
    column->validity = calloc(count / 8 + 1, 1);
    column->data = (struct iscpy_buffer){.size = size, .capacity = capacity};
    column->data.data = column->kind == ISCPY_COLUMN_BOOLEAN ? calloc(capacity, 1) : iscpy_column_memory(capacity);
    if (string) {
        column->offsets.size = column->offsets.capacity = (count + 1) * sizeof(int64_t);
        column->offsets.data = iscpy_column_memory(column->offsets.size);
        if (column->offsets.data != NULL)
            memset(column->offsets.data, 0, sizeof(int64_t));
    }
    return column->validity && column->data.data && (!string || column->offsets.data) ? 0 : -2;
}

int iscpy_decode_rows(const struct iscpy_row *rows, size_t count, struct iscpy_column *columns, size_t column_count,
                      struct iscpy_row_error *error)
{
    size_t last = column_count ? columns[column_count - 1].position : 0;
    struct plan *plans = calloc(last + 1, sizeof *plans);
    int status = plans ? 0 : -2;
    for (size_t i = 0; status == 0 && i < column_count; i++) {
        struct plan *plan = &plans[columns[i].position];
        if (plan->last == 0)
            plan->first = i;
        plan->last = i + 1;
        status = prepare(&columns[i], count);
    }
    for (size_t row = 0; status == 0 && row < count; row++) {
        if (row + AHEAD < count) { /* rows lie where the store has them: the next ones are on their way meanwhile */
            __builtin_prefetch(rows[row + AHEAD].list);
            __builtin_prefetch(rows[row + AHEAD].list + CACHE_LINE);
        }
        status = decode_row(&rows[row], row, columns, plans, last, error);
    }
    for (size_t i = 0; status == 0 && i < column_count; i++)
        if (columns[i].data.failed)
            status = -2;
    free(plans);
    return status;
}

void iscpy_column_free(struct iscpy_column *column)
{
    free(column->validity);
    column->validity = NULL;
    iscpy_buffer_free(&column->data);
    iscpy_buffer_free(&column->offsets);
}
