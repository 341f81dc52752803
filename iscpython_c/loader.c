/* Opening a libpython, filling the table by dlsym, starting the interpreter without signal handlers. */
#include "library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct symbol {
    const char *name;
    size_t at;
};

#define CORE_SYMBOL(result, name, parameters) {#name, offsetof(struct iscpy_python, name)},
#define START_SYMBOL(result, name, parameters) {#name, offsetof(struct iscpy_start, name)},
static const struct symbol CORE[] = {ISCPY_PYTHON_TABLE(CORE_SYMBOL){NULL, 0}};
static const struct symbol START[] = {ISCPY_START_TABLE(START_SYMBOL){NULL, 0}};

/* Shows each line as it is written; what has no end yet is written when the host ends (at_exit.c). */
static const char PREPARE[] = "import sys\n"
                              "for stream in (sys.stdout, sys.stderr):\n"
                              "    if hasattr(stream, 'reconfigure'):\n"
                              "        stream.reconfigure(line_buffering=True)\n";

static const char *fill(void *library, const struct symbol *symbols, void *table)
{
    for (; symbols->name != NULL; symbols++) {
        void *found = dlsym(library, symbols->name);
        if (found == NULL)
            return symbols->name;
        memcpy((char *)table + symbols->at, &found, sizeof found);
    }
    return NULL;
}

static int fill_tables(void *library, const char *path, iscpy_error *error)
{
    const char *missing = fill(library, START, &iscpy_library.start);
    int major = 0, minor = 0;
    if (missing == NULL) {
        const char *version = iscpy_library.start.Py_GetVersion();
        if (sscanf(version, "%d.%d", &major, &minor) != 2 || major != 3 || minor < 11)
            return iscpy_fail(error, ISCPY_NO_PYTHON, "%s is Python %.*s: version 3.11 or later is needed", path,
                              (int)strcspn(version, " "), version);
        if (strstr(version, "free-threading") != NULL)
            return iscpy_fail(error, ISCPY_NO_PYTHON, "%s is a free-threaded Python, which is not supported: name one "
                                                      "that has the GIL", path);
        missing = fill(library, CORE, &iscpy_core.python);
    }
    if (missing != NULL)
        return iscpy_fail(error, ISCPY_NO_PYTHON, "%s has no function %s: it is no libpython of version 3.11 or later",
                          path, missing);
    return ISCPY_OK;
}

static int start(iscpy_error *error)
{
    struct iscpy_start *api = &iscpy_library.start;
    if (iscpy_library.place.program != NULL) {
        iscpy_library.program = api->Py_DecodeLocale(iscpy_library.place.program, NULL);
        if (iscpy_library.program == NULL)
            return iscpy_fail(error, ISCPY_NO_PYTHON, "the path %s cannot be decoded", iscpy_library.place.program);
        api->Py_SetProgramName(iscpy_library.program);
    }
    api->Py_InitializeEx(0);
    if (!api->Py_IsInitialized())
        return iscpy_fail(error, ISCPY_NO_PYTHON, "%s could not be started", iscpy_library.place.libpython);
    iscpy_library.started = true;
    iscpy_core.owns_interpreter = true;
    PyObject *namespace = PY.PyModule_GetDict(PY.PyImport_AddModule("__main__"));
    PyObject *code = PY.Py_CompileString(PREPARE, "<isc.py start>", ISCPY_FILE_INPUT);
    PyObject *done = code ? PY.PyEval_EvalCode(code, namespace, namespace) : NULL;
    int status = done ? ISCPY_OK : iscpy_fail(error, ISCPY_NO_PYTHON, "%s started but cannot run code: its standard "
                                              "library was not found; set ISCPYTHON_PYTHON to its python program",
                                              iscpy_library.place.libpython);
    PY.PyErr_Clear();
    PY.Py_DecRef(code);
    PY.Py_DecRef(done);
    iscpy_thread_started();
    iscpy_flush_at_exit();
    return status;
}

/* The libpython that holds a function of the running Python: for iscpy_describe. */
static char *path_of_running(void)
{
    Dl_info where;
    void *function = dlsym(RTLD_DEFAULT, "Py_IsInitialized");
    return function != NULL && dladdr(function, &where) != 0 ? strdup(where.dli_fname) : NULL;
}

int iscpy_load_python(const char *asked, iscpy_error *error)
{
    struct iscpy_library *library = &iscpy_library;
    int (*running)(void) = NULL;
    void *found = dlsym(RTLD_DEFAULT, "Py_IsInitialized");
    int status;
    memcpy(&running, &found, sizeof running);
    if (running != NULL && running()) {
        library->place.libpython = path_of_running();
        status = fill_tables(RTLD_DEFAULT, library->place.libpython ? library->place.libpython : "this process", error);
        if (status != ISCPY_OK)
            iscpy_place_clear(&library->place);
        library->loaded = status == ISCPY_OK;
        return status;
    }
    status = iscpy_find_python(asked, &library->place, error);
    if (status != ISCPY_OK)
        goto done;
    /* Global: extension modules expect Python's symbols in the process. Never closed: Python cannot be unloaded. */
    void *handle = dlopen(library->place.libpython, RTLD_NOW | RTLD_GLOBAL);
    if (handle == NULL) {
        status = iscpy_fail(error, ISCPY_NO_PYTHON, "libpython could not be opened: %s", dlerror());
        goto done;
    }
    status = fill_tables(handle, library->place.libpython, error);
    if (status == ISCPY_OK)
        status = start(error);
    library->loaded = status == ISCPY_OK;
done:
    if (status != ISCPY_OK)
        iscpy_place_clear(&library->place);
    return status;
}
