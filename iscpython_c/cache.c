/* The bounded table from text to a Python object: see core.h. Four places a set, the least recently used goes. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

enum { SETS = 256, WAYS = 4 };
#define BUDGET ((size_t)32 << 20) /* bytes of text held in one cache */

struct entry {
    uint64_t hash;
    uint64_t used;
    char *text;
    size_t size;
    int tag;
    PyObject *file;
    PyObject *value; /* NULL: the place is free */
    PyObject *forget;
};

struct iscpy_cache {
    size_t text_limit;
    size_t held;
    uint64_t clock;
    struct entry entries[SETS][WAYS];
};

static uint64_t hash_of(const char *text, size_t size, int tag)
{
    uint64_t hash = UINT64_C(0x9e3779b97f4a7c15) ^ (size * 31 + (uint64_t)tag);
    uint64_t word;
    for (; size >= sizeof word; size -= sizeof word, text += sizeof word) {
        memcpy(&word, text, sizeof word);
        hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
    }
    word = 0;
    memcpy(&word, text, size);
    hash = (hash ^ word) * UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ hash >> 33;
}

struct iscpy_cache *iscpy_cache_new(size_t text_limit)
{
    struct iscpy_cache *cache = calloc(1, sizeof *cache);
    if (cache != NULL)
        cache->text_limit = text_limit;
    else
        PY.PyErr_NoMemory();
    return cache;
}

static void drop(struct iscpy_cache *cache, struct entry *entry)
{
    struct entry old = *entry;
    if (old.value == NULL)
        return;
    /* The place is freed first: what a reference's end runs may come back here. */
    *entry = (struct entry){0};
    cache->held -= old.size;
    if (old.forget != NULL && iscpy_core.source_lines != NULL) {
        if (PY.PyDict_DelItem(iscpy_core.source_lines, old.forget) < 0)
            PY.PyErr_Clear(); /* linecache was cleared by someone */
        PY.Py_DecRef(old.forget);
    }
    PY.Py_DecRef(old.file);
    PY.Py_DecRef(old.value);
    free(old.text);
}

void iscpy_cache_free(struct iscpy_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t set = 0; set < SETS; set++)
        for (size_t way = 0; way < WAYS; way++)
            drop(cache, &cache->entries[set][way]);
    free(cache);
}

PyObject *iscpy_cache_get(struct iscpy_cache *cache, const char *text, size_t size, int tag, PyObject *file)
{
    if (size > cache->text_limit)
        return NULL;
    uint64_t hash = hash_of(text, size, tag);
    struct entry *set = cache->entries[hash % SETS];
    for (struct entry *entry = set; entry < set + WAYS; entry++) {
        if (entry->value == NULL || entry->hash != hash || entry->size != size || entry->tag != tag ||
            memcmp(entry->text, text, size) != 0)
            continue;
        if (entry->file != file && (entry->file == NULL || file == NULL || PY.PyUnicode_Compare(entry->file, file) != 0))
            continue;
        entry->used = ++cache->clock;
        return entry->value;
    }
    return NULL;
}

void iscpy_cache_put(struct iscpy_cache *cache, const char *text, size_t size, int tag, PyObject *file,
                     PyObject *value, PyObject *forget)
{
    if (size > cache->text_limit)
        return;
    if (cache->held + size > BUDGET)
        for (size_t i = 0; i < SETS * WAYS; i++)
            drop(cache, &cache->entries[i / WAYS][i % WAYS]);
    uint64_t hash = hash_of(text, size, tag);
    struct entry *set = cache->entries[hash % SETS];
    struct entry *oldest = set;
    for (struct entry *entry = set + 1; entry < set + WAYS; entry++)
        if (oldest->value != NULL && (entry->value == NULL || entry->used < oldest->used))
            oldest = entry;
    drop(cache, oldest);
    char *copy = malloc(size + 1);
    if (copy == NULL)
        return; /* a cache may forget */
    memcpy(copy, text, size);
    PY.Py_IncRef(file);
    PY.Py_IncRef(value);
    PY.Py_IncRef(forget);
    *oldest = (struct entry){.hash = hash,
                             .used = ++cache->clock,
                             .text = copy,
                             .size = size,
                             .tag = tag,
                             .file = file,
                             .value = value,
                             .forget = forget};
    cache->held += size;
}
