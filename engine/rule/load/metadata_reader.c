#include "rule/load/metadata_reader.h"

#include "rule/sandbox/sandbox_freeze.h"
#include "rule/sandbox/source_line.h"

#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>

bool metadata_mistake(struct metadata_reader *reader, const char *format, ...) {
  const struct rule *rule = reader->rule;
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  unsigned line = reader->line;
  if (reader->key.size)
    line = source_line_of_key(rule->source, line, reader->key);
  problems_add(reader->problems, rule->file, line, 0, "%s", text);
  return false;
}

int metadata_open_table(lua_State *lua) {
  if (!sandbox_thaw(lua, -1))
    lua_pushvalue(lua, -1);
  return lua_gettop(lua);
}

bool metadata_read_text(struct metadata_reader *reader, const char *what, struct text *out) {
  lua_State *lua = reader->lua;
  if (lua_type(lua, -1) != LUA_TSTRING)
    return metadata_mistake(reader, "%s must be a string, not a %s", what, luaL_typename(lua, -1));
  struct text text;
  text.data = lua_tolstring(lua, -1, &text.size);
  if (!text_is_utf8(text))
    return metadata_mistake(reader, "%s is not valid UTF-8", what);
  if (memchr(text.data, '\0', text.size))
    return metadata_mistake(reader, "%s holds a zero byte", what);
  *out = arena_copy(&reader->set->arena, text);
  return true;
}

bool metadata_read_list(struct metadata_reader *reader, const char *what, size_t at_most,
                        struct text_list *out) {
  lua_State *lua = reader->lua;
  if (!lua_istable(lua, -1))
    return metadata_mistake(reader, "%s must be a list of strings, not a %s", what,
                            luaL_typename(lua, -1));
  int list = metadata_open_table(lua);
  size_t count = (size_t)lua_rawlen(lua, list), keys = 0;
  lua_pushnil(lua);
  for (; lua_next(lua, list); lua_pop(lua, 1))
    keys++;
  bool ok = keys == count || metadata_mistake(reader, "%s must be a plain list of strings", what);
  if (ok && at_most && count > at_most)
    ok = metadata_mistake(reader, "%s may hold %zu items, not %zu", what, at_most, count);
  struct text *items = ok ? arena_alloc(&reader->set->arena, count * sizeof *items) : NULL;
  for (size_t i = 0; ok && i < count; i++) {
    char item[128];
    snprintf(item, sizeof item, "%s: item %zu", what, i + 1);
    lua_rawgeti(lua, list, (lua_Integer)i + 1);
    ok = metadata_read_text(reader, item, &items[i]);
    if (ok && items[i].size == 0)
      ok = metadata_mistake(reader, "%s is empty", item);
    lua_pop(lua, 1);
  }
  lua_pop(lua, 1);
  if (ok)
    *out = (struct text_list){.items = items, .count = count};
  return ok;
}

bool metadata_read_number(struct metadata_reader *reader, const char *what, int64_t least,
                          int64_t most, int64_t *out) {
  lua_State *lua = reader->lua;
  int is_whole = 0;
  lua_Integer number = 0;
  if (lua_type(lua, -1) != LUA_TNUMBER)
    return metadata_mistake(reader, "%s must be a whole number, not a %s", what,
                            luaL_typename(lua, -1));
  number = lua_tointegerx(lua, -1, &is_whole);
  if (!is_whole)
    return metadata_mistake(reader, "%s must be a whole number, not %g", what,
                            lua_tonumber(lua, -1));
  if (number < least || number > most)
    return metadata_mistake(reader, "%s must be from %lld to %lld, not %lld", what,
                            (long long)least, (long long)most, (long long)number);
  *out = number;
  return true;
}

bool metadata_read_bool(struct metadata_reader *reader, const char *what, bool *out) {
  if (!lua_isboolean(reader->lua, -1))
    return metadata_mistake(reader, "%s must be true or false, not a %s", what,
                            luaL_typename(reader->lua, -1));
  *out = lua_toboolean(reader->lua, -1);
  return true;
}
