#include "rule/vm/rule_vm.h"

#include "base/memory.h"
#include "rule/binding/event_lookup.h"
#include "rule/binding/event_model.h"
#include "rule/binding/event_view.h"
#include "rule/binding/lua_json.h"
#include "rule/vm/rule_instance.h"
#include "rule/vm/rule_memory.h"
#include "rule/vm/rule_run.h"
#include "rule/vm/rule_vm_internal.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>

/* Where the current event's value stands in the state. */
#define EVENT_INDEX 2

/* ---- the state ---- */

/* Runs a file and notes its functions over those that are there. */
static bool run_file(struct rule_vm *vm, const char *file, struct text source, int *functions,
                     struct error *error) {
  lua_State *lua = sandbox_lua(vm->sandbox);
  if (!rule_run(vm->sandbox, file, source, error))
    return false;
  for (int i = 0; i < RULE_FUNCTION_COUNT; i++) {
    lua_pushstring(lua, rule_function_names[i]);
    if (lua_rawget(lua, -2) == LUA_TFUNCTION) {
      luaL_unref(lua, LUA_REGISTRYINDEX, functions[i]);
      functions[i] = luaL_ref(lua, LUA_REGISTRYINDEX);
    } else {
      lua_pop(lua, 1);
    }
  }
  lua_pop(lua, 1);
  return true;
}

/* Runs the rule's file, before it those that it inherits functions from. */
static bool run_rule(struct rule_vm *vm, const struct rule *rule, struct error *error) {
  int *functions = vm->functions + (size_t)rule->index * RULE_FUNCTION_COUNT;
  bool ok = true;
  for (int i = 0; i < RULE_FUNCTION_COUNT; i++)
    functions[i] = LUA_NOREF;
  rule_instance_use_modules(vm, rule);
  sandbox_share_modules(vm->sandbox, !vm->mocked);
  for (size_t i = 0; ok && i < rule->ancestor_count; i++)
    ok = run_file(vm, rule->ancestors[i].file, rule->ancestors[i].source, functions, error);
  ok = ok && run_file(vm, rule->file, rule->source, functions, error);
  sandbox_share_modules(vm->sandbox, false);
  if (!ok) {
    rule_instance_release_functions(vm, rule);
    if (vm->mocked != rule)
      rule_instance_forget(vm, rule);
    return false;
  }
  vm->loaded[rule->index] = true;
  return true;
}

static void build(struct rule_vm *vm) {
  struct sandbox_limits limits = rule_memory_limits(vm);
  vm->sandbox = rule_sandbox_new(vm->set, &limits, &vm->binding);
  rule_kv_attach(sandbox_lua(vm->sandbox), &vm->kv);
  sandbox_set_printer(vm->sandbox, vm->options.printer);
  lua_pushnil(sandbox_lua(vm->sandbox)); /* at EVENT_INDEX */
  for (size_t i = 0; i < vm->set->count; i++)
    vm->modules[i] = LUA_NOREF;
  vm->has_event_value = false;
  rule_memory_start(vm);
  if (vm->trace.called)
    sandbox_count_exactly(vm->sandbox);
}

struct rule_vm *rule_vm_new(const struct rule_set *set, const struct rule_vm_options *options) {
  struct rule_vm *vm = memory_alloc(sizeof *vm);
  vm->set = set;
  if (options)
    vm->options = *options;
  vm->loaded = memory_alloc_array(set->count + 1, sizeof *vm->loaded);
  vm->functions = memory_alloc_array(set->count * RULE_FUNCTION_COUNT, sizeof *vm->functions);
  vm->modules = memory_alloc_array(set->count + 1, sizeof *vm->modules);
  vm->kept_too_much = memory_alloc_array(set->count + 1, sizeof *vm->kept_too_much);
  vm->view = field_view_new(set->fields);
  vm->index = rule_index_scratch_new(set->index);
  vm->gathered = memory_alloc_array(field_table_shared(set->fields) + 1, sizeof *vm->gathered);
  vm->wheres = memory_alloc_array(field_table_shared(set->fields) + 1, sizeof *vm->wheres);
  vm->arena = ARENA_NONE;
  build(vm);
  return vm;
}

void rule_vm_free(struct rule_vm *vm) {
  if (!vm)
    return;
  sandbox_free(vm->sandbox);
  event_binding_close(&vm->binding);
  rule_kv_free(&vm->kv);
  field_view_free(vm->view);
  rule_index_scratch_free(vm->index);
  free(vm->loaded);
  free(vm->functions);
  free(vm->modules);
  free(vm->kept_too_much);
  free(vm->gathered);
  free(vm->wheres);
  arena_free(&vm->arena);
  buffer_free(&vm->buffer);
  buffer_free(&vm->filled);
  free(vm->recalled);
  free(vm->repeated);
  free(vm->row_texts);
  buffer_free(&vm->row.scratch);
  free(vm);
}

/* Starts the state afresh: what rules kept is gone. */
static void rebuild(struct rule_vm *vm) {
  sandbox_free(vm->sandbox);
  memset(vm->loaded, 0, vm->set->count * sizeof *vm->loaded);
  build(vm);
}

/* ---- calls ---- */

void rule_vm_set_trace(struct rule_vm *vm, const struct rule_trace *trace) {
  vm->trace = *trace;
  sandbox_count_exactly(vm->sandbox);
}

void rule_vm_set_kv(struct rule_vm *vm, struct kv *kv) {
  vm->kv.kv = kv;
}

void rule_vm_set_lookups(struct rule_vm *vm, const struct lookup_set *lookups) {
  vm->binding.lookups = lookups;
  field_view_set_lookups(vm->view, lookups);
  vm->tables = lookup_set_number(lookups);
  vm->event_number++; /* what questions are about may come from the tables */
}

void rule_vm_begin_batch(struct rule_vm *vm) {
  vm->batch = ++vm->batch_count;
}

void rule_vm_end_batch(struct rule_vm *vm) {
  vm->batch = 0;
}

struct field_view *rule_vm_view(struct rule_vm *vm) {
  return vm->view;
}

void rule_vm_set_event(struct rule_vm *vm, const struct event *event) {
  if (vm->must_rebuild) {
    vm->must_rebuild = false;
    event_binding_set(&vm->binding, NULL);
    rebuild(vm);
  }
  event_binding_set(&vm->binding, event);
  field_view_set(vm->view, event);
  vm->event_number++;
  vm->has_event_value = false;
}

/* After a call that was costly: pauses the rule when it is so again and again, and says so. */
static void note_costly(struct rule_vm *vm, const struct rule *rule, struct error *error) {
  struct rule_breaker *breaker = vm->options.breaker;
  int64_t pause = breaker ? rule_breaker_note(breaker, rule, clock_monotonic()) : 0;
  if (!pause)
    return;
  char minutes[24];
  snprintf(minutes, sizeof minutes, "%d", (int)(pause / US_PER_MINUTE));
  error_prefix(error,
               "paused for %s min, as it reached its limits again and again (events are not shown "
               "to it meanwhile)",
               minutes);
  error_mark_data(error, strlen("paused for "), strlen(minutes)); /* each pause is longer */
}

/* A call that reached a limit, or came near it before it failed by itself (a regex that gives up).
 */
static bool was_costly(const struct rule_vm *vm) {
  return sandbox_ended(sandbox_lua(vm->sandbox)) != SANDBOX_RUNS ||
         sandbox_spent(vm->sandbox) > sandbox_instructions(vm->sandbox) / 2;
}

/* Leaves the cause in the error. What ran out of memory may hold it: the rule starts afresh. */
static bool call_failed(struct rule_vm *vm, const struct rule *rule, struct error *error) {
  if (sandbox_ended(sandbox_lua(vm->sandbox)) == SANDBOX_OUT_OF_MEMORY && vm->mocked != rule)
    rule_instance_forget(vm, rule);
  if (error->set && !error->file[0])
    snprintf(error->file, sizeof error->file, "%s", rule->file);
  if (was_costly(vm))
    note_costly(vm, rule, error);
  return false;
}

/* Calls what is on the stack with one argument, and keeps what it did to the kv or takes it back.
 */
static bool call(struct rule_vm *vm, const struct rule *rule, struct error *error) {
  struct kv *kv = rule->stateful ? vm->kv.kv : NULL;
  vm->kv.rule = rule;
  if (kv)
    kv_begin(kv, rule->id, vm->binding.event->event_time);
  bool ok = sandbox_call(vm->sandbox, 1, 1, error);
  if (kv)
    kv_end(kv, ok);
  vm->kv.rule = NULL;
  return ok;
}

static void report_trace(struct rule_vm *vm, enum rule_function function, bool ok,
                         const struct error *error) {
  lua_State *lua = sandbox_lua(vm->sandbox);
  int64_t instructions = sandbox_spent(vm->sandbox);
  struct buffer json = BUFFER_NONE;
  struct error unwritable = ERROR_NONE;
  if (ok && !lua_json_write(lua, -1, RULE_CONTEXT_MAX, &json, &unwritable)) {
    buffer_reset(&json);
    buffer_append_json_string(&json, text_from(rule_vm_value_type(lua)));
  }
  vm->trace.called(vm->trace.context, function, buffer_text(&json), ok ? NULL : error,
                   instructions);
  buffer_free(&json);
}

static void need_event_value(struct rule_vm *vm, lua_State *lua) {
  if (vm->has_event_value)
    return;
  event_binding_push(lua, &vm->binding);
  lua_replace(lua, EVENT_INDEX);
  vm->has_event_value = true;
}

static void push_function(const struct rule_vm *vm, lua_State *lua, const struct rule *rule,
                          enum rule_function function) {
  lua_rawgeti(lua, LUA_REGISTRYINDEX,
              vm->functions[(size_t)rule->index * RULE_FUNCTION_COUNT + function]);
}

bool rule_vm_call(struct rule_vm *vm, const struct rule *rule, enum rule_function function,
                  struct error *error) {
  lua_State *lua = sandbox_lua(vm->sandbox);
  if (rule_memory_is_high(vm))
    rule_memory_look(vm);
  if (!rule_memory_admits(vm, rule, error))
    return false;
  if (!vm->loaded[rule->index] && !run_rule(vm, rule, error))
    return call_failed(vm, rule, error);
  need_event_value(vm, lua);
  rule_instance_use_modules(vm, rule);
  push_function(vm, lua, rule, function);
  lua_pushvalue(lua, EVENT_INDEX);
  bool ok = call(vm, rule, error) || call_failed(vm, rule, error);
  if (vm->trace.called)
    report_trace(vm, function, ok, error);
  return ok;
}

bool rule_vm_call_model(struct rule_vm *vm, const struct rule *rule, const char *name,
                        struct error *error) {
  lua_State *lua = sandbox_lua(vm->sandbox);
  need_event_value(vm, lua);
  rule_instance_use_modules(vm, rule);
  lua_pushcfunction(lua, view_udm);
  lua_pushvalue(lua, EVENT_INDEX);
  lua_pushstring(lua, name);
  return sandbox_call(vm->sandbox, 2, 1, error) || call_failed(vm, rule, error);
}

bool rule_vm_call_lookup(struct rule_vm *vm, const struct rule *rule, struct text table,
                         struct text key, struct text column, struct error *error) {
  lua_State *lua = sandbox_lua(vm->sandbox);
  int arguments = 3;
  need_event_value(vm, lua);
  rule_instance_use_modules(vm, rule);
  lua_pushcfunction(lua, view_lookup);
  lua_pushvalue(lua, EVENT_INDEX);
  lua_pushlstring(lua, table.data, table.size);
  lua_pushlstring(lua, key.data, key.size);
  for (const char *at = column.data, *end = column.data + column.size; at < end; arguments++) {
    const char *dot = memchr(at, '.', (size_t)(end - at));
    dot = dot && arguments < LUA_MINSTACK / 2 ? dot : end;
    lua_pushlstring(lua, at, (size_t)(dot - at));
    at = dot + (dot < end);
  }
  return sandbox_call(vm->sandbox, arguments, 1, error) || call_failed(vm, rule, error);
}

const char *rule_vm_value_type(lua_State *lua) {
  static const char *const types[] = {
      [LUA_TNIL] = "nil",         [LUA_TBOOLEAN] = "a boolean", [LUA_TNUMBER] = "a number",
      [LUA_TSTRING] = "a string", [LUA_TTABLE] = "a table",     [LUA_TFUNCTION] = "a function",
  };
  int type = lua_type(lua, -1);
  const char *name = type >= 0 && type < (int)(sizeof types / sizeof *types) ? types[type] : NULL;
  return name ? name : "a part of the event";
}

struct rule_list rule_vm_candidates(struct rule_vm *vm, const struct event *event) {
  const struct rule_index_type *type = vm->schema_type;
  if (!event->schema || event->schema != vm->schema) {
    type = rule_index_type(vm->set->index, event->log_type);
    vm->schema = event->schema;
    vm->schema_type = type;
  }
  if (!type)
    return (struct rule_list){NULL, 0};
  rule_vm_set_event(vm, event);
  return rule_index_candidates(type, vm->index, vm->view);
}

/* A `where` that said no because a test gave up may have missed a match: that is an error. */
static bool where_gave_up(struct rule_vm *vm, const struct rule *rule, struct error *error) {
  const struct condition *test = field_view_take_given_up(vm->view);
  if (!test)
    return false;
  error_set_at(error, rule->file, rule->metadata_line, 0,
               "where: %.*s gave up on this event (too much work for its text)",
               TEXT_ARGS(test->key));
  note_costly(vm, rule, error);
  return true;
}

/* What gave up is asked for each rule, as each is to say so. */
static __attribute__((noinline)) enum rule_verdict
ask_where(struct rule_vm *vm, const struct rule *rule, struct error *error) {
  field_view_begin_rule(vm->view);
  bool holds = condition_match(rule->where, vm->view);
  if (!holds && where_gave_up(vm, rule, error))
    return RULE_FAILED;
  bool gave_up = field_view_take_given_up(vm->view) != NULL;
  if (rule->where_shared && !vm->mocked && !gave_up)
    vm->wheres[rule->where_shared] = vm->event_number << 1 | holds;
  return holds ? RULE_MATCH : RULE_NO_MATCH;
}

/* What is known of a `where` that several rules have holds until the next event. */
static inline enum rule_verdict match_where(struct rule_vm *vm, const struct rule *rule,
                                            struct error *error) {
  if (!rule->where)
    return RULE_MATCH;
  uint64_t known = vm->wheres[rule->where_shared]; /* of the event 0: it is not shared */
  if (known >> 1 == vm->event_number && !vm->mocked)
    return known & 1 ? RULE_MATCH : RULE_NO_MATCH;
  return ask_where(vm, rule, error);
}

enum rule_verdict rule_vm_match_where(struct rule_vm *vm, const struct rule *rule,
                                      struct error *error) {
  return match_where(vm, rule, error);
}

const struct rule_suppressor *rule_vm_suppressor(struct rule_vm *vm, const struct rule *rule,
                                                 time_us event_time) {
  if (!rule->tuning)
    return NULL;
  return rule_tuning_suppressor(rule, event_time, vm->view, vm->binding.lookups);
}

enum rule_verdict rule_vm_match(struct rule_vm *vm, const struct rule *rule, struct error *error) {
  enum rule_verdict verdict = match_where(vm, rule, error);
  bool has_function = rule->functions >> RULE_FUNCTION_RULE & 1;
  return verdict == RULE_MATCH && has_function ? rule_vm_match_function(vm, rule, error) : verdict;
}

/* What the value at the top of the stack means, which is popped. */
static enum rule_verdict take_verdict(lua_State *lua, const struct rule *rule,
                                      struct error *error) {
  enum rule_verdict verdict = lua_toboolean(lua, -1) ? RULE_MATCH : RULE_NO_MATCH;
  if (!lua_isboolean(lua, -1)) {
    error_set_at(error, rule->file, 0, 0, "rule returned %s, expected true or false",
                 rule_vm_value_type(lua));
    verdict = RULE_FAILED;
  }
  lua_pop(lua, 1);
  return verdict;
}

enum rule_verdict rule_vm_match_function(struct rule_vm *vm, const struct rule *rule,
                                         struct error *error) {
  if (!(rule->functions & UINT32_C(1) << RULE_FUNCTION_RULE))
    return RULE_MATCH;
  if (!rule_vm_call(vm, rule, RULE_FUNCTION_RULE, error))
    return RULE_FAILED;
  return take_verdict(sandbox_lua(vm->sandbox), rule, error);
}

/* ---- many rules ---- */

struct walk {
  struct rule_vm *vm;
  struct rule_list rules;
  size_t at; /* the rule that is called */
};

/* Whether calling its function is all that there is to do. While a rule is paused, each is asked
 * for by itself. */
static inline bool can_walk(const struct rule_vm *vm, const struct rule *rule) {
  return !rule->where && rule->functions >> RULE_FUNCTION_RULE & 1 && !rule->stateful &&
         vm->loaded[rule->index] && !vm->trace.called &&
         (!vm->options.breaker || atomic_load(&vm->options.breaker->paused) == 0);
}

/* Calls rule after rule until one does not return false, and gives what that returned; false when
 * the list is at its end, or at a rule for which this is not enough. Arguments: the walk, the
 * event.
 */
static int walk_rules(lua_State *lua) {
  struct walk *walk = lua_touserdata(lua, 1);
  const struct rule *rule = walk->rules.items[walk->at];
  for (;;) {
    walk->vm->kv.rule = rule;
    sandbox_modules_use(walk->vm->sandbox, walk->vm->modules[rule->index]); /* it is loaded */
    push_function(walk->vm, lua, rule, RULE_FUNCTION_RULE);
    lua_pushvalue(lua, 2);
    lua_call(lua, 1, 1);
    if (lua_type(lua, -1) != LUA_TBOOLEAN || lua_toboolean(lua, -1) ||
        walk->at + 1 == walk->rules.count || rule_memory_is_high(walk->vm))
      return 1;
    rule = walk->rules.items[walk->at + 1];
    if (!can_walk(walk->vm, rule))
      return 1;
    lua_settop(lua, 2);
    walk->at++;
    sandbox_start_anew(walk->vm->sandbox);
  }
}

/* From the rule before *position on; leaves *position behind the rule whose verdict it is. */
static __attribute__((noinline)) enum rule_verdict walk(struct rule_vm *vm, struct rule_list rules,
                                                        size_t *position, struct error *error) {
  lua_State *lua = sandbox_lua(vm->sandbox);
  struct walk walk = {.vm = vm, .rules = rules, .at = *position - 1};
  need_event_value(vm, lua);
  lua_pushcfunction(lua, walk_rules);
  lua_pushlightuserdata(lua, &walk);
  lua_pushvalue(lua, EVENT_INDEX);
  bool ok = sandbox_call(vm->sandbox, 2, 1, error);
  vm->kv.rule = NULL;
  const struct rule *rule = rules.items[walk.at];
  *position = walk.at + 1;
  if (ok)
    return take_verdict(lua, rule, error);
  call_failed(vm, rule, error);
  return RULE_FAILED;
}

enum rule_verdict rule_vm_next_match(struct rule_vm *vm, struct rule_list rules, size_t *position,
                                     struct error *error) {
  enum rule_verdict verdict = RULE_NO_MATCH;
  while (verdict == RULE_NO_MATCH && *position < rules.count) {
    const struct rule *rule = rules.items[(*position)++];
    if (!rule_breaker_allows(vm->options.breaker, rule))
      continue;
    if (rule_memory_is_high(vm))
      rule_memory_look(vm);
    if (can_walk(vm, rule))
      verdict = walk(vm, rules, position, error);
    else
      verdict =
          rule->stateful ? rule_vm_match_where(vm, rule, error) : rule_vm_match(vm, rule, error);
  }
  return verdict;
}
