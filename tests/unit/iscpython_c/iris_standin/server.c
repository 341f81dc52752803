/* A stand-in for the server: loads a Callout library, looks at its table and calls functions by number and linkage as
 * $ZF(-6) does. Reads one call a line: `number argument...` or `set subscript value` for a node of its one global,
 * arguments as UTF-16 units in hexadecimal; answers the result as UTF-16 units, and how many strings are alive. */
#include "iris-cdzf.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long alive; /* strings of the server */

static int exstr_kill(IRIS_EXSTRP string)
{
    if (string->str.wch != NULL)
        alive--;
    free(string->str.wch);
    memset(string, 0, sizeof *string);
    return IRIS_SUCCESS;
}

static unsigned short *exstr_new_w(IRIS_EXSTRP string, int length)
{
    string->len = (unsigned)length;
    string->str.wch = calloc((size_t)length + 1, sizeof(unsigned short));
    alive++;
    return string->str.wch;
}

static void copy(IRIS_EXSTRP to, const IRIS_EXSTR *from)
{
    memcpy(exstr_new_w(to, (int)from->len), from->str.wch, from->len * sizeof(unsigned short));
}

/* The one global, ^Rows, in the order its nodes were set; values without units are nodes without a value. */
static struct {
    IRIS_EXSTR key, value;
} nodes[2000];
static int node_count;

static IRIS_EXSTR stack[8];
static int depth;

static int push_global(int length, const Callin_char_t *name)
{
    return length == 4 && memcmp(name, "Rows", 4) == 0 ? IRIS_SUCCESS : 99;
}

static int push_exstr_w(IRIS_EXSTRP string)
{
    if (string->len == 0)
        exstr_new_w(&stack[depth++], 0);
    else
        copy(&stack[depth++], string);
    return IRIS_SUCCESS;
}

static int pop_exstr_w(IRIS_EXSTRP string)
{
    *string = stack[--depth];
    return IRIS_SUCCESS;
}

static int find(const IRIS_EXSTR *key)
{
    for (int i = 0; i < node_count; i++)
        if (nodes[i].key.len == key->len && memcmp(nodes[i].key.str.wch, key->str.wch, key->len * 2) == 0)
            return i;
    return -1;
}

static int global_order(int count, int direction, int flag)
{
    IRIS_EXSTR from = stack[--depth];
    int at = from.len == 0 ? 0 : find(&from) + 1;
    exstr_kill(&from);
    if (count != 1 || direction != 1 || flag != 0)
        return 98;
    if (at < node_count)
        copy(&stack[depth++], &nodes[at].key);
    else
        exstr_new_w(&stack[depth++], 0);
    return IRIS_SUCCESS;
}

static int global_get(int count, int flag)
{
    IRIS_EXSTR key = stack[--depth];
    int at = find(&key);
    exstr_kill(&key);
    if (count != 1 || flag != 0)
        return 98;
    if (at < 0 || nodes[at].value.len == 0)
        return IRIS_ERUNDEF;
    copy(&stack[depth++], &nodes[at].value);
    return IRIS_SUCCESS;
}

static struct standin_functions functions = {exstr_kill,  exstr_new_w,  push_global, push_exstr_w,
                                             pop_exstr_w, global_order, global_get};

static void read_units(const char *hex, IRIS_EXSTRP string)
{
    size_t count = strlen(hex) / 4;
    exstr_new_w(string, (int)count);
    for (size_t i = 0; i < count; i++) {
        unsigned unit = 0;
        sscanf(hex + 4 * i, "%4x", &unit);
        string->str.wch[i] = (unsigned short)unit;
    }
}

/* Calls by linkage: 2j a string, i a number, 2J the answer. */
static int dispatch(const struct zf_entry *entry, char **arguments, IRIS_EXSTRP out)
{
    IRIS_EXSTR strings[6];
    void *pointers[6] = {0};
    int number = 0, used = 0, given = 0;
    char shape[16] = "";
    for (const char *at = entry->linkage; *at; at++) {
        if (*at == '2')
            continue;
        strncat(shape, at, 1);
        if (*at == 'j') {
            read_units(arguments[given++], &strings[used]);
            pointers[used] = &strings[used];
            used++;
        } else if (*at == 'i') {
            number = atoi(arguments[given++]);
        }
    }
    if (strcmp(shape, "J") == 0)
        return entry->function(out);
    if (strcmp(shape, "jJ") == 0)
        return entry->function(pointers[0], out);
    if (strcmp(shape, "iJ") == 0)
        return entry->function(number, out);
    if (strcmp(shape, "jiJ") == 0)
        return entry->function(pointers[0], number, out);
    if (strcmp(shape, "jjiJ") == 0)
        return entry->function(pointers[0], pointers[1], number, out);
    if (strcmp(shape, "jjjjjJ") == 0)
        return entry->function(pointers[0], pointers[1], pointers[2], pointers[3], pointers[4], out);
    return -1;
}

int main(int count, char **arguments)
{
    void *library = count > 1 ? dlopen(arguments[1], RTLD_NOW) : NULL;
    const struct zf_entry *(*get_table)(struct standin_functions *) = NULL;
    int (*unload)(void) = NULL;
    char *line = NULL;
    size_t capacity = 0;
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    *(void **)&get_table = dlsym(library, "GetZFTable");
    *(void **)&unload = dlsym(library, "ZFUnload");
    const struct zf_entry *table = get_table(&functions);
    while (getline(&line, &capacity, stdin) > 0) {
        char *words[8] = {"", "", "", "", "", "", "", ""};
        char *rest = line;
        line[strcspn(line, "\n")] = 0;
        for (int i = 0; i < 8 && rest != NULL; i++)
            words[i] = strsep(&rest, "\t");
        if (strcmp(words[0], "set") == 0) {
            read_units(words[1], &nodes[node_count].key);
            read_units(words[2], &nodes[node_count++].value);
            alive -= 2;
            continue;
        }
        IRIS_EXSTR out = {0};
        int status = dispatch(&table[atoi(words[0]) - 1], words + 1, &out);
        printf("%d\t", status);
        for (unsigned i = 0; i < out.len; i++)
            printf("%04x", out.str.wch[i]);
        exstr_kill(&out);
        printf("\t%ld\n", alive);
        fflush(stdout);
    }
    free(line);
    return unload();
}
