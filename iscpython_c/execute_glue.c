/* Contexts, execution and values as functions of the extension module. */
#include "native.h"

#include "core.h"

/* (value, None), or (None, error) when `value` is NULL. Takes the reference. */
static PyObject *answer(PyObject *value)
{
    if (value != NULL)
        return Py_BuildValue("NO", value, Py_None);
    PyObject *error = iscpy_error_take();
    return error ? Py_BuildValue("ON", Py_None, error) : NULL;
}

static PyObject *run_text(PyObject *source, PyObject *file, int start, PyObject *namespace)
{
    const char *text;
    size_t size;
    PyObject *keep = NULL, *result = NULL;
    if (iscpy_text(source, &text, &size, &keep) == 0)
        result = iscpy_run(text, size, file == Py_None ? NULL : file, start, namespace);
    Py_XDECREF(keep);
    return result;
}

static PyObject *run(PyObject *args, int start)
{
    PyObject *source, *file, *namespace;
    if (!PyArg_ParseTuple(args, "UOO!", &source, &file, &PyDict_Type, &namespace))
        return NULL;
    if (file != Py_None && !PyUnicode_Check(file))
        return PyErr_Format(PyExc_TypeError, "a file name is a str or None, not a %s", Py_TYPE(file)->tp_name);
    return answer(run_text(source, file, start, namespace));
}

static PyObject *execute(PyObject *module, PyObject *args)
{
    (void)module;
    return run(args, ISCPY_FILE_INPUT);
}

static PyObject *evaluate(PyObject *module, PyObject *args)
{
    (void)module;
    return run(args, ISCPY_EVAL_INPUT);
}

/* Runs code when there is any, then gives a variable when one is named. */
static PyObject *simple_string(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    (void)module;
    if (count != 5 || !PyUnicode_Check(args[0]) || !PyDict_Check(args[1]) || !PyUnicode_Check(args[2]) ||
        !PyUnicode_Check(args[3]))
        return PyErr_Format(PyExc_TypeError, "simple_string(context, namespace, code, variable, format)");
    PyObject *namespace = args[1], *variable = args[3], *result = NULL;
    long format = PyLong_AsLong(args[4]);
    if (format == -1 && PyErr_Occurred())
        return NULL;
    if (PyUnicode_GET_LENGTH(args[2]) > 0) {
        result = run_text(args[2], Py_None, ISCPY_FILE_INPUT, namespace);
        if (result == NULL)
            return answer(NULL);
        Py_CLEAR(result);
    }
    if (PyUnicode_GET_LENGTH(variable) == 0)
        return answer(PyUnicode_FromString(""));
    PyObject *value = iscpy_variable(namespace, variable, args[0]);
    return answer(value ? iscpy_value_dump(value, (int)format) : NULL);
}

static PyObject *dump(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *value;
    int format;
    if (!PyArg_ParseTuple(args, "Oi", &value, &format))
        return NULL;
    return answer(iscpy_value_dump(value, format));
}

static PyObject *load(PyObject *module, PyObject *args)
{
    (void)module;
    Py_buffer data;
    int format;
    if (!PyArg_ParseTuple(args, "s*i", &data, &format))
        return NULL;
    PyObject *value = iscpy_value_load(data.buf, (size_t)data.len, format);
    PyBuffer_Release(&data);
    return answer(value);
}

static PyObject *context_module(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *name;
    int make = 1;
    if (!PyArg_ParseTuple(args, "U|p", &name, &make))
        return NULL;
    PyObject *found = iscpy_context_module(name, make);
    if (found == NULL)
        return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
    return Py_NewRef(found);
}

static PyObject *context_clear(PyObject *module, PyObject *name)
{
    (void)module;
    if (iscpy_context_empty(name) < 0 && PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *context_free(PyObject *module, PyObject *name)
{
    (void)module;
    int status = iscpy_context_forget(name);
    return status < 0 && PyErr_Occurred() ? NULL : PyBool_FromLong(status == 0);
}

static PyObject *context_names(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return PyDict_Keys(iscpy_core.contexts);
}

static PyObject *escape(PyObject *module, PyObject *text)
{
    (void)module;
    if (!PyUnicode_Check(text))
        return PyErr_Format(PyExc_TypeError, "EscapeString takes a str, not a %s", Py_TYPE(text)->tp_name);
    return PyObject_ASCII(text);
}

PyMethodDef iscpy_execute_methods[] = {
    {"execute", execute, METH_VARARGS, "execute(source, filename or None, namespace) -> (None, error or None)"},
    {"evaluate", evaluate, METH_VARARGS, "evaluate(source, filename or None, namespace) -> (value, error or None)"},
    {"simple_string", (PyCFunction)(void (*)(void))simple_string, METH_FASTCALL,
     "simple_string(context, namespace, code, variable, format) -> (text, error or None)"},
    {"dump", dump, METH_VARARGS, "dump(value, format) -> (str or bytes, error or None)"},
    {"load", load, METH_VARARGS, "load(data, format) -> (value, error or None)"},
    {"context_module", context_module, METH_VARARGS, "context_module(name, make=True) -> module, or None"},
    {"context_clear", context_clear, METH_O, "context_clear(name): forget its variables"},
    {"context_free", context_free, METH_O, "context_free(name) -> whether there was one"},
    {"context_names", context_names, METH_NOARGS, "context_names() -> list of names"},
    {"escape", escape, METH_O, "escape(text) -> an ASCII Python literal of the text"},
    {NULL, NULL, 0, NULL},
};
