/* Running code: compiled once per text, results and errors as values. See core.h. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

#define NAME_TAG 0

PyObject *iscpy_name(const char *text, size_t size)
{
    PyObject *name = iscpy_cache_get(iscpy_core.names, text, size, NAME_TAG, NULL);
    if (name != NULL) {
        PY.Py_IncRef(name);
        return name;
    }
    name = PY.PyUnicode_DecodeUTF8(text, (Py_ssize_t)size, "surrogatepass");
    if (name != NULL)
        iscpy_cache_put(iscpy_core.names, text, size, NAME_TAG, NULL, name, NULL);
    return name;
}

/* Lets tracebacks and inspect show the lines of a text that no file holds. */
static int show_lines(PyObject *file, const char *source, size_t size)
{
    int status = -1;
    PyObject *text = PY.PyUnicode_DecodeUTF8(source, (Py_ssize_t)size, "surrogatepass");
    PyObject *lines = text ? PY.PyUnicode_Splitlines(text, 1) : NULL;
    PyObject *length = PY.PyLong_FromLongLong((long long)size);
    PyObject *entry = lines && length ? PY.PyTuple_Pack(4, length, iscpy_core.none, lines, file) : NULL;
    if (entry != NULL)
        status = PY.PyDict_SetItem(iscpy_core.source_lines, file, entry);
    PY.Py_DecRef(text);
    PY.Py_DecRef(lines);
    PY.Py_DecRef(length);
    PY.Py_DecRef(entry);
    return status;
}

/* The code object of `source` (new reference). */
static PyObject *compile(const char *source, size_t size, PyObject *file, int start)
{
    PyObject *code = iscpy_cache_get(iscpy_core.codes, source, size, start, file);
    PyObject *shown = NULL;
    char *terminated = NULL; /* the compiler wants it so */
    if (code != NULL) {
        PY.Py_IncRef(code);
        return code;
    }
    if (memchr(source, 0, size) != NULL) {
        PY.PyErr_SetString(iscpy_exception("SyntaxError"), "source code cannot contain null bytes");
        return NULL;
    }
    shown = file;
    PY.Py_IncRef(file);
    if (shown == NULL)
        shown = PY.PyUnicode_FromFormat("<isc.py %llu>", (unsigned long long)++iscpy_core.compiled);
    const char *shown_text = shown ? PY.PyUnicode_AsUTF8AndSize(shown, NULL) : NULL;
    if (shown_text == NULL)
        goto done;
    terminated = malloc(size + 1);
    if (terminated == NULL) {
        PY.PyErr_NoMemory();
        goto done;
    }
    memcpy(terminated, source, size);
    terminated[size] = 0;
    code = PY.Py_CompileString(terminated, shown_text, start);
    if (code != NULL && size <= ISCPY_CODE_LIMIT) {
        if (show_lines(shown, source, size) == 0)
            iscpy_cache_put(iscpy_core.codes, source, size, start, file, code, shown);
        else
            PY.PyErr_Clear(); /* code runs without its lines, too */
    }
done:
    free(terminated);
    PY.Py_DecRef(shown);
    return code;
}

PyObject *iscpy_run(const char *source, size_t size, PyObject *file, int start, PyObject *namespace)
{
    PyObject *code = compile(source, size, file, start);
    PyObject *result = code ? PY.PyEval_EvalCode(code, namespace, namespace) : NULL;
    PY.Py_DecRef(code);
    return result;
}

/* str() of the exception, or a text that says there is none. */
static PyObject *message_of(PyObject *exception)
{
    PyObject *message = PY.PyObject_Str(exception);
    if (message == NULL) {
        PY.PyErr_Clear();
        message = PY.PyUnicode_FromString("<the exception's own text could not be made>");
    }
    return message;
}

static PyObject *traceback_of(PyObject *exception)
{
    PyObject *lines = PY.PyObject_CallFunctionObjArgs(iscpy_core.format_exception, exception, NULL);
    PyObject *empty = lines ? PY.PyUnicode_FromString("") : NULL;
    PyObject *text = empty ? PY.PyUnicode_Join(empty, lines) : NULL;
    PY.Py_DecRef(lines);
    PY.Py_DecRef(empty);
    if (text == NULL) {
        PY.PyErr_Clear();
        text = PY.PyUnicode_FromString("<the traceback could not be formatted>");
    }
    return text;
}

PyObject *iscpy_error_take(void)
{
    PyObject *type = NULL, *exception = NULL, *traceback = NULL, *result = NULL;
    PyObject *name = NULL, *message = NULL, *text = NULL;
    PY.PyErr_Fetch(&type, &exception, &traceback);
    PY.PyErr_NormalizeException(&type, &exception, &traceback);
    if (exception == NULL)
        goto done;
    if (traceback != NULL)
        PY.PyException_SetTraceback(exception, traceback);
    name = PY.PyObject_GetAttrString(type, "__qualname__");
    message = message_of(exception);
    text = traceback_of(exception);
    if (name && message && text)
        result = PY.PyTuple_Pack(4, exception, name, message, text);
done:
    PY.Py_DecRef(type);
    PY.Py_DecRef(exception);
    PY.Py_DecRef(traceback);
    PY.Py_DecRef(name);
    PY.Py_DecRef(message);
    PY.Py_DecRef(text);
    return result;
}

int iscpy_text(PyObject *text, const char **data, size_t *size, PyObject **keep)
{
    Py_ssize_t length = 0;
    *data = PY.PyUnicode_AsUTF8AndSize(text, &length);
    if (*data != NULL) {
        PY.Py_IncRef(text);
        *keep = text;
    } else {
        char *bytes = NULL;
        PY.PyErr_Clear();
        *keep = PY.PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass");
        if (*keep == NULL || PY.PyBytes_AsStringAndSize(*keep, &bytes, &length) < 0)
            return -1;
        *data = bytes;
    }
    *size = (size_t)length;
    return 0;
}
