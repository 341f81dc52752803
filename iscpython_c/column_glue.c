/* Columns of rows as buffers: see column_glue.h. */
#include "column_glue.h"

#include "column_values.h"

#include <stdlib.h>

/* Memory from malloc behind the buffer protocol; freed with its last reference. */
struct block {
    PyObject_HEAD
    uint8_t *data;
    size_t size;
};

static PyTypeObject *block_type; /* owned by the module */

static int block_get(PyObject *object, Py_buffer *view, int flags)
{
    struct block *self = (struct block *)object;
    return PyBuffer_FillInfo(view, object, self->data ? self->data : (uint8_t *)"", (Py_ssize_t)self->size, 1, flags);
}

static void block_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    free(((struct block *)object)->data);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyType_Slot block_slots[] = {
    {Py_bf_getbuffer, block_get},
    {Py_tp_dealloc, block_dealloc},
    {Py_tp_doc, "Memory of a decoded column, read through the buffer protocol."},
    {0, NULL},
};

static PyType_Spec block_spec = {
    .name = "isc.py.iscpython_c._native.Block",
    .basicsize = sizeof(struct block),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = block_slots,
};

/* Takes the memory: `*data` is NULL afterwards. */
static PyObject *take_block(uint8_t **data, size_t size)
{
    struct block *block = PyObject_New(struct block, block_type);
    if (block == NULL)
        return NULL;
    block->data = *data;
    block->size = size;
    *data = NULL;
    return (PyObject *)block;
}

static PyObject *column_object(struct iscpy_column *column, size_t rows)
{
    PyObject *offsets = NULL;
    PyObject *validity = take_block(&column->validity, rows / 8 + 1);
    PyObject *data = take_block(&column->data.data, column->data.size);
    if (column->kind == ISCPY_COLUMN_STRING)
        offsets = take_block(&column->offsets.data, column->offsets.size);
    else
        offsets = Py_NewRef(Py_None);
    if (validity == NULL || data == NULL || offsets == NULL) {
        Py_XDECREF(validity);
        Py_XDECREF(data);
        Py_XDECREF(offsets);
        return NULL;
    }
    return Py_BuildValue("CNNNLLLi", (int)column->kind, validity, data, offsets, (long long)column->nulls,
                         (long long)column->misfits, (long long)column->first_misfit,
                         column->wider);
}

static PyObject *batch_object(struct iscpy_chunk *chunk, size_t column_count)
{
    PyObject *columns = PyList_New(0);
    for (size_t i = 0; columns != NULL && i < column_count; i++) {
        PyObject *column = column_object(&chunk->columns[i], chunk->count);
        if (column == NULL || PyList_Append(columns, column) < 0)
            Py_CLEAR(columns);
        Py_XDECREF(column);
    }
    return columns ? Py_BuildValue("nN", (Py_ssize_t)chunk->count, columns) : NULL;
}

static void set_row_error(const struct iscpy_chunk *chunk, size_t before)
{
    PyObject *text = PyUnicode_FromFormat("row %zd (id %lld): %s", (Py_ssize_t)before + (Py_ssize_t)chunk->error.row,
                                          (long long)chunk->bad_id, chunk->error.text);
    PyObject *error = text ? PyObject_CallFunction(iscpy_state.list_error, "On", text, (Py_ssize_t)chunk->error.offset)
                           : NULL;
    if (error != NULL)
        PyErr_SetObject(iscpy_state.list_error, error);
    Py_XDECREF(text);
    Py_XDECREF(error);
}

static PyObject *batches_of(struct iscpy_chunk *chunk, size_t column_count)
{
    PyObject *result = PyList_New(0);
    size_t before = 0;
    for (; result != NULL && chunk != NULL; before += chunk->count, chunk = chunk->next) {
        PyObject *batch = NULL;
        if (chunk->status == 0)
            batch = batch_object(chunk, column_count);
        else if (chunk->status == -1)
            set_row_error(chunk, before);
        else
            PyErr_NoMemory();
        if (batch == NULL || PyList_Append(result, batch) < 0)
            Py_CLEAR(result);
        Py_XDECREF(batch);
    }
    return result;
}

/* The columns that a specification asks for; NULL with an exception. */
static struct iscpy_column *columns_asked(PyObject *fast, size_t column_count)
{
    struct iscpy_column *columns = calloc(column_count + 1, sizeof *columns);
    if (columns == NULL)
        PyErr_NoMemory();
    for (size_t i = 0; columns != NULL && i < column_count; i++) {
        int kind, scale = 0;
        Py_ssize_t position;
        bool good = PyArg_ParseTuple(PySequence_Fast_GET_ITEM(fast, (Py_ssize_t)i), "Cn|i", &kind, &position, &scale);
        if (good && (kind > 127 || strchr("sifnbdtm", kind) == NULL || position < 0 || position > 1000000 ||
                     scale < 0 || scale > ISCPY_DECIMAL_DIGITS ||
                     (i > 0 && (size_t)position < columns[i - 1].position))) {
            PyErr_Format(PyExc_ValueError, "column %zd: kind %c at position %zd cannot be", (Py_ssize_t)i, kind, position);
            good = false;
        }
        if (!good) {
            free(columns);
            return NULL;
        }
        columns[i].kind = (enum iscpy_column_kind)kind;
        columns[i].position = (size_t)position;
        columns[i].scale = scale;
    }
    return columns;
}

PyObject *iscpy_columns_of(iscpy_fill fill, void *source, PyObject *specification, int threads, int *failed)
{
    PyObject *result = NULL;
    struct iscpy_chunk *chunks = NULL;
    PyObject *fast = PySequence_Fast(specification, "a column specification is a sequence of (kind, position)");
    *failed = 0;
    if (fast == NULL)
        return NULL;
    size_t column_count = (size_t)PySequence_Fast_GET_SIZE(fast);
    struct iscpy_column *columns = columns_asked(fast, column_count);
    if (columns == NULL)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    *failed = iscpy_decode_source(fill, source, columns, column_count, threads, &chunks);
    Py_END_ALLOW_THREADS
    if (*failed == 0)
        result = batches_of(chunks, column_count);
done:
    iscpy_chunks_free(chunks, column_count);
    free(columns);
    Py_DECREF(fast);
    return result;
}

/* The rows of a Python list, held by a tuple: read without the GIL, which bytes allow. */
struct held_rows {
    PyObject *tuple;
    Py_ssize_t next;
};

enum { NOT_BYTES = -1 };

static int fill_held(void *source, struct iscpy_row *rows, size_t limit, size_t *count)
{
    struct held_rows *held = source;
    Py_ssize_t all = PyTuple_GET_SIZE(held->tuple);
    for (; *count < limit && held->next < all; held->next++) {
        PyObject *row = PyTuple_GET_ITEM(held->tuple, held->next);
        if (!PyBytes_Check(row))
            return NOT_BYTES;
        rows[(*count)++] = (struct iscpy_row){(const uint8_t *)PyBytes_AS_STRING(row), (size_t)PyBytes_GET_SIZE(row),
                                              held->next + 1};
    }
    return 0;
}

static PyObject *list_columns(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *lists, *specification;
    int threads = 1, failed = 0;
    if (!PyArg_ParseTuple(args, "O!O|i", &PyList_Type, &lists, &specification, &threads))
        return NULL;
    struct held_rows held = {.tuple = PyList_AsTuple(lists)};
    if (held.tuple == NULL)
        return NULL;
    PyObject *result = iscpy_columns_of(fill_held, &held, specification, threads, &failed);
    if (failed == NOT_BYTES)
        PyErr_Format(PyExc_TypeError, "row %zd is a %s, not bytes", held.next,
                     Py_TYPE(PyTuple_GET_ITEM(held.tuple, held.next))->tp_name);
    else if (failed)
        PyErr_NoMemory();
    Py_DECREF(held.tuple);
    return result;
}

PyMethodDef iscpy_column_methods[] = {
    {"list_columns", list_columns, METH_VARARGS, "list_columns(rows, specification, threads=1) -> list of batches"},
    {NULL, NULL, 0, NULL},
};

int iscpy_block_ready(PyObject *module)
{
    PyObject *type = PyType_FromSpec(&block_spec);
    if (type == NULL || PyModule_AddObjectRef(module, "Block", type) < 0) {
        Py_XDECREF(type);
        return -1;
    }
    Py_XSETREF(block_type, (PyTypeObject *)type);
    return 0;
}
