/* Values as they lie in the store: see store_glue.h. */
#include "store_glue.h"

#include <string.h>

PyObject *iscpy_stored_object(const uint8_t *data, size_t size)
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

/* The text of an int, bool or Decimal (new reference). */
static PyObject *number_text(PyObject *value)
{
    if (PyBool_Check(value))
        return PyUnicode_FromString(value == Py_True ? "1" : "0");
    PyObject *text = PyObject_Str(value);
    if (text != NULL && (PyUnicode_FindChar(text, 'N', 0, PyUnicode_GET_LENGTH(text), 1) >= 0 ||
                         PyUnicode_FindChar(text, 'I', 0, PyUnicode_GET_LENGTH(text), 1) >= 0)) {
        PyErr_Format(PyExc_ValueError, "a global cannot hold the decimal %U: store it as a float or a string", text);
        Py_CLEAR(text);
    }
    return text;
}

int iscpy_stored_bytes(PyObject *value, struct iscpy_buffer *buffer)
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
        PyObject *text = number_text(value);
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
