#include "rule/load/where.h"

#include "rule/sandbox/sandbox_freeze.h"
#include "rule/sandbox/source_line.h"

#include <lauxlib.h>
#include <math.h>
#include <stdlib.h>

/* A table can hold itself: each level is one more call of C. Fields lie a few levels deep. */
#define DEPTH_MAX 32
/* One table can stand in many places: 32 tables, each twice in the next, are four billion entries.
 * Long lists of addresses or domains have some ten thousand. */
#define ENTRIES_MAX 100000

/* Stack slots that one level of nesting uses. */
#define SLOTS_PER_LEVEL 6

struct compiler {
  lua_State *lua;
  struct arena *arena;
  struct field_table *fields;
  const struct where_place *place;
  struct problems *problems;
  size_t entries; /* of all tables so far */
};

/* Where in the `where` a value stands. */
struct spot {
  const struct spot *parent; /* NULL at the top */
  struct text key;           /* the nearest field key, as written; empty at the top */
  struct text prefix;        /* path of the fields above with a final dot, or empty */
  unsigned depth;
};

/* Conditions with their keys, so that the result does not depend on Lua's order of keys. */
struct part {
  struct text key;
  const struct condition *condition;
};

enum shape { SHAPE_LIST, SHAPE_MAP, SHAPE_MIXED, SHAPE_EMPTY, SHAPE_BAD_KEY };

static const struct condition *compile_map(struct compiler *compiler, int index,
                                           const struct spot *spot);

/* Only for problems: the source is scanned for it. */
static unsigned line_of(const struct compiler *compiler, const struct spot *spot) {
  const struct where_place *place = compiler->place;
  if (!spot->parent)
    return source_line_of_key(place->source, place->line, TEXT("where"));
  return source_line_of_key(place->source, line_of(compiler, spot->parent), spot->key);
}

static const struct condition *problem(const struct compiler *compiler, const struct spot *spot,
                                       const char *cause) {
  char shown[160];
  const char *key = text_printable(spot->key, shown, sizeof shown);
  problems_add(compiler->problems, compiler->place->file, line_of(compiler, spot), 0,
               spot->parent ? "%s in where key '%s'" : "%s in where%s", cause, key);
  return NULL;
}

/* Reads the text of a string; never converts a number, which would confuse lua_next. */
static struct text string_at(lua_State *lua, int index) {
  struct text text;
  text.data = lua_tolstring(lua, index, &text.size);
  return text;
}

/* Replaces a read-only table of a library at the top of the stack by the one behind it, which can
 * be read without metamethods. */
static void open_value(lua_State *lua) {
  if (sandbox_thaw(lua, -1))
    lua_replace(lua, -2);
}

/* A table's shape and how many entries it has. */
static enum shape shape_of(lua_State *lua, int index, size_t *count) {
  size_t names = 0, numbers = 0;
  bool bad = false;
  for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1)) {
    if (lua_type(lua, -2) == LUA_TSTRING)
      names++;
    else if (lua_isinteger(lua, -2) && lua_tointeger(lua, -2) >= 1)
      numbers++;
    else
      bad = true;
  }
  *count = names + numbers;
  if (bad || (numbers > 0 && names == 0 && lua_rawlen(lua, index) != numbers))
    return SHAPE_BAD_KEY;
  if (*count == 0)
    return SHAPE_EMPTY;
  return names == 0 ? SHAPE_LIST : numbers == 0 ? SHAPE_MAP : SHAPE_MIXED;
}

/* Reports what is wrong with a shape that is neither a list nor a map; true when it is one. */
static bool check_shape(const struct compiler *compiler, const struct spot *spot,
                        enum shape shape) {
  static const char *const causes[] = {
      [SHAPE_MIXED] = "a table with both names and list entries (write a list of maps instead)",
      [SHAPE_EMPTY] = "an empty table (give it values, or leave it out)",
      [SHAPE_BAD_KEY] = "a table key that is no field name and no place in a list (1, 2, …)"};
  if (shape == SHAPE_LIST || shape == SHAPE_MAP)
    return true;
  problem(compiler, spot, causes[shape]);
  return false;
}

/* Guards against tables without end. */
static bool enter_table(struct compiler *compiler, const struct spot *spot, size_t count) {
  bool reported = compiler->entries > ENTRIES_MAX;
  compiler->entries += count;
  if (spot->depth > DEPTH_MAX || !lua_checkstack(compiler->lua, SLOTS_PER_LEVEL)) {
    problem(compiler, spot, "tables nested deeper than 32 levels");
    return false;
  }
  if (compiler->entries > ENTRIES_MAX && !reported)
    problem(compiler, spot, "more than 100,000 entries");
  return compiler->entries <= ENTRIES_MAX;
}

static int compare_parts(const void *a, const void *b) {
  const struct part *x = a, *y = b;
  return text_compare(x->key, y->key);
}

/* All parts compiled: their AND or OR. Otherwise releases those that did. */
static const struct condition *join(const struct compiler *compiler, enum condition_kind kind,
                                    const struct part *parts, size_t count) {
  const struct condition **children =
      arena_alloc(compiler->arena, (count + 1) * sizeof(struct condition *));
  bool complete = true;
  for (size_t i = 0; i < count; i++) {
    children[i] = parts[i].condition;
    complete = complete && children[i];
  }
  if (complete && count == 1)
    return children[0];
  if (complete)
    return kind == CONDITION_ALL ? condition_all(compiler->arena, children, count)
                                 : condition_any(compiler->arena, children, count);
  for (size_t i = 0; i < count; i++)
    condition_release(children[i]);
  return NULL;
}

/* A list of maps: any must hold. The elements' keys are looked for from the list's line on. */
static const struct condition *compile_maps(struct compiler *compiler, int index, size_t count,
                                            const struct spot *spot) {
  lua_State *lua = compiler->lua;
  if (!enter_table(compiler, spot, count))
    return NULL;
  struct part *parts = arena_alloc(compiler->arena, count * sizeof *parts);
  struct spot inner = *spot;
  inner.depth++;
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(lua, index, (lua_Integer)i + 1);
    open_value(lua);
    if (lua_istable(lua, -1))
      parts[i].condition = compile_map(compiler, lua_gettop(lua), &inner);
    else
      problem(compiler, spot,
              "a list entry that is no map of fields (a list here holds maps only)");
    lua_pop(lua, 1);
  }
  return join(compiler, CONDITION_ANY, parts, count);
}

/* A scalar on the stack as a value; texts stay Lua's. False for other types. */
static bool read_value(lua_State *lua, int index, struct condition_value *value) {
  switch (lua_type(lua, index)) {
  case LUA_TSTRING:
    value->type = VALUE_TEXT;
    value->text = string_at(lua, index);
    return true;
  case LUA_TBOOLEAN:
    value->type = VALUE_BOOL;
    value->boolean = lua_toboolean(lua, index);
    return true;
  case LUA_TNUMBER:
    value->type = lua_isinteger(lua, index) ? VALUE_INT : VALUE_REAL;
    if (value->type == VALUE_INT)
      value->integer = lua_tointeger(lua, index);
    else
      value->real = lua_tonumber(lua, index);
    return true;
  default:
    return false;
  }
}

static struct text concatenate(struct arena *arena, struct text a, struct text b) {
  char *bytes = arena_alloc(arena, a.size + b.size + 1);
  if (a.size)
    memcpy(bytes, a.data, a.size);
  if (b.size)
    memcpy(bytes + a.size, b.data, b.size);
  return (struct text){bytes, a.size + b.size};
}

static const struct condition *compile_field(const struct compiler *compiler,
                                             const struct spot *spot,
                                             const struct condition_value *values, size_t count) {
  struct error error = ERROR_NONE;
  struct text key = spot->key;
  if (spot->prefix.size)
    key = text_from(
        arena_printf(compiler->arena, "%.*s%.*s", TEXT_ARGS(spot->prefix), TEXT_ARGS(spot->key)));
  const struct condition *condition =
      condition_field(compiler->arena, compiler->fields, key, values, count, &error);
  if (!condition)
    problems_add(compiler->problems, compiler->place->file, line_of(compiler, spot), 0, "%s",
                 error.text);
  return condition;
}

/* The field path of a key above maps: without modifiers. */
static bool enter_field(const struct compiler *compiler, const struct spot *spot,
                        struct spot *inner) {
  *inner = *spot;
  if (spot->key.size == 0 || memchr(spot->key.data, '|', spot->key.size)) {
    problem(compiler, spot, "a map of fields under a modifier or an empty name");
    return false;
  }
  inner->prefix = concatenate(compiler->arena, spot->prefix, spot->key);
  inner->prefix = concatenate(compiler->arena, inner->prefix, TEXT("."));
  inner->depth++;
  return true;
}

/* A list of values under a key, or a list of maps. */
static const struct condition *compile_list(struct compiler *compiler, int index, size_t count,
                                            const struct spot *spot) {
  lua_State *lua = compiler->lua;
  struct spot inner;
  lua_rawgeti(lua, index, 1);
  bool maps = lua_istable(lua, -1);
  lua_pop(lua, 1);
  if (maps)
    return enter_field(compiler, spot, &inner) ? compile_maps(compiler, index, count, &inner)
                                               : NULL;
  if (!enter_table(compiler, spot, count))
    return NULL;
  struct condition_value *values = arena_alloc(compiler->arena, count * sizeof *values);
  for (size_t i = 0; i < count; i++) {
    /* The list keeps the string alive after the pop. */
    lua_rawgeti(lua, index, (lua_Integer)i + 1);
    bool read = read_value(lua, -1, &values[i]);
    lua_pop(lua, 1);
    if (!read)
      return problem(compiler, spot,
                     "a list entry that is no text, number, true or false (nor are all maps)");
  }
  return compile_field(compiler, spot, values, count);
}

/* What stands under a key. */
static const struct condition *compile_value(struct compiler *compiler, int index,
                                             const struct spot *spot) {
  struct condition_value value = {.type = VALUE_NULL};
  struct spot inner;
  size_t count;
  if (read_value(compiler->lua, index, &value))
    return compile_field(compiler, spot, &value, 1);
  if (!lua_istable(compiler->lua, index))
    return problem(compiler, spot, "a value that is no text, number, true, false or table");
  enum shape shape = shape_of(compiler->lua, index, &count);
  if (!check_shape(compiler, spot, shape))
    return NULL;
  if (shape == SHAPE_LIST)
    return compile_list(compiler, index, count, spot);
  return enter_field(compiler, spot, &inner) ? compile_map(compiler, index, &inner) : NULL;
}

static const struct condition *compile_map(struct compiler *compiler, int index,
                                           const struct spot *spot) {
  lua_State *lua = compiler->lua;
  size_t count, done = 0;
  enum shape shape = shape_of(lua, index, &count);
  if (shape == SHAPE_LIST)
    return problem(compiler, spot, "a list within a list");
  if (!check_shape(compiler, spot, shape) || !enter_table(compiler, spot, count))
    return NULL;
  struct part *parts = arena_alloc(compiler->arena, count * sizeof *parts);
  for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1)) {
    struct spot inner = {spot, string_at(lua, -2), spot->prefix, spot->depth};
    open_value(lua);
    parts[done].key = inner.key;
    parts[done++].condition = compile_value(compiler, lua_gettop(lua), &inner);
  }
  qsort(parts, done, sizeof *parts, compare_parts);
  return join(compiler, CONDITION_ALL, parts, done);
}

static const struct condition *compile_where(struct compiler *compiler, int index,
                                             const struct spot *spot) {
  lua_State *lua = compiler->lua;
  size_t count;
  if (!lua_istable(lua, index))
    return problem(compiler, spot,
                   arena_printf(compiler->arena, "a %s instead of a table of fields",
                                luaL_typename(lua, index)));
  enum shape shape = shape_of(lua, index, &count);
  if (!check_shape(compiler, spot, shape))
    return NULL;
  return shape == SHAPE_LIST ? compile_maps(compiler, index, count, spot)
                             : compile_map(compiler, index, spot);
}

const struct condition *where_compile(lua_State *lua, int index, struct arena *arena,
                                      struct field_table *fields, const struct where_place *place,
                                      struct problems *problems) {
  struct compiler compiler = {lua, arena, fields, place, problems, 0};
  struct spot spot = {.parent = NULL};
  if (!lua_checkstack(lua, SLOTS_PER_LEVEL))
    return problem(&compiler, &spot, "tables nested too deeply");
  lua_pushvalue(lua, index);
  open_value(lua);
  const struct condition *condition = compile_where(&compiler, lua_gettop(lua), &spot);
  lua_pop(lua, 1);
  return condition;
}
