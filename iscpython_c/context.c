/* The core's own objects, and contexts: modules with a name, found by every copy of the core in the process. */
#include "core.h"

#include "embedded_formats.h"

#include <string.h>

struct iscpy_core iscpy_core;

/* The attribute `name` of a module (new reference). */
static PyObject *attribute_of(const char *module, const char *name)
{
    PyObject *imported = PY.PyImport_ImportModule(module);
    PyObject *result = imported ? PY.PyObject_GetAttrString(imported, name) : NULL;
    PY.Py_DecRef(imported);
    return result;
}

PyObject *iscpy_exception(const char *name)
{
    return PY.PyDict_GetItemString(iscpy_core.builtins, name);
}

/* The dict of contexts, which lives in a module of its own. */
static PyObject *shared_contexts(void)
{
    PyObject *module = PY.PyImport_AddModule("_iscpython_contexts"); /* borrowed */
    PyObject *names = module ? PY.PyModule_GetDict(module) : NULL;   /* borrowed */
    PyObject *found = names ? PY.PyDict_GetItemString(names, "contexts") : NULL;
    if (found != NULL) {
        PY.Py_IncRef(found);
    } else if (names != NULL) {
        found = PY.PyDict_New();
        if (found != NULL && PY.PyDict_SetItemString(names, "contexts", found) < 0) {
            PY.Py_DecRef(found);
            found = NULL;
        }
    }
    return found;
}

/* Runs formats.py in a namespace of its own. */
static PyObject *load_formats(void)
{
    PyObject *namespace = PY.PyDict_New();
    PyObject *name = PY.PyUnicode_FromString("isc.py.iscpython_c.formats");
    PyObject *done = NULL;
    if (namespace && name && PY.PyDict_SetItemString(namespace, "__name__", name) == 0)
        done = iscpy_run(iscpy_formats_source, sizeof iscpy_formats_source - 1, name, ISCPY_FILE_INPUT, namespace);
    PY.Py_DecRef(name);
    if (done == NULL) {
        PY.Py_DecRef(namespace);
        return NULL;
    }
    PY.Py_DecRef(done);
    return namespace;
}

int iscpy_core_ready(void)
{
    struct iscpy_core *core = &iscpy_core;
    if (core->formats != NULL)
        return 0;
    core->builtins = attribute_of("builtins", "__dict__");
    core->none = core->builtins ? PY.PyDict_GetItemString(core->builtins, "None") : NULL;
    PY.Py_IncRef(core->none);
    core->contexts = shared_contexts();
    core->default_name = PY.PyUnicode_FromString("default");
    core->format_exception = attribute_of("traceback", "format_exception");
    core->source_lines = attribute_of("linecache", "cache");
    core->codes = iscpy_cache_new(ISCPY_CODE_LIMIT);
    core->names = iscpy_cache_new(256);
    if (core->none && core->contexts && core->default_name && core->format_exception && core->source_lines &&
        core->codes && core->names)
        core->formats = load_formats();
    if (core->formats == NULL) {
        iscpy_core_clear();
        return -1;
    }
    return 0;
}

void iscpy_core_clear(void)
{
    struct iscpy_core old = iscpy_core;
    iscpy_core.codes = iscpy_core.names = NULL;
    iscpy_cache_free(old.codes);
    iscpy_cache_free(old.names);
    iscpy_core = (struct iscpy_core){
        .python = old.python, .owns_interpreter = old.owns_interpreter, .compiled = old.compiled};
    PY.Py_DecRef(old.contexts);
    PY.Py_DecRef(old.builtins);
    PY.Py_DecRef(old.none);
    PY.Py_DecRef(old.default_name);
    PY.Py_DecRef(old.format_exception);
    PY.Py_DecRef(old.source_lines);
    PY.Py_DecRef(old.formats);
    PY.Py_DecRef(old.date_maker);
}

static bool is_default(PyObject *name)
{
    return name == iscpy_core.default_name || PY.PyUnicode_Compare(name, iscpy_core.default_name) == 0;
}

/* What __name__ is inside the context (new reference). */
static PyObject *module_name(PyObject *name)
{
    return is_default(name) ? PY.PyUnicode_FromString("__main__") : PY.PyUnicode_FromFormat("iscpy_context_%U", name);
}

/* Empties the namespace of a module down to what code needs to run in it. */
static int begin(PyObject *module, PyObject *called)
{
    PyObject *namespace = PY.PyModule_GetDict(module);
    PyObject *builtins = PY.PyImport_AddModule("builtins"); /* borrowed */
    if (builtins == NULL)
        return -1;
    PY.PyDict_Clear(namespace);
    return PY.PyDict_SetItemString(namespace, "__name__", called) < 0 ||
                   PY.PyDict_SetItemString(namespace, "__builtins__", builtins) < 0
               ? -1
               : 0;
}

PyObject *iscpy_context_module(PyObject *name, bool make)
{
    PyObject *module = PY.PyDict_GetItemWithError(iscpy_core.contexts, name);
    if (module != NULL || !make || PY.PyErr_Occurred())
        return module;
    PyObject *called = module_name(name);
    bool main = iscpy_core.owns_interpreter && is_default(name);
    int status = -1;
    if (called != NULL && main) {
        module = PY.PyImport_AddModule("__main__"); /* borrowed */
        PY.Py_IncRef(module);
    } else if (called != NULL) {
        module = PY.PyModule_NewObject(called);
    }
    if (module != NULL)
        status = begin(module, called);
    if (status == 0 && !is_default(name)) /* what pickle finds functions by */
        status = PY.PyDict_SetItem(PY.PyImport_GetModuleDict(), called, module);
    if (status == 0)
        status = PY.PyDict_SetItem(iscpy_core.contexts, name, module);
    PY.Py_DecRef(called);
    PY.Py_DecRef(module); /* the dict holds it */
    return status == 0 ? module : NULL;
}

int iscpy_context_empty(PyObject *name)
{
    int status = -1;
    PyObject *module = iscpy_context_module(name, false);
    PyObject *called = module ? module_name(name) : NULL;
    if (called != NULL)
        status = begin(module, called);
    PY.Py_DecRef(called);
    return status;
}

int iscpy_context_forget(PyObject *name)
{
    PyObject *modules = PY.PyImport_GetModuleDict(); /* borrowed */
    PyObject *called = NULL;
    PyObject *module = iscpy_context_module(name, false);
    int status = -1;
    if (module == NULL)
        return -1;
    PY.Py_IncRef(module);
    called = module_name(name);
    if (called == NULL || begin(module, called) < 0 || PY.PyDict_DelItem(iscpy_core.contexts, name) < 0)
        goto done;
    if (!is_default(name) && PY.PyDict_GetItemWithError(modules, called) == module &&
        PY.PyDict_DelItem(modules, called) < 0)
        goto done;
    status = 0;
done:
    PY.Py_DecRef(called);
    PY.Py_DecRef(module);
    return status;
}

int iscpy_context_forget_all(void)
{
    PyObject *names = PY.PyDict_Keys(iscpy_core.contexts);
    Py_ssize_t count = names ? PY.PyList_Size(names) : 0;
    int status = names ? 0 : -1;
    for (Py_ssize_t i = 0; status == 0 && i < count; i++)
        status = iscpy_context_forget(PY.PyList_GetItem(names, i));
    PY.Py_DecRef(names);
    return status;
}
