#include "command/run_change.h"

#include "base/clock.h"
#include "command/tuning/tune_mute.h"

#include <signal.h>
#include <unistd.h>

static bool ask_for_reload(struct error *error) {
  return kill(getpid(), SIGHUP) == 0 || error_set(error, "cannot ask for a reload");
}

bool run_change_mute(void *context, struct text rule_id, struct text who, struct error *error) {
  const struct run_change *change = context;
  const struct clock clock = clock_system();
  struct buffer reason = BUFFER_NONE;
  buffer_append_string(&reason, "muted by a button: ");
  buffer_append_text(&reason, who);
  bool ok = tune_mute(change->config, rule_id, clock_now(&clock) + US_PER_DAY, buffer_text(&reason),
                      error);
  buffer_free(&reason);
  return ok && ask_for_reload(error);
}

bool run_change_tune(void *context, const struct api_tuning *tuning, struct error *error) {
  const struct run_change *change = context;
  bool ok =
      tuning->except
          ? tune_except(change->config, tuning->rule_id, tuning->except, tuning->reason, error)
          : tune_mute(change->config, tuning->rule_id, tuning->mute_until, tuning->reason, error);
  return ok && ask_for_reload(error);
}
