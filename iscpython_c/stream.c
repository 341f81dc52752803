/* Code in pieces: one growing text a context. */
#include "library.h"

#include <stdlib.h>
#include <string.h>

struct iscpy_stream {
    struct iscpy_stream *next;
    struct iscpy_buffer text;
    char context[]; /* "" is the default one */
};

static struct iscpy_stream **place_of(const char *context)
{
    struct iscpy_stream **place = &iscpy_library.streams;
    while (*place != NULL && strcmp((*place)->context, context) != 0)
        place = &(*place)->next;
    return place;
}

static void drop(struct iscpy_stream **place)
{
    struct iscpy_stream *old = *place;
    if (old == NULL)
        return;
    *place = old->next;
    iscpy_buffer_free(&old->text);
    free(old);
}

void iscpy_streams_free(void)
{
    while (iscpy_library.streams != NULL)
        drop(&iscpy_library.streams);
}

static int no_stream(iscpy_error *error, const char *what)
{
    return iscpy_fail(error, ISCPY_ARGUMENT, "%s without a stream: call iscpy_stream_init() first", what);
}

static int no_memory(iscpy_error *error)
{
    return iscpy_fail(error, ISCPY_NO_MEMORY, "memory ran out while code was taken in pieces");
}

int iscpy_stream_init(const char *context, size_t length, iscpy_error *error)
{
    struct iscpy_turn turn;
    int status = iscpy_enter(&turn, error);
    if (status != ISCPY_OK)
        return status;
    context = context ? context : "";
    drop(place_of(context));
    size_t size = strlen(context) + 1;
    struct iscpy_stream *made = calloc(1, sizeof *made + size);
    if (made == NULL) {
        status = no_memory(error);
    } else {
        memcpy(made->context, context, size);
        made->text.data = length ? malloc(length + 1) : NULL; /* a hint: without it the text just grows */
        made->text.capacity = made->text.data ? length + 1 : 0;
        made->next = iscpy_library.streams;
        iscpy_library.streams = made;
    }
    iscpy_leave(&turn);
    return status;
}

int iscpy_stream_write(const char *context, const char *piece, size_t size, iscpy_error *error)
{
    struct iscpy_turn turn;
    int status = iscpy_enter(&turn, error);
    if (status != ISCPY_OK)
        return status;
    struct iscpy_stream *stream = *place_of(context ? context : "");
    if (stream == NULL) {
        status = no_stream(error, "iscpy_stream_write");
    } else {
        iscpy_buffer_append(&stream->text, piece, size == ISCPY_TEXT ? strlen(piece) : size);
        if (stream->text.failed)
            status = no_memory(error);
    }
    iscpy_leave(&turn);
    return status;
}

/* Takes the text out of the stream of a context, which ends. */
static int take_text(const char *context, const char *what, struct iscpy_buffer *text, iscpy_error *error)
{
    struct iscpy_stream **place = place_of(context ? context : "");
    if (*place == NULL)
        return no_stream(error, what);
    *text = (*place)->text;
    (*place)->text = (struct iscpy_buffer){0};
    drop(place);
    return text->failed ? no_memory(error) : ISCPY_OK;
}

int iscpy_stream_execute(const char *context, iscpy_error *error)
{
    struct iscpy_turn turn;
    struct iscpy_buffer text = {0};
    int status = iscpy_enter(&turn, error);
    if (status != ISCPY_OK)
        return status;
    status = take_text(context, "iscpy_stream_execute", &text, error);
    if (status == ISCPY_OK)
        status = iscpy_execute(context, text.data ? (const char *)text.data : "", text.size, error);
    iscpy_leave(&turn);
    iscpy_buffer_free(&text);
    return status;
}

int iscpy_stream_bind(const char *context, const char *variable, int format, iscpy_error *error)
{
    struct iscpy_turn turn;
    struct iscpy_buffer text = {0};
    int status = iscpy_enter(&turn, error);
    if (status != ISCPY_OK)
        return status;
    status = take_text(context, "iscpy_stream_bind", &text, error);
    if (status == ISCPY_OK)
        status = iscpy_bind(context, variable, text.data ? (const char *)text.data : "", text.size, format, error);
    iscpy_leave(&turn);
    iscpy_buffer_free(&text);
    return status;
}
