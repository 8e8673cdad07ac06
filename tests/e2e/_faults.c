/* A disk that fails where it is told to, for LD_PRELOAD; children are told by the same environment.
 *
 * GONGKAI_FAULT_ROOT   only calls on files below this folder are looked at
 * GONGKAI_FAULT_SHARED a file of 4 KB that all processes map: how many calls matched, and who they are
 * GONGKAI_FAULT_LOG    each call is appended here: its kind, a space, the path below the folder
 * GONGKAI_FAULT_CALL   which kind fails: write, sync, rename, truncate, link; * for any
 * GONGKAI_FAULT_PATH   a pattern (fnmatch, * matches no slash) of paths below the folder; ** for any
 * GONGKAI_FAULT_AT     the number of the matching call that fails, from 1
 * GONGKAI_FAULT_ERRNO  with what; 0 kills every process that made such a call, before it is made
 * GONGKAI_FAULT_STAYS  when set, later matching calls fail as well
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_PROCESSES 500

struct shared {
    int calls;
    int processes;
    pid_t pids[MOST_PROCESSES];
};

static struct shared *shared_by(const char *path)
{
    static struct shared *mapped;
    static pid_t owner;
    if (owner != getpid()) {
        int descriptor = open(path, O_RDWR | O_CLOEXEC);
        if (descriptor < 0)
            abort();
        mapped = mmap(NULL, sizeof *mapped, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
        close(descriptor);
        if (mapped == MAP_FAILED)
            abort();
        owner = getpid();
        int place = __atomic_fetch_add(&mapped->processes, 1, __ATOMIC_SEQ_CST);
        if (place >= MOST_PROCESSES)
            abort();
        mapped->pids[place] = owner;
    }
    return mapped;
}

static void kill_all(struct shared *shared)
{
    for (int place = 0; place < shared->processes; place++)
        if (shared->pids[place] && shared->pids[place] != getpid())
            kill(shared->pids[place], SIGKILL);
    kill(getpid(), SIGKILL);
}

static void note(const char *kind, const char *path)
{
    const char *log = getenv("GONGKAI_FAULT_LOG");
    if (!log)
        return;
    char line[PATH_MAX + 32];
    int length = snprintf(line, sizeof line, "%s %s\n", kind, path);
    int descriptor = open(log, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (descriptor < 0 || syscall(SYS_write, descriptor, line, length) != length)
        abort();
    close(descriptor);
}

/* Return whether a call on a path is to fail, with errno set. */
static int fails(const char *kind, const char *path)
{
    const char *root = getenv("GONGKAI_FAULT_ROOT"), *counted = getenv("GONGKAI_FAULT_SHARED");
    size_t length = root ? strlen(root) : 0;
    if (!counted || !root || strncmp(path, root, length) || path[length] != '/')
        return 0;
    int before = errno;
    path += length + 1;
    struct shared *shared = shared_by(counted);
    note(kind, path);
    const char *call = getenv("GONGKAI_FAULT_CALL"), *pattern = getenv("GONGKAI_FAULT_PATH");
    errno = before;
    if (!call || !pattern || (strcmp(call, "*") && strcmp(call, kind)))
        return 0;
    if (strcmp(pattern, "**") && fnmatch(pattern, path, FNM_PATHNAME))
        return 0;
    int number = __atomic_add_fetch(&shared->calls, 1, __ATOMIC_SEQ_CST);
    int at = atoi(getenv("GONGKAI_FAULT_AT"));
    if (number < at || (number > at && !getenv("GONGKAI_FAULT_STAYS")))
        return 0;
    errno = atoi(getenv("GONGKAI_FAULT_ERRNO"));
    if (!errno)
        kill_all(shared);
    return 1;
}

static int fails_on(const char *kind, int descriptor)
{
    char link[64], path[PATH_MAX];
    if (!getenv("GONGKAI_FAULT_SHARED"))
        return 0;
    int before = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = before;
    if (length < 0)
        return 0;
    path[length] = 0;
    return fails(kind, path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define ON_FILE(result, name, kind, parameters, arguments, descriptor) \
    result name parameters { return fails_on(kind, descriptor) ? -1 : REAL(name) arguments; }
#define ON_NAME(name, kind, parameters, arguments, path) \
    int name parameters { return fails(kind, path) ? -1 : REAL(name) arguments; }

ON_FILE(ssize_t, write, "write", (int fd, const void *from, size_t size), (fd, from, size), fd)
ON_FILE(ssize_t, pwrite, "write", (int fd, const void *from, size_t size, off_t at), (fd, from, size, at), fd)
ON_FILE(ssize_t, pwrite64, "write", (int fd, const void *from, size_t size, off64_t at), (fd, from, size, at), fd)
ON_FILE(ssize_t, writev, "write", (int fd, const struct iovec *from, int count), (fd, from, count), fd)
ON_FILE(ssize_t, sendfile, "write", (int to, int from, off_t *at, size_t size), (to, from, at, size), to)
ON_FILE(ssize_t, sendfile64, "write", (int to, int from, off64_t *at, size_t size), (to, from, at, size), to)
ON_FILE(int, fsync, "sync", (int fd), (fd), fd)
ON_FILE(int, fdatasync, "sync", (int fd), (fd), fd)
ON_FILE(int, ftruncate, "truncate", (int fd, off_t size), (fd, size), fd)
ON_FILE(int, ftruncate64, "truncate", (int fd, off64_t size), (fd, size), fd)
ON_NAME(rename, "rename", (const char *from, const char *to), (from, to), to)
ON_NAME(renameat, "rename", (int a, const char *from, int b, const char *to), (a, from, b, to), to)
ON_NAME(renameat2, "rename", (int a, const char *from, int b, const char *to, unsigned how), (a, from, b, to, how), to)
ON_NAME(link, "link", (const char *from, const char *to), (from, to), to)
ON_NAME(linkat, "link", (int a, const char *from, int b, const char *to, int how), (a, from, b, to, how), to)
