#include "rule/load/rule_metadata.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/suggestion.h"
#include "rule/binding/lua_json.h"
#include "rule/load/correlation_read.h"
#include "rule/load/metadata_reader.h"
#include "rule/load/question_metadata.h"
#include "rule/load/template_read.h"
#include "rule/load/where.h"
#include "rule/sandbox/sandbox.h"

#include <ctype.h>
#include <lauxlib.h>
#include <stdio.h>

#define REPORTS_BYTES_MAX ((size_t)64 << 10)
#define THRESHOLD_MAX INT64_C(1000000000)
#define DEDUP_MINUTES_MAX (366 * INT64_C(24) * 60)
#define DEDUP_MINUTES_DEFAULT 60

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

/* Whoever loads the rule has found its base. */
static void read_base(struct metadata_reader *reader) {
  struct text base = TEXT("");
  if (metadata_read_text(reader, "base", &base) && base.size == 0)
    metadata_mistake(reader, "base is empty: it is to be the id of another rule");
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
  struct suggestion suggestion;
  metadata_mistake(reader, "severity '%s' is none of info, low, medium, high, critical%s", shown,
                   suggestion_find(text_from(lower), names, SEVERITY_COUNT, &suggestion));
}

static void read_evidence(struct metadata_reader *reader) {
  const char *const *words = rule_evidence_names + 1;
  struct text text = TEXT("");
  if (!metadata_read_text(reader, "evidence", &text) ||
      rule_evidence_parse(text, &reader->rule->evidence))
    return;
  char shown[40];
  struct suggestion suggestion;
  metadata_mistake(reader, "evidence '%s' is none of documented, sample, guess%s",
                   text_printable(text, shown, sizeof shown),
                   suggestion_find(text, words, RULE_EVIDENCE_COUNT - 1, &suggestion));
}

static void read_pack(struct metadata_reader *reader) {
  struct text pack = TEXT("");
  if (!metadata_read_text(reader, "pack", &pack))
    return;
  if (!rule_pack_is_name(pack))
    metadata_mistake(reader, "pack must have 1 to %d of a-z, 0-9 and '-', as in 'zoom-core'",
                     RULE_PACK_MAX);
  else
    reader->rule->pack = pack;
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
  metadata_read_list(reader, "summary_attributes", RULE_ATTRIBUTES_MAX,
                     &reader->rule->summary_attributes);
}

static void read_story(struct metadata_reader *reader) {
  metadata_read_list(reader, "story", RULE_STORY_MAX, &reader->rule->story);
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

static void read_where(struct metadata_reader *reader) {
  struct rule *rule = reader->rule;
  struct where_place place = {
      .file = rule->file, .source = rule->source, .line = rule->metadata_line};
  rule->where = where_compile(reader->lua, lua_gettop(reader->lua), &reader->set->arena,
                              reader->set->fields, &place, reader->problems);
}

#define BOTH (RULE_METADATA | RULE_CORRELATION)

static const struct {
  const char *name;
  void (*read)(struct metadata_reader *reader);
  unsigned stands_in, required_in; /* enum rule_declaration, as bits */
} keys[] = {
    {"id", read_id, BOTH, BOTH},
    {"base", read_base, RULE_METADATA, 0},
    {"display_name", read_display_name, BOTH, 0},
    {"enabled", read_enabled, BOTH, 0},
    {"log_types", read_log_types, RULE_METADATA, RULE_METADATA},
    {"severity", read_severity, BOTH, BOTH},
    {"evidence", read_evidence, BOTH, 0},
    {"pack", read_pack, BOTH, 0},
    {"description", read_description, BOTH, 0},
    {"runbook", read_runbook, BOTH, 0},
    {"reference", read_reference, BOTH, 0},
    {"tags", read_tags, BOTH, 0},
    {"reports", read_reports, BOTH, 0},
    {"summary_attributes", read_summary_attributes, BOTH, 0},
    {"story", read_story, BOTH, 0},
    {"threshold", read_threshold, BOTH, 0},
    {"dedup_period_minutes", read_dedup_period, BOTH, 0},
    {"destinations", read_destinations, BOTH, 0},
    {"patterns", template_read_patterns, BOTH, 0},
    {"title", template_read_title, BOTH, 0},
    {"dedup", template_read_dedup, BOTH, 0},
    {"unique", template_read_unique, BOTH, 0},
    {"alert_context", template_read_context, BOTH, 0},
    {"create_alert", read_create_alert, BOTH, 0},
    {"stateful", read_stateful, RULE_METADATA, 0},
    {"where", read_where, RULE_METADATA, 0},
    {"new_value", question_metadata_new_value, RULE_METADATA, 0},
    {"rate", question_metadata_rate, RULE_METADATA, 0},
    {"distinct", question_metadata_distinct, RULE_METADATA, 0},
    {"dormant", question_metadata_dormant, RULE_METADATA, 0},
    {"unusual_hour", question_metadata_unusual_hour, RULE_METADATA, 0},
    {"spike", question_metadata_spike, RULE_METADATA, 0},
    {"travel", question_metadata_travel, RULE_METADATA, 0},
    {"sequence", correlation_read_sequence, RULE_CORRELATION, 0},
    {"group", correlation_read_group, RULE_CORRELATION, 0},
    {"on", correlation_read_on, RULE_CORRELATION, 0},
    {"within_minutes", correlation_read_within, RULE_CORRELATION, 0},
    {"lookback_minutes", correlation_read_lookback, RULE_CORRELATION, 0},
    {"late_minutes", correlation_read_late, RULE_CORRELATION, 0},
};
enum { KEY_COUNT = sizeof keys / sizeof *keys };

static const char *name_of(enum rule_declaration declaration) {
  return declaration == RULE_METADATA ? "metadata" : "correlation";
}

static unsigned where_it_stands(struct text name) {
  for (size_t i = 0; i < KEY_COUNT; i++)
    if (text_is(name, keys[i].name))
      return keys[i].stands_in;
  return 0;
}

static void refuse_key(struct metadata_reader *reader, enum rule_declaration declaration,
                       struct text name) {
  const char *names[KEY_COUNT], *in = name_of(declaration);
  size_t count = 0;
  char shown[80];
  for (size_t i = 0; i < KEY_COUNT; i++)
    if (keys[i].stands_in & declaration)
      names[count++] = keys[i].name;
  text_printable(name, shown, sizeof shown);
  reader->key = name;
  struct suggestion suggestion;
  suggestion_find(name, names, count, &suggestion);
  if (where_it_stands(name) == RULE_METADATA)
    metadata_mistake(reader, "%s has no place in correlation: the rules of its steps have it",
                     shown);
  else if (where_it_stands(name) == RULE_CORRELATION)
    metadata_mistake(reader,
                     "%s has no place in metadata: write correlation { ... } for rules over "
                     "other rules' matches",
                     shown);
  else if (!*suggestion.text && text_is(name, "tests"))
    metadata_mistake(reader, "tests stand beside %s, in tests { ... }", in);
  else
    metadata_mistake(reader, "unknown key '%s' in %s%s", shown, in, suggestion.text);
  reader->key = TEXT("");
}

static void refuse_unknown_keys(struct metadata_reader *reader, enum rule_declaration declaration,
                                int table) {
  lua_State *lua = reader->lua;
  lua_pushnil(lua);
  for (; lua_next(lua, table); lua_pop(lua, 1)) {
    if (lua_type(lua, -2) != LUA_TSTRING) {
      metadata_mistake(reader, "%s must have names as keys, not a %s", name_of(declaration),
                       luaL_typename(lua, -2));
      continue;
    }
    struct text name;
    name.data = lua_tolstring(lua, -2, &name.size);
    if (!(where_it_stands(name) & declaration))
      refuse_key(reader, declaration, name);
  }
}

void rule_metadata_read(lua_State *lua, enum rule_declaration declaration, struct rule_set *set,
                        struct rule *rule, struct problems *problems) {
  struct metadata_reader reader = {
      .lua = lua, .set = set, .rule = rule, .problems = problems, .line = rule->metadata_line};
  size_t mistakes = problems->count;
  bool is_derived = rule->base.size > 0;
  if (!is_derived) {
    rule->threshold = 1;
    rule->dedup_period = DEDUP_MINUTES_DEFAULT * US_PER_MINUTE;
    rule->tags_json = TEXT("[]");
    rule->reports_json = TEXT("{}");
  }
  if (declaration == RULE_CORRELATION)
    correlation_read_start(&reader);
  int table = metadata_open_table(lua);
  refuse_unknown_keys(&reader, declaration, table);
  for (size_t i = 0; i < KEY_COUNT; i++) {
    if (!(keys[i].stands_in & declaration))
      continue;
    lua_pushstring(lua, keys[i].name);
    if (lua_rawget(lua, table) != LUA_TNIL) {
      reader.key = text_from(keys[i].name);
      keys[i].read(&reader);
    } else if (keys[i].required_in & declaration && !(is_derived && keys[i].read != read_id)) {
      reader.key = TEXT("");
      metadata_mistake(&reader, "%s lacks %s", name_of(declaration), keys[i].name);
    }
    lua_pop(lua, 1);
  }
  if (declaration == RULE_CORRELATION)
    correlation_read_finish(&reader, problems->count == mistakes);
  if (rule->display_name.size == 0)
    rule->display_name = rule->id;
  lua_pop(lua, 1);
}
