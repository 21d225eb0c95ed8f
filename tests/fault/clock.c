/*
 * A library to preload (LD_PRELOAD) that lets time pass for `margay run`: MARGAY_CLOCK is a file of
 * 8 digits, and the monotonic clock is so many seconds ahead. The digits are overwritten in place
 * while the process runs (pass_time in fault.bash).
 *
 * What waits for less time than that goes on waiting: the system's own clock is right.
 *
 * Any thread may call.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { DIGITS = 8 };

typedef int get_time(clockid_t clock, struct timespec *now);
typedef int wait_for(pthread_cond_t *condition, pthread_mutex_t *mutex,
                     const struct timespec *until);

static get_time *next_get_time;
static wait_for *next_wait_for;
static const volatile char *digits;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* The function behind ours. Without a version the oldest one may be found, and that of
 * pthread_cond_timedwait knows another pthread_cond_t. */
static void find_next(const char *name, void *function) {
  void *found = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
  if (!found)
    found = dlsym(RTLD_NEXT, name);
  memcpy(function, &found, sizeof found);
}

static void start(void) {
  const char *path = getenv("MARGAY_CLOCK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  find_next("clock_gettime", &next_get_time);
  find_next("pthread_cond_timedwait", &next_wait_for);
  if (file < 0)
    return;
  void *mapped = mmap(NULL, DIGITS, PROT_READ, MAP_SHARED, file, 0);
  if (mapped != MAP_FAILED)
    digits = mapped;
}

static time_t seconds_ahead(void) {
  time_t seconds = 0;
  pthread_once(&once, start);
  for (int i = 0; digits && i < DIGITS; i++)
    seconds = 10 * seconds + digits[i] - '0';
  return seconds;
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the names of the C library's */

int clock_gettime(clockid_t clock, struct timespec *now) {
  time_t ahead = seconds_ahead();
  int status = next_get_time(clock, now);
  if (clock == CLOCK_MONOTONIC)
    now->tv_sec += ahead;
  return status;
}

/* margay waits by the monotonic clock. */
int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *until) {
  struct timespec right = *until;
  right.tv_sec -= seconds_ahead();
  return next_wait_for(condition, mutex, &right);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
