/* Execution, shared by the extension module and the shared library: contexts, running code, values, errors.
 *
 * Functions here are called with the GIL held. They return NULL or -1 with a Python exception pending, as Python's own
 * do; iscpy_error_take turns it into a value. Python is only reached through the table.
 */
#ifndef ISCPY_CORE_H
#define ISCPY_CORE_H

#include "python_table.h"

#include <stdbool.h>
#include <stdint.h>

#define PY (iscpy_core.python)
#define ISCPY_CODE_LIMIT ((size_t)1 << 20) /* longer code is compiled each time */

/* A bounded table from text to a Python object: code objects, names. */
struct iscpy_cache;

/* The one runtime struct of a copy of the core. References are owned; all are NULL before iscpy_core_ready. */
struct iscpy_core {
    struct iscpy_python python;
    bool owns_interpreter; /* the default context is Python's own __main__ */
    PyObject *contexts;    /* dict: name -> module; one for all copies of the core in the process */
    PyObject *builtins;    /* dict of the module builtins */
    PyObject *none;
    PyObject *default_name;
    PyObject *format_exception;
    PyObject *source_lines; /* linecache.cache: the lines that tracebacks show */
    PyObject *formats;      /* dict of the module formats.py */
    PyObject *date_maker;   /* date.fromordinal; NULL until it is needed */
    struct iscpy_cache *codes;
    struct iscpy_cache *names;
    uint64_t compiled; /* how many texts were compiled: numbers their file names */
};

extern struct iscpy_core iscpy_core;

/* Takes what the core needs from Python; idempotent. The table must be filled. */
int iscpy_core_ready(void);
/* Gives everything back but the contexts. */
void iscpy_core_clear(void);
/* An exception type of the module builtins (borrowed). */
PyObject *iscpy_exception(const char *name);

/* cache.c. `tag` and `file` are part of the key; `file` may be NULL. Objects are borrowed. */
struct iscpy_cache *iscpy_cache_new(size_t text_limit);
void iscpy_cache_free(struct iscpy_cache *cache);
PyObject *iscpy_cache_get(struct iscpy_cache *cache, const char *text, size_t size, int tag, PyObject *file);
/* Keeps `value`; `forget`, when given, is a key of linecache that goes with the entry. */
void iscpy_cache_put(struct iscpy_cache *cache, const char *text, size_t size, int tag, PyObject *file,
                     PyObject *value, PyObject *forget);

/* context.c */
/* The module of a context (borrowed); made when `make`, else NULL without an exception when there is none. */
PyObject *iscpy_context_module(PyObject *name, bool make);
/* Forgets the variables of a context, which stays. */
int iscpy_context_empty(PyObject *name);
/* Forgets a context; -1 without an exception when there is none. */
int iscpy_context_forget(PyObject *name);
int iscpy_context_forget_all(void);

/* execute.c */
/* A str of the text, kept for the next time (new reference). */
PyObject *iscpy_name(const char *text, size_t size);
/* Compiles (once per text) and runs `source`; `file` NULL means a file name of its own. New reference. */
PyObject *iscpy_run(const char *source, size_t size, PyObject *file, int start, PyObject *namespace);
/* The pending error as (exception, type name, message, formatted traceback); clears it. SystemExit and
 * KeyboardInterrupt come back as values, too. NULL only when memory ran out. */
PyObject *iscpy_error_take(void);
/* UTF-8 of a str, lone surrogates as their three bytes. `*keep` owns the bytes (new reference). */
int iscpy_text(PyObject *text, const char **data, size_t *size, PyObject **keep);

/* values.c: a variable as text or bytes and back; `format` is an iscpy_format of iscpython.h. */
/* The value of a variable (borrowed), or NULL with NameError. */
PyObject *iscpy_variable(PyObject *namespace, PyObject *name, PyObject *context);
/* The str or bytes of a value (new reference). */
PyObject *iscpy_value_dump(PyObject *value, int format);
/* The value that bytes of a format stand for (new reference). */
PyObject *iscpy_value_load(const char *data, size_t size, int format);

#endif
