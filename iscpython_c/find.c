/* Finding a libpython: see iscpython.h for the order. */
#include "library.h"

#include "embedded_libpython.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define RECORD "libiscpython.path"

extern char **environ;

void iscpy_place_clear(struct iscpy_place *place)
{
    free(place->libpython);
    free(place->program);
    *place = (struct iscpy_place){0};
}

/* Three lines: libpython, program, version. The version is not needed: the library tells its own. */
static int read_lines(char *text, struct iscpy_place *place)
{
    char *rest = NULL;
    char *end = strchr(text, '\n');
    bool has_library = end != NULL && end > text;
    char *first = has_library ? strtok_r(text, "\n", &rest) : NULL;
    char *second = strtok_r(has_library ? NULL : text, "\n", &rest);
    if (second == NULL)
        return -1;
    place->libpython = first ? strdup(first) : NULL;
    place->program = strdup(second);
    return 0;
}

static size_t read_all(int file, char *text, size_t limit)
{
    size_t size = 0;
    ssize_t got = 0;
    while (size < limit - 1 && ((got = read(file, text + size, limit - 1 - size)) > 0 || (got < 0 && errno == EINTR)))
        size += got > 0 ? (size_t)got : 0;
    text[size] = 0;
    return size;
}

/* Runs libpython.py in an interpreter. Returns -1 when the program cannot be run. */
static int ask(const char *program, struct iscpy_place *place)
{
    char text[2 * PATH_MAX + 64];
    char *arguments[] = {(char *)(uintptr_t)program, "-c", (char *)(uintptr_t)iscpy_libpython_source, NULL};
    int ends[2] = {-1, -1};
    int result = -1;
    pid_t child = -1;
    posix_spawn_file_actions_t actions;
    if (pipe2(ends, O_CLOEXEC) < 0 || posix_spawn_file_actions_init(&actions) != 0)
        goto done;
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&child, program, &actions, NULL, arguments, environ) != 0)
        child = -1;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    ends[1] = -1;
    if (child > 0) {
        if (read_all(ends[0], text, sizeof text) > 0)
            result = read_lines(text, place);
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
            continue; /* the host may have reaped it: that is as good */
    }
done:
    if (ends[0] >= 0)
        close(ends[0]);
    if (ends[1] >= 0)
        close(ends[1]);
    return result;
}

/* The python program beside a libpython: PREFIX/lib/libpython3.12.so.1.0 has PREFIX/bin/python3.12. */
static char *program_of(const char *libpython)
{
    char path[PATH_MAX + 64], folder[PATH_MAX];
    int major, minor;
    const char *name = strrchr(libpython, '/');
    if (name == NULL || sscanf(name, "/libpython%d.%d", &major, &minor) != 2 || strlen(libpython) >= sizeof folder)
        return NULL;
    memcpy(folder, libpython, strlen(libpython) + 1);
    for (int up = 0; up < 3; up++) { /* lib, or lib/x86_64-linux-gnu */
        char *slash = strrchr(folder, '/');
        if (slash == NULL)
            break;
        *slash = 0;
        snprintf(path, sizeof path, "%s/bin/python%d.%d", folder, major, minor);
        if (access(path, X_OK) == 0)
            return strdup(path);
    }
    return NULL;
}

static bool is_library(const char *path)
{
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    return strstr(name, ".so") != NULL || strstr(name, ".dylib") != NULL;
}

/* A library is taken as it is; a program is asked. `from` says who named it. */
static int named_python(const char *asked, const char *from, struct iscpy_place *place, iscpy_error *error)
{
    if (is_library(asked)) {
        if (strchr(asked, '/') != NULL && access(asked, R_OK) != 0)
            return iscpy_fail(error, ISCPY_NO_PYTHON,
                              "%s names the library %s, which cannot be read (%s): name a libpython3.X.so of version "
                              "3.11 or later, or leave it empty", from, asked, strerror(errno));
        place->libpython = strdup(asked);
        place->program = program_of(asked);
        return ISCPY_OK;
    }
    if (ask(asked, place) < 0)
        return iscpy_fail(error, ISCPY_NO_PYTHON,
                          "%s names %s, which is neither a libpython (.so) nor a Python program that runs", from, asked);
    if (place->libpython == NULL)
        return iscpy_fail(error, ISCPY_NO_PYTHON,
                          "%s names the Python %s, which was built without a shared library: install its libpython (on "
                          "Debian the package libpython3.X), or build it with --enable-shared", from, place->program);
    return ISCPY_OK;
}

/* The python program of the environment this library is installed in: PREFIX/lib/python3.11/site-packages/... has
 * PREFIX/bin/python3.11. NULL when it lies elsewhere, as in an editable installation. */
static char *own_program(const char *library)
{
    char path[PATH_MAX + 64];
    const char *lib = strstr(library, "/lib/python3.");
    const char *version = lib ? lib + strlen("/lib/") : NULL;
    const char *end = version ? strchr(version, '/') : NULL;
    if (end == NULL || (strncmp(end, "/site-packages/", 15) != 0 && strncmp(end, "/dist-packages/", 15) != 0))
        return NULL;
    snprintf(path, sizeof path, "%.*s/bin/%.*s", (int)(lib - library), library, (int)(end - version), version);
    return access(path, X_OK) == 0 ? strdup(path) : NULL;
}

static bool same_folder(const char *one, const char *other)
{
    size_t size = (size_t)(strrchr(one, '/') - one);
    return strncmp(one, other, size) == 0 && strrchr(other, '/') == other + size;
}

/* What the file written at install beside this library names; -1 when there is none or libpython is gone. */
static int read_record(const char *path, struct iscpy_place *place)
{
    char text[2 * PATH_MAX + 64];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    read_all(file, text, sizeof text);
    close(file);
    if (read_lines(text, place) == 0 && place->libpython != NULL && access(place->libpython, R_OK) == 0)
        return 0;
    iscpy_place_clear(place);
    return -1;
}

/* The record, unless it is of another environment than the one the library lies in (a wheel built there): then that
 * environment's own Python is asked. */
static int installed_python(struct iscpy_place *place, char *record, size_t limit)
{
    Dl_info self;
    const char *slash = NULL;
    if (dladdr((void *)(uintptr_t)&iscpy_abi, &self) != 0)
        slash = strrchr(self.dli_fname, '/');
    if (slash == NULL)
        return -1;
    snprintf(record, limit, "%.*s/" RECORD, (int)(slash - self.dli_fname), self.dli_fname);
    char *own = own_program(self.dli_fname);
    int result = read_record(record, place);
    if (own != NULL && (result < 0 || !same_folder(own, place->program))) {
        iscpy_place_clear(place);
        result = ask(own, place) == 0 && place->libpython != NULL ? 0 : -1;
    } else if (result == 0 && access(place->program, X_OK) != 0) {
        free(place->program);
        place->program = program_of(place->libpython);
    }
    free(own);
    return result;
}

int iscpy_find_python(const char *asked, struct iscpy_place *place, iscpy_error *error)
{
    char record[PATH_MAX] = RECORD;
    const char *variable = getenv("ISCPYTHON_LIBPYTHON");
    const char *program = getenv("ISCPYTHON_PYTHON");
    int status = ISCPY_OK;
    if (asked != NULL && *asked)
        status = named_python(asked, "the argument of iscpy_initialize", place, error);
    else if (variable != NULL && *variable)
        status = named_python(variable, "ISCPYTHON_LIBPYTHON", place, error);
    else if (installed_python(place, record, sizeof record) < 0 && (ask("python3", place) < 0 || place->libpython == NULL))
        status = iscpy_fail(error, ISCPY_NO_PYTHON,
                            "no libpython was found: none was named, ISCPYTHON_LIBPYTHON is not set, %s %s, and python3 "
                            "on PATH %s. Install a shared CPython 3.11 or later (on Debian the package libpython3.X) and "
                            "name its libpython3.X.so",
                            record, access(record, R_OK) == 0 ? "names files that are gone" : "does not exist",
                            place->program ? "was built without a shared library" : "does not run");
    if (status == ISCPY_OK && program != NULL && *program) {
        free(place->program);
        place->program = strdup(program);
    }
    return status;
}
