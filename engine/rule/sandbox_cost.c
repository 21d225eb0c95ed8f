#include "rule/sandbox_cost.h"

#include "rule/sandbox.h"

#include <lauxlib.h>
#include <string.h>

/* Bytes or items that a C loop handles for the price of one VM instruction. */
#define BYTES_PER_WORK 16
#define ITEMS_PER_WORK 4
/* Searches whose worst case is larger look at the clock afterwards. */
#define STEPS_WORTH_A_LOOK 1e7

/* Passes over one item of a pattern without its repetition sign. */
static size_t skip_item(const char *pattern, size_t size, size_t at, int *repeats) {
  char c = pattern[at++];
  if (c == '%' && at < size) {
    c = pattern[at++];
    if (c == 'b') { /* %bxy looks through the rest of the text */
      ++*repeats;
      return at + 2 < size ? at + 2 : size;
    }
    if (c >= '0' && c <= '9') /* a group again: compares as many bytes as it has */
      ++*repeats;
    if (c != 'f')
      return at;
    if (at >= size || pattern[at] != '[')
      return at;
    c = pattern[at++];
  }
  if (c != '[')
    return at;
  if (at < size && pattern[at] == '^')
    at++;
  bool first = true; /* a ] that comes first stands for itself */
  for (; at < size && (first || pattern[at] != ']'); first = false)
    at += pattern[at] == '%' ? 2 : 1;
  return at < size ? at + 1 : size;
}

double sandbox_pattern_steps(const char *pattern, size_t pattern_size, size_t size, int anchors) {
  int free_places = 1;
  double steps = 1 + (double)pattern_size / 100; /* what stands between the repeated items */
  size_t at = 0;
  if (anchors && pattern_size && pattern[0] == '^') {
    free_places = 0;
    at = 1;
  }
  while (at < pattern_size) {
    at = skip_item(pattern, pattern_size, at, &free_places);
    if (at < pattern_size && pattern[at] == '?')
      steps *= 2;
    else if (at < pattern_size && strchr("*+-", pattern[at]) && pattern[at])
      free_places++;
    else
      continue;
    at++;
  }
  for (int i = 1; i <= free_places && steps <= SANDBOX_PATTERN_STEPS_MAX; i++)
    steps *= ((double)size + i) / i;
  return steps;
}

enum cost {
  COST_TEXT,   /* reads its text once */
  COST_FIND,   /* pattern, or plain by the fourth argument */
  COST_MATCH,  /* pattern with ^ */
  COST_GMATCH, /* pattern where ^ stands for itself */
  COST_LIST,   /* reads its list once */
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
    {"string", "find", COST_FIND},    {"string", "match", COST_MATCH},
    {"string", "gsub", COST_MATCH},   {"string", "gmatch", COST_GMATCH},
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

/* Charges for a search and returns its worst case. */
static double charge_pattern(lua_State *lua, enum cost cost, size_t size) {
  size_t pattern_size;
  const char *pattern = lua_tolstring(lua, 2, &pattern_size);
  if (!pattern)
    return 0;
  double steps = cost == COST_FIND && lua_toboolean(lua, 4)
                     ? (double)size * ((double)pattern_size / BYTES_PER_WORK)
                     : sandbox_pattern_steps(pattern, pattern_size, size, cost != COST_GMATCH);
  if (steps > SANDBOX_PATTERN_STEPS_MAX)
    luaL_error(lua, "pattern too costly for a text of %I bytes: use re.match", (lua_Integer)size);
  return steps;
}

static int charged(lua_State *lua) {
  enum cost cost = (enum cost)lua_tointeger(lua, lua_upvalueindex(2));
  double steps = 0;
  if (cost <= COST_GMATCH) {
    size_t size = lua_type(lua, 1) == LUA_TSTRING ? (size_t)lua_rawlen(lua, 1) : 0;
    sandbox_charge(lua, size / BYTES_PER_WORK);
    if (cost != COST_TEXT)
      steps = charge_pattern(lua, cost, size);
  } else if (cost == COST_REPEAT) {
    charge_repeat(lua);
  } else if (cost == COST_MOVE) {
    charge_move(lua);
  } else {
    charge_list(lua, cost);
  }
  int results = lua_tocfunction(lua, lua_upvalueindex(1))(lua);
  if (steps > STEPS_WORTH_A_LOOK)
    sandbox_check_time(lua);
  return results;
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
