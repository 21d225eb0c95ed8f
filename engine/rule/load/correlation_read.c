#include "rule/load/correlation_read.h"

#include "base/suggestion.h"
#include "rule/correlation.h"
#include "rule/sandbox/source_line.h"

#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>

/* How late an event may come and still complete an instance, where the file does not say. */
#define LOOKBACK_EXTRA US_PER_DAY
/* Reports of audit records are minutes behind. */
#define LATE_DEFAULT (10 * US_PER_MINUTE)

/* Names that the instance's event uses itself (detect/correlation/correlation_event.c). */
static const char *const own_fields[] = {"steps",      "first_event_time", "last_event_time",
                                         "p_log_type", "p_event_time",     "p_parse_time",
                                         "p_row_id",   "p_rule_id"};

void correlation_read_start(struct metadata_reader *reader) {
  struct correlation *correlation = arena_alloc(&reader->set->arena, sizeof *correlation);
  correlation->late = LATE_DEFAULT;
  reader->rule->correlation = correlation;
}

/* ---- values ---- */

/* A name, or a list of names. */
static bool read_names(struct metadata_reader *reader, const char *what, size_t at_most,
                       struct text_list *out) {
  if (lua_type(reader->lua, -1) == LUA_TSTRING) {
    struct text *one = arena_alloc(&reader->set->arena, sizeof *one);
    if (!metadata_read_text(reader, what, one))
      return false;
    if (one->size == 0)
      return metadata_mistake(reader, "%s is empty", what);
    *out = (struct text_list){.items = one, .count = 1};
    return true;
  }
  if (!lua_istable(reader->lua, -1))
    return metadata_mistake(reader, "%s must be a string or a list of strings, not a %s", what,
                            luaL_typename(reader->lua, -1));
  if (!metadata_read_list(reader, what, at_most, out))
    return false;
  return out->count > 0 || metadata_mistake(reader, "%s must hold at least one name", what);
}

static void read_minutes(struct metadata_reader *reader, const char *what, int64_t least,
                         int64_t *out) {
  int64_t minutes;
  if (metadata_read_number(reader, what, least, CORRELATION_MINUTES_MAX, &minutes))
    *out = minutes * US_PER_MINUTE;
}

void correlation_read_on(struct metadata_reader *reader) {
  read_names(reader, "on", CORRELATION_FIELDS_MAX, &reader->rule->correlation->key_names);
}

void correlation_read_within(struct metadata_reader *reader) {
  reader->rule->correlation->within = US_PER_MINUTE; /* it is there, whatever is wrong with it */
  read_minutes(reader, "within_minutes", 1, &reader->rule->correlation->within);
}

void correlation_read_lookback(struct metadata_reader *reader) {
  read_minutes(reader, "lookback_minutes", 1, &reader->rule->correlation->lookback);
}

void correlation_read_late(struct metadata_reader *reader) {
  read_minutes(reader, "late_minutes", 0, &reader->rule->correlation->late);
}

/* ---- one step ---- */

/* What a step says. Counts are -1, and times 0, where it says nothing. */
struct step_keys {
  struct text id, unique;
  struct text_list rules, on;
  int64_t min, max, within;
  bool absent;
};

static void read_step_id(struct metadata_reader *reader, struct step_keys *step) {
  if (metadata_read_text(reader, "id", &step->id) && step->id.size == 0)
    metadata_mistake(reader, "id is empty");
}

static void read_step_rule(struct metadata_reader *reader, struct step_keys *step) {
  read_names(reader, "rule", CORRELATION_RULES_MAX, &step->rules);
}

static void read_step_on(struct metadata_reader *reader, struct step_keys *step) {
  read_names(reader, "on", CORRELATION_FIELDS_MAX, &step->on);
}

static void read_step_min(struct metadata_reader *reader, struct step_keys *step) {
  metadata_read_number(reader, "min", 0, CORRELATION_COUNT_MAX, &step->min);
}

static void read_step_max(struct metadata_reader *reader, struct step_keys *step) {
  metadata_read_number(reader, "max", 0, CORRELATION_COUNT_MAX, &step->max);
}

static void read_step_absent(struct metadata_reader *reader, struct step_keys *step) {
  metadata_read_bool(reader, "absent", &step->absent);
}

static void read_step_within(struct metadata_reader *reader, struct step_keys *step) {
  read_minutes(reader, "within_minutes", 1, &step->within);
}

static void read_step_unique(struct metadata_reader *reader, struct step_keys *step) {
  if (metadata_read_text(reader, "unique", &step->unique) && step->unique.size == 0)
    metadata_mistake(reader, "unique is empty");
}

static const struct {
  const char *name;
  void (*read)(struct metadata_reader *reader, struct step_keys *step);
} step_keys[] = {
    {"id", read_step_id},         {"rule", read_step_rule},
    {"on", read_step_on},         {"min", read_step_min},
    {"max", read_step_max},       {"absent", read_step_absent},
    {"unique", read_step_unique}, {"within_minutes", read_step_within},
};
enum { STEP_KEY_COUNT = sizeof step_keys / sizeof *step_keys };

static void refuse_unknown_step_keys(struct metadata_reader *reader, int table) {
  lua_State *lua = reader->lua;
  const char *names[STEP_KEY_COUNT];
  for (size_t i = 0; i < STEP_KEY_COUNT; i++)
    names[i] = step_keys[i].name;
  lua_pushnil(lua);
  for (; lua_next(lua, table); lua_pop(lua, 1)) {
    reader->key = TEXT("");
    if (lua_type(lua, -2) != LUA_TSTRING) {
      metadata_mistake(reader, "a step must have names as keys, not a %s", luaL_typename(lua, -2));
      continue;
    }
    reader->key.data = lua_tolstring(lua, -2, &reader->key.size);
    char shown[80];
    struct suggestion suggestion;
    const char *nearest = text_nearest(reader->key, names, STEP_KEY_COUNT);
    if (!nearest || !text_is(reader->key, nearest))
      metadata_mistake(reader, "unknown key '%s' in a step%s",
                       text_printable(reader->key, shown, sizeof shown),
                       suggestion_write(nearest, &suggestion));
  }
}

static void read_step_table(struct metadata_reader *reader, struct step_keys *keys) {
  lua_State *lua = reader->lua;
  int table = metadata_open_table(lua);
  refuse_unknown_step_keys(reader, table);
  for (size_t i = 0; i < STEP_KEY_COUNT; i++) {
    lua_pushstring(lua, step_keys[i].name);
    if (lua_rawget(lua, table) != LUA_TNIL) {
      reader->key = text_from(step_keys[i].name);
      step_keys[i].read(reader, keys);
    }
    lua_pop(lua, 1);
  }
  reader->key = TEXT("");
  lua_pop(lua, 1);
}

/* Counts from what was said; says what cannot be. */
static void settle_counts(struct metadata_reader *reader, const struct step_keys *keys,
                          struct correlation_step *step) {
  step->min = keys->min >= 0 ? keys->min : keys->max == 0 || keys->absent ? 0 : 1;
  step->max = keys->absent ? 0 : keys->max >= 0 ? keys->max : CORRELATION_NO_MAX;
  if (keys->absent && (keys->min >= 0 || keys->max >= 0))
    metadata_mistake(reader, "a step that is absent has no min and no max");
  else if (step->min > step->max)
    metadata_mistake(reader, "min = %lld can never be with max = %lld", (long long)step->min,
                     (long long)step->max);
  else if (step->min == 0 && step->max == CORRELATION_NO_MAX)
    metadata_mistake(reader, "min = 0 asks for nothing: say max, too, or absent = true");
}

static void read_step(struct metadata_reader *reader, struct correlation_step *step) {
  struct step_keys keys = {.min = -1, .max = -1};
  size_t mistakes = reader->problems->count;
  step->line = reader->line;
  if (lua_type(reader->lua, -1) == LUA_TSTRING)
    read_step_rule(reader, &keys);
  else if (lua_istable(reader->lua, -1))
    read_step_table(reader, &keys);
  else
    metadata_mistake(reader, "a step must be a rule's id or a table, not a %s",
                     luaL_typename(reader->lua, -1));
  if (reader->problems->count == mistakes && keys.rules.count == 0)
    metadata_mistake(reader, "a step lacks rule: the id of a rule, or a list of some");
  if (reader->problems->count > mistakes || !keys.rules.items)
    return;
  settle_counts(reader, &keys, step);
  step->id = keys.id.size ? keys.id : keys.rules.items[0];
  step->within = keys.within;
  step->unique = keys.unique;
  step->source_count = keys.rules.count;
  step->sources = arena_alloc(&reader->set->arena, keys.rules.count * sizeof *step->sources);
  for (size_t i = 0; i < keys.rules.count; i++)
    step->sources[i] = (struct correlation_source){.rule_id = keys.rules.items[i], .on = keys.on};
}

/* ---- steps ---- */

static void read_steps(struct metadata_reader *reader, enum correlation_order order) {
  lua_State *lua = reader->lua;
  struct correlation *correlation = reader->rule->correlation;
  struct text name = reader->key;
  if (correlation->steps) {
    metadata_mistake(reader, "a correlation has a sequence or a group, not both");
    return;
  }
  /* Whatever is wrong with it, it is there. */
  correlation->steps = arena_alloc(&reader->set->arena, sizeof *correlation->steps);
  if (!lua_istable(lua, -1)) {
    metadata_mistake(reader, "%.*s must be a list of steps, not a %s", TEXT_ARGS(name),
                     luaL_typename(lua, -1));
    return;
  }
  int list = metadata_open_table(lua);
  size_t count = (size_t)lua_rawlen(lua, list), entries = 0;
  lua_pushnil(lua);
  for (; lua_next(lua, list); lua_pop(lua, 1))
    entries++;
  if (entries != count) {
    metadata_mistake(reader, "%.*s must be a plain list of steps: { { rule = ... }, ... }",
                     TEXT_ARGS(name));
  } else if (count < 1 || count > CORRELATION_STEPS_MAX) {
    metadata_mistake(reader, "%.*s must have 1 to %d steps, not %zu", TEXT_ARGS(name),
                     CORRELATION_STEPS_MAX, count);
  } else {
    unsigned line = reader->line;
    correlation->order = order;
    correlation->step_count = count;
    correlation->steps = arena_alloc(&reader->set->arena, count * sizeof *correlation->steps);
    for (size_t i = 0; i < count; i++) {
      const struct source_step path[] = {{.key = name}, {.index = i}};
      reader->line = source_line_of_path(reader->rule->source, line, TEXT("correlation"), path, 2);
      reader->key = TEXT("");
      lua_rawgeti(lua, list, (lua_Integer)i + 1);
      read_step(reader, &correlation->steps[i]);
      lua_pop(lua, 1);
    }
    reader->line = line;
    reader->key = name;
  }
  lua_pop(lua, 1);
}

void correlation_read_sequence(struct metadata_reader *reader) {
  read_steps(reader, CORRELATION_SEQUENCE);
}

void correlation_read_group(struct metadata_reader *reader) {
  read_steps(reader, CORRELATION_GROUP);
}

/* ---- the whole ---- */

static bool step_mistake(struct metadata_reader *reader, const struct correlation_step *step,
                         const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* At the line of a step's key. Always false. */
static bool step_mistake(struct metadata_reader *reader, const struct correlation_step *step,
                         const char *key, const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  unsigned line = reader->line;
  reader->line = step->line;
  reader->key = text_from(key);
  metadata_mistake(reader, "%s", text);
  reader->line = line;
  reader->key = TEXT("");
  return false;
}

static void check_ids(struct metadata_reader *reader) {
  const struct correlation *correlation = reader->rule->correlation;
  for (size_t i = 0; i < correlation->step_count; i++)
    for (size_t k = 0; k < i; k++)
      if (text_equal(correlation->steps[i].id, correlation->steps[k].id)) {
        step_mistake(reader, &correlation->steps[i], "",
                     "two steps are called '%.*s': give them an id each",
                     TEXT_ARGS(correlation->steps[i].id));
        break;
      }
}

static void check_times(struct metadata_reader *reader) {
  const struct correlation *correlation = reader->rule->correlation;
  bool is_group = correlation->order == CORRELATION_GROUP;
  for (size_t i = 0; i < correlation->step_count; i++) {
    const struct correlation_step *step = &correlation->steps[i];
    if (step->within == 0)
      continue;
    if (is_group)
      step_mistake(reader, step, "within_minutes",
                   "a group's steps have no order and so no within_minutes of their own");
    else if (i == 0)
      step_mistake(reader, step, "within_minutes",
                   "within_minutes counts from the step before, and the first has none");
    else if (step->min > 0 && step->within > correlation->within)
      step_mistake(reader, step, "within_minutes",
                   "within_minutes of a step can not be more than the correlation's");
  }
}

static void check_needed(struct metadata_reader *reader) {
  const struct correlation *correlation = reader->rule->correlation;
  for (size_t i = 0; i < correlation->step_count; i++)
    if (correlation->steps[i].min > 0)
      return;
  metadata_mistake(reader, "no step asks for anything: at least one must not be absent");
}

static bool is_own_field(struct text name) {
  for (size_t i = 0; i < sizeof own_fields / sizeof *own_fields; i++)
    if (text_is(name, own_fields[i]))
      return true;
  return false;
}

/* The part behind the last dot. */
static struct text last_part(struct text path) {
  for (size_t i = path.size; i-- > 0;)
    if (path.data[i] == '.')
      return (struct text){path.data + i + 1, path.size - i - 1};
  return path;
}

/* The fields of each step, and what the instance calls them: as the first step does. */
static void settle_key(struct metadata_reader *reader) {
  struct correlation *correlation = reader->rule->correlation;
  struct text_list common = correlation->key_names;
  for (size_t i = 0; i < correlation->step_count; i++)
    for (size_t k = 0; k < correlation->steps[i].source_count; k++) {
      struct correlation_source *source = &correlation->steps[i].sources[k];
      if (source->on.count == 0)
        source->on = common;
      if (i == 0 && k == 0)
        correlation->key_names = source->on;
      if (k == 0 && source->on.count != correlation->key_names.count)
        step_mistake(reader, &correlation->steps[i], "on",
                     "on names %zu fields in this step, and %zu in the first", source->on.count,
                     correlation->key_names.count);
    }
  struct text *names =
      arena_alloc(&reader->set->arena, (correlation->key_names.count + 1) * sizeof *names);
  for (size_t i = 0; i < correlation->key_names.count; i++) {
    names[i] = last_part(correlation->key_names.items[i]);
    reader->key = TEXT("on");
    if (is_own_field(names[i]))
      metadata_mistake(reader,
                       "'%.*s' does not show what belongs together: each instance has its own",
                       TEXT_ARGS(names[i]));
    for (size_t k = 0; k < i; k++)
      if (text_equal(names[i], names[k]))
        names[i] = correlation->key_names.items[i];
  }
  reader->key = TEXT("");
  correlation->key_names.items = names;
}

void correlation_read_finish(struct metadata_reader *reader, bool sound) {
  struct correlation *correlation = reader->rule->correlation;
  reader->key = TEXT("");
  if (!correlation->steps || correlation->within == 0) {
    if (!correlation->steps)
      metadata_mistake(reader, "correlation lacks sequence or group: what is to happen");
    if (correlation->within == 0)
      metadata_mistake(reader, "correlation lacks within_minutes: how far its steps may be apart");
    return;
  }
  if (!sound)
    return;
  check_ids(reader);
  check_times(reader);
  check_needed(reader);
  settle_key(reader);
  if (correlation->lookback == 0) {
    correlation->lookback = correlation->within + LOOKBACK_EXTRA;
  } else if (correlation->lookback < correlation->within) {
    reader->key = TEXT("lookback_minutes");
    metadata_mistake(reader, "lookback_minutes can not be less than within_minutes");
    reader->key = TEXT("");
  }
}
