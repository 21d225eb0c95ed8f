/* Muting a rule, or excepting events from it, without a person at the terminal. */
#ifndef COMMAND_TUNING_TUNE_MUTE_H
#define COMMAND_TUNING_TUNE_MUTE_H

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

#include <jansson.h>

/* Writes an entry of tuning into the configuration that mutes the rule until then, as `margay tune`
 * would; nobody has read the file anew by then. One that says so already stays as it is. False with
 * the reason: the file is as it was. Any thread; of two at once one may fail. */
bool tune_mute(const char *config, struct text rule_id, time_us until, struct text reason,
               struct error *error);

/* The same for an exception: `except` is an object of fields, with modifiers as in `where`, and
 * their values (texts, numbers, true and false, or lists of them). */
bool tune_except(const char *config, struct text rule_id, const json_t *except, struct text reason,
                 struct error *error);

#endif
