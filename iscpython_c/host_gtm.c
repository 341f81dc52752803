/* GT.M and YottaDB: the functions that their external call table names (written by gtm.py).
 *
 * What the host needs: a result is our own pointer in the output struct, which costs no copy; its strings end at
 * 1,048,576 bytes, so longer results come in pieces (More); a status that GT.M would trap is never returned, the return
 * value is a number for the M code to look at, and the output holds the error text. The number of arguments that the M
 * code gave comes first; what it left out must not be looked at. Written from the public documentation: no header of
 * GT.M is used.
 */
#include "include/iscpython.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRING_LIMIT ((size_t)1 << 20)
#define BATCH_SIZE 8192

/* gtm_string_t */
struct gtm_string {
    long length;
    char *address;
};

/* The NUL-terminated copies of arguments that one call needs at a time. */
enum place { CONTEXT_NAME, VARIABLE_NAME, MASK, DELIMITER, PLACES };

/* What outlives a call; the host has one thread. */
static struct {
    iscpy_value value; /* the last result: pieces of it are given by More */
    size_t given;      /* how much of it was */
    iscpy_error error; /* the last error, for GetError */
    struct {
        char *text;
        size_t capacity;
    } copies[PLACES]; /* kept for the next call */
} gtm;

/* A NUL-terminated copy of an argument, valid until the next one in its place. */
static const char *copy_of(const struct gtm_string *text, enum place place)
{
    size_t size = text->length < 0 ? 0 : (size_t)text->length;
    if (size >= gtm.copies[place].capacity) {
        char *more = realloc(gtm.copies[place].text, size + 64);
        if (more == NULL)
            return "";
        gtm.copies[place].text = more;
        gtm.copies[place].capacity = size + 64;
    }
    memcpy(gtm.copies[place].text, text->address, size);
    gtm.copies[place].text[size] = 0;
    return gtm.copies[place].text;
}

#define NAME(argument) copy_of(argument, VARIABLE_NAME)
/* An argument that may be left out; it is the one at place `at`. */
#define CONTEXT(at, argument) ((count) >= (at) ? copy_of(argument, CONTEXT_NAME) : "")

static void put(struct gtm_string *out, const char *data, size_t size)
{
    out->address = (char *)(uintptr_t)data; /* GT.M copies it before anything else of ours runs */
    out->length = (long)size;
}

static void put_piece(struct gtm_string *out)
{
    const char *piece;
    size_t size = iscpy_piece(&gtm.value, gtm.given, STRING_LIMIT, &piece);
    gtm.given += size;
    put(out, piece, size);
}

/* Puts a text that may be longer than a string of GT.M: the rest is left out. */
static void put_text(struct gtm_string *out, const char *text)
{
    const char *piece;
    const iscpy_value value = {.data = text ? text : "", .size = text ? strlen(text) : 0};
    size_t size = iscpy_piece(&value, 0, STRING_LIMIT, &piece);
    put(out, piece, size);
}

/* Ends a call: the result, or the text of the error. */
static long answer(int status, struct gtm_string *out)
{
    gtm.given = 0;
    if (status == ISCPY_OK)
        put_piece(out);
    else
        put_text(out, gtm.error.message);
    return status;
}

/* Ends a call that gives nothing. */
static long answer_empty(int status, struct gtm_string *out)
{
    iscpy_value_free(&gtm.value);
    return answer(status, out);
}

#define GTM_FUNCTION ISCPY_API long

GTM_FUNCTION iscpy_gtm_get_lib(int count, struct gtm_string *out);
GTM_FUNCTION iscpy_gtm_initialize(int count, const struct gtm_string *python, struct gtm_string *out);
GTM_FUNCTION iscpy_gtm_finalize(int count, struct gtm_string *out);
GTM_FUNCTION iscpy_gtm_simple_string(int count, const struct gtm_string *code, const struct gtm_string *variable,
                                     long format, struct gtm_string *out, const struct gtm_string *context);
GTM_FUNCTION iscpy_gtm_stream_init(int count, long length, struct gtm_string *out, const struct gtm_string *context);
GTM_FUNCTION iscpy_gtm_stream_write(int count, const struct gtm_string *piece, struct gtm_string *out,
                                    const struct gtm_string *context);
GTM_FUNCTION iscpy_gtm_stream_execute(int count, struct gtm_string *out, const struct gtm_string *context);
GTM_FUNCTION iscpy_gtm_stream_bind(int count, const struct gtm_string *variable, long format, struct gtm_string *out,
                                   const struct gtm_string *context);
GTM_FUNCTION iscpy_gtm_escape_string(int count, const struct gtm_string *text, struct gtm_string *out);
GTM_FUNCTION iscpy_gtm_set_variable(int count, const struct gtm_string *variable, const struct gtm_string *data,
                                    long format, struct gtm_string *out, const struct gtm_string *context);
GTM_FUNCTION iscpy_gtm_get_variable(int count, const struct gtm_string *variable, long format, struct gtm_string *out,
                                    const struct gtm_string *context);
GTM_FUNCTION iscpy_gtm_more(int count, struct gtm_string *out);
GTM_FUNCTION iscpy_gtm_get_error(int count, struct gtm_string *type, struct gtm_string *message,
                                 struct gtm_string *traceback);
GTM_FUNCTION iscpy_gtm_contexts(int count, struct gtm_string *out);
GTM_FUNCTION iscpy_gtm_context_free(int count, const struct gtm_string *context, struct gtm_string *out);
GTM_FUNCTION iscpy_gtm_get_global_order(int count, const struct gtm_string *global, const struct gtm_string *start,
                                        const struct gtm_string *end, const struct gtm_string *mask,
                                        const struct gtm_string *variable, struct gtm_string *out,
                                        const struct gtm_string *delimiter, const struct gtm_string *context);

long iscpy_gtm_get_lib(int count, struct gtm_string *out)
{
    Dl_info self;
    (void)count;
    put_text(out, dladdr((void *)(uintptr_t)&iscpy_gtm_get_lib, &self) ? self.dli_fname : "");
    return ISCPY_OK;
}

long iscpy_gtm_initialize(int count, const struct gtm_string *python, struct gtm_string *out)
{
    (void)count;
    return answer_empty(iscpy_initialize(NAME(python), &gtm.error), out);
}

long iscpy_gtm_finalize(int count, struct gtm_string *out)
{
    (void)count;
    return answer_empty(iscpy_finalize(&gtm.error), out);
}

long iscpy_gtm_simple_string(int count, const struct gtm_string *code, const struct gtm_string *variable, long format,
                             struct gtm_string *out, const struct gtm_string *context)
{
    return answer(iscpy_simple_string(CONTEXT(5, context), code->address, (size_t)code->length, NAME(variable),
                                      (int)format, &gtm.value, &gtm.error),
                  out);
}

long iscpy_gtm_stream_init(int count, long length, struct gtm_string *out, const struct gtm_string *context)
{
    return answer_empty(iscpy_stream_init(CONTEXT(3, context), length > 0 ? (size_t)length : 0, &gtm.error), out);
}

long iscpy_gtm_stream_write(int count, const struct gtm_string *piece, struct gtm_string *out,
                            const struct gtm_string *context)
{
    return answer_empty(iscpy_stream_write(CONTEXT(3, context), piece->address, (size_t)piece->length, &gtm.error), out);
}

long iscpy_gtm_stream_execute(int count, struct gtm_string *out, const struct gtm_string *context)
{
    return answer_empty(iscpy_stream_execute(CONTEXT(2, context), &gtm.error), out);
}

long iscpy_gtm_stream_bind(int count, const struct gtm_string *variable, long format, struct gtm_string *out,
                           const struct gtm_string *context)
{
    return answer_empty(iscpy_stream_bind(CONTEXT(4, context), NAME(variable), (int)format, &gtm.error), out);
}

long iscpy_gtm_escape_string(int count, const struct gtm_string *text, struct gtm_string *out)
{
    (void)count;
    return answer(iscpy_escape_string(text->address, (size_t)text->length, &gtm.value, &gtm.error), out);
}

long iscpy_gtm_set_variable(int count, const struct gtm_string *variable, const struct gtm_string *data, long format,
                            struct gtm_string *out, const struct gtm_string *context)
{
    return answer_empty(iscpy_set_variable(CONTEXT(5, context), NAME(variable), data->address, (size_t)data->length,
                                           (int)format, &gtm.error),
                        out);
}

long iscpy_gtm_get_variable(int count, const struct gtm_string *variable, long format, struct gtm_string *out,
                            const struct gtm_string *context)
{
    return answer(iscpy_get_variable(CONTEXT(4, context), NAME(variable), (int)format, &gtm.value, &gtm.error), out);
}

long iscpy_gtm_more(int count, struct gtm_string *out)
{
    (void)count;
    put_piece(out);
    return ISCPY_OK;
}

long iscpy_gtm_get_error(int count, struct gtm_string *type, struct gtm_string *message, struct gtm_string *traceback)
{
    (void)count;
    put_text(type, gtm.error.type);
    put_text(message, gtm.error.message);
    put_text(traceback, gtm.error.traceback);
    return gtm.error.status;
}

long iscpy_gtm_contexts(int count, struct gtm_string *out)
{
    (void)count;
    return answer(iscpy_contexts(&gtm.value, &gtm.error), out);
}

long iscpy_gtm_context_free(int count, const struct gtm_string *context, struct gtm_string *out)
{
    (void)count;
    return answer_empty(iscpy_context_free(copy_of(context, CONTEXT_NAME), &gtm.error), out);
}

/* --- rows of a global: M code is called back for a batch of them --- */

/* What gtm_ci is: a function of the host, found in the process. */
struct call_in {
    int (*call)(const char *name, ...);
    void (*status_text)(char *text, int size);
};

enum { KEY_LIMIT = 2048 }; /* a key of a global of GT.M has at most 1,019 bytes; those of local arrays may be longer */

struct batches {
    struct call_in host;
    struct gtm_string global; /* this and `end` are the arguments themselves */
    struct gtm_string end;
    char from[KEY_LIMIT];
    size_t from_size;
    long inclusive;
    char bytes[STRING_LIMIT + 1]; /* a batch may end with a long row */
    iscpy_global_row rows[BATCH_SIZE / 4 + 1];
    char problem[2048];
};

static bool find_call_in(struct call_in *host)
{
    void *call = dlsym(RTLD_DEFAULT, "gtm_ci");
    void *status_text = dlsym(RTLD_DEFAULT, "gtm_zstatus");
    memcpy(&host->call, &call, sizeof call);
    memcpy(&host->status_text, &status_text, sizeof status_text);
    return call != NULL && status_text != NULL;
}

/* One row of a batch: key size, space, value size, space, key, value. Returns what is behind it, or NULL. */
static const char *read_row(const char *at, const char *stop, iscpy_global_row *row)
{
    char *next;
    unsigned long key_size = strtoul(at, &next, 10);
    unsigned long value_size = next < stop && *next == ' ' ? strtoul(next + 1, &next, 10) : ULONG_MAX;
    if (next >= stop || *next != ' ' || key_size > (size_t)(stop - next) || value_size > (size_t)(stop - next) ||
        key_size + value_size > (size_t)(stop - next) - 1)
        return NULL;
    next++;
    *row = (iscpy_global_row){.key = next, .key_size = key_size, .value = next + key_size, .value_size = value_size};
    return next + key_size + value_size;
}

/* Where the next batch begins. */
static bool begin_at(struct batches *batches, const char *key, size_t size)
{
    if (size > sizeof batches->from) {
        snprintf(batches->problem, sizeof batches->problem, "a key of %zu bytes is too long: at most %zu", size,
                 sizeof batches->from);
        return false;
    }
    memcpy(batches->from, key, size);
    batches->from_size = size;
    return true;
}

static long next_batch(void *argument, const iscpy_global_row **rows, const char **message)
{
    struct batches *batches = argument;
    struct gtm_string result = {.length = sizeof batches->bytes - 1, .address = batches->bytes};
    struct gtm_string from = {(long)batches->from_size, batches->from};
    long count = 0;
    *message = batches->problem;
    if (batches->host.call("iscpyrows", &result, &batches->global, &from, &batches->end, batches->inclusive, (long)BATCH_SIZE) != 0) {
        batches->host.status_text(batches->problem, sizeof batches->problem);
        return -1;
    }
    batches->bytes[result.length] = 0;
    for (const char *at = batches->bytes, *stop = at + result.length; at < stop; count++) {
        if (count == sizeof batches->rows / sizeof *batches->rows || (at = read_row(at, stop, &batches->rows[count])) == NULL) {
            snprintf(batches->problem, sizeof batches->problem, "rows^iscpython gave a batch that cannot be read");
            return -1;
        }
    }
    if (count > 0) {
        const iscpy_global_row *last = &batches->rows[count - 1];
        if (!begin_at(batches, last->key, last->key_size))
            return -1;
        batches->inclusive = 0;
    }
    *rows = batches->rows;
    return count;
}

long iscpy_gtm_get_global_order(int count, const struct gtm_string *global, const struct gtm_string *start,
                                const struct gtm_string *end, const struct gtm_string *mask,
                                const struct gtm_string *variable, struct gtm_string *out,
                                const struct gtm_string *delimiter, const struct gtm_string *context)
{
    static char given[24];
    size_t rows = 0;
    struct batches *batches = calloc(1, sizeof *batches);
    iscpy_value_free(&gtm.value);
    iscpy_error_free(&gtm.error);
    if (batches == NULL || !find_call_in(&batches->host)) {
        free(batches);
        put_text(out, "this process has no gtm_ci: it is no GT.M or YottaDB");
        return ISCPY_HOST;
    }
    batches->global = *global;
    batches->end = *end;
    batches->inclusive = 1;
    if (!begin_at(batches, start->address, start->length > 0 ? (size_t)start->length : 0)) {
        free(batches);
        put_text(out, "the start is longer than a key may be");
        return ISCPY_ARGUMENT;
    }
    const iscpy_global_source source = {batches, next_batch};
    int status = iscpy_get_global_order(CONTEXT(8, context), &source, copy_of(mask, MASK),
                                        count >= 7 ? copy_of(delimiter, DELIMITER) : "", NAME(variable), &rows,
                                        &gtm.error);
    free(batches);
    if (status != ISCPY_OK)
        return answer(status, out);
    snprintf(given, sizeof given, "%zu", rows);
    put_text(out, given);
    return status;
}
