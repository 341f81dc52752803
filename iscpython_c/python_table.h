/* The Python functions that embedding and execution call, as one table.
 *
 * The extension module fills it directly (python_direct.c), the shared library by dlsym (loader.c), so that the code
 * between has no Python symbol of its own. Every function named here is exported by CPython 3.11 and later with the
 * same signature. Files that only use the table must not include Python.h.
 */
#ifndef ISCPY_PYTHON_TABLE_H
#define ISCPY_PYTHON_TABLE_H

#include <stddef.h>
#include <sys/types.h>

/* The same declarations as Python.h's: C11 allows both to be seen. */
typedef struct _object PyObject;
typedef ssize_t Py_ssize_t;

/* Values of `start` for Py_CompileString. */
enum { ISCPY_FILE_INPUT = 257, ISCPY_EVAL_INPUT = 258 };

/* X(result, name, parameters) */
#define ISCPY_PYTHON_TABLE(X)                                                                                         \
    X(void, Py_IncRef, (PyObject *))                                                                                  \
    X(void, Py_DecRef, (PyObject *))                                                                                  \
    X(void, PyErr_Clear, (void))                                                                                      \
    X(void, PyErr_Fetch, (PyObject **, PyObject **, PyObject **))                                                     \
    X(void, PyErr_NormalizeException, (PyObject **, PyObject **, PyObject **))                                        \
    X(PyObject *, PyErr_NoMemory, (void))                                                                             \
    X(PyObject *, PyErr_Occurred, (void))                                                                             \
    X(void, PyErr_SetObject, (PyObject *, PyObject *))                                                                \
    X(void, PyErr_SetString, (PyObject *, const char *))                                                              \
    X(int, PyException_SetTraceback, (PyObject *, PyObject *))                                                        \
    X(PyObject *, PyBytes_FromStringAndSize, (const char *, Py_ssize_t))                                              \
    X(int, PyBytes_AsStringAndSize, (PyObject *, char **, Py_ssize_t *))                                              \
    X(PyObject *, PyDict_New, (void))                                                                                 \
    X(void, PyDict_Clear, (PyObject *))                                                                               \
    X(int, PyDict_DelItem, (PyObject *, PyObject *))                                                                  \
    X(PyObject *, PyDict_GetItemString, (PyObject *, const char *))                                                   \
    X(PyObject *, PyDict_GetItemWithError, (PyObject *, PyObject *))                                                  \
    X(PyObject *, PyDict_Keys, (PyObject *))                                                                          \
    X(int, PyDict_SetItem, (PyObject *, PyObject *, PyObject *))                                                      \
    X(int, PyDict_SetItemString, (PyObject *, const char *, PyObject *))                                              \
    X(PyObject *, PyEval_EvalCode, (PyObject *, PyObject *, PyObject *))                                              \
    X(PyObject *, PyFloat_FromDouble, (double))                                                                       \
    X(Py_ssize_t, PyGC_Collect, (void))                                                                               \
    X(PyObject *, PyImport_AddModule, (const char *))                                                                 \
    X(PyObject *, PyImport_GetModuleDict, (void))                                                                     \
    X(PyObject *, PyImport_ImportModule, (const char *))                                                              \
    X(int, PyList_Append, (PyObject *, PyObject *))                                                                   \
    X(PyObject *, PyList_GetItem, (PyObject *, Py_ssize_t))                                                           \
    X(PyObject *, PyList_New, (Py_ssize_t))                                                                           \
    X(Py_ssize_t, PyList_Size, (PyObject *))                                                                          \
    X(PyObject *, PyLong_FromLongLong, (long long))                                                                   \
    X(PyObject *, PyLong_FromUnsignedLongLong, (unsigned long long))                                                  \
    X(PyObject *, PyModule_GetDict, (PyObject *))                                                                     \
    X(PyObject *, PyModule_NewObject, (PyObject *))                                                                   \
    X(PyObject *, PyObject_ASCII, (PyObject *))                                                                       \
    X(PyObject *, PyObject_CallFunctionObjArgs, (PyObject *, ...))                                                    \
    X(PyObject *, PyObject_GetAttrString, (PyObject *, const char *))                                                 \
    X(PyObject *, PyObject_Repr, (PyObject *))                                                                        \
    X(PyObject *, PyObject_Str, (PyObject *))                                                                         \
    X(PyObject *, PyTuple_GetItem, (PyObject *, Py_ssize_t))                                                          \
    X(PyObject *, PyTuple_New, (Py_ssize_t))                                                                          \
    X(PyObject *, PyTuple_Pack, (Py_ssize_t, ...))                                                                    \
    X(int, PyTuple_SetItem, (PyObject *, Py_ssize_t, PyObject *))                                                     \
    X(PyObject *, PyUnicode_AsEncodedString, (PyObject *, const char *, const char *))                                \
    X(const char *, PyUnicode_AsUTF8AndSize, (PyObject *, Py_ssize_t *))                                              \
    X(int, PyUnicode_Compare, (PyObject *, PyObject *))                                                               \
    X(PyObject *, PyUnicode_DecodeLatin1, (const char *, Py_ssize_t, const char *))                                   \
    X(PyObject *, PyUnicode_DecodeUTF16, (const char *, Py_ssize_t, const char *, int *))                             \
    X(PyObject *, PyUnicode_DecodeUTF8, (const char *, Py_ssize_t, const char *))                                     \
    X(PyObject *, PyUnicode_FromFormat, (const char *, ...))                                                          \
    X(PyObject *, PyUnicode_FromString, (const char *))                                                               \
    X(PyObject *, PyUnicode_Join, (PyObject *, PyObject *))                                                           \
    X(PyObject *, PyUnicode_Splitlines, (PyObject *, int))                                                            \
    X(PyObject *, Py_CompileString, (const char *, const char *, int))

#define ISCPY_TABLE_MEMBER(result, name, parameters) result(*name) parameters;
struct iscpy_python {
    ISCPY_PYTHON_TABLE(ISCPY_TABLE_MEMBER)
};

#endif
