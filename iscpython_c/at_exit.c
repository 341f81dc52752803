/* Writing out, when the host ends, what code printed without an end of line.
 *
 * A host ends by exit() without finalizing Python. Python's lock is then taken by a thread of its own and waited for
 * a short while only: code that never gives it up must not keep the host from ending.
 */
#include "library.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE = 1 }; /* seconds */

static const char FLUSH[] = "import sys\n"
                            "for stream in (sys.stdout, sys.stderr):\n"
                            "    try:\n"
                            "        stream.flush()\n"
                            "    except Exception:\n"
                            "        pass\n";

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool done;
    pid_t owner; /* a child that was forked has copies of the buffers, and no thread that would give up the lock */
} flushing = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void *flush(void *unused)
{
    int state = iscpy_library.start.PyGILState_Ensure();
    PyObject *namespace = PY.PyDict_New();
    PyObject *code = namespace ? PY.Py_CompileString(FLUSH, "<isc.py end>", ISCPY_FILE_INPUT) : NULL;
    PyObject *done = code ? PY.PyEval_EvalCode(code, namespace, namespace) : NULL;
    PY.PyErr_Clear();
    PY.Py_DecRef(done);
    PY.Py_DecRef(code);
    PY.Py_DecRef(namespace);
    iscpy_library.start.PyGILState_Release(state);
    pthread_mutex_lock(&flushing.lock);
    flushing.done = true;
    pthread_cond_signal(&flushing.changed);
    pthread_mutex_unlock(&flushing.lock);
    return unused;
}

static void ends(void)
{
    pthread_t thread;
    struct timespec latest;
    if (flushing.owner != getpid() || !iscpy_library.start.Py_IsInitialized() ||
        pthread_create(&thread, NULL, flush, NULL) != 0)
        return;
    clock_gettime(CLOCK_REALTIME, &latest);
    latest.tv_sec += PATIENCE;
    pthread_mutex_lock(&flushing.lock);
    while (!flushing.done && pthread_cond_timedwait(&flushing.changed, &flushing.lock, &latest) == 0)
        ;
    bool done = flushing.done;
    pthread_mutex_unlock(&flushing.lock);
    if (done)
        pthread_join(thread, NULL);
    else
        pthread_detach(thread);
}

void iscpy_flush_at_exit(void)
{
    flushing.owner = getpid();
    atexit(ends);
}
