#include "daemon/health/alarm_kind.h"

#include <inttypes.h>

/* After a start, and after a source begins anew, silence is no news for this long. */
#define QUIET_GRACE_US (10 * US_PER_MINUTE)
/* How long an alarm about the clock waits for somebody to compare it with. */
#define COMPARE_WAIT_US US_PER_HOUR

/* ---- words ------------------------------------------------------------------------------- */

static void name_source(const struct source *source, struct buffer *out) {
  struct text name = source->label.size > 0 ? source->label : source->id;
  buffer_printf(out, "source '%.*s' ", TEXT_ARGS(name));
}

static void append_bytes(struct buffer *out, int64_t size) {
  static const int64_t mib = INT64_C(1) << 20, gib = INT64_C(1) << 30;
  if (size >= 10 * gib)
    buffer_printf(out, "%" PRId64 " GiB", size / gib);
  else
    buffer_printf(out, "%" PRId64 " MiB", size / mib);
}

static enum alarm_verdict on(struct buffer *detail, const struct source *source, const char *what,
                             struct text part, struct text error) {
  name_source(source, detail);
  buffer_printf(detail, "%s: %.*s%s%.*s", what, TEXT_ARGS(part), part.size ? ": " : "",
                TEXT_ARGS(error));
  return ALARM_ON;
}

/* On from `most` on, and clear below half of it. */
static enum alarm_verdict judge_count(int64_t count, int64_t most) {
  if (most == 0)
    return ALARM_CLEAR;
  return count >= most ? ALARM_ON : count >= (most + 1) / 2 ? ALARM_HOLD : ALARM_CLEAR;
}

/* ---- sources ----------------------------------------------------------------------------- */

static bool fails_somehow(const struct health_view *view) {
  for (size_t i = 0; i < SOURCE_FAULT_COUNT; i++)
    if (view->faults[i].fails)
      return true;
  return false;
}

/* A source that fails has an alarm for that. */
static enum alarm_verdict look_quiet(const struct alarm_scene *scene,
                                     const struct alarm_subject *subject, struct buffer *detail) {
  const struct health_view *view = subject->view;
  int64_t most = subject->source->quiet_after;
  struct time_string words, since;
  if (most == 0 || (view && text_is(view->saved.state, "ended")))
    return ALARM_CLEAR;
  if (!view || view->begun_at == TIME_NONE)
    return ALARM_HOLD;
  time_us last = view->saved.last_event_at;
  bool never = last == TIME_NONE || last < view->saved.known_since;
  if (never)
    last = view->saved.known_since;
  int64_t quiet = scene->now - last, grace = most < QUIET_GRACE_US ? most : QUIET_GRACE_US;
  if (quiet < most)
    return ALARM_CLEAR;
  if (fails_somehow(view) || view->stopped.size > 0 || scene->now - view->begun_at < grace)
    return ALARM_HOLD;
  name_source(subject->source, detail);
  buffer_printf(detail, "is quiet: nothing has come for %s, since %s",
                duration_words(quiet, &words),
                never ? "it was configured" : time_format(last - last % US_PER_SECOND, &since));
  return ALARM_ON;
}

/* A fault of one kind. While something else is in the way, nobody knows whether it is over. */
static enum alarm_verdict look_fault(const struct alarm_subject *subject, enum source_fault fault,
                                     const char *what, struct buffer *detail) {
  const struct health_view *view = subject->view;
  if (!view || !view->reports)
    return ALARM_HOLD;
  if (view->faults[fault].fails)
    return on(detail, subject->source, what, view->faults[fault].part, view->faults[fault].error);
  return fails_somehow(view) ? ALARM_HOLD : ALARM_CLEAR;
}

static enum alarm_verdict look_credentials(const struct alarm_scene *scene,
                                           const struct alarm_subject *subject,
                                           struct buffer *detail) {
  (void)scene;
  return look_fault(subject, SOURCE_FAULT_CREDENTIALS, "is refused its credentials", detail);
}

static enum alarm_verdict look_scope(const struct alarm_scene *scene,
                                     const struct alarm_subject *subject, struct buffer *detail) {
  (void)scene;
  return look_fault(subject, SOURCE_FAULT_SCOPE, "may not read all that it should", detail);
}

static enum alarm_verdict look_failing(const struct alarm_scene *scene,
                                       const struct alarm_subject *subject, struct buffer *detail) {
  const struct health_view *view = subject->view;
  int64_t most = scene->limits->source_failing;
  if (most == 0)
    return ALARM_CLEAR;
  if (view && view->stopped.size > 0)
    return on(detail, subject->source, "has stopped", TEXT(""), view->stopped);
  if (!view || !view->reports)
    return ALARM_HOLD;
  if (!view->faults[SOURCE_FAULT_OTHER].fails)
    return ALARM_CLEAR;
  if (scene->now - view->faults[SOURCE_FAULT_OTHER].since < most)
    return ALARM_HOLD;
  return on(detail, subject->source, "cannot be read", view->faults[SOURCE_FAULT_OTHER].part,
            view->faults[SOURCE_FAULT_OTHER].error);
}

static enum alarm_verdict look_signatures(const struct alarm_scene *scene,
                                          const struct alarm_subject *subject,
                                          struct buffer *detail) {
  int64_t count = subject->view ? subject->view->rejects : 0;
  enum alarm_verdict verdict = judge_count(count, scene->limits->bad_signatures);
  if (verdict != ALARM_ON)
    return verdict;
  name_source(subject->source, detail);
  buffer_printf(detail, "gets requests with wrong signatures: %" PRId64 " within 15 minutes",
                count);
  return verdict;
}

static enum alarm_verdict look_dead_letters(const struct alarm_scene *scene,
                                            const struct alarm_subject *subject,
                                            struct buffer *detail) {
  int64_t count = subject->view ? subject->view->dead_letters : 0;
  enum alarm_verdict verdict = judge_count(count, scene->limits->dead_letters);
  if (verdict != ALARM_ON)
    return verdict;
  name_source(subject->source, detail);
  buffer_printf(detail, "brings records that are refused: %" PRId64 " within 15 minutes", count);
  return verdict;
}

/* ---- destinations ------------------------------------------------------------------------ */

static enum alarm_verdict look_destination(const struct alarm_scene *scene,
                                           const struct alarm_subject *subject,
                                           struct buffer *detail) {
  const struct store_outbox_backlog *backlog = subject->backlog;
  int64_t most = scene->limits->delivery_wait;
  struct time_string words;
  if (most == 0 || (subject->backlog_known && (!backlog || backlog->retried == 0)))
    return ALARM_CLEAR;
  if (!subject->backlog_known || backlog->oldest_retried == TIME_NONE ||
      scene->now - backlog->oldest_retried < most)
    return ALARM_HOLD;
  buffer_printf(
      detail, "destination '%.*s' has not taken an alert for %s: %.*s", TEXT_ARGS(subject->id),
      duration_words(scene->now - backlog->oldest_retried, &words), TEXT_ARGS(backlog->last_error));
  return ALARM_ON;
}

static enum alarm_verdict look_parked(const struct alarm_scene *scene,
                                      const struct alarm_subject *subject, struct buffer *detail) {
  const struct store_outbox_backlog *backlog = subject->backlog;
  if (scene->limits->delivery_wait == 0 ||
      (subject->backlog_known && (!backlog || backlog->parked == 0)))
    return ALARM_CLEAR;
  if (!subject->backlog_known)
    return ALARM_HOLD;
  buffer_printf(detail,
                "destination '%.*s' refuses alerts for good, and %" PRId64 " %s parked: %.*s",
                TEXT_ARGS(subject->id), backlog->parked, backlog->parked == 1 ? "is" : "are",
                TEXT_ARGS(backlog->last_error));
  return ALARM_ON;
}

/* ---- the machine ------------------------------------------------------------------------- */

static enum alarm_verdict look_disk(const struct alarm_scene *scene,
                                    const struct alarm_subject *subject, struct buffer *detail) {
  int64_t least = scene->limits->disk_free, free_bytes = scene->disk.free_bytes;
  (void)subject;
  if (least == 0)
    return ALARM_CLEAR;
  if (!scene->disk_known)
    return ALARM_HOLD;
  if (free_bytes >= least)
    return free_bytes - least >= least / 4 ? ALARM_CLEAR : ALARM_HOLD;
  buffer_append_string(detail, "the disk of the state file is nearly full: ");
  append_bytes(detail, free_bytes);
  buffer_append_string(detail, " are free of ");
  append_bytes(detail, scene->disk.total_bytes);
  return ALARM_ON;
}

static enum alarm_verdict look_clock(const struct alarm_scene *scene,
                                     const struct alarm_subject *subject, struct buffer *detail) {
  int64_t most = scene->limits->clock_skew, ahead = scene->ahead_us,
          off = ahead < 0 ? -ahead : ahead;
  int64_t jump = scene->jump_us;
  struct time_string words;
  (void)subject;
  if (most == 0)
    return ALARM_CLEAR;
  if (scene->compared && off >= most) {
    buffer_printf(detail, "the clock is %s %s what sources say", duration_words(off, &words),
                  ahead > 0 ? "ahead of" : "behind");
    return ALARM_ON;
  }
  if (jump != 0) {
    buffer_printf(detail, "the clock jumped %s by %s", jump > 0 ? "forward" : "back",
                  duration_words(jump > 0 ? jump : -jump, &words));
    return ALARM_ON;
  }
  if (scene->compared ? off >= most / 2 : scene->running_us < COMPARE_WAIT_US)
    return ALARM_HOLD;
  return ALARM_CLEAR;
}

/* ---- the table --------------------------------------------------------------------------- */

const struct alarm_kind alarm_kinds[] = {
    {.name = "source_quiet",
     .scope = ALARM_OF_SOURCE,
     .display_name = "A source is quiet",
     .look = look_quiet,
     .description = "Nothing came from the source for longer than its `quiet_after`. The source is "
                    "read, but what is behind it may have stopped.",
     .runbook = "Look at what the source reads: is the report empty, is the file still written, "
                "does Zoom still send? If it may be quiet for so long, raise its `quiet_after`."},
    {.name = "source_credentials",
     .scope = ALARM_OF_SOURCE,
     .display_name = "A source's credentials are refused",
     .look = look_credentials,
     .description = "Nothing is read from the source until its credentials are taken again.",
     .runbook = "Check the source's credentials and that the app is active, then reload. `margay "
                "check --online` tries them."},
    {.name = "source_scope",
     .scope = ALARM_OF_SOURCE,
     .display_name = "A source lacks a scope",
     .look = look_scope,
     .description = "A part of the source is not read, because the app may not read it.",
     .runbook = "Add the scope that the message names to the app, and activate it again. `margay "
                "check --online` tries it."},
    {.name = "source_failing",
     .scope = ALARM_OF_SOURCE,
     .display_name = "A source cannot be read",
     .look = look_failing,
     .description = "The source has failed for longer than `health.source_failing`, or has stopped "
                    "for good. Nothing is lost that is still there when it is read again.",
     .runbook = "`margay status` shows the error, the log every attempt. A source that has stopped "
                "starts again after a restart."},
    {.name = "source_signatures",
     .scope = ALARM_OF_SOURCE,
     .display_name = "Webhooks have wrong signatures",
     .end_after_us = 15 * US_PER_MINUTE,
     .look = look_signatures,
     .description = "Requests are refused because their signature is wrong. Either the secret "
                    "token is not that of the app, and real events are lost, or somebody sends "
                    "forged ones.",
     .runbook = "Compare the source's secret token with that of the app. If they are the same, the "
                "requests are forged: see in the log of the proxy where they come from."},
    {.name = "source_dead_letters",
     .scope = ALARM_OF_SOURCE,
     .display_name = "Many records are refused",
     .end_after_us = US_PER_HOUR,
     .look = look_dead_letters,
     .description = "No rule sees records that are refused. They are kept as dead letters.",
     .runbook = "`margay deadletters` says why. Fix the schema or what sends them, then `margay "
                "deadletters retry`."},
    {.name = "destination_failing",
     .scope = ALARM_OF_DESTINATION,
     .display_name = "A destination does not take alerts",
     .look = look_destination,
     .description = "Its alerts wait, and are tried again.",
     .runbook = "The error says what the destination answers. `margay outbox --state-filter "
                "pending` shows what waits."},
    {.name = "destination_parked",
     .scope = ALARM_OF_DESTINATION,
     .display_name = "A destination refuses alerts",
     .look = look_parked,
     .description = "Alerts for it were parked, because trying again cannot help. Nobody got them "
                    "there.",
     .runbook =
         "`margay outbox` says why. Fix it, then `margay outbox retry --all`; or drop them with "
         "`margay outbox drop`."},
    {.name = "disk_full",
     .scope = ALARM_OF_MACHINE,
     .display_name = "The disk is nearly full",
     .end_after_us = US_PER_MINUTE,
     .look = look_disk,
     .description = "When it is full, nothing more can be committed: records wait at their source, "
                    "and no alert is opened.",
     .runbook = "Free space on the file system of the state file, or shorten `state.retention`."},
    {.name = "clock_wrong",
     .scope = ALARM_OF_MACHINE,
     .display_name = "The clock is wrong",
     .look = look_clock,
     .description = "With a wrong clock signatures are refused, windows are read at the wrong "
                    "time, and alerts have wrong times.",
     .runbook = "Check that the machine's clock is synchronised (`timedatectl`)."},
};
const size_t alarm_kind_count = sizeof alarm_kinds / sizeof *alarm_kinds;

const struct alarm_kind *alarm_kind_find(struct text name) {
  for (size_t i = 0; i < alarm_kind_count; i++)
    if (text_is(name, alarm_kinds[i].name))
      return &alarm_kinds[i];
  return NULL;
}
