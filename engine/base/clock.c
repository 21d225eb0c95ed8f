#include "base/clock.h"

#include <time.h>

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
