#include "rule/sandbox_cost.h"

#include "rule/sandbox.h"

#include <lauxlib.h>
#include <string.h>

/* Bytes or items that a C loop handles for the price of one VM instruction. */
#define BYTES_PER_WORK 16
#define ITEMS_PER_WORK 4

enum cost {
  COST_TEXT, /* reads its text once */
  COST_LIST, /* reads its list once */
  COST_SORT,
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
    {"utf8", "len", COST_TEXT},       {"utf8", "codepoint", COST_TEXT},
    {"utf8", "offset", COST_TEXT},    {"table", "concat", COST_LIST},
    {"table", "unpack", COST_LIST},   {"table", "sort", COST_SORT},
    {"table", "insert", COST_INSERT}, {"table", "remove", COST_REMOVE},
    {"table", "move", COST_MOVE},     {"string", "rep", COST_REPEAT},
    {"_G", "tonumber", COST_TEXT},
};

static void charge_list(lua_State *lua, enum cost cost) {
  if (!lua_istable(lua, 1))
    return;
  size_t items = (size_t)lua_rawlen(lua, 1), doublings = 0;
  if (cost == COST_INSERT || cost == COST_REMOVE) {
    lua_Integer at = lua_tointeger(lua, 2);
    if (lua_gettop(lua) < (cost == COST_INSERT ? 3 : 2) || at < 0 || (size_t)at > items)
      return;
    items -= (size_t)at;
  }
  if (cost == COST_SORT) {
    for (size_t rest = items; rest > 1; rest /= 2)
      doublings++;
    items *= doublings;
  }
  sandbox_charge(lua, items / ITEMS_PER_WORK);
}

static void charge_repeat(lua_State *lua) {
  lua_Integer times = lua_tointeger(lua, 2);
  if (times > 0)
    sandbox_charge(lua, (size_t)times / BYTES_PER_WORK);
}

static void charge_move(lua_State *lua) {
  lua_Integer from = lua_tointeger(lua, 2), to = lua_tointeger(lua, 3);
  if (to > from)
    sandbox_charge(lua, ((size_t)to - (size_t)from) / ITEMS_PER_WORK);
}

static int charged(lua_State *lua) {
  enum cost cost = (enum cost)lua_tointeger(lua, lua_upvalueindex(2));
  if (cost == COST_TEXT) {
    sandbox_charge(lua, (size_t)lua_rawlen(lua, 1) / BYTES_PER_WORK);
  } else if (cost == COST_REPEAT) {
    charge_repeat(lua);
  } else if (cost == COST_MOVE) {
    charge_move(lua);
  } else {
    charge_list(lua, cost);
  }
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
}
