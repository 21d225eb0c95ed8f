/* Rules: which there are, what one says and does, and its tests. */
#include "api/api.h"
#include "api/rules/noise.h"
#include "api/rules/rule_json.h"
#include "base/json_member.h"
#include "base/suggestion.h"
#include "detect/test/rule_test.h"
#include "store/store_overview.h"

#include <inttypes.h>
#include <stdlib.h>

#define NOISE_DAYS 30 /* that matches and alerts are counted of */

static const struct api_parameter id_parameters[] = {
    {.name = "id", .place = API_PATH, .type = API_TEXT, .max = 256, .help = "The rule's id"}};

static const struct api_parameter matches_parameters[] = {
    {.name = "id", .place = API_PATH, .type = API_TEXT, .max = 256, .help = "The rule's id"},
    API_LIMIT_ROW,
    API_CURSOR_ROW,
};

/* ---- what rules did ------------------------------------------------------------------------ */

static bool read_noise(const struct api_world *world, const struct api_request *request,
                       struct noise *noise, struct error *error) {
  const struct noise_choice choice = {.since = request->now - NOISE_DAYS * US_PER_DAY,
                                      .silent = true};
  return noise_read(world->store, world->setup->detection->rules, &choice, noise, error);
}

static const struct noise_row *row_of(const struct noise *noise, const struct rule *rule) {
  return map_get(&noise->by_id, rule->id);
}

/* ---- one rule ------------------------------------------------------------------------------ */

static const char *mode_of(const struct rule *rule) {
  enum rule_mode mode = !rule->enabled        ? RULE_MODE_OFF
                        : !rule->create_alert ? RULE_MODE_SIGNAL
                                              : RULE_MODE_ALERT;
  return rule_mode_names[mode];
}

static void append_tuned(struct buffer *json, const struct rule *rule) {
  const struct rule_tuning *tuning = rule->tuning;
  size_t listed = 0;
  json_member_name(json, TEXT("tuned"));
  buffer_append_char(json, '[');
  for (size_t i = 0; tuning && i < tuning->change_count; i++) {
    if (tuning->changes[i].by_default)
      continue;
    buffer_append_string(json, listed++ ? "," : "");
    buffer_append_json_string(json, tuning->changes[i].words);
  }
  buffer_append_char(json, ']');
}

/* All that a list says of it, without the closing brace. */
static void append_rule(struct buffer *json, const struct rule *rule,
                        const struct suppressed_counts *counts, const struct noise *noise,
                        bool whole) {
  const struct noise_row *row = row_of(noise, rule);
  rule_json_append_open(json, rule, counts, whole);
  if (!whole)
    json_member_text(json, "description", rule->description);
  json_member_text(json, "mode", text_from(mode_of(rule)));
  append_tuned(json, rule);
  rule_json_append_attack(json, "attack", rule);
  buffer_printf(json, ",\"test_count\":%zu,\"matches_30d\":%" PRId64 ",\"alerts_30d\":%" PRId64,
                rule->test_count, row ? row->matches : 0, row ? row->alerts : 0);
}

/* ---- rules.list ---------------------------------------------------------------------------- */

static bool list_rules(const struct api_world *world, const struct api_request *request,
                       struct api_answer *answer) {
  const struct rule_set *rules = world->setup->detection->rules;
  struct arena arena = ARENA_NONE;
  struct error error = ERROR_NONE;
  struct suppressed_counts counts;
  struct noise noise = {.count = 0};
  bool ok = suppressed_counts_read(world->store, &arena, &counts, &error) &&
            read_noise(world, request, &noise, &error);
  api_list_begin(answer);
  for (size_t i = 0; ok && i < rules->count; i++) {
    struct buffer *json = api_list_next(answer);
    append_rule(json, &rules->rules[i], &counts, &noise, false);
    buffer_append_char(json, '}');
  }
  api_list_close(answer, TEXT(""));
  noise_clear(&noise);
  arena_free(&arena);
  return ok || api_fail(answer, &error);
}

/* ---- rules.show ---------------------------------------------------------------------------- */

/* NULL: refused. */
static const struct rule *find_rule(const struct rule_set *rules, const struct api_request *request,
                                    struct api_answer *answer) {
  struct text id = api_text(request, "id");
  const struct rule *rule = rule_set_find_folded(rules, id);
  if (rule)
    return rule;
  struct arena arena = ARENA_NONE;
  struct suggestion suggestion;
  char shown[128];
  const char **known = arena_alloc(&arena, (rules->count + 1) * sizeof *known);
  for (size_t i = 0; i < rules->count; i++)
    known[i] = arena_copy(&arena, rules->rules[i].id).data;
  api_refuse(answer, API_NOT_FOUND, "id", "there is no rule '%s'%s",
             text_printable(id, shown, sizeof shown),
             suggestion_find(id, known, rules->count, &suggestion));
  arena_free(&arena);
  return NULL;
}

/* Of `tests { … }`; one without a name is known by its number. */
static void append_tests(struct buffer *json, const struct rule *rule) {
  json_t *tests = json_loadb(rule->tests_json.data, rule->tests_json.size, 0, NULL);
  buffer_append_string(json, ",\"tests\":[");
  for (size_t i = 0; i < json_array_size(tests); i++) {
    const json_t *test = json_array_get(tests, i), *name = json_object_get(test, "name"),
                 *expect = json_object_get(test, "expect");
    char number[32];
    snprintf(number, sizeof number, "test %zu", i + 1);
    buffer_append_string(json, i ? ",{" : "{");
    json_member_text(json, "name",
                     text_from(json_is_string(name) ? json_string_value(name) : number));
    if (json_is_boolean(expect))
      buffer_printf(json, ",\"expected\":%s", json_is_true(expect) ? "true" : "false");
    buffer_append_char(json, '}');
  }
  buffer_append_char(json, ']');
  json_decref(tests);
}

static void append_source(struct buffer *json, const struct rule *rule) {
  bool is_lua = text_ends_folded(text_from(rule->file), TEXT(".lua"));
  json_member_text(json, "text", rule->source);
  json_member_text(json, "language", is_lua ? TEXT("lua") : TEXT("sigma"));
}

static bool show_rule(const struct api_world *world, const struct api_request *request,
                      struct api_answer *answer) {
  const struct rule_set *rules = world->setup->detection->rules;
  struct arena arena = ARENA_NONE;
  struct error error = ERROR_NONE;
  struct suppressed_counts counts;
  struct noise noise = {.count = 0};
  struct buffer *json = &answer->body;
  const struct rule *rule = find_rule(rules, request, answer);
  if (!rule)
    return false;
  bool ok = suppressed_counts_read(world->store, &arena, &counts, &error) &&
            read_noise(world, request, &noise, &error);
  if (ok) {
    const struct noise_row *row = row_of(&noise, rule);
    append_rule(json, rule, &counts, &noise, true);
    append_source(json, rule);
    append_tests(json, rule);
    json_member_name(json, TEXT("noise"));
    if (row)
      noise_json_append(json, &noise, row);
    else
      buffer_append_string(json, "null");
    buffer_append_char(json, '}');
  }
  noise_clear(&noise);
  arena_free(&arena);
  return ok || api_fail(answer, &error);
}

/* ---- rules.matches ------------------------------------------------------------------------- */

struct matches {
  struct api_answer *answer;
  int64_t limit, last;
  bool more;
};

static bool add_match(void *context, const struct store_match_found *match) {
  struct matches *matches = context;
  matches->more = matches->answer->items == matches->limit;
  if (matches->more)
    return false;
  struct buffer *json = api_list_next(matches->answer);
  buffer_append_char(json, '{');
  json_member_text(json, "row_id", match->row_id);
  json_member_time(json, "time", match->event_time);
  json_member_text(json, "title", match->title.size > 0 ? match->title : match->dedup);
  json_member_text(json, "dedup", match->dedup);
  json_member_text(json, "actor", match->actor);
  if (match->alert_id.size > 0)
    json_member_text(json, "alert_id", match->alert_id);
  if (match->suppressed)
    buffer_append_string(json, ",\"suppressed\":true");
  buffer_append_char(json, '}');
  matches->last = match->id;
  return true;
}

/* A rule that is not loaded may still have matches. The cursor is the last one's number. */
static bool list_matches(const struct api_world *world, const struct api_request *request,
                         struct api_answer *answer) {
  struct error error = ERROR_NONE;
  struct text cursor = api_text(request, "cursor");
  const struct rule *rule =
      rule_set_find_folded(world->setup->detection->rules, api_text(request, "id"));
  struct matches matches = {.answer = answer,
                            .limit = api_integer(request, "limit", API_LIMIT_DEFAULT)};
  char *end = NULL, next[32] = "";
  int64_t before = cursor.size > 0 ? strtoll(cursor.data, &end, 10) : INT64_MAX;
  if (end && (*end || before <= 0))
    return api_refuse(answer, API_BAD, "cursor", "cursor: give `next` of the answer before");
  api_list_begin(answer);
  if (!store_match_list(world->store, rule ? rule->id : api_text(request, "id"), before,
                        matches.limit + 1, add_match, &matches, &error))
    return api_fail(answer, &error);
  if (matches.more)
    snprintf(next, sizeof next, "%" PRId64, matches.last);
  api_list_close(answer, text_from(next));
  return true;
}

/* ---- rules.test ---------------------------------------------------------------------------- */

/* "title: expected A, got B": a line for each thing that is not as expected. */
static void append_findings(struct buffer *json, const struct rule_test_case_result *test) {
  struct buffer message = BUFFER_NONE;
  for (size_t i = 0; i < test->finding_count; i++) {
    const struct rule_test_finding *finding = &test->findings[i];
    buffer_printf(&message, "%s%s", i ? "\n" : "", finding->what);
    if (finding->expected)
      buffer_printf(&message, ": expected %s", finding->expected);
    if (finding->got)
      buffer_printf(&message, "%s got %s", finding->expected ? "," : ":", finding->got);
  }
  if (message.size > 0)
    json_member_text(json, "message", buffer_text(&message));
  buffer_free(&message);
}

static void append_results(struct buffer *json, const struct rule_test_results *results) {
  buffer_printf(json, "{\"passed\":%zu,\"failed\":%zu,\"tests\":[", results->summary.passed,
                results->summary.failed);
  for (size_t i = 0; i < results->count; i++)
    for (size_t k = 0; k < results->items[i].case_count; k++) {
      const struct rule_test_case_result *test = &results->items[i].cases[k];
      buffer_append_string(json, k ? ",{" : "{");
      json_member_text(json, "name", test->name);
      buffer_printf(json, ",\"ok\":%s", test->passed ? "true" : "false");
      append_findings(json, test);
      if (test->printed.size > 0)
        json_member_text(json, "printed", test->printed);
      buffer_append_char(json, '}');
    }
  buffer_append_string(json, "]}");
}

/* As the file says: what a configuration changes is no matter of the file's tests. */
static bool test_rule(const struct api_world *world, const struct api_request *request,
                      struct api_answer *answer) {
  const struct rule_loader *loader = world->hooks ? &world->hooks->loader : NULL;
  const struct rule_load wanted = {.untuned = true};
  struct rules_loaded loaded = {.detection = NULL};
  struct problems problems = PROBLEMS_NONE;
  if (!loader || !loader->load)
    return api_refuse(answer, API_CONFLICT, NULL, "rules cannot be read here");
  bool ok = loader->load(loader->context, &wanted, &loaded, &problems);
  if (!ok)
    api_refuse(answer, API_FAILED, NULL, "the rules cannot be read: %s",
               problems.count > 0 ? problems.items[0].text : "no reason is known");
  const struct rule *rule = ok ? find_rule(loaded.detection->rules, request, answer) : NULL;
  if (rule) {
    struct lookup_watch *lookups = loaded.detection->lookups;
    struct lookup_set *tables = lookups ? lookup_watch_current(lookups) : NULL;
    struct text id = rule->id;
    const struct rule_test_options options = {.fixtures = loaded.fixtures,
                                              .schemas = loaded.detection->schemas,
                                              .lookups = tables,
                                              .selection = {.ids = {&id, 1}},
                                              .jobs = 1};
    struct rule_test_results *results = rule_test_run(loaded.detection->rules, &options);
    append_results(&answer->body, results);
    rule_test_results_free(results);
    lookup_set_release(tables);
  }
  rules_loaded_clear(&loaded);
  problems_clear(&problems);
  return rule != NULL;
}

/* ---- the operations ------------------------------------------------------------------------ */

static const struct api_field attack_fields[] = {
    {.name = "tactic", .type = API_TEXT}, {.name = "technique", .type = API_TEXT}, {.name = NULL}};

static const struct api_field tuning_fields[] = {
    {.name = "change", .type = API_TEXT},
    {.name = "reason", .type = API_TEXT, .optional = true},
    {.name = "place", .type = API_TEXT, .optional = true, .help = "Of the configuration"},
    {.name = NULL},
};

#define RULE_FIELDS                                                                                \
  {.name = "id", .type = API_TEXT}, {.name = "display_name", .type = API_TEXT},                    \
      {.name = "description", .type = API_TEXT}, {.name = "file", .type = API_TEXT},               \
      {.name = "severity", .type = API_TEXT},                                                      \
      {.name = "pack", .type = API_TEXT, .optional = true},                                        \
      {.name = "evidence",                                                                         \
       .type = API_TEXT,                                                                           \
       .optional = true,                                                                           \
       .help = "How sure its words are: documented, sample or guess"},                             \
      {.name = "log_types", .type = API_LIST}, {.name = "tags", .type = API_LIST},                 \
      {.name = "enabled", .type = API_BOOLEAN}, {.name = "create_alert", .type = API_BOOLEAN},     \
      {.name = "mode", .type = API_TEXT, .help = "alert, signal or off"},                          \
      {.name = "stateful", .type = API_BOOLEAN}, {.name = "correlation", .type = API_BOOLEAN},     \
      {.name = "threshold", .type = API_INTEGER},                                                  \
      {.name = "dedup_period_minutes", .type = API_INTEGER},                                       \
      {.name = "tuning",                                                                           \
       .type = API_LIST,                                                                           \
       .fields = tuning_fields,                                                                    \
       .optional = true,                                                                           \
       .help = "What the configuration changes"},                                                  \
      {.name = "tuned", .type = API_LIST, .help = "The changes that are not a pack's usual mode"}, \
      {.name = "suppressed",                                                                       \
       .type = API_INTEGER,                                                                        \
       .optional = true,                                                                           \
       .help = "Matches that tuning keeps from alerts"},                                           \
      {.name = "attack", .type = API_LIST, .fields = attack_fields},                               \
      {.name = "test_count", .type = API_INTEGER}, {.name = "matches_30d", .type = API_INTEGER}, { \
    .name = "alerts_30d", .type = API_INTEGER                                                      \
  }

static const struct api_field list_fields[] = {RULE_FIELDS, {.name = NULL}};

static const struct api_field case_fields[] = {
    {.name = "name", .type = API_TEXT},
    {.name = "expected",
     .type = API_BOOLEAN,
     .optional = true,
     .help = "Whether something is to match"},
    {.name = NULL},
};

static const struct api_field show_fields[] = {
    RULE_FIELDS,
    {.name = "runbook", .type = API_TEXT},
    {.name = "reference", .type = API_TEXT},
    {.name = "summary_attributes", .type = API_LIST},
    {.name = "story", .type = API_LIST, .help = "What alerts share that become one"},
    {.name = "destinations", .type = API_LIST, .optional = true},
    {.name = "reports", .type = API_ANY},
    {.name = "where", .type = API_ANY, .optional = true},
    {.name = "within_minutes", .type = API_INTEGER, .optional = true, .help = "Of a correlation"},
    {.name = "sequence", .type = API_ANY, .optional = true, .help = "Its steps, in this order"},
    {.name = "group", .type = API_ANY, .optional = true, .help = "Its steps, in any order"},
    {.name = "text", .type = API_TEXT, .help = "The file"},
    {.name = "language", .type = API_TEXT, .help = "lua or sigma"},
    {.name = "tests", .type = API_LIST, .fields = case_fields},
    {.name = "noise",
     .type = API_ANY,
     .optional = true,
     .help = "Of 30 days, as noise.show lists it"},
    {.name = NULL},
};

static const struct api_field match_fields[] = {
    {.name = "row_id", .type = API_TEXT},
    {.name = "time", .type = API_TIME},
    {.name = "title",
     .type = API_TEXT,
     .help = "That of its alert, or what matches are grouped by"},
    {.name = "dedup", .type = API_TEXT},
    {.name = "actor", .type = API_TEXT},
    {.name = "alert_id", .type = API_TEXT, .optional = true},
    {.name = "suppressed", .type = API_BOOLEAN, .optional = true},
    {.name = NULL},
};

static const struct api_field result_fields[] = {
    {.name = "name", .type = API_TEXT},
    {.name = "ok", .type = API_BOOLEAN},
    {.name = "message", .type = API_TEXT, .optional = true, .help = "What is not as expected"},
    {.name = "printed", .type = API_TEXT, .optional = true, .help = "By the rule's `print`"},
    {.name = NULL},
};

static const struct api_field test_fields[] = {
    {.name = "passed", .type = API_INTEGER},
    {.name = "failed", .type = API_INTEGER},
    {.name = "tests", .type = API_LIST, .fields = result_fields},
    {.name = NULL},
};

const struct api_operation api_rules_list = {
    .name = "rules.list",
    .method = "GET",
    .path = "/rules",
    .role = API_VIEWER,
    .summary = "List the rules that are loaded, with what they did in 30 days",
    .fields = list_fields,
    .lists = true,
    .run = list_rules,
};

const struct api_operation api_rules_show = {
    .name = "rules.show",
    .method = "GET",
    .path = "/rules/{id}",
    .role = API_VIEWER,
    .summary = "Show one rule: its text, its tests, what a configuration changes, its noise",
    API_PARAMETERS(id_parameters),
    .fields = show_fields,
    .run = show_rule,
};

const struct api_operation api_rules_matches = {
    .name = "rules.matches",
    .method = "GET",
    .path = "/rules/{id}/matches",
    .role = API_VIEWER,
    .summary = "List the matches of a rule, those found last first",
    API_PARAMETERS(matches_parameters),
    .fields = match_fields,
    .lists = true,
    .run = list_matches,
};

const struct api_operation api_rules_test = {
    .name = "rules.test",
    .method = "POST",
    .path = "/rules/{id}/tests",
    .role = API_ANALYST,
    .summary = "Run the unit tests of a rule, as its file is on disk",
    API_PARAMETERS(id_parameters),
    .fields = test_fields,
    .run = test_rule,
};
