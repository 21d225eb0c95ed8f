#include "rule/binding/event_walk.h"

#include "rule/binding/event_own_field.h"
#include "rule/binding/event_view.h"
#include "rule/binding/lua_json_push.h"
#include "rule/sandbox/sandbox_limit.h"

#include <lauxlib.h>

/* Members that event_get passes over, and bytes that two texts share, for the price of one VM
 * instruction. */
#define MEMBERS_PER_WORK 16
#define EQUAL_BYTES_PER_WORK 256

/* ---- walking ---- */

static bool push_pair(lua_State *lua, struct event_binding *binding, struct text key,
                      const struct json_node *value) {
  if (!value || value->type == JSON_TYPE_NULL)
    return false;
  lua_pushlstring(lua, key.data, key.size);
  view_push_node(lua, binding, value);
  return true;
}

/* The next field of the event itself at or after *position, which counts through the record's
 * nodes, then the schema's slots, then the p_ fields. */
static bool next_event_field(lua_State *lua, struct event_binding *binding, uint32_t *position) {
  const struct event *event = binding->event;
  const struct json_node *root = event->root;
  uint32_t slots = event->schema ? (uint32_t)event->schema->field_count : 0;
  while (*position < root->skip) {
    const struct json_node *child = root + *position;
    *position += child->skip;
    struct text key = json_key(child);
    if (event_hides_field(event, key))
      continue;
    sandbox_charge(lua, root->size / MEMBERS_PER_WORK); /* event_get looks for the key's first */
    if (push_pair(lua, binding, key, event_get(event, key)))
      return true;
  }
  while (*position < root->skip + slots) {
    uint32_t slot = (*position)++ - root->skip;
    struct text key = event->schema->fields[slot].name;
    if (!json_get(root, key) && push_pair(lua, binding, key, event->slots[slot]))
      return true;
  }
  while (*position < root->skip + slots + EVENT_OWN_FIELD_COUNT) {
    uint32_t field = (*position)++ - root->skip - slots;
    lua_pushstring(lua, event_own_fields[field]);
    if (event_push_own_field(lua, binding, text_from(event_own_fields[field])))
      return true;
    lua_pop(lua, 1);
  }
  return false;
}

/* Pushes the next key and value that is not null; false at the end. Start with *position 1 and
 * *place 0, which counts an array's elements. */
static bool view_next(lua_State *lua, const struct view *view, uint32_t *position,
                      lua_Integer *place) {
  const struct json_node *node = view->node;
  if (!node)
    return next_event_field(lua, view->binding, position);
  while (*position < node->skip) {
    const struct json_node *child = node + *position;
    *position += child->skip;
    ++*place;
    if (node->type == JSON_TYPE_OBJECT) {
      if (push_pair(lua, view->binding, json_key(child), child))
        return true;
    } else if (child->type != JSON_TYPE_NULL) {
      lua_pushinteger(lua, *place);
      view_push_node(lua, view->binding, child);
      return true;
    }
  }
  return false;
}

/* Upvalues: the view, the position, the place. */
static int view_step(lua_State *lua) {
  struct view *view = view_check(lua, lua_upvalueindex(1));
  uint32_t position = (uint32_t)lua_tointeger(lua, lua_upvalueindex(2));
  lua_Integer place = lua_tointeger(lua, lua_upvalueindex(3));
  if (!view_next(lua, view, &position, &place)) {
    lua_pushnil(lua);
    return 1;
  }
  lua_pushinteger(lua, position);
  lua_replace(lua, lua_upvalueindex(2));
  lua_pushinteger(lua, place);
  lua_replace(lua, lua_upvalueindex(3));
  return 2;
}

int view_pairs(lua_State *lua) {
  view_check(lua, 1);
  lua_pushvalue(lua, 1);
  lua_pushinteger(lua, 1);
  lua_pushinteger(lua, 0);
  lua_pushcclosure(lua, view_step, 3);
  return 1;
}

/* The fields of the event itself, of which the engine's own are no views. */
static void push_event_table(lua_State *lua, const struct view *view) {
  uint32_t position = 1;
  lua_Integer place = 0;
  lua_newtable(lua);
  while (view_next(lua, view, &position, &place)) {
    const struct view *container = view_test(lua, -1);
    if (container) {
      lua_json_push(lua, container->node);
      lua_replace(lua, -2);
    }
    lua_rawset(lua, -3);
  }
}

int view_to_table(lua_State *lua) {
  const struct view *view = view_check(lua, 1);
  luaL_checkstack(lua, 8, NULL);
  sandbox_charge(lua, view_node_count(view));
  if (view->node)
    lua_json_push(lua, view->node);
  else
    push_event_table(lua, view);
  return 1;
}

/* ---- methods ---- */

int view_get(lua_State *lua) {
  struct view *view = view_check(lua, 1);
  luaL_checkany(lua, 2);
  lua_settop(lua, 3);
  view_push_member(lua, view, 2);
  if (lua_isnil(lua, -1))
    lua_pushvalue(lua, 3);
  return 1;
}

/* The options table that may end an argument list: its place, or 0. */
static int find_options(lua_State *lua, int *last_key) {
  *last_key = lua_gettop(lua);
  if (*last_key < 2 || !lua_istable(lua, *last_key))
    return 0;
  return (*last_key)--;
}

static void push_default(lua_State *lua, int options) {
  if (options)
    lua_getfield(lua, options, "default");
  else
    lua_pushnil(lua);
}

static void check_keys(lua_State *lua, int last_key) {
  luaL_argcheck(lua, last_key >= 2, 2, "a key expected");
  for (int i = 2; i <= last_key; i++)
    luaL_argexpected(lua, lua_type(lua, i) == LUA_TSTRING || lua_type(lua, i) == LUA_TNUMBER, i,
                     "a key, or { default = value } at the end");
}

/* The containers on the way become no Lua values. */
int view_deep_get(lua_State *lua) {
  int last_key, options = find_options(lua, &last_key);
  struct view *view = view_check(lua, 1), within = *view;
  check_keys(lua, last_key);
  for (int i = 2; i < last_key && view; i++) {
    within.node = view_member(lua, view, i);
    within.cursor = NULL;
    view = within.node && json_is_container(within.node) ? &within : NULL;
  }
  if (view)
    view_push_member(lua, view, last_key);
  else
    lua_pushnil(lua);
  if (lua_isnil(lua, -1))
    push_default(lua, options);
  return 1;
}

struct walk {
  int last_key, found; /* stack places: the last key; the list of values found */
  lua_Integer count;
  bool spread; /* went through an array on the way */
};

static bool has_value(lua_State *lua, const struct walk *walk) {
  size_t bytes = lua_type(lua, -1) == LUA_TSTRING ? (size_t)lua_rawlen(lua, -1) : 0;
  sandbox_charge(lua, (size_t)walk->count * (1 + bytes / EQUAL_BYTES_PER_WORK));
  for (lua_Integer i = 1; i <= walk->count; i++) {
    lua_rawgeti(lua, walk->found, i);
    bool same = lua_compare(lua, -1, -2, LUA_OPEQ);
    lua_pop(lua, 1);
    if (same)
      return true;
  }
  return false;
}

static void add_value(lua_State *lua, struct walk *walk) {
  if (has_value(lua, walk))
    return;
  lua_pushvalue(lua, -1);
  lua_rawseti(lua, walk->found, ++walk->count);
}

/* Pops the value at the top of the stack: follows the keys from `key` on, through every element
 * of an array, and adds what it finds at the end. */
static void walk_value(lua_State *lua, struct walk *walk, int key) {
  luaL_checkstack(lua, 8, NULL);
  struct view *view = view_test(lua, -1);
  bool is_array = view && view->node && view->node->type == JSON_TYPE_ARRAY;
  bool at_end = key > walk->last_key;
  if (is_array && at_end && !walk->spread) {
    if (view->node->size)
      add_value(lua, walk);
  } else if (is_array && (at_end || lua_type(lua, key) != LUA_TNUMBER)) {
    uint32_t position = 1;
    lua_Integer place = 0;
    walk->spread = true;
    while (view_next(lua, view, &position, &place)) {
      sandbox_charge(lua, 1);
      walk_value(lua, walk, key);
      lua_pop(lua, 1);
    }
  } else if (at_end) {
    add_value(lua, walk);
  } else if (view) {
    view_push_member(lua, view, key);
    if (lua_isnil(lua, -1))
      lua_pop(lua, 1);
    else
      walk_value(lua, walk, key + 1);
  }
  lua_pop(lua, 1);
}

/* Which of what was found is wanted: the option return_val. */
enum wanted { WANT_ALL, WANT_FIRST, WANT_LAST };

static enum wanted read_wanted(lua_State *lua, int options) {
  static const char *const names[] = {"all", "first", "last"};
  if (!options || lua_getfield(lua, options, "return_val") == LUA_TNIL)
    return WANT_ALL;
  const char *name = lua_tostring(lua, -1);
  for (int i = WANT_ALL; name && i <= WANT_LAST; i++)
    if (strcmp(name, names[i]) == 0)
      return (enum wanted)i;
  luaL_error(lua, "deep_walk: return_val must be 'all', 'first' or 'last'");
  return WANT_ALL;
}

int view_deep_walk(lua_State *lua) {
  struct walk walk = {.count = 0};
  int options = find_options(lua, &walk.last_key);
  view_check(lua, 1);
  check_keys(lua, walk.last_key);
  enum wanted wanted = read_wanted(lua, options);
  lua_newtable(lua);
  walk.found = lua_gettop(lua);
  lua_pushvalue(lua, 1);
  walk_value(lua, &walk, 2);
  if (walk.count == 0)
    push_default(lua, options);
  else if (wanted == WANT_ALL && walk.count > 1)
    lua_pushvalue(lua, walk.found);
  else
    lua_rawgeti(lua, walk.found, wanted == WANT_LAST ? walk.count : 1);
  return 1;
}

int view_event_time(lua_State *lua) {
  struct view *view = view_check(lua, 1);
  if (!event_push_own_field(lua, view->binding, TEXT("p_event_time")))
    view_push_node(lua, view->binding, event_get(view->binding->event, TEXT("p_event_time")));
  return 1;
}
