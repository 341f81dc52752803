/* Marks of change: for each global of a store, which transaction changed it last. A mark is written in the transaction
 * that changes the global, so that both are there or none. Plain C.
 *
 * The key of a mark is a zero byte and the name: before every key of a global, for a name has no zero byte and is not
 * empty. Its value is the bytes of a 'B' value: the number of the transaction and the environment's nonce, 8 bytes each.
 * Equal marks mean equal content, also across processes, a restored backup and a compacted file, whose transactions
 * count from the beginning again: no two environments have the same nonce. */
#ifndef ISCPY_CHANGES_H
#define ISCPY_CHANGES_H

#include "environment.h"

#include <stddef.h>

#define ISCPY_MARK_SIZE 16

struct iscpy_changes;

/* Notes that the global of a key is changed by the transaction; `*changes` is NULL at first and is the transaction's.
 * Returns 0, ENOMEM or a code of LMDB. */
int iscpy_changes_note(struct iscpy_changes **changes, const struct iscpy_environment *environment, MDB_txn *transaction,
                       const MDB_val *key);
void iscpy_changes_free(struct iscpy_changes *changes);

/* The mark of a global, in `mark` of ISCPY_MARK_SIZE bytes; of one that was never changed since there are marks, one
 * that only this environment gives. Returns 0, EINVAL for what is no name, or a code of LMDB. */
int iscpy_changes_mark(const struct iscpy_environment *environment, MDB_txn *transaction, const void *name, size_t size,
                       unsigned char *mark);

#endif
