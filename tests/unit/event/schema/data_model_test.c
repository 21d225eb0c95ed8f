#include "event/event_fixture.h"
#include "rule/load/rule_model.h"
#include "rule/rule_fixture.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Schemas and models of files that a test writes. */
struct world {
  struct schema_set *schemas;
  struct rule_set *rules;
  struct problems problems;
  char folder[32];
};

static int start_world(void **state) {
  struct world *world = memory_alloc(sizeof *world);
  strcpy(world->folder, "/tmp/margay-model-XXXXXX");
  assert_non_null(mkdtemp(world->folder));
  *state = world;
  return 0;
}

static void remove_file(const struct world *world, const char *name) {
  char path[64];
  snprintf(path, sizeof path, "%s/%s", world->folder, name);
  unlink(path);
}

static int stop_world(void **state) {
  struct world *world = *state;
  schema_set_free(world->schemas);
  rule_set_free(world->rules);
  problems_clear(&world->problems);
  remove_file(world, "a.yml");
  remove_file(world, "m.yml");
  remove_file(world, "n.yml");
  rmdir(world->folder);
  free(world);
  return 0;
}

static void write_file(const struct world *world, const char *name, const char *text) {
  char path[64];
  snprintf(path, sizeof path, "%s/%s", world->folder, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  assert_int_equal(fclose(file), 0);
}

#define SCHEMA                                                                                     \
  "schema: Test.Log\nfields:\n  - {name: who, type: string}\n  - {name: ip, type: string}\n"       \
  "  - name: o\n    type: object\n    fields: [{name: email, type: string}]\n"                     \
  "  - {name: any, type: json}\n"

static void load(struct world *world, const char *model) {
  schema_set_free(world->schemas);
  problems_clear(&world->problems);
  write_file(world, "a.yml", SCHEMA);
  write_file(world, "m.yml", model);
  world->schemas = schema_set_load(world->folder, &world->problems);
}

static void mistakes_in_models_are_reported_with_their_place(void **state) {
  struct world *world = *state;
  static const struct {
    const char *model;
    unsigned line;
    const char *message;
  } rows[] = {
      {"model: Test.Log\n", 1, "the key 'fields' is missing"},
      {"model: Test.Lgo\nfields: {a: who}\n", 1,
       "model: there is no schema 'Test.Lgo' (did you mean 'Test.Log'?)"},
      {"model: []\nfields: {a: who}\n", 1, "model: expected text, found a list"},
      {"model: Test.Log\nfeilds: {a: who}\nfields: {a: who}\n", 2,
       "unknown key 'feilds' in a data model (did you mean 'fields'?)"},
      {"model: Test.Log\nfields: [who]\n", 2,
       "fields: expected a mapping (key: value), found a list"},
      {"model: Test.Log\nfields:\n  a: hwo\n", 3,
       "the schema Test.Log has no field 'hwo' (did you mean 'who'?)"},
      {"model: Test.Log\nfields:\n  a: [who, nothing.at.all]\n", 3,
       "the schema Test.Log has no field 'nothing'"},
      {"model: Test.Log\nfields:\n  a: o.emial\n", 3,
       "the schema Test.Log has no field 'emial' (did you mean 'email'?)"},
      {"model: Test.Log\nfields:\n  a: []\n", 3, "a: 1 to 32 paths are expected"},
      {"model: Test.Log\nfields:\n  a: ''\n", 3, "a path is names with dots between them"},
      {"model: Test.Log\nfields:\n  a: who.\n", 3, "a path is names with dots between them"},
      {"model: Test.Log\nfields:\n  a: $.who\n", 3,
       "a path begins with a field's name, without '$': payload.object.email"},
      {"model: Test.Log\nfields:\n  a: [[who]]\n", 3, "a path: expected text, found a list"},
      {"model: Test.Log\nfields:\n  a: {}\n", 3,
       "a path, or { function: library.name } is expected"},
      {"model: Test.Log\nfields:\n  a: {fnuction: x.y}\n", 3,
       "unknown key 'fnuction' in a field's source (did you mean 'function'?)"},
      {"model: Test.Log\nfields:\n  a: {function: user_of}\n", 3,
       "function: 'user_of' is to name a library and its function, as in names.user_of"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    load(world, rows[i].model);
    if (world->problems.count != 1)
      fail_msg("%s: %zu problems", rows[i].model, world->problems.count);
    const struct error *error = &world->problems.items[0];
    if (strcmp(error->text, rows[i].message) != 0 || error->line != rows[i].line)
      fail_msg("%s\n  got: %u: %s\n  expected: %u: %s", rows[i].model, error->line, error->text,
               rows[i].line, rows[i].message);
    assert_non_null(strstr(error->file, "/m.yml"));
  }
}

static void paths_that_a_schema_cannot_know_are_taken(void **state) {
  struct world *world = *state;
  load(world, "model: Test.Log\nfields:\n  a: o.something.else\n  b: any.thing\n  c: p_row_id\n");
  assert_int_equal(world->problems.count, 0);
}

static void a_log_type_has_one_model(void **state) {
  struct world *world = *state;
  write_file(world, "n.yml", "model: Test.Log\nfields: {a: who}\n");
  load(world, "model: Test.Log\nfields: {a: who}\n");
  assert_int_equal(world->problems.count, 1);
  assert_non_null(strstr(world->problems.items[0].text, "the model of 'Test.Log' is in "));
  remove_file(world, "n.yml");
}

static const struct rule_file library = {
    .path = "rules/lib/help.lua",
    .source = TEXT_INIT("local h = {} h.five = 5 function h.who(event) return event.who end "
                        "function h.fails() error('no') end return h"),
    .library = TEXT_INIT("help"),
};

static void load_rule(struct world *world, const char *body) {
  struct buffer text = BUFFER_NONE;
  buffer_printf(&text, "metadata { id = 'T', log_types = { 'Test.Log' }, severity = 'low' }\n%s",
                body);
  struct rule_file files[] = {library, {.path = "rules/t.lua", .source = buffer_text(&text)}};
  rule_set_free(world->rules);
  world->rules = rule_set_load_files(files, 2, &world->problems);
  buffer_free(&text);
}

static void names_and_functions_that_nobody_has_are_reported(void **state) {
  struct world *world = *state;
  static const struct {
    const char *source, *body;
    unsigned line;
    const char *message; /* NULL = none */
  } rows[] = {
      {"who", "function rule(event) return event:udm('actor') == 'x' end", 0, NULL},
      {"who", "function rule(event) return event:udm \"actor\" == 'x' end", 0, NULL},
      {"who", "function rule(event)\nreturn event:udm(\"acotr\") == 'x' end", 3,
       "no data model has a field 'acotr' (did you mean 'actor'?)"},
      {"who", "function rule(event) return event:udm 'zzz' == 'x' end", 2,
       "no data model has a field 'zzz'"},
      {"who", "function rule(event) -- event:udm('zzz')\n return event:udm(event.x) == 'x' end", 0,
       NULL},
      {"who", "function rule(event) return event.udm('zzz') == event:xudm('zzz') end", 0, NULL},
      {"who", "function rule(event) local s = [[:udm('zzz')]] return s == ':udm(\"zzz\")' end", 0,
       NULL},
      {"{function: help.who}", "function rule(event) return event:udm('actor') end", 0, NULL},
      {"{function: nobody.asks}", "function rule() return true end", 0, NULL},
      {"{function: hepl.who}", "function rule(event) return event:udm('actor') end", 3,
       "function: there is no library 'hepl' (did you mean 'help'?)"},
      {"{function: help.whom}", "function rule(event) return event:udm('actor') end", 3,
       "function: the library 'help' has no function 'whom'"},
      {"{function: help.five}", "function rule(event) return event:udm('actor') end", 3,
       "function: the library 'help' has no function 'five'"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char model[128];
    snprintf(model, sizeof model, "model: Test.Log\nfields:\n  actor: %s\n", rows[i].source);
    load(world, model);
    load_rule(world, rows[i].body);
    rule_model_check(world->rules, world->schemas, &world->problems);
    if (world->problems.count != (rows[i].message ? 1 : 0))
      fail_msg("%s %s: %zu problems", rows[i].source, rows[i].body, world->problems.count);
    const struct error *error = world->problems.items;
    if (rows[i].message &&
        (strcmp(error->text, rows[i].message) != 0 || error->line != rows[i].line))
      fail_msg("%s\n  got: %u: %s\n  expected: %u: %s", rows[i].body, error->line, error->text,
               rows[i].line, rows[i].message);
  }
}

static void expect(struct world *world, const char *record, const char *expression,
                   const char *failure) {
  struct fixture events = {.schemas = world->schemas};
  struct error error = ERROR_NONE;
  char body[256];
  snprintf(body, sizeof body, "function rule(event) return %s end", expression);
  load_rule(world, body);
  use_reader(&events, "Test.Log", false);
  const struct event *event = read_event(&events, record);
  struct rule_vm *vm = rule_vm_new(world->rules, NULL);
  rule_vm_set_event(vm, event);
  enum rule_verdict verdict = rule_vm_match(vm, &world->rules->rules[0], &error);
  if (failure ? verdict != RULE_FAILED || strcmp(error.text, failure) != 0 : verdict != RULE_MATCH)
    fail_msg("%s of %s: %d %s", expression, record, verdict, error.text);
  rule_vm_free(vm);
  event_reader_free(events.reader);
  buffer_free(&events.record);
  buffer_free(&events.out);
}

static void udm_gives_the_first_value_that_the_model_finds(void **state) {
  struct world *world = *state;
  static const struct {
    const char *record, *expression, *failure;
  } rows[] = {
      {"{\"who\":\"x\"}", "event:udm('actor') == 'x'", NULL},
      {"{\"who\":\"\",\"o\":{\"email\":\"y\"}}", "event:udm('actor') == 'y'", NULL},
      {"{\"who\":null,\"o\":{\"email\":\"y\"}}", "event:udm('actor') == 'y'", NULL},
      {"{\"o\":{}}", "event:udm('actor') == nil", NULL},
      {"{}", "event:udm('nothing') == nil", NULL},
      {"{\"any\":{\"a\":1}}", "event:udm('view').a == 1", NULL},
      {"{\"any\":[5,6]}", "event:udm('second') == 6", NULL},
      {"{}", "event:udm('log') == 'Test.Log'", NULL},
      {"{\"who\":\"x\"}", "event:udm('called') == 'x'", NULL},
      {"{\"ip\":\"i\"}", "event:udm('called') == 'i'", NULL},
      {"{}", "event:udm('fails')", "no"},
      {"{\"o\":{}}", "event.o:udm('actor')", "udm asks the whole event: event:udm(\"actor\")"},
  };
  load(world, "model: Test.Log\nfields:\n  actor: [who, o.email]\n  view: any\n  second: any.1\n"
              "  log: p_log_type\n  called: [{function: help.who}, ip]\n"
              "  fails: {function: help.fails}\n");
  assert_int_equal(world->problems.count, 0);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    expect(world, rows[i].record, rows[i].expression, rows[i].failure);
}

static void a_log_type_without_a_model_has_no_udm(void **state) {
  struct world *world = *state;
  load(world, "model: Test.Log\nfields: {}\n");
  expect(world, "{\"who\":\"x\"}", "event:udm('actor') == nil", NULL);
}

/* The actor of a match of the record, copied into `actor`; adds the notes to the world's problems.
 */
static void describe_actor(struct world *world, const char *record, bool unchecked,
                           char actor[static 64]) {
  struct fixture events = {.schemas = world->schemas};
  struct rule_outcome outcome;
  load_rule(world, "function rule() return true end");
  use_reader(&events, "Test.Log", unchecked);
  struct rule_vm *vm = rule_vm_new(world->rules, NULL);
  rule_vm_set_event(vm, read_event(&events, record));
  rule_vm_describe(vm, &world->rules->rules[0], &outcome, &world->problems);
  snprintf(actor, 64, "%.*s", TEXT_ARGS(outcome.actor));
  rule_vm_free(vm);
  event_reader_free(events.reader);
  buffer_free(&events.record);
  buffer_free(&events.out);
}

static void the_actor_of_an_alert_is_what_the_model_calls_actor_user(void **state) {
  struct world *world = *state;
  static const struct {
    const char *source, *record, *actor, *note;
  } rows[] = {
      {"who", "{\"who\":\"x\"}", "x", NULL},
      {"[who, o.email]", "{\"who\":\"x\",\"o\":{\"email\":\"y\"}}", "x", NULL},
      {"[who, o.email]", "{\"who\":\"\",\"o\":{\"email\":\"y\"}}", "y", NULL},
      {"[any, who]", "{\"any\":{\"a\":1},\"who\":\"x\"}", "x", NULL},
      {"[any, who]", "{\"any\":5,\"who\":\"x\"}", "5", NULL},
      {"[who, o.email]", "{\"any\":\"x\"}", "", NULL},
      {"p_log_type", "{}", "Test.Log", NULL},
      {"{function: help.who}", "{\"who\":\"x\"}", "x", NULL},
      {"[{function: help.who}, ip]", "{\"ip\":\"i\"}", "i", NULL},
      {"[ip, {function: help.who}]", "{\"who\":\"x\"}", "x", NULL},
      {"{function: help.fails}", "{\"who\":\"x\"}", "", "actor_user: no"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char model[128], actor[64];
    snprintf(model, sizeof model, "model: Test.Log\nfields:\n  actor_user: %s\n", rows[i].source);
    load(world, model);
    describe_actor(world, rows[i].record, false, actor);
    if (strcmp(actor, rows[i].actor) != 0)
      fail_msg("%s of %s: '%s'", rows[i].source, rows[i].record, actor);
    assert_int_equal(world->problems.count, rows[i].note ? 1 : 0);
    if (rows[i].note)
      assert_string_equal(world->problems.items[0].text, rows[i].note);
  }
}

static void the_function_of_an_actor_is_checked_though_no_rule_asks_for_it(void **state) {
  struct world *world = *state;
  load(world, "model: Test.Log\nfields: {actor_user: {function: help.whom}}\n");
  load_rule(world, "function rule() return true end");
  rule_model_check(world->rules, world->schemas, &world->problems);
  assert_int_equal(world->problems.count, 1);
  assert_string_equal(world->problems.items[0].text,
                      "function: the library 'help' has no function 'whom'");
}

static void without_a_model_or_a_schema_an_alert_names_no_actor(void **state) {
  struct world *world = *state;
  char actor[64];
  load(world, "model: Test.Log\nfields: {user: who}\n");
  describe_actor(world, "{\"who\":\"x\"}", false, actor);
  assert_string_equal(actor, "");
  load(world, "model: Test.Log\nfields: {actor_user: who}\n");
  describe_actor(world, "{\"who\":\"x\"}", true, actor);
  assert_string_equal(actor, "");
}

static void every_bundled_schema_has_a_model(void **state) {
  struct world *world = *state;
  world->schemas = schema_set_load("schemas", &world->problems);
  assert_int_equal(world->problems.count, 0);
  for (size_t i = 0; i < world->schemas->count; i++) {
    const struct schema *schema = &world->schemas->schemas[i];
    if (!schema->model || !data_model_find(schema->model, TEXT("actor_user")))
      fail_msg("%s has no actor_user", schema->name.data);
  }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_world, stop_world)
  const struct CMUnitTest tests[] = {
      TEST(mistakes_in_models_are_reported_with_their_place),
      TEST(paths_that_a_schema_cannot_know_are_taken),
      TEST(a_log_type_has_one_model),
      TEST(names_and_functions_that_nobody_has_are_reported),
      TEST(udm_gives_the_first_value_that_the_model_finds),
      TEST(a_log_type_without_a_model_has_no_udm),
      TEST(the_actor_of_an_alert_is_what_the_model_calls_actor_user),
      TEST(the_function_of_an_actor_is_checked_though_no_rule_asks_for_it),
      TEST(without_a_model_or_a_schema_an_alert_names_no_actor),
      TEST(every_bundled_schema_has_a_model),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
