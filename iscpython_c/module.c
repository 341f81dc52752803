/* The extension module `_native`: puts the topics together. */
#include "native.h"

#include "column_glue.h"
#include "core.h"

struct iscpy_state iscpy_state;

static PyObject *attribute_of(const char *module, const char *name)
{
    PyObject *imported = PyImport_ImportModule(module);
    PyObject *result = imported ? PyObject_GetAttrString(imported, name) : NULL;
    Py_XDECREF(imported);
    return result;
}

static int state_ready(void)
{
    iscpy_state.decimal = attribute_of("decimal", "Decimal");
    iscpy_state.list_error = attribute_of("isc.py.iscpython_c.exceptions", "ListError");
    iscpy_state.store_error = attribute_of("isc.py.iscpython_c.exceptions", "StoreError");
    iscpy_python_direct();
    return iscpy_state.decimal && iscpy_state.list_error && iscpy_state.store_error ? iscpy_core_ready() : -1;
}

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "_native", .m_doc = "The C core of isc-py.", .m_size = -1,
};

PyMODINIT_FUNC PyInit__native(void);

PyMODINIT_FUNC PyInit__native(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module == NULL)
        return NULL;
    if (state_ready() < 0 || PyModule_AddFunctions(module, iscpy_execute_methods) < 0 ||
        PyModule_AddFunctions(module, iscpy_list_methods) < 0 ||
        PyModule_AddFunctions(module, iscpy_column_methods) < 0 ||
        PyModule_AddFunctions(module, iscpy_key_methods) < 0 || iscpy_block_ready(module) < 0 ||
        iscpy_store_ready(module) < 0)
        Py_CLEAR(module);
    return module;
}
