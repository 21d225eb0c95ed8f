/* `margay alerts ack`, `resolve`, `reopen`, `assign` and `note`: one change of several alerts, each
 * in a transaction of its own. What is refused for one alert is reported, and the others go on. */
#include "alert/message/alert_json.h"
#include "command/alerts/alerts_internal.h"
#include "store/store_lifecycle.h"

#include <stdlib.h>
#include <string.h>

static const char *doer(const struct alerts_options *options) {
  const char *user = options->by ? options->by : getenv("USER");
  return user && *user ? user : NULL;
}

static bool is(const struct alerts_call *call, const char *action) {
  return strcmp(call->operands->items[0], action) == 0;
}

bool alerts_check_change(const struct alerts_call *call) {
  const struct alerts_options *options = call->options;
  const char *action = call->operands->items[0];
  bool has_note = options->note && *options->note;
  if (call->operands->count < 2)
    options_wrong(call->command, "'%s' needs the ids of alerts", action);
  else if (is(call, "resolve") && options->resolution == NO_RESOLUTION)
    options_wrong(call->command,
                  "'resolve' needs --as true_positive, false_positive or benign: what it was");
  else if (!is(call, "resolve") && options->resolution != NO_RESOLUTION)
    options_wrong(call->command, "'%s' takes no --as", action);
  else if (is(call, "assign") != (options->assignee != NULL))
    options_wrong(call->command, is(call, "assign") ? "'%s' needs --to WHO" : "'%s' takes no --to",
                  action);
  else if (is(call, "note") && !has_note)
    options_wrong(call->command, "'note' needs --note TEXT");
  else if (!doer(options))
    options_wrong(call->command, "--by must say who does it, because USER is not set");
  else
    return true;
  return false;
}

/* ---- one alert ---------------------------------------------------------------------------- */

static void take_id(void *context, const struct alert *alert) {
  buffer_append_text(context, alert->id);
}

/* "3f9c21aa is acknowledged", or why it is not. */
static void print_text(struct text id, const char *done, const struct error *refused) {
  struct error_line line;
  if (!refused->set)
    printf("%.*s %s\n", TEXT_ARGS(id), done);
  else
    fprintf(stderr, "margay alerts: %.*s %s\n", TEXT_ARGS(id), error_line(refused, &line));
}

static void print_json(struct text id, const char *action, const struct error *refused) {
  json_t *object = json_object();
  json_object_set_new(object, "alert_id", json_from_text(id));
  json_object_set_new(object, "action", json_string(action));
  json_object_set_new(object, "done", json_boolean(!refused->set));
  if (refused->set)
    json_object_set_new(object, "reason", json_from_text(text_from(refused->text)));
  json_print_and_free(stdout, object);
}

static void change_one(struct alerts_call *call, struct alert_change *change, const char *given,
                       const char *done) {
  struct buffer id = BUFFER_NONE;
  struct alert_changed changed = {.done = false};
  struct error error = ERROR_NONE;
  struct error_line line;
  bool ok = store_alert_show(call->store, text_from(given), take_id, &id, &error);
  change->alert_id = buffer_text(&id);
  ok = ok && store_alert_change(call->store, change, &changed, &error);
  if (ok && !changed.known)
    error_set(&changed.reason, "is not there any more");
  if (!ok)
    fprintf(stderr, "margay alerts: %s\n", error_line(&error, &line));
  else if (call->output.json)
    print_json(change->alert_id, alert_occasion_name(change->action), &changed.reason);
  else
    print_text(change->alert_id, done, &changed.reason);
  call->ok = call->ok && changed.done;
  buffer_free(&id);
}

static void change_all(struct alerts_call *call, struct alert_change *change, const char *done) {
  change->who = text_from(doer(call->options));
  change->via = ALERT_VIA_CLI;
  change->note = text_from(call->options->note);
  call->ok = true;
  for (size_t i = 1; i < call->operands->count; i++)
    change_one(call, change, call->operands->items[i], done);
}

/* ---- the actions -------------------------------------------------------------------------- */

void alerts_acknowledge(void *context) {
  struct alert_change change = {.action = OCCASION_ACKNOWLEDGED};
  change_all(context, &change, "is acknowledged");
}

void alerts_resolve(void *context) {
  const struct alerts_call *call = context;
  struct alert_change change = {
      .action = OCCASION_RESOLVED,
      .resolution = (enum alert_resolution)(call->options->resolution + RESOLUTION_TRUE_POSITIVE)};
  change_all(context, &change, "is resolved");
}

void alerts_reopen(void *context) {
  struct alert_change change = {.action = OCCASION_REOPENED};
  change_all(context, &change, "is open");
}

void alerts_assign(void *context) {
  const struct alerts_call *call = context;
  struct alert_change change = {.action = OCCASION_ASSIGNED,
                                .assignee = text_trim(text_from(call->options->assignee))};
  change_all(context, &change, change.assignee.size > 0 ? "is assigned" : "is nobody's");
}

void alerts_note(void *context) {
  struct alert_change change = {.action = OCCASION_NOTED};
  change_all(context, &change, "has the note");
}
