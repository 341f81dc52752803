/* Marks of change: see changes.h. */
#include "changes.h"

#include "subscripts.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { KNOWN = 8 }; /* globals that a transaction goes to and fro between: rows, indices, streams, a counter */

/* The globals that a transaction has marked last: a mark is written once, not for each node. */
struct iscpy_changes {
    size_t next;
    struct {
        size_t size;
        uint8_t key[ISCPY_KEY_LIMIT];
    } known[KNOWN];
};

/* The key of the mark of a name; false when it is no name. */
static bool mark_key(const void *name, size_t size, uint8_t *bytes, MDB_val *key)
{
    if (size == 0 || size >= ISCPY_KEY_LIMIT || memchr(name, 0, size) != NULL)
        return false;
    bytes[0] = 0;
    memcpy(bytes + 1, name, size);
    *key = (MDB_val){size + 1, bytes};
    return true;
}

int iscpy_changes_note(struct iscpy_changes **changes, const struct iscpy_environment *environment, MDB_txn *transaction,
                       const MDB_val *key)
{
    const uint8_t *end = memchr(key->mv_data, 0, key->mv_size);
    size_t size = end ? (size_t)(end - (const uint8_t *)key->mv_data) : key->mv_size;
    struct iscpy_changes *seen = *changes;
    uint8_t bytes[ISCPY_KEY_LIMIT], value[1 + ISCPY_MARK_SIZE] = {'B'};
    uint64_t number = mdb_txn_id(transaction), nonce = iscpy_environment_nonce(environment);
    MDB_val mark, data = {sizeof value, value};
    if (!mark_key(key->mv_data, size, bytes, &mark))
        return 0; /* no key of a global */
    if (seen == NULL)
        *changes = seen = calloc(1, sizeof *seen);
    if (seen == NULL)
        return ENOMEM;
    for (size_t i = 0; i < KNOWN; i++)
        if (seen->known[i].size == mark.mv_size && memcmp(seen->known[i].key, bytes, mark.mv_size) == 0)
            return 0;
    memcpy(value + 1, &number, sizeof number);
    memcpy(value + 1 + sizeof number, &nonce, sizeof nonce);
    int code = mdb_put(transaction, iscpy_environment_database(environment), &mark, &data, 0);
    if (code == 0) {
        seen->known[seen->next].size = size + 1;
        memcpy(seen->known[seen->next].key, bytes, size + 1);
        seen->next = (seen->next + 1) % KNOWN;
    }
    return code;
}

void iscpy_changes_free(struct iscpy_changes *changes)
{
    free(changes);
}

int iscpy_changes_mark(const struct iscpy_environment *environment, MDB_txn *transaction, const void *name, size_t size,
                       unsigned char *mark)
{
    uint8_t bytes[ISCPY_KEY_LIMIT];
    uint64_t nonce = iscpy_environment_nonce(environment);
    MDB_val key, data;
    if (!mark_key(name, size, bytes, &key))
        return EINVAL;
    int code = mdb_get(transaction, iscpy_environment_database(environment), &key, &data);
    if (code == 0 && data.mv_size == 1 + ISCPY_MARK_SIZE) {
        memcpy(mark, (const uint8_t *)data.mv_data + 1, ISCPY_MARK_SIZE);
    } else if (code == MDB_NOTFOUND || code == 0) {
        code = 0;
        memset(mark, 0, ISCPY_MARK_SIZE);
        memcpy(mark + sizeof nonce, &nonce, sizeof nonce);
    }
    return code;
}
