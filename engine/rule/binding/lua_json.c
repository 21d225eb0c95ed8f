#include "rule/binding/lua_json.h"

#include "base/clock.h"
#include "base/memory.h"
#include "rule/binding/event_view.h"
#include "rule/binding/lua_json_push.h"
#include "rule/sandbox/sandbox_freeze.h"

#include <stdio.h>
#include <stdlib.h>

/* The least that a member adds: a quoted key, a colon, a value. */
#define MEMBER_BYTES_MIN 4
/* An array may have this many gaps more than elements. */
#define GAPS_MAX 8
/* A table can hold many empty places and be written many times: no size says what that costs. So
 * the CPU time that it takes has a limit, looked at after so many tables. */
#define TIME_MAX_MS 100
#define TABLES_A_LOOK 8

struct writer {
  lua_State *lua;
  struct buffer *buffer;
  size_t start, max;
  struct error *error;
  const void *open[LUA_JSON_DEPTH_MAX]; /* the tables that are being written */
  int depth;
  unsigned tables; /* that were written */
  int64_t started; /* nanoseconds of CPU time when the first table began */
};

struct member {
  struct text name;
  enum { NAME_TEXT, NAME_INTEGER, NAME_REAL } type;
  lua_Integer integer;
  lua_Number real;
  char digits[32]; /* a number's name */
};

static bool write_value(struct writer *writer, int index);

static bool too_large(struct writer *writer) {
  return error_set(writer->error, "larger than %zu bytes of JSON", writer->max);
}

static bool is_in_time(struct writer *writer) {
  if (++writer->tables == 1)
    writer->started = clock_cpu_about_ns();
  return writer->tables % TABLES_A_LOOK != 0 ||
         clock_cpu_about_ns() - writer->started < INT64_C(1000000) * TIME_MAX_MS ||
         error_set(writer->error, "took longer than %d ms to become JSON", TIME_MAX_MS);
}

static bool fits(struct writer *writer) {
  return writer->buffer->size - writer->start <= writer->max || too_large(writer);
}

/* What the keys of a table are, counted without looking at values. */
struct shape {
  size_t count;
  lua_Integer largest;
  bool positions; /* all keys are positive whole numbers */
};

static bool measure(struct writer *writer, int table, struct shape *shape) {
  lua_State *lua = writer->lua;
  *shape = (struct shape){.positions = true};
  lua_pushnil(lua);
  while (lua_next(lua, table)) {
    lua_pop(lua, 1);
    int type = lua_type(lua, -1);
    if (type != LUA_TSTRING && type != LUA_TNUMBER) {
      error_set(writer->error, "a %s as a key cannot become JSON", lua_typename(lua, type));
      lua_pop(lua, 1);
      return false;
    }
    if (++shape->count > writer->max / MEMBER_BYTES_MIN) {
      lua_pop(lua, 1);
      return too_large(writer);
    }
    lua_Integer position = lua_isinteger(lua, -1) ? lua_tointeger(lua, -1) : 0;
    if (position < 1)
      shape->positions = false;
    else if (position > shape->largest)
      shape->largest = position;
  }
  return true;
}

static bool write_array(struct writer *writer, int table, lua_Integer size) {
  buffer_append_char(writer->buffer, '[');
  for (lua_Integer i = 1; i <= size; i++) {
    if (i > 1)
      buffer_append_char(writer->buffer, ',');
    lua_rawgeti(writer->lua, table, i);
    bool ok = write_value(writer, lua_gettop(writer->lua));
    lua_pop(writer->lua, 1);
    if (!ok)
      return false;
  }
  buffer_append_char(writer->buffer, ']');
  return fits(writer);
}

static struct text member_name(const struct member *member) {
  return (struct text){member->type == NAME_TEXT ? member->name.data : member->digits,
                       member->name.size};
}

static int compare_members(const void *left, const void *right) {
  int order = text_compare(member_name(left), member_name(right));
  return order
             ? order
             : (int)((const struct member *)left)->type - (int)((const struct member *)right)->type;
}

static void collect_members(lua_State *lua, int table, struct member *members) {
  lua_pushnil(lua);
  for (struct member *member = members; lua_next(lua, table); member++) {
    lua_pop(lua, 1);
    int size = 0;
    if (lua_type(lua, -1) == LUA_TSTRING) {
      member->type = NAME_TEXT;
      member->name.data = lua_tolstring(lua, -1, &member->name.size); /* the table keeps it */
    } else if (lua_isinteger(lua, -1)) {
      member->type = NAME_INTEGER;
      member->integer = lua_tointeger(lua, -1);
      size = snprintf(member->digits, sizeof member->digits, "%lld", (long long)member->integer);
    } else {
      member->type = NAME_REAL;
      member->real = lua_tonumber(lua, -1);
      size = snprintf(member->digits, sizeof member->digits, "%.17g", member->real);
    }
    if (member->type != NAME_TEXT)
      member->name.size = (size_t)size;
  }
}

static void push_key(lua_State *lua, const struct member *member) {
  if (member->type == NAME_TEXT)
    lua_pushlstring(lua, member->name.data, member->name.size);
  else if (member->type == NAME_INTEGER)
    lua_pushinteger(lua, member->integer);
  else
    lua_pushnumber(lua, member->real);
}

/* Lua has 1 and "1" beside each other; an object has one of them. The members are sorted. */
static bool are_different(struct writer *writer, const struct member *members, size_t count) {
  char shown[80];
  for (size_t i = 1; i < count; i++)
    if (text_equal(member_name(&members[i - 1]), member_name(&members[i])))
      return error_set(writer->error,
                       "a table with the key %s as a number and as a text cannot become JSON",
                       text_printable(member_name(&members[i]), shown, sizeof shown));
  return true;
}

static bool write_object(struct writer *writer, int table, size_t count) {
  struct member *members = memory_alloc_array(count, sizeof *members);
  collect_members(writer->lua, table, members);
  qsort(members, count, sizeof *members, compare_members);
  bool ok = are_different(writer, members, count);
  buffer_append_char(writer->buffer, '{');
  for (size_t i = 0; ok && i < count; i++) {
    if (i)
      buffer_append_char(writer->buffer, ',');
    buffer_append_json_string(writer->buffer, member_name(&members[i]));
    buffer_append_char(writer->buffer, ':');
    push_key(writer->lua, &members[i]);
    lua_rawget(writer->lua, table);
    ok = fits(writer) && write_value(writer, lua_gettop(writer->lua));
    lua_pop(writer->lua, 1);
  }
  buffer_append_char(writer->buffer, '}');
  free(members);
  return ok && fits(writer);
}

/* `size`: as lua_json_array_size says. */
static bool is_array(const struct shape *shape, lua_Integer size) {
  return shape->positions && (shape->count || size >= 0) &&
         (shape->largest <= size || (size_t)shape->largest <= 2 * shape->count + GAPS_MAX);
}

static bool write_table(struct writer *writer, int index) {
  lua_State *lua = writer->lua;
  const void *self = lua_topointer(lua, index);
  for (int i = 0; i < writer->depth; i++)
    if (writer->open[i] == self)
      return error_set(writer->error, "a table that holds itself cannot become JSON");
  if (writer->depth == LUA_JSON_DEPTH_MAX || !lua_checkstack(lua, 8))
    return error_set(writer->error, "tables nested deeper than %d levels cannot become JSON",
                     LUA_JSON_DEPTH_MAX);
  if (!is_in_time(writer))
    return false;
  writer->open[writer->depth++] = self;
  if (!sandbox_thaw(lua, index))
    lua_pushvalue(lua, index);
  int table = lua_gettop(lua);
  struct shape shape;
  bool ok = measure(writer, table, &shape);
  lua_Integer size = lua_json_array_size(lua, table);
  if (ok && is_array(&shape, size))
    ok = write_array(writer, table, size > shape.largest ? size : shape.largest);
  else if (ok)
    ok = write_object(writer, table, shape.count);
  lua_pop(lua, 1);
  writer->depth--;
  return ok;
}

/* A part of the event, and nothing else of what is no plain value. */
static bool write_view(struct writer *writer, int index) {
  lua_State *lua = writer->lua;
  const struct view *view = view_test(lua, index);
  if (!view)
    return error_set(writer->error, "a %s cannot become JSON",
                     lua_typename(lua, lua_type(lua, index)));
  if (!view_is_current(view))
    return error_set(writer->error, "holds a part of an event that is gone");
  view_write(view, writer->buffer);
  return fits(writer);
}

static bool write_value(struct writer *writer, int index) {
  lua_State *lua = writer->lua;
  struct text text;
  switch (lua_type(lua, index)) {
  case LUA_TNIL:
    buffer_append_string(writer->buffer, "null");
    break;
  case LUA_TBOOLEAN:
    buffer_append_string(writer->buffer, lua_toboolean(lua, index) ? "true" : "false");
    break;
  case LUA_TNUMBER:
    if (lua_isinteger(lua, index))
      buffer_printf(writer->buffer, "%lld", (long long)lua_tointeger(lua, index));
    else
      buffer_append_json_number(writer->buffer, lua_tonumber(lua, index));
    break;
  case LUA_TSTRING:
    text.data = lua_tolstring(lua, index, &text.size);
    if (text.size > writer->max)
      return too_large(writer);
    buffer_append_json_string(writer->buffer, text);
    break;
  case LUA_TTABLE:
    return write_table(writer, index);
  default:
    return write_view(writer, index);
  }
  return fits(writer);
}

bool lua_json_write(lua_State *lua, int index, size_t max, struct buffer *buffer,
                    struct error *error) {
  struct writer writer = {
      .lua = lua, .buffer = buffer, .start = buffer->size, .max = max, .error = error};
  return write_value(&writer, lua_absindex(lua, index));
}
