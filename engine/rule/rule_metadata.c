#include "rule/rule_metadata.h"

#include "base/clock.h"
#include "base/memory.h"
#include "rule/lua_json.h"
#include "rule/sandbox.h"
#include "rule/source_line.h"
#include "rule/where.h"

#include <ctype.h>
#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>

#define REPORTS_BYTES_MAX ((size_t)64 << 10)
#define THRESHOLD_MAX INT64_C(1000000000)
#define DEDUP_MINUTES_MAX (366 * INT64_C(24) * 60)
#define DEDUP_MINUTES_DEFAULT 60
/* Tables within tables, and entries in all, of a where; larger ones are mistakes. */
#define WHERE_DEPTH_MAX 40
#define WHERE_ENTRIES_MAX 200000

struct reader {
  lua_State *lua;
  struct rule_set *set;
  struct rule *rule;
  struct problems *problems;
  struct text key; /* that is being read; empty = none */
};

static bool mistake(struct reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* At the line of the key that is being read. Always false. */
static bool mistake(struct reader *reader, const char *format, ...) {
  const struct rule *rule = reader->rule;
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  unsigned line = rule->metadata_line;
  if (reader->key.size)
    line = source_line_of_key(rule->source, line, reader->key);
  problems_add(reader->problems, rule->file, line, 0, "%s", text);
  return false;
}

/* Raw access also to what a library made read-only. Leaves one value. */
static int open_table(lua_State *lua) {
  if (!sandbox_thaw(lua, -1))
    lua_pushvalue(lua, -1);
  return lua_gettop(lua);
}

/* ---- values: each reads the value at the top of the stack ---- */

static bool read_text_value(struct reader *reader, const char *what, struct text *out) {
  lua_State *lua = reader->lua;
  if (lua_type(lua, -1) != LUA_TSTRING)
    return mistake(reader, "%s must be a string, not a %s", what, luaL_typename(lua, -1));
  struct text text;
  text.data = lua_tolstring(lua, -1, &text.size);
  if (!text_is_utf8(text))
    return mistake(reader, "%s is not valid UTF-8", what);
  if (memchr(text.data, '\0', text.size))
    return mistake(reader, "%s holds a zero byte", what);
  *out = arena_copy(&reader->set->arena, text);
  return true;
}

/* `at_most` 0 = any number. */
static bool read_list(struct reader *reader, const char *what, size_t at_most,
                      struct text_list *out) {
  lua_State *lua = reader->lua;
  if (!lua_istable(lua, -1))
    return mistake(reader, "%s must be a list of strings, not a %s", what, luaL_typename(lua, -1));
  int list = open_table(lua);
  size_t count = (size_t)lua_rawlen(lua, list), keys = 0;
  lua_pushnil(lua);
  for (; lua_next(lua, list); lua_pop(lua, 1))
    keys++;
  bool ok = keys == count || mistake(reader, "%s must be a plain list of strings", what);
  if (ok && at_most && count > at_most)
    ok = mistake(reader, "%s may hold %zu items, not %zu", what, at_most, count);
  struct text *items = ok ? arena_alloc(&reader->set->arena, count * sizeof *items) : NULL;
  for (size_t i = 0; ok && i < count; i++) {
    char item[128];
    snprintf(item, sizeof item, "%s: item %zu", what, i + 1);
    lua_rawgeti(lua, list, (lua_Integer)i + 1);
    ok = read_text_value(reader, item, &items[i]);
    if (ok && items[i].size == 0)
      ok = mistake(reader, "%s is empty", item);
    lua_pop(lua, 1);
  }
  lua_pop(lua, 1);
  if (ok)
    *out = (struct text_list){.items = items, .count = count};
  return ok;
}

static bool read_whole_number(struct reader *reader, const char *what, int64_t most, int64_t *out) {
  lua_State *lua = reader->lua;
  int is_whole = 0;
  lua_Integer number = 0;
  if (lua_type(lua, -1) != LUA_TNUMBER)
    return mistake(reader, "%s must be a whole number, not a %s", what, luaL_typename(lua, -1));
  number = lua_tointegerx(lua, -1, &is_whole);
  if (!is_whole)
    return mistake(reader, "%s must be a whole number, not %g", what, lua_tonumber(lua, -1));
  if (number < 1 || number > most)
    return mistake(reader, "%s must be from 1 to %lld, not %lld", what, (long long)most,
                   (long long)number);
  *out = number;
  return true;
}

static bool read_bool(struct reader *reader, const char *what, bool *out) {
  if (!lua_isboolean(reader->lua, -1))
    return mistake(reader, "%s must be true or false, not a %s", what,
                   luaL_typename(reader->lua, -1));
  *out = lua_toboolean(reader->lua, -1);
  return true;
}

/* ---- keys ---- */

static void read_id(struct reader *reader) {
  struct text id = TEXT("");
  if (!read_text_value(reader, "id", &id))
    return;
  if (id.size == 0 || id.size > RULE_TEXT_MAX) {
    mistake(reader, "id must have 1 to %d bytes", RULE_TEXT_MAX);
    return;
  }
  for (size_t i = 0; i < id.size; i++)
    if (strchr("<>&\"%", id.data[i]) || (unsigned char)id.data[i] < 0x20) {
      mistake(reader, "id must not hold any of < > & \" %% or control characters");
      return;
    }
  reader->rule->id = id;
}

static void read_display_name(struct reader *reader) {
  read_text_value(reader, "display_name", &reader->rule->display_name);
}

static void read_enabled(struct reader *reader) {
  read_bool(reader, "enabled", &reader->rule->enabled);
}

static void read_create_alert(struct reader *reader) {
  read_bool(reader, "create_alert", &reader->rule->create_alert);
}

static void read_log_types(struct reader *reader) {
  if (read_list(reader, "log_types", 0, &reader->rule->log_types) &&
      reader->rule->log_types.count == 0)
    mistake(reader, "log_types must name at least one log type");
}

static void read_severity(struct reader *reader) {
  static const char *const names[] = {"info", "low", "medium", "high", "critical"};
  struct text text = TEXT("");
  if (!read_text_value(reader, "severity", &text) || severity_parse(text, &reader->rule->severity))
    return;
  char shown[40], lower[40];
  text_printable(text, shown, sizeof shown);
  size_t size = strlen(shown);
  for (size_t i = 0; i <= size; i++)
    lower[i] = (char)tolower((unsigned char)shown[i]);
  const char *nearest = text_nearest(text_from(lower), names, SEVERITY_COUNT);
  mistake(reader, "severity '%s' is none of info, low, medium, high, critical%s%s%s", shown,
          nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "");
}

static void read_description(struct reader *reader) {
  read_text_value(reader, "description", &reader->rule->description);
}

static void read_runbook(struct reader *reader) {
  read_text_value(reader, "runbook", &reader->rule->runbook);
}

static void read_reference(struct reader *reader) {
  read_text_value(reader, "reference", &reader->rule->reference);
}

static void read_tags(struct reader *reader) {
  struct rule *rule = reader->rule;
  if (!read_list(reader, "tags", 0, &rule->tags))
    return;
  struct buffer buffer = BUFFER_NONE;
  buffer_append_char(&buffer, '[');
  for (size_t i = 0; i < rule->tags.count; i++) {
    if (i)
      buffer_append_char(&buffer, ',');
    buffer_append_json_string(&buffer, rule->tags.items[i]);
  }
  buffer_append_char(&buffer, ']');
  rule->tags_json = arena_copy(&reader->set->arena, buffer_text(&buffer));
  buffer_free(&buffer);
}

/* { ["MITRE ATT&CK"] = { "TA0009:T1125" } } */
static void read_reports(struct reader *reader) {
  lua_State *lua = reader->lua;
  if (!lua_istable(lua, -1)) {
    mistake(reader, "reports must be a table of lists of strings, not a %s",
            luaL_typename(lua, -1));
    return;
  }
  int reports = open_table(lua);
  bool ok = true, any = false;
  lua_pushnil(lua);
  while (lua_next(lua, reports)) {
    struct text_list unused;
    any = true;
    if (lua_type(lua, -2) != LUA_TSTRING)
      ok = mistake(reader, "reports must have names as keys, not a %s", luaL_typename(lua, -2));
    else if (!read_list(reader, "reports: a report", 0, &unused))
      ok = false;
    lua_pop(lua, 1);
    if (!ok) {
      lua_pop(lua, 1);
      break;
    }
  }
  struct buffer buffer = BUFFER_NONE;
  struct error error = ERROR_NONE;
  if (ok && any && !lua_json_write(lua, reports, REPORTS_BYTES_MAX, &buffer, &error))
    mistake(reader, "reports: %s", error.text);
  else if (ok && any)
    reader->rule->reports_json = arena_copy(&reader->set->arena, buffer_text(&buffer));
  buffer_free(&buffer);
  lua_pop(lua, 1);
}

static void read_summary_attributes(struct reader *reader) {
  read_list(reader, "summary_attributes", 0, &reader->rule->summary_attributes);
}

static void read_threshold(struct reader *reader) {
  read_whole_number(reader, "threshold", THRESHOLD_MAX, &reader->rule->threshold);
}

static void read_dedup_period(struct reader *reader) {
  int64_t minutes = 0;
  if (read_whole_number(reader, "dedup_period_minutes", DEDUP_MINUTES_MAX, &minutes))
    reader->rule->dedup_period = minutes * US_PER_MINUTE;
}

static void read_destinations(struct reader *reader) {
  reader->rule->has_destinations =
      read_list(reader, "destinations", RULE_DESTINATIONS_MAX, &reader->rule->destinations);
}

/* Replaces the table at the top of the stack by a plain copy, for a reader that does not know
 * read-only tables of libraries. What is too deep or too large for a `where` stays as it is. */
static void copy_plainly(lua_State *lua, int depth, int *entries) {
  if (!lua_istable(lua, -1) || depth > WHERE_DEPTH_MAX || !lua_checkstack(lua, 8))
    return;
  int table = open_table(lua);
  lua_newtable(lua);
  lua_pushnil(lua);
  while (lua_next(lua, table)) {
    if (++*entries <= WHERE_ENTRIES_MAX)
      copy_plainly(lua, depth + 1, entries);
    lua_pushvalue(lua, -2);
    lua_insert(lua, -2);
    lua_rawset(lua, table + 1);
  }
  lua_replace(lua, table - 1);
  lua_pop(lua, 1);
}

static void read_where(struct reader *reader) {
  int entries = 0;
  copy_plainly(reader->lua, 0, &entries);
  struct rule *rule = reader->rule;
  struct where_place place = {
      .file = rule->file, .source = rule->source, .line = rule->metadata_line};
  rule->where = where_compile(reader->lua, lua_gettop(reader->lua), &reader->set->arena,
                              reader->set->fields, &place, reader->problems);
}

static const struct {
  const char *name;
  void (*read)(struct reader *reader);
  bool required;
} keys[] = {
    {"id", read_id, true},
    {"display_name", read_display_name, false},
    {"enabled", read_enabled, false},
    {"log_types", read_log_types, true},
    {"severity", read_severity, true},
    {"description", read_description, false},
    {"runbook", read_runbook, false},
    {"reference", read_reference, false},
    {"tags", read_tags, false},
    {"reports", read_reports, false},
    {"summary_attributes", read_summary_attributes, false},
    {"threshold", read_threshold, false},
    {"dedup_period_minutes", read_dedup_period, false},
    {"destinations", read_destinations, false},
    {"create_alert", read_create_alert, false},
    {"where", read_where, false},
};
enum { KEY_COUNT = sizeof keys / sizeof *keys };

static bool is_known(struct text name) {
  for (size_t i = 0; i < KEY_COUNT; i++)
    if (text_is(name, keys[i].name))
      return true;
  return false;
}

static void refuse_unknown_key(struct reader *reader, struct text name) {
  const char *names[KEY_COUNT];
  char shown[80];
  for (size_t i = 0; i < KEY_COUNT; i++)
    names[i] = keys[i].name;
  text_printable(name, shown, sizeof shown);
  reader->key = name;
  const char *nearest = text_nearest(name, names, KEY_COUNT);
  if (nearest)
    mistake(reader, "unknown key '%s' in metadata (did you mean '%s'?)", shown, nearest);
  else if (text_is(name, "tests"))
    mistake(reader, "tests stand beside metadata, in tests { ... }");
  else
    mistake(reader, "unknown key '%s' in metadata", shown);
  reader->key = TEXT("");
}

static void refuse_unknown_keys(struct reader *reader, int metadata) {
  lua_State *lua = reader->lua;
  lua_pushnil(lua);
  for (; lua_next(lua, metadata); lua_pop(lua, 1)) {
    if (lua_type(lua, -2) != LUA_TSTRING) {
      mistake(reader, "metadata must have names as keys, not a %s", luaL_typename(lua, -2));
      continue;
    }
    struct text name;
    name.data = lua_tolstring(lua, -2, &name.size);
    if (!is_known(name))
      refuse_unknown_key(reader, name);
  }
}

void rule_metadata_read(lua_State *lua, struct rule_set *set, struct rule *rule,
                        struct problems *problems) {
  struct reader reader = {.lua = lua, .set = set, .rule = rule, .problems = problems};
  rule->threshold = 1;
  rule->dedup_period = DEDUP_MINUTES_DEFAULT * US_PER_MINUTE;
  rule->tags_json = TEXT("[]");
  rule->reports_json = TEXT("{}");
  int metadata = open_table(lua);
  refuse_unknown_keys(&reader, metadata);
  for (size_t i = 0; i < KEY_COUNT; i++) {
    lua_pushstring(lua, keys[i].name);
    if (lua_rawget(lua, metadata) != LUA_TNIL) {
      reader.key = text_from(keys[i].name);
      keys[i].read(&reader);
    } else if (keys[i].required) {
      reader.key = TEXT("");
      mistake(&reader, "metadata lacks %s", keys[i].name);
    }
    lua_pop(lua, 1);
  }
  if (rule->display_name.size == 0)
    rule->display_name = rule->id;
  lua_pop(lua, 1);
}
