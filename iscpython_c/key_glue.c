/* Keys of globals <-> names and subscripts of Python. */
#include "native.h"

#include "subscripts.h"

#include <string.h>

static PyObject *encode_key(PyObject *module, PyObject *args)
{
    (void)module;
    const char *name;
    Py_ssize_t size;
    PyObject *subscripts;
    if (!PyArg_ParseTuple(args, "s#O!", &name, &size, &PyTuple_Type, &subscripts))
        return NULL;
    struct iscpy_key key;
    iscpy_key_name(&key, name, (size_t)size);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(subscripts); i++) {
        PyObject *subscript = PyTuple_GET_ITEM(subscripts, i);
        PyObject *bytes = PyUnicode_Check(subscript)
                              ? PyUnicode_AsEncodedString(subscript, "utf-8", "surrogatepass")
                              : PyErr_Format(PyExc_TypeError, "a subscript is text here, not %R", subscript);
        if (bytes == NULL)
            return NULL;
        iscpy_key_subscript(&key, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
        Py_DECREF(bytes);
    }
    if (key.too_long)
        return PyErr_Format(iscpy_state.store_error,
                            "<SUBSCRIPT> the name and subscripts of ^%s take more than %d bytes: shorten them", name,
                            ISCPY_KEY_LIMIT);
    return PyBytes_FromStringAndSize((const char *)key.bytes, (Py_ssize_t)key.size);
}

static PyObject *decode_key(PyObject *module, PyObject *args)
{
    (void)module;
    const char *bytes;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "y#", &bytes, &size))
        return NULL;
    size_t offset = strnlen(bytes, (size_t)size) + 1;
    bool fits = offset <= (size_t)size && size <= ISCPY_KEY_LIMIT; /* longer than a key: than `text`, too */
    PyObject *subscripts = fits ? PyList_New(0) : NULL;
    char text[ISCPY_KEY_LIMIT + 32];
    while (subscripts != NULL && offset < (size_t)size) {
        bool number;
        long length = iscpy_key_next((const uint8_t *)bytes, (size_t)size, &offset, text, &number);
        PyObject *subscript = NULL;
        if (length >= 0) {
            subscript = PyUnicode_DecodeUTF8(text, length, "surrogatepass");
            if (number && subscript != NULL) {
                PyObject *value = memchr(text, '.', (size_t)length)
                                      ? PyObject_CallOneArg(iscpy_state.decimal, subscript)
                                      : PyLong_FromUnicodeObject(subscript, 10);
                Py_SETREF(subscript, value);
            }
        }
        if (subscript == NULL || PyList_Append(subscripts, subscript) < 0)
            Py_CLEAR(subscripts);
        Py_XDECREF(subscript);
    }
    if (subscripts == NULL)
        return PyErr_Occurred() ? NULL : PyErr_Format(iscpy_state.store_error, "the bytes are no key of a global");
    return Py_BuildValue("s#N", bytes, (Py_ssize_t)strnlen(bytes, (size_t)size), PyList_AsTuple(subscripts));
}

static PyObject *is_canonical(PyObject *module, PyObject *text)
{
    (void)module;
    Py_ssize_t size;
    const char *bytes = PyUnicode_AsUTF8AndSize(text, &size);
    return bytes ? PyBool_FromLong(iscpy_is_canonical(bytes, (size_t)size)) : NULL;
}

PyMethodDef iscpy_key_methods[] = {
    {"encode_key", encode_key, METH_VARARGS, "encode_key(name, subscripts) -> bytes in collating order"},
    {"decode_key", decode_key, METH_VARARGS, "decode_key(bytes) -> (name, subscripts)"},
    {"is_canonical", is_canonical, METH_O, "is_canonical(text) -> whether it is a canonical number"},
    {NULL, NULL, 0, NULL},
};
