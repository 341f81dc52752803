/* A disk that is full for one program, without privileges: LD_PRELOAD it.
 *
 * While the file that ISCPY_FULL_DISK names exists, no file grows any more whose path has the text that stands in it:
 * what a write would add past the file's end fails with ENOSPC. What a file has already may be written again, as on a
 * real disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int is_full(int fd, off_t end) {
    const char *named = getenv("ISCPY_FULL_DISK");
    int flag, kept = errno;
    if (named == NULL || (flag = open(named, O_RDONLY | O_CLOEXEC)) < 0) {
        errno = kept;
        return 0;
    }
    char wanted[128], link[64], path[4096];
    struct stat found;
    ssize_t size = read(flag, wanted, sizeof wanted - 1);
    close(flag);
    errno = kept;
    if (size <= 0) return 0;
    wanted[size] = 0;
    if (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode) || end <= found.st_size) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    if ((size = readlink(link, path, sizeof path - 1)) < 0) return 0;
    path[size] = 0;
    if (strstr(path, wanted) == NULL) return 0;
    errno = ENOSPC;
    return 1;
}

static off_t length(const struct iovec *parts, int count) {
    off_t sum = 0;
    for (int at = 0; at < count; at++) sum += (off_t)parts[at].iov_len;
    return sum;
}

#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

#define AT(name)                                                                        \
    ssize_t name(int fd, const void *from, size_t size, off_t at) {                     \
        return is_full(fd, at + (off_t)size) ? -1 : REAL(name)(fd, from, size, at);     \
    }
AT(pwrite)
AT(pwrite64)

#define PARTS(name)                                                                     \
    ssize_t name(int fd, const struct iovec *parts, int count, off_t at) {              \
        return is_full(fd, at + length(parts, count)) ? -1 : REAL(name)(fd, parts, count, at); \
    }
PARTS(pwritev)
PARTS(pwritev64)

#define ROOM(name) /* gives the error, and does not set it */                           \
    int name(int fd, off_t at, off_t size) {                                            \
        return is_full(fd, at + size) ? ENOSPC : REAL(name)(fd, at, size);              \
    }
ROOM(posix_fallocate)
ROOM(posix_fallocate64)

ssize_t write(int fd, const void *from, size_t size) {
    off_t at = lseek(fd, 0, SEEK_CUR); /* fails for what is no file */
    if (at < 0) errno = 0;
    return at >= 0 && is_full(fd, at + (off_t)size) ? -1 : REAL(write)(fd, from, size);
}
