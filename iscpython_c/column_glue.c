/* Columns of rows as buffers: see column_glue.h. */
#include "column_glue.h"

#include <pthread.h>
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

struct part {
    const struct iscpy_row *rows;
    size_t count;
    struct iscpy_column *columns;
    size_t column_count;
    struct iscpy_row_error error;
    int status;
};

static void *decode_part(void *argument)
{
    struct part *part = argument;
    part->status = iscpy_decode_rows(part->rows, part->count, part->columns, part->column_count, &part->error);
    return NULL;
}

/* Runs every part, all but the first on threads of their own; a thread that cannot be had runs here. */
static void decode_parts(struct part *parts, int count)
{
    pthread_t threads[64];
    bool started[64] = {false};
    for (int i = 1; i < count; i++)
        started[i] = pthread_create(&threads[i], NULL, decode_part, &parts[i]) == 0;
    decode_part(&parts[0]);
    for (int i = 1; i < count; i++) {
        if (started[i])
            pthread_join(threads[i], NULL);
        else
            decode_part(&parts[i]);
    }
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
    return Py_BuildValue("CNNNLLLO", (int)column->kind, validity, data, offsets, (long long)column->nulls,
                         (long long)column->misfits, (long long)column->first_misfit,
                         column->needs_real ? Py_True : Py_False);
}

static PyObject *batch_object(struct part *part)
{
    PyObject *columns = PyList_New(0);
    for (size_t i = 0; columns != NULL && i < part->column_count; i++) {
        PyObject *column = column_object(&part->columns[i], part->count);
        if (column == NULL || PyList_Append(columns, column) < 0)
            Py_CLEAR(columns);
        Py_XDECREF(column);
    }
    return columns ? Py_BuildValue("nN", (Py_ssize_t)part->count, columns) : NULL;
}

static void set_row_error(const struct part *part, size_t first)
{
    PyObject *text = PyUnicode_FromFormat("row %zd (id %lld): %s", (Py_ssize_t)first + (Py_ssize_t)part->error.row,
                                          (long long)part->rows[part->error.row].id, part->error.text);
    PyObject *error = text ? PyObject_CallFunction(iscpy_state.list_error, "On", text, (Py_ssize_t)part->error.offset)
                           : NULL;
    if (error != NULL)
        PyErr_SetObject(iscpy_state.list_error, error);
    Py_XDECREF(text);
    Py_XDECREF(error);
}

PyObject *iscpy_columns_of(const struct iscpy_row *rows, size_t count, PyObject *specification, int threads)
{
    PyObject *result = NULL;
    PyObject *fast = PySequence_Fast(specification, "a column specification is a sequence of (kind, position)");
    if (fast == NULL)
        return NULL;
    size_t column_count = (size_t)PySequence_Fast_GET_SIZE(fast);
    int part_count = threads < 1 || count < 4096 ? 1 : threads > 64 ? 64 : threads;
    struct part *parts = calloc((size_t)part_count, sizeof *parts);
    struct iscpy_column *columns = calloc((size_t)part_count * column_count + 1, sizeof *columns);
    if (parts == NULL || columns == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    for (size_t i = 0; i < column_count; i++) {
        int kind;
        Py_ssize_t position;
        if (!PyArg_ParseTuple(PySequence_Fast_GET_ITEM(fast, (Py_ssize_t)i), "Cn", &kind, &position))
            goto done;
        for (int part = 0; part < part_count; part++) {
            struct iscpy_column *column = &columns[(size_t)part * column_count + i];
            column->kind = (enum iscpy_column_kind)kind;
            column->position = (size_t)position;
        }
    }
    for (int i = 0; i < part_count; i++) {
        size_t first = count * (size_t)i / (size_t)part_count, last = count * (size_t)(i + 1) / (size_t)part_count;
        parts[i] = (struct part){.rows = rows + first,
                                 .count = last - first,
                                 .columns = columns + (size_t)i * column_count,
                                 .column_count = column_count};
    }
    Py_BEGIN_ALLOW_THREADS
    decode_parts(parts, part_count);
    Py_END_ALLOW_THREADS
    result = PyList_New(0);
    for (int i = 0; result != NULL && i < part_count; i++) {
        PyObject *batch = NULL;
        if (parts[i].status == 0)
            batch = batch_object(&parts[i]);
        else if (parts[i].status == -1)
            set_row_error(&parts[i], (size_t)(parts[i].rows - rows));
        else
            PyErr_NoMemory();
        if (batch == NULL || PyList_Append(result, batch) < 0)
            Py_CLEAR(result);
        Py_XDECREF(batch);
    }
done:
    for (size_t i = 0; columns != NULL && i < (size_t)part_count * column_count; i++)
        iscpy_column_free(&columns[i]);
    free(columns);
    free(parts);
    Py_DECREF(fast);
    return result;
}

static PyObject *list_columns(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *lists, *specification;
    int threads = 1;
    if (!PyArg_ParseTuple(args, "O!O|i", &PyList_Type, &lists, &specification, &threads))
        return NULL;
    Py_ssize_t count = PyList_GET_SIZE(lists);
    PyObject *held = PyList_AsTuple(lists); /* keeps the rows while the GIL is away */
    struct iscpy_row *rows = malloc(((size_t)count + 1) * sizeof *rows);
    PyObject *result = NULL;
    if (held == NULL || rows == NULL) {
        if (!PyErr_Occurred())
            PyErr_NoMemory();
        goto done;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *row = PyTuple_GET_ITEM(held, i);
        if (!PyBytes_Check(row)) {
            PyErr_Format(PyExc_TypeError, "row %zd is a %s, not bytes", i, Py_TYPE(row)->tp_name);
            goto done;
        }
        rows[i] = (struct iscpy_row){(const uint8_t *)PyBytes_AS_STRING(row), (size_t)PyBytes_GET_SIZE(row), i + 1};
    }
    result = iscpy_columns_of(rows, (size_t)count, specification, threads);
done:
    free(rows);
    Py_XDECREF(held);
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
