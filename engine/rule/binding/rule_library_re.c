/*
 * The module `re`: regular expressions (PCRE2) with the calls of Lua's string patterns.
 *
 *   re.match(subject, pattern[, init])    the captures, or the whole match; nil
 *   re.find(subject, pattern[, init])     start, end, captures; nil
 *   re.gmatch(subject, pattern)           an iterator over the matches
 *   re.gsub(subject, pattern, replacement[, n])   the new text and the number of replacements;
 *                                         replacement: a text with %0 ... %9 and %%, or a function
 *
 * A group that took no part is nil. A search that hits the limits is the error "regex gave up".
 */
#include "rule/binding/rule_library.h"
#include "rule/condition/regex.h"
#include "rule/sandbox/sandbox_limit.h"

#include <lauxlib.h>

#define REGEX_TYPE "margay.regex"
#define STATE_TYPE "margay.regex_state"

/* Compiled patterns kept; one more and all are dropped. */
#define CACHE_MAX 256
/* What compiling and searching cost in VM instructions. */
#define COMPILE_WORK 5000
#define BYTES_PER_WORK 8
#define STEPS_PER_WORK 4
/* Subjects larger than this look at the clock. */
#define SIZE_WORTH_A_LOOK 1024
/* Bytes of a replacement that are put in for the price of one VM instruction. */
#define REPLACEMENT_BYTES_PER_WORK 16

/* A compiled pattern as a Lua value. */
struct compiled {
  struct regex *regex;
};

struct state {
  struct regex_scratch *scratch;
  int cached;
};

/* Registry keys: their addresses. */
static const char state_key, cache_key;

static int free_regex(lua_State *lua) {
  struct compiled *compiled = lua_touserdata(lua, 1);
  regex_free(&compiled->regex);
  return 0;
}

static int free_state(lua_State *lua) {
  struct state *state = lua_touserdata(lua, 1);
  regex_scratch_free(&state->scratch);
  return 0;
}

static struct state *get_state(lua_State *lua) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &state_key);
  struct state *state = lua_touserdata(lua, -1);
  lua_pop(lua, 1);
  return state;
}

static void new_cache(lua_State *lua) {
  lua_newtable(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &cache_key);
}

/* Pushes the compiled form of the pattern at the index. */
static const struct regex *push_regex(lua_State *lua, int index) {
  struct text pattern;
  pattern.data = luaL_checklstring(lua, index, &pattern.size);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &cache_key);
  lua_pushvalue(lua, index);
  if (lua_rawget(lua, -2) != LUA_TNIL) {
    lua_remove(lua, -2);
    return ((const struct compiled *)lua_touserdata(lua, -1))->regex;
  }
  lua_pop(lua, 2);
  sandbox_charge(lua, COMPILE_WORK + pattern.size);
  struct state *state = get_state(lua);
  if (state->cached == CACHE_MAX) {
    state->cached = 0;
    new_cache(lua);
    /* The collector does not see how large compiled patterns are. */
    lua_gc(lua, LUA_GCCOLLECT);
  }
  struct compiled *compiled = lua_newuserdatauv(lua, sizeof *compiled, 0);
  compiled->regex = NULL;
  luaL_setmetatable(lua, REGEX_TYPE);
  struct error error = ERROR_NONE;
  compiled->regex = regex_new(pattern, 0, &error);
  if (!compiled->regex)
    luaL_error(lua, "regex: %s", error.text);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &cache_key);
  lua_pushvalue(lua, index);
  lua_pushvalue(lua, -3);
  lua_rawset(lua, -3);
  lua_pop(lua, 1);
  state->cached++;
  return compiled->regex;
}

/* Charges what the search passed over and took; so many matches of a long text cost no more than
 * the text. However many steps a search may have, it ends with the call. */
static bool search(lua_State *lua, const struct regex *regex, struct text subject, size_t from) {
  struct state *state = get_state(lua);
  struct work work;
  work_start(&work);
  if (subject.size > SIZE_WORTH_A_LOOK)
    work.pass_end_ns = sandbox_deadline(lua);
  enum regex_result result = regex_match(regex, state->scratch, &work, subject, from);
  int64_t steps = WORK_PASS_STEPS - (work.left > 0 ? work.left : 0);
  size_t start, end = subject.size;
  if (result == REGEX_YES)
    regex_group(state->scratch, 0, &start, &end);
  size_t passed = end > from ? end - from : 0;
  sandbox_charge(lua, 1 + passed / BYTES_PER_WORK + (size_t)steps / STEPS_PER_WORK);
  if (subject.size > SIZE_WORTH_A_LOOK)
    sandbox_check_time(lua);
  if (result == REGEX_LIMIT)
    luaL_error(lua, "regex gave up: the pattern is too costly for this text");
  return result == REGEX_YES;
}

static void push_group(lua_State *lua, struct text subject, size_t group) {
  size_t start, end;
  if (regex_group(get_state(lua)->scratch, group, &start, &end))
    lua_pushlstring(lua, subject.data + start, end - start);
  else
    lua_pushnil(lua);
}

/* Pushes the captures of the last search; the whole match when there are none and `whole`. */
static int push_captures(lua_State *lua, const struct regex *regex, struct text subject,
                         bool whole) {
  size_t count = regex_group_count(regex);
  luaL_checkstack(lua, (int)(count < 1000 ? count : 1000) + 2, "too many captures");
  if (count == 0 && whole) {
    push_group(lua, subject, 0);
    return 1;
  }
  if (count > 1000)
    luaL_error(lua, "too many captures");
  sandbox_charge(lua, count);
  for (size_t i = 1; i <= count; i++)
    push_group(lua, subject, i);
  return (int)count;
}

/* string.find's init: 1-based, negative from the end. False when it is past the end. */
static bool read_start(lua_State *lua, int index, size_t size, size_t *from) {
  lua_Integer start = luaL_optinteger(lua, index, 1);
  if (start < 0)
    start = (lua_Unsigned) - (start + 1) < size ? (lua_Integer)size + start + 1 : 1;
  if (start == 0)
    start = 1;
  *from = (size_t)start - 1;
  return *from <= size;
}

static int find(lua_State *lua, bool positions) {
  struct text subject;
  size_t from, start, end;
  subject.data = luaL_checklstring(lua, 1, &subject.size);
  luaL_checkstring(lua, 2);
  bool inside = read_start(lua, 3, subject.size, &from);
  const struct regex *regex = push_regex(lua, 2);
  if (!inside || !search(lua, regex, subject, from)) {
    lua_pushnil(lua);
    return 1;
  }
  if (!positions)
    return push_captures(lua, regex, subject, true);
  regex_group(get_state(lua)->scratch, 0, &start, &end);
  lua_pushinteger(lua, (lua_Integer)start + 1);
  lua_pushinteger(lua, (lua_Integer)end);
  return 2 + push_captures(lua, regex, subject, false);
}

static int re_match(lua_State *lua) {
  return find(lua, false);
}

static int re_find(lua_State *lua) {
  return find(lua, true);
}

/* Where to search on after a match: an empty one must not be found for ever. */
static size_t step_over(struct text subject, size_t start, size_t end) {
  if (end > start)
    return end;
  end++;
  while (end < subject.size && ((unsigned char)subject.data[end] & 0xc0) == 0x80)
    end++;
  return end;
}

/* Upvalues: subject, regex, offset. */
static int next_match(lua_State *lua) {
  struct text subject;
  size_t start, end;
  subject.data = lua_tolstring(lua, lua_upvalueindex(1), &subject.size);
  const struct compiled *compiled = lua_touserdata(lua, lua_upvalueindex(2));
  size_t from = (size_t)lua_tointeger(lua, lua_upvalueindex(3));
  if (from > subject.size || !search(lua, compiled->regex, subject, from)) {
    lua_pushinteger(lua, (lua_Integer)subject.size + 1);
    lua_replace(lua, lua_upvalueindex(3));
    lua_pushnil(lua);
    return 1;
  }
  regex_group(get_state(lua)->scratch, 0, &start, &end);
  lua_pushinteger(lua, (lua_Integer)step_over(subject, start, end));
  lua_replace(lua, lua_upvalueindex(3));
  return push_captures(lua, compiled->regex, subject, true);
}

static int re_gmatch(lua_State *lua) {
  luaL_checkstring(lua, 1);
  luaL_checkstring(lua, 2);
  lua_pushvalue(lua, 1);
  push_regex(lua, 2);
  lua_pushinteger(lua, 0);
  lua_pushcclosure(lua, next_match, 3);
  return 1;
}

/* %0 ... %9 stand for groups, %% for a percent sign. */
static void add_replacement(lua_State *lua, luaL_Buffer *out, struct text subject,
                            size_t group_count, struct text replacement) {
  sandbox_charge(lua, replacement.size / REPLACEMENT_BYTES_PER_WORK);
  for (size_t i = 0; i < replacement.size; i++) {
    char c = replacement.data[i];
    if (c != '%') {
      luaL_addchar(out, c);
      continue;
    }
    sandbox_charge(lua, 1);
    c = ++i < replacement.size ? replacement.data[i] : '\0';
    size_t start, end, group = c >= '0' && c <= '9' ? (size_t)(c - '0') : group_count + 1;
    if (c == '%')
      luaL_addchar(out, '%');
    else if (group > group_count && !(group == 1 && group_count == 0))
      luaL_error(lua, "the replacement names a group that the regex does not have");
    else if (regex_group(get_state(lua)->scratch, group_count ? group : 0, &start, &end))
      luaL_addlstring(out, subject.data + start, end - start);
  }
}

/* Calls the function with the captures; what it gives back, unless nil or false, is put in. */
static void add_result(lua_State *lua, luaL_Buffer *out, const struct regex *regex,
                       struct text subject, size_t start, size_t end) {
  lua_pushvalue(lua, 3);
  int captures = push_captures(lua, regex, subject, true);
  lua_call(lua, captures, 1); /* may search, too: the groups are gone now */
  if (!lua_toboolean(lua, -1)) {
    lua_pop(lua, 1);
    lua_pushlstring(lua, subject.data + start, end - start);
  } else if (!lua_isstring(lua, -1)) {
    luaL_error(lua, "the replacement function returned a %s", luaL_typename(lua, -1));
  }
  luaL_addvalue(out);
}

static int re_gsub(lua_State *lua) {
  struct text subject, replacement = {NULL, 0};
  subject.data = luaL_checklstring(lua, 1, &subject.size);
  luaL_checkstring(lua, 2);
  if (!lua_isfunction(lua, 3))
    replacement.data = luaL_checklstring(lua, 3, &replacement.size);
  lua_Integer most = luaL_optinteger(lua, 4, (lua_Integer)subject.size + 1), count = 0;
  lua_settop(lua, 4);
  const struct regex *regex = push_regex(lua, 2);
  size_t from = 0, copied = 0, start, end;
  luaL_Buffer out;
  luaL_buffinit(lua, &out);
  while (count < most && from <= subject.size && search(lua, regex, subject, from)) {
    regex_group(get_state(lua)->scratch, 0, &start, &end);
    luaL_addlstring(&out, subject.data + copied, start - copied);
    if (replacement.data)
      add_replacement(lua, &out, subject, regex_group_count(regex), replacement);
    else
      add_result(lua, &out, regex, subject, start, end);
    copied = end;
    from = step_over(subject, start, end);
    count++;
  }
  luaL_addlstring(&out, subject.data + copied, subject.size - copied);
  luaL_pushresult(&out);
  lua_pushinteger(lua, count);
  return 2;
}

static void new_type(lua_State *lua, const char *name, lua_CFunction release) {
  luaL_newmetatable(lua, name);
  lua_pushcfunction(lua, release);
  lua_setfield(lua, -2, "__gc");
  lua_pushboolean(lua, false);
  lua_setfield(lua, -2, "__metatable");
  lua_pop(lua, 1);
}

int rule_open_re(lua_State *lua) {
  static const luaL_Reg functions[] = {{"match", re_match},
                                       {"find", re_find},
                                       {"gmatch", re_gmatch},
                                       {"gsub", re_gsub},
                                       {NULL, NULL}};
  new_type(lua, REGEX_TYPE, free_regex);
  new_type(lua, STATE_TYPE, free_state);
  struct state *state = lua_newuserdatauv(lua, sizeof *state, 0);
  *state = (struct state){.scratch = NULL};
  luaL_setmetatable(lua, STATE_TYPE);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &state_key);
  state->scratch = regex_scratch_new();
  new_cache(lua);
  luaL_newlib(lua, functions);
  return 1;
}
