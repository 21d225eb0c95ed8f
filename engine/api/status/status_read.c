/* What the state file says, and what of it is wrong. */
#include "api/status/status.h"
#include "base/memory.h"

#include "alert/message/stored_json.h"
#include "daemon/state_lock.h"

#include <stdarg.h>
#include <stdlib.h>

/* The words of the store that stand for something wrong. */
#define STATE_FAILING "failing"
#define STATE_FAILED "failed"

static void keep(struct status *status, struct text *text) {
  *text = arena_copy(&status->arena, *text);
}

/* ---- reading ----------------------------------------------------------------------------- */

static void take_daemon(void *context, const struct store_daemon *daemon) {
  struct status *status = context;
  status->daemon = *daemon;
  keep(status, &status->daemon.version);
  keep(status, &status->daemon.destinations);
  status->state = daemon->ended_at != TIME_NONE                     ? STATUS_ENDED
                  : state_lock_is_free(status->path)                ? STATUS_DIED
                  : status->now - daemon->beat_at <= STATUS_BEAT_US ? STATUS_RUNS
                                                                    : STATUS_SILENT;
}

static void take_source(void *context, const struct store_source_health *source) {
  struct status *status = context;
  status->sources = memory_reserve(status->sources, &status->source_capacity,
                                   status->source_count + 1, sizeof *status->sources);
  struct store_source_health *kept = &status->sources[status->source_count++];
  *kept = *source;
  keep(status, &kept->source_id);
  keep(status, &kept->label);
  keep(status, &kept->kind);
  keep(status, &kept->state);
  keep(status, &kept->fault);
  keep(status, &kept->error);
}

static void take_alarm(void *context, const struct store_alarm *alarm) {
  struct status *status = context;
  status->alarms = memory_reserve(status->alarms, &status->alarm_capacity, status->alarm_count + 1,
                                  sizeof *status->alarms);
  struct store_alarm *kept = &status->alarms[status->alarm_count++];
  *kept = *alarm;
  keep(status, &kept->kind);
  keep(status, &kept->subject);
  keep(status, &kept->detail);
  keep(status, &kept->alert_id);
}

static void take_reason(void *context, const struct store_dead_letter_reason *reason) {
  struct status *status = context;
  status->reasons++;
  status->dead_letters += reason->count;
  if (reason->last_at > status->last_dead_letter)
    status->last_dead_letter = reason->last_at;
}

static void take_suppressed(void *context, const struct store_suppressed *suppressed) {
  struct status *status = context;
  status->suppressed_rules++;
  status->suppressed += suppressed->count;
}

static struct status_destination *find_destination(struct status *status, struct text id) {
  for (size_t i = 0; i < status->destination_count; i++)
    if (text_equal(status->destinations[i].backlog.destination_id, id))
      return &status->destinations[i];
  status->destinations =
      memory_reserve(status->destinations, &status->destination_capacity,
                     status->destination_count + 1, sizeof *status->destinations);
  struct status_destination *added = &status->destinations[status->destination_count++];
  *added = (struct status_destination){
      .backlog = {.destination_id = id, .oldest = TIME_NONE, .oldest_retried = TIME_NONE}};
  keep(status, &added->backlog.destination_id);
  return added;
}

/* Those that are configured come first, in their order. */
static void take_destinations(struct status *status) {
  json_t *ids = stored_json_load(status->daemon.destinations), *id;
  size_t i;
  json_array_foreach(ids, i, id) {
    const struct text text = {json_string_value(id), json_string_length(id)};
    if (text.data)
      find_destination(status, text)->configured = true;
  }
  json_decref(ids);
}

static void take_backlog(void *context, const struct store_outbox_backlog *backlog) {
  struct status *status = context;
  struct status_destination *destination = find_destination(status, backlog->destination_id);
  struct text id = destination->backlog.destination_id;
  destination->backlog = *backlog;
  destination->backlog.destination_id = id;
  keep(status, &destination->backlog.last_error);
}

/* ---- what is wrong ----------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void wrong(struct status *status, const char *format,
                                                        ...) {
  char line[1200];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  status->problems = memory_reserve(status->problems, &status->problem_capacity,
                                    status->problem_count + 1, sizeof *status->problems);
  status->problems[status->problem_count++] = arena_copy(&status->arena, text_from(line));
}

static void judge_daemon(struct status *status) {
  const struct store_daemon *daemon = &status->daemon;
  struct time_string words, time;
  switch (status->state) {
  case STATUS_NEVER:
    wrong(status, "the daemon has never run on this state file: start `margay run`");
    break;
  case STATUS_ENDED:
    wrong(status, "the daemon is not running: it was stopped %s ago, at %s",
          duration_words(status->now - daemon->ended_at, &words),
          time_format(daemon->ended_at, &time));
    break;
  case STATUS_SILENT:
    wrong(status,
          "the daemon is not running, or it hangs: its last heartbeat was %s ago, at %s; its log "
          "says why",
          duration_words(status->now - daemon->beat_at, &words),
          time_format(daemon->beat_at, &time));
    break;
  case STATUS_DIED:
    wrong(status,
          "the daemon is not running: it was killed or it crashed after its last heartbeat, %s "
          "ago, at %s; start `margay run`",
          duration_words(status->now - daemon->beat_at, &words),
          time_format(daemon->beat_at, &time));
    break;
  case STATUS_RUNS:
    if (!daemon->commits)
      wrong(status, "the last transaction failed: the daemon's log says why");
    break;
  }
  if (status->state != STATUS_NEVER && daemon->rule_mistakes > 0)
    wrong(status, "%lld file%s of rules %s left out because of mistakes: `margay check` shows them",
          (long long)daemon->rule_mistakes, daemon->rule_mistakes == 1 ? "" : "s",
          daemon->rule_mistakes == 1 ? "is" : "are");
  if (status->state == STATUS_RUNS && daemon->rules_paused > 0)
    wrong(status, "%lld rule%s paused: `margay alerts` shows why", (long long)daemon->rules_paused,
          daemon->rules_paused == 1 ? " is" : "s are");
}

/* What an alarm says needs no second line. */
static bool has_alarm(const struct status *status, struct text subject) {
  for (size_t i = 0; i < status->alarm_count; i++)
    if (text_equal(status->alarms[i].subject, subject))
      return true;
  return false;
}

static void judge_sources(struct status *status) {
  for (size_t i = 0; i < status->source_count; i++) {
    const struct store_source_health *source = &status->sources[i];
    bool fails = text_is(source->state, STATE_FAILING) || text_is(source->state, STATE_FAILED);
    if (fails && status->state == STATUS_RUNS && !has_alarm(status, source->source_id))
      wrong(status, "source '%.*s' cannot be read: %.*s", TEXT_ARGS(source->source_id),
            TEXT_ARGS(source->error));
  }
}

static void judge_destinations(struct status *status) {
  for (size_t i = 0; i < status->destination_count; i++) {
    const struct store_outbox_backlog *backlog = &status->destinations[i].backlog;
    struct time_string words;
    int64_t waits =
        backlog->oldest_retried == TIME_NONE ? 0 : status->now - backlog->oldest_retried;
    if (backlog->parked > 0)
      wrong(status, "%lld alert%s could not be delivered to '%.*s': `margay outbox` says why",
            (long long)backlog->parked, backlog->parked == 1 ? "" : "s",
            TEXT_ARGS(backlog->destination_id));
    if (waits >= STATUS_WAIT_US && !has_alarm(status, backlog->destination_id))
      wrong(status, "destination '%.*s' has not taken an alert for %s: %.*s",
            TEXT_ARGS(backlog->destination_id), duration_words(waits, &words),
            TEXT_ARGS(backlog->last_error));
  }
}

static void judge(struct status *status) {
  judge_daemon(status);
  for (size_t i = 0; i < status->alarm_count; i++)
    wrong(status, "%.*s", TEXT_ARGS(status->alarms[i].detail));
  judge_sources(status);
  judge_destinations(status);
}

/* ---- the whole --------------------------------------------------------------------------- */

bool status_read(struct store *store, const char *path, time_us now, struct status *status,
                 struct error *error) {
  *status = (struct status){
      .now = now, .path = path, .state = STATUS_NEVER, .last_dead_letter = TIME_NONE};
  bool ok = store_health_daemon(store, take_daemon, status, error) &&
            store_health_sources(store, take_source, status, error) &&
            store_alarm_list(store, take_alarm, status, error);
  if (ok)
    take_destinations(status);
  ok = ok && store_outbox_backlog(store, take_backlog, status, error) &&
       store_dead_letter_reasons(store, take_reason, status, error) &&
       store_suppressed(store, take_suppressed, status, error) &&
       store_extent(store, STORE_EVENTS, &status->events, &status->oldest_event, error) &&
       store_space(store, &status->space, error);
  status->disk_known = disk_space_read(path, &status->disk);
  if (ok)
    judge(status);
  return ok;
}

void status_free(struct status *status) {
  free(status->sources);
  free(status->destinations);
  free(status->alarms);
  free(status->problems);
  arena_free(&status->arena);
}

const char *status_daemon_word(enum status_daemon state) {
  static const char *const words[] = {[STATUS_RUNS] = "running",
                                      [STATUS_SILENT] = "silent",
                                      [STATUS_DIED] = "died",
                                      [STATUS_ENDED] = "stopped",
                                      [STATUS_NEVER] = "never ran"};
  return words[state];
}
