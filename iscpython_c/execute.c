/* Running code in a namespace: compiled once per text, results and errors as values. */
#include "native.h"

#define CACHE_LIMIT 1024

/* The code object of `source` (new reference), from the cache when the same text was compiled before. */
static PyObject *code_of(PyObject *source, PyObject *filename, int start)
{
    PyObject *code = NULL;
    PyObject *key = Py_BuildValue("OOi", source, filename, start);
    if (key == NULL)
        return NULL;
    code = PyDict_GetItemWithError(iscpy_state.code_cache, key);
    if (code != NULL) {
        Py_INCREF(code);
    } else if (!PyErr_Occurred()) {
        Py_ssize_t size;
        const char *text = PyUnicode_AsUTF8AndSize(source, &size);
        if (text != NULL && strlen(text) != (size_t)size)
            PyErr_SetString(PyExc_SyntaxError, "source code cannot contain null bytes");
        else if (text != NULL)
            code = Py_CompileStringObject(text, filename, start, NULL, -1);
        if (code != NULL) {
            if (PyDict_GET_SIZE(iscpy_state.code_cache) >= CACHE_LIMIT)
                PyDict_Clear(iscpy_state.code_cache);
            if (PyDict_SetItem(iscpy_state.code_cache, key, code) < 0)
                Py_CLEAR(code);
        }
    }
    Py_DECREF(key);
    return code;
}

/* The pending error as (exception, type name, message, formatted traceback); clears it. Never raises what user code
 * raised: SystemExit and KeyboardInterrupt come back as values, too. */
static PyObject *error_value(void)
{
    PyObject *type, *value, *traceback, *name = NULL, *message = NULL, *lines = NULL, *text = NULL, *result = NULL;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL)
        PyException_SetTraceback(value, traceback);
    name = PyObject_GetAttrString(type, "__qualname__");
    message = PyObject_Str(value);
    if (message == NULL) {
        PyErr_Clear();
        message = PyUnicode_FromString("<the exception's own text could not be made>");
    }
    lines = PyObject_CallFunctionObjArgs(iscpy_state.format_exception, value, NULL);
    if (lines == NULL) {
        PyErr_Clear();
        text = PyUnicode_FromString("<the traceback could not be formatted>");
    } else {
        PyObject *empty = PyUnicode_FromString("");
        text = empty ? PyUnicode_Join(empty, lines) : NULL;
        Py_XDECREF(empty);
    }
    if (name && message && text)
        result = Py_BuildValue("OOOO", value, name, message, text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    Py_XDECREF(name);
    Py_XDECREF(message);
    Py_XDECREF(lines);
    Py_XDECREF(text);
    return result;
}

static PyObject *run(PyObject *args, int start)
{
    PyObject *source, *filename, *namespace;
    if (!PyArg_ParseTuple(args, "UUO!", &source, &filename, &PyDict_Type, &namespace))
        return NULL;
    PyObject *value = NULL;
    PyObject *code = code_of(source, filename, start);
    if (code != NULL)
        value = PyEval_EvalCode(code, namespace, namespace);
    Py_XDECREF(code);
    PyObject *error = NULL;
    if (value == NULL && (error = error_value()) == NULL)
        return NULL;
    if (value != NULL)
        return Py_BuildValue("NO", value, Py_None);
    return Py_BuildValue("ON", Py_None, error);
}

static PyObject *execute(PyObject *module, PyObject *args)
{
    (void)module;
    return run(args, Py_file_input);
}

static PyObject *evaluate(PyObject *module, PyObject *args)
{
    (void)module;
    return run(args, Py_eval_input);
}

/* str() or repr() of a variable: ((text or None), (error or None)); None, None when it is not there. */
static PyObject *fetch(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *namespace, *name;
    int serialization;
    if (!PyArg_ParseTuple(args, "O!Ui", &PyDict_Type, &namespace, &name, &serialization))
        return NULL;
    PyObject *value = PyDict_GetItemWithError(namespace, name);
    if (value == NULL)
        return PyErr_Occurred() ? NULL : Py_BuildValue("OO", Py_None, Py_None);
    Py_INCREF(value);
    PyObject *text = serialization ? PyObject_Repr(value) : PyObject_Str(value);
    Py_DECREF(value);
    if (text != NULL)
        return Py_BuildValue("NO", text, Py_None);
    PyObject *error = error_value();
    return error ? Py_BuildValue("ON", Py_None, error) : NULL;
}

static PyObject *escape(PyObject *module, PyObject *text)
{
    (void)module;
    if (!PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "EscapeString takes a str, not a %s", Py_TYPE(text)->tp_name);
        return NULL;
    }
    return PyObject_ASCII(text);
}

PyMethodDef iscpy_execute_methods[] = {
    {"execute", execute, METH_VARARGS, "execute(source, filename, namespace) -> (None, error or None)"},
    {"evaluate", evaluate, METH_VARARGS, "evaluate(source, filename, namespace) -> (value, error or None)"},
    {"fetch", fetch, METH_VARARGS, "fetch(namespace, name, serialization) -> (text or None, error or None)"},
    {"escape", escape, METH_O, "escape(text) -> an ASCII Python literal of the text"},
    {NULL, NULL, 0, NULL},
};
