/* fsync and fdatasync as on a slow disk: each takes GONGKAI_SLOW_SYNC_US microseconds more. For LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static void wait_a_little(void)
{
    const char *told = getenv("GONGKAI_SLOW_SYNC_US");
    if (told)
        usleep((useconds_t)atoi(told));
}

int fsync(int descriptor)
{
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    wait_a_little();
    return real(descriptor);
}

int fdatasync(int descriptor)
{
    int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
    wait_a_little();
    return real(descriptor);
}
