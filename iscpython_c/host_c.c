/* The plain C host: the functions of iscpython.h but for streams (stream.c) and rows of globals (rows.c). */
#include "library.h"

#include <string.h>

#ifndef ISCPY_VERSION
#error "ISCPY_VERSION comes from the build"
#endif

struct iscpy_library iscpy_library = {.lock = PTHREAD_MUTEX_INITIALIZER};

int iscpy_abi(void)
{
    return ISCPY_ABI;
}

const char *iscpy_version(void)
{
    return ISCPY_VERSION;
}

int iscpy_initialize(const char *python, iscpy_error *error)
{
    struct iscpy_turn turn;
    int status = ISCPY_OK;
    pthread_mutex_lock(&iscpy_library.lock);
    if (!iscpy_library.loaded)
        status = iscpy_load_python(python, error);
    if (status == ISCPY_OK && !iscpy_library.initialized) {
        iscpy_take_turn(&turn);
        if (iscpy_core_ready() < 0)
            status = iscpy_fail_python(error);
        iscpy_library.initialized = status == ISCPY_OK;
        iscpy_leave(&turn);
    }
    pthread_mutex_unlock(&iscpy_library.lock);
    return status;
}

int iscpy_finalize(iscpy_error *error)
{
    struct iscpy_turn turn;
    int status = ISCPY_OK;
    pthread_mutex_lock(&iscpy_library.lock);
    if (iscpy_library.initialized) {
        iscpy_take_turn(&turn);
        iscpy_library.initialized = false;
        iscpy_streams_free();
        if (iscpy_context_forget_all() < 0)
            status = iscpy_fail_python(error);
        iscpy_core_clear();
        PY.PyGC_Collect();
        iscpy_leave(&turn);
    }
    pthread_mutex_unlock(&iscpy_library.lock);
    return status;
}

int iscpy_describe(iscpy_value *result, iscpy_error *error)
{
    struct iscpy_turn turn;
    int status = iscpy_enter(&turn, error);
    if (status != ISCPY_OK)
        return status;
    iscpy_value_reset(result);
    PyObject *sys = PY.PyImport_ImportModule("sys");
    PyObject *program = sys ? PY.PyObject_GetAttrString(sys, "executable") : NULL;
    PyObject *prefix = sys ? PY.PyObject_GetAttrString(sys, "prefix") : NULL;
    PyObject *text = NULL;
    if (program && prefix)
        text = PY.PyUnicode_FromFormat("version: %s\nlibpython: %s\npython: %S\nprefix: %S\nstarted: %d\n",
                                       iscpy_library.start.Py_GetVersion(),
                                       iscpy_library.place.libpython ? iscpy_library.place.libpython : "", program,
                                       prefix, iscpy_library.started);
    PY.Py_DecRef(sys);
    PY.Py_DecRef(program);
    PY.Py_DecRef(prefix);
    status = iscpy_give(text, ISCPY_AS_STR, result, error);
    iscpy_leave(&turn);
    return status;
}

PyObject *iscpy_namespace(const char *context, bool make, PyObject **name, int *status, iscpy_error *error)
{
    if (context == NULL || *context == 0) {
        *name = iscpy_core.default_name;
        PY.Py_IncRef(*name);
    } else {
        *name = iscpy_name(context, strlen(context));
    }
    PyObject *module = *name ? iscpy_context_module(*name, make) : NULL;
    if (module != NULL)
        return PY.PyModule_GetDict(module);
    if (PY.PyErr_Occurred())
        *status = iscpy_fail_python(error);
    else
        *status = iscpy_fail(error, ISCPY_NO_CONTEXT, "there is no context %s: it is made when code runs in it or a "
                                                      "variable is set", context ? context : "default");
    PY.Py_DecRef(*name);
    *name = NULL;
    return NULL;
}

/* Runs code in a namespace that the caller holds. */
static int run(PyObject *namespace, const char *code, size_t size, iscpy_error *error)
{
    PyObject *done = iscpy_run(code, size, NULL, ISCPY_FILE_INPUT, namespace);
    if (done == NULL)
        return iscpy_fail_python(error);
    PY.Py_DecRef(done);
    return ISCPY_OK;
}

int iscpy_execute(const char *context, const char *code, size_t size, iscpy_error *error)
{
    PyObject *name = NULL;
    int status = ISCPY_OK;
    PyObject *namespace = iscpy_namespace(context, true, &name, &status, error);
    if (namespace == NULL)
        return status;
    PY.Py_IncRef(namespace);
    status = run(namespace, code, size, error);
    PY.Py_DecRef(namespace);
    PY.Py_DecRef(name);
    return status;
}

/* Gives a variable of a namespace. */
static int give(PyObject *namespace, PyObject *context, const char *variable, int format, iscpy_value *result,
                iscpy_error *error)
{
    PyObject *name = iscpy_name(variable, strlen(variable));
    PyObject *value = name ? iscpy_variable(namespace, name, context) : NULL;
    PyObject *dumped = value ? iscpy_value_dump(value, format) : NULL;
    PY.Py_DecRef(name);
    return iscpy_give(dumped, format, result, error);
}

int iscpy_simple_string(const char *context, const char *code, size_t size, const char *variable, int format,
                        iscpy_value *result, iscpy_error *error)
{
    struct iscpy_turn turn;
    PyObject *name = NULL;
    int status = iscpy_enter(&turn, error);
    if (status != ISCPY_OK)
        return status;
    iscpy_value_reset(result);
    if (size == ISCPY_TEXT)
        size = code ? strlen(code) : 0;
    PyObject *namespace = iscpy_namespace(context, size > 0, &name, &status, error);
    if (namespace == NULL)
        goto done;
    PY.Py_IncRef(namespace); /* the code may free its own context */
    if (size > 0)
        status = run(namespace, code, size, error);
    if (status == ISCPY_OK && variable != NULL && *variable)
        status = give(namespace, name, variable, format, result, error);
    PY.Py_DecRef(namespace);
done:
    PY.Py_DecRef(name);
    iscpy_leave(&turn);
    return status;
}

int iscpy_escape_string(const char *text, size_t size, iscpy_value *result, iscpy_error *error)
{
    struct iscpy_turn turn;
    int status = iscpy_enter(&turn, error);
    if (status != ISCPY_OK)
        return status;
    iscpy_value_reset(result);
    PyObject *decoded = iscpy_value_load(text, size == ISCPY_TEXT ? strlen(text) : size, ISCPY_AS_STR);
    PyObject *literal = decoded ? PY.PyObject_ASCII(decoded) : NULL;
    PY.Py_DecRef(decoded);
    status = iscpy_give(literal, ISCPY_AS_STR, result, error);
    iscpy_leave(&turn);
    return status;
}

static int no_name(iscpy_error *error)
{
    return iscpy_fail(error, ISCPY_ARGUMENT, "a variable has no name");
}

int iscpy_bind(const char *context, const char *variable, const char *data, size_t size, int format,
               iscpy_error *error)
{
    PyObject *context_name = NULL;
    int status = ISCPY_OK;
    if (variable == NULL || *variable == 0)
        return no_name(error);
    PyObject *namespace = iscpy_namespace(context, true, &context_name, &status, error);
    if (namespace == NULL)
        return status;
    PY.Py_IncRef(namespace);
    PyObject *name = iscpy_name(variable, strlen(variable));
    PyObject *value = name ? iscpy_value_load(data, size, format) : NULL;
    if (value == NULL || PY.PyDict_SetItem(namespace, name, value) < 0)
        status = iscpy_fail_python(error);
    PY.Py_DecRef(name);
    PY.Py_DecRef(value);
    PY.Py_DecRef(namespace);
    PY.Py_DecRef(context_name);
    return status;
}

int iscpy_set_variable(const char *context, const char *variable, const char *data, size_t size, int format,
                       iscpy_error *error)
{
    struct iscpy_turn turn;
    int status = iscpy_enter(&turn, error);
    if (status != ISCPY_OK)
        return status;
    status = iscpy_bind(context, variable, data, size == ISCPY_TEXT ? strlen(data) : size, format, error);
    iscpy_leave(&turn);
    return status;
}

int iscpy_get_variable(const char *context, const char *variable, int format, iscpy_value *result, iscpy_error *error)
{
    if (variable == NULL || *variable == 0)
        return no_name(error);
    return iscpy_simple_string(context, NULL, 0, variable, format, result, error);
}

size_t iscpy_piece(const iscpy_value *value, size_t offset, size_t limit, const char **piece)
{
    if (offset >= value->size || limit < 4) {
        *piece = "";
        return 0;
    }
    *piece = value->data + offset;
    if (value->size - offset <= limit)
        return value->size - offset;
    size_t size = limit;
    for (int back = 0; back < 3 && ((unsigned char)(*piece)[size] & 0xc0) == 0x80; back++)
        size--;
    return ((unsigned char)(*piece)[size] & 0xc0) == 0x80 ? limit : size; /* no UTF-8: cut anywhere */
}

int iscpy_contexts(iscpy_value *result, iscpy_error *error)
{
    struct iscpy_turn turn;
    int status = iscpy_enter(&turn, error);
    if (status != ISCPY_OK)
        return status;
    iscpy_value_reset(result);
    PyObject *names = PY.PyDict_Keys(iscpy_core.contexts);
    PyObject *line = PY.PyUnicode_FromString("\n");
    PyObject *text = names && line ? PY.PyUnicode_Join(line, names) : NULL;
    PY.Py_DecRef(names);
    PY.Py_DecRef(line);
    status = iscpy_give(text, ISCPY_AS_STR, result, error);
    iscpy_leave(&turn);
    return status;
}

int iscpy_context_free(const char *context, iscpy_error *error)
{
    struct iscpy_turn turn;
    PyObject *name = NULL;
    int status = iscpy_enter(&turn, error);
    if (status != ISCPY_OK)
        return status;
    if (iscpy_namespace(context, false, &name, &status, error) != NULL && iscpy_context_forget(name) < 0)
        status = iscpy_fail_python(error);
    PY.Py_DecRef(name);
    iscpy_leave(&turn);
    return status;
}
