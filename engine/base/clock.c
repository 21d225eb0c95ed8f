#include "base/clock.h"

#include <time.h>

#define NS_PER_SECOND INT64_C(1000000000)

static time_us read_clock(clockid_t id) {
  struct timespec now;
  clock_gettime(id, &now); /* cannot fail for the clocks used here */
  return (time_us)now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
}

static time_us system_now(void *context) {
  (void)context;
  return read_clock(CLOCK_REALTIME);
}

static time_us fixed_now(void *context) {
  return *(const time_us *)context;
}

struct clock clock_system(void) {
  return (struct clock){.now = system_now};
}

struct clock clock_fixed(const time_us *at) {
  return (struct clock){.now = fixed_now, .context = (void *)(uintptr_t)at};
}

time_us clock_monotonic(void) {
  return read_clock(CLOCK_MONOTONIC);
}

time_us clock_since_boot(void) {
  return read_clock(CLOCK_BOOTTIME);
}

int64_t clock_cpu_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

int64_t clock_cpu_about_ns(void) {
  static _Thread_local struct {
    struct timespec tick;
    int64_t cpu_ns; /* asked in that tick; 0 = not yet */
  } last;
  struct timespec tick;
  if (clock_gettime(CLOCK_MONOTONIC_COARSE, &tick) != 0)
    return clock_cpu_ns();
  if (last.cpu_ns == 0 || tick.tv_nsec != last.tick.tv_nsec || tick.tv_sec != last.tick.tv_sec) {
    last.tick = tick;
    last.cpu_ns = clock_cpu_ns();
  }
  return last.cpu_ns;
}
