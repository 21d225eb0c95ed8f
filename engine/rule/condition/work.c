#include "rule/condition/work.h"

#include <time.h>

int64_t work_cpu_time(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static bool end(struct work *work, bool whole_pass) {
  if (whole_pass)
    work->left = -1;
  work->over = true;
  work->look_at = INT64_MAX;
  return false;
}

bool work_look(struct work *work) {
  if (work->over)
    return end(work, work->left < 0);
  if (work->left < work->floor)
    return end(work, work->left < 0);
  int64_t now = work_cpu_time();
  if (work->part_end_ns == 0)
    work->part_end_ns = now + WORK_PART_NS;
  if (work->pass_end_ns == 0)
    work->pass_end_ns = now + WORK_PASS_NS;
  if (now > work->pass_end_ns || now > work->part_end_ns)
    return end(work, now > work->pass_end_ns);
  work->look_at = work_next_look(work);
  return true;
}
