/*
 * A library to preload (LD_PRELOAD) that lets time pass for `margay run`: MARGAY_CLOCK is a file of
 * 8 digits, and the monotonic clock is so many seconds ahead. The digits are overwritten in place
 * while the process runs (tests/e2e/costly_rule.bats).
 *
 * What waits for less time than that goes on waiting: the system's own clock is right.
 *
 * Any thread may call. A sanitizer calls before anything is ready, and while it gets ready.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { DIGITS = 8 };

typedef int timed_wait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                       const struct timespec *until);

static timed_wait *next_timed_wait; /* the C library's */
static const volatile char *digits; /* NULL: the clock is right */

/* Without a version the oldest pthread_cond_timedwait may be found: it knows another condition. */
__attribute__((constructor)) static void start(void) {
  const char *path = getenv("MARGAY_CLOCK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  void *found = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
  if (!found)
    found = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
  memcpy(&next_timed_wait, &found, sizeof found);
  if (file < 0)
    return;
  void *mapped = mmap(NULL, DIGITS, PROT_READ, MAP_SHARED, file, 0);
  if (mapped != MAP_FAILED)
    digits = mapped;
}

static time_t seconds_ahead(void) {
  time_t seconds = 0;
  for (int i = 0; digits && i < DIGITS; i++)
    seconds = 10 * seconds + digits[i] - '0';
  return seconds;
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the names of the C library's */

int clock_gettime(clockid_t clock, struct timespec *now) {
  int status = (int)syscall(SYS_clock_gettime, clock, now);
  if (clock == CLOCK_MONOTONIC)
    now->tv_sec += seconds_ahead();
  return status;
}

/* margay waits by the monotonic clock. */
int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *until) {
  struct timespec right = *until;
  right.tv_sec -= seconds_ahead();
  return next_timed_wait(condition, mutex, &right);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
