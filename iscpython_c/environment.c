/* The environments of this process: see environment.h. */
#include "environment.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAP_SIZE (UINT64_C(1) << 40) /* to begin with; address space, not disk: the file grows with what is in it */
#define MAP_SIZE_LEAST (UINT64_C(1) << 30)
#define MAP_SIZE_VARIABLE "ISCPY_MAP_SIZE" /* another size to begin with, in bytes */

struct iscpy_environment {
    struct iscpy_environment *next;
    MDB_env *handle;
    MDB_dbi database;
    dev_t device;
    ino_t folder;
    pid_t owner;
    uint64_t nonce;
    bool read_only;
    long references;
    long running;     /* transactions: the map cannot be moved under them */
    pthread_t writer; /* whose write transaction runs */
    bool writing;
};

/* What is open; guarded by the lock. */
static struct {
    pthread_mutex_t lock;
    struct iscpy_environment *first;
} opened = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Room for a store to become four times what it is. */
static size_t first_map_size(const char *path)
{
    char file[4096];
    struct stat found;
    const char *asked = getenv(MAP_SIZE_VARIABLE);
    unsigned long long size = asked ? strtoull(asked, NULL, 10) : 0;
    if (size == 0)
        size = MAP_SIZE;
    if (snprintf(file, sizeof file, "%s/data.mdb", path) < (int)sizeof file && stat(file, &found) == 0 &&
        (unsigned long long)found.st_size > size / 4)
        size = 4 * (unsigned long long)found.st_size;
    return (size_t)size;
}

static int open_handle(const char *path, unsigned flags, MDB_env **handle)
{
    size_t size = first_map_size(path), least = size < MAP_SIZE_LEAST ? size : MAP_SIZE_LEAST;
    int code;
    do { /* address space may be limited (ulimit -v: ENOMEM; other systems say EINVAL) */
        *handle = NULL;
        code = mdb_env_create(handle);
        if (code == 0)
            code = mdb_env_set_mapsize(*handle, size);
        if (code == 0)
            code = mdb_env_set_maxreaders(*handle, 1022);
        if (code == 0)
            code = mdb_env_open(*handle, path, MDB_NOTLS | flags, 0600);
        if (code != 0) {
            mdb_env_close(*handle);
            *handle = NULL;
        }
        size /= 4;
    } while ((code == ENOMEM || code == EINVAL) && size >= least);
    return code;
}

static int open_database(MDB_env *handle, unsigned flags, MDB_dbi *database)
{
    int dead;
    MDB_txn *transaction;
    mdb_reader_check(handle, &dead); /* readers that died leave their slot behind */
    int code = mdb_txn_begin(handle, NULL, flags & MDB_RDONLY, &transaction);
    if (code != 0)
        return code;
    code = mdb_dbi_open(transaction, NULL, 0, database);
    if (code == 0)
        return mdb_txn_commit(transaction);
    mdb_txn_abort(transaction);
    return code;
}

static int open_new(const char *path, bool read_only, bool synced, const struct stat *folder,
                    struct iscpy_environment **environment)
{
    unsigned flags = (read_only ? MDB_RDONLY : 0) | (synced ? 0 : MDB_NOSYNC);
    struct iscpy_environment *made = calloc(1, sizeof *made);
    if (made == NULL)
        return ENOMEM;
    int code = getentropy(&made->nonce, sizeof made->nonce) == 0 ? open_handle(path, flags, &made->handle) : errno;
    if (code == 0)
        code = open_database(made->handle, flags, &made->database);
    if (code != 0) {
        if (made->handle != NULL)
            mdb_env_close(made->handle);
        free(made);
        return code;
    }
    made->device = folder->st_dev;
    made->folder = folder->st_ino;
    made->owner = getpid();
    made->read_only = read_only;
    made->references = 1;
    made->next = opened.first;
    opened.first = made;
    *environment = made;
    return 0;
}

int iscpy_environment_open(const char *path, bool read_only, bool synced, struct iscpy_environment **environment)
{
    struct stat folder;
    int code = 0;
    if (stat(path, &folder) < 0)
        return errno;
    pthread_mutex_lock(&opened.lock);
    struct iscpy_environment *found = opened.first;
    while (found != NULL && (found->device != folder.st_dev || found->folder != folder.st_ino ||
                             !iscpy_environment_is_ours(found)))
        found = found->next;
    if (found == NULL) {
        code = open_new(path, read_only, synced, &folder, environment);
    } else if (found->read_only && !read_only) {
        code = ISCPY_OPEN_FOR_READING;
    } else {
        found->references++;
        *environment = found;
    }
    pthread_mutex_unlock(&opened.lock);
    return code;
}

void iscpy_environment_keep(struct iscpy_environment *environment)
{
    pthread_mutex_lock(&opened.lock);
    environment->references++;
    pthread_mutex_unlock(&opened.lock);
}

void iscpy_environment_release(struct iscpy_environment *environment)
{
    if (!iscpy_environment_is_ours(environment))
        return; /* the parent's: closing it here could only do harm */
    pthread_mutex_lock(&opened.lock);
    if (--environment->references == 0) {
        struct iscpy_environment **place = &opened.first;
        while (*place != environment)
            place = &(*place)->next;
        *place = environment->next;
        mdb_env_close(environment->handle);
        free(environment);
    }
    pthread_mutex_unlock(&opened.lock);
}

bool iscpy_environment_is_ours(const struct iscpy_environment *environment)
{
    return environment->owner == getpid();
}

MDB_env *iscpy_environment_handle(const struct iscpy_environment *environment)
{
    return environment->handle;
}

MDB_dbi iscpy_environment_database(const struct iscpy_environment *environment)
{
    return environment->database;
}

uint64_t iscpy_environment_nonce(const struct iscpy_environment *environment)
{
    return environment->nonce;
}

/* Whether this thread writes. Another thread's may begin or end meanwhile: that does not change the answer. */
static bool writes(struct iscpy_environment *environment)
{
    pthread_mutex_lock(&opened.lock);
    bool found = environment->writing && pthread_equal(environment->writer, pthread_self());
    pthread_mutex_unlock(&opened.lock);
    return found;
}

static void set_writing(struct iscpy_environment *environment, bool writing)
{
    pthread_mutex_lock(&opened.lock);
    if (writing)
        environment->writer = pthread_self();
    if (writing || pthread_equal(environment->writer, pthread_self())) /* the next writer may have begun already */
        environment->writing = writing;
    pthread_mutex_unlock(&opened.lock);
}

/* Enters a transaction, and doubles the map before when more than half of it is used. Only here may the map move: no
 * transaction of this process runs. */
static void enter(struct iscpy_environment *environment)
{
    MDB_envinfo info;
    MDB_stat stat;
    pthread_mutex_lock(&opened.lock);
    if (environment->running == 0 && !environment->read_only && mdb_env_info(environment->handle, &info) == 0 &&
        mdb_env_stat(environment->handle, &stat) == 0 &&
        (info.me_last_pgno + 1) > info.me_mapsize / stat.ms_psize / 2)
        mdb_env_set_mapsize(environment->handle, 2 * info.me_mapsize); /* refused: the old one may still do */
    environment->running++;
    pthread_mutex_unlock(&opened.lock);
}

static void leave(struct iscpy_environment *environment)
{
    pthread_mutex_lock(&opened.lock);
    environment->running--;
    pthread_mutex_unlock(&opened.lock);
}

/* Takes over the size that another process has given the map; false while other transactions of this one run. */
static bool follow(struct iscpy_environment *environment)
{
    pthread_mutex_lock(&opened.lock);
    bool done = environment->running == 1 && mdb_env_set_mapsize(environment->handle, 0) == 0;
    pthread_mutex_unlock(&opened.lock);
    return done;
}

int iscpy_environment_begin(struct iscpy_environment *environment, bool write, MDB_txn **transaction)
{
    unsigned flags = write ? 0 : MDB_RDONLY;
    if (write && environment->read_only)
        return EACCES;
    if (write && writes(environment))
        return ISCPY_WRITING;
    enter(environment);
    int code = mdb_txn_begin(environment->handle, NULL, flags, transaction);
    if (code == MDB_MAP_RESIZED && follow(environment))
        code = mdb_txn_begin(environment->handle, NULL, flags, transaction);
    if (code != 0)
        leave(environment);
    else if (write)
        set_writing(environment, true);
    return code;
}

void iscpy_environment_ended(struct iscpy_environment *environment, bool write)
{
    if (write)
        set_writing(environment, false);
    leave(environment);
}
