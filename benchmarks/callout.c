/* Calls into Python from a C host, beside what the original does; run by callout.py. Prints "name<TAB>seconds" a round.
 *
 * The peer takes the functions of the very libpython that iscpy_initialize() opened, and does the least that the
 * original's SimpleString did: compile and run the code, take str() of the variable, copy its UTF-8. */
#define _GNU_SOURCE
#include <iscpython.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MEGABYTE ((size_t)1 << 20)

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void ended(const char *name, double started)
{
    printf("%s\t%.9f\n", name, now() - started);
}

static void must(int status, const iscpy_error *error)
{
    if (status != ISCPY_OK) {
        fprintf(stderr, "%s: %s\n", error->type ? error->type : "", error->message ? error->message : "");
        exit(1);
    }
}

static void *python(const char *name)
{
    void *found = dlsym(RTLD_DEFAULT, name);
    if (found == NULL) {
        fprintf(stderr, "%s is not there\n", name);
        exit(1);
    }
    return found;
}

static void original(long count)
{
    int (*ensure)(void), (*run)(const char *);
    void (*release)(int), (*decref)(void *);
    void *(*add_module)(const char *), *(*attribute)(void *, const char *), *(*text)(void *);
    const char *(*utf8)(void *, long *);
    *(void **)&ensure = python("PyGILState_Ensure");
    *(void **)&release = python("PyGILState_Release");
    *(void **)&run = python("PyRun_SimpleString");
    *(void **)&add_module = python("PyImport_AddModule");
    *(void **)&attribute = python("PyObject_GetAttrString");
    *(void **)&text = python("PyObject_Str");
    *(void **)&utf8 = python("PyUnicode_AsUTF8AndSize");
    *(void **)&decref = python("Py_DecRef");
    double started = now();
    for (long i = 0; i < count; i++) {
        int state = ensure();
        char out[64];
        long size = 0;
        run("x=1");
        void *value = attribute(add_module("__main__"), "x");
        void *result = text(value);
        const char *bytes = utf8(result, &size);
        memcpy(out, bytes, (size_t)size + 1);
        decref(result);
        decref(value);
        release(state);
    }
    ended("original", started);
}

static void simple_string(long count, long own)
{
    iscpy_value value = {0};
    iscpy_error error = {0};
    char code[64];
    double started = now();
    for (long i = 0; i < count; i++)
        must(iscpy_simple_string(NULL, "x=1", 3, "x", ISCPY_AS_STR, &value, &error), &error);
    ended("cached", started);
    started = now();
    for (long i = 0; i < own; i++) {
        int size = snprintf(code, sizeof code, "x=%ld", i);
        must(iscpy_simple_string(NULL, code, (size_t)size, "x", ISCPY_AS_STR, &value, &error), &error);
    }
    ended("own", started);
    iscpy_value_free(&value);
}

static void megabytes(long count)
{
    iscpy_value value = {0};
    iscpy_error error = {0};
    char *data = malloc(MEGABYTE + 16), *copy = malloc(MEGABYTE), *code = malloc(MEGABYTE + 16);
    if (data == NULL || copy == NULL || code == NULL)
        exit(1);
    memset(data, 'x', MEGABYTE);
    memset(copy, 'y', MEGABYTE);
    double started = now();
    for (long i = 0; i < count; i++) {
        data[i % (long)MEGABYTE] = (char)('a' + i % 26);
        memcpy(copy, data, MEGABYTE);
        __asm__ volatile("" : : "r"(copy) : "memory");
    }
    ended("memcpy", started);
    started = now();
    for (long i = 0; i < count; i++)
        must(iscpy_set_variable(NULL, "data", data, MEGABYTE, ISCPY_AS_BYTES, &error), &error);
    ended("in_bytes", started);
    started = now();
    for (long i = 0; i < count; i++)
        must(iscpy_set_variable(NULL, "text", data, MEGABYTE, ISCPY_AS_STR, &error), &error);
    ended("in_text", started);
    started = now();
    for (long i = 0; i < count; i++) { /* out: given where it lies, copied by the host */
        must(iscpy_get_variable(NULL, "data", ISCPY_AS_BYTES, &value, &error), &error);
        memcpy(copy, value.data, value.size);
        __asm__ volatile("" : : "r"(copy) : "memory");
    }
    ended("out_bytes", started);
    started = now();
    for (long i = 0; i < count; i++) {
        must(iscpy_get_variable(NULL, "text", ISCPY_AS_STR, &value, &error), &error);
        memcpy(copy, value.data, value.size);
        __asm__ volatile("" : : "r"(copy) : "memory");
    }
    ended("out_text", started);
    started = now();
    for (long i = 0; i < count / 50 + 1; i++) { /* the original's way in: a literal of the code, new each time */
        memcpy(code, "text='", 6);
        memcpy(code + 6, data, MEGABYTE);
        code[6] = (char)('a' + i % 26);
        memcpy(code + 6 + MEGABYTE, "'", 1);
        must(iscpy_simple_string(NULL, code, MEGABYTE + 7, NULL, ISCPY_AS_STR, NULL, &error), &error);
    }
    ended("in_literal", started);
    iscpy_value_free(&value);
    free(data);
    free(copy);
    free(code);
}

int main(int argc, char **argv)
{
    iscpy_error error = {0};
    long calls = argc > 1 ? atol(argv[1]) : 100000, copies = argc > 2 ? atol(argv[2]) : 500;
    int rounds = argc > 3 ? atoi(argv[3]) : 1;
    must(iscpy_initialize(NULL, &error), &error);
    for (int round = 0; round < rounds; round++) {
        original(calls / 10);
        simple_string(calls, calls / 10);
        megabytes(copies);
    }
    return iscpy_finalize(NULL);
}
