/* A host under test: reads one command a line, fields separated by tabs and written in hexadecimal, answers one line
 * a command: status, result, type, message, traceback, in hexadecimal but for the status.
 */
#include "iscpython.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIELDS = 8 };

struct field {
    char *text;
    size_t size;
};

static size_t from_hex(char *text)
{
    size_t size = strlen(text) / 2;
    for (size_t i = 0; i < size; i++) {
        unsigned byte;
        sscanf(text + 2 * i, "%2x", &byte);
        text[i] = (char)byte;
    }
    text[size] = 0;
    return size;
}

static void print_hex(const char *text, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    putchar_unlocked('\t');
    for (size_t i = 0; i < size; i++) {
        putchar_unlocked(digits[(unsigned char)text[i] >> 4]);
        putchar_unlocked(digits[text[i] & 0xf]);
    }
}

static void answer(int status, const iscpy_value *value, const iscpy_error *error)
{
    printf("%d", status);
    print_hex(value->data ? value->data : "", value->size);
    const char *texts[] = {error->type, error->message, error->traceback};
    for (int i = 0; i < 3; i++)
        print_hex(texts[i] ? texts[i] : "", texts[i] ? strlen(texts[i]) : 0);
    putchar('\n');
    fflush(stdout);
}

static long resident_kb(void)
{
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%ld %ld", &pages, &resident) != 2)
        resident = -1;
    if (file != NULL)
        fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

struct work {
    long calls;
    int number;
    int failed;
};

static void *call_often(void *argument)
{
    struct work *work = argument;
    char code[100], expected[20];
    iscpy_value value = {0};
    iscpy_error error = {0};
    snprintf(code, sizeof code, "mine = __import__('threading').get_ident()\nn%d = globals().get('n%d', 0) + 1", work->number,
             work->number);
    snprintf(expected, sizeof expected, "n%d", work->number);
    for (long i = 0; i < work->calls; i++)
        work->failed |= iscpy_simple_string("threads", code, ISCPY_TEXT, expected, ISCPY_AS_STR, &value, &error);
    work->failed |= atol(value.data) != work->calls;
    iscpy_value_free(&value);
    iscpy_error_free(&error);
    return NULL;
}

static int threads(int count, long calls)
{
    pthread_t all[16];
    struct work work[16];
    int failed = 0;
    for (int i = 0; i < count; i++) {
        work[i] = (struct work){.calls = calls, .number = i};
        pthread_create(&all[i], NULL, call_often, &work[i]);
    }
    for (int i = 0; i < count; i++) {
        pthread_join(all[i], NULL);
        failed |= work[i].failed;
    }
    return failed;
}

struct rows {
    long left;
    long given;
    int fail;
    const struct field *value;
    iscpy_global_row batch[100];
    char keys[100][24];
};

static long next_rows(void *host, const iscpy_global_row **found, const char **message)
{
    struct rows *rows = host;
    long count = rows->left < 100 ? rows->left : 100;
    if (count == 0 && rows->fail) {
        *message = "the disk is on fire";
        return -1;
    }
    for (long i = 0; i < count; i++) {
        snprintf(rows->keys[i], sizeof rows->keys[i], "%ld", ++rows->given);
        rows->batch[i] = (iscpy_global_row){rows->keys[i], strlen(rows->keys[i]), rows->value->text, rows->value->size};
    }
    rows->left -= count;
    *found = rows->batch;
    return count;
}

static int leak(const struct field *f, iscpy_value *value, iscpy_error *error)
{
    long count = atol(f[1].text);
    long before = 0;
    static char grown[32];
    int status = 0;
    for (int round = 0; round < 2 && status == 0; round++) {
        before = resident_kb();
        for (long i = 0; i < count && status == 0; i++) {
            if (strcmp(f[0].text, "leakcalls") == 0)
                status = iscpy_simple_string(NULL, f[2].text, f[2].size, f[3].text, ISCPY_AS_REPR, value, error);
            else if (strcmp(f[0].text, "leakerrors") == 0)
                status = iscpy_simple_string(NULL, f[2].text, f[2].size, NULL, 0, NULL, error) == ISCPY_CODE ? 0 : 1;
            else if ((status = iscpy_finalize(error)) == 0 && (status = iscpy_initialize(NULL, error)) == 0)
                status = iscpy_simple_string(NULL, f[2].text, f[2].size, f[3].text, ISCPY_AS_REPR, value, error);
        }
    }
    snprintf(grown, sizeof grown, "%ld", resident_kb() - before);
    iscpy_value_free(value);
    *value = (iscpy_value){.data = grown, .size = strlen(grown)};
    return status;
}

static int command(const struct field *f, iscpy_value *value, iscpy_error *error)
{
    const char *name = f[0].text;
    const char *context = f[1].size ? f[1].text : NULL;
    if (strcmp(name, "init") == 0)
        return iscpy_initialize(f[1].text, error);
    if (strcmp(name, "finalize") == 0)
        return iscpy_finalize(error);
    if (strcmp(name, "describe") == 0)
        return iscpy_describe(value, error);
    if (strcmp(name, "run") == 0)
        return iscpy_simple_string(context, f[2].text, f[2].size, f[3].text, atoi(f[4].text), value, error);
    if (strcmp(name, "escape") == 0)
        return iscpy_escape_string(f[1].text, f[1].size, value, error);
    if (strcmp(name, "set") == 0)
        return iscpy_set_variable(context, f[2].text, f[3].text, f[3].size, atoi(f[4].text), error);
    if (strcmp(name, "get") == 0)
        return iscpy_get_variable(context, f[2].text, atoi(f[3].text), value, error);
    if (strcmp(name, "sinit") == 0)
        return iscpy_stream_init(context, (size_t)atol(f[2].text), error);
    if (strcmp(name, "swrite") == 0)
        return iscpy_stream_write(context, f[2].text, f[2].size, error);
    if (strcmp(name, "sexec") == 0)
        return iscpy_stream_execute(context, error);
    if (strcmp(name, "contexts") == 0)
        return iscpy_contexts(value, error);
    if (strcmp(name, "free") == 0)
        return iscpy_context_free(context, error);
    if (strcmp(name, "threads") == 0)
        return threads(atoi(f[1].text), atol(f[2].text));
    if (strncmp(name, "leak", 4) == 0)
        return leak(f, value, error);
    if (strcmp(name, "rows") == 0) {
        struct rows rows = {.left = atol(f[1].text), .value = &f[2], .fail = atoi(f[6].text)};
        const iscpy_global_source source = {&rows, next_rows};
        return iscpy_get_global_order(f[7].text, &source, f[3].text, f[4].text, f[5].text, NULL, error);
    }
    return -1;
}

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    while (getline(&line, &capacity, stdin) > 0) {
        struct field fields[FIELDS];
        char *rest = line;
        iscpy_value value = {0};
        iscpy_error error = {0};
        line[strcspn(line, "\n")] = 0;
        for (int i = 0; i < FIELDS; i++) {
            static char nothing[1];
            char *text = rest ? strsep(&rest, "\t") : nothing;
            fields[i] = (struct field){text, from_hex(text)};
        }
        int status = command(fields, &value, &error);
        answer(status, &value, &error);
        if (value.owner != NULL)
            iscpy_value_free(&value);
        iscpy_error_free(&error);
    }
    free(line);
    return 0;
}
