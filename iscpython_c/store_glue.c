/* Stores: LMDB environments as Python objects. */
#include "store_glue.h"

#include <errno.h>

PyObject *iscpy_store_error(const char *what, int code)
{
    const char *reason = mdb_strerror(code), *mend = "";
    if (code == ISCPY_OPEN_FOR_READING)
        reason = "this process has it open for reading only", mend = ": close that first";
    else if (code == ISCPY_WRITING)
        reason = "this thread already writes to the store", mend = ": use the transaction it has";
    else if (code == MDB_MAP_FULL)
        mend = ": the transaction is larger than the room there is, which grows between transactions: end those that run "
               "in this process, raise a limit of its address space (ulimit -v), or write less at once";
    else if (code == MDB_MAP_RESIZED)
        mend = ": another process has made the store larger: end the transactions that run in this one, then try again";
    else if (code == ENOSPC || code == EDQUOT || code == EFBIG || code == EIO) /* a cut off write is EIO */
        mend = ": the disk is full, or refuses to be written: make room on it, then try again";
    else if (code == MDB_READERS_FULL)
        mend = ": more than 1,022 transactions read at once; end some";
    return PyErr_Format(iscpy_state.store_error, "%s: %s%s", what, reason, mend);
}

static bool usable(const struct iscpy_store *store)
{
    const char *problem = NULL;
    if (store->environment == NULL)
        problem = "the store is closed: open it again";
    else if (!iscpy_environment_is_ours(store->environment))
        problem = "the store was opened before fork() and cannot be used in the child: open it there";
    if (problem != NULL)
        PyErr_SetString(iscpy_state.store_error, problem);
    return problem == NULL;
}

static PyObject *store_begin(PyObject *object, PyObject *args)
{
    struct iscpy_store *self = (struct iscpy_store *)object;
    int write = 0;
    if (!usable(self) || !PyArg_ParseTuple(args, "|p", &write))
        return NULL;
    return iscpy_transaction_begin(self->environment, write);
}

static PyObject *store_stamp(PyObject *object, PyObject *unused)
{
    (void)unused;
    struct iscpy_store *self = (struct iscpy_store *)object;
    MDB_envinfo info;
    if (!usable(self))
        return NULL;
    int code = mdb_env_info(iscpy_environment_handle(self->environment), &info);
    return code ? iscpy_store_error("the store could not be asked", code) : PyLong_FromSize_t(info.me_last_txnid);
}

static PyObject *store_copy(PyObject *object, PyObject *args)
{
    struct iscpy_store *self = (struct iscpy_store *)object;
    const char *path;
    int code;
    if (!usable(self) || !PyArg_ParseTuple(args, "s", &path))
        return NULL;
    struct iscpy_environment *environment = self->environment;
    iscpy_environment_keep(environment); /* another thread may close the store meanwhile */
    Py_BEGIN_ALLOW_THREADS
    code = mdb_env_copy2(iscpy_environment_handle(environment), path, MDB_CP_COMPACT);
    iscpy_environment_release(environment);
    Py_END_ALLOW_THREADS
    if (code)
        return iscpy_store_error("the store could not be copied", code);
    Py_RETURN_NONE;
}

static PyObject *store_close(PyObject *object, PyObject *unused)
{
    (void)unused;
    struct iscpy_store *self = (struct iscpy_store *)object;
    struct iscpy_environment *environment = self->environment;
    self->environment = NULL;
    if (environment != NULL)
        iscpy_environment_release(environment);
    Py_RETURN_NONE;
}

static void store_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    Py_XDECREF(store_close(object, NULL));
    type->tp_free(object);
    Py_DECREF(type);
}

static PyObject *store_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"path", "read_only", "synced", NULL};
    const char *path;
    int read_only = 0, synced = 1, code;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "s|pp", names, &path, &read_only, &synced))
        return NULL;
    struct iscpy_environment *environment = NULL;
    Py_BEGIN_ALLOW_THREADS
    code = iscpy_environment_open(path, read_only, synced, &environment);
    Py_END_ALLOW_THREADS
    if (code) {
        PyObject *what = PyUnicode_FromFormat("the store %s could not be opened", path);
        const char *text = what ? PyUnicode_AsUTF8(what) : NULL;
        if (text != NULL)
            iscpy_store_error(text, code);
        Py_XDECREF(what);
        return NULL;
    }
    struct iscpy_store *self = (struct iscpy_store *)type->tp_alloc(type, 0);
    if (self != NULL)
        self->environment = environment;
    else
        iscpy_environment_release(environment);
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
    {Py_tp_doc, "Store(path, read_only=False, synced=True): an LMDB environment; path is an existing folder."},
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
    int status = -1;
    if (store != NULL && PyModule_AddObjectRef(module, "Store", store) == 0)
        status = iscpy_transaction_ready(module);
    Py_XDECREF(store);
    return status;
}
