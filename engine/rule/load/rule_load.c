#include "rule/load/rule_load.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/suggestion.h"
#include "rule/binding/lua_json.h"
#include "rule/binding/lua_tests.h"
#include "rule/load/rule_derive.h"
#include "rule/load/rule_metadata.h"
#include "rule/sandbox/source_line.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>

/* A `tests` table's JSON may be this large. */
#define TESTS_BYTES_MAX ((size_t)8 << 20)

/* What a file declares of itself: `metadata { … }`, `correlation { … }`, `tests { … }`. A Lua
 * value, because the file may keep the function that it belongs to; its user value is the table. */
struct declaration {
  const char *name;
  unsigned line; /* 0 = not called */
  bool open;     /* the file is being read */
};

static int declare(lua_State *lua) {
  struct declaration *declaration = lua_touserdata(lua, lua_upvalueindex(1));
  const char *name = declaration->name;
  if (!declaration->open)
    return luaL_error(lua, "%s can only be called while its file is read", name);
  if (lua_gettop(lua) != 1 || !lua_istable(lua, 1))
    return luaL_error(lua, "%s wants one table: %s { ... }", name, name);
  if (declaration->line)
    return luaL_error(lua, "%s is called a second time (first in line %d)", name,
                      (int)declaration->line);
  lua_Debug frame;
  declaration->line = 1;
  if (lua_getstack(lua, 1, &frame) && lua_getinfo(lua, "l", &frame) && frame.currentline > 0)
    declaration->line = (unsigned)frame.currentline;
  lua_setiuservalue(lua, lua_upvalueindex(1), 1);
  return 0;
}

enum { DECLARATION_METADATA, DECLARATION_CORRELATION, DECLARATION_TESTS, DECLARATION_COUNT };

static const char *const declaration_names[DECLARATION_COUNT] = {"metadata", "correlation",
                                                                 "tests"};

static struct declaration *push_declaration(lua_State *lua, const char *name) {
  struct declaration *declaration = lua_newuserdatauv(lua, sizeof *declaration, 1);
  *declaration = (struct declaration){.name = name, .open = true};
  return declaration;
}

static void offer_declaration(lua_State *lua, int environment, int index, const char *name) {
  lua_pushvalue(lua, index);
  lua_pushcclosure(lua, declare, 1);
  lua_setfield(lua, environment, name);
}

/* The line that begins with `name =`; 1 when there is none. */
static unsigned line_of_assignment(struct text source, const char *name) {
  size_t size = strlen(name);
  unsigned line = 1;
  for (const char *at = source.data, *end = source.data + source.size, *next; at < end;
       at = next + 1, line++) {
    next = memchr(at, '\n', (size_t)(end - at));
    next = next ? next : end;
    at += strspn(at, " \t");
    if ((size_t)(next - at) <= size || memcmp(at, name, size) != 0)
      continue;
    at += size;
    at += strspn(at, " \t");
    if (at[0] == '=' && at[1] != '=')
      return line;
  }
  return 1;
}

/* Reports `metadata = { ... }`, a likely slip. */
static bool check_declaration(lua_State *lua, int environment, const char *name,
                              const struct rule *rule, struct problems *problems) {
  lua_pushstring(lua, name);
  int type = lua_rawget(lua, environment);
  lua_pop(lua, 1);
  if (type != LUA_TTABLE)
    return true;
  return problems_add(problems, rule->file, line_of_assignment(rule->source, name), 0,
                      "%s is to be called, not set: write %s { ... } without '='", name, name);
}

static void withdraw_declaration(lua_State *lua, int environment, const char *name) {
  lua_pushstring(lua, name);
  lua_pushnil(lua);
  lua_rawset(lua, environment);
}

/* Adds "did you mean" to an error about a global that does not exist. */
static void suggest_global(struct error *error) {
  static const char *const known[] = {
      "metadata", "tests",    "correlation", "require", "string", "table", "math",  "utf8",
      "re",       "ip",       "time",        "kv",      "ipairs", "pairs", "pcall", "type",
      "tostring", "tonumber", "assert",      "error",   "select", "next"};
  static const char mark[] = "(global '";
  const char *start = strstr(error->text, mark), *end;
  if (!start)
    return;
  start += sizeof mark - 1;
  if (!(end = strchr(start, '\'')))
    return;
  struct text word = {start, (size_t)(end - start)};
  const char *nearest = text_nearest(word, known, sizeof known / sizeof *known);
  struct suggestion suggestion;
  size_t used = strlen(error->text);
  if (nearest && !text_is(word, nearest))
    snprintf(error->text + used, sizeof error->text - used, "%s",
             suggestion_write(nearest, &suggestion));
}

static unsigned line_of_function(lua_State *lua) {
  lua_Debug function;
  lua_pushvalue(lua, -1);
  lua_getinfo(lua, ">S", &function);
  return function.linedefined > 0 ? (unsigned)function.linedefined : 0;
}

/* Which of the functions that margay calls the file defines, and which it nearly defines. */
static void read_functions(lua_State *lua, int environment, struct rule *rule,
                           struct problems *problems) {
  for (int i = 0; i < RULE_FUNCTION_COUNT; i++) {
    lua_pushstring(lua, rule_function_names[i]);
    int type = lua_rawget(lua, environment);
    if (type == LUA_TFUNCTION)
      rule->functions |= UINT32_C(1) << i;
    else if (type != LUA_TNIL)
      problems_add(problems, rule->file, line_of_assignment(rule->source, rule_function_names[i]),
                   0, "%s must be a function, not a %s", rule_function_names[i],
                   lua_typename(lua, type));
    lua_pop(lua, 1);
  }
  lua_pushnil(lua);
  while (lua_next(lua, environment)) {
    if (lua_type(lua, -2) == LUA_TSTRING && lua_isfunction(lua, -1)) {
      struct text name;
      char shown[64];
      struct suggestion suggestion;
      name.data = lua_tolstring(lua, -2, &name.size);
      const char *nearest = text_nearest(name, rule_function_names, RULE_FUNCTION_COUNT);
      if (nearest && !text_is(name, nearest))
        problems_add(problems, rule->file, line_of_function(lua), 0,
                     "function '%s' is none that margay calls (%sif not, make it local)",
                     text_printable(name, shown, sizeof shown),
                     suggestion_write_within(nearest, &suggestion));
    }
    lua_pop(lua, 1);
  }
}

/* A function and a template of one name: which of them counts would be anybody's guess, unless the
 * template may find nothing. */
static void refuse_doubles(const struct rule *rule, struct problems *problems) {
  for (int i = 0; i < RULE_FUNCTION_COUNT; i++)
    if (rule->functions >> i & 1 && rule->templates[i] &&
        !rule_template_may_lack(rule->templates[i]))
      problems_add(
          problems, rule->file,
          source_line_of_key(rule->source, rule->metadata_line, text_from(rule_function_names[i])),
          0, "the file has %s in its metadata and as a function: leave one of them out",
          rule_function_names[i]);
}

static void copy_table(lua_State *lua, int table) {
  lua_newtable(lua);
  lua_pushnil(lua);
  while (lua_next(lua, table)) {
    lua_pushvalue(lua, -2);
    lua_insert(lua, -2);
    lua_rawset(lua, -4);
  }
}

/* Leaves only the names of the mocks of the test at the top of the stack, in a copy. */
static void hide_mocks(lua_State *lua) {
  if (!lua_istable(lua, -1))
    return;
  int test = lua_gettop(lua);
  lua_pushliteral(lua, "mocks");
  if (lua_rawget(lua, test) == LUA_TTABLE) {
    copy_table(lua, test);
    lua_newtable(lua);
    lua_pushnil(lua);
    while (lua_next(lua, test + 1)) {
      lua_pop(lua, 1);
      lua_pushvalue(lua, -1);
      lua_pushboolean(lua, true);
      lua_rawset(lua, test + 3);
    }
    lua_setfield(lua, test + 2, "mocks");
    lua_replace(lua, test);
  }
  lua_settop(lua, test);
}

/* The mocks of tests may hold functions, which JSON cannot: true stands for each mock. Replaces the
 * list at the top of the stack by a copy, in which lists of tests are spread; returns their number.
 */
static size_t hide_functions(lua_State *lua) {
  int tests = lua_gettop(lua);
  struct lua_tests_cursor cursor = {0, 0};
  lua_Integer count = 0;
  copy_table(lua, tests);
  while (lua_tests_next(lua, tests, &cursor)) {
    hide_mocks(lua);
    lua_rawseti(lua, tests + 1, ++count);
  }
  lua_replace(lua, tests);
  return (size_t)count;
}

/* From which entry of the table in the file each test comes. */
static uint32_t *entries_of(lua_State *lua, struct arena *arena) {
  struct lua_tests_cursor cursor = {0, 0};
  size_t count = 0;
  for (; lua_tests_next(lua, -1, &cursor); lua_pop(lua, 1))
    count++;
  uint32_t *entries = arena_alloc(arena, (count + 1) * sizeof *entries);
  cursor = (struct lua_tests_cursor){0, 0};
  for (size_t i = 0; lua_tests_next(lua, -1, &cursor); lua_pop(lua, 1))
    entries[i++] = (uint32_t)cursor.entry - 1;
  return entries;
}

/* The table is at the top of the stack. */
static void read_tests(lua_State *lua, struct arena *arena, unsigned line, struct rule *rule,
                       struct problems *problems) {
  rule->tests_line = line;
  struct buffer buffer = BUFFER_NONE;
  struct error error = ERROR_NONE;
  rule->test_entries = entries_of(lua, arena);
  rule->test_count = hide_functions(lua);
  if (!lua_json_write(lua, -1, TESTS_BYTES_MAX, &buffer, &error))
    problems_add(problems, rule->file, line, 0, "tests: %s", error.text);
  else if (rule->test_count == 0 && buffer.size > 2)
    problems_add(problems, rule->file, line, 0,
                 "tests wants a list: tests { { name = ... }, ... }");
  else if (rule->test_count)
    rule->tests_json = arena_copy(arena, buffer_text(&buffer));
  buffer_free(&buffer);
}

/* Runs the file, whose declarations are at `first` and the places above, and pushes its
 * environment. */
static bool run(struct sandbox *sandbox, const struct rule *rule, int first,
                struct problems *problems) {
  lua_State *lua = sandbox_lua(sandbox);
  struct error error = ERROR_NONE;
  if (!sandbox_load(sandbox, rule->file, rule->source, &error))
    return problems_add_error(problems, &error);
  int environment = lua_gettop(lua) - 1;
  for (int i = 0; i < DECLARATION_COUNT; i++)
    offer_declaration(lua, environment, first + i, declaration_names[i]);
  if (sandbox_call(sandbox, 0, 0, &error)) {
    for (int i = 0; i < DECLARATION_COUNT; i++)
      if (!check_declaration(lua, environment, declaration_names[i], rule, problems))
        return false;
    for (int i = 0; i < DECLARATION_COUNT; i++)
      withdraw_declaration(lua, environment, declaration_names[i]);
    return true;
  }
  if (!error.file[0])
    snprintf(error.file, sizeof error.file, "%s", rule->file);
  suggest_global(&error);
  return problems_add_error(problems, &error);
}

/* Whether the metadata at the top of the stack names a base. Then the rule gets what whoever looks
 * for the base must know; what is wrong is reported once the base is there. */
static bool names_base(lua_State *lua, struct rule_set *set, struct rule *rule) {
  struct text *const texts[] = {&rule->base, &rule->id};
  static const char *const keys[] = {"base", "id"};
  int table = lua_gettop(lua);
  for (int i = 0; i < 2; i++) {
    lua_pushstring(lua, keys[i]);
    if (lua_rawget(lua, table) == LUA_TSTRING) {
      struct text text;
      text.data = lua_tolstring(lua, -1, &text.size);
      *texts[i] = arena_copy(&set->arena, text);
    }
    lua_pop(lua, 1);
  }
  return rule->base.size > 0;
}

/* Reads what the file has declared, at `first` and the places above, into the rule. */
static enum rule_loaded read_rule(lua_State *lua, struct rule_set *set, int first,
                                  const struct rule *base, struct rule *rule,
                                  struct problems *problems) {
  const struct declaration *declared[DECLARATION_COUNT];
  for (int i = 0; i < DECLARATION_COUNT; i++)
    declared[i] = lua_touserdata(lua, first + i);
  int environment = lua_gettop(lua);
  unsigned metadata = declared[DECLARATION_METADATA]->line,
           correlation = declared[DECLARATION_CORRELATION]->line,
           tests = declared[DECLARATION_TESTS]->line;
  rule->metadata_line = metadata ? metadata : correlation;
  if (metadata && !correlation && !base) {
    lua_getiuservalue(lua, first + DECLARATION_METADATA, 1);
    if (names_base(lua, set, rule))
      return RULE_WAITS;
    lua_pop(lua, 1);
  }
  if (metadata && correlation) {
    problems_add(problems, rule->file, correlation, 0,
                 "a file has metadata { ... } (here in line %u) or correlation { ... }, not both",
                 metadata);
  } else if (metadata || correlation) {
    int which = metadata ? DECLARATION_METADATA : DECLARATION_CORRELATION;
    lua_getiuservalue(lua, first + which, 1);
    rule_metadata_read(lua, metadata ? RULE_METADATA : RULE_CORRELATION, set, rule, problems);
  } else {
    problems_add(problems, rule->file, 1, 0, "the file has no metadata { ... }");
  }
  if (tests) {
    lua_getiuservalue(lua, first + DECLARATION_TESTS, 1);
    read_tests(lua, &set->arena, tests, rule, problems);
  }
  read_functions(lua, environment, rule, problems);
  refuse_doubles(rule, problems);
  if (base)
    rule_derive_functions(base, rule);
  return RULE_LOADED;
}

/* Whether something decides about events; says if not. */
static bool check_decision(const struct rule *rule, struct problems *problems) {
  bool decides = rule->functions & 1u << RULE_FUNCTION_RULE;
  if (rule->correlation && decides)
    return problems_add(problems, rule->file, rule->metadata_line, 0,
                        "a correlation has no function rule(event): its steps decide");
  if (!rule->correlation && !rule->where && !decides && rule->questions.count == 0)
    return problems_add(problems, rule->file, rule->metadata_line, 0,
                        "the rule needs a `where`, a function rule(event), or both");
  if (rule->stateful && rule->functions == 0)
    return problems_add(
        problems, rule->file, rule->metadata_line, 0,
        "a stateful rule needs a function that uses kv: without one, leave `stateful` out");
  return true;
}

struct repeats {
  const struct rule *rule;
  struct problems *problems;
};

static void refuse_repeat(void *context, const struct source_repeat *repeat) {
  const struct repeats *repeats = context;
  char shown[80];
  text_printable(repeat->key, shown, sizeof shown);
  problems_add(repeats->problems, repeats->rule->file, repeat->line, 0,
               "the key '%s' is in one table twice (first in line %u), and Lua keeps the last "
               "only%s",
               shown, repeat->first_line,
               repeat->in_where ? ": write all values as one list, with |all if each has to fit"
                                : "");
}

enum rule_loaded rule_load(struct rule_set *set, struct sandbox *sandbox, const char *file,
                           struct text source, const struct rule *base, struct rule *rule,
                           struct problems *problems) {
  lua_State *lua = sandbox_lua(sandbox);
  enum rule_loaded loaded = RULE_BROKEN;
  int top = lua_gettop(lua);
  size_t mistakes = problems->count;
  *rule = (struct rule){.file = file,
                        .source = source,
                        .enabled = true,
                        .create_alert = true,
                        .tests_json = TEXT("[]")};
  if (base)
    *rule = rule_derive(set, base, file, source);
  struct declaration *declarations[DECLARATION_COUNT];
  for (int i = 0; i < DECLARATION_COUNT; i++)
    declarations[i] = push_declaration(lua, declaration_names[i]);
  bool ran = run(sandbox, rule, top + 1, problems);
  for (int i = 0; i < DECLARATION_COUNT; i++)
    declarations[i]->open = false;
  if (ran)
    loaded = read_rule(lua, set, top + 1, base, rule, problems);
  lua_settop(lua, top);
  if (loaded == RULE_WAITS)
    return loaded;
  if (ran)
    source_find_repeats(source, refuse_repeat, &(struct repeats){rule, problems});
  const struct condition *own = rule->where;
  if (base)
    rule_derive_where(set, base, rule);
  if (problems->count == mistakes && check_decision(rule, problems))
    return RULE_LOADED;
  if (own)
    condition_release(own);
  rule->where = rule->added_where = NULL;
  return RULE_BROKEN;
}
