/* What the files of the shared library `libiscpython` share: the interpreter it opened, and the way in and out of it. */
#ifndef ISCPY_LIBRARY_H
#define ISCPY_LIBRARY_H

#include "core.h"
#include "dollar_list.h"
#include "include/iscpython.h"

#include <pthread.h>
#include <wchar.h>

typedef struct _ts PyThreadState;

/* The functions that start an interpreter and take its lock; only the library needs them. */
#define ISCPY_START_TABLE(X)                                                                                          \
    X(int, Py_IsInitialized, (void))                                                                                  \
    X(const char *, Py_GetVersion, (void))                                                                            \
    X(void, Py_InitializeEx, (int))                                                                                   \
    X(void, Py_SetProgramName, (const wchar_t *))                                                                     \
    X(wchar_t *, Py_DecodeLocale, (const char *, size_t *))                                                           \
    X(PyThreadState *, PyEval_SaveThread, (void))                                                                     \
    X(void, PyEval_RestoreThread, (PyThreadState *))                                                                  \
    X(int, PyGILState_Ensure, (void))                                                                                 \
    X(void, PyGILState_Release, (int))                                                                                \
    X(PyThreadState *, PyGILState_GetThisThreadState, (void))                                                         \
    X(void, PyThreadState_Clear, (PyThreadState *))                                                                   \
    X(void, PyThreadState_DeleteCurrent, (void))

struct iscpy_start {
    ISCPY_START_TABLE(ISCPY_TABLE_MEMBER)
};

/* Where a Python is. Texts are owned; NULL where not known. */
struct iscpy_place {
    char *libpython;
    char *program; /* the python program whose environment is used */
};

/* The one runtime struct of the library. `lock` guards starting and ending; the rest is guarded by Python's lock. */
struct iscpy_library {
    pthread_mutex_t lock;
    struct iscpy_start start;
    struct iscpy_place place;
    bool loaded;               /* both tables are filled and Python runs */
    volatile bool initialized; /* between iscpy_initialize and iscpy_finalize */
    wchar_t *program; /* Python may keep the pointer: never freed */
    bool started;              /* Python was started here, not found running */
    struct iscpy_stream *streams; /* code in pieces, one a context: see stream.c */
};

extern struct iscpy_library iscpy_library;

/* find.c: the Python to open. Returns a status; `*place` is the caller's to clear. */
int iscpy_find_python(const char *asked, struct iscpy_place *place, iscpy_error *error);
void iscpy_place_clear(struct iscpy_place *place);

/* loader.c: opens and starts what was found; called with the lock. Leaves without Python's lock. */
int iscpy_load_python(const char *asked, iscpy_error *error);

/* at_exit.c: when the host ends, what code printed without an end of line is written out. */
void iscpy_flush_at_exit(void);

/* thread.c: taking Python's lock. iscpy_enter fails with ISCPY_NOT_INITIALIZED. */
struct iscpy_turn {
    int ensured; /* what PyGILState_Ensure gave, or a mark of our own */
};
int iscpy_enter(struct iscpy_turn *turn, iscpy_error *error);
void iscpy_leave(struct iscpy_turn *turn);
/* The calling thread has just started Python and holds its lock: gives it up, keeps the thread's state. */
void iscpy_thread_started(void);
/* Takes the lock whether initialized or not. */
void iscpy_take_turn(struct iscpy_turn *turn);

/* report.c: errors and results as the header's structs. Each returns the status. */
int iscpy_fail(iscpy_error *error, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The pending Python error; with Python's lock. */
int iscpy_fail_python(iscpy_error *error);
/* Gives a str, or bytes when the format is of bytes; takes the reference, which may be NULL with an error pending; with
 * Python's lock. */
int iscpy_give(PyObject *object, int format, iscpy_value *result, iscpy_error *error);
/* Empties a result for a new one; with Python's lock. */
void iscpy_value_reset(iscpy_value *result);

/* stream.c; with Python's lock. */
void iscpy_streams_free(void);
/* host_c.c: the namespace of a context (borrowed), made or not; `*name` is a new reference. NULL: `*status` tells
 * why. */
PyObject *iscpy_namespace(const char *context, bool make, PyObject **name, int *status, iscpy_error *error);
/* Runs code in a context. */
int iscpy_execute(const char *context, const char *code, size_t size, iscpy_error *error);
/* Binds data to a variable of a context. */
int iscpy_bind(const char *context, const char *variable, const char *data, size_t size, int format,
               iscpy_error *error);

#endif
