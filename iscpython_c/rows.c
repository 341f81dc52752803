/* Rows of a host's global into a list of tuples. */
#include "library.h"

#include "numerals.h"
#include "subscripts.h"

#include <stdlib.h>
#include <string.h>

#define HOROLOG_FIRST (-672045) /* 0001-01-01 */
#define HOROLOG_LAST 2980013    /* 9999-12-31 */
#define ORDINAL_OF_DAY_0 672046

/* What a call works on. */
struct reading {
    const char *mask;
    size_t mask_size;
    const char *delimiter;
    size_t delimiter_size;
    PyObject *rows; /* list of tuples */
};

/* Text as a str; bytes that are no UTF-8 are Latin-1, as in a host that keeps bytes. */
static PyObject *text_object(const char *text, size_t size)
{
    PyObject *made = PY.PyUnicode_DecodeUTF8(text, (Py_ssize_t)size, NULL);
    if (made != NULL)
        return made;
    PY.PyErr_Clear();
    return PY.PyUnicode_DecodeLatin1(text, (Py_ssize_t)size, NULL);
}

static PyObject *none(void)
{
    PY.Py_IncRef(iscpy_core.none);
    return iscpy_core.none;
}

/* A canonical number as an int or a float, any other text as a str. */
static PyObject *key_object(const char *text, size_t size)
{
    char number[24];
    if (size == 0 || size >= sizeof number || !iscpy_is_canonical(text, size))
        return text_object(text, size);
    memcpy(number, text, size);
    number[size] = 0;
    if (strchr(number, '.') != NULL)
        return PY.PyFloat_FromDouble(iscpy_text_to_double(number, NULL));
    return size > 18 ? text_object(text, size) : PY.PyLong_FromLongLong(strtoll(number, NULL, 10));
}

static bool is_number(const struct iscpy_element *element)
{
    return element->kind == ISCPY_INTEGER || element->kind == ISCPY_DECIMAL || element->kind == ISCPY_DOUBLE;
}

/* The element as it is (new reference). */
static PyObject *plain_object(const struct iscpy_element *element)
{
    int little = -1;
    switch (element->kind) {
    case ISCPY_LATIN1:
        return element->length ? PY.PyUnicode_DecodeLatin1((const char *)element->data, (Py_ssize_t)element->length, NULL)
                               : none();
    case ISCPY_UTF16:
        return PY.PyUnicode_DecodeUTF16((const char *)element->data, (Py_ssize_t)element->length, "surrogatepass",
                                        &little);
    case ISCPY_INTEGER:
        return element->negative ? PY.PyLong_FromLongLong((long long)element->digits)
                                 : PY.PyLong_FromUnsignedLongLong(element->digits);
    case ISCPY_DECIMAL:
        return PY.PyFloat_FromDouble(iscpy_decimal_to_double(element));
    case ISCPY_DOUBLE:
        return PY.PyFloat_FromDouble(element->real);
    case ISCPY_NULL:
        break;
    }
    return none();
}

/* The element as a number; text is one when all of it is. */
static int number_of(const struct iscpy_element *element, double *real)
{
    char text[64], *end;
    if (element->kind == ISCPY_INTEGER)
        *real = element->negative ? (double)(int64_t)element->digits : (double)element->digits;
    else if (element->kind == ISCPY_DECIMAL)
        *real = iscpy_decimal_to_double(element);
    else if (element->kind == ISCPY_DOUBLE)
        *real = element->real;
    if (is_number(element))
        return 0;
    if (element->kind != ISCPY_LATIN1 || element->length == 0 || element->length >= sizeof text)
        return -1;
    memcpy(text, element->data, element->length);
    text[element->length] = 0;
    *real = iscpy_text_to_double(text, &end);
    return *end == 0 && strspn(text, "+-.0123456789eE") == element->length ? 0 : -1;
}

/* Calls a function of formats.py on a number or a text; takes the argument. */
static PyObject *converted(const char *function, PyObject *argument)
{
    PyObject *callable = PY.PyDict_GetItemString(iscpy_core.formats, function); /* borrowed */
    PyObject *result = argument ? PY.PyObject_CallFunctionObjArgs(callable, argument, NULL) : NULL;
    PY.Py_DecRef(argument);
    return result;
}

/* The date of a day of $HOROLOG: straight for what is one, by to_date for the error. */
static PyObject *date_object(double day)
{
    if (!(day >= HOROLOG_FIRST && day <= HOROLOG_LAST) || day != (double)(long long)day)
        return converted("to_date", PY.PyFloat_FromDouble(day));
    if (iscpy_core.date_maker == NULL) {
        PyObject *make = PY.PyDict_GetItemString(iscpy_core.formats, "date_maker"); /* borrowed */
        iscpy_core.date_maker = PY.PyObject_CallFunctionObjArgs(make, NULL);
        if (iscpy_core.date_maker == NULL)
            return NULL;
    }
    PyObject *ordinal = PY.PyLong_FromLongLong((long long)day + ORDINAL_OF_DAY_0);
    PyObject *date = ordinal ? PY.PyObject_CallFunctionObjArgs(iscpy_core.date_maker, ordinal, NULL) : NULL;
    PY.Py_DecRef(ordinal);
    return date;
}

static PyObject *field_object(const struct iscpy_element *element, char letter)
{
    double real = 0;
    if (letter == '+')
        return plain_object(element);
    if (element->kind == ISCPY_NULL || (element->kind == ISCPY_LATIN1 && element->length == 0))
        return none();
    if (letter == 'm')
        return is_number(element) ? converted("to_timestamp", PY.PyUnicode_FromString("a number"))
                                  : converted("to_timestamp", plain_object(element));
    if (number_of(element, &real) < 0) {
        PyObject *text = plain_object(element);
        PyObject *message = text ? PY.PyUnicode_FromFormat("%R is no number", text) : NULL;
        if (message != NULL)
            PY.PyErr_SetObject(iscpy_exception("ValueError"), message);
        PY.Py_DecRef(text);
        PY.Py_DecRef(message);
        return NULL;
    }
    if (letter == 'b') {
        PyObject *truth = PY.PyDict_GetItemString(iscpy_core.builtins, real != 0 ? "True" : "False"); /* borrowed */
        PY.Py_IncRef(truth);
        return truth;
    }
    return letter == 'd' ? date_object(real) : converted("to_time", PY.PyFloat_FromDouble(real));
}

/* Appends the field when the mask lets it through; `at` counts from 0. */
static int put_field(const struct reading *reading, PyObject *fields, const struct iscpy_element *element, size_t at)
{
    char letter = '+';
    if (reading->mask_size > 0)
        letter = at < reading->mask_size ? reading->mask[at] : '-';
    if (letter == '-')
        return 0;
    PyObject *field = field_object(element, letter);
    int status = field ? PY.PyList_Append(fields, field) : -1;
    PY.Py_DecRef(field);
    return status;
}

/* Whether the bytes are a $LIST from end to end. */
static bool is_list(const uint8_t *data, size_t size)
{
    size_t offset = 0;
    struct iscpy_element element;
    const char *error;
    while (offset < size)
        if (iscpy_list_next(data, size, &offset, &element, &error) < 0)
            return false;
    return size > 0;
}

static int put_list(const struct reading *reading, PyObject *fields, const uint8_t *data, size_t size)
{
    size_t offset = 0;
    struct iscpy_element element;
    const char *error;
    int status = 0;
    for (size_t at = 0; status == 0 && offset < size; at++)
        status = iscpy_list_next(data, size, &offset, &element, &error) < 0 ? -1
                                                                           : put_field(reading, fields, &element, at);
    return status;
}

/* The pieces of a text between delimiters. */
static int put_text(const struct reading *reading, PyObject *fields, const char *text, size_t size)
{
    int status = 0;
    const char *end = text + size;
    for (size_t at = 0; status == 0; at++) {
        const char *stop = reading->delimiter_size
                               ? memmem(text, (size_t)(end - text), reading->delimiter, reading->delimiter_size)
                               : NULL;
        size_t length = (size_t)((stop ? stop : end) - text);
        struct iscpy_element element = {.kind = ISCPY_LATIN1, .data = (const uint8_t *)text, .length = length};
        bool whole = reading->mask_size == 0 || (at < reading->mask_size && reading->mask[at] == '+');
        if (whole && length > 0) {
            PyObject *field = text_object(text, length);
            status = field ? PY.PyList_Append(fields, field) : -1;
            PY.Py_DecRef(field);
        } else {
            status = put_field(reading, fields, &element, at);
        }
        if (stop == NULL)
            break;
        text = stop + reading->delimiter_size;
    }
    return status;
}

static PyObject *tuple_of(PyObject *list)
{
    Py_ssize_t count = PY.PyList_Size(list);
    PyObject *tuple = PY.PyTuple_New(count);
    for (Py_ssize_t i = 0; tuple != NULL && i < count; i++) {
        PyObject *item = PY.PyList_GetItem(list, i); /* borrowed */
        PY.Py_IncRef(item);
        PY.PyTuple_SetItem(tuple, i, item);
    }
    return tuple;
}

static int put_row(const struct reading *reading, const iscpy_global_row *row)
{
    PyObject *fields = PY.PyList_New(0);
    PyObject *key = key_object(row->key, row->key_size);
    PyObject *tuple = NULL;
    int status = fields && key ? PY.PyList_Append(fields, key) : -1;
    if (status == 0 && is_list((const uint8_t *)row->value, row->value_size))
        status = put_list(reading, fields, (const uint8_t *)row->value, row->value_size);
    else if (status == 0)
        status = put_text(reading, fields, row->value, row->value_size);
    if (status == 0)
        tuple = tuple_of(fields);
    status = tuple ? PY.PyList_Append(reading->rows, tuple) : -1;
    PY.Py_DecRef(key);
    PY.Py_DecRef(fields);
    PY.Py_DecRef(tuple);
    return status;
}

/* The pending error with the row it belongs to. */
static int fail_row(const iscpy_global_row *row, iscpy_error *error)
{
    iscpy_error found = {0};
    int status = iscpy_fail_python(&found);
    if (status == ISCPY_CODE)
        status = iscpy_fail(error, ISCPY_ARGUMENT, "the row with key %.*s does not fit the mask: %s",
                            (int)(row->key_size < 200 ? row->key_size : 200), row->key, found.message);
    iscpy_error_free(&found);
    return status;
}

/* Takes all rows of the source; called with the turn, which is given up while the host works. */
static int take_rows(const struct reading *reading, const iscpy_global_source *source, struct iscpy_turn *turn,
                     bool *inside, iscpy_error *error)
{
    for (;;) {
        const iscpy_global_row *rows = NULL;
        const char *message = "it gave no reason";
        iscpy_leave(turn);
        *inside = false;
        long count = source->next(source->host, &rows, &message);
        int status = iscpy_enter(turn, error);
        if (status != ISCPY_OK)
            return status;
        *inside = true;
        if (count < 0)
            return iscpy_fail(error, ISCPY_HOST, "the host could not read its global: %s", message);
        if (count == 0)
            return ISCPY_OK;
        for (long i = 0; i < count; i++)
            if (put_row(reading, &rows[i]) < 0)
                return fail_row(&rows[i], error);
    }
}

int iscpy_get_global_order(const char *context, const iscpy_global_source *source, const char *mask,
                           const char *delimiter, const char *variable, size_t *count, iscpy_error *error)
{
    struct iscpy_turn turn;
    struct reading reading = {.mask = mask ? mask : "", .delimiter = delimiter ? delimiter : ""};
    PyObject *name = NULL, *context_name = NULL, *namespace = NULL;
    bool inside = false;
    reading.mask_size = strlen(reading.mask);
    reading.delimiter_size = strlen(reading.delimiter);
    if (variable == NULL || *variable == 0)
        return iscpy_fail(error, ISCPY_ARGUMENT, "a variable has no name");
    if (strspn(reading.mask, "+-bdtm") != reading.mask_size)
        return iscpy_fail(error, ISCPY_ARGUMENT, "mask %.100s: the letters are + - b d t m", reading.mask);
    int status = iscpy_enter(&turn, error);
    if (status != ISCPY_OK)
        return status;
    inside = true;
    reading.rows = PY.PyList_New(0);
    status = reading.rows ? take_rows(&reading, source, &turn, &inside, error) : iscpy_fail_python(error);
    if (status != ISCPY_OK)
        goto done;
    namespace = iscpy_namespace(context, true, &context_name, &status, error);
    if (namespace == NULL)
        goto done;
    name = iscpy_name(variable, strlen(variable));
    if (name == NULL || PY.PyDict_SetItem(namespace, name, reading.rows) < 0)
        status = iscpy_fail_python(error);
    else if (count != NULL)
        *count = (size_t)PY.PyList_Size(reading.rows);
done:
    if (!inside)
        iscpy_take_turn(&turn);
    PY.Py_DecRef(reading.rows);
    PY.Py_DecRef(name);
    PY.Py_DecRef(context_name);
    iscpy_leave(&turn);
    return status;
}
