/* The table of functions in docs/rules.md ("Functions"), row by row: what an alert says in
 * production, whether workers run the rule or it is a stateful one, and what a unit test says. */
#include "daemon/commit/commit.h"
#include "detect/detect_fixture.h"
#include "detect/test/rule_test.h"
#include "store/sqlite/internal.h"

extern const struct destination_type destination_console;

#define NAMED(name)                                                                                \
  { .type = &destination_console, .id = TEXT_INIT(name) }

static const struct source sources[] = {{.id = TEXT_INIT("source")}};
static const struct destination destinations[] = {
    {.type = &destination_console,
     .id = TEXT_INIT("medium"),
     .severities = 1u << SEVERITY_MEDIUM,
     .alert_types = ~0u},
    {.type = &destination_console,
     .id = TEXT_INIT("high"),
     .severities = 1u << SEVERITY_HIGH,
     .alert_types = ~0u},
    NAMED("a"),
    NAMED("b"),
};

/* In `says`: texts too long to be written out. */
#define AT_LIMIT "<1000 x>"
#define CUT "<985 x and the suffix>"

static const struct row {
  const char *metadata;        /* more of it */
  const char *function, *body; /* body NULL: not defined */
  const char *column;          /* of the alert, which a test calls by the same name */
  const char *says;            /* the alert */
  const char *note;            /* in production a note, in a test the failure; NULL = none */
} rows[] = {
    /* title: the name, else the id; the id when it fails */
    {"", "title", NULL, "title", "Rule.Id", NULL},
    {"display_name = 'Name'", "title", NULL, "title", "Name", NULL},
    {"display_name = 'Name'", "title", "return 'T ' .. event.who", "title", "T bart", NULL},
    {"display_name = 'Name'", "title", "return ''", "title", "Name", NULL},
    {"display_name = 'Name'", "title", "return nil", "title", "Rule.Id",
     "title: returned nil, expected a string"},
    {"display_name = 'Name'", "title", "return 5", "title", "Rule.Id",
     "title: returned a number, expected a string"},
    {"display_name = 'Name'", "title", "error('no')", "title", "Rule.Id", "title: no"},
    {"", "title", "return ('x'):rep(1000)", "title", AT_LIMIT, NULL},
    {"", "title", "return ('x'):rep(1001)", "title", CUT, NULL},
    /* dedup: what a title function says, else one text for the rule; that when it fails, too */
    {"display_name = 'Name'", "dedup", NULL, "dedup", "defaultDedupString:Rule.Id", NULL},
    {"", "title", "return 'T'", "dedup", "T", NULL},
    {"", "title", "error('no')", "dedup", "Rule.Id", "title: no"},
    {"", "dedup", "return event.who", "dedup", "bart", NULL},
    {"", "dedup", "return ''", "dedup", "defaultDedupString:Rule.Id", NULL},
    {"", "dedup", "return nil", "dedup", "defaultDedupString:Rule.Id", NULL},
    {"", "dedup", "return {}", "dedup", "defaultDedupString:Rule.Id",
     "dedup: returned a table, expected a string"},
    {"", "dedup", "error('no')", "dedup", "defaultDedupString:Rule.Id", "dedup: no"},
    {"", "dedup", "return ('x'):rep(1000)", "dedup", AT_LIMIT, NULL},
    {"", "dedup", "return ('x'):rep(1001)", "dedup", CUT, NULL},
    /* severity: the metadata's */
    {"", "severity", NULL, "severity", "MEDIUM", NULL},
    {"", "severity", "return 'INFO'", "severity", "INFO", NULL},
    {"", "severity", "return 'low'", "severity", "LOW", NULL},
    {"", "severity", "return 'hIgH'", "severity", "HIGH", NULL},
    {"", "severity", "return 'Critical'", "severity", "CRITICAL", NULL},
    {"", "severity", "return 'DEFAULT'", "severity", "MEDIUM", NULL},
    {"", "severity", "return nil", "severity", "MEDIUM", NULL},
    {"", "severity", "return 'red'", "severity", "MEDIUM", "severity: 'red' is none of"},
    {"", "severity", "return 3", "severity", "MEDIUM",
     "severity: returned a number, expected a string"},
    {"", "severity", "error('no')", "severity", "MEDIUM", "severity: no"},
    /* description, reference, runbook: the metadata's */
    {"", "description", NULL, "description", "", NULL},
    {"description = 'M'", "description", NULL, "description", "M", NULL},
    {"description = 'M'", "description", "return event.who", "description", "bart", NULL},
    {"description = 'M'", "description", "return ''", "description", "", NULL},
    {"description = 'M'", "description", "return nil", "description", "M", NULL},
    {"description = 'M'", "description", "return 1", "description", "M",
     "description: returned a number, expected a string"},
    {"description = 'M'", "description", "error('no')", "description", "M", "description: no"},
    {"", "description", "return ('x'):rep(1000)", "description", AT_LIMIT, NULL},
    {"", "description", "return ('x'):rep(1001)", "description", CUT, NULL},
    {"", "reference", NULL, "reference", "", NULL},
    {"reference = 'M'", "reference", NULL, "reference", "M", NULL},
    {"reference = 'M'", "reference", "return event.who", "reference", "bart", NULL},
    {"reference = 'M'", "reference", "return ''", "reference", "", NULL},
    {"reference = 'M'", "reference", "return nil", "reference", "M", NULL},
    {"reference = 'M'", "reference", "return true", "reference", "M",
     "reference: returned a boolean, expected a string"},
    {"reference = 'M'", "reference", "error('no')", "reference", "M", "reference: no"},
    {"", "reference", "return ('x'):rep(1000)", "reference", AT_LIMIT, NULL},
    {"", "reference", "return ('x'):rep(1001)", "reference", CUT, NULL},
    {"", "runbook", NULL, "runbook", "", NULL},
    {"runbook = 'M'", "runbook", NULL, "runbook", "M", NULL},
    {"runbook = 'M'", "runbook", "return event.who", "runbook", "bart", NULL},
    {"runbook = 'M'", "runbook", "return ''", "runbook", "", NULL},
    {"runbook = 'M'", "runbook", "return nil", "runbook", "M", NULL},
    {"runbook = 'M'", "runbook", "return event", "runbook", "M",
     "runbook: returned a part of the event, expected a string"},
    {"runbook = 'M'", "runbook", "error('no')", "runbook", "M", "runbook: no"},
    {"", "runbook", "return ('x'):rep(1000)", "runbook", AT_LIMIT, NULL},
    {"", "runbook", "return ('x'):rep(1001)", "runbook", CUT, NULL},
    /* alert_context: none; what is wrong stands in it */
    {"", "alert_context", NULL, "alert_context", "{}", NULL},
    {"", "alert_context", "return {}", "alert_context", "{}", NULL},
    {"", "alert_context", "return { who = event.who, n = { 1, 2 } }", "alert_context",
     "{\"n\":[1,2],\"who\":\"bart\"}", NULL},
    {"", "alert_context", "return nil", "alert_context",
     "{\"_error\":\"returned nil, expected a table\"}",
     "alert_context: returned nil, expected a table"},
    {"", "alert_context", "return 'x'", "alert_context",
     "{\"_error\":\"returned a string, expected a table\"}",
     "alert_context: returned a string, expected a table"},
    {"", "alert_context", "return { 'x' }", "alert_context",
     "{\"_error\":\"returned a list, expected a table with names\"}",
     "alert_context: returned a list, expected a table with names"},
    {"", "alert_context", "error('no')", "alert_context", "{\"_error\":\"no\"}",
     "alert_context: no"},
    {"", "alert_context", "return { x = ('x'):rep(204800 - 7) }", "alert_context",
     "{\"_error\":\"larger than 204800 bytes of JSON\"}",
     "alert_context: larger than 204800 bytes of JSON"},
    /* destinations: the metadata's, else by severity */
    {"", "destinations", NULL, "destinations", "medium", NULL},
    {"destinations = { 'a' }", "destinations", NULL, "destinations", "a", NULL},
    {"destinations = {}", "destinations", NULL, "destinations", "", NULL},
    {"", "destinations", "return { 'b', 'a' }", "destinations", "a b", NULL},
    {"destinations = { 'a' }", "destinations", "return { 'b' }", "destinations", "b", NULL},
    {"destinations = { 'a' }", "destinations", "return {}", "destinations", "", NULL},
    {"destinations = { 'a' }", "destinations", "return nil", "destinations", "a", NULL},
    {"", "destinations", "return nil", "destinations", "medium", NULL},
    {"", "destinations", "return { 'a', 'unknown' }", "destinations", "a", NULL},
    {"", "destinations", "return { '1','2','3','4','5','6','7','8','9','a' }", "destinations", "a",
     NULL},
    {"", "destinations", "return { '1','2','3','4','5','6','7','8','9','a','b' }", "destinations",
     "a", "destinations: returned 11 names, kept the first 10"},
    {"", "destinations", "return 'a'", "destinations", "medium",
     "destinations: returned a string, expected a list of names"},
    {"", "destinations", "return { 'a', 1 }", "destinations", "a",
     "destinations: item 2 is a number, expected a name"},
    {"destinations = { 'a' }", "destinations", "error('no')", "destinations", "a",
     "destinations: no"},
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

/* A whole rule; `rest` goes behind it. */
static void write_rule(struct buffer *out, const char *metadata, const char *function,
                       const char *body, const char *rest) {
  buffer_reset(out);
  buffer_printf(out,
                "metadata { id = 'Rule.Id', log_types = { 'Test.Log' }, severity = 'medium', %s }\n"
                "function rule(event) return true end\n",
                metadata);
  if (body)
    buffer_printf(out, "function %s(event) %s end\n", function, body);
  buffer_append_string(out, rest);
}

/* ---- production ---- */

struct world {
  struct detection *detection;
  struct pipeline *pipeline;
  struct store *store;
  struct committer *committer;
  time_us now;
  char note[1024]; /* the first one; "" = none */
};

static void run_production(struct world *world, const char *rule, const char *lines) {
  struct error error = ERROR_NONE;
  *world = (struct world){.now = INT64_C(1704067200) * US_PER_SECOND};
  world->detection = fixture_detection(rule);
  const struct pipeline_options options = {.detection = world->detection, .workers = 1};
  world->pipeline = pipeline_new(&options, &error);
  world->store = store_open_scratch(&error);
  const struct committer_options committer = {
      .store = world->store,
      .setup = {.sources = sources,
                .source_count = 1,
                .routing = {.destinations = destinations,
                            .destination_count = sizeof destinations / sizeof *destinations}},
      .clock = clock_fixed(&world->now)};
  world->committer = committer_new(&committer);
  fixture_push(world->pipeline, fixture_batch(lines));
  struct batch_result *result = pipeline_next(world->pipeline);
  assert_true(committer_commit(world->committer, &result, 1, &error));
  const struct problems *reported = committer_notes(world->committer);
  if (result->notes.count + reported->count > 0)
    snprintf(world->note, sizeof world->note, "%s",
             (reported->count ? reported : &result->notes.kept)->items[0].text);
  pipeline_done(world->pipeline, result, true);
}

static void stop_production(struct world *world) {
  committer_free(world->committer);
  pipeline_free(world->pipeline);
  store_close(world->store);
  detection_release(world->detection);
}

/* The one value of a query. */
static void ask(struct world *world, const char *query, struct buffer *out) {
  sqlite3_stmt *statement = NULL;
  assert_int_equal(sqlite3_prepare_v2(world->store->db, query, -1, &statement, NULL), SQLITE_OK);
  buffer_reset(out);
  buffer_append_string(out, "");
  if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0))
    buffer_append_string(out, (const char *)sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
}

static void ask_column(struct world *world, const char *column, struct buffer *out) {
  char query[128];
  if (strcmp(column, "destinations") == 0)
    ask(world,
        "SELECT group_concat(destination_id, ' ') FROM"
        " (SELECT destination_id FROM outbox ORDER BY destination_id)",
        out);
  else {
    snprintf(query, sizeof query, "SELECT %s FROM alert",
             strcmp(column, "alert_context") == 0 ? "context" : column);
    ask(world, query, out);
  }
  if (strcmp(column, "severity") == 0) {
    enum severity severity = (enum severity)(out->data[0] - '0');
    buffer_reset(out);
    buffer_append_string(out, severity_name(severity));
  }
}

static void write_expected(const char *says, struct buffer *out) {
  buffer_reset(out);
  size_t count = strcmp(says, AT_LIMIT) == 0 ? 1000 : strcmp(says, CUT) == 0 ? 985 : 0;
  for (size_t i = 0; i < count; i++)
    buffer_append_char(out, 'x');
  if (count == 0)
    buffer_append_string(out, says);
  else if (count < 1000)
    buffer_append_string(out, "... (truncated)");
}

static void check_production(const struct row *row, const char *stateful) {
  struct buffer source = BUFFER_NONE, metadata = BUFFER_NONE, got = BUFFER_NONE,
                expected = BUFFER_NONE;
  struct world world;
  buffer_printf(&metadata, "%s%s%s", stateful, *stateful && *row->metadata ? ", " : "",
                row->metadata);
  write_rule(&source, metadata.data, row->function, row->body, "");
  run_production(&world, source.data, "{\"at\":1,\"who\":\"bart\"}\n");
  ask_column(&world, row->column, &got);
  write_expected(row->says, &expected);
  if (strcmp(got.data, expected.data) != 0)
    fail_msg("%s\n  %s says '%s', expected '%s'", source.data, row->column, got.data,
             expected.data);
  if (!strstr(world.note, row->note ? row->note : "") || (world.note[0] && !row->note))
    fail_msg("%s\n  noted '%s', expected '%s'", source.data, world.note,
             row->note ? row->note : "nothing");
  stop_production(&world);
  buffer_free(&source);
  buffer_free(&metadata);
  buffer_free(&got);
  buffer_free(&expected);
}

static void what_an_alert_says_when_workers_run_the_rule(void **state) {
  (void)state;
  for (size_t i = 0; i < ROW_COUNT; i++)
    check_production(&rows[i], "");
}

static void what_an_alert_says_when_the_rule_is_stateful(void **state) {
  (void)state;
  for (size_t i = 0; i < ROW_COUNT; i++)
    check_production(&rows[i], "stateful = true");
}

/* ---- unit tests ---- */

/* What a test has to write to expect what the row says. */
static void write_expectation(const struct row *row, struct buffer *out) {
  buffer_printf(out, "%s = ", row->column);
  if (strcmp(row->says, AT_LIMIT) == 0)
    buffer_append_string(out, "('x'):rep(1000)");
  else if (strcmp(row->says, CUT) == 0)
    buffer_append_string(out, "('x'):rep(985) .. '... (truncated)'");
  else if (strcmp(row->column, "alert_context") == 0)
    buffer_append_string(
        out, row->body && strstr(row->body, "who") ? "{ who = 'bart', n = { 1, 2 } }" : "{}");
  else
    buffer_printf(out, "'%s'", row->says);
}

/* The one test of the rule; its first finding, "" when it passed. */
static void run_unit_test(const char *source, char finding[1024]) {
  struct problems problems = PROBLEMS_NONE;
  struct rule_file file = {.path = "t.lua", .source = text_from(source)};
  struct rule_set *set = rule_set_load_files(&file, 1, &problems);
  problems_print(&problems, stderr);
  assert_int_equal(problems.count, 0);
  static const char *const folders[] = {".", NULL};
  const struct rule_test_options options = {.fixtures = folders, .jobs = 1};
  struct rule_test_results *results = rule_test_run(set, &options);
  assert_int_equal(results->summary.tests, 1);
  const struct rule_test_case_result *test = &results->items[0].cases[0];
  assert_int_equal(test->passed, test->finding_count == 0);
  snprintf(finding, 1024, "%s", test->passed ? "" : test->findings[0].what);
  rule_test_results_free(results);
  rule_set_free(set);
}

static void what_a_unit_test_says(void **state) {
  (void)state;
  for (size_t i = 0; i < ROW_COUNT; i++) {
    const struct row *row = &rows[i];
    struct buffer source = BUFFER_NONE, tests = BUFFER_NONE;
    char finding[1024];
    buffer_append_string(&tests, "tests { { name = 'n', event = { who = 'bart' }, expect = true, ");
    /* The configuration decides where alerts go; other tests are about the names. */
    if (strcmp(row->column, "destinations") != 0 && !row->note)
      write_expectation(row, &tests);
    buffer_append_string(&tests, " } }");
    write_rule(&source, row->metadata, row->function, row->body, tests.data);
    run_unit_test(source.data, finding);
    if (!strstr(finding, row->note ? row->note : "") || (finding[0] && !row->note))
      fail_msg("%s\n  found '%s', expected '%s'", source.data, finding,
               row->note ? row->note : "nothing");
    buffer_free(&source);
    buffer_free(&tests);
  }
}

/* ---- rule ---- */

static void rule_says_true_or_false_and_nothing_else(void **state) {
  static const struct {
    const char *body, *matches, *error;
  } verdicts[] = {
      {"return true", "1", ""},
      {"return false", "0", ""},
      {"return event.who == 'bart'", "1", ""},
      {"return nil", "1", "rule returned nil, expected true or false"},
      {"return 1", "1", "rule returned a number, expected true or false"},
      {"return 'true'", "1", "rule returned a string, expected true or false"},
      {"return event.who", "1", "rule returned a string, expected true or false"},
      {"error('no')", "1", "no"},
      {"error({})", "1", "raised an error that is no text but a table"},
      {"while true do end", "1", "used up its 10,000,000 instructions"},
  };
  static const char *const kinds[] = {"", "stateful = true,"};
  (void)state;
  for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
    char source[512], finding[1024];
    struct buffer got = BUFFER_NONE;
    for (size_t k = 0; k < 2; k++) {
      struct world world;
      snprintf(source, sizeof source,
               "metadata { id = 'Rule.Id', log_types = { 'Test.Log' }, %s severity = 'low' }\n"
               "function rule(event) %s end\n",
               kinds[k], verdicts[i].body);
      run_production(&world, source, "{\"at\":1,\"who\":\"bart\"}\n");
      ask(&world, "SELECT count(*) FROM rule_match", &got);
      assert_string_equal(got.data, verdicts[i].matches);
      ask(&world, "SELECT title FROM alert WHERE type = 1", &got);
      assert_int_equal(got.size > 0, verdicts[i].error[0] != '\0');
      assert_non_null(strstr(got.data, verdicts[i].error));
      stop_production(&world);
    }
    size_t used = strlen(source);
    snprintf(source + used, sizeof source - used,
             "tests { { name = 'n', event = { who = 'bart' }, expect = %s } }",
             verdicts[i].matches[0] == '1' ? "true" : "false");
    run_unit_test(source, finding);
    assert_int_equal(finding[0] != '\0', verdicts[i].error[0] != '\0');
    assert_non_null(strstr(finding, verdicts[i].error));
    buffer_free(&got);
  }
}

/* ---- unique ---- */

static void unique_counts_different_texts(void **state) {
  static const struct {
    const char *body; /* NULL: not defined */
    bool opens;       /* with two events of bart and lisa, and a threshold of 2 */
    const char *note;
  } counts[] = {
      {NULL, true, NULL},
      {"return event.who", true, NULL},
      {"return 'same'", false, NULL},
      {"return ''", false, NULL},
      {"return nil", true, NULL},
      {"return 5", true, "unique: returned a number, expected a string"},
      {"error('no')", true, "unique: no"},
      {"return ('x'):rep(996) .. event.who", true, NULL},
      {"return ('x'):rep(1000) .. event.who", false, NULL},
  };
  static const char *const kinds[] = {"threshold = 2", "threshold = 2, stateful = true"};
  (void)state;
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
    for (size_t k = 0; k < 2; k++) {
      struct buffer source = BUFFER_NONE, got = BUFFER_NONE;
      struct world world;
      char finding[1024];
      write_rule(&source, kinds[k], "unique", counts[i].body, "");
      run_production(&world, source.data, "{\"at\":1,\"who\":\"bart\"}\n");
      assert_string_equal(world.note, counts[i].note ? counts[i].note : "");
      stop_production(&world);
      write_rule(&source, kinds[k], "unique", counts[i].body, "");
      run_production(&world, source.data,
                     "{\"at\":1,\"who\":\"bart\"}\n{\"at\":2,\"who\":\"lisa\"}\n");
      ask(&world, "SELECT count(*) FROM alert", &got);
      assert_string_equal(got.data, counts[i].opens ? "1" : "0");
      stop_production(&world);
      write_rule(&source, kinds[k], "unique", counts[i].body,
                 "tests { { name = 'n', event = { who = 'bart' }, expect = true } }");
      run_unit_test(source.data, finding);
      assert_string_equal(finding, counts[i].note ? counts[i].note : "");
      buffer_free(&source);
      buffer_free(&got);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_an_alert_says_when_workers_run_the_rule),
      cmocka_unit_test(what_an_alert_says_when_the_rule_is_stateful),
      cmocka_unit_test(what_a_unit_test_says),
      cmocka_unit_test(rule_says_true_or_false_and_nothing_else),
      cmocka_unit_test(unique_counts_different_texts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
