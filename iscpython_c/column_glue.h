/* Columns of rows as buffers that Arrow takes without copying. */
#ifndef ISCPY_COLUMN_GLUE_H
#define ISCPY_COLUMN_GLUE_H

#include "native.h"

#include "columns.h"

/* Decodes rows into batches, one a thread: a list of (row count, [column, ...]), a column being
 * (kind, validity, data, offsets or None, nulls, misfits, first misfit's row or -1, needs real). `specification` is a
 * sequence of (kind letter, position) sorted by position. */
PyObject *iscpy_columns_of(const struct iscpy_row *rows, size_t count, PyObject *specification, int threads);
int iscpy_block_ready(PyObject *module);

#endif
