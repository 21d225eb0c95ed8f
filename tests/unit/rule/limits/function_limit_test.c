/*
 * No call of a rule's function outlasts its limit, whatever function it calls on whatever text.
 *
 * Each row calls one function again and again on something large. The functions are found by
 * walking what a rule sees, so a new one without a row fails the test.
 */
#include "rule/binding/event_binding.h"
#include "rule/limits/limits_fixture.h"
#include "rule/rule_fixture.h"
#include "rule/sandbox/sandbox_freeze.h"
#include "rule/vm/rule_run.h"

#include <lauxlib.h>

#define SHORT_INSTRUCTIONS 100000
#define SHORT_INSTRUCTIONS_BY_CLOCK 50000 /* where the clock alone would end a call */
/* Bytes that a call may run over for the price of one instruction. */
#define BYTES_PER_INSTRUCTION 512

/* What each call runs over. */
enum reach {
  LITTLE, /* next to nothing, or what is charged for another reason */
  ALL,    /* the text or the list: that has to be charged */
  CLOCK   /* the text or the table, as one VM instruction: only the clock sees it */
};

/* What rows may name, beside E, the event, with E.text, E.list, E.object of the size. */
static const struct {
  char name;
  const char *code;
} values[] = {
    {'S', "local S = ('a'):rep(n) "},
    {'T', "local T = ('a'):rep(n - 1) .. 'a' "},
    {'Z', "local Z = ('a'):rep(n) .. 'z' "},
    {'D', "local D = ('1'):rep(n) "},
    {'L', "local L = {} for i = 1, n // 16 do L[i] = i end "}, /* a long list */
    {'W', "local W = {} for i = 1, 1000 do W[i] = 'a' .. i end "},
    /* a table whose places were emptied */
    {'H', "local H = {} for i = 1, n // 64 do H['k' .. i] = i end "
          "for k in pairs(H) do H[k] = nil end "},
    /* a chain of metatables */
    {'C', "local C = {} for i = 1, 1000 do "
          "C = setmetatable({}, { __index = C, __newindex = C }) end "},
};

static const struct row {
  const char *name, *body;
  enum reach reach;
} rows[] = {
#include "rule/limits/function_limit_rows.h"
};
#define ROW_COUNT (sizeof rows / sizeof *rows)

/* ---- every function has a row ---- */

static bool has_row(const char *name) {
  for (size_t i = 0; i < ROW_COUNT; i++)
    if (strcmp(rows[i].name, name) == 0)
      return true;
  return false;
}

/* Of the table at the top of the stack, and of those in it. */
static size_t count_missing(lua_State *lua, const char *prefix, int depth) {
  size_t missing = 0;
  char name[96];
  if (!sandbox_thaw(lua, -1))
    lua_pushvalue(lua, -1);
  lua_pushnil(lua);
  while (lua_next(lua, -2)) {
    snprintf(name, sizeof name, "%s%s", prefix,
             lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : "?");
    if (lua_isfunction(lua, -1) && !has_row(name)) {
      print_error("%s has no row\n", name);
      missing++;
    } else if (lua_istable(lua, -1) && depth > 0) {
      snprintf(name, sizeof name, "%s%s.", prefix, lua_tostring(lua, -2));
      missing += count_missing(lua, name, depth - 1);
    }
    lua_pop(lua, 1);
  }
  lua_pop(lua, 1);
  return missing;
}

static void every_function_that_a_rule_can_call_has_a_row(void **state) {
  struct rule_fixture *fixture = *state;
  struct event_binding binding = EVENT_BINDING_NONE;
  struct error error = ERROR_NONE;
  rule_fixture_load_body(fixture, "");
  struct sandbox *sandbox = rule_sandbox_new(fixture->set, &(struct sandbox_limits){0}, &binding);
  lua_State *lua = sandbox_lua(sandbox);
  size_t missing = 0;
  assert_true(sandbox_load(sandbox, "x.lua", TEXT(""), &error));
  lua_pop(lua, 1);
  assert_int_not_equal(luaL_getmetafield(lua, -1, "__index"), LUA_TNIL);
  missing += count_missing(lua, "", 1);
  lua_pop(lua, 2);
  event_binding_push_methods(lua);
  missing += count_missing(lua, "event:", 0);
  lua_pop(lua, 1);
  lua_rawgeti(lua, LUA_REGISTRYINDEX, binding.references.view);
  missing += count_missing(lua, "event ", 0);
  lua_pop(lua, 1);
  lua_pushliteral(lua, "");
  assert_true(lua_getmetatable(lua, -1));
  missing += count_missing(lua, "text ", 0);
  lua_pop(lua, 2);
  sandbox_free(sandbox);
  event_binding_close(&binding);
  assert_int_equal(missing, 0);
}

/* ---- every row ends ---- */

static bool load_nothing(void *context, struct text rule, struct text key, struct buffer *value,
                         struct kv_stored *stored, bool *found, struct error *error) {
  (void)context, (void)rule, (void)key, (void)value, (void)stored, (void)error;
  *found = false;
  return true;
}

static bool save_nothing(void *context, struct text rule, struct text key,
                         const struct kv_stored *stored, struct error *error) {
  (void)context, (void)rule, (void)key, (void)stored, (void)error;
  return true;
}

static void count_call(void *context, struct text line) {
  (void)line;
  ++*(size_t *)context;
}

static struct buffer make_event(size_t size) {
  struct buffer json = BUFFER_NONE;
  buffer_append_string(&json, "{\"text\":\"");
  memset(buffer_reserve(&json, size), 'a', size);
  json.size += size;
  buffer_append_string(&json, "\",\"list\":[0");
  for (size_t i = 0; i < size / 16; i++)
    buffer_append_string(&json, ",\"x\"");
  buffer_append_string(&json, "],\"object\":{\"k\":1");
  for (size_t i = 0; i < size / 64; i++)
    buffer_printf(&json, ",\"k%zu\":{\"a\":1}", i);
  buffer_append_string(&json, "}}");
  return json;
}

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool names(const char *body, char name) {
  for (const char *at = body; (at = strchr(at, name)) != NULL; at++)
    if ((at == body || !is_letter(at[-1])) && !is_letter(at[1]))
      return true;
  return false;
}

static bool load_row(struct rule_fixture *fixture, const struct row *row, size_t size) {
  struct rule_file file = {.path = "rules/t.lua"};
  buffer_reset(&fixture->text);
  buffer_printf(&fixture->text,
                "metadata { id = 'T', log_types = { 'Test.Log' }, severity = 'low', "
                "stateful = true } local n = %zu ",
                size);
  for (size_t i = 0; i < sizeof values / sizeof *values; i++)
    if (names(row->body, values[i].name))
      buffer_append_string(&fixture->text, values[i].code);
  buffer_printf(&fixture->text,
                "function title() end function rule(E) while true do print(0) "
                "local _ = (function() %s end)() end end",
                row->body);
  file.source = buffer_text(&fixture->text);
  rule_fixture_load(fixture, &file, 1);
  return fixture->problems.count == 0 || !limits_are_long();
}

/* What a row did until its end. */
struct outcome {
  size_t calls;
  double seconds;
  struct error error;
};

static int64_t instruction_max(const struct row *row) {
  if (limits_are_long())
    return SANDBOX_INSTRUCTION_MAX;
  return row->reach == CLOCK ? SHORT_INSTRUCTIONS_BY_CLOCK : SHORT_INSTRUCTIONS;
}

static void run_row(struct rule_fixture *fixture, const struct row *row, const char *event,
                    struct outcome *outcome) {
  const struct kv_backing backing = {.load = load_nothing, .save = save_nothing};
  struct rule_vm_options options = {.instruction_max = instruction_max(row),
                                    .counts_late =
                                        limits_are_long(), /* as where events are matched */
                                    .printer = {count_call, &outcome->calls}};
  struct kv *kv = kv_new(&backing);
  *outcome = (struct outcome){.calls = 0};
  rule_fixture_start_vm(fixture, &options);
  rule_vm_set_kv(fixture->vm, kv);
  rule_fixture_event(fixture, event);
  struct problems notes = PROBLEMS_NONE;
  rule_vm_describe(fixture->vm, &fixture->set->rules[0], &fixture->outcome, &notes); /* loads it */
  problems_clear(&notes);
  int64_t before = clock_cpu_ns();
  if (rule_vm_match_function(fixture->vm, &fixture->set->rules[0], &outcome->error) != RULE_FAILED)
    fail_msg("%s came to its end", row->body);
  outcome->seconds = (double)(clock_cpu_ns() - before) / 1e9;
  rule_fixture_clear(fixture);
  kv_free(kv);
}

static bool ended_by_limit(const struct error *error) {
  return strstr(error->text, "used up its") || strstr(error->text, "ran longer than") ||
         strstr(error->text, "of memory");
}

/* The row's calls must have been charged for what they ran over. */
static bool was_charged(const struct row *row, size_t size, const struct outcome *outcome) {
  return row->reach != ALL ||
         outcome->calls * size <= (size_t)instruction_max(row) * BYTES_PER_INSTRUCTION + 2 * size;
}

static void no_call_outlasts_its_limit(void **state) {
  struct rule_fixture *fixture = *state;
  struct limits_worst worst = {.count = 0};
  struct limits_sizes sizes = limits_sizes();
  size_t failed = 0;
  for (size_t s = 0; s < sizes.count; s++) {
    struct buffer event = make_event(sizes.items[s] / 2); /* a record has at most 16 MiB */
    for (size_t i = 0; i < ROW_COUNT; i++) {
      struct outcome outcome;
      if (limits_are_others(i))
        continue;
      if (!load_row(fixture, &rows[i], sizes.items[s]))
        continue; /* its values do not fit into memory */
      run_row(fixture, &rows[i], event.data, &outcome);
      double most = limits_are_long() ? SANDBOX_SECONDS_MAX + LATE_MAX_S : SHORT_MAX_S;
      bool good = ended_by_limit(&outcome.error) && outcome.seconds <= most &&
                  was_charged(&rows[i], sizes.items[s], &outcome);
      limits_note(&worst, rows[i].body, sizes.items[s], outcome.seconds, outcome.error.text);
      failed += !good;
      if (!good)
        print_error("%s\n  %zu bytes, %zu calls, %.3f s of CPU: %s\n", rows[i].body, sizes.items[s],
                    outcome.calls, outcome.seconds, outcome.error.text);
    }
    buffer_free(&event);
  }
  limits_print(&worst, SANDBOX_SECONDS_MAX);
  assert_int_equal(failed, 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, rule_fixture_start, rule_fixture_stop)
  const struct CMUnitTest tests[] = {
      TEST(every_function_that_a_rule_can_call_has_a_row),
      TEST(no_call_outlasts_its_limit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
