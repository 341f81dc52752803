/* $LIST <-> Python objects. */
#include "native.h"

#include "dollar_list.h"

#include <inttypes.h>
#include <stdlib.h>

PyObject *iscpy_decimal_object(const struct iscpy_element *element)
{
    char text[48];
    if (element->negative)
        snprintf(text, sizeof text, "%" PRId64 "E%d", (int64_t)element->digits, element->exponent);
    else
        snprintf(text, sizeof text, "%" PRIu64 "E%d", element->digits, element->exponent);
    return PyObject_CallFunction(iscpy_state.decimal, "s", text);
}

PyObject *iscpy_element_object(const struct iscpy_element *element)
{
    int little = -1;
    switch (element->kind) {
    case ISCPY_LATIN1:
        return PyUnicode_DecodeLatin1((const char *)element->data, (Py_ssize_t)element->length, NULL);
    case ISCPY_UTF16:
        return PyUnicode_DecodeUTF16((const char *)element->data, (Py_ssize_t)element->length, "surrogatepass",
                                     &little);
    case ISCPY_INTEGER:
        return element->negative ? PyLong_FromLongLong((long long)element->digits)
                                 : PyLong_FromUnsignedLongLong(element->digits);
    case ISCPY_DECIMAL:
        return iscpy_decimal_object(element);
    case ISCPY_DOUBLE:
        return PyFloat_FromDouble(element->real);
    case ISCPY_NULL:
        break;
    }
    Py_RETURN_NONE;
}

static void set_list_error(const char *text, size_t offset)
{
    PyObject *error = PyObject_CallFunction(iscpy_state.list_error, "sn", text, (Py_ssize_t)offset);
    if (error != NULL) {
        PyErr_SetObject(iscpy_state.list_error, error);
        Py_DECREF(error);
    }
}

static PyObject *list_decode(PyObject *module, PyObject *args)
{
    (void)module;
    Py_buffer view;
    int raw = 0;
    if (!PyArg_ParseTuple(args, "y*|p", &view, &raw))
        return NULL;
    const char *error = NULL;
    size_t offset = 0;
    PyObject *values = PyList_New(0);
    while (values != NULL && offset < (size_t)view.len) {
        struct iscpy_element element;
        PyObject *value = NULL;
        if (iscpy_list_next(view.buf, (size_t)view.len, &offset, &element, &error) < 0)
            set_list_error(error, offset);
        else if (raw && element.kind == ISCPY_LATIN1)
            value = PyBytes_FromStringAndSize((const char *)element.data, (Py_ssize_t)element.length);
        else
            value = iscpy_element_object(&element);
        if (value == NULL || PyList_Append(values, value) < 0)
            Py_CLEAR(values);
        Py_XDECREF(value);
    }
    PyBuffer_Release(&view);
    return values;
}

static int put_integer(struct iscpy_buffer *buffer, PyObject *value)
{
    int overflow = 0;
    long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (number == -1 && PyErr_Occurred())
        return -1;
    if (overflow) { /* integers beyond 64 bits become strings */
        PyObject *text = PyObject_Str(value);
        Py_ssize_t size;
        const char *data = text ? PyUnicode_AsUTF8AndSize(text, &size) : NULL;
        if (data != NULL)
            iscpy_list_put_text(buffer, 1, data, (size_t)size);
        Py_XDECREF(text);
        return data ? 0 : -1;
    }
    iscpy_list_put_integer(buffer, number < 0, (uint64_t)number);
    return 0;
}

/* Reads sign, digits and exponent from the text of a Decimal; more than 64 bits of digits are rounded half up. */
static int put_decimal(struct iscpy_buffer *buffer, PyObject *value)
{
    int result = -1;
    PyObject *text = PyObject_Str(value);
    const char *c = text ? PyUnicode_AsUTF8(text) : NULL;
    if (c == NULL)
        goto done;
    bool negative = *c == '-';
    uint64_t digits = 0;
    long exponent = 0;
    bool point = false, dropped = false;
    c += negative;
    for (; (*c >= '0' && *c <= '9') || *c == '.'; c++) {
        if (*c == '.') {
            point = true;
        } else if (dropped || digits > (uint64_t)(INT64_MAX - 9) / 10) {
            if (!dropped && *c >= '5')
                digits++;
            dropped = true;
            exponent += !point;
        } else {
            digits = digits * 10 + (uint64_t)(*c - '0');
            exponent -= point;
        }
    }
    if (*c == 'E' || *c == 'e')
        exponent += strtol(c + 1, NULL, 10);
    else if (*c != 0) {
        PyErr_Format(PyExc_ValueError, "$LIST has no form for the decimal %S: store it as a float or a string", value);
        goto done;
    }
    if (digits == 0) {
        iscpy_list_put_integer(buffer, false, 0);
        result = 0;
        goto done;
    }
    while (exponent < -128 && digits % 10 == 0) {
        digits /= 10;
        exponent++;
    }
    while (exponent > 127 && digits <= (uint64_t)INT64_MAX / 10) {
        digits *= 10;
        exponent--;
    }
    if (exponent < -128 || exponent > 127) {
        PyErr_Format(PyExc_OverflowError, "the decimal %S is outside the range of $LIST (exponent -128 to 127)", value);
        goto done;
    }
    iscpy_list_put_decimal(buffer, negative, negative ? 0 - digits : digits, (int)exponent);
    result = 0;
done:
    Py_XDECREF(text);
    return result;
}

static int put_text(struct iscpy_buffer *buffer, PyObject *value)
{
    bool narrow = PyUnicode_KIND(value) == PyUnicode_1BYTE_KIND;
    PyObject *bytes = narrow ? PyUnicode_AsLatin1String(value)
                             : PyUnicode_AsEncodedString(value, "utf-16-le", "surrogatepass");
    if (bytes == NULL)
        return -1;
    iscpy_list_put_text(buffer, narrow ? 1 : 2, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
    Py_DECREF(bytes);
    return 0;
}

static int put_value(struct iscpy_buffer *buffer, PyObject *value)
{
    if (value == Py_None) {
        iscpy_list_put_null(buffer);
    } else if (PyUnicode_Check(value)) {
        return put_text(buffer, value);
    } else if (PyLong_Check(value)) {
        return put_integer(buffer, value);
    } else if (PyFloat_Check(value)) {
        iscpy_list_put_double(buffer, PyFloat_AS_DOUBLE(value));
    } else if (PyBytes_Check(value)) {
        iscpy_list_put_text(buffer, 1, PyBytes_AS_STRING(value), (size_t)PyBytes_GET_SIZE(value));
    } else if (PyObject_IsInstance(value, iscpy_state.decimal) == 1) {
        return put_decimal(buffer, value);
    } else if (!PyErr_Occurred()) {
        PyErr_Format(PyExc_TypeError, "$LIST has no form for a %s: use None, str, bytes, int, float, Decimal or bool",
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *list_encode(PyObject *module, PyObject *values)
{
    (void)module;
    struct iscpy_buffer buffer = {0};
    PyObject *result = NULL;
    PyObject *value, *iterator = PyObject_GetIter(values);
    if (iterator == NULL)
        return NULL;
    while ((value = PyIter_Next(iterator)) != NULL) {
        int status = put_value(&buffer, value);
        Py_DECREF(value);
        if (status < 0)
            goto done;
    }
    if (PyErr_Occurred())
        goto done;
    result = buffer.failed ? PyErr_NoMemory()
                           : PyBytes_FromStringAndSize((const char *)buffer.data, (Py_ssize_t)buffer.size);
done:
    Py_DECREF(iterator);
    iscpy_buffer_free(&buffer);
    return result;
}

PyMethodDef iscpy_list_methods[] = {
    {"list_decode", list_decode, METH_VARARGS, "list_decode(buffer, raw=False) -> list of values"},
    {"list_encode", list_encode, METH_O, "list_encode(values) -> bytes"},
    {NULL, NULL, 0, NULL},
};
