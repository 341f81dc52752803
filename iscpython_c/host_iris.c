/* InterSystems IRIS: a Callout library for $ZF(-3), $ZF(-5) and $ZF(-6), compiled by `iscpy callout build-iris` against
 * the headers of the user's own server (GLOBALS_HOME) and linked to libiscpython.
 *
 * Every function answers one string: the status as one digit (iscpy_status), then the result, or the error's text.
 * Strings are UTF-16; bytes are characters below 256. Results longer than a string of the server may be come in pieces
 * (More). An IRIS_EXSTR that comes in is always released, as the server asks.
 */
#define ZF_DLL
#include <iris-cdzf.h>
#include <iris-callin.h>

#include "iscpython.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define STRING_LIMIT ((size_t)3600000) /* characters; the server's own limit is 3,641,144 */

enum { BATCH = 500 };

/* What outlives a call; a server process has one thread that calls. */
static struct {
    iscpy_value value;
    iscpy_error error;
    size_t given;  /* how much of the value was answered */
    int bytes;     /* the value is bytes, not text */
    char *context; /* NULL for the default one */
} iris;

/* UTF-8 with a terminator; `*size` is its length. NULL when memory ran out. */
static char *utf8_of(const unsigned short *text, size_t count, size_t *size)
{
    unsigned char *made = malloc(count * 3 + 1);
    size_t at = 0;
    if (made == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        uint32_t c = text[i];
        if (c >= 0xd800 && c < 0xdc00 && i + 1 < count && text[i + 1] >= 0xdc00 && text[i + 1] < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (uint32_t)(text[++i] - 0xdc00);
            made[at++] = (unsigned char)(0xf0 | c >> 18);
            made[at++] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
        } else if (c >= 0x800) {
            made[at++] = (unsigned char)(0xe0 | c >> 12);
        }
        if (c >= 0x800)
            made[at++] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
        else if (c >= 0x80)
            made[at++] = (unsigned char)(0xc0 | c >> 6);
        made[at++] = (unsigned char)(c < 0x80 ? c : 0x80 | (c & 0x3f));
    }
    made[at] = 0;
    *size = at;
    return (char *)made;
}

/* UTF-16 of valid UTF-8 (lone surrogates as three bytes); `out` holds a unit a byte. Returns the count. */
static size_t utf16_of(const char *text, size_t size, unsigned short *out)
{
    const unsigned char *at = (const unsigned char *)text, *stop = at + size;
    size_t count = 0;
    while (at < stop) {
        uint32_t c = *at++;
        int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
        if (more > 0)
            c &= 0x3fu >> more;
        for (; more > 0 && at < stop; more--)
            c = c << 6 | (*at++ & 0x3fu);
        if (c >= 0x10000) {
            out[count++] = (unsigned short)(0xd7c0 + (c >> 10));
            c = 0xdc00 | (c & 0x3ff);
        }
        out[count++] = (unsigned short)c;
    }
    return count;
}

/* Bytes of characters below 256; NULL when there are others, or no memory. */
static char *bytes_of(const unsigned short *text, size_t count)
{
    char *made = malloc(count + 1);
    for (size_t i = 0; made != NULL && i < count; i++) {
        if (text[i] > 0xff) {
            free(made);
            return NULL;
        }
        made[i] = (char)text[i];
    }
    return made;
}

/* An argument as UTF-8, released in the server. */
static char *take(IRIS_EXSTRP argument, size_t *size)
{
    size_t ignored;
    char *text = utf8_of(argument->str.wch, argument->len, size ? size : &ignored);
    IRISEXSTRKILL(argument);
    return text;
}

/* Answers a digit and a text, or bytes. */
static int answer_with(int status, const char *data, size_t size, int bytes, IRIS_EXSTRP out)
{
    unsigned short *made = malloc((size + 1) * sizeof *made);
    size_t count = 1;
    int done = ZF_FAILURE;
    IRISEXSTRKILL(out);
    if (made == NULL)
        return ZF_FAILURE;
    made[0] = (unsigned short)('0' + status);
    if (bytes)
        for (size_t i = 0; i < size; i++)
            made[count++] = (unsigned char)data[i];
    else
        count += utf16_of(data, size, made + 1);
    if (IRISEXSTRNEWW(out, (int)count) != NULL) {
        memcpy(out->str.wch, made, count * sizeof *made);
        done = ZF_SUCCESS;
    }
    free(made);
    return done;
}

static int answer_piece(IRIS_EXSTRP out)
{
    const char *piece = iris.value.data ? iris.value.data + iris.given : "";
    size_t size = iris.value.size - iris.given;
    if (iris.bytes)
        size = size < STRING_LIMIT ? size : STRING_LIMIT;
    else
        size = iscpy_piece(&iris.value, iris.given, STRING_LIMIT, &piece);
    iris.given += size;
    return answer_with(ISCPY_OK, piece, size, iris.bytes, out);
}

/* Ends a call that may have a result. */
static int answer(int status, int format, IRIS_EXSTRP out)
{
    iris.given = 0;
    iris.bytes = format == ISCPY_AS_BYTES || format == ISCPY_AS_PICKLE || format == ISCPY_AS_ARROW;
    if (status == ISCPY_OK)
        return answer_piece(out);
    const char *message = iris.error.message ? iris.error.message : iscpy_status_text(status);
    const iscpy_value text = {.data = message, .size = strlen(message)};
    const char *piece;
    size_t size = iscpy_piece(&text, 0, STRING_LIMIT, &piece);
    return answer_with(status, piece, size, 0, out);
}

static int answer_empty(int status, IRIS_EXSTRP out)
{
    iscpy_value_free(&iris.value);
    return answer(status, ISCPY_AS_STR, out);
}

static int initialize(IRIS_EXSTRP python, IRIS_EXSTRP out)
{
    char *path = take(python, NULL);
    int status = iscpy_initialize(path, &iris.error);
    free(path);
    return answer_empty(status, out);
}

static int finalize(IRIS_EXSTRP out)
{
    return answer_empty(iscpy_finalize(&iris.error), out);
}

static int simple_string(IRIS_EXSTRP code, IRIS_EXSTRP variable, int format, IRIS_EXSTRP out)
{
    size_t size = 0;
    char *text = take(code, &size), *name = take(variable, NULL);
    int status = ISCPY_NO_MEMORY;
    if (text != NULL && name != NULL)
        status = iscpy_simple_string(iris.context, text, size, name, format, &iris.value, &iris.error);
    free(text);
    free(name);
    return answer(status, format, out);
}

static int stream_init(int length, IRIS_EXSTRP out)
{
    return answer_empty(iscpy_stream_init(iris.context, length > 0 ? (size_t)length : 0, &iris.error), out);
}

static int stream_write(IRIS_EXSTRP piece, IRIS_EXSTRP out)
{
    size_t size = 0;
    char *text = take(piece, &size);
    int status = text ? iscpy_stream_write(iris.context, text, size, &iris.error) : ISCPY_NO_MEMORY;
    free(text);
    return answer_empty(status, out);
}

static int stream_execute(IRIS_EXSTRP out)
{
    return answer_empty(iscpy_stream_execute(iris.context, &iris.error), out);
}

static int escape_string(IRIS_EXSTRP string, IRIS_EXSTRP out)
{
    size_t size = 0;
    char *text = take(string, &size);
    int status = text ? iscpy_escape_string(text, size, &iris.value, &iris.error) : ISCPY_NO_MEMORY;
    free(text);
    return answer(status, ISCPY_AS_STR, out);
}

static int set_variable(IRIS_EXSTRP variable, IRIS_EXSTRP data, int format, IRIS_EXSTRP out)
{
    size_t size = data->len;
    int status = ISCPY_ARGUMENT;
    char *name = take(variable, NULL);
    int bytes = format == ISCPY_AS_BYTES || format == ISCPY_AS_PICKLE || format == ISCPY_AS_ARROW;
    char *given = bytes ? bytes_of(data->str.wch, data->len) : utf8_of(data->str.wch, data->len, &size);
    IRISEXSTRKILL(data);
    if (given != NULL && name != NULL)
        status = iscpy_set_variable(iris.context, name, given, size, format, &iris.error);
    else
        iscpy_error_free(&iris.error); /* the status' own text is answered */
    free(given);
    free(name);
    return answer_empty(status, out);
}

static int get_variable(IRIS_EXSTRP variable, int format, IRIS_EXSTRP out)
{
    char *name = take(variable, NULL);
    int status = iscpy_get_variable(iris.context, name, format, &iris.value, &iris.error);
    free(name);
    return answer(status, format, out);
}

static int more(IRIS_EXSTRP out)
{
    return answer_piece(out);
}

static int get_error(IRIS_EXSTRP out)
{
    const char *text = iris.error.traceback && *iris.error.traceback ? iris.error.traceback : iris.error.message;
    text = text ? text : "";
    size_t size = strlen(text);
    return answer_with(iris.error.status, text, size < STRING_LIMIT ? size : STRING_LIMIT, 0, out);
}

/* Which context the calls that follow work on; "" for the default one. */
static int use_context(IRIS_EXSTRP context, IRIS_EXSTRP out)
{
    free(iris.context);
    iris.context = take(context, NULL);
    return answer_empty(ISCPY_OK, out);
}

static int contexts(IRIS_EXSTRP out)
{
    return answer(iscpy_contexts(&iris.value, &iris.error), ISCPY_AS_STR, out);
}

static int context_free(IRIS_EXSTRP context, IRIS_EXSTRP out)
{
    char *name = take(context, NULL);
    int status = iscpy_context_free(name, &iris.error);
    free(name);
    return answer_empty(status, out);
}

/* --- rows of a global, through the call-in functions --- */

struct walk {
    char *global;
    char *end;            /* the last key to give, or what comes behind it; "" for none */
    IRIS_EXSTR key;       /* where the walk is: owned */
    int inclusive;        /* the start itself is a row */
    int ended;
    iscpy_global_row rows[BATCH];
    char *held[2 * BATCH]; /* the texts of the rows */
};

static void free_batch(struct walk *walk)
{
    for (size_t i = 0; i < sizeof walk->held / sizeof *walk->held; i++) {
        free(walk->held[i]);
        walk->held[i] = NULL;
    }
}

/* A string popped from the server's stack: bytes when all its characters are below 256, else UTF-8. */
static char *pop(size_t *size)
{
    IRIS_EXSTR popped = {0};
    if (IRISPOPEXSTRW(&popped) != IRIS_SUCCESS)
        return NULL;
    char *text = bytes_of(popped.str.wch, popped.len);
    *size = popped.len;
    if (text == NULL)
        text = utf8_of(popped.str.wch, popped.len, size);
    IRISEXSTRKILL(&popped);
    return text;
}

/* Whether a key is a number in its canonical form, and which, as far as a double holds it. */
static int is_number(const char *key, double *number)
{
    const char *at = key + (*key == '-');
    size_t whole = strspn(at, "0123456789");
    const char *stop = at + whole;
    *number = 0;
    for (const char *digit = at; digit < stop; digit++)
        *number = *number * 10 + (*digit - '0');
    if (*stop == '.') {
        double place = 1;
        for (stop++; *stop >= '0' && *stop <= '9'; stop++)
            *number += (*stop - '0') / (place *= 10);
        if (stop[-1] == '0' || stop[-1] == '.')
            return 0;
    }
    if (stop == at || *stop != 0 || (*at == '0' && (stop > at + 1 || at > key)))
        return 0;
    if (at > key)
        *number = -*number;
    return 1;
}

/* Whether a key comes behind another one in the server's order: numbers first, then texts by character. */
static int is_behind(const char *key, const char *other)
{
    double one, two;
    int number = is_number(key, &one), other_number = is_number(other, &two);
    if (number != other_number)
        return other_number;
    if (!number)
        return strcmp(key, other) > 0;
    if (one != two)
        return one > two;
    size_t whole = strcspn(key, "."), other_whole = strcspn(other, "."); /* more digits than a double has */
    int order = whole != other_whole ? (whole > other_whole ? 1 : -1) : strcmp(key, other);
    return (one < 0 ? -order : order) > 0;
}

static int push_node(const struct walk *walk)
{
    IRIS_EXSTR key = walk->key;
    int status = IRISPUSHGLOBAL((int)strlen(walk->global), (Callin_char_t *)walk->global);
    return status == IRIS_SUCCESS ? IRISPUSHEXSTRW(&key) : status;
}

/* Moves to the next key. */
static int step(struct walk *walk)
{
    int status = push_node(walk);
    if (status == IRIS_SUCCESS)
        status = IRISGLOBALORDER(1, 1, 0);
    IRISEXSTRKILL(&walk->key);
    if (status == IRIS_SUCCESS)
        status = IRISPOPEXSTRW(&walk->key);
    walk->ended = status != IRIS_SUCCESS || walk->key.len == 0;
    return status;
}

static long next_rows(void *host, const iscpy_global_row **rows, const char **message)
{
    struct walk *walk = host;
    long count = 0;
    free_batch(walk);
    *message = "a call-in function of the server failed";
    while (count < BATCH && !walk->ended) {
        size_t key_size = 0, value_size = 0;
        int status = IRIS_SUCCESS;
        if (!walk->inclusive && (status = step(walk)) != IRIS_SUCCESS)
            return -1;
        walk->inclusive = 0;
        if (walk->ended)
            break;
        char *key = utf8_of(walk->key.str.wch, walk->key.len, &key_size);
        if (key != NULL && *walk->end && is_behind(key, walk->end)) {
            walk->ended = 1;
            free(key);
            break;
        }
        status = push_node(walk);
        if (status == IRIS_SUCCESS)
            status = IRISGLOBALGET(1, 0);
        if (status == IRIS_ERUNDEF) {
            free(key);
            continue;
        }
        char *value = status == IRIS_SUCCESS ? pop(&value_size) : NULL;
        walk->held[2 * count] = key;
        walk->held[2 * count + 1] = value;
        if (key == NULL || value == NULL)
            return -1;
        walk->rows[count++] = (iscpy_global_row){key, key_size, value, value_size};
    }
    *rows = walk->rows;
    return count;
}

/* Rows from the key `start` to the key `end`, both included when they exist; "" for the first and the last. */
static int get_global_order(IRIS_EXSTRP global, IRIS_EXSTRP start, IRIS_EXSTRP end, IRIS_EXSTRP mask,
                            IRIS_EXSTRP variable, IRIS_EXSTRP out)
{
    struct walk *walk = calloc(1, sizeof *walk);
    char *letters = take(mask, NULL), *name = take(variable, NULL), *named = take(global, NULL), *last = take(end, NULL);
    int status = ISCPY_NO_MEMORY;
    iscpy_error_free(&iris.error);
    if (walk == NULL || letters == NULL || name == NULL || named == NULL || last == NULL) {
        IRISEXSTRKILL(start);
        goto done;
    }
    walk->global = *named == '^' ? named + 1 : named;
    walk->end = last;
    walk->key = *start; /* ours from now on */
    walk->inclusive = start->len > 0;
    const iscpy_global_source source = {walk, next_rows};
    status = iscpy_get_global_order(iris.context, &source, letters, NULL, name, NULL, &iris.error);
    free_batch(walk);
    IRISEXSTRKILL(&walk->key);
done:
    free(walk);
    free(letters);
    free(name);
    free(named);
    free(last);
    return answer_empty(status, out);
}

/* Called by the server when it loads and unloads the library. */
ISCPY_API int ZFInit(void);
ISCPY_API int ZFUnload(void);

int ZFInit(void)
{
    return 0;
}

int ZFUnload(void)
{
    iscpy_value_free(&iris.value);
    iscpy_error_free(&iris.error);
    return iscpy_finalize(NULL);
}

/* The number of a function for $ZF(-5) and $ZF(-6) is its place: new ones go to the end. */
ZFBEGIN
ZFENTRY("Initialize", "2j2J", initialize)
ZFENTRY("Finalize", "2J", finalize)
ZFENTRY("SimpleString", "2j2ji2J", simple_string)
ZFENTRY("StreamInit", "i2J", stream_init)
ZFENTRY("StreamWrite", "2j2J", stream_write)
ZFENTRY("StreamExecute", "2J", stream_execute)
ZFENTRY("EscapeString", "2j2J", escape_string)
ZFENTRY("SetVariable", "2j2ji2J", set_variable)
ZFENTRY("GetVariable", "2ji2J", get_variable)
ZFENTRY("More", "2J", more)
ZFENTRY("GetError", "2J", get_error)
ZFENTRY("UseContext", "2j2J", use_context)
ZFENTRY("Contexts", "2J", contexts)
ZFENTRY("ContextFree", "2j2J", context_free)
ZFENTRY("GetGlobalOrder", "2j2j2j2j2j2J", get_global_order)
ZFEND
