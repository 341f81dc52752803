/* Columns of rows as buffers that Arrow takes without copying. */
#ifndef ISCPY_COLUMN_GLUE_H
#define ISCPY_COLUMN_GLUE_H

#include "native.h"

#include "decode.h"

/* Decodes the rows of a source into batches: a list of (row count, [column, ...]), a column being
 * (kind, validity, data, offsets or None, nulls, misfits, first misfit's row or -1, needs real). `specification` is a
 * sequence of (kind letter, position) sorted by position. Runs without the GIL. `*failed` is what `fill` returned; then
 * the result is NULL without an exception. */
PyObject *iscpy_columns_of(iscpy_fill fill, void *source, PyObject *specification, int threads, int *failed);
int iscpy_block_ready(PyObject *module);

#endif
