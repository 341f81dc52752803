/* Decoding on several threads: see decode.h. The calling thread reads rows and puts chunks in line; the others decode
 * them; when all is read, it decodes, too. */
#include "decode.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { MOST_THREADS = 64, FEW_THREADS = 4 };

/* Rows a chunk: many make large pages of memory possible, few keep many threads busy. */
#define LARGE_CHUNK ((size_t)262144)
#define SMALL_CHUNK ((size_t)65536)
#define FIRST_CHUNK ((size_t)512) /* for what has few rows: large pages cost more than to decode those */

struct line {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct iscpy_chunk *first;
    struct iscpy_chunk *last;
    struct iscpy_chunk *waiting; /* the next to decode */
    bool closed;                 /* no more will come */
    struct iscpy_row *spare;     /* memory for the rows of a chunk to come */
    size_t column_count;
    size_t chunk_rows;
};

static void decode_chunk(struct line *line, struct iscpy_chunk *chunk)
{
    chunk->status = iscpy_decode_rows(chunk->rows, chunk->count, chunk->columns, line->column_count, &chunk->error);
    if (chunk->status == -1)
        chunk->bad_id = chunk->rows[chunk->error.row].id;
    pthread_mutex_lock(&line->lock);
    struct iscpy_row *old = chunk->rows;
    if (chunk->room == line->chunk_rows) {
        old = line->spare;
        line->spare = chunk->rows;
    }
    pthread_mutex_unlock(&line->lock);
    chunk->rows = NULL;
    free(old);
}

/* Takes the next chunk, waiting for one when more may come; NULL at the end. */
static struct iscpy_chunk *take(struct line *line)
{
    pthread_mutex_lock(&line->lock);
    while (line->waiting == NULL && !line->closed)
        pthread_cond_wait(&line->more, &line->lock);
    struct iscpy_chunk *chunk = line->waiting;
    if (chunk != NULL)
        line->waiting = chunk->next;
    pthread_mutex_unlock(&line->lock);
    return chunk;
}

static void *decode_all(void *argument)
{
    struct line *line = argument;
    struct iscpy_chunk *chunk;
    while ((chunk = take(line)) != NULL)
        decode_chunk(line, chunk);
    return NULL;
}

static void put(struct line *line, struct iscpy_chunk *chunk)
{
    pthread_mutex_lock(&line->lock);
    if (line->last != NULL)
        line->last->next = chunk;
    else
        line->first = chunk;
    line->last = chunk;
    if (line->waiting == NULL)
        line->waiting = chunk;
    pthread_cond_signal(&line->more);
    pthread_mutex_unlock(&line->lock);
}

static void close_line(struct line *line)
{
    pthread_mutex_lock(&line->lock);
    line->closed = true;
    pthread_cond_broadcast(&line->more);
    pthread_mutex_unlock(&line->lock);
}

static struct iscpy_row *rows_memory(struct line *line, size_t room)
{
    if (room < line->chunk_rows)
        return malloc(room * sizeof(struct iscpy_row));
    pthread_mutex_lock(&line->lock);
    struct iscpy_row *rows = line->spare;
    line->spare = NULL;
    pthread_mutex_unlock(&line->lock);
    return rows ? rows : iscpy_column_memory(line->chunk_rows * sizeof *rows);
}

static struct iscpy_chunk *new_chunk(struct line *line, const struct iscpy_column *columns, size_t room)
{
    struct iscpy_chunk *chunk = calloc(1, sizeof *chunk);
    if (chunk == NULL)
        return NULL;
    chunk->room = room;
    chunk->rows = rows_memory(line, room);
    chunk->columns = calloc(line->column_count + 1, sizeof *chunk->columns);
    if (chunk->rows == NULL || chunk->columns == NULL) {
        iscpy_chunks_free(chunk, 0);
        return NULL;
    }
    for (size_t i = 0; i < line->column_count; i++) {
        chunk->columns[i].kind = columns[i].kind;
        chunk->columns[i].position = columns[i].position;
        chunk->columns[i].scale = columns[i].scale;
    }
    return chunk;
}

/* A thread that helps; it takes no signals: they are the host's, whose handlers expect its own thread. */
static bool start_helper(pthread_t *thread, struct line *line)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(thread, NULL, decode_all, line) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

int iscpy_decode_source(iscpy_fill fill, void *source, const struct iscpy_column *columns, size_t column_count,
                        int threads, struct iscpy_chunk **first)
{
    struct line line = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER,
                        .column_count = column_count,
                        .chunk_rows = threads > FEW_THREADS ? SMALL_CHUNK : LARGE_CHUNK};
    pthread_t helpers[MOST_THREADS];
    int started = 0, status = 0;
    size_t room = FIRST_CHUNK, count = 0;
    bool more = true;
    while (status == 0 && more) {
        struct iscpy_chunk *chunk = new_chunk(&line, columns, room);
        if (chunk == NULL) {
            status = ENOMEM;
            break;
        }
        count = 0;
        status = fill(source, chunk->rows, room, &count);
        chunk->count = count;
        more = count == room;
        put(&line, chunk);
        if (started < threads - 1 && started < MOST_THREADS && more && room == line.chunk_rows &&
            start_helper(&helpers[started], &line))
            started++; /* without a helper this thread does it */
        room = line.chunk_rows;
    }
    close_line(&line);
    decode_all(&line);
    for (int i = 0; i < started; i++)
        pthread_join(helpers[i], NULL);
    free(line.spare);
    pthread_cond_destroy(&line.more);
    pthread_mutex_destroy(&line.lock);
    *first = line.first;
    return status;
}

void iscpy_chunks_free(struct iscpy_chunk *first, size_t column_count)
{
    while (first != NULL) {
        struct iscpy_chunk *next = first->next;
        for (size_t i = 0; i < column_count; i++)
            iscpy_column_free(&first->columns[i]);
        free(first->columns);
        free(first->rows);
        free(first);
        first = next;
    }
}
