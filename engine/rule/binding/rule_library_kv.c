/*
 * The module `kv`: what a stateful rule remembers (rule/kv/kv.h). `opts` is { expires = seconds }.
 *
 *   kv.get_counter(key)                          0 when there is none
 *   kv.increment_counter(key [, n] [, opts])     the new count
 *   kv.reset_counter(key)
 *   kv.get_string_set(key)                       a sorted list
 *   kv.string_set_size(key), kv.contains(key, text)
 *   kv.put_string_set(key, list [, opts])
 *   kv.add_to_string_set(key, text or list [, opts])    the set's size, how many were new
 *   kv.remove_from_string_set(key, text or list)        the set's size, how many are gone
 *   kv.reset_string_set(key)
 *   kv.get_table(key)                            nil when there is none
 *   kv.put_table(key, table [, opts])
 *   kv.reset_table(key)
 *   kv.set_expiry(key, seconds)                  whether there is such an entry
 */
#include "base/memory.h"
#include "rule/binding/lua_json.h"
#include "rule/binding/lua_json_push.h"
#include "rule/binding/rule_kv.h"
#include "rule/sandbox/sandbox_freeze.h"
#include "rule/sandbox/sandbox_limit.h"

#include <lauxlib.h>
#include <stdlib.h>

/* What a call costs, and how many bytes cost as much as one more VM instruction. */
#define CALL_WORK 100
#define BYTES_PER_WORK 16

/* Registry key: its address. */
static const char rule_kv_key;

void rule_kv_attach(lua_State *lua, struct rule_kv *rule_kv) {
  lua_pushlightuserdata(lua, rule_kv);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &rule_kv_key);
}

void rule_kv_free(struct rule_kv *rule_kv) {
  json_reader_free(rule_kv->json);
  buffer_free(&rule_kv->buffer);
  free(rule_kv->items);
}

/* ---- arguments ---- */

/* luaL_error does not return, but is not declared so. */
static _Noreturn void refuse_use(lua_State *lua, const char *why) {
  luaL_error(lua, "%s", why);
  __builtin_unreachable();
}

/* What the running function may use; an error when it may not. */
static struct rule_kv *open_kv(lua_State *lua) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &rule_kv_key);
  struct rule_kv *rule_kv = lua_touserdata(lua, -1);
  lua_pop(lua, 1);
  if (!rule_kv || !rule_kv->rule)
    refuse_use(lua, "kv can be used in a rule's functions only, not while its file is read");
  else if (!rule_kv->rule->stateful)
    refuse_use(lua, "kv is for stateful rules: write stateful = true into the metadata");
  else if (!rule_kv->kv)
    refuse_use(lua, "there is no kv here");
  sandbox_charge(lua, CALL_WORK);
  return rule_kv;
}

static void charge_bytes(lua_State *lua, size_t bytes) {
  sandbox_charge(lua, bytes / BYTES_PER_WORK);
}

static int refuse(lua_State *lua, const struct error *error) {
  return luaL_error(lua, "%s", error->text);
}

/* "nil", "a number", …: for errors. */
static const char *found(lua_State *lua, int index) {
  return lua_isnoneornil(lua, index) ? "nil"
                                     : lua_pushfstring(lua, "a %s", luaL_typename(lua, index));
}

/* The first argument. */
static struct text check_key(lua_State *lua) {
  struct text key;
  if (lua_type(lua, 1) != LUA_TSTRING)
    luaL_error(lua, "a kv key must be a string, not %s", found(lua, 1));
  key.data = lua_tolstring(lua, 1, &key.size);
  return key;
}

static int64_t check_seconds(lua_State *lua, int index, const char *what) {
  if (lua_type(lua, index) != LUA_TNUMBER)
    luaL_error(lua, "%s must be a number of seconds, not %s", what, found(lua, index));
  lua_Number seconds = lua_tonumber(lua, index);
  const int most = (int)(KV_LIFETIME_MAX / US_PER_SECOND);
  if (!(seconds >= 0.000001) || seconds > (lua_Number)most)
    luaL_error(lua, "%s must be more than 0 and at most %d seconds", what, most);
  return (int64_t)(seconds * (lua_Number)US_PER_SECOND);
}

/* The lifetime that options at the index name; 0 when there are none. */
static int64_t check_options(lua_State *lua, int index) {
  int64_t lifetime = 0;
  if (lua_isnoneornil(lua, index))
    return 0;
  if (!lua_istable(lua, index))
    luaL_error(lua, "the options of a kv function must be a table, as in { expires = 3600 }");
  if (!sandbox_thaw(lua, index))
    lua_pushvalue(lua, index);
  int options = lua_gettop(lua);
  lua_pushnil(lua);
  while (lua_next(lua, options)) {
    char shown[64];
    struct text name = TEXT("a key that is no text");
    if (lua_type(lua, -2) == LUA_TSTRING)
      name.data = lua_tolstring(lua, -2, &name.size);
    if (!text_is(name, "expires"))
      luaL_error(lua, "unknown option '%s' of a kv function; there is expires",
                 text_printable(name, shown, sizeof shown));
    lifetime = check_seconds(lua, -1, "expires");
    lua_pop(lua, 1);
  }
  lua_settop(lua, options - 1);
  return lifetime;
}

/* Pushes an item of the list at the second place. Tables are read as they are: a metamethod could
 * call this module again, whose scratch is in use. */
static void push_item(lua_State *lua, lua_Integer place) {
  if (lua_istable(lua, 2))
    lua_rawgeti(lua, 2, place);
  else if (lua_isuserdata(lua, 2)) /* a list of the event */
    lua_geti(lua, 2, place);
  else
    lua_pushvalue(lua, 2);
}

static lua_Integer count_items(lua_State *lua) {
  switch (lua_type(lua, 2)) {
  case LUA_TSTRING:
    return 1;
  case LUA_TTABLE:
    if (sandbox_thaw(lua, 2))
      lua_replace(lua, 2);
    return (lua_Integer)lua_rawlen(lua, 2);
  case LUA_TUSERDATA:
    return luaL_len(lua, 2);
  default:
    return luaL_error(lua, "a kv string set takes a string or a list of strings, not %s",
                      found(lua, 2));
  }
}

/* Puts the second argument's items into the scratch, and itself into the place of a list that keeps
 * their strings while they are used. Returns how many there are. */
static size_t check_items(lua_State *lua, struct rule_kv *rule_kv) {
  lua_Integer count = count_items(lua);
  if (count > KV_ITEMS_MAX)
    luaL_error(lua, "a kv string set would have more than %d items", KV_ITEMS_MAX);
  sandbox_charge(lua, (size_t)count);
  rule_kv->items = memory_reserve(rule_kv->items, &rule_kv->item_capacity, (size_t)count + 1,
                                  sizeof *rule_kv->items);
  lua_newtable(lua);
  size_t bytes = 0;
  for (lua_Integer i = 1; i <= count; i++) {
    push_item(lua, i);
    if (lua_type(lua, -1) != LUA_TSTRING)
      luaL_error(lua, "a kv string set holds strings: item %I is %s", (LUAI_UACINT)i,
                 found(lua, -1));
    struct text item;
    item.data = lua_tolstring(lua, -1, &item.size);
    bytes += item.size;
    rule_kv->items[i - 1] = item;
    lua_rawseti(lua, -2, i);
  }
  lua_replace(lua, 2);
  charge_bytes(lua, bytes);
  return (size_t)count;
}

/* ---- counters ---- */

static int get_counter(lua_State *lua) {
  struct error error;
  error_clear(&error);
  struct rule_kv *rule_kv = open_kv(lua);
  int64_t count;
  if (!kv_counter_get(rule_kv->kv, check_key(lua), &count, &error))
    return refuse(lua, &error);
  lua_pushinteger(lua, count);
  return 1;
}

static int increment_counter(lua_State *lua) {
  struct error error;
  error_clear(&error);
  struct rule_kv *rule_kv = open_kv(lua);
  struct text key = check_key(lua);
  int64_t count = 0, by = 1, lifetime;
  if (lua_istable(lua, 2)) {
    lifetime = check_options(lua, 2);
  } else {
    int is_whole = 1;
    if (!lua_isnoneornil(lua, 2))
      by = lua_type(lua, 2) == LUA_TNUMBER ? lua_tointegerx(lua, 2, &is_whole) : (is_whole = 0);
    if (!is_whole)
      return luaL_error(lua, "kv.increment_counter counts by whole numbers");
    lifetime = check_options(lua, 3);
  }
  if (!kv_counter_add(rule_kv->kv, key, by, lifetime, &count, &error))
    return refuse(lua, &error);
  lua_pushinteger(lua, count);
  return 1;
}

static int reset(lua_State *lua, enum kv_type type) {
  struct error error = ERROR_NONE;
  struct rule_kv *rule_kv = open_kv(lua);
  return kv_reset(rule_kv->kv, check_key(lua), type, &error) ? 0 : refuse(lua, &error);
}

static int reset_counter(lua_State *lua) {
  return reset(lua, KV_COUNTER);
}

/* ---- string sets ---- */

static int get_string_set(lua_State *lua) {
  struct error error = ERROR_NONE;
  struct rule_kv *rule_kv = open_kv(lua);
  const struct text *items;
  size_t count;
  if (!kv_set_get(rule_kv->kv, check_key(lua), &items, &count, &error))
    return refuse(lua, &error);
  sandbox_charge(lua, count);
  lua_createtable(lua, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    lua_pushlstring(lua, items[i].data, items[i].size);
    lua_rawseti(lua, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int string_set_size(lua_State *lua) {
  struct error error = ERROR_NONE;
  struct rule_kv *rule_kv = open_kv(lua);
  const struct text *items;
  size_t count;
  if (!kv_set_get(rule_kv->kv, check_key(lua), &items, &count, &error))
    return refuse(lua, &error);
  lua_pushinteger(lua, (lua_Integer)count);
  return 1;
}

static int contains(lua_State *lua) {
  struct error error = ERROR_NONE;
  struct rule_kv *rule_kv = open_kv(lua);
  struct text key = check_key(lua), item;
  bool is_in = false;
  if (lua_type(lua, 2) != LUA_TSTRING)
    return luaL_error(lua, "kv.contains looks for a string, not %s", found(lua, 2));
  item.data = lua_tolstring(lua, 2, &item.size);
  if (!kv_set_contains(rule_kv->kv, key, item, &is_in, &error))
    return refuse(lua, &error);
  lua_pushboolean(lua, is_in);
  return 1;
}

static int put_string_set(lua_State *lua) {
  struct error error = ERROR_NONE;
  struct rule_kv *rule_kv = open_kv(lua);
  struct text key = check_key(lua);
  int64_t lifetime = check_options(lua, 3);
  size_t count = check_items(lua, rule_kv);
  if (!kv_set_put(rule_kv->kv, key, rule_kv->items, count, lifetime, &error))
    return refuse(lua, &error);
  return 0;
}

static int push_change(lua_State *lua, const struct kv_set_change *change) {
  lua_pushinteger(lua, (lua_Integer)change->size);
  lua_pushinteger(lua, (lua_Integer)change->changed);
  return 2;
}

static int add_to_string_set(lua_State *lua) {
  struct error error = ERROR_NONE;
  struct rule_kv *rule_kv = open_kv(lua);
  struct text key = check_key(lua);
  struct kv_set_change change;
  int64_t lifetime = check_options(lua, 3);
  size_t count = check_items(lua, rule_kv);
  if (!kv_set_add(rule_kv->kv, key, rule_kv->items, count, lifetime, &change, &error))
    return refuse(lua, &error);
  return push_change(lua, &change);
}

static int remove_from_string_set(lua_State *lua) {
  struct error error = ERROR_NONE;
  struct rule_kv *rule_kv = open_kv(lua);
  struct text key = check_key(lua);
  struct kv_set_change change;
  size_t count = check_items(lua, rule_kv);
  if (!kv_set_remove(rule_kv->kv, key, rule_kv->items, count, &change, &error))
    return refuse(lua, &error);
  return push_change(lua, &change);
}

static int reset_string_set(lua_State *lua) {
  return reset(lua, KV_STRING_SET);
}

/* ---- tables ---- */

static int get_table(lua_State *lua) {
  struct error error = ERROR_NONE;
  struct rule_kv *rule_kv = open_kv(lua);
  struct text json;
  if (!kv_table_get(rule_kv->kv, check_key(lua), &json, &error))
    return refuse(lua, &error);
  charge_bytes(lua, json.size);
  if (!rule_kv->json)
    rule_kv->json = json_reader_new();
  /* Damaged JSON is as if it were not there. */
  const struct json_node *root = json.size > 0 ? json_read_copy(rule_kv->json, json, &error) : NULL;
  lua_json_push(lua, root);
  return 1;
}

static int put_table(lua_State *lua) {
  struct error error = ERROR_NONE;
  struct rule_kv *rule_kv = open_kv(lua);
  struct text key = check_key(lua);
  int64_t lifetime = check_options(lua, 3);
  if (!lua_istable(lua, 2) && !lua_isuserdata(lua, 2))
    return luaL_error(lua, "kv.put_table takes a table, not %s", found(lua, 2));
  buffer_reset(&rule_kv->buffer);
  /* What becomes JSON is bounded, and an error in the middle would leave memory behind. */
  sandbox_suspend(lua);
  bool ok = lua_json_write(lua, 2, KV_TABLE_BYTES_MAX, &rule_kv->buffer, &error);
  sandbox_resume(lua);
  sandbox_check_time(lua);
  if (!ok)
    return luaL_error(lua, "kv.put_table: the table is or holds what cannot be kept: %s",
                      error.text);
  charge_bytes(lua, rule_kv->buffer.size);
  if (!kv_table_put(rule_kv->kv, key, buffer_text(&rule_kv->buffer), lifetime, &error))
    return refuse(lua, &error);
  return 0;
}

static int reset_table(lua_State *lua) {
  return reset(lua, KV_TABLE);
}

/* ---- expiry ---- */

static int set_expiry(lua_State *lua) {
  struct error error = ERROR_NONE;
  struct rule_kv *rule_kv = open_kv(lua);
  struct text key = check_key(lua);
  bool found = false;
  if (!kv_set_lifetime(rule_kv->kv, key, check_seconds(lua, 2, "an expiry"), &found, &error))
    return refuse(lua, &error);
  lua_pushboolean(lua, found);
  return 1;
}

int rule_open_kv(lua_State *lua) {
  static const luaL_Reg functions[] = {
      {"get_counter", get_counter},
      {"increment_counter", increment_counter},
      {"reset_counter", reset_counter},
      {"get_string_set", get_string_set},
      {"string_set_size", string_set_size},
      {"contains", contains},
      {"put_string_set", put_string_set},
      {"add_to_string_set", add_to_string_set},
      {"remove_from_string_set", remove_from_string_set},
      {"reset_string_set", reset_string_set},
      {"get_table", get_table},
      {"put_table", put_table},
      {"reset_table", reset_table},
      {"set_expiry", set_expiry},
      {NULL, NULL},
  };
  luaL_newlib(lua, functions);
  return 1;
}
