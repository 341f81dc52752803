/* iscpython.h - Python inside a C program: the library `libiscpython`.
 *
 * The library has no Python symbol of its own. iscpy_initialize() finds a shared libpython (CPython 3.11 or later, any
 * of them, no rebuild), opens it and starts it without signal handlers, or attaches to the Python that already runs in
 * the process. It looks, in this order, at
 *
 *   1. its argument: the path of a libpython, or of a python program;
 *   2. the environment variable ISCPYTHON_LIBPYTHON: the same;
 *   3. the file `libiscpython.path` beside this library, written at install (libpython, python program, version);
 *   4. the program `python3` on PATH.
 *
 * 1 and 2 are final: what they name is used or refused. ISCPYTHON_PYTHON names the python program whose environment
 * (site-packages) is used, when it is not the one found.
 *
 * Status. Every function that can fail returns ISCPY_OK or another iscpy_status, and fills the iscpy_error it is given
 * (which may be NULL). Nothing is printed, no exception and no SystemExit leaves the library. os._exit() in Python code
 * ends the process, as it says.
 *
 * Text is UTF-8; a lone surrogate is its three bytes. A size of ISCPY_TEXT means: up to the terminating NUL. Names of
 * contexts and variables are NUL-terminated. There is no limit of length but memory.
 *
 * Ownership. What goes in is copied before the call returns. What comes out in an iscpy_value stays valid until the
 * iscpy_value is freed by iscpy_value_free() or given to another call, which frees what it held. The same holds for
 * iscpy_error and iscpy_error_free(). Both begin as `{0}`. They are the caller's structs: the library keeps no pointer.
 *
 * Threads. Every function may be called from any thread; Python's own lock is taken for the time of the call and free
 * between calls. A thread gets its Python thread state at its first call and loses it when it ends. An iscpy_value or
 * iscpy_error is used by one thread at a time. A child of fork() must not call the library unless it executes another
 * program.
 *
 * Versions. ISCPY_ABI rises when a struct or the meaning of an argument changes; functions are only added. A host may
 * compare ISCPY_ABI with iscpy_abi().
 */
#ifndef ISCPYTHON_H
#define ISCPYTHON_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ISCPY_API __attribute__((visibility("default")))
#else
#define ISCPY_API
#endif

#define ISCPY_ABI 1
#define ISCPY_TEXT ((size_t)-1)

enum iscpy_status {
    ISCPY_OK = 0,
    ISCPY_CODE = 1,            /* Python code raised: type, message and traceback are its own */
    ISCPY_NO_PYTHON = 2,       /* no usable libpython was found: the message says what was tried */
    ISCPY_NOT_INITIALIZED = 3, /* iscpy_initialize() has not been called, or iscpy_finalize() has */
    ISCPY_NO_CONTEXT = 4,      /* there is no context of that name */
    ISCPY_ARGUMENT = 5,        /* an argument cannot be what it is */
    ISCPY_NO_MEMORY = 6,
    ISCPY_HOST = 7,            /* the host's own iterator failed: the message is the host's */
};

/* How a variable is given or bound. */
enum iscpy_format {
    ISCPY_AS_STR = 0,    /* str() of the value; bound as a str */
    ISCPY_AS_REPR = 1,   /* repr() of the value; cannot be bound */
    ISCPY_AS_BYTES = 2,  /* a bytes-like value; bound as bytes */
    ISCPY_AS_JSON = 3,   /* json.dumps, json.loads */
    ISCPY_AS_PICKLE = 4, /* pickle, protocol 5. A pickle runs code: bind only one you trust */
    ISCPY_AS_ARROW = 5,  /* an Arrow IPC stream: a pyarrow table, or a DataFrame; bound as a pyarrow.Table */
};

/* A result. `data` is NUL-terminated beyond `size`; it belongs to Python and must not be written to. */
typedef struct iscpy_value {
    const char *data;
    size_t size;
    void *owner;
} iscpy_value;

/* What went wrong. Texts are NUL-terminated and never NULL after a failure: "" where there is none. */
typedef struct iscpy_error {
    int status;            /* an iscpy_status */
    const char *type;      /* the class of the Python exception, as in "ZeroDivisionError" */
    const char *message;   /* its text */
    const char *traceback; /* formatted, with the lines of the code that ran */
    void *owner;
} iscpy_error;

ISCPY_API int iscpy_abi(void);
/* The version of isc-py, as in "0.1.0". */
ISCPY_API const char *iscpy_version(void);
/* A short English text of a status. */
ISCPY_API const char *iscpy_status_text(int status);

ISCPY_API void iscpy_value_free(iscpy_value *value);
ISCPY_API void iscpy_error_free(iscpy_error *error);

/* Starts Python, or attaches to the one that runs. `python` (NULL or "" for none) names a libpython or a python
 * program. Idempotent: once Python runs, the argument is not looked at. */
ISCPY_API int iscpy_initialize(const char *python, iscpy_error *error);

/* Frees all contexts with what they hold. The interpreter and its modules stay, so that iscpy_initialize() works again
 * with modules that cannot be loaded twice. Idempotent. */
ISCPY_API int iscpy_finalize(iscpy_error *error);

/* What was found: lines `key: value` with version, libpython, python, prefix, started (0 when attached). */
ISCPY_API int iscpy_describe(iscpy_value *result, iscpy_error *error);

/* In all that follows, `context` is the name of a context, NULL for the default one. Running code or binding a
 * variable makes a context that is not there. */

/* Runs `code` (none when `size` is 0), then gives `variable` (none when NULL or "") as a format of iscpy_format. Code
 * is compiled once per text. */
ISCPY_API int iscpy_simple_string(const char *context, const char *code, size_t size, const char *variable, int format,
                                  iscpy_value *result, iscpy_error *error);

/* Code in pieces. Each context has one stream. `length` in bytes is a hint for the first allocation; writing more
 * grows the stream. Executing ends the stream, whether the code raises or not. */
ISCPY_API int iscpy_stream_init(const char *context, size_t length, iscpy_error *error);
ISCPY_API int iscpy_stream_write(const char *context, const char *piece, size_t size, iscpy_error *error);
ISCPY_API int iscpy_stream_execute(const char *context, iscpy_error *error);
/* Binds what was written to a variable instead of running it: data of any size from a host whose strings have a limit.
 * Ends the stream. */
ISCPY_API int iscpy_stream_bind(const char *context, const char *variable, int format, iscpy_error *error);

/* An ASCII Python literal of a text. */
ISCPY_API int iscpy_escape_string(const char *text, size_t size, iscpy_value *result, iscpy_error *error);

/* Binds data to a variable, without source text. */
ISCPY_API int iscpy_set_variable(const char *context, const char *variable, const char *data, size_t size, int format,
                                 iscpy_error *error);
/* Gives a variable. */
ISCPY_API int iscpy_get_variable(const char *context, const char *variable, int format, iscpy_value *result,
                                 iscpy_error *error);

/* The piece of `value` that begins at `offset` and has at most `limit` bytes (at least 4), never ending inside a UTF-8
 * character. Returns its size, 0 at the end. For hosts whose strings have a limit. */
ISCPY_API size_t iscpy_piece(const iscpy_value *value, size_t offset, size_t limit, const char **piece);

/* Names of the contexts, one a line. */
ISCPY_API int iscpy_contexts(iscpy_value *result, iscpy_error *error);
/* Frees one context. ISCPY_NO_CONTEXT when there is none of that name. */
ISCPY_API int iscpy_context_free(const char *context, iscpy_error *error);

/* A row of a host's global: its last subscript, and its value: a $LIST, or text. */
typedef struct iscpy_global_row {
    const char *key;
    size_t key_size;
    const char *value;
    size_t value_size;
} iscpy_global_row;

/* A host's own way through the rows of a global, in order. */
typedef struct iscpy_global_source {
    void *host;
    /* Sets `*rows` to the next rows and returns how many there are, 0 at the end, or -1 with `*message` set. Rows and
     * message stay the host's; they are not looked at after the following call. Python's lock is not held meanwhile. */
    long (*next)(void *host, const iscpy_global_row **rows, const char **message);
} iscpy_global_source;

/* Reads all rows into a list of tuples (key, field, ...) bound to `variable`; `*count` (may be NULL) says how many.
 * `mask` has a letter a field: + as it is, - skip, b boolean, d date from the day of $HOROLOG, t time from seconds, m
 * timestamp text; a short mask skips the rest, NULL or "" takes all as they are. A value that is no $LIST is split at
 * `delimiter`, or is one field when that is NULL or "". An empty string is None. */
ISCPY_API int iscpy_get_global_order(const char *context, const iscpy_global_source *source, const char *mask,
                                     const char *delimiter, const char *variable, size_t *count, iscpy_error *error);

#ifdef __cplusplus
}
#endif

#endif
