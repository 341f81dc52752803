/* Rows of $LIST bytes into columns with the memory layout of Arrow. Plain C: no Python, runs without the GIL. */
#ifndef ISCPY_COLUMNS_H
#define ISCPY_COLUMNS_H

#include "dollar_list.h"

/* What a column is decoded to; the letter is the one the Python face uses. */
enum iscpy_column_kind {
    ISCPY_COLUMN_STRING = 's',    /* utf8, int64 offsets (large_utf8) */
    ISCPY_COLUMN_INTEGER = 'i',   /* int64 */
    ISCPY_COLUMN_REAL = 'f',      /* float64 */
    ISCPY_COLUMN_DECIMAL = 'n',   /* decimal128 of 38 digits, `scale` of them behind the point */
    ISCPY_COLUMN_BOOLEAN = 'b',   /* bits */
    ISCPY_COLUMN_DATE = 'd',      /* date32 from the day of $HOROLOG */
    ISCPY_COLUMN_TIME = 't',      /* time32 seconds */
    ISCPY_COLUMN_TIMESTAMP = 'm', /* timestamp microseconds from YYYY-MM-DD HH:MM:SS[.ffffff] */
};

struct iscpy_row {
    const uint8_t *list;
    size_t size;
    int64_t id;
};

struct iscpy_column {
    enum iscpy_column_kind kind;
    size_t position; /* 1 is the first element; 0 is the row's id */
    int scale;       /* decimals only */
    uint8_t *validity;
    struct iscpy_buffer data;
    struct iscpy_buffer offsets; /* strings only */
    int64_t nulls;
    int64_t misfits;   /* values that the kind cannot hold: null in the column */
    int64_t first_misfit; /* row index of the first of them, or -1 */
    int wider; /* 1: an integer column met a fraction or an integer beyond 64 bits; else the scale that a decimal needs */
};

/* A row whose bytes are no list. */
struct iscpy_row_error {
    int64_t row;
    size_t offset;
    const char *text;
};

/* Decodes `count` rows into `columns`. Returns 0, -1 with `*error` filled, or -2 when memory ran out. */
int iscpy_decode_rows(const struct iscpy_row *rows, size_t count, struct iscpy_column *columns, size_t column_count,
                      struct iscpy_row_error *error);
/* Memory for many values, in large pages where the system has them; released by free(). */
void *iscpy_column_memory(size_t size);
void iscpy_column_free(struct iscpy_column *column);

#endif
