/* Variables as text or bytes, and back: see core.h. What Python's own modules do is in formats.py. */
#include "core.h"

#include "include/iscpython.h"

/* Names of the functions of formats.py, by format. */
static const char *const DUMP[] = {NULL, NULL, "to_bytes", "to_json", "to_pickle", "to_arrow"};
static const char *const LOAD[] = {NULL, NULL, NULL, "from_json", "from_pickle", "from_arrow"};
enum { FORMATS = sizeof DUMP / sizeof *DUMP };

PyObject *iscpy_variable(PyObject *namespace, PyObject *name, PyObject *context)
{
    PyObject *value = PY.PyDict_GetItemWithError(namespace, name);
    if (value != NULL || PY.PyErr_Occurred())
        return value;
    PyObject *function = PY.PyDict_GetItemString(iscpy_core.formats, "undefined"); /* borrowed */
    PyObject *text = PY.PyObject_CallFunctionObjArgs(function, name, context, namespace, NULL);
    if (text != NULL)
        PY.PyErr_SetObject(iscpy_exception("NameError"), text);
    PY.Py_DecRef(text);
    return NULL;
}

static PyObject *unknown_format(int format)
{
    PyObject *text = PY.PyUnicode_FromFormat("unknown format %d: 0 str, 1 repr, 2 bytes, 3 JSON, 4 pickle, 5 Arrow; a "
                                             "variable cannot be set from repr", format);
    if (text != NULL)
        PY.PyErr_SetObject(iscpy_exception("ValueError"), text);
    PY.Py_DecRef(text);
    return NULL;
}

/* Calls a function of formats.py. */
static PyObject *call(const char *function, PyObject *argument)
{
    PyObject *callable = PY.PyDict_GetItemString(iscpy_core.formats, function); /* borrowed */
    return PY.PyObject_CallFunctionObjArgs(callable, argument, NULL);
}

PyObject *iscpy_value_dump(PyObject *value, int format)
{
    PyObject *result = NULL;
    if (format < 0 || format >= FORMATS)
        return unknown_format(format);
    PY.Py_IncRef(value); /* its own __str__ may unbind it */
    if (format == ISCPY_AS_STR)
        result = PY.PyObject_Str(value);
    else if (format == ISCPY_AS_REPR)
        result = PY.PyObject_Repr(value);
    else
        result = call(DUMP[format], value);
    PY.Py_DecRef(value);
    return result;
}

PyObject *iscpy_value_load(const char *data, size_t size, int format)
{
    if (format == ISCPY_AS_STR)
        return PY.PyUnicode_DecodeUTF8(data, (Py_ssize_t)size, "surrogatepass");
    if (format == ISCPY_AS_BYTES)
        return PY.PyBytes_FromStringAndSize(data, (Py_ssize_t)size);
    if (format < 0 || format >= FORMATS || LOAD[format] == NULL)
        return unknown_format(format);
    PyObject *bytes = PY.PyBytes_FromStringAndSize(data, (Py_ssize_t)size);
    PyObject *result = bytes ? call(LOAD[format], bytes) : NULL;
    PY.Py_DecRef(bytes);
    return result;
}
