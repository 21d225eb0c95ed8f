#include "rule/sandbox/lua_pattern.h"

#include "rule/sandbox/lua_matcher.h"
#include "rule/sandbox/sandbox_limit.h"

#include <ctype.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

/* Bytes searched without a pattern for the price of one VM instruction. */
#define BYTES_PER_WORK 32
/* The same for looking whether a text is a pattern, and for a replacement. */
#define SPECIAL_BYTES_PER_WORK 4
#define REPLACEMENT_BYTES_PER_WORK 16
/* Bytes that are searched before the next look at the limits. */
#define PIECE ((size_t)1 << 20)
/* Up to this size a text is searched the simple way. */
#define SHORT_TEXT 512

/* ---- results ---- */

static void push_capture(struct matcher *matcher, int index, const char *from, const char *to) {
  lua_State *lua = matcher->lua;
  if (index >= matcher->count) {
    if (index != 0)
      luaL_error(lua, "invalid capture index %%%d", index + 1);
    lua_pushlstring(lua, from, (size_t)(to - from));
    return;
  }
  const struct capture *capture = &matcher->captures[index];
  if (capture->size == CAPTURE_OPEN)
    luaL_error(lua, "unfinished capture");
  if (capture->size == CAPTURE_POSITION)
    lua_pushinteger(lua, capture->start - matcher->start + 1);
  else
    lua_pushlstring(lua, capture->start, (size_t)capture->size);
}

/* The captures; without any the whole match, if `from` is given. */
static int push_captures(struct matcher *matcher, const char *from, const char *to) {
  int count = matcher->count == 0 && from ? 1 : matcher->count;
  luaL_checkstack(matcher->lua, count, "too many captures");
  for (int i = 0; i < count; i++)
    push_capture(matcher, i, from, to);
  return count;
}

/* ---- find, match ---- */

/* Where to start, from an argument that may count from the end; past the end + 1 for too far. */
static size_t read_start(lua_State *lua, int index, size_t size) {
  lua_Integer start = luaL_optinteger(lua, index, 1);
  if (start > 0)
    return (size_t)start - 1;
  if (start == 0 || start < -(lua_Integer)size)
    return 0;
  return (size_t)((lua_Integer)size + start);
}

static bool has_specials(lua_State *lua, const char *pattern, size_t size) {
  sandbox_charge(lua, size / SPECIAL_BYTES_PER_WORK);
  for (size_t i = 0; i < size; i++)
    if (pattern[i] && strchr("^$*+?.([%-", pattern[i]))
      return true;
  return false;
}

/* memmem prepares itself for long texts, which is most of its work on a short one. */
static const char *find_bytes(const char *text, size_t size, const char *needle,
                              size_t needle_size) {
  if (size > SHORT_TEXT || needle_size == 0)
    return memmem(text, size, needle, needle_size);
  while (size >= needle_size) {
    const char *at = memchr(text, *needle, size - needle_size + 1);
    if (!at || memcmp(at, needle, needle_size) == 0)
      return at;
    size -= (size_t)(at + 1 - text);
    text = at + 1;
  }
  return NULL;
}

/* Piece by piece: a text can be nearly the needle at every byte. */
static const char *find_in_pieces(lua_State *lua, const char *text, size_t size, const char *needle,
                                  size_t needle_size) {
  for (;;) {
    size_t piece = size > PIECE + needle_size ? PIECE + needle_size : size;
    sandbox_charge(lua, piece / BYTES_PER_WORK);
    const char *found = find_bytes(text, piece, needle, needle_size);
    if (found || piece == size)
      return found;
    text += PIECE;
    size -= PIECE;
  }
}

static int find_plain(lua_State *lua, const char *subject, size_t size, size_t from,
                      const char *needle, size_t needle_size) {
  const char *found = find_in_pieces(lua, subject + from, size - from, needle, needle_size);
  if (!found) {
    lua_pushnil(lua);
    return 1;
  }
  lua_pushinteger(lua, found - subject + 1);
  lua_pushinteger(lua, found - subject + (lua_Integer)needle_size);
  return 2;
}

static int search(lua_State *lua, bool find) {
  size_t size, pattern_size;
  const char *subject = luaL_checklstring(lua, 1, &size);
  const char *pattern = luaL_checklstring(lua, 2, &pattern_size);
  size_t from = read_start(lua, 3, size);
  if (from > size) {
    lua_pushnil(lua);
    return 1;
  }
  if (find && (lua_toboolean(lua, 4) || !has_specials(lua, pattern, pattern_size)))
    return find_plain(lua, subject, size, from, pattern, pattern_size);
  bool anchored = pattern_size && *pattern == '^';
  struct matcher matcher;
  lua_matcher_start(&matcher, lua, subject, size, pattern + anchored, pattern_size - anchored);
  const char *at = subject + from;
  do {
    const char *end = lua_matcher_match(&matcher, at);
    if (!end)
      continue;
    if (!find)
      return push_captures(&matcher, at, end);
    lua_pushinteger(lua, at - subject + 1);
    lua_pushinteger(lua, end - subject);
    return 2 + push_captures(&matcher, NULL, NULL);
  } while (!anchored && at++ < matcher.end);
  lua_pushnil(lua);
  return 1;
}

static int pattern_find(lua_State *lua) {
  return search(lua, true);
}

static int pattern_match(lua_State *lua) {
  return search(lua, false);
}

/* ---- gmatch ---- */

/* Upvalues: subject, pattern, where to go on, where the last match ended (-1: nowhere). */
static int next_match(lua_State *lua) {
  size_t size, pattern_size;
  const char *subject = lua_tolstring(lua, lua_upvalueindex(1), &size);
  const char *pattern = lua_tolstring(lua, lua_upvalueindex(2), &pattern_size);
  lua_Integer from = lua_tointeger(lua, lua_upvalueindex(3));
  lua_Integer last = lua_tointeger(lua, lua_upvalueindex(4));
  struct matcher matcher;
  lua_matcher_start(&matcher, lua, subject, size, pattern, pattern_size);
  for (; from <= (lua_Integer)size; from++) {
    const char *end = lua_matcher_match(&matcher, subject + from);
    if (!end || end - subject == last)
      continue;
    lua_pushinteger(lua, end - subject);
    lua_copy(lua, -1, lua_upvalueindex(3));
    lua_replace(lua, lua_upvalueindex(4));
    return push_captures(&matcher, subject + from, end);
  }
  lua_pushnil(lua);
  return 1;
}

static int pattern_gmatch(lua_State *lua) {
  size_t size;
  luaL_checklstring(lua, 1, &size);
  luaL_checkstring(lua, 2);
  size_t from = read_start(lua, 3, size);
  lua_settop(lua, 2);
  lua_pushinteger(lua, (lua_Integer)(from > size ? size + 1 : from));
  lua_pushinteger(lua, -1);
  lua_pushcclosure(lua, next_match, 4);
  return 1;
}

/* ---- gsub ---- */

static void add_text(struct matcher *matcher, luaL_Buffer *out, const char *from, const char *to) {
  lua_State *lua = matcher->lua;
  size_t size;
  const char *text = lua_tolstring(lua, 3, &size);
  sandbox_charge(lua, size / REPLACEMENT_BYTES_PER_WORK);
  for (const char *end = text + size, *mark; text < end; text = mark + 2) {
    mark = memchr(text, '%', (size_t)(end - text));
    luaL_addlstring(out, text, (size_t)((mark ? mark : end) - text));
    if (!mark)
      return;
    sandbox_charge(lua, 1);
    char what = mark + 1 < end ? mark[1] : '\0';
    if (what == '%') {
      luaL_addchar(out, '%');
    } else if (what == '0') {
      luaL_addlstring(out, from, (size_t)(to - from));
    } else if (isdigit((unsigned char)what)) {
      int index = what - '1';
      if (index >= matcher->count && index != 0)
        luaL_error(lua, "invalid capture index %%%d", index + 1);
      push_capture(matcher, index, from, to);
      luaL_tolstring(lua, -1, NULL);
      lua_remove(lua, -2);
      luaL_addvalue(out);
    } else {
      luaL_error(lua, "invalid use of '%%' in replacement string");
    }
  }
}

/* What a function or table says of the match; nil and false keep it. */
static void add_value(struct matcher *matcher, luaL_Buffer *out, const char *from, const char *to) {
  lua_State *lua = matcher->lua;
  if (lua_istable(lua, 3)) {
    push_capture(matcher, 0, from, to);
    lua_gettable(lua, 3);
  } else {
    lua_pushvalue(lua, 3);
    lua_call(lua, push_captures(matcher, from, to), 1);
  }
  if (!lua_toboolean(lua, -1)) {
    lua_pop(lua, 1);
    luaL_addlstring(out, from, (size_t)(to - from));
    return;
  }
  if (!lua_isstring(lua, -1))
    luaL_error(lua, "invalid replacement value (a %s)", luaL_typename(lua, -1));
  luaL_addvalue(out);
}

static int pattern_gsub(lua_State *lua) {
  size_t size, pattern_size;
  const char *subject = luaL_checklstring(lua, 1, &size), *last = NULL;
  const char *pattern = luaL_checklstring(lua, 2, &pattern_size);
  int type = lua_type(lua, 3);
  luaL_argexpected(lua,
                   type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION ||
                       type == LUA_TTABLE,
                   3, "string/function/table");
  lua_Integer most = luaL_optinteger(lua, 4, (lua_Integer)size + 1), count = 0;
  bool anchored = pattern_size && *pattern == '^';
  struct matcher matcher;
  lua_matcher_start(&matcher, lua, subject, size, pattern + anchored, pattern_size - anchored);
  const char *at = subject;
  luaL_Buffer out;
  lua_settop(lua, 4);
  luaL_buffinit(lua, &out);
  while (count < most) {
    const char *end = lua_matcher_match(&matcher, at);
    if (end && end != last) {
      count++;
      if (type == LUA_TNUMBER || type == LUA_TSTRING)
        add_text(&matcher, &out, at, end);
      else
        add_value(&matcher, &out, at, end);
      at = last = end;
    } else if (at < matcher.end) {
      luaL_addchar(&out, *at);
      at++;
    } else {
      break;
    }
    if (anchored)
      break;
  }
  luaL_addlstring(&out, at, (size_t)(matcher.end - at));
  luaL_pushresult(&out);
  lua_pushinteger(lua, count);
  return 2;
}

void lua_pattern_add_functions(lua_State *lua) {
  static const luaL_Reg functions[] = {{"find", pattern_find},
                                       {"match", pattern_match},
                                       {"gmatch", pattern_gmatch},
                                       {"gsub", pattern_gsub},
                                       {NULL, NULL}};
  luaL_setfuncs(lua, functions, 0);
}
