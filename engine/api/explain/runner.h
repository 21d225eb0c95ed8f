/* One rule, run on one event after the other, to be explained. For one thread. */
#ifndef API_EXPLAIN_RUNNER_H
#define API_EXPLAIN_RUNNER_H

#include "api/explain/explain_json.h"
#include "detect/detection.h"
#include "event/event.h"
#include "store/store.h"

struct explain_runner {
  const struct detection *detection;
  const struct rule *rule;
  struct event_reader *reader;
  struct rule_vm *vm;
  struct kv *kv;
  struct questions *questions;
  struct lookup_set *lookups;
  struct problems notes; /* what optional functions did wrong */
  struct explain_past past;
};

/* What it is given must outlive it. `log_type` of all records, or empty; `unchecked`: no schema. */
void explain_start(struct explain_runner *runner, const struct detection *detection,
                   const struct rule *rule, struct text log_type, bool unchecked);
void explain_stop(struct explain_runner *runner);

/* Whether the rule depends on the events before. */
bool explain_remembers(const struct rule *rule);
bool explain_takes(const struct rule *rule, struct text log_type);

/* What the rule is to know of an earlier record, which JSON_PADDING readable bytes follow. */
void explain_learn(struct explain_runner *runner, struct text record, struct text log_type,
                   time_us parse_time);

/* The same of the archive's events before one of this time and row, as far as the rule looks back;
 * those of the same time as far as they come before it there. `is_late` ends it early when it says
 * so; NULL: nothing does. False with the reason. */
bool explain_learn_past(struct explain_runner *runner, struct store *store, time_us time,
                        struct text row_id, bool (*is_late)(const void *context),
                        const void *context, struct error *error);

/* Runs the rule on an event of the runner's reader. What it says lives in the arena. */
void explain_run(struct explain_runner *runner, const struct event *event, struct arena *arena,
                 struct rule_explanation *explanation);

#endif
