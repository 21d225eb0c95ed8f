#include "rule/rule_metadata.h"

#include "base/clock.h"
#include "base/memory.h"
#include "rule/lua_json.h"
#include "rule/metadata_reader.h"
#include "rule/sandbox.h"
#include "rule/where.h"

#include <ctype.h>
#include <lauxlib.h>
#include <stdio.h>

#define REPORTS_BYTES_MAX ((size_t)64 << 10)
#define THRESHOLD_MAX INT64_C(1000000000)
#define DEDUP_MINUTES_MAX (366 * INT64_C(24) * 60)
#define DEDUP_MINUTES_DEFAULT 60
/* Tables within tables, and entries in all, of a where; larger ones are mistakes. */
#define WHERE_DEPTH_MAX 40
#define WHERE_ENTRIES_MAX 200000

/* ---- keys ---- */

static void read_id(struct metadata_reader *reader) {
  struct text id = TEXT("");
  if (!metadata_read_text(reader, "id", &id))
    return;
  if (id.size == 0 || id.size > RULE_TEXT_MAX) {
    metadata_mistake(reader, "id must have 1 to %d bytes", RULE_TEXT_MAX);
    return;
  }
  for (size_t i = 0; i < id.size; i++)
    if (strchr("<>&\"%", id.data[i]) || (unsigned char)id.data[i] < 0x20) {
      metadata_mistake(reader, "id must not hold any of < > & \" %% or control characters");
      return;
    }
  reader->rule->id = id;
}

static void read_display_name(struct metadata_reader *reader) {
  metadata_read_text(reader, "display_name", &reader->rule->display_name);
}

static void read_enabled(struct metadata_reader *reader) {
  metadata_read_bool(reader, "enabled", &reader->rule->enabled);
}

static void read_create_alert(struct metadata_reader *reader) {
  metadata_read_bool(reader, "create_alert", &reader->rule->create_alert);
}

static void read_stateful(struct metadata_reader *reader) {
  metadata_read_bool(reader, "stateful", &reader->rule->stateful);
}

static void read_log_types(struct metadata_reader *reader) {
  if (metadata_read_list(reader, "log_types", 0, &reader->rule->log_types) &&
      reader->rule->log_types.count == 0)
    metadata_mistake(reader, "log_types must name at least one log type");
}

static void read_severity(struct metadata_reader *reader) {
  static const char *const names[] = {"info", "low", "medium", "high", "critical"};
  struct text text = TEXT("");
  if (!metadata_read_text(reader, "severity", &text) ||
      severity_parse(text, &reader->rule->severity))
    return;
  char shown[40], lower[40];
  text_printable(text, shown, sizeof shown);
  size_t size = strlen(shown);
  for (size_t i = 0; i <= size; i++)
    lower[i] = (char)tolower((unsigned char)shown[i]);
  const char *nearest = text_nearest(text_from(lower), names, SEVERITY_COUNT);
  metadata_mistake(reader, "severity '%s' is none of info, low, medium, high, critical%s%s%s",
                   shown, nearest ? " (did you mean '" : "", nearest ? nearest : "",
                   nearest ? "'?)" : "");
}

static void read_description(struct metadata_reader *reader) {
  metadata_read_text(reader, "description", &reader->rule->description);
}

static void read_runbook(struct metadata_reader *reader) {
  metadata_read_text(reader, "runbook", &reader->rule->runbook);
}

static void read_reference(struct metadata_reader *reader) {
  metadata_read_text(reader, "reference", &reader->rule->reference);
}

static void read_tags(struct metadata_reader *reader) {
  struct rule *rule = reader->rule;
  if (!metadata_read_list(reader, "tags", 0, &rule->tags))
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
static void read_reports(struct metadata_reader *reader) {
  lua_State *lua = reader->lua;
  if (!lua_istable(lua, -1)) {
    metadata_mistake(reader, "reports must be a table of lists of strings, not a %s",
                     luaL_typename(lua, -1));
    return;
  }
  int reports = metadata_open_table(lua);
  bool ok = true, any = false;
  lua_pushnil(lua);
  while (lua_next(lua, reports)) {
    struct text_list unused;
    any = true;
    if (lua_type(lua, -2) != LUA_TSTRING)
      ok = metadata_mistake(reader, "reports must have names as keys, not a %s",
                            luaL_typename(lua, -2));
    else if (!metadata_read_list(reader, "reports: a report", 0, &unused))
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
    metadata_mistake(reader, "reports: %s", error.text);
  else if (ok && any)
    reader->rule->reports_json = arena_copy(&reader->set->arena, buffer_text(&buffer));
  buffer_free(&buffer);
  lua_pop(lua, 1);
}

static void read_summary_attributes(struct metadata_reader *reader) {
  metadata_read_list(reader, "summary_attributes", 0, &reader->rule->summary_attributes);
}

static void read_threshold(struct metadata_reader *reader) {
  metadata_read_number(reader, "threshold", 1, THRESHOLD_MAX, &reader->rule->threshold);
}

static void read_dedup_period(struct metadata_reader *reader) {
  int64_t minutes = 0;
  if (metadata_read_number(reader, "dedup_period_minutes", 1, DEDUP_MINUTES_MAX, &minutes))
    reader->rule->dedup_period = minutes * US_PER_MINUTE;
}

static void read_destinations(struct metadata_reader *reader) {
  reader->rule->has_destinations = metadata_read_list(reader, "destinations", RULE_DESTINATIONS_MAX,
                                                      &reader->rule->destinations);
}

/* Replaces the table at the top of the stack by a plain copy, for a reader that does not know
 * read-only tables of libraries. What is too deep or too large for a `where` stays as it is. */
static void copy_plainly(lua_State *lua, int depth, int *entries) {
  if (!lua_istable(lua, -1) || depth > WHERE_DEPTH_MAX || !lua_checkstack(lua, 8))
    return;
  int table = metadata_open_table(lua);
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

static void read_where(struct metadata_reader *reader) {
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
  void (*read)(struct metadata_reader *reader);
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
    {"stateful", read_stateful, false},
    {"where", read_where, false},
};
enum { KEY_COUNT = sizeof keys / sizeof *keys };

static bool is_known(struct text name) {
  for (size_t i = 0; i < KEY_COUNT; i++)
    if (text_is(name, keys[i].name))
      return true;
  return false;
}

static void refuse_unknown_key(struct metadata_reader *reader, struct text name) {
  const char *names[KEY_COUNT];
  char shown[80];
  for (size_t i = 0; i < KEY_COUNT; i++)
    names[i] = keys[i].name;
  text_printable(name, shown, sizeof shown);
  reader->key = name;
  const char *nearest = text_nearest(name, names, KEY_COUNT);
  if (nearest)
    metadata_mistake(reader, "unknown key '%s' in metadata (did you mean '%s'?)", shown, nearest);
  else if (text_is(name, "tests"))
    metadata_mistake(reader, "tests stand beside metadata, in tests { ... }");
  else
    metadata_mistake(reader, "unknown key '%s' in metadata", shown);
  reader->key = TEXT("");
}

static void refuse_unknown_keys(struct metadata_reader *reader, int metadata) {
  lua_State *lua = reader->lua;
  lua_pushnil(lua);
  for (; lua_next(lua, metadata); lua_pop(lua, 1)) {
    if (lua_type(lua, -2) != LUA_TSTRING) {
      metadata_mistake(reader, "metadata must have names as keys, not a %s",
                       luaL_typename(lua, -2));
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
  struct metadata_reader reader = {
      .lua = lua, .set = set, .rule = rule, .problems = problems, .line = rule->metadata_line};
  rule->threshold = 1;
  rule->dedup_period = DEDUP_MINUTES_DEFAULT * US_PER_MINUTE;
  rule->tags_json = TEXT("[]");
  rule->reports_json = TEXT("{}");
  int metadata = metadata_open_table(lua);
  refuse_unknown_keys(&reader, metadata);
  for (size_t i = 0; i < KEY_COUNT; i++) {
    lua_pushstring(lua, keys[i].name);
    if (lua_rawget(lua, metadata) != LUA_TNIL) {
      reader.key = text_from(keys[i].name);
      keys[i].read(&reader);
    } else if (keys[i].required) {
      reader.key = TEXT("");
      metadata_mistake(&reader, "metadata lacks %s", keys[i].name);
    }
    lua_pop(lua, 1);
  }
  if (rule->display_name.size == 0)
    rule->display_name = rule->id;
  lua_pop(lua, 1);
}
