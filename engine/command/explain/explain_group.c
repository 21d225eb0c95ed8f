#include "command/explain/explain_group.h"

#include "alert/message/alert_steps.h"
#include "alert/message/markup.h"
#include "alert/message/summary.h"
#include "base/json_member.h"
#include "command/terminal/exit_status.h"
#include "command/terminal/table.h"
#include "command/terminal/terminal.h"
#include "detect/correlation/correlation_key.h"
#include "detect/history/history.h"
#include "detect/stateful/questions.h"
#include "event/lookup/lookup_watch.h"
#include "source/file/stream.h"

#include <inttypes.h>

struct grouping {
  const struct explain_group *group;
  struct rule_vm *vm;
  struct kv *kv;
  struct questions *questions;
  struct history *history;
  struct correlation_reader *keys;
  struct arena arena; /* of one event */
  struct match_notes notes;
  struct table *table;           /* of matches, for people */
  struct buffer matches, alerts; /* JSON: items of lists; lines of text */
  uint64_t order, refused;
  int64_t counts[CORRELATION_STEPS_MAX]; /* matches by step; of a rule: the first */
  int64_t alert_count;
};

/* ---- matches ---- */

static void add_row(struct grouping *grouping, struct text step, struct text key,
                    const struct match *match) {
  struct time_string time;
  struct rule_tuning_line place;
  const char *by =
      match->suppressor ? rule_tuning_place_words(&match->suppressor->place, &place) : NULL;
  if (!grouping->group->json) {
    table_add(grouping->table, text_from(alert_time(match->event_time, &time)), NULL);
    table_add(grouping->table, step, NULL);
    table_add(grouping->table, key, NULL);
    table_add(grouping->table,
              by ? text_from(arena_printf(&grouping->arena, "%.*s (suppressed by %s)",
                                          TEXT_ARGS(match->outcome.title), by))
                 : match->outcome.title,
              NULL);
    return;
  }
  struct buffer *json = &grouping->matches;
  buffer_append_string(json, json->size ? ",{" : "{");
  json_member_time(json, "time", match->event_time);
  json_member_text(json, "step", step);
  json_member_text(json, "rule_id", match->rule->id);
  json_member_text(json, grouping->group->rule->correlation ? "key" : "dedup", key);
  json_member_text(json, "title", match->outcome.title);
  if (by)
    json_member_text(json, "suppressed_by", text_from(by));
  buffer_append_char(json, '}');
}

/* A row for each step that the match counts for. */
static void add_step_rows(struct grouping *grouping, const struct match *match) {
  const struct correlation *correlation = grouping->group->rule->correlation;
  struct buffer key = BUFFER_NONE;
  correlation_reader_set(grouping->keys, match);
  for (size_t i = 0; i < correlation->step_count; i++)
    for (size_t k = 0; k < correlation->steps[i].source_count; k++) {
      const struct correlation_source *source = &correlation->steps[i].sources[k];
      if (source->rule != match->rule)
        continue;
      size_t keys = correlation_find_keys(grouping->keys, source->on), rows = 0;
      for (size_t n = 0; n < keys; n++)
        if (correlation_read_key(grouping->keys, n, &key)) {
          add_row(grouping, correlation->steps[i].id, buffer_text(&key), match);
          rows++;
        }
      grouping->counts[i] += rows > 0;
      if (rows == 0)
        add_row(grouping, correlation->steps[i].id, TEXT("(no key: it counts for nothing)"), match);
    }
  buffer_free(&key);
}

static bool add_match(struct grouping *grouping, const struct rule *rule, const struct event *event,
                      struct error *error) {
  struct match match =
      match_describe(grouping->vm, rule, event, &grouping->arena, &grouping->notes);
  match.order = grouping->order++;
  if (grouping->group->rule->correlation) {
    add_step_rows(grouping, &match);
  } else {
    grouping->counts[0] += !match.suppressor;
    add_row(grouping, rule->id, match.outcome.dedup, &match);
  }
  return history_add(grouping->history, &match, error);
}

/* ---- records ---- */

static bool is_subject(const struct rule *subject, const struct rule *rule) {
  if (!subject->correlation)
    return rule == subject;
  for (size_t i = 0; i < subject->correlation->step_count; i++)
    for (size_t k = 0; k < subject->correlation->steps[i].source_count; k++)
      if (subject->correlation->steps[i].sources[k].rule == rule)
        return true;
  return false;
}

static bool run_rules(struct grouping *grouping, const struct event *event, struct error *error) {
  struct rule_list rules = rule_vm_candidates(grouping->vm, event);
  bool ok = true;
  for (size_t i = 0; ok && i < rules.count; i++) {
    struct error failure = ERROR_NONE;
    struct question_answers answers;
    if (is_subject(grouping->group->rule, rules.items[i]) &&
        questions_match(grouping->questions, grouping->vm, rules.items[i], event, &grouping->arena,
                        &answers, &failure) == RULE_MATCH)
      ok = add_match(grouping, rules.items[i], event, error);
  }
  return ok;
}

static bool read_batch(struct grouping *grouping, struct event_reader *reader, struct batch *batch,
                       struct error *error) {
  struct clock clock = clock_system();
  struct text record;
  uint64_t occurrence;
  bool ok = true;
  for (size_t cursor = 0; ok && batch_next(batch, &cursor, &record, &occurrence);) {
    struct error refusal = ERROR_NONE;
    const struct event *event =
        event_read(reader, record, batch->log_type, clock_now(&clock), &refusal);
    grouping->refused += !event;
    if (!event)
      continue;
    event_identify(reader, occurrence);
    history_advance(grouping->history, event->event_time);
    ok = run_rules(grouping, event, error);
    arena_reset(&grouping->arena);
  }
  return ok;
}

static bool read_file(struct grouping *grouping, struct error *error) {
  const struct explain_group *group = grouping->group;
  const struct event_typing typing = {.schemas = group->detection->schemas,
                                      .log_type = group->log_type,
                                      .unchecked = group->unchecked};
  struct event_reader *reader = event_reader_new(&typing, TEXT("explain"), TEXT(""));
  struct stream *stream = stream_open(group->file, 0, error);
  struct batch *batch;
  bool ok = stream != NULL;
  while (ok && (batch = stream_next(stream, false, error)) != NULL) {
    ok = read_batch(grouping, reader, batch, error);
    batch_free(batch);
  }
  stream_close(stream);
  event_reader_free(reader);
  return ok && !error->set;
}

/* ---- what they come to ---- */

static void add_alert(void *context, const struct alert *alert) {
  struct grouping *grouping = context;
  struct buffer *out = &grouping->alerts;
  if (!text_equal(alert->rule_id, grouping->group->rule->id))
    return;
  grouping->alert_count++;
  if (grouping->group->json) {
    buffer_append_string(out, out->size ? ",{" : "{");
    json_member_text(out, "title", alert->title);
    json_member_text(out, "severity", text_from(severity_name(alert->severity)));
    buffer_printf(out, ",\"match_count\":%" PRId64 ",\"steps\":", alert->match_count);
    alert_steps_append_json(out, alert);
    buffer_append_char(out, '}');
    return;
  }
  struct count_string count;
  buffer_printf(out, "  %s  ", severity_name(alert->severity));
  markup_append(out, &markup_line, alert->title, RULE_TEXT_MAX);
  buffer_printf(out, "  (%s)\n", alert_count(alert, &count));
}

static void append_minutes(struct buffer *out, int64_t span) {
  buffer_printf(out, "%" PRId64 " min", span / US_PER_MINUTE);
}

/* Whether instances were found, and tuning keeps them from alerts. */
static bool append_suppressed(struct buffer *out, const struct grouping *grouping) {
  uint64_t count;
  const struct rule_suppressor *suppressor = history_suppressor(grouping->history, &count);
  struct rule_tuning_line place;
  if (suppressor)
    buffer_printf(out, "  %" PRIu64 " suppressed by %s\n", count,
                  rule_tuning_place_words(&suppressor->place, &place));
  return suppressor != NULL;
}

static void append_why_not_correlated(struct buffer *out, const struct grouping *grouping) {
  const struct correlation *correlation = grouping->group->rule->correlation;
  bool lacks = false;
  for (size_t i = 0; i < correlation->step_count; i++) {
    const struct correlation_step *step = &correlation->steps[i];
    if (grouping->counts[i] >= step->min)
      continue;
    lacks = true;
    buffer_append_string(out, "  the step ");
    markup_append(out, &markup_line, step->id, RULE_TEXT_MAX);
    buffer_printf(out, " has %" PRId64 " match%s and needs %" PRId64 "\n", grouping->counts[i],
                  grouping->counts[i] == 1 ? "" : "es", step->min);
  }
  if (lacks)
    return;
  buffer_printf(out, "  every step has matches, but no key has them %swithin ",
                correlation->order == CORRELATION_SEQUENCE ? "in this order " : "");
  append_minutes(out, correlation->within);
  buffer_append_string(out, correlation_is_bounded(correlation)
                                ? ", or what must be absent happened, or its time is not over\n"
                                : "\n");
}

static void append_why_not(struct buffer *out, const struct grouping *grouping) {
  const struct rule *rule = grouping->group->rule;
  if (rule->correlation) {
    if (!append_suppressed(out, grouping))
      append_why_not_correlated(out, grouping);
    return;
  }
  buffer_printf(
      out, "  %" PRId64 " match%s; an alert opens at %" PRId64 " with the same dedup%s within ",
      grouping->counts[0], grouping->counts[0] == 1 ? "" : "es", rule->threshold,
      rule_says(rule, RULE_FUNCTION_UNIQUE) ? " and different unique values" : "");
  append_minutes(out, rule->dedup_period);
  buffer_append_char(out, '\n');
}

static void print(struct grouping *grouping, FILE *out) {
  struct buffer page = BUFFER_NONE;
  if (grouping->group->json) {
    buffer_append_char(&page, '{');
    json_member_text(&page, "rule_id", grouping->group->rule->id);
    buffer_printf(&page, ",\"refused\":%" PRIu64 ",\"matches\":[", grouping->refused);
    buffer_append_text(&page, buffer_text(&grouping->matches));
    buffer_append_string(&page, "],\"alerts\":[");
    buffer_append_text(&page, buffer_text(&grouping->alerts));
    buffer_append_string(&page, "]}\n");
  } else {
    if (grouping->group->rule->correlation)
      buffer_printf(&page, "%.*s (%s)\n", TEXT_ARGS(grouping->group->rule->id),
                    grouping->group->rule->file);
    buffer_append_string(&page, "\nmatches in the whole file\n");
    table_write(grouping->table, terminal_colours(out), terminal_width(out), &page);
    if (grouping->refused)
      buffer_printf(&page, "%" PRIu64 " records were refused by their schema\n", grouping->refused);
    buffer_append_string(&page, grouping->alert_count ? "\nalerts\n" : "\nno alert\n");
    buffer_append_text(&page, buffer_text(&grouping->alerts));
    if (!grouping->alert_count)
      append_why_not(&page, grouping);
  }
  fwrite(page.data, 1, page.size, out);
  buffer_free(&page);
}

static void start(struct grouping *grouping, const struct explain_group *group,
                  struct lookup_set *lookups) {
  static const char *const headings[] = {"TIME", "STEP", "KEY", "TITLE"};
  static const char *const of_rule[] = {"TIME", "RULE", "DEDUP", "TITLE"};
  *grouping = (struct grouping){.group = group};
  grouping->vm = rule_vm_new(group->detection->rules, NULL);
  grouping->kv = kv_new(NULL);
  grouping->questions = questions_new_in_memory(group->detection->rules);
  rule_vm_set_kv(grouping->vm, grouping->kv);
  rule_vm_set_lookups(grouping->vm, lookups);
  grouping->history = history_new(group->detection->rules);
  grouping->keys = correlation_reader_new();
  grouping->table = table_new(group->rule->correlation ? headings : of_rule, 4);
}

static void end(struct grouping *grouping) {
  rule_vm_free(grouping->vm);
  kv_free(grouping->kv);
  questions_free(grouping->questions);
  history_free(grouping->history);
  correlation_reader_free(grouping->keys);
  table_free(grouping->table);
  problems_clear(&grouping->notes.kept);
  arena_free(&grouping->arena);
  buffer_free(&grouping->matches);
  buffer_free(&grouping->alerts);
}

int explain_group(const struct explain_group *group, FILE *out) {
  struct grouping grouping;
  struct error error = ERROR_NONE;
  struct error_line line;
  struct problems problems = PROBLEMS_NONE;
  struct lookup_watch *watch = group->detection->lookups;
  struct lookup_set *lookups = watch ? lookup_watch_take(watch, &problems) : NULL;
  start(&grouping, group, lookups);
  bool ok = read_file(&grouping, &error) &&
            history_finish(grouping.history, add_alert, &grouping, &error);
  if (ok)
    print(&grouping, out);
  else
    options_report(group->command, "%s", error_line(&error, &line));
  int status = !ok ? EXIT_USAGE : grouping.alert_count ? EXIT_DONE : EXIT_FAILURES;
  end(&grouping);
  lookup_set_release(lookups);
  problems_clear(&problems);
  return status;
}
