#include "rule/binding/event_lookup.h"

#include "base/memory.h"
#include "base/suggestion.h"
#include "rule/binding/event_view.h"
#include "rule/sandbox/sandbox_freeze.h"
#include "rule/sandbox/sandbox_limit.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>

/* Bytes of a row that become Lua values, or are passed over, for the price of one VM instruction.
 */
#define ROW_BYTES_PER_WORK 16
#define NAMES_SHOWN_MAX 10

static const char mocks_key; /* registry key: its address */
static const char rows_key;  /* the same: of the table of rows */

/* Rows that were given as tables: they are read-only, so whoever asks for one again gets the same.
 * The set is held, so that no other row comes to stand where a known one did. */
#define ROWS_KEPT_MAX 1024
#define ROW_KEPT_BYTES_MAX 1024

struct lookup_rows {
  struct lookup_set *lookups;
  size_t count;
};

void lookup_rows_free(struct lookup_rows *rows) {
  if (!rows)
    return;
  lookup_set_release(rows->lookups);
  free(rows);
}

/* Begins a table of rows of the binding's set. */
static void start_rows(lua_State *lua, struct event_binding *binding) {
  lua_newtable(lua); /* first, as it may fail */
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &rows_key);
  lookup_rows_free(binding->rows);
  binding->rows = memory_alloc(sizeof *binding->rows);
  binding->rows->lookups = lookup_set_hold((struct lookup_set *)(uintptr_t)binding->lookups);
}

/* Pushes the table that was given for what stands there, or nothing. */
static bool push_known(lua_State *lua, const struct event_binding *binding, const char *place) {
  if (!binding->rows || binding->rows->lookups != binding->lookups)
    return false;
  int top = lua_gettop(lua);
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &rows_key) == LUA_TTABLE &&
      lua_rawgetp(lua, -1, place) != LUA_TNIL) {
    lua_remove(lua, -2);
    return true;
  }
  lua_settop(lua, top);
  return false;
}

/* Keeps the read-only table at the top of the stack, of a row that stands there as long as the set.
 */
static void keep_row(lua_State *lua, struct event_binding *binding, const char *place,
                     size_t size) {
  const struct buffer *scratch = &binding->scratch;
  uintptr_t at = (uintptr_t)place, from = (uintptr_t)scratch->data;
  bool lasts = !scratch->data || at < from || at >= from + scratch->capacity;
  if (!lasts || size > ROW_KEPT_BYTES_MAX || !lua_istable(lua, -1))
    return;
  bool goes_on = binding->rows && binding->rows->lookups == binding->lookups &&
                 binding->rows->count < ROWS_KEPT_MAX;
  if (!goes_on)
    start_rows(lua, binding);
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &rows_key) != LUA_TTABLE) { /* the state is a new one */
    lua_pop(lua, 1);
    start_rows(lua, binding);
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &rows_key);
  }
  lua_pushvalue(lua, -2);
  lua_rawsetp(lua, -2, place);
  lua_pop(lua, 1);
  binding->rows->count++;
}

void event_binding_mock_lookups(lua_State *lua, int index) {
  lua_pushvalue(lua, index);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &mocks_key);
}

static void push_value(lua_State *lua, struct lookup_cursor *cursor) {
  struct lookup_value value = lookup_take(cursor);
  luaL_checkstack(lua, 4, NULL);
  switch (value.type) {
  case LOOKUP_FALSE:
  case LOOKUP_TRUE:
    lua_pushboolean(lua, value.type == LOOKUP_TRUE);
    break;
  case LOOKUP_INTEGER:
    lua_pushinteger(lua, value.of.integer);
    break;
  case LOOKUP_REAL:
    lua_pushnumber(lua, value.of.real);
    break;
  case LOOKUP_TEXT:
  case LOOKUP_KEY:
    sandbox_charge(lua, value.of.text.size / ROW_BYTES_PER_WORK);
    lua_pushlstring(lua, value.of.text.data, value.of.text.size);
    break;
  case LOOKUP_LIST:
    sandbox_charge(lua, value.of.count);
    lua_createtable(lua, (int)value.of.count, 0);
    for (size_t i = 1; i <= value.of.count; i++) {
      push_value(lua, cursor);
      lua_rawseti(lua, -2, (lua_Integer)i);
    }
    break;
  case LOOKUP_MAP:
  case LOOKUP_ROW:
    sandbox_charge(lua, value.of.count);
    lua_createtable(lua, 0, (int)value.of.count);
    for (size_t i = 0; i < value.of.count; i++) {
      struct text key = lookup_take_key(cursor, value.type);
      lua_pushlstring(lua, key.data, key.size);
      push_value(lua, cursor);
      lua_rawset(lua, -3);
    }
    break;
  case LOOKUP_NULL:
    lua_pushnil(lua);
    break;
  }
}

/* Moves the cursor to the value in the next container under the key at the index; false when it has
 * none. */
static bool enter(lua_State *lua, struct lookup_cursor *cursor, int key_index) {
  struct lookup_value container = lookup_take(cursor);
  struct text wanted = {NULL, 0};
  int is_integer = 0;
  lua_Integer position = lua_tointegerx(lua, key_index, &is_integer);
  if (lua_type(lua, key_index) == LUA_TSTRING)
    wanted.data = lua_tolstring(lua, key_index, &wanted.size);
  if (container.type == LOOKUP_LIST) {
    if (!is_integer || position < 1 || (lua_Unsigned)position > container.of.count)
      return false;
    while (--position > 0)
      lookup_skip(cursor);
    return true;
  }
  if (container.type != LOOKUP_MAP && container.type != LOOKUP_ROW)
    return false;
  for (size_t i = 0; i < container.of.count; i++) {
    struct text key = lookup_take_key(cursor, container.type);
    if (wanted.data && text_equal(key, wanted))
      return true;
    lookup_skip(cursor);
  }
  return false;
}

/* The end of a look-up: the value at the top of the stack, made read-only. */
static int give(lua_State *lua) {
  if (lua_istable(lua, -1))
    sandbox_freeze(lua, -1);
  return 1;
}

static int give_row(lua_State *lua, struct event_binding *binding, struct lookup_cursor *row) {
  const char *place = row->at;
  if (push_known(lua, binding, place))
    return 1;
  push_value(lua, row);
  give(lua);
  keep_row(lua, binding, place, (size_t)(row->at - place));
  return 1;
}

static int refuse_table(lua_State *lua, const struct lookup_set *lookups, struct text name) {
  char known[512] = "", shown[80];
  const char *names[LOOKUP_TABLES_MAX];
  size_t count = lookup_set_count(lookups), used = 0;
  for (size_t i = 0; i < count && i < LOOKUP_TABLES_MAX; i++) {
    names[i] = lookup_set_name(lookups, i).data; /* a copy in an arena: a NUL follows */
    if (i < NAMES_SHOWN_MAX && used < sizeof known)
      used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", names[i]);
  }
  text_printable(name, shown, sizeof shown);
  if (count == 0)
    return luaL_error(lua,
                      "there is no lookup table '%s': none is configured (`lookups` in the "
                      "configuration that -c names; a test may mock it)",
                      shown);
  struct suggestion suggestion;
  suggestion_find(name, names, count < LOOKUP_TABLES_MAX ? count : LOOKUP_TABLES_MAX, &suggestion);
  if (*suggestion.text)
    return luaL_error(lua, "there is no lookup table '%s'%s", shown, suggestion.text);
  return luaL_error(lua, "there is no lookup table '%s' (there are: %s%s)", shown, known,
                    count > NAMES_SHOWN_MAX ? ", …" : "");
}

/* Follows the columns from argument 4 on into the value at the top of the stack, which it replaces.
 */
static void follow(lua_State *lua, int last) {
  for (int i = 4; i <= last; i++) {
    if (!lua_istable(lua, -1)) {
      lua_pop(lua, 1);
      lua_pushnil(lua);
      return;
    }
    lua_pushvalue(lua, i);
    lua_gettable(lua, -2);
    lua_remove(lua, -2);
  }
}

/* Pushes what stands in for the lookup table; pushes nothing when nothing does. */
static bool push_mocked(lua_State *lua, int last) {
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &mocks_key) != LUA_TTABLE) {
    lua_pop(lua, 1);
    return false;
  }
  lua_pushvalue(lua, 2);
  lua_rawget(lua, -2);
  lua_remove(lua, -2);
  if (lua_isfunction(lua, -1)) {
    lua_pushvalue(lua, 3);
    lua_call(lua, 1, 1);
  } else if (lua_istable(lua, -1)) {
    lua_pushvalue(lua, 3);
    lua_gettable(lua, -2);
    lua_remove(lua, -2);
  } else {
    lua_pop(lua, 1);
    return false;
  }
  follow(lua, last);
  return true;
}

/* Whether a test replaced event:lookup, for this table or altogether. */
static bool is_mocked(lua_State *lua) {
  int top = lua_gettop(lua);
  bool mocked = false;
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &mocks_key) == LUA_TTABLE) {
    lua_pushvalue(lua, 2);
    mocked = lua_rawget(lua, -2) != LUA_TNIL;
  }
  lua_getfield(lua, 1, "lookup");
  mocked = mocked || lua_tocfunction(lua, -1) != view_lookup;
  lua_settop(lua, top);
  return mocked;
}

int view_has_lookup(lua_State *lua) {
  const struct lookup_set *lookups = view_check(lua, 1)->binding->lookups;
  struct text table;
  table.data = luaL_checklstring(lua, 2, &table.size);
  bool found = false;
  for (size_t i = 0; !found && i < lookup_set_count(lookups); i++)
    found = text_equal(lookup_set_name(lookups, i), table);
  lua_pushboolean(lua, found || is_mocked(lua));
  return 1;
}

int view_lookup(lua_State *lua) {
  struct view *view = view_check(lua, 1);
  struct event_binding *binding = view->binding;
  struct text table, key;
  struct lookup_cursor row;
  struct error error;
  int last = lua_gettop(lua);
  table.data = luaL_checklstring(lua, 2, &table.size);
  luaL_argcheck(lua, last >= 3, 3, "the key expected");
  if (lua_isnil(lua, 3)) { /* a field that the event does not have */
    lua_pushnil(lua);
    return 1;
  }
  luaL_argexpected(lua, lua_type(lua, 3) == LUA_TSTRING || lua_isinteger(lua, 3), 3,
                   "a text or a whole number");
  if (push_mocked(lua, last))
    return give(lua);
  lua_pushvalue(lua, 3);
  key.data = lua_tolstring(lua, -1, &key.size);
  sandbox_charge(lua, 1 + key.size / ROW_BYTES_PER_WORK);
  error_clear(&error);
  switch (lookup_find(binding->lookups, table, key, &binding->scratch, &row, &error)) {
  case LOOKUP_FOUND:
    for (int i = 4; i <= last; i++) {
      const char *before = row.at;
      bool is_there = enter(lua, &row, i);
      sandbox_charge(lua, (size_t)(row.at - before) / ROW_BYTES_PER_WORK);
      if (!is_there) {
        lua_pushnil(lua);
        return 1;
      }
    }
    return give_row(lua, binding, &row);
  case LOOKUP_NO_ROW:
    lua_pushnil(lua);
    return 1;
  case LOOKUP_NO_TABLE:
    return refuse_table(lua, binding->lookups, table);
  case LOOKUP_DAMAGED:
    break;
  }
  return luaL_error(lua, "%s", error.text);
}
