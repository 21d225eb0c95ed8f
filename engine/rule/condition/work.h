/*
 * The work that one event may cause, counted in steps and bounded by CPU time.
 *
 * A pass (all conditions of one event, or one search) has so many steps; a part of it (one rule's
 * conditions) has a share of them. Steps make the end the same on every machine; the thread's CPU
 * time, looked at now and then, is the last resort against work that steps do not see well.
 *
 *   work_start(&work);
 *   for each rule:
 *     work_begin_part(&work);
 *     … if (!work_take(&work, bytes / WORK_BYTES_PER_STEP)) give up …
 *
 * For one thread.
 */
#ifndef RULE_CONDITION_WORK_H
#define RULE_CONDITION_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A step is some nanoseconds: a callback, or so many bytes that a loop passes over. */
#define WORK_BYTES_PER_STEP 16u
#define WORK_PART_STEPS (INT64_C(1) << 25)
#define WORK_PASS_STEPS (INT64_C(1) << 27)
#define WORK_PART_NS INT64_C(250000000)
#define WORK_PASS_NS INT64_C(1000000000)
/* The clock is looked at after so many steps: some hundred microseconds. */
#define WORK_STEPS_A_LOOK (INT64_C(1) << 16)

struct work {
  int64_t left;                     /* steps of the pass; -1 = used up */
  int64_t look_at;                  /* below this there is something to decide */
  int64_t floor;                    /* below this the part has used its share */
  int64_t pass_end_ns, part_end_ns; /* CPU time of the thread; 0 = the clock was not asked yet */
  int64_t begun_at;                 /* steps that were left when the part began */
  bool over;                        /* the part is used up: nothing more can be taken */
};

static inline void work_start(struct work *work) {
  *work = (struct work){.left = WORK_PASS_STEPS,
                        .look_at = WORK_PASS_STEPS - WORK_STEPS_A_LOOK,
                        .floor = WORK_PASS_STEPS - WORK_PART_STEPS,
                        .begun_at = WORK_PASS_STEPS};
}

/* Where to look again: at the latest where the part's share ends. */
static inline int64_t work_next_look(const struct work *work) {
  int64_t next = work->left - WORK_STEPS_A_LOOK;
  return next > work->floor ? next : work->floor;
}

/* The next part; what the parts before it took stays taken. */
static inline void work_begin_part(struct work *work) {
  if (__builtin_expect(work->left == work->begun_at, 1))
    return; /* the part before took nothing */
  work->begun_at = work->left;
  work->floor = work->left > WORK_PART_STEPS ? work->left - WORK_PART_STEPS : 0;
  work->look_at = work_next_look(work);
  work->part_end_ns = 0;
  work->over = false;
}

/* Decides what work_take leaves open: whether the part, or the pass, is used up. */
bool work_look(struct work *work);

/* Takes steps. False: there are none left, and there will be none until the next part. */
static inline bool work_take(struct work *work, size_t steps) {
  work->left -= steps < INT64_MAX / 2 ? (int64_t)steps : INT64_MAX / 2;
  return work->left >= work->look_at || work_look(work);
}

#endif
