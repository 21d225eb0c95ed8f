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

static bool nothing(void *context, const struct alert *alert) {
  (void)context;
  (void)alert;
  return false;
}

/* Where it begins: at the alerts that --since asks for, or behind the last one. */
static bool begin(struct alerts_call *call, int64_t *after) {
  *after = 0;
  return call->options->since ||
         store_alert_follow(call->store, &call->filter, after, nothing, NULL, &call->error);
}

void alerts_follow(struct alerts_call *call) {
  int64_t after;
  bool wrote = true;
  call->ok = begin(call, &after);
  while (call->ok) {
    if (wrote) {
      bool read =
          store_alert_follow(call->store, &call->filter, &after, print_one, call, &call->error);
      call->ok = call->ok && read && fflush(call->output.out) == 0;
    }
    poll(NULL, 0, LOOK_EVERY_MS);
    call->ok = call->ok && store_others_wrote(call->store, &wrote, &call->error);
  }
}
