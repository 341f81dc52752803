/* The LMDB binding: environments and transactions over ordered keys, as Python objects.
 *
 * Values carry one byte in front: A Latin-1 string, U UTF-8 string, B bytes, N number as text, F double. The payload of
 * A and B is contiguous, so rows of $LIST bytes are decoded where they lie.
 */
#include "native.h"

#include "columns.h"
#include "column_glue.h"
#include "subscripts.h"

#include <lmdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAP_SIZE (UINT64_C(1) << 40) /* address space, not disk: the file grows with what is in it */
#define MAP_SIZE_LEAST (UINT64_C(1) << 30)

#define IRREGULAR (-1) /* a row whose subscript is no integer */

struct iscpy_store {
    PyObject_HEAD
    MDB_env *environment;
    MDB_dbi database;
    pid_t owner;
};

struct iscpy_transaction {
    PyObject_HEAD
    struct iscpy_store *store; /* owned */
    MDB_txn *transaction;      /* NULL once it has ended */
    bool write;
};

static PyObject *store_error(const char *what, int code)
{
    PyErr_Format(iscpy_state.store_error, "%s: %s", what, mdb_strerror(code));
    return NULL;
}

static bool usable(struct iscpy_store *store)
{
    if (store->environment == NULL)
        PyErr_SetString(iscpy_state.store_error, "the store is closed: open it again");
    else if (store->owner != getpid())
        PyErr_SetString(iscpy_state.store_error,
                        "the store was opened before fork() and cannot be used in the child: open it there");
    else
        return true;
    return false;
}

static MDB_txn *running(struct iscpy_transaction *self)
{
    if (self->transaction == NULL) {
        PyErr_SetString(iscpy_state.store_error, "the transaction has ended: begin another");
        return NULL;
    }
    return usable(self->store) ? self->transaction : NULL;
}

/* --- values --- */

static PyObject *value_object(const uint8_t *data, size_t size)
{
    const char *payload = (const char *)data + 1;
    Py_ssize_t length = (Py_ssize_t)size - 1;
    switch (size ? data[0] : 0) {
    case 'A':
        return PyUnicode_DecodeLatin1(payload, length, NULL);
    case 'U':
        return PyUnicode_DecodeUTF8(payload, length, "surrogatepass");
    case 'B':
        return PyBytes_FromStringAndSize(payload, length);
    case 'N': {
        PyObject *text = PyUnicode_DecodeLatin1(payload, length, NULL);
        PyObject *number = NULL;
        if (text != NULL)
            number = memchr(payload, '.', (size_t)length) || memchr(payload, 'E', (size_t)length)
                         ? PyObject_CallOneArg(iscpy_state.decimal, text)
                         : PyLong_FromUnicodeObject(text, 10);
        Py_XDECREF(text);
        return number;
    }
    case 'F':
        if (length == sizeof(double)) {
            double real;
            memcpy(&real, payload, sizeof real);
            return PyFloat_FromDouble(real);
        }
        break;
    default:
        break;
    }
    PyErr_SetString(iscpy_state.store_error, "the store holds a value of an unknown form: it was written by a newer "
                                             "version or is damaged");
    return NULL;
}

static int value_bytes(PyObject *value, struct iscpy_buffer *buffer)
{
    PyObject *held = NULL;
    const char *data = NULL;
    Py_ssize_t size = 0;
    double real;
    char tag;
    if (PyUnicode_Check(value)) {
        bool narrow = PyUnicode_KIND(value) == PyUnicode_1BYTE_KIND;
        tag = narrow ? 'A' : 'U';
        held = narrow ? PyUnicode_AsLatin1String(value) : PyUnicode_AsEncodedString(value, "utf-8", "surrogatepass");
    } else if (PyBytes_Check(value)) {
        tag = 'B';
        held = Py_NewRef(value);
    } else if (PyFloat_Check(value)) {
        tag = 'F';
        real = PyFloat_AS_DOUBLE(value);
        data = (const char *)&real;
        size = sizeof real;
    } else if (PyLong_Check(value) || PyObject_IsInstance(value, iscpy_state.decimal) == 1) {
        tag = 'N';
        PyObject *text = PyBool_Check(value) ? PyUnicode_FromString(value == Py_True ? "1" : "0") : PyObject_Str(value);
        held = text ? PyUnicode_AsLatin1String(text) : NULL;
        Py_XDECREF(text);
    } else {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_TypeError, "a global cannot hold a %s: use str, bytes, int, float or Decimal",
                         Py_TYPE(value)->tp_name);
        return -1;
    }
    if (data == NULL) {
        if (held == NULL)
            return -1;
        data = PyBytes_AS_STRING(held);
        size = PyBytes_GET_SIZE(held);
    }
    iscpy_buffer_append(buffer, &tag, 1);
    iscpy_buffer_append(buffer, data, (size_t)size);
    Py_XDECREF(held);
    if (buffer->failed)
        PyErr_NoMemory();
    return buffer->failed ? -1 : 0;
}

/* --- transactions --- */

static void transaction_end(struct iscpy_transaction *self)
{
    /* A transaction inherited through fork() belongs to the parent: ending it here would harm nobody but us. */
    if (self->transaction != NULL && self->store->environment != NULL && self->store->owner == getpid())
        mdb_txn_abort(self->transaction);
    self->transaction = NULL;
}

static void transaction_dealloc(PyObject *object)
{
    struct iscpy_transaction *self = (struct iscpy_transaction *)object;
    PyTypeObject *type = Py_TYPE(object);
    transaction_end(self);
    Py_XDECREF(self->store);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyObject *transaction_abort(PyObject *object, PyObject *unused)
{
    (void)unused;
    transaction_end((struct iscpy_transaction *)object);
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
    if (code)
        return store_error("the transaction could not be committed and nothing of it was written", code);
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
    int code = mdb_get(transaction, ((struct iscpy_transaction *)object)->store->database, &key, &value);
    if (code == MDB_NOTFOUND)
        Py_RETURN_NONE;
    return code ? store_error("a value could not be read", code) : value_object(value.mv_data, value.mv_size);
}

static PyObject *transaction_put(PyObject *object, PyObject *args)
{
    PyObject *value;
    const char *bytes;
    Py_ssize_t size;
    struct iscpy_buffer buffer = {0};
    MDB_txn *transaction = running((struct iscpy_transaction *)object);
    if (transaction == NULL || !PyArg_ParseTuple(args, "y#O", &bytes, &size, &value))
        return NULL;
    int code = 0;
    if (value_bytes(value, &buffer) == 0) {
        MDB_val key = {(size_t)size, (void *)(uintptr_t)bytes}, data = {buffer.size, buffer.data};
        code = mdb_put(transaction, ((struct iscpy_transaction *)object)->store->database, &key, &data, 0);
        if (code)
            store_error("a value could not be written", code);
    }
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
    MDB_txn *transaction = running((struct iscpy_transaction *)object);
    MDB_cursor *cursor = NULL;
    if (transaction == NULL || !PyArg_ParseTuple(args, "y#", &bytes, &size))
        return NULL;
    int code = mdb_cursor_open(transaction, ((struct iscpy_transaction *)object)->store->database, &cursor);
    MDB_val key = {(size_t)size, (void *)(uintptr_t)bytes}, value;
    if (code == 0)
        code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (code == 0 && key.mv_size >= (size_t)size && memcmp(key.mv_data, bytes, (size_t)size) == 0) {
        code = mdb_cursor_del(cursor, 0);
        count++;
        if (code == 0)
            code = mdb_cursor_get(cursor, &key, &value, MDB_GET_CURRENT);
        if (code == EINVAL) /* the last key of the database is gone */
            code = MDB_NOTFOUND;
    }
    if (cursor != NULL)
        mdb_cursor_close(cursor);
    if (code && code != MDB_NOTFOUND)
        return store_error("a global could not be killed", code);
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
    int code = mdb_cursor_open(transaction, ((struct iscpy_transaction *)object)->store->database, &cursor);
    if (code == 0)
        code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    if (backward && cursor != NULL && (code == 0 || code == MDB_NOTFOUND))
        code = mdb_cursor_get(cursor, &key, &value, code == 0 ? MDB_PREV : MDB_LAST);
    PyObject *result = NULL;
    if (code == 0)
        result = Py_BuildValue("y#N", (const char *)key.mv_data, (Py_ssize_t)key.mv_size,
                               value_object(value.mv_data, value.mv_size));
    if (cursor != NULL)
        mdb_cursor_close(cursor);
    if (code == MDB_NOTFOUND)
        Py_RETURN_NONE;
    return code ? store_error("a key could not be read", code) : result;
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
    MDB_dbi database = ((struct iscpy_transaction *)object)->store->database;
    PyObject *pairs = PyList_New(0);
    int code = mdb_cursor_open(transaction, database, &cursor);
    if (code == 0)
        code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (pairs != NULL && code == 0 && limit-- > 0 && mdb_cmp(transaction, database, &key, &last) < 0) {
        PyObject *pair = Py_BuildValue("y#N", (const char *)key.mv_data, (Py_ssize_t)key.mv_size,
                                       value_object(value.mv_data, value.mv_size));
        if (pair == NULL || PyList_Append(pairs, pair) < 0)
            Py_CLEAR(pairs);
        Py_XDECREF(pair);
        code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    if (cursor != NULL)
        mdb_cursor_close(cursor);
    if (code && code != MDB_NOTFOUND) {
        Py_XDECREF(pairs);
        return store_error("a range could not be read", code);
    }
    return pairs;
}

/* Collects the rows one level below `prefix` whose key lies in [start, stop). Returns an LMDB code, ENOMEM or IRREGULAR. */
static int collect_rows(MDB_txn *transaction, MDB_dbi database, const MDB_val *prefix, MDB_val key, MDB_val last,
                        struct iscpy_row **rows, size_t *count)
{
    MDB_cursor *cursor = NULL;
    MDB_val value;
    size_t capacity = 0;
    char text[ISCPY_KEY_LIMIT + 32];
    int code = mdb_cursor_open(transaction, database, &cursor);
    if (code == 0)
        code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    for (; code == 0 && mdb_cmp(transaction, database, &key, &last) < 0;
         code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        size_t offset = prefix->mv_size;
        bool number;
        const uint8_t *data = value.mv_data;
        if (key.mv_size <= offset || memcmp(key.mv_data, prefix->mv_data, offset) != 0)
            continue;
        long length = iscpy_key_next(key.mv_data, key.mv_size, &offset, text, &number);
        if (length < 0 || offset != key.mv_size || value.mv_size == 0 || (data[0] != 'A' && data[0] != 'B'))
            continue;
        if (*count == capacity) {
            capacity = capacity ? capacity * 2 : 1024;
            struct iscpy_row *grown = realloc(*rows, capacity * sizeof **rows);
            if (grown == NULL) {
                code = ENOMEM;
                break;
            }
            *rows = grown;
        }
        text[length] = 0;
        if (!number || memchr(text, '.', (size_t)length)) {
            code = IRREGULAR;
            break;
        }
        (*rows)[(*count)++] = (struct iscpy_row){data + 1, value.mv_size - 1, strtoll(text, NULL, 10)};
    }
    if (cursor != NULL)
        mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? 0 : code;
}

static PyObject *transaction_columns(PyObject *object, PyObject *args)
{
    const char *prefix, *start, *stop;
    Py_ssize_t prefix_size, start_size, stop_size;
    PyObject *specification;
    int threads = 1;
    MDB_txn *transaction = running((struct iscpy_transaction *)object);
    if (transaction == NULL || !PyArg_ParseTuple(args, "y#y#y#O|i", &prefix, &prefix_size, &start, &start_size, &stop,
                                                 &stop_size, &specification, &threads))
        return NULL;
    struct iscpy_row *rows = NULL;
    size_t count = 0;
    int code;
    MDB_val under = {(size_t)prefix_size, (void *)(uintptr_t)prefix};
    MDB_val first = {(size_t)start_size, (void *)(uintptr_t)start}, last = {(size_t)stop_size, (void *)(uintptr_t)stop};
    Py_BEGIN_ALLOW_THREADS
    code = collect_rows(transaction, ((struct iscpy_transaction *)object)->store->database, &under, first, last, &rows,
                        &count);
    Py_END_ALLOW_THREADS
    PyObject *result = NULL;
    if (code == IRREGULAR)
        PyErr_SetString(PyExc_LookupError, "a row's subscript is no integer: it has no id");
    else
        result = code ? store_error("rows could not be read", code)
                      : iscpy_columns_of(rows, count, specification, threads);
    free(rows);
    return result;
}

static PyMethodDef transaction_methods[] = {
    {"abort", transaction_abort, METH_NOARGS, "abort() -> None; idempotent"},
    {"commit", transaction_commit, METH_NOARGS, "commit() -> None"},
    {"get", transaction_get, METH_VARARGS, "get(key) -> value or None"},
    {"put", transaction_put, METH_VARARGS, "put(key, value) -> None"},
    {"kill", transaction_kill, METH_VARARGS, "kill(prefix) -> number of keys deleted"},
    {"seek", transaction_seek, METH_VARARGS, "seek(key, backward=False) -> (key, value) or None"},
    {"scan", transaction_scan, METH_VARARGS, "scan(start, stop, limit) -> list of (key, value)"},
    {"columns", transaction_columns, METH_VARARGS,
     "columns(prefix, start, stop, specification, threads=1) -> list of batches"},
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

/* --- stores --- */

static PyTypeObject *transaction_type; /* owned by the module */

static PyObject *store_begin(PyObject *object, PyObject *args)
{
    struct iscpy_store *self = (struct iscpy_store *)object;
    int write = 0, code;
    if (!usable(self) || !PyArg_ParseTuple(args, "|p", &write))
        return NULL;
    struct iscpy_transaction *result = PyObject_New(struct iscpy_transaction, transaction_type);
    if (result == NULL)
        return NULL;
    result->store = (struct iscpy_store *)Py_NewRef(object);
    result->transaction = NULL;
    result->write = write;
    MDB_txn *transaction = NULL;
    Py_BEGIN_ALLOW_THREADS
    code = mdb_txn_begin(self->environment, NULL, write ? 0 : MDB_RDONLY, &transaction);
    if (code == MDB_MAP_RESIZED && mdb_env_set_mapsize(self->environment, 0) == 0)
        code = mdb_txn_begin(self->environment, NULL, write ? 0 : MDB_RDONLY, &transaction);
    Py_END_ALLOW_THREADS
    if (code) {
        Py_DECREF(result);
        return store_error("a transaction could not be begun", code);
    }
    result->transaction = transaction;
    return (PyObject *)result;
}

/* A number that changes with every committed write of any process. */
static PyObject *store_stamp(PyObject *object, PyObject *unused)
{
    (void)unused;
    struct iscpy_store *self = (struct iscpy_store *)object;
    MDB_envinfo info;
    if (!usable(self))
        return NULL;
    int code = mdb_env_info(self->environment, &info);
    return code ? store_error("the store could not be asked", code) : PyLong_FromSize_t(info.me_last_txnid);
}

static PyObject *store_copy(PyObject *object, PyObject *args)
{
    struct iscpy_store *self = (struct iscpy_store *)object;
    const char *path;
    int code;
    if (!usable(self) || !PyArg_ParseTuple(args, "s", &path))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    code = mdb_env_copy2(self->environment, path, MDB_CP_COMPACT);
    Py_END_ALLOW_THREADS
    if (code)
        return store_error("the store could not be copied", code);
    Py_RETURN_NONE;
}

static PyObject *store_close(PyObject *object, PyObject *unused)
{
    (void)unused;
    struct iscpy_store *self = (struct iscpy_store *)object;
    if (self->environment != NULL && self->owner == getpid())
        mdb_env_close(self->environment);
    self->environment = NULL;
    Py_RETURN_NONE;
}

static void store_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    Py_XDECREF(store_close(object, NULL));
    type->tp_free(object);
    Py_DECREF(type);
}

static int open_environment(struct iscpy_store *self, const char *path, unsigned flags)
{
    size_t size = MAP_SIZE;
    int code;
    do { /* address space may be limited (ulimit -v) */
        MDB_env *environment = NULL;
        code = mdb_env_create(&environment);
        if (code == 0)
            code = mdb_env_set_mapsize(environment, size);
        if (code == 0)
            code = mdb_env_set_maxreaders(environment, 1022);
        if (code == 0)
            code = mdb_env_open(environment, path, MDB_NOTLS | flags, 0600);
        if (code == 0)
            self->environment = environment;
        else
            mdb_env_close(environment);
        size /= 4;
    } while (code == ENOMEM && size >= MAP_SIZE_LEAST);
    if (code)
        return code;
    int dead;
    mdb_reader_check(self->environment, &dead); /* readers that died leave their slot behind */
    MDB_txn *transaction;
    code = mdb_txn_begin(self->environment, NULL, flags & MDB_RDONLY, &transaction);
    if (code == 0 && (code = mdb_dbi_open(transaction, NULL, 0, &self->database)) != 0)
        mdb_txn_abort(transaction);
    else if (code == 0)
        code = mdb_txn_commit(transaction);
    return code;
}

static PyObject *store_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"path", "read_only", NULL};
    const char *path;
    int read_only = 0, code;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "s|p", names, &path, &read_only))
        return NULL;
    struct iscpy_store *self = (struct iscpy_store *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->owner = getpid();
    Py_BEGIN_ALLOW_THREADS
    code = open_environment(self, path, read_only ? MDB_RDONLY : 0);
    Py_END_ALLOW_THREADS
    if (code) {
        PyErr_Format(iscpy_state.store_error, "the store %s could not be opened: %s", path, mdb_strerror(code));
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static PyMethodDef store_methods[] = {
    {"begin", store_begin, METH_VARARGS, "begin(write=False) -> Transaction"},
    {"stamp", store_stamp, METH_NOARGS, "stamp() -> int that changes with every committed write"},
    {"copy", store_copy, METH_VARARGS, "copy(folder) -> None: a compacted copy while writers run"},
    {"close", store_close, METH_NOARGS, "close() -> None; idempotent"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot store_slots[] = {
    {Py_tp_new, store_new},
    {Py_tp_dealloc, store_dealloc},
    {Py_tp_methods, store_methods},
    {Py_tp_doc, "Store(path, read_only=False): an LMDB environment; path is an existing folder."},
    {0, NULL},
};

static PyType_Spec store_spec = {
    .name = "isc.py.iscpython_c._native.Store",
    .basicsize = sizeof(struct iscpy_store),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = store_slots,
};

int iscpy_store_ready(PyObject *module)
{
    PyObject *store = PyType_FromSpec(&store_spec);
    PyObject *transaction = PyType_FromSpec(&transaction_spec);
    int result = store && transaction && PyModule_AddFunctions(module, iscpy_key_methods) == 0 &&
                         PyModule_AddObjectRef(module, "Store", store) == 0 &&
                         PyModule_AddObjectRef(module, "Transaction", transaction) == 0
                     ? 0
                     : -1;
    Py_XSETREF(transaction_type, (PyTypeObject *)transaction);
    Py_XDECREF(store);
    return result;
}
