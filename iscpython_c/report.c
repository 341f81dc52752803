/* Errors and results of the library as the structs of iscpython.h. */
#include "library.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void iscpy_error_free(iscpy_error *error)
{
    if (error == NULL)
        return;
    free(error->owner);
    *error = (iscpy_error){0};
}

/* Gives the texts one block of their own. */
static int set_error(iscpy_error *error, int status, const char *const texts[3], const size_t sizes[3])
{
    if (error == NULL)
        return status;
    iscpy_error_free(error);
    char *block = malloc(sizes[0] + sizes[1] + sizes[2] + 3);
    *error = (iscpy_error){.status = status, .type = "", .message = "", .traceback = "", .owner = block};
    if (block == NULL) {
        error->message = "memory ran out while an error was reported";
        return status;
    }
    const char **fields[3] = {&error->type, &error->message, &error->traceback};
    for (int i = 0; i < 3; i++) {
        memcpy(block, texts[i], sizes[i]);
        block[sizes[i]] = 0;
        *fields[i] = block;
        block += sizes[i] + 1;
    }
    return status;
}

int iscpy_fail(iscpy_error *error, int status, const char *format, ...)
{
    char message[2048];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (size < 0)
        size = 0;
    size_t length = (size_t)size < sizeof message ? (size_t)size : sizeof message - 1;
    return set_error(error, status, (const char *const[]){"", message, ""}, (const size_t[]){0, length, 0});
}

int iscpy_fail_python(iscpy_error *error)
{
    const char *texts[3] = {"MemoryError", "memory ran out while an error was reported", ""};
    size_t sizes[3] = {strlen(texts[0]), strlen(texts[1]), 0};
    PyObject *keep[3] = {NULL, NULL, NULL};
    PyObject *value = iscpy_error_take();
    bool whole = value != NULL;
    for (int i = 0; whole && i < 3; i++)
        whole = iscpy_text(PY.PyTuple_GetItem(value, i + 1), &texts[i], &sizes[i], &keep[i]) == 0;
    if (!whole)
        PY.PyErr_Clear();
    set_error(error, whole ? ISCPY_CODE : ISCPY_NO_MEMORY, texts, sizes);
    for (int i = 0; i < 3; i++)
        PY.Py_DecRef(keep[i]);
    PY.Py_DecRef(value);
    return whole ? ISCPY_CODE : ISCPY_NO_MEMORY;
}

void iscpy_value_reset(iscpy_value *result)
{
    if (result == NULL)
        return;
    PyObject *old = result->owner;
    *result = (iscpy_value){.data = ""};
    if (old != NULL)
        PY.Py_DecRef(old);
}

void iscpy_value_free(iscpy_value *value)
{
    struct iscpy_turn turn;
    if (value == NULL)
        return;
    if (value->owner != NULL && iscpy_library.loaded) {
        iscpy_take_turn(&turn);
        iscpy_value_reset(value);
        iscpy_leave(&turn);
    }
    *value = (iscpy_value){0};
}

int iscpy_give(PyObject *object, int format, iscpy_value *result, iscpy_error *error)
{
    PyObject *keep = NULL;
    const char *data = NULL;
    size_t size = 0;
    char *bytes = NULL;
    Py_ssize_t length = 0;
    if (object == NULL)
        return iscpy_fail_python(error);
    if (result == NULL) {
        PY.Py_DecRef(object);
        return ISCPY_OK;
    }
    int status;
    if (format == ISCPY_AS_BYTES || format == ISCPY_AS_PICKLE || format == ISCPY_AS_ARROW) {
        status = PY.PyBytes_AsStringAndSize(object, &bytes, &length);
        data = bytes;
        size = (size_t)length;
        keep = object;
    } else {
        status = iscpy_text(object, &data, &size, &keep);
        PY.Py_DecRef(object);
    }
    if (status < 0) {
        PY.Py_DecRef(keep);
        return iscpy_fail_python(error);
    }
    *result = (iscpy_value){.data = data, .size = size, .owner = keep};
    return ISCPY_OK;
}

const char *iscpy_status_text(int status)
{
    switch (status) {
    case ISCPY_OK:
        return "done";
    case ISCPY_CODE:
        return "Python code raised";
    case ISCPY_NO_PYTHON:
        return "no usable Python was found";
    case ISCPY_NOT_INITIALIZED:
        return "Python is not initialized";
    case ISCPY_NO_CONTEXT:
        return "there is no such context";
    case ISCPY_ARGUMENT:
        return "an argument cannot be used";
    case ISCPY_NO_MEMORY:
        return "memory ran out";
    case ISCPY_HOST:
        return "the host's iterator failed";
    default:
        return "an unknown status";
    }
}
