/* Brief matches: made whole, they say what whole ones say. */
#include "detect/detect_fixture.h"
#include "detect/window/match_describer.h"

#define METADATA                                                                                   \
  "metadata { id = 'Test.Bad', log_types = { 'Test.Log' }, severity = 'high', description = 'd', " \
  "runbook = 'r', reference = 'u', summary_attributes = { 'who' }, destinations = { 'pager' }, "   \
  "where = { bad = true } %s }\n%s"

/* Runs one event through a pipeline and gives its match, encoded; the buffer is the caller's. */
static struct buffer take_match(struct detection *detection, bool brief) {
  struct error error = ERROR_NONE;
  const struct pipeline_options options = {
      .detection = detection, .workers = 1, .brief_matches = brief};
  struct pipeline *pipeline = pipeline_new(&options, &error);
  fixture_push(pipeline, fixture_event(5, "Bart@Example.com"));
  pipeline_close(pipeline);
  struct batch_result *result = pipeline_next(pipeline);
  assert_int_equal(result->match_count, 1);
  struct buffer encoded = BUFFER_NONE;
  match_encode(&result->matches[0], &encoded);
  pipeline_done(pipeline, result, true);
  pipeline_free(pipeline);
  return encoded;
}

/* Decodes the brief match and makes it whole. */
static void complete(struct detection *detection, struct text encoded, struct arena *arena,
                     struct match_notes *notes, struct match *match) {
  struct match_describer *describer = match_describer_new(&(struct match_describer_options){
      .rules = detection->rules, .typing = {.schemas = detection->schemas}});
  assert_true(match_decode(encoded, &detection->rules->rules[0], arena, match));
  match_describer_complete(describer, match, arena, notes);
  assert_false(match->brief);
  match_describer_free(describer);
}

static void a_brief_match_becomes_what_a_whole_one_is(void **state) {
  static const struct {
    const char *metadata, *body;
    size_t notes;
  } rows[] = {
      {"", "", 0},
      {", title = 'T {who}'", "", 0},
      {", title = 'T {who}', dedup = 'who', unique = 'at', alert_context = { 'who' }", "", 0},
      {"", "function title(e) return 't ' .. e.who end", 0},
      {"",
       "function dedup(e) return e.who end function title(e) return e.p_row_id end "
       "function unique(e) return 'u' end function severity() return 'LOW' end "
       "function description() return 'D' end function runbook(e) return e.p_source_label end "
       "function reference() return 'R' end function destinations() return { 'a', 'b' } end "
       "function alert_context(e) return { at = e.p_parse_time, e = e:to_table() } end",
       0},
      {"", "function dedup() error('x') end function alert_context() return 5 end", 1},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char source[1024];
    snprintf(source, sizeof source, METADATA, rows[i].metadata, rows[i].body);
    struct detection *detection = fixture_detection(source);
    struct buffer whole = take_match(detection, false), brief = take_match(detection, true);
    struct buffer again = BUFFER_NONE;
    struct arena arena = ARENA_NONE;
    struct match_notes notes = {.count = 0};
    struct match match;
    assert_false(text_equal(buffer_text(&whole), buffer_text(&brief)));
    complete(detection, buffer_text(&brief), &arena, &notes, &match);
    match_encode(&match, &again);
    if (!text_equal(buffer_text(&whole), buffer_text(&again)))
      fail_msg("%s %s", rows[i].metadata, rows[i].body);
    assert_int_equal(notes.count, rows[i].notes); /* dedup's error was noted with the match */
    problems_clear(&notes.kept);
    arena_free(&arena);
    buffer_free(&whole);
    buffer_free(&brief);
    buffer_free(&again);
    detection_release(detection);
  }
}

/* They would take most of what a window keeps. */
static void texts_of_the_rule_are_not_written_with_each_match(void **state) {
  static const struct {
    const char *body, *description, *runbook, *reference;
  } rows[] = {
      {"", "d", "r", "u"},
      {"function description() return 'D' end function runbook() return '' end", "D", "", "u"},
      {"function reference() return 'u' end", "d", "r", "u"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char source[1024];
    snprintf(source, sizeof source, METADATA, "", rows[i].body);
    struct detection *detection = fixture_detection(source);
    struct rule *rule = &detection->rules->rules[0];
    struct buffer encoded = take_match(detection, false);
    struct arena arena = ARENA_NONE;
    struct match match;
    assert_true(match_decode(buffer_text(&encoded), rule, &arena, &match));
    assert_true(text_equal(match.outcome.description, text_from(rows[i].description)));
    assert_true(text_equal(match.outcome.runbook, text_from(rows[i].runbook)));
    assert_true(text_equal(match.outcome.reference, text_from(rows[i].reference)));
    bool of_rule = text_equal(match.outcome.description, rule->description);
    assert_true(of_rule == (match.outcome.description.data == rule->description.data));
    arena_free(&arena);
    buffer_free(&encoded);
    detection_release(detection);
  }
}

static void what_is_correlated_is_never_brief(void **state) {
  const struct rule_file files[] = {
      {.path = "a.lua",
       .source = TEXT("metadata { id = 'A', log_types = { 'Test.Log' }, severity = 'low', "
                      "where = { bad = true } }")},
      {.path = "b.lua",
       .source = TEXT("correlation { id = 'B', severity = 'low', on = 'who', within_minutes = 5, "
                      "group = { { id = 's', rule = 'A', min = 2 } } }")}};
  (void)state;
  struct detection *detection = fixture_detection_of(files, 2);
  struct buffer whole = take_match(detection, false), brief = take_match(detection, true);
  assert_true(text_equal(buffer_text(&whole), buffer_text(&brief)));
  buffer_free(&whole);
  buffer_free(&brief);
  detection_release(detection);
}

static void a_record_that_cannot_be_read_any_more_still_makes_an_alert(void **state) {
  (void)state;
  struct detection *detection = fixture_detection(FIXTURE_RULE);
  struct buffer brief = take_match(detection, true);
  struct problems problems = PROBLEMS_NONE;
  schema_set_free(detection->schemas);
  detection->schemas = schema_set_load_text(
      TEXT("schema: Test.Log\nfields: [{name: other, type: string, required: true}]\n"), "t.yml",
      &problems);
  assert_int_equal(problems.count, 0);
  struct arena arena = ARENA_NONE;
  struct match_notes notes = {.count = 0};
  struct match match;
  complete(detection, buffer_text(&brief), &arena, &notes, &match);
  assert_true(text_is(match.outcome.title, "Test.Bad"));
  assert_true(text_is(match.outcome.dedup, "bart@example.com"));
  assert_true(text_is(match.outcome.context, "{}"));
  assert_true(text_contains(match.event, TEXT("\"who\":\"Bart@Example.com\"")));
  arena_free(&arena);
  buffer_free(&brief);
  detection_release(detection);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_brief_match_becomes_what_a_whole_one_is),
      cmocka_unit_test(texts_of_the_rule_are_not_written_with_each_match),
      cmocka_unit_test(what_is_correlated_is_never_brief),
      cmocka_unit_test(a_record_that_cannot_be_read_any_more_still_makes_an_alert),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
