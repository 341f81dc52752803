/* What the files of the extension module `_native` share. */
#ifndef ISCPY_NATIVE_H
#define ISCPY_NATIVE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Objects taken once at import; owned by the module for the life of the process. */
struct iscpy_state {
    PyObject *decimal;     /* decimal.Decimal */
    PyObject *list_error;  /* exceptions.ListError */
    PyObject *store_error; /* exceptions.StoreError */
};

extern struct iscpy_state iscpy_state;

/* A Python object of one decoded element (new reference). */
struct iscpy_element;
PyObject *iscpy_element_object(const struct iscpy_element *element);
PyObject *iscpy_decimal_object(const struct iscpy_element *element);

/* Fills iscpy_core's table with the functions the module is linked to. */
void iscpy_python_direct(void);

extern PyMethodDef iscpy_list_methods[];
extern PyMethodDef iscpy_execute_methods[];
extern PyMethodDef iscpy_column_methods[];
extern PyMethodDef iscpy_key_methods[];
int iscpy_store_ready(PyObject *module);

#endif
