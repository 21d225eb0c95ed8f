#include "rule/sandbox/sandbox_census.h"

#include "base/memory.h"
#include "rule/sandbox/sandbox_internal.h"

#include <stdint.h>
#include <stdlib.h>

/* Bytes of Lua 5.4's objects on a machine of 64 bits, without what follows their heads. An entry of
 * a table takes 24, and as many places as entries are empty in a hash that has just grown. */
enum {
  STRING_BYTES = 25,
  TABLE_BYTES = 56,
  ENTRY_BYTES = 36,
  FUNCTION_BYTES = 32,
  UPVALUE_BYTES = 48,
  USERDATA_BYTES = 40
};

#define SEEN_FIRST 1024

struct census {
  lua_State *lua;
  int queue; /* stack place of the list of tables and functions that are still to be looked into */
  lua_Integer waiting;
  const void **seen; /* a hash set of addresses; its size is a power of two */
  size_t seen_size, seen_count;
  size_t bytes;
};

static size_t place_of(const struct census *census, const void *object) {
  size_t mask = census->seen_size - 1;
  size_t at = (size_t)(((uintptr_t)object >> 3) * UINT64_C(0x9e3779b97f4a7c15) >> 20) & mask;
  while (census->seen[at] && census->seen[at] != object)
    at = (at + 1) & mask;
  return at;
}

static void grow(struct census *census) {
  const void **old = census->seen;
  size_t old_size = census->seen_size;
  census->seen_size *= 2;
  census->seen = memory_alloc_array(census->seen_size, sizeof *census->seen);
  for (size_t i = 0; i < old_size; i++)
    if (old[i])
      census->seen[place_of(census, old[i])] = old[i];
  free(old);
}

/* Whether the object was not seen before. */
static bool see(struct census *census, const void *object) {
  size_t at = place_of(census, object);
  if (census->seen[at])
    return false;
  census->seen[at] = object;
  if (++census->seen_count * 2 > census->seen_size)
    grow(census);
  return true;
}

/* Counts the value at the top of the stack, which is popped. */
static void count_value(struct census *census) {
  lua_State *lua = census->lua;
  int type = lua_type(lua, -1);
  bool holds_others = type == LUA_TTABLE || type == LUA_TFUNCTION;
  if ((holds_others || type == LUA_TSTRING || type == LUA_TUSERDATA) &&
      see(census, lua_topointer(lua, -1))) {
    if (type == LUA_TSTRING)
      census->bytes += STRING_BYTES + (size_t)lua_rawlen(lua, -1);
    else if (type == LUA_TUSERDATA)
      census->bytes += USERDATA_BYTES + (size_t)lua_rawlen(lua, -1);
    if (holds_others) {
      lua_rawseti(lua, census->queue, ++census->waiting);
      return;
    }
  }
  lua_pop(lua, 1);
}

static void look_into_table(struct census *census) {
  lua_State *lua = census->lua;
  census->bytes += TABLE_BYTES;
  if (lua_getmetatable(lua, -1))
    count_value(census);
  lua_pushnil(lua);
  while (lua_next(lua, -2)) {
    census->bytes += ENTRY_BYTES;
    count_value(census);
    lua_pushvalue(lua, -1);
    count_value(census);
  }
}

static void look_into_function(struct census *census) {
  census->bytes += FUNCTION_BYTES;
  for (int i = 1; lua_getupvalue(census->lua, -1, i); i++) {
    census->bytes += UPVALUE_BYTES;
    count_value(census);
  }
}

static void empty_queue(struct census *census) {
  lua_State *lua = census->lua;
  while (census->waiting > 0) {
    lua_rawgeti(lua, census->queue, census->waiting);
    lua_pushnil(lua);
    lua_rawseti(lua, census->queue, census->waiting--);
    if (lua_istable(lua, -1))
      look_into_table(census);
    else
      look_into_function(census);
    lua_pop(lua, 1);
  }
}

size_t sandbox_census(struct sandbox *sandbox, const int *references, size_t count) {
  lua_State *lua = sandbox->lua;
  int top = lua_gettop(lua);
  struct census census = {.lua = lua, .queue = top + 1, .seen_size = SEEN_FIRST};
  census.seen = memory_alloc_array(census.seen_size, sizeof *census.seen);
  lua_newtable(lua);
  sandbox_push_environment_metatable(lua);
  see(&census, lua_topointer(lua, -1)); /* so that nobody looks into it */
  lua_pop(lua, 1);
  for (size_t i = 0; i < count; i++) {
    if (references[i] < 0)
      continue;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, references[i]);
    count_value(&census);
    empty_queue(&census);
  }
  lua_settop(lua, top);
  free(census.seen);
  return census.bytes;
}
