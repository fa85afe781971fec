/* A disk that fails, put before libc by LD_PRELOAD. It concerns files whose path begins with $BAD_DISK.

   bad_disk(kind, at, error): from now on the at-th write (kind 1) or sync (kind 2) fails with `error`; 0 ends that.
   With $BAD_DISK_SYNCED each sync copies the file there: what a loss of power is sure to leave of it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int wanted, error_told;
static long left;

void bad_disk(int kind, long at, int error) { wanted = kind; left = at; error_told = error; }

static int path_of(int fd, char *path, size_t size) {
    char link[64];
    const char *place = getenv("BAD_DISK");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = place ? readlink(link, path, size - 1) : -1;
    if (n < 0) return 0;
    path[n] = 0;
    return strncmp(path, place, strlen(place)) == 0 && !strstr(path, "-shm");
}

static int fails(int fd, int kind) {
    char path[4096];
    if (wanted != kind || !path_of(fd, path, sizeof path)) return 0;
    if (__sync_sub_and_fetch(&left, 1) != 0) return 0;
    errno = error_told;
    return 1;
}

#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

static void keep(int fd) {
    char path[4096], to[4096], part[4200], buffer[65536];
    const char *place = getenv("BAD_DISK_SYNCED");
    if (!place || !path_of(fd, path, sizeof path)) return;
    snprintf(to, sizeof to, "%s/%s", place, strrchr(path, '/') + 1);
    snprintf(part, sizeof part, "%s.part", to);
    int out = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    off_t at = 0;
    for (ssize_t n; (n = pread(fd, buffer, sizeof buffer, at)) > 0; at += n)
        if (REAL(write)(out, buffer, n) != n) abort();
    close(out);
    if (rename(part, to)) abort();
}

ssize_t write(int fd, const void *data, size_t n) { return fails(fd, 1) ? -1 : REAL(write)(fd, data, n); }
ssize_t pwrite(int fd, const void *data, size_t n, off_t at) { return fails(fd, 1) ? -1 : REAL(pwrite)(fd, data, n, at); }
ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at) { return fails(fd, 1) ? -1 : REAL(pwrite64)(fd, data, n, at); }

int fsync(int fd) {
    int done = fails(fd, 2) ? -1 : REAL(fsync)(fd);
    if (!done) keep(fd);
    return done;
}

int fdatasync(int fd) {
    int done = fails(fd, 2) ? -1 : REAL(fdatasync)(fd);
    if (!done) keep(fd);
    return done;
}
