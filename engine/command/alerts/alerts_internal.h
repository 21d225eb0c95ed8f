/* What the files of `margay alerts` share: what was asked, and its actions. Private to the room. */
#ifndef COMMAND_ALERTS_ALERTS_INTERNAL_H
#define COMMAND_ALERTS_ALERTS_INTERNAL_H

#include "command/alerts/alerts_output.h"
#include "command/terminal/options.h"

enum { NO_RESOLUTION = -1 };

struct alerts_options {
  const char *config, *state, *rule, *actor, *source, *severity, *since, *until;
  const char *assignee, *note, *by, *destination;
  struct text_list_option statuses;
  int64_t limit;
  int format, resolution, occasion;
  bool follow;
};

/* One run: an action fills `ok` and the error, which is printed. */
struct alerts_call {
  const struct command *command; /* for mistakes */
  const struct alerts_options *options;
  const struct operands *operands; /* the first one is the action */
  struct alert_filter filter;
  struct store *store;
  struct alerts_output output;
  int64_t limit, listed; /* list: at most, and so far */
  bool ok;
  struct error error;
};

/* Whether the operands and options are what the change needs; false after the mistake was reported.
 */
bool alerts_check_change(const struct alerts_call *call);
void alerts_acknowledge(void *context);
void alerts_resolve(void *context);
void alerts_reopen(void *context);
void alerts_assign(void *context);
void alerts_note(void *context);

/* Prints alerts as they open, until the process is ended or nobody reads. */
void alerts_follow(struct alerts_call *call);

#endif
