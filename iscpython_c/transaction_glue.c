/* Transactions of a store over ordered keys, as Python objects. */
#include "store_glue.h"

#include "column_glue.h"
#include "subscripts.h"

#include <stdlib.h>
#include <string.h>

#define BEHIND 0xff /* the byte after which no subscript stands */
#define IRREGULAR (-1) /* a row whose subscript is no integer */

static PyTypeObject *transaction_type; /* owned by the module */

/* The transaction when it may be used now, else NULL with StoreError. */
static MDB_txn *running(struct iscpy_transaction *self)
{
    const char *problem = NULL;
    if (self->transaction == NULL)
        problem = "the transaction has ended: begin another";
    else if (!iscpy_environment_is_ours(self->environment))
        problem = "the transaction was begun before fork() and cannot be used in the child: open the store there";
    else if (self->busy)
        problem = "another thread is reading through this transaction: begin one for each thread";
    if (problem != NULL)
        PyErr_SetString(iscpy_state.store_error, problem);
    return problem ? NULL : self->transaction;
}

static MDB_dbi database_of(PyObject *object)
{
    return iscpy_environment_database(((struct iscpy_transaction *)object)->environment);
}

static void transaction_end(struct iscpy_transaction *self)
{
    MDB_txn *transaction = self->transaction;
    self->transaction = NULL;
    /* A transaction inherited through fork() belongs to the parent: ending it here would harm nobody but us. */
    if (transaction != NULL && iscpy_environment_is_ours(self->environment)) {
        mdb_txn_abort(transaction);
        iscpy_environment_ended(self->environment, self->write);
    }
}

static void transaction_dealloc(PyObject *object)
{
    struct iscpy_transaction *self = (struct iscpy_transaction *)object;
    PyTypeObject *type = Py_TYPE(object);
    transaction_end(self);
    iscpy_changes_free(self->changes);
    iscpy_environment_release(self->environment);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyObject *transaction_abort(PyObject *object, PyObject *unused)
{
    (void)unused;
    struct iscpy_transaction *self = (struct iscpy_transaction *)object;
    if (self->transaction != NULL && self->busy && running(self) == NULL)
        return NULL;
    transaction_end(self);
    Py_RETURN_NONE;
}

static PyObject *transaction_commit(PyObject *object, PyObject *unused)
{
    (void)unused;
    struct iscpy_transaction *self = (struct iscpy_transaction *)object;
    MDB_txn *transaction = running(self);
    int code;
    if (transaction == NULL)
        return NULL;
    self->transaction = NULL;
    Py_BEGIN_ALLOW_THREADS
    code = mdb_txn_commit(transaction);
    Py_END_ALLOW_THREADS
    iscpy_environment_ended(self->environment, self->write);
    if (code)
        return iscpy_store_error("the transaction could not be committed and nothing of it was written", code);
    Py_RETURN_NONE;
}

static PyObject *transaction_get(PyObject *object, PyObject *args)
{
    MDB_val key, value;
    const char *bytes;
    Py_ssize_t size;
    MDB_txn *transaction = running((struct iscpy_transaction *)object);
    if (transaction == NULL || !PyArg_ParseTuple(args, "y#", &bytes, &size))
        return NULL;
    key = (MDB_val){(size_t)size, (void *)(uintptr_t)bytes};
    int code = mdb_get(transaction, database_of(object), &key, &value);
    if (code == MDB_NOTFOUND)
        Py_RETURN_NONE;
    return code ? iscpy_store_error("a value could not be read", code) : iscpy_stored_object(value.mv_data, value.mv_size);
}

/* The mark of a global: 16 bytes that are others once it was changed. */
static PyObject *transaction_mark(PyObject *object, PyObject *args)
{
    const char *name;
    Py_ssize_t size;
    unsigned char mark[ISCPY_MARK_SIZE];
    struct iscpy_transaction *self = (struct iscpy_transaction *)object;
    MDB_txn *transaction = running(self);
    if (transaction == NULL || !PyArg_ParseTuple(args, "s#", &name, &size))
        return NULL;
    int code = iscpy_changes_mark(self->environment, transaction, name, (size_t)size, mark);
    return code ? iscpy_store_error("the mark of a global could not be read", code)
                : PyBytes_FromStringAndSize((const char *)mark, sizeof mark);
}

/* Writes bytes without a copy between: the store gives the place, and they are put there. */
static int put_bytes(MDB_txn *transaction, MDB_dbi database, MDB_val *key, PyObject *value)
{
    Py_buffer view;
    if (PyObject_GetBuffer(value, &view, PyBUF_SIMPLE) < 0)
        return 0; /* an exception is set */
    MDB_val place = {(size_t)view.len + 1, NULL};
    int code = mdb_put(transaction, database, key, &place, MDB_RESERVE);
    if (code == 0) {
        ((char *)place.mv_data)[0] = 'B';
        if (view.len > 0)
            memcpy((char *)place.mv_data + 1, view.buf, (size_t)view.len);
    }
    PyBuffer_Release(&view);
    return code;
}

static PyObject *transaction_put(PyObject *object, PyObject *args)
{
    PyObject *value;
    const char *bytes;
    Py_ssize_t size;
    struct iscpy_buffer buffer = {0};
    struct iscpy_transaction *self = (struct iscpy_transaction *)object;
    MDB_txn *transaction = running(self);
    if (transaction == NULL || !PyArg_ParseTuple(args, "y#O", &bytes, &size, &value))
        return NULL;
    MDB_val key = {(size_t)size, (void *)(uintptr_t)bytes};
    int code = iscpy_changes_note(&self->changes, self->environment, transaction, &key);
    if (code == 0 && (PyBytes_Check(value) || PyMemoryView_Check(value))) {
        code = put_bytes(transaction, database_of(object), &key, value);
    } else if (code == 0 && iscpy_stored_bytes(value, &buffer) == 0) {
        MDB_val data = {buffer.size, buffer.data};
        code = mdb_put(transaction, database_of(object), &key, &data, 0);
    }
    if (code)
        iscpy_store_error("a value could not be written", code);
    iscpy_buffer_free(&buffer);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

/* Deletes every key that begins with `prefix`; returns how many. */
static PyObject *transaction_kill(PyObject *object, PyObject *args)
{
    const char *bytes;
    Py_ssize_t size, count = 0;
    struct iscpy_transaction *self = (struct iscpy_transaction *)object;
    MDB_txn *transaction = running(self);
    MDB_cursor *cursor = NULL;
    if (transaction == NULL || !PyArg_ParseTuple(args, "y#", &bytes, &size))
        return NULL;
    int code = mdb_cursor_open(transaction, database_of(object), &cursor);
    MDB_val key = {(size_t)size, (void *)(uintptr_t)bytes}, value;
    if (code == 0)
        code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (code == 0 && key.mv_size >= (size_t)size && memcmp(key.mv_data, bytes, (size_t)size) == 0) {
        code = iscpy_changes_note(&self->changes, self->environment, transaction, &key); /* the cursor stays where it is */
        if (code == 0)
            code = mdb_cursor_del(cursor, 0);
        if (code == 0)
            count++;
        if (code == 0)
            code = mdb_cursor_get(cursor, &key, &value, MDB_GET_CURRENT);
        if (code == EINVAL) /* the last key of the database is gone */
            code = MDB_NOTFOUND;
    }
    if (cursor != NULL)
        mdb_cursor_close(cursor);
    if (code && code != MDB_NOTFOUND)
        return iscpy_store_error("a global could not be killed", code);
    return PyLong_FromSsize_t(count);
}

/* The first key >= `key` (forward) or the last key < `key` (backward), as (key, value), or None. */
static PyObject *transaction_seek(PyObject *object, PyObject *args)
{
    const char *bytes;
    Py_ssize_t size;
    int backward = 0;
    MDB_txn *transaction = running((struct iscpy_transaction *)object);
    MDB_cursor *cursor = NULL;
    if (transaction == NULL || !PyArg_ParseTuple(args, "y#|p", &bytes, &size, &backward))
        return NULL;
    MDB_val key = {(size_t)size, (void *)(uintptr_t)bytes}, value;
    int code = mdb_cursor_open(transaction, database_of(object), &cursor);
    if (code == 0)
        code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    if (backward && cursor != NULL && (code == 0 || code == MDB_NOTFOUND))
        code = mdb_cursor_get(cursor, &key, &value, code == 0 ? MDB_PREV : MDB_LAST);
    PyObject *result = NULL;
    if (code == 0)
        result = Py_BuildValue("y#N", (const char *)key.mv_data, (Py_ssize_t)key.mv_size,
                               iscpy_stored_object(value.mv_data, value.mv_size));
    if (cursor != NULL)
        mdb_cursor_close(cursor);
    if (code == MDB_NOTFOUND)
        Py_RETURN_NONE;
    return code ? iscpy_store_error("a key could not be read", code) : result;
}

/* Up to `limit` (key, value) pairs with start <= key < stop, in order. */
static PyObject *transaction_scan(PyObject *object, PyObject *args)
{
    const char *start, *stop;
    Py_ssize_t start_size, stop_size, limit;
    MDB_txn *transaction = running((struct iscpy_transaction *)object);
    MDB_cursor *cursor = NULL;
    if (transaction == NULL || !PyArg_ParseTuple(args, "y#y#n", &start, &start_size, &stop, &stop_size, &limit))
        return NULL;
    MDB_val key = {(size_t)start_size, (void *)(uintptr_t)start}, value;
    MDB_val last = {(size_t)stop_size, (void *)(uintptr_t)stop};
    MDB_dbi database = database_of(object);
    PyObject *pairs = PyList_New(0);
    int code = mdb_cursor_open(transaction, database, &cursor);
    if (code == 0)
        code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (pairs != NULL && code == 0 && limit-- > 0 && mdb_cmp(transaction, database, &key, &last) < 0) {
        PyObject *pair = Py_BuildValue("y#N", (const char *)key.mv_data, (Py_ssize_t)key.mv_size,
                                       iscpy_stored_object(value.mv_data, value.mv_size));
        if (pair == NULL || PyList_Append(pairs, pair) < 0)
            Py_CLEAR(pairs);
        Py_XDECREF(pair);
        code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    if (cursor != NULL)
        mdb_cursor_close(cursor);
    if (code && code != MDB_NOTFOUND) {
        Py_XDECREF(pairs);
        return iscpy_store_error("a range could not be read", code);
    }
    return pairs;
}

static bool before(const MDB_val *key, const MDB_val *last)
{
    size_t size = key->mv_size < last->mv_size ? key->mv_size : last->mv_size;
    int order = memcmp(key->mv_data, last->mv_data, size);
    return order < 0 || (order == 0 && key->mv_size < last->mv_size);
}

/* Whether the rest of the key is exactly one subscript. */
static bool one_subscript(const MDB_val *key, size_t offset)
{
    char text[ISCPY_KEY_LIMIT + 32];
    bool number;
    return iscpy_key_next(key->mv_data, key->mv_size, &offset, text, &number) >= 0 && offset == key->mv_size;
}

/* The rows one level below `under` with keys before `last`. */
struct walk {
    MDB_cursor *cursor;
    MDB_val under, last;
    bool whole; /* up to the end of `under`: what begins with that is before the last */
    MDB_val key, value; /* where the cursor is */
    int code;           /* of the move that brought it there */
    size_t left;        /* how many rows may still be given */
};

/* Gives the next rows: LMDB's code, or IRREGULAR. */
static int fill_walk(void *source, struct iscpy_row *rows, size_t limit, size_t *count)
{
    struct walk *walk = source;
    size_t offset = walk->under.mv_size;
    int64_t id;
    while (*count < limit && walk->left > 0 && walk->code == 0) {
        const MDB_val *key = &walk->key;
        const uint8_t *data = walk->value.mv_data;
        size_t size = walk->value.mv_size;
        bool below = key->mv_size > offset && memcmp(key->mv_data, walk->under.mv_data, offset) == 0;
        if (!(walk->whole && below) && !before(key, &walk->last))
            break;
        if (below && size > 0 && (data[0] == 'A' || data[0] == 'B')) {
            if (iscpy_key_integer(key->mv_data, key->mv_size, offset, &id)) {
                rows[(*count)++] = (struct iscpy_row){data + 1, size - 1, id};
                walk->left--;
            } else if (one_subscript(key, offset)) {
                return IRREGULAR;
            }
        }
        walk->code = mdb_cursor_get(walk->cursor, &walk->key, &walk->value, MDB_NEXT);
    }
    return walk->code == MDB_NOTFOUND ? 0 : walk->code;
}

static PyObject *transaction_columns(PyObject *object, PyObject *args)
{
    struct iscpy_transaction *self = (struct iscpy_transaction *)object;
    const char *under, *start, *stop;
    Py_ssize_t under_size, start_size, stop_size;
    PyObject *specification, *result = NULL;
    int threads = 1, failed = 0;
    Py_ssize_t limit = 0;
    MDB_txn *transaction = running(self);
    if (transaction == NULL || !PyArg_ParseTuple(args, "y#y#y#O|in", &under, &under_size, &start, &start_size, &stop,
                                                 &stop_size, &specification, &threads, &limit))
        return NULL;
    struct walk walk = {.under = {(size_t)under_size, (void *)(uintptr_t)under},
                        .last = {(size_t)stop_size, (void *)(uintptr_t)stop},
                        .key = {(size_t)start_size, (void *)(uintptr_t)start},
                        .whole = stop_size == under_size + 1 && memcmp(stop, under, (size_t)under_size) == 0 &&
                                 (uint8_t)stop[under_size] == BEHIND,
                        .left = limit > 0 ? (size_t)limit : SIZE_MAX};
    int code = mdb_cursor_open(transaction, database_of(object), &walk.cursor);
    if (code != 0)
        return iscpy_store_error("rows could not be read", code);
    walk.code = mdb_cursor_get(walk.cursor, &walk.key, &walk.value, MDB_SET_RANGE);
    self->busy = true;
    result = iscpy_columns_of(fill_walk, &walk, specification, threads, &failed);
    self->busy = false;
    mdb_cursor_close(walk.cursor);
    if (failed == IRREGULAR)
        PyErr_SetString(PyExc_LookupError, "a row's subscript is no integer: it has no id");
    else if (failed)
        iscpy_store_error("rows could not be read", failed);
    return result;
}

static PyMethodDef transaction_methods[] = {
    {"abort", transaction_abort, METH_NOARGS, "abort() -> None; idempotent"},
    {"commit", transaction_commit, METH_NOARGS, "commit() -> None"},
    {"get", transaction_get, METH_VARARGS, "get(key) -> value or None"},
    {"mark", transaction_mark, METH_VARARGS, "mark(name) -> bytes that are others once the global was changed"},
    {"put", transaction_put, METH_VARARGS, "put(key, value) -> None"},
    {"kill", transaction_kill, METH_VARARGS, "kill(prefix) -> number of keys deleted"},
    {"seek", transaction_seek, METH_VARARGS, "seek(key, backward=False) -> (key, value) or None"},
    {"scan", transaction_scan, METH_VARARGS, "scan(start, stop, limit) -> list of (key, value)"},
    {"columns", transaction_columns, METH_VARARGS,
     "columns(prefix, start, stop, specification, threads=1, limit=0) -> list of batches"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot transaction_slots[] = {
    {Py_tp_dealloc, transaction_dealloc},
    {Py_tp_methods, transaction_methods},
    {Py_tp_doc, "A transaction of a Store; ended by commit(), abort() or its last reference."},
    {0, NULL},
};

static PyType_Spec transaction_spec = {
    .name = "isc.py.iscpython_c._native.Transaction",
    .basicsize = sizeof(struct iscpy_transaction),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = transaction_slots,
};

PyObject *iscpy_transaction_begin(struct iscpy_environment *environment, bool write)
{
    MDB_txn *transaction = NULL;
    int code;
    Py_BEGIN_ALLOW_THREADS
    code = iscpy_environment_begin(environment, write, &transaction);
    Py_END_ALLOW_THREADS
    if (code)
        return iscpy_store_error("a transaction could not be begun", code);
    struct iscpy_transaction *made = PyObject_New(struct iscpy_transaction, transaction_type);
    if (made == NULL) {
        mdb_txn_abort(transaction);
        iscpy_environment_ended(environment, write);
        return NULL;
    }
    iscpy_environment_keep(environment);
    made->environment = environment;
    made->transaction = transaction;
    made->changes = NULL;
    made->write = write;
    made->busy = false;
    return (PyObject *)made;
}

int iscpy_transaction_ready(PyObject *module)
{
    PyObject *type = PyType_FromSpec(&transaction_spec);
    if (type == NULL || PyModule_AddObjectRef(module, "Transaction", type) < 0) {
        Py_XDECREF(type);
        return -1;
    }
    Py_XSETREF(transaction_type, (PyTypeObject *)type);
    return 0;
}
