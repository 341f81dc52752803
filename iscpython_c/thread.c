/* Taking Python's lock from any thread of the host.
 *
 * A thread that Python does not know gets a state at its first turn and keeps it until it ends: making one each time
 * costs more than the call. A thread that Python knows (it made it, or our own call is further up on the stack) goes
 * through PyGILState_Ensure, which nests.
 */
#include "library.h"

enum { OWN_STATE = -1 };

struct seat {
    PyThreadState *state; /* this thread's, made here; NULL when there is none */
    bool inside;          /* the thread holds or lent the lock in one of our calls */
    bool main;            /* the state is the interpreter's first: it is never deleted */
};

static _Thread_local struct seat seat;
static pthread_key_t ending; /* its value makes thread_ended run */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void thread_ended(void *unused)
{
    (void)unused;
    struct iscpy_start *start = &iscpy_library.start;
    if (seat.state == NULL || seat.main || !start->Py_IsInitialized())
        return;
    start->PyEval_RestoreThread(seat.state);
    start->PyThreadState_Clear(seat.state); /* not PyGILState_Release: its own key may be gone by now */
    start->PyThreadState_DeleteCurrent();
    seat.state = NULL;
}

static void make_key(void)
{
    pthread_key_create(&ending, thread_ended);
}

void iscpy_thread_started(void)
{
    seat = (struct seat){.state = iscpy_library.start.PyEval_SaveThread(), .main = true};
}

void iscpy_take_turn(struct iscpy_turn *turn)
{
    struct iscpy_start *start = &iscpy_library.start;
    if (seat.state != NULL && !seat.inside) {
        start->PyEval_RestoreThread(seat.state);
        seat.inside = true;
        turn->ensured = OWN_STATE;
        return;
    }
    bool known = start->PyGILState_GetThisThreadState() != NULL;
    turn->ensured = start->PyGILState_Ensure();
    if (!known) {
        pthread_once(&once, make_key);
        pthread_setspecific(ending, &seat);
        seat = (struct seat){.state = start->PyGILState_GetThisThreadState(), .inside = true};
        turn->ensured = OWN_STATE;
    }
}

int iscpy_enter(struct iscpy_turn *turn, iscpy_error *error)
{
    if (error != NULL && error->status != ISCPY_OK)
        iscpy_error_free(error); /* what an earlier call left */
    if (!iscpy_library.initialized)
        return iscpy_fail(error, ISCPY_NOT_INITIALIZED, "Python is not initialized: call iscpy_initialize() first");
    iscpy_take_turn(turn);
    if (iscpy_library.initialized)
        return ISCPY_OK;
    iscpy_leave(turn); /* finalized while this thread waited */
    return iscpy_fail(error, ISCPY_NOT_INITIALIZED, "Python was finalized meanwhile: call iscpy_initialize() again");
}

void iscpy_leave(struct iscpy_turn *turn)
{
    if (turn->ensured == OWN_STATE) {
        seat.inside = false;
        iscpy_library.start.PyEval_SaveThread();
    } else {
        iscpy_library.start.PyGILState_Release(turn->ensured);
    }
}
