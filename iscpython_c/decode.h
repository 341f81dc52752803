/* Rows decoded in chunks on several threads while they are still being read. Plain C: no Python. */
#ifndef ISCPY_DECODE_H
#define ISCPY_DECODE_H

#include "columns.h"

/* Where rows come from: fills up to `limit` rows and sets `*count`; fewer are the last. Returns 0 or an error of its
 * own. Called by one thread. What the rows point to must stay until the end. */
typedef int (*iscpy_fill)(void *source, struct iscpy_row *rows, size_t limit, size_t *count);

/* A run of rows as columns, in the order of the columns asked for. */
struct iscpy_chunk {
    struct iscpy_chunk *next;
    struct iscpy_row *rows; /* NULL once decoded */
    size_t count;
    size_t room; /* for so many rows */
    struct iscpy_column *columns;
    int status; /* what iscpy_decode_rows returned */
    int64_t bad_id; /* id of the row the error is in */
    struct iscpy_row_error error;
};

/* Decodes all rows of a source; `columns` (sorted by position) tell kinds and positions. `*first` is the list of
 * chunks, to be freed by the caller in any case. Returns the error of `fill`, or ENOMEM; else what failed is in the
 * chunks' status. */
int iscpy_decode_source(iscpy_fill fill, void *source, const struct iscpy_column *columns, size_t column_count,
                        int threads, struct iscpy_chunk **first);
void iscpy_chunks_free(struct iscpy_chunk *first, size_t column_count);

#endif
