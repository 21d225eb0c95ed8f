#include "rule/load/template_read.h"

#include "base/memory.h"
#include "rule/condition/regex.h"
#include "rule/sandbox/source_line.h"

#include <ctype.h>
#include <lauxlib.h>
#include <stdlib.h>

/* Members of a context: ours. */
#define MEMBERS_MAX 100

static struct rule_template_reading reading_of(const struct metadata_reader *reader) {
  return (struct rule_template_reading){.arena = &reader->set->arena,
                                        .fields = reader->set->fields,
                                        .patterns = reader->rule->patterns};
}

/* Keeps what was read, or reports why there is nothing. */
static void keep(struct metadata_reader *reader, enum rule_function function,
                 const struct rule_template *template, const struct error *error) {
  reader->rule->templates[function] = template;
  if (!template)
    metadata_mistake(reader, "%s: %s", rule_function_names[function], error->text);
}

typedef const struct rule_template *text_reader(const struct rule_template_reading *reading,
                                                struct text text, struct error *error);

static void read_text(struct metadata_reader *reader, enum rule_function function,
                      text_reader *read) {
  const char *what = rule_function_names[function];
  struct rule_template_reading reading = reading_of(reader);
  struct error error = ERROR_NONE;
  struct text text = TEXT("");
  if (!metadata_read_text(reader, what, &text))
    return;
  if (text.size == 0)
    metadata_mistake(reader, "%s is empty", what);
  else
    keep(reader, function, read(&reading, text, &error), &error);
}

void template_read_title(struct metadata_reader *reader) {
  read_text(reader, RULE_FUNCTION_TITLE, rule_template_text);
}

void template_read_dedup(struct metadata_reader *reader) {
  read_text(reader, RULE_FUNCTION_DEDUP, rule_template_key);
}

void template_read_unique(struct metadata_reader *reader) {
  read_text(reader, RULE_FUNCTION_UNIQUE, rule_template_key);
}

/* ---- patterns ---- */

/* Patterns of a rule: ours. */
#define PATTERNS_MAX 20

/* The regex at the top of the stack, which the set keeps, and its text. NULL after a mistake was
 * reported. */
static const struct regex *read_pattern(struct metadata_reader *reader, struct text name,
                                        struct text *written) {
  struct rule_set *set = reader->set;
  struct error error = ERROR_NONE;
  char shown[80];
  if (!metadata_read_text(reader, "a pattern", written))
    return NULL;
  struct regex *regex = regex_new(*written, 0, &error);
  if (regex && regex_group_count(regex) == 0) {
    error_set(&error, "it has no group: put parentheses around what it should find");
    regex_free(&regex);
  }
  if (!regex) {
    metadata_mistake(reader, "patterns: %s: %s", text_printable(name, shown, sizeof shown),
                     error.text);
    return NULL;
  }
  set->patterns = memory_reserve(set->patterns, &set->pattern_capacity, set->pattern_count + 1,
                                 sizeof(struct regex *));
  return set->patterns[set->pattern_count++] = regex;
}

/* As in Lua: a text that asks ends the name with a space. */
static bool is_name(struct text text) {
  for (size_t i = 0; i < text.size; i++)
    if (!isalnum((unsigned char)text.data[i]) && text.data[i] != '_')
      return false;
  return text.size > 0;
}

static int compare_patterns(const void *left, const void *right) {
  const struct rule_pattern *a = left, *b = right;
  return text_compare(a->name, b->name);
}

/* By name: Lua keeps no order. */
void template_read_patterns(struct metadata_reader *reader) {
  lua_State *lua = reader->lua;
  struct arena *arena = &reader->set->arena;
  struct rule_pattern *patterns = arena_alloc(arena, PATTERNS_MAX * sizeof *patterns);
  size_t count = 0;
  bool ok = lua_istable(lua, -1) ||
            metadata_mistake(reader, "patterns must be names with regexes, not a %s",
                             luaL_typename(lua, -1));
  if (!ok)
    return;
  int table = metadata_open_table(lua);
  lua_pushnil(lua);
  while (ok && lua_next(lua, table)) {
    struct text name = TEXT(""), written = TEXT("");
    if (count == PATTERNS_MAX)
      ok = metadata_mistake(reader, "more than %d patterns", PATTERNS_MAX);
    else if (lua_type(lua, -2) != LUA_TSTRING)
      ok = metadata_mistake(reader, "patterns must have names as keys, not a %s",
                            luaL_typename(lua, -2));
    else
      name.data = lua_tolstring(lua, -2, &name.size);
    if (ok && !is_name(name))
      ok = metadata_mistake(reader, "a pattern's name has letters, digits and underscores only");
    const struct regex *regex = ok ? read_pattern(reader, name, &written) : NULL;
    if ((ok = regex != NULL))
      patterns[count++] = (struct rule_pattern){arena_copy(arena, name), written, regex};
    lua_pop(lua, ok ? 1 : 2);
  }
  qsort(patterns, count, sizeof *patterns, compare_patterns);
  reader->rule->patterns = (struct rule_pattern_list){patterns, count};
  lua_pop(lua, 1);
}

/* ---- alert_context ---- */

struct members {
  struct rule_template_member items[MEMBERS_MAX];
  size_t count;
};

static int compare_members(const void *left, const void *right) {
  const struct rule_template_member *a = left, *b = right;
  return text_compare(a->name, b->name);
}

static bool add_member(struct metadata_reader *reader, struct members *members, struct text name,
                       const char *what) {
  if (members->count == MEMBERS_MAX)
    return metadata_mistake(reader, "alert_context has more than %d members", MEMBERS_MAX);
  struct rule_template_member *member = &members->items[members->count];
  if (!metadata_read_text(reader, what, &member->value))
    return false;
  if (member->value.size == 0)
    return metadata_mistake(reader, "%s is empty", what);
  member->name = arena_copy(&reader->set->arena, name);
  members->count++;
  return true;
}

/* The list of the table, in its order. */
static bool read_list(struct metadata_reader *reader, int table, struct members *members) {
  lua_State *lua = reader->lua;
  bool ok = true;
  for (lua_Integer i = 1; ok && i <= (lua_Integer)lua_rawlen(lua, table); i++) {
    lua_rawgeti(lua, table, i);
    ok = add_member(reader, members, TEXT(""), "a member of alert_context");
    lua_pop(lua, 1);
  }
  return ok;
}

/* What has names, by name: Lua keeps no order. */
static bool read_names(struct metadata_reader *reader, int table, struct members *members) {
  lua_State *lua = reader->lua;
  size_t listed = members->count;
  lua_pushnil(lua);
  while (lua_next(lua, table)) {
    bool named = lua_type(lua, -2) == LUA_TSTRING;
    struct text name = TEXT("");
    bool ok = named || lua_type(lua, -2) == LUA_TNUMBER ||
              metadata_mistake(reader, "alert_context must have names as keys, not a %s",
                               luaL_typename(lua, -2));
    if (ok && named) {
      name.data = lua_tolstring(lua, -2, &name.size);
      ok = name.size ? add_member(reader, members, name, "a member of alert_context")
                     : metadata_mistake(reader, "a member of alert_context has an empty name");
    }
    lua_pop(lua, 1);
    if (!ok) {
      lua_pop(lua, 1);
      return false;
    }
  }
  if (members->count > listed)
    qsort(members->items + listed, members->count - listed, sizeof *members->items,
          compare_members);
  return true;
}

void template_read_context(struct metadata_reader *reader) {
  lua_State *lua = reader->lua;
  struct rule_template_reading reading = reading_of(reader);
  struct error error = ERROR_NONE;
  struct members members = {.count = 0};
  if (!lua_istable(lua, -1)) {
    metadata_mistake(reader,
                     "alert_context must be a list of fields, or names with fields, not a %s",
                     luaL_typename(lua, -1));
    return;
  }
  int table = metadata_open_table(lua);
  if (read_list(reader, table, &members) && read_names(reader, table, &members))
    keep(reader, RULE_FUNCTION_ALERT_CONTEXT,
         rule_template_context(&reading, members.items, members.count, &error), &error);
  lua_pop(lua, 1);
}

/* ---- checks ---- */

bool templates_check(const struct rule *rule, const struct schema_set *schemas,
                     struct problems *problems) {
  bool ok = true;
  for (int i = 0; i < RULE_FUNCTION_COUNT; i++) {
    struct error error = ERROR_NONE;
    struct text key = text_from(rule_function_names[i]);
    if (rule->templates[i] && !rule_template_check(rule->templates[i], rule, schemas, &error))
      ok = problems_add(problems, rule->file,
                        source_line_of_key(rule->source, rule->metadata_line, key), 0, "%s: %s",
                        key.data, error.text);
  }
  return ok;
}
