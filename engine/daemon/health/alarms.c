#include "daemon/health/alarms.h"

#include "alert/alert_change.h"
#include "base/digest.h"
#include "base/memory.h"

#include <stdlib.h>

/* How often the outbox is looked at: its alarms are about quarters of an hour. */
#define BACKLOG_EVERY_US US_PER_MINUTE
#define ALARM_ALERT_ID_SIZE 32 /* as alert.h says */

/* One kind and subject, while it is on, has begun, or ended lately. Steady times; TIME_NONE: not
 * so. */
struct alarm {
  const struct alarm_kind *kind;
  char *subject;
  bool open;
  time_us since; /* by the clock */
  char *detail;
  bool reworded;     /* the store has another detail, */
  time_us stored_at; /* and got it at that time; steady */
  char alert_id[ALARM_ALERT_ID_SIZE + 1];
  time_us on_since, clear_since, ended_at;
  bool seen;                                     /* in this look: its subject is configured */
  enum { STAYS, REWORDED, BEGINS, ENDS } change; /* in this look */
  struct text label;                             /* of its source, while it changes */
};

struct seen_source {
  struct text id;
  struct health_view view;
};

struct alarms {
  struct alarms_options options;
  struct alarms_setup setup;
  struct alarm *alarms; /* a few */
  size_t count, capacity;

  time_us first_look, last_now, last_steady; /* last_steady TIME_NONE: there was none */
  int64_t jump_us;
  time_us jumped_at; /* steady; TIME_NONE: it did not */

  struct arena arena; /* texts of the sources of this look */
  struct seen_source *sources;
  size_t source_count, source_capacity;
  struct arena backlog_arena;
  struct store_outbox_backlog *backlogs;
  size_t backlog_count, backlog_capacity;
  time_us backlog_next; /* steady */
  bool backlog_known;
  struct buffer detail;
};

/* ---- the life ---------------------------------------------------------------------------- */

static struct alarm *add(struct alarms *alarms, const struct alarm_kind *kind,
                         struct text subject) {
  alarms->alarms =
      memory_reserve(alarms->alarms, &alarms->capacity, alarms->count + 1, sizeof *alarms->alarms);
  struct alarm *alarm = &alarms->alarms[alarms->count++];
  *alarm = (struct alarm){.kind = kind,
                          .subject = memory_copy_bytes(subject.data, subject.size),
                          .on_since = TIME_NONE,
                          .clear_since = TIME_NONE,
                          .ended_at = TIME_NONE,
                          .stored_at = TIME_NONE};
  return alarm;
}

static void load_alarm(void *context, const struct store_alarm *saved) {
  const struct alarm_kind *kind = alarm_kind_find(saved->kind);
  if (!kind)
    return;
  struct alarm *alarm = add(context, kind, saved->subject);
  alarm->open = true;
  alarm->since = saved->since;
  alarm->detail = memory_copy_bytes(saved->detail.data, saved->detail.size);
  text_printable(saved->alert_id, alarm->alert_id, sizeof alarm->alert_id);
}

struct alarms *alarms_new(const struct alarms_options *options, struct error *error) {
  struct alarms *alarms = memory_alloc(sizeof *alarms);
  alarms->options = *options;
  alarms->detail = BUFFER_NONE;
  alarms->last_steady = alarms->jumped_at = TIME_NONE;
  if (store_alarm_list(options->store, load_alarm, alarms, error))
    return alarms;
  alarms_free(alarms);
  return NULL;
}

static void remove_at(struct alarms *alarms, size_t i) {
  free(alarms->alarms[i].subject);
  free(alarms->alarms[i].detail);
  alarms->alarms[i] = alarms->alarms[--alarms->count];
}

void alarms_free(struct alarms *alarms) {
  if (!alarms)
    return;
  while (alarms->count > 0)
    remove_at(alarms, alarms->count - 1);
  free(alarms->alarms);
  free(alarms->sources);
  free(alarms->backlogs);
  arena_free(&alarms->arena);
  arena_free(&alarms->backlog_arena);
  buffer_free(&alarms->detail);
  free(alarms);
}

void alarms_use(struct alarms *alarms, const struct alarms_setup *setup) {
  alarms->setup = *setup;
}

size_t alarms_count(const struct alarms *alarms, const struct alarm_kind *kind) {
  size_t count = 0;
  for (size_t i = 0; i < alarms->count; i++)
    count += alarms->alarms[i].open && alarms->alarms[i].kind == kind;
  return count;
}

/* ---- what there is to see ---------------------------------------------------------------- */

static void see_source(void *context, const struct health_view *view) {
  struct alarms *alarms = context;
  alarms->sources = memory_reserve(alarms->sources, &alarms->source_capacity,
                                   alarms->source_count + 1, sizeof *alarms->sources);
  struct seen_source *seen = &alarms->sources[alarms->source_count++];
  *seen = (struct seen_source){arena_copy(&alarms->arena, view->saved.source_id), *view};
  seen->view.saved.state = arena_copy(&alarms->arena, view->saved.state);
  seen->view.stopped = arena_copy(&alarms->arena, view->stopped);
  for (size_t i = 0; i < SOURCE_FAULT_COUNT; i++) {
    seen->view.faults[i].part = arena_copy(&alarms->arena, view->faults[i].part);
    seen->view.faults[i].error = arena_copy(&alarms->arena, view->faults[i].error);
  }
}

static void see_backlog(void *context, const struct store_outbox_backlog *backlog) {
  struct alarms *alarms = context;
  alarms->backlogs = memory_reserve(alarms->backlogs, &alarms->backlog_capacity,
                                    alarms->backlog_count + 1, sizeof *alarms->backlogs);
  struct store_outbox_backlog *seen = &alarms->backlogs[alarms->backlog_count++];
  *seen = *backlog;
  seen->destination_id = arena_copy(&alarms->backlog_arena, backlog->destination_id);
  seen->last_error = arena_copy(&alarms->backlog_arena, backlog->last_error);
}

static bool see_backlogs(struct alarms *alarms, time_us steady, struct error *error) {
  if (alarms->setup.limits.delivery_wait == 0 ||
      (alarms->backlog_known && steady < alarms->backlog_next))
    return true;
  alarms->backlog_count = 0;
  arena_reset(&alarms->backlog_arena);
  alarms->backlog_known = store_outbox_backlog(alarms->options.store, see_backlog, alarms, error);
  alarms->backlog_next = steady + BACKLOG_EVERY_US;
  return alarms->backlog_known;
}

static void see_jump(struct alarms *alarms, const struct alarms_moment *moment) {
  int64_t most = alarms->setup.limits.clock_skew;
  bool first = alarms->last_steady == TIME_NONE;
  int64_t jump =
      first ? 0 : moment->now - alarms->last_now - (moment->steady - alarms->last_steady);
  if (first)
    alarms->first_look = moment->steady;
  alarms->last_now = moment->now;
  alarms->last_steady = moment->steady;
  if (most == 0 || (jump < most && jump > -most))
    return;
  alarms->jump_us = jump;
  alarms->jumped_at = moment->steady;
}

static struct alarm_scene scene_of(const struct alarms *alarms,
                                   const struct alarms_moment *moment) {
  struct alarm_scene scene = {.limits = &alarms->setup.limits,
                              .now = moment->now,
                              .running_us = moment->steady - alarms->first_look,
                              .disk_known = moment->disk_known,
                              .disk = moment->disk};
  for (size_t i = 0; i < alarms->source_count; i++) {
    const struct health_view *view = &alarms->sources[i].view;
    if (view->compared && (!scene.compared || llabs(view->ahead_us) < llabs(scene.ahead_us)))
      scene.ahead_us = view->ahead_us;
    scene.compared = scene.compared || view->compared;
  }
  if (alarms->jumped_at != TIME_NONE && moment->steady - alarms->jumped_at < ALARM_JUMP_US)
    scene.jump_us = alarms->jump_us;
  return scene;
}

/* ---- one subject ------------------------------------------------------------------------- */

static struct alarm *find(struct alarms *alarms, const struct alarm_kind *kind,
                          struct text subject) {
  for (size_t i = 0; i < alarms->count; i++)
    if (alarms->alarms[i].kind == kind && text_is(subject, alarms->alarms[i].subject))
      return &alarms->alarms[i];
  return NULL;
}

static void go_on(struct alarm *alarm, time_us steady) {
  bool again = alarm->ended_at != TIME_NONE && steady - alarm->ended_at < ALARM_LATELY_US;
  alarm->clear_since = TIME_NONE;
  if (alarm->on_since == TIME_NONE)
    alarm->on_since = steady;
  if (!alarm->open && (!again || steady - alarm->on_since >= ALARM_AGAIN_US))
    alarm->change = BEGINS;
}

static void clear(struct alarm *alarm, time_us steady) {
  alarm->on_since = TIME_NONE;
  if (alarm->clear_since == TIME_NONE)
    alarm->clear_since = steady;
  if (alarm->open && steady - alarm->clear_since >= alarm->kind->end_after_us)
    alarm->change = ENDS;
}

/* Of one that is on, and begins or has begun. */
static void take_detail(struct alarm *alarm, struct text detail, time_us steady) {
  bool same = alarm->detail && text_is(detail, alarm->detail);
  bool lately = alarm->stored_at != TIME_NONE && steady - alarm->stored_at < ALARM_REWORD_US;
  if (!same) {
    free(alarm->detail);
    alarm->detail = memory_copy_bytes(detail.data, detail.size);
    alarm->reworded = true;
  }
  if (alarm->change == STAYS && alarm->reworded && !lately)
    alarm->change = REWORDED;
}

static void look_at(struct alarms *alarms, const struct alarm_kind *kind,
                    const struct alarm_scene *scene, const struct alarm_subject *subject) {
  time_us steady = alarms->last_steady;
  buffer_reset(&alarms->detail);
  enum alarm_verdict verdict = kind->look(scene, subject, &alarms->detail);
  struct alarm *alarm = find(alarms, kind, subject->id);
  if (!alarm && verdict != ALARM_ON)
    return;
  if (!alarm)
    alarm = add(alarms, kind, subject->id);
  alarm->seen = true;
  alarm->label = subject->source ? subject->source->label : TEXT("");
  if (verdict == ALARM_ON)
    go_on(alarm, steady);
  else if (verdict == ALARM_CLEAR)
    clear(alarm, steady);
  else
    alarm->clear_since = TIME_NONE;
  if (verdict == ALARM_ON && (alarm->open || alarm->change == BEGINS))
    take_detail(alarm, buffer_text(&alarms->detail), steady);
}

static void look_at_source(struct alarms *alarms, const struct alarm_kind *kind,
                           const struct alarm_scene *scene, const struct source *source) {
  struct alarm_subject subject = {.id = source->id, .source = source};
  for (size_t i = 0; i < alarms->source_count; i++)
    if (text_equal(alarms->sources[i].id, source->id))
      subject.view = &alarms->sources[i].view;
  look_at(alarms, kind, scene, &subject);
}

static void look_at_destination(struct alarms *alarms, const struct alarm_kind *kind,
                                const struct alarm_scene *scene,
                                const struct destination *destination) {
  struct alarm_subject subject = {
      .id = destination->id, .destination = destination, .backlog_known = alarms->backlog_known};
  for (size_t i = 0; i < alarms->backlog_count; i++)
    if (text_equal(alarms->backlogs[i].destination_id, destination->id))
      subject.backlog = &alarms->backlogs[i];
  look_at(alarms, kind, scene, &subject);
}

static void look_at_all(struct alarms *alarms, const struct alarm_kind *kind,
                        const struct alarm_scene *scene) {
  const struct alarms_setup *setup = &alarms->setup;
  const struct alarm_subject machine = {.id = TEXT("")};
  switch (kind->scope) {
  case ALARM_OF_SOURCE:
    for (size_t i = 0; i < setup->source_count; i++)
      look_at_source(alarms, kind, scene, &setup->sources[i]);
    break;
  case ALARM_OF_DESTINATION:
    for (size_t i = 0; i < setup->destination_count; i++)
      look_at_destination(alarms, kind, scene, &setup->destinations[i]);
    break;
  default:
    look_at(alarms, kind, scene, &machine);
  }
}

/* ---- what changes ------------------------------------------------------------------------ */

struct change {
  struct alarms *alarms;
  time_us now;
};

/* The same for the alarm however often it is written. */
static void make_alert_id(const struct alarm *alarm, time_us since,
                          char id[ALARM_ALERT_ID_SIZE + 1]) {
  struct buffer name = BUFFER_NONE;
  uint8_t digest[DIGEST_SIZE];
  buffer_printf(&name, "margay.%s%c%s%c%lld", alarm->kind->name, '\0', alarm->subject, '\0',
                (long long)since);
  digest_sha256(buffer_text(&name), digest);
  hex_encode(digest, ALARM_ALERT_ID_SIZE / 2, id);
  buffer_free(&name);
}

static void write_context(const struct alarm *alarm, time_us since, struct buffer *out) {
  struct time_string time;
  buffer_printf(out, "{\"alarm\":\"%s\",\"subject\":", alarm->kind->name);
  buffer_append_json_string(out, text_from(alarm->subject));
  buffer_printf(out, ",\"began_at\":\"%s\"}", time_format(since, &time));
}

static void write_title(const struct alarm *alarm, struct buffer *out) {
  buffer_append_string(out, alarm->detail);
  if (out->data[0] >= 'a' && out->data[0] <= 'z')
    out->data[0] -= 'a' - 'A';
}

static bool open_alert(struct committer *committer, const struct alarm *alarm, time_us now,
                       const char *id, struct error *error) {
  bool of_source = alarm->kind->scope == ALARM_OF_SOURCE;
  struct buffer title = BUFFER_NONE, context = BUFFER_NONE, rule_id = BUFFER_NONE;
  write_title(alarm, &title);
  write_context(alarm, now, &context);
  buffer_printf(&rule_id, "margay.%s", alarm->kind->name);
  const struct alert alert = {
      .id = text_from(id),
      .type = ALERT_SYSTEM,
      .severity = ALERT_HEALTH_SEVERITY,
      .rule_id = buffer_text(&rule_id),
      .display_name = text_from(alarm->kind->display_name),
      .source_id = of_source ? text_from(alarm->subject) : TEXT(""),
      .source_label = of_source ? alarm->label : TEXT(""),
      .dedup = text_from(alarm->subject),
      .title = buffer_text(&title),
      .description = text_from(alarm->kind->description),
      .runbook = text_from(alarm->kind->runbook),
      .tags = TEXT("[]"),
      .reports = TEXT("{}"),
      .context = buffer_text(&context),
      .event = TEXT("{}"),
      .created_at = now,
      .first_event_time = now,
      .last_event_time = now,
  };
  struct text about =
      alarm->kind->scope == ALARM_OF_DESTINATION ? text_from(alarm->subject) : TEXT("");
  bool ok = committer_open_alert(committer, &alert, about, error);
  buffer_free(&title);
  buffer_free(&context);
  buffer_free(&rule_id);
  return ok;
}

/* Who resolved it before knows. */
static bool resolve_alert(struct committer *committer, const struct alarm *alarm, time_us now,
                          struct error *error) {
  struct buffer note = BUFFER_NONE;
  struct time_string words;
  buffer_printf(&note, "ended after %s: %s", duration_words(now - alarm->since, &words),
                alarm->detail);
  bool ok = committer_resolve_alert(committer, text_from(alarm->alert_id),
                                    text_cut(buffer_text(&note), ALERT_NOTE_MAX), error);
  buffer_free(&note);
  return ok;
}

static bool write_change(struct committer *committer, struct alarms *alarms, struct alarm *alarm,
                         time_us now, struct error *error) {
  struct store *store = alarms->options.store;
  struct text kind = text_from(alarm->kind->name), subject = text_from(alarm->subject),
              detail = text_from(alarm->detail);
  if (alarm->change == REWORDED)
    return store_alarm_reword(store, kind, subject, detail, error);
  if (alarm->change == ENDS)
    return store_alarm_end(store, kind, subject, error) &&
           resolve_alert(committer, alarm, now, error);
  make_alert_id(alarm, now, alarm->alert_id);
  const struct store_alarm row = {kind, subject, detail, now, text_from(alarm->alert_id)};
  return store_alarm_begin(store, &row, error) &&
         open_alert(committer, alarm, now, alarm->alert_id, error);
}

static bool write_changes(struct committer *committer, const void *context, struct error *error) {
  const struct change *change = context;
  struct alarms *alarms = change->alarms;
  for (size_t i = 0; i < alarms->count; i++)
    if (alarms->alarms[i].change != STAYS &&
        !write_change(committer, alarms, &alarms->alarms[i], change->now, error))
      return false;
  return true;
}

static void take_change(struct alarms *alarms, struct alarm *alarm, time_us now) {
  struct log *log = alarms->options.log;
  alarm->reworded = false;
  alarm->stored_at = alarms->last_steady;
  if (alarm->change == REWORDED)
    return;
  alarm->open = alarm->change == BEGINS;
  if (alarm->open) {
    alarm->since = now;
    alarm->ended_at = TIME_NONE;
    LOG_WARN(log, "an alarm began", LOG_STRING("alarm", alarm->kind->name),
             LOG_STRING("subject", alarm->subject), LOG_STRING("what", alarm->detail));
  } else {
    alarm->ended_at = alarms->last_steady;
    LOG_INFO(log, "an alarm ended", LOG_STRING("alarm", alarm->kind->name),
             LOG_STRING("subject", alarm->subject),
             LOG_REAL("seconds", (double)(now - alarm->since) / US_PER_SECOND));
  }
}

/* What is neither on nor was lately is nothing. */
static void sweep(struct alarms *alarms) {
  for (size_t i = alarms->count; i-- > 0;) {
    const struct alarm *alarm = &alarms->alarms[i];
    bool lately =
        alarm->ended_at != TIME_NONE && alarms->last_steady - alarm->ended_at < ALARM_LATELY_US;
    if (!alarm->open && (!alarm->seen || (alarm->on_since == TIME_NONE && !lately)))
      remove_at(alarms, i);
  }
}

/* ---- the look ---------------------------------------------------------------------------- */

/* True when there is something to write; *changed: something begins or ends. */
static bool look_everywhere(struct alarms *alarms, const struct alarms_moment *moment,
                            bool *changed) {
  const struct alarm_scene scene = scene_of(alarms, moment);
  bool any = false;
  for (size_t i = 0; i < alarms->count; i++) {
    alarms->alarms[i].seen = false;
    alarms->alarms[i].change = STAYS;
  }
  for (size_t i = 0; i < alarm_kind_count; i++)
    look_at_all(alarms, &alarm_kinds[i], &scene);
  for (size_t i = 0; i < alarms->count; i++) {
    struct alarm *alarm = &alarms->alarms[i];
    if (alarm->open && !alarm->seen) /* it is not configured any more */
      alarm->change = ENDS;
    any = any || alarm->change != STAYS;
    *changed = *changed || alarm->change == BEGINS || alarm->change == ENDS;
  }
  return any;
}

bool alarms_look(struct alarms *alarms, const struct alarms_moment *moment, bool *changed,
                 struct error *error) {
  const struct change change = {alarms, moment->now};
  *changed = false;
  see_jump(alarms, moment);
  if (!see_backlogs(alarms, moment->steady, error))
    return false;
  alarms->source_count = 0;
  arena_reset(&alarms->arena);
  health_each(alarms->options.health, see_source, alarms);
  if (look_everywhere(alarms, moment, changed) &&
      !committer_write(alarms->options.committer, write_changes, &change, error)) {
    *changed = false;
    return false;
  }
  for (size_t i = 0; i < alarms->count; i++)
    if (alarms->alarms[i].change != STAYS)
      take_change(alarms, &alarms->alarms[i], moment->now);
  sweep(alarms);
  return true;
}
