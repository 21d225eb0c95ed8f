#include "rule/lua_pattern.h"

#include "rule/sandbox.h"

#include <ctype.h>
#include <lauxlib.h>
#include <string.h>

#define CAPTURES_MAX 32
/* Nested attempts: captures and repeated items. Lua's own limit. */
#define DEPTH_MAX 200
/* Steps of the matcher for the price of one VM instruction, and how many are charged at once. */
#define STEPS_PER_WORK 8
#define STEPS_AT_ONCE 256
/* Bytes searched without a pattern for the price of one VM instruction. */
#define BYTES_PER_WORK 32

enum { CAPTURE_OPEN = -1, CAPTURE_POSITION = -2 };

struct capture {
  const char *start;
  ptrdiff_t size; /* or CAPTURE_OPEN, CAPTURE_POSITION */
};

struct matcher {
  lua_State *lua;
  const char *start, *end;           /* the subject */
  const char *pattern, *pattern_end; /* without the anchor */
  int depth, count;
  unsigned steps;
  struct capture captures[CAPTURES_MAX];
};

static void take_steps(struct matcher *matcher, size_t steps) {
  matcher->steps += (unsigned)(steps > STEPS_AT_ONCE ? STEPS_AT_ONCE : steps);
  if (matcher->steps < STEPS_AT_ONCE)
    return;
  matcher->steps = 0;
  sandbox_charge(matcher->lua, (steps > STEPS_AT_ONCE ? steps : STEPS_AT_ONCE) / STEPS_PER_WORK);
}

/* ---- one character ---- */

/* %a, %A, ...: a letter that names no class stands for itself, as does anything else. */
static bool in_class(int c, int class) {
  bool in;
  switch (tolower(class)) {
  case 'a':
    in = isalpha(c);
    break;
  case 'c':
    in = iscntrl(c);
    break;
  case 'd':
    in = isdigit(c);
    break;
  case 'g':
    in = isgraph(c);
    break;
  case 'l':
    in = islower(c);
    break;
  case 'p':
    in = ispunct(c);
    break;
  case 's':
    in = isspace(c);
    break;
  case 'u':
    in = isupper(c);
    break;
  case 'w':
    in = isalnum(c);
    break;
  case 'x':
    in = isxdigit(c);
    break;
  case 'z':
    in = c == 0;
    break;
  default:
    return class == c;
  }
  return isupper(class) ? !in : in;
}

static int byte_at(const char *at) {
  return (unsigned char)*at;
}

/* `set` points at the [ and `set_end` at the ]. */
static bool in_set(int c, const char *set, const char *set_end) {
  bool inside = true;
  const char *at = set + 1;
  if (*at == '^') {
    inside = false;
    at++;
  }
  while (at < set_end) {
    if (*at == '%') {
      if (in_class(c, byte_at(at + 1)))
        return inside;
      at += 2;
    } else if (at + 2 < set_end && at[1] == '-') {
      if (byte_at(at) <= c && c <= byte_at(at + 2))
        return inside;
      at += 3;
    } else {
      if (byte_at(at) == c)
        return inside;
      at++;
    }
  }
  return !inside;
}

/* Where the item that stands for one character ends. */
static const char *item_end(const struct matcher *matcher, const char *item) {
  const char *at = item + 1, *end = matcher->pattern_end;
  if (*item == '%') {
    if (at == end)
      luaL_error(matcher->lua, "malformed pattern (ends with '%%')");
    return at + 1;
  }
  if (*item != '[')
    return at;
  if (at < end && *at == '^')
    at++;
  do { /* a ] that comes first stands for itself */
    if (at == end)
      luaL_error(matcher->lua, "malformed pattern (missing ']')");
    if (*at++ == '%' && at < end)
      at++;
  } while (at == end || *at != ']');
  return at + 1;
}

static bool matches_one(const struct matcher *matcher, const char *at, const char *item,
                        const char *end) {
  if (at >= matcher->end)
    return false;
  switch (*item) {
  case '.':
    return true;
  case '%':
    return in_class(byte_at(at), byte_at(item + 1));
  case '[':
    return in_set(byte_at(at), item, end - 1);
  default:
    return *item == *at;
  }
}

/* ---- a pattern ---- */

static const char *match_here(struct matcher *matcher, const char *at, const char *item);

static const char *match_greedy(struct matcher *matcher, const char *at, const char *item,
                                const char *end) {
  const char *last = at;
  while (matches_one(matcher, last, item, end))
    last++;
  take_steps(matcher, (size_t)(last - at));
  for (; last >= at; last--) {
    const char *result = match_here(matcher, last, end + 1);
    if (result)
      return result;
  }
  return NULL;
}

static const char *match_lazy(struct matcher *matcher, const char *at, const char *item,
                              const char *end) {
  for (;; at++) {
    const char *result = match_here(matcher, at, end + 1);
    if (result)
      return result;
    if (!matches_one(matcher, at, item, end))
      return NULL;
  }
}

static const char *match_open(struct matcher *matcher, const char *at, const char *item) {
  ptrdiff_t size = CAPTURE_OPEN;
  if (matcher->count == CAPTURES_MAX)
    luaL_error(matcher->lua, "too many captures");
  if (item + 1 < matcher->pattern_end && item[1] == ')') {
    size = CAPTURE_POSITION;
    item++;
  }
  matcher->captures[matcher->count++] = (struct capture){.start = at, .size = size};
  const char *result = match_here(matcher, at, item + 1);
  if (!result)
    matcher->count--;
  return result;
}

static const char *match_close(struct matcher *matcher, const char *at, const char *item) {
  int open = matcher->count - 1;
  while (open >= 0 && matcher->captures[open].size != CAPTURE_OPEN)
    open--;
  if (open < 0)
    luaL_error(matcher->lua, "invalid pattern capture");
  matcher->captures[open].size = at - matcher->captures[open].start;
  const char *result = match_here(matcher, at, item + 1);
  if (!result)
    matcher->captures[open].size = CAPTURE_OPEN;
  return result;
}

/* %bxy; `item` points at the x. */
static const char *match_balance(struct matcher *matcher, const char *at, const char *item) {
  if (matcher->pattern_end - item < 2)
    luaL_error(matcher->lua, "malformed pattern (missing arguments to '%%b')");
  if (at >= matcher->end || *at != item[0])
    return NULL;
  size_t open = 1;
  for (const char *c = at + 1; c < matcher->end; c++) {
    if (*c == item[1]) {
      if (--open == 0) {
        take_steps(matcher, (size_t)(c - at));
        return c + 1;
      }
    } else if (*c == item[0]) {
      open++;
    }
  }
  take_steps(matcher, (size_t)(matcher->end - at));
  return NULL;
}

/* %f[set]; `item` points at the [. The text's edges count as zero bytes. */
static bool at_frontier(const struct matcher *matcher, const char *at, const char *item,
                        const char *end) {
  int before = at == matcher->start ? 0 : byte_at(at - 1);
  int after = at == matcher->end ? 0 : byte_at(at);
  return !in_set(before, item, end - 1) && in_set(after, item, end - 1);
}

/* %1: the same bytes again. */
static const char *match_again(struct matcher *matcher, const char *at, char digit) {
  int index = digit - '1';
  if (index < 0 || index >= matcher->count || matcher->captures[index].size == CAPTURE_OPEN)
    luaL_error(matcher->lua, "invalid capture index %%%d", index + 1);
  const struct capture *capture = &matcher->captures[index];
  if (capture->size < 0 || matcher->end - at < capture->size)
    return NULL;
  size_t size = (size_t)capture->size;
  take_steps(matcher, size);
  return memcmp(capture->start, at, size) == 0 ? at + size : NULL;
}

static const char *try_here(struct matcher *matcher, const char *at, const char *item) {
  const char *pattern_end = matcher->pattern_end;
  while (item < pattern_end) {
    take_steps(matcher, 1);
    char next = item + 1 < pattern_end ? item[1] : '\0';
    if (*item == '(')
      return match_open(matcher, at, item);
    if (*item == ')')
      return match_close(matcher, at, item);
    if (*item == '$' && item + 1 == pattern_end)
      return at == matcher->end ? at : NULL;
    if (*item == '%' && next == 'b') {
      if (!(at = match_balance(matcher, at, item + 2)))
        return NULL;
      item += 4;
      continue;
    }
    if (*item == '%' && next == 'f') {
      if (item + 2 >= pattern_end || item[2] != '[')
        luaL_error(matcher->lua, "missing '[' after '%%f' in pattern");
      const char *set_end = item_end(matcher, item + 2);
      if (!at_frontier(matcher, at, item + 2, set_end))
        return NULL;
      item = set_end;
      continue;
    }
    if (*item == '%' && isdigit((unsigned char)next)) {
      if (!(at = match_again(matcher, at, next)))
        return NULL;
      item += 2;
      continue;
    }
    const char *end = item_end(matcher, item);
    switch (end < pattern_end ? *end : '\0') {
    case '*':
      return match_greedy(matcher, at, item, end);
    case '+':
      return matches_one(matcher, at, item, end) ? match_greedy(matcher, at + 1, item, end) : NULL;
    case '-':
      return match_lazy(matcher, at, item, end);
    case '?':
      if (matches_one(matcher, at, item, end)) {
        const char *result = match_here(matcher, at + 1, end + 1);
        if (result)
          return result;
      }
      item = end + 1;
      break;
    default:
      if (!matches_one(matcher, at, item, end))
        return NULL;
      at++;
      item = end;
    }
  }
  return at;
}

/* Where the match of the rest of the pattern ends, or NULL. */
static const char *match_here(struct matcher *matcher, const char *at, const char *item) {
  if (matcher->depth == DEPTH_MAX)
    luaL_error(matcher->lua, "pattern too complex");
  matcher->depth++;
  const char *result = try_here(matcher, at, item);
  matcher->depth--;
  return result;
}

static const char *match_from(struct matcher *matcher, const char *at) {
  matcher->depth = 0;
  matcher->count = 0;
  return match_here(matcher, at, matcher->pattern);
}

static struct matcher new_matcher(lua_State *lua, const char *subject, size_t size,
                                  const char *pattern, size_t pattern_size) {
  struct matcher matcher;
  matcher.lua = lua;
  matcher.start = subject;
  matcher.end = subject + size;
  matcher.pattern = pattern;
  matcher.pattern_end = pattern + pattern_size;
  matcher.depth = matcher.count = 0;
  matcher.steps = 0;
  return matcher;
}

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

static bool has_specials(const char *pattern, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (pattern[i] && strchr("^$*+?.([%-", pattern[i]))
      return true;
  return false;
}

static int find_plain(lua_State *lua, const char *subject, size_t size, size_t from,
                      const char *needle, size_t needle_size) {
  sandbox_charge(lua, (size - from) / BYTES_PER_WORK);
  const char *found = memmem(subject + from, size - from, needle, needle_size);
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
  if (find && (lua_toboolean(lua, 4) || !has_specials(pattern, pattern_size)))
    return find_plain(lua, subject, size, from, pattern, pattern_size);
  bool anchored = pattern_size && *pattern == '^';
  struct matcher matcher =
      new_matcher(lua, subject, size, pattern + anchored, pattern_size - anchored);
  const char *at = subject + from;
  do {
    const char *end = match_from(&matcher, at);
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
  struct matcher matcher = new_matcher(lua, subject, size, pattern, pattern_size);
  for (; from <= (lua_Integer)size; from++) {
    const char *end = match_from(&matcher, subject + from);
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
  for (const char *end = text + size, *mark; text < end; text = mark + 2) {
    mark = memchr(text, '%', (size_t)(end - text));
    luaL_addlstring(out, text, (size_t)((mark ? mark : end) - text));
    if (!mark)
      return;
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
  struct matcher matcher =
      new_matcher(lua, subject, size, pattern + anchored, pattern_size - anchored);
  const char *at = subject;
  luaL_Buffer out;
  lua_settop(lua, 4);
  luaL_buffinit(lua, &out);
  while (count < most) {
    const char *end = match_from(&matcher, at);
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
