/* What rules say of the same people is one alert (detect/story/story.h), as the committer sees it,
 * and as a scan does. */
#include "daemon/commit_fixture.h"
#include "detect/history/history.h"
#include "detect/story/story.h"

#define HOUR 3600
#define RESOLVE "resolve"

/* `who` of an event begins with the rule that it is for. */
#define RULE(name, more)                                                                           \
  "metadata { id = '" name "', log_types = { 'Test.Log' }, story = { 'p_alert_context.person' },"  \
  " where = { ['who|startswith'] = '" name "' }, " more " }\n"                                     \
  "function title(event) return '" name ": ' .. event.who:sub(3) end\n"                            \
  "function dedup(event) return event.who end\n"                                                   \
  "function alert_context(event) return { person = event.who:sub(3) } end\n"

static const struct rule_file files[] = {
    {.path = "a.lua", .source = TEXT_INIT(RULE("A", "severity = 'high'"))},
    {.path = "b.lua", .source = TEXT_INIT(RULE("B", "severity = 'high'"))},
    {.path = "c.lua", .source = TEXT_INIT(RULE("C", "severity = 'critical'"))},
    {.path = "l.lua", .source = TEXT_INIT(RULE("L", "severity = 'low'"))},
    {.path = "t.lua", .source = TEXT_INIT(RULE("T", "severity = 'high', threshold = 3"))},
    {.path = "x.lua",
     .source = TEXT_INIT(
         "correlation { id = 'X', severity = 'high', within_minutes = 600, on = 'person',\n"
         "  group = { { rule = 'A', on = 'p_alert_context.person' },\n"
         "    { rule = 'B', on = 'p_alert_context.person' } }, story = { 'person' } }\n"
         "function title(event) return 'A and B: ' .. event.person end\n")}};
enum { FILES = sizeof files / sizeof *files };

static const struct destination updated[] = {{.type = &destination_console,
                                              .id = TEXT_INIT("all"),
                                              .severities = ~0u,
                                              .alert_types = ~0u,
                                              .occasions = ALERT_WHEN_ALWAYS}};

struct seen {
  int at;          /* hours after the start */
  const char *who; /* RESOLVE: somebody resolves the newest alert */
};

static bool append_alert(void *context, const struct alert *alert) {
  buffer_printf(context, "%.*s %s %.*s x%lld; ", TEXT_ARGS(alert->rule_id),
                severity_name(alert->severity), TEXT_ARGS(alert->title),
                (long long)alert->match_count);
  return true;
}

static void push(struct fixture *f, const struct seen *seen) {
  char line[256];
  if (strcmp(seen->who, RESOLVE) == 0) {
    resolve_newest(f);
    return;
  }
  snprintf(line, sizeof line, "{\"at\":%lld,\"who\":\"%s\"}\n",
           1704067200LL + seen->at * (long long)HOUR, seen->who);
  commit_ok(f, fixture_batch(line));
}

static void begin(struct fixture *f) {
  start_detection(f, fixture_detection_of(files, FILES));
  const struct committer_setup setup = {
      .sources = sources,
      .source_count = 2,
      .routing = {.destinations = updated, .destination_count = 1},
      .keep_events = true};
  committer_use(f->committer, &setup);
}

static void assert_alerts(struct fixture *f, const char *expected) {
  struct buffer out = BUFFER_NONE;
  struct error error = ERROR_NONE;
  const struct alert_filter filter = {.since = TIME_NONE, .until = TIME_NONE, .limit = 100};
  assert_true(store_alert_list(f->store, &filter, append_alert, &out, &error));
  assert_string_equal(out.size ? out.data : "", expected);
  buffer_free(&out);
}

#define DAYS(n) ((n)*24)
/* The newest alert first. */
static const struct story_case {
  const char *name;
  struct seen seen[6];
  const char *expected;
} cases[] = {
    {"another rule's alert about the same person joins, and the correlation gives it its words",
     {{0, "A:lisa"}, {1, "B:lisa"}},
     "X HIGH A and B: lisa x3; "},
    {"a correlation is not restated by one that is as severe",
     {{0, "A:lisa"}, {1, "B:lisa"}, {20, "A:lisa"}, {21, "B:lisa"}},
     "X HIGH A and B: lisa x6; "},
    {"another person's is another alert",
     {{0, "A:lisa"}, {1, "C:bart"}},
     "C CRITICAL C: bart x1; A HIGH A: lisa x1; "},
    {"a severer one raises it", {{0, "A:lisa"}, {1, "C:lisa"}}, "A CRITICAL A: lisa x2; "},
    {"what is less severe stays by itself",
     {{0, "L:lisa"}, {1, "A:lisa"}, {3, "L:lisa"}},
     "L LOW L: lisa x1; A HIGH A: lisa x1; L LOW L: lisa x1; "},
    {"the same rule joins when its own window is over",
     {{0, "C:lisa"}, {DAYS(1), "C:lisa"}, {DAYS(13), "C:lisa"}},
     "C CRITICAL C: lisa x3; "},
    {"a story is over after two weeks, whatever joined",
     {{0, "C:lisa"}, {DAYS(13), "C:lisa"}, {DAYS(14), "C:lisa"}},
     "C CRITICAL C: lisa x1; C CRITICAL C: lisa x2; "},
    {"a threshold brings all of its matches",
     {{0, "C:lisa"}, {1, "T:lisa"}, {1, "T:lisa"}, {1, "T:lisa"}},
     "C CRITICAL C: lisa x4; "},
    {"a resolved alert takes nothing more of other rules",
     {{0, "C:lisa"}, {1, RESOLVE}, {2, "A:lisa"}},
     "A HIGH A: lisa x1; C CRITICAL C: lisa x1; "},
};

static void rules_about_the_same_person_share_an_alert(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    print_message("  %s\n", cases[i].name);
    struct fixture f;
    begin(&f);
    for (size_t k = 0; k < 6 && cases[i].seen[k].who; k++)
      push(&f, &cases[i].seen[k]);
    assert_alerts(&f, cases[i].expected);
    stop(&f);
  }
}

static void only_a_story_in_the_event_needs_it(void **state) {
  static const struct {
    const char *first, *second;
    bool needs;
  } rows[] = {
      {"p_actor", "p_actor_and_object", false},
      {"p_actor", "operator", true},
      {"p_alert_context.users", "p_actor", true},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct text paths[] = {text_from(rows[i].first), text_from(rows[i].second)};
    const struct rule rule = {.story = {paths, 2}};
    assert_int_equal(story_needs_event(&rule), rows[i].needs);
  }
  assert_false(story_needs_event(&(const struct rule){.index = 0}));
}

/* What a scan hands out, the latest alert first. */
struct scanned {
  struct buffer lines[8];
  size_t count;
};

static void note_scanned(void *context, const struct alert *alert) {
  struct scanned *scanned = context;
  append_alert(&scanned->lines[scanned->count++], alert);
}

static void scan(const struct story_case *with, struct buffer *out) {
  struct detection *detection = fixture_detection_of(files, FILES);
  struct history *history = history_new(detection->rules);
  struct scanned scanned = {.count = 0};
  struct arena arena = ARENA_NONE;
  struct error error = ERROR_NONE;
  for (size_t k = 0; k < 6 && with->seen[k].who; k++) {
    const struct seen *seen = &with->seen[k];
    const char *person = seen->who + 2;
    const struct rule *rule = rule_set_find(detection->rules, (struct text){seen->who, 1});
    struct match match = {.rule = rule,
                          .event_time = seen->at * INT64_C(3600) * US_PER_SECOND,
                          .order = k,
                          .row_id = text_from(arena_printf(&arena, "r%zu", k)),
                          .event = TEXT("{}")};
    match.outcome.severity = rule->severity;
    match.outcome.dedup = text_from(seen->who);
    match.outcome.title = text_from(arena_printf(&arena, "%c: %s", seen->who[0], person));
    match.outcome.context = text_from(arena_printf(&arena, "{\"person\":\"%s\"}", person));
    assert_true(history_add(history, &match, &error));
  }
  assert_true(history_finish(history, note_scanned, &scanned, &error));
  while (scanned.count-- > 0) {
    buffer_append_text(out, buffer_text(&scanned.lines[scanned.count]));
    buffer_free(&scanned.lines[scanned.count]);
  }
  history_free(history);
  arena_free(&arena);
  detection_release(detection);
}

static void a_scan_gives_the_same_alerts(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    if (strcmp(cases[i].seen[1].who, RESOLVE) == 0) /* nobody resolves anything in a scan */
      continue;
    print_message("  %s\n", cases[i].name);
    struct buffer out = BUFFER_NONE;
    scan(&cases[i], &out);
    assert_string_equal(out.size ? out.data : "", cases[i].expected);
    buffer_free(&out);
  }
}

static bool append_history(void *context, const struct alert_history *history) {
  buffer_printf(context, "%s: %.*s; ", alert_occasion_name(history->action),
                TEXT_ARGS(history->note));
  return true;
}

/* Destinations hear of each as of a rise; the history names them all. */
static void what_joins_is_news(void **state) {
  struct buffer id = BUFFER_NONE, out = BUFFER_NONE;
  struct error error = ERROR_NONE;
  (void)state;
  struct fixture f;
  begin(&f);
  push(&f, &(struct seen){0, "A:lisa"});
  push(&f, &(struct seen){9, "A:lisa"});
  push(&f, &(struct seen){10, "C:lisa"});
  assert_true(store_alert_list(f.store, &newest_only, take_alert_id, &id, &error));
  assert_true(store_alert_history(f.store, buffer_text(&id), append_history, &out, &error));
  assert_string_equal(out.data, "rose: A: lisa (A); "
                                "rose: C: lisa (C); ");
  buffer_free(&id);
  buffer_free(&out);
  stop(&f);
}

/* The windows of a story are in the store: a restart changes nothing. */
static void a_restart_changes_nothing(void **state) {
  (void)state;
  struct fixture f;
  begin(&f);
  push(&f, &(struct seen){0, "A:lisa"});
  committer_free(f.committer);
  start_committer(&f);
  push(&f, &(struct seen){DAYS(3), "C:lisa"});
  assert_alerts(&f, "A CRITICAL A: lisa x2; ");
  stop(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rules_about_the_same_person_share_an_alert),
      cmocka_unit_test(only_a_story_in_the_event_needs_it),
      cmocka_unit_test(a_scan_gives_the_same_alerts),
      cmocka_unit_test(what_joins_is_news),
      cmocka_unit_test(a_restart_changes_nothing),
  };
  return cmocka_run_group_tests_name("commit_story", tests, NULL, NULL);
}
