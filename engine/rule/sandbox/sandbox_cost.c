#include "rule/sandbox/sandbox_cost.h"

#include "rule/sandbox/sandbox_freeze.h"
#include "rule/sandbox/sandbox_limit.h"

#include <lauxlib.h>
#include <string.h>

/* Bytes or items that a C loop handles for the price of one VM instruction. */
#define BYTES_PER_WORK 16
#define ITEMS_PER_WORK 4
/* More than any budget. */
#define WORK_MAX ((size_t)INT64_MAX / 2)
/* Lua's MAXTAGLOOP. */
#define CHAIN_MAX 2000

enum cost {
  COST_TEXT,   /* reads its text once */
  COST_TEXTS,  /* reads each of its texts */
  COST_COUNT,  /* looks at each of its arguments */
  COST_BYTES,  /* gives the bytes from the second argument to the third */
  COST_UNPACK, /* from the second to the third */
  COST_SORT,   /* compares, see below */
  COST_INSERT, /* moves what stands behind the position */
  COST_REMOVE,
  COST_REPEAT, /* as often as the second argument says, even of nothing */
  COST_MOVE
};

static const struct {
  const char *library, *name;
  enum cost cost;
} costs[] = {
    {"string", "lower", COST_TEXT},   {"string", "upper", COST_TEXT},
    {"string", "reverse", COST_TEXT}, {"string", "unpack", COST_TEXT},
    {"string", "pack", COST_TEXT},    {"string", "packsize", COST_TEXT},
    {"utf8", "len", COST_TEXT},       {"utf8", "codepoint", COST_TEXT},
    {"utf8", "offset", COST_TEXT},    {"table", "unpack", COST_UNPACK},
    {"table", "sort", COST_SORT},     {"table", "insert", COST_INSERT},
    {"table", "remove", COST_REMOVE}, {"table", "move", COST_MOVE},
    {"string", "rep", COST_REPEAT},   {"string", "format", COST_TEXTS},
    {"string", "char", COST_COUNT},   {"utf8", "char", COST_COUNT},
    {"string", "byte", COST_BYTES},   {"_G", "tonumber", COST_TEXT},
    {"_G", "select", COST_COUNT},     {"table", "pack", COST_COUNT},
    {"text", "__add", COST_TEXTS},    {"text", "__sub", COST_TEXTS},
    {"text", "__mul", COST_TEXTS},    {"text", "__div", COST_TEXTS},
    {"text", "__idiv", COST_TEXTS},   {"text", "__mod", COST_TEXTS},
    {"text", "__pow", COST_TEXTS},    {"text", "__unm", COST_TEXTS},
};

/* The items of the list in the first argument. A rule's own __len could give a number that no C
 * loop ever reaches, and another one the next time it is asked. */
static lua_Integer count_items(lua_State *lua) {
  if (lua_istable(lua, 1) && !sandbox_thaw(lua, 1)) {
    if (luaL_getmetafield(lua, 1, "__len") != LUA_TNIL)
      luaL_error(lua, "a table with __len is no list here");
    return (lua_Integer)lua_rawlen(lua, 1);
  }
  if (lua_istable(lua, 1))
    lua_pop(lua, 1); /* the read-only table's own __len is ours */
  else if (!lua_isuserdata(lua, 1))
    return 0;
  return luaL_len(lua, 1);
}

/* How many tables one look-up in the table at the index can go through by the metamethod: Lua
 * follows up to 2000, and none of them is an instruction. */
static size_t chain_length(lua_State *lua, int index, const char *metamethod) {
  size_t length = 1;
  lua_pushvalue(lua, index);
  while (length < CHAIN_MAX && lua_istable(lua, -1) && luaL_getmetafield(lua, -1, metamethod)) {
    lua_remove(lua, -2);
    length++;
  }
  lua_pop(lua, 1);
  return length;
}

static size_t item_cost(lua_State *lua, int index) {
  size_t reading = chain_length(lua, index, "__index");
  size_t writing = chain_length(lua, index, "__newindex");
  return reading > writing ? reading : writing;
}

/* Of the list at the index. */
static void charge_items(lua_State *lua, int index, lua_Integer first, lua_Integer last) {
  if (last < first)
    return;
  size_t items = (size_t)last - (size_t)first, each = item_cost(lua, index);
  sandbox_charge(lua, items > WORK_MAX / each ? WORK_MAX : items * each / ITEMS_PER_WORK + 1);
}

/* The function's range is that of its arguments, or else the whole list. */
static void charge_range(lua_State *lua, int first_index) {
  lua_Integer first = luaL_optinteger(lua, first_index, 1);
  charge_items(lua, 1, first,
               lua_isnoneornil(lua, first_index + 1) ? count_items(lua)
                                                     : luaL_checkinteger(lua, first_index + 1));
}

static void charge_shift(lua_State *lua, enum cost cost) {
  lua_Integer items = count_items(lua), at = lua_tointeger(lua, 2);
  if (lua_gettop(lua) >= (cost == COST_INSERT ? 3 : 2) && at >= 0)
    charge_items(lua, 1, at, items);
}

static void charge_texts(lua_State *lua) {
  size_t bytes = 0;
  for (int i = lua_gettop(lua); i >= 1; i--)
    if (lua_type(lua, i) == LUA_TSTRING)
      bytes += (size_t)lua_rawlen(lua, i);
  sandbox_charge(lua, bytes / BYTES_PER_WORK);
}

/* A place in a text, which may count from its end. */
static lua_Integer place_in(lua_Integer place, lua_Integer size) {
  return place < 0 ? size + place + 1 : place;
}

static void charge_bytes(lua_State *lua) {
  if (lua_gettop(lua) < 3)
    return;
  lua_Integer size = (lua_Integer)lua_rawlen(lua, 1);
  lua_Integer first = place_in(lua_tointeger(lua, 2), size);
  lua_Integer last = place_in(lua_tointeger(lua, 3), size);
  first = first < 1 ? 1 : first;
  last = last > size ? size : last;
  if (last > first)
    sandbox_charge(lua, (size_t)(last - first) / ITEMS_PER_WORK);
}

static void charge_repeat(lua_State *lua) {
  lua_Integer times = lua_tointeger(lua, 2);
  if (times > 0)
    sandbox_charge(lua, (size_t)times / BYTES_PER_WORK);
}

/* What table.sort compares with. However many items a list says that it has, and however long they
 * are: nothing happens between two of these. Upvalue: the file's own function, or nil. */
static int compare_items(lua_State *lua) {
  size_t work = 1;
  if (lua_type(lua, 1) == LUA_TSTRING && lua_type(lua, 2) == LUA_TSTRING) {
    size_t left = (size_t)lua_rawlen(lua, 1), right = (size_t)lua_rawlen(lua, 2);
    work += (left < right ? left : right) / BYTES_PER_WORK;
  }
  sandbox_charge(lua, work);
  if (lua_isnil(lua, lua_upvalueindex(1))) {
    lua_pushboolean(lua, lua_compare(lua, 1, 2, LUA_OPLT));
  } else {
    lua_settop(lua, 2);
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, 2, 1);
  }
  return 1;
}

static void charge_sort(lua_State *lua) {
  lua_settop(lua, 2);
  if (!lua_isnil(lua, 2))
    luaL_checktype(lua, 2, LUA_TFUNCTION);
  lua_pushcclosure(lua, compare_items, 1);
}

/* table.concat, item by item: to make a text of a number takes as long as many instructions, so the
 * whole of a long list at once would be too late for the clock. */
static int concat(lua_State *lua) {
  size_t separator_size;
  lua_settop(lua, 4);
  const char *separator = luaL_optlstring(lua, 2, "", &separator_size);
  lua_Integer at = luaL_optinteger(lua, 3, 1);
  lua_Integer last = lua_isnil(lua, 4) ? count_items(lua) : luaL_checkinteger(lua, 4);
  if (!lua_istable(lua, 1) && !lua_isuserdata(lua, 1))
    luaL_checktype(lua, 1, LUA_TTABLE);
  size_t each = (item_cost(lua, 1) - 1) / ITEMS_PER_WORK + 1;
  luaL_Buffer out;
  luaL_buffinit(lua, &out);
  while (at <= last) {
    sandbox_charge(lua, each);
    lua_geti(lua, 1, at);
    if (!lua_isstring(lua, -1))
      return luaL_error(lua, "invalid value (at index %I) in table for 'concat'", (LUAI_UACINT)at);
    luaL_addvalue(&out);
    if (at == last)
      break;
    luaL_addlstring(&out, separator, separator_size);
    at++;
  }
  luaL_pushresult(&out);
  return 1;
}

static int charged(lua_State *lua) {
  enum cost cost = (enum cost)lua_tointeger(lua, lua_upvalueindex(2));
  int arguments = lua_gettop(lua);
  switch (cost) {
  case COST_TEXT:
    sandbox_charge(lua, (size_t)lua_rawlen(lua, 1) / BYTES_PER_WORK);
    break;
  case COST_TEXTS:
    charge_texts(lua);
    break;
  case COST_COUNT:
    sandbox_charge(lua, (size_t)arguments / ITEMS_PER_WORK);
    break;
  case COST_BYTES:
    charge_bytes(lua);
    break;
  case COST_UNPACK:
    charge_range(lua, 2);
    break;
  case COST_SORT:
    charge_sort(lua);
    arguments = 2;
    break;
  case COST_INSERT:
  case COST_REMOVE:
    charge_shift(lua, cost);
    break;
  case COST_REPEAT:
    charge_repeat(lua);
    break;
  case COST_MOVE:
    charge_items(lua, 1, lua_tointeger(lua, 2), lua_tointeger(lua, 3));
    if (lua_istable(lua, 5))
      charge_items(lua, 5, lua_tointeger(lua, 2), lua_tointeger(lua, 3));
    break;
  }
  lua_settop(lua, arguments);
  return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

void sandbox_add_costs(lua_State *lua, const char *library) {
  for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) {
    if (strcmp(costs[i].library, library) != 0)
      continue;
    lua_getfield(lua, -1, costs[i].name);
    lua_pushinteger(lua, costs[i].cost);
    lua_pushcclosure(lua, charged, 2);
    lua_setfield(lua, -2, costs[i].name);
  }
  if (strcmp(library, "table") == 0) {
    lua_pushcfunction(lua, concat);
    lua_setfield(lua, -2, "concat");
  }
}
