#include "rule/condition/work.h"

#include "base/clock.h"

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
  int64_t now = clock_cpu_about_ns();
  if (work->part_end_ns == 0)
    work->part_end_ns = now + WORK_PART_NS;
  if (work->pass_end_ns == 0)
    work->pass_end_ns = now + WORK_PASS_NS;
  if (now > work->pass_end_ns || now > work->part_end_ns)
    return end(work, now > work->pass_end_ns);
  work->look_at = work_next_look(work);
  return true;
}
