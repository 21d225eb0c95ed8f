/* `margay alerts list --follow`. Whether something is new costs a look into shared memory, so it is
 * looked for often enough to seem at once. */
#include "command/alerts/alerts_internal.h"
#include "store/store_lifecycle.h"

#include <poll.h>

#define LOOK_EVERY_MS 500

static bool print_one(void *context, const struct alert *alert) {
  struct alerts_call *call = context;
  call->ok = alerts_output_line(&call->output, call->store, alert, &call->error);
  return call->ok;
}

static bool print_change(void *context, const struct alert *alert,
                         const struct alert_history *history) {
  struct alerts_call *call = context;
  call->ok = alerts_output_change(&call->output, call->store, alert, history, &call->error);
  return call->ok;
}

static bool nothing(void *context, const struct alert *alert) {
  (void)context;
  (void)alert;
  return false;
}

static bool no_change(void *context, const struct alert *alert,
                      const struct alert_history *history) {
  (void)history;
  return nothing(context, alert);
}

/* How far it has got. */
struct followed {
  int64_t alert, change; /* the numbers of the last ones */
};

/* Where it begins: at the alerts that --since asks for, or behind the last one; and behind the last
 * change. */
static bool begin(struct alerts_call *call, struct followed *followed) {
  *followed = (struct followed){.alert = 0};
  return store_alert_follow_changes(call->store, &call->filter, &followed->change, no_change, NULL,
                                    &call->error) &&
         (call->options->since || store_alert_follow(call->store, &call->filter, &followed->alert,
                                                     nothing, NULL, &call->error));
}

/* A change of state may take an alert out of what --status selects, and is shown all the same. */
static bool look(struct alerts_call *call, struct followed *followed) {
  struct alert_filter changed = call->filter;
  changed.states = 0;
  bool ok = store_alert_follow(call->store, &call->filter, &followed->alert, print_one, call,
                               &call->error) &&
            call->ok &&
            store_alert_follow_changes(call->store, &changed, &followed->change, print_change, call,
                                       &call->error);
  return ok && call->ok && fflush(call->output.out) == 0;
}

void alerts_follow(struct alerts_call *call) {
  struct followed followed;
  bool wrote = true;
  call->ok = begin(call, &followed);
  while (call->ok) {
    if (wrote)
      call->ok = look(call, &followed);
    poll(NULL, 0, LOOK_EVERY_MS);
    call->ok = call->ok && store_others_wrote(call->store, &wrote, &call->error);
  }
}
