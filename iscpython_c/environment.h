/* LMDB environments of this process: each folder is opened once, however many stores look at it. A second environment
 * over one folder would drop the locks of the first. Plain C. */
#ifndef ISCPY_ENVIRONMENT_H
#define ISCPY_ENVIRONMENT_H

#include <lmdb.h>
#include <stdbool.h>
#include <stdint.h>

struct iscpy_environment;

/* Codes beside LMDB's and the system's. */
enum {
    ISCPY_OPEN_FOR_READING = -2, /* writing is asked of what is open for reading only */
    ISCPY_WRITING = -3,          /* the thread has a write transaction already: it would wait for itself */
};

/* Opens a folder, or takes what this process has open. What is not `synced` is seen by all processes at once, but may be
 * damaged when the machine stops. Returns 0, an errno or a code of LMDB. */
int iscpy_environment_open(const char *path, bool read_only, bool synced, struct iscpy_environment **environment);
void iscpy_environment_keep(struct iscpy_environment *environment);
/* Gives a reference back; the last one closes. Does nothing in a child of fork(). */
void iscpy_environment_release(struct iscpy_environment *environment);
/* Whether it was opened by this process, not by its parent before fork(). */
bool iscpy_environment_is_ours(const struct iscpy_environment *environment);
MDB_env *iscpy_environment_handle(const struct iscpy_environment *environment);
MDB_dbi iscpy_environment_database(const struct iscpy_environment *environment);
/* A random number that no other opening of an environment has. */
uint64_t iscpy_environment_nonce(const struct iscpy_environment *environment);
int iscpy_environment_begin(struct iscpy_environment *environment, bool write, MDB_txn **transaction);
/* A transaction was committed or aborted. */
void iscpy_environment_ended(struct iscpy_environment *environment, bool write);

#endif
