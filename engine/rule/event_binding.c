#include "rule/event_binding.h"

#include "rule/sandbox.h"

#include <lauxlib.h>

/* Children that a C loop passes over for the price of one VM instruction. */
#define NODES_PER_WORK 4
#define NODE_BYTES_PER_WORK 16

#define VIEW "event" /* its name in error messages */

/* A value of the event. The whole event has no node of its own: its fields come from slots. */
struct view {
  struct event_binding *binding;
  uint64_t generation;
  const struct json_node *node; /* NULL = the event itself */
  /* Where an array was read last, so that a loop over it costs one step an element. */
  const struct json_node *cursor;
  uint32_t cursor_index;
};

static const char binding_key;

/* Upvalues of __index. */
enum { METHODS = 1, CACHE };

static bool is_current(const struct view *view) {
  return view->generation == view->binding->generation && view->binding->event;
}

static void refuse_stale(lua_State *lua) {
  luaL_error(lua, "this event is gone: a rule must not keep it, use event:to_table()");
}

static struct view *to_view(lua_State *lua, int index) {
  struct view *view = luaL_checkudata(lua, index, VIEW);
  if (!is_current(view))
    refuse_stale(lua);
  return view;
}

static struct view *push_view(lua_State *lua, struct event_binding *binding,
                              const struct json_node *node) {
  struct view *view = lua_newuserdatauv(lua, sizeof *view, 0);
  *view = (struct view){.binding = binding, .generation = binding->generation, .node = node};
  luaL_setmetatable(lua, VIEW);
  return view;
}

void event_binding_set(struct event_binding *binding, const struct event *event) {
  binding->event = event;
  binding->generation++; /* from 1 on: a cache of generation 0 is nobody's */
}

void event_binding_push(lua_State *lua) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &binding_key);
  struct event_binding *binding = lua_touserdata(lua, -1);
  lua_pop(lua, 1);
  push_view(lua, binding, NULL);
}

static void push_node(lua_State *lua, struct event_binding *binding, const struct json_node *node) {
  switch (node ? node->type : JSON_NULL) {
  case JSON_NULL:
    lua_pushnil(lua);
    break;
  case JSON_FALSE:
  case JSON_TRUE:
    lua_pushboolean(lua, node->type == JSON_TRUE);
    break;
  case JSON_INT:
    lua_pushinteger(lua, node->value.integer);
    break;
  case JSON_UINT: /* beyond Lua's integers */
    lua_pushnumber(lua, (lua_Number)node->value.unsigned_integer);
    break;
  case JSON_DOUBLE:
    lua_pushnumber(lua, node->value.real);
    break;
  case JSON_STRING:
    lua_pushlstring(lua, node->value.string, node->size);
    break;
  default:
    push_view(lua, binding, node);
  }
}

/* ---- p_ fields ---- */

static bool push_text(lua_State *lua, struct text text) {
  if (text.size == 0)
    return false;
  lua_pushlstring(lua, text.data, text.size);
  return true;
}

static bool push_time(lua_State *lua, time_us time) {
  struct time_string string;
  if (time == TIME_NONE)
    return false;
  lua_pushstring(lua, time_format(time, &string));
  return true;
}

static bool push_log_type(lua_State *lua, const struct event *event) {
  return push_text(lua, event->log_type);
}
static bool push_event_time(lua_State *lua, const struct event *event) {
  return push_time(lua, event->event_time);
}
static bool push_parse_time(lua_State *lua, const struct event *event) {
  return push_time(lua, event->parse_time);
}
static bool push_row_id(lua_State *lua, const struct event *event) {
  return push_text(lua, text_from(event->row_id));
}
static bool push_source_id(lua_State *lua, const struct event *event) {
  return push_text(lua, event->source_id);
}
static bool push_source_label(lua_State *lua, const struct event *event) {
  return push_text(lua, event->source_label);
}

static const struct {
  const char *name;
  bool (*push)(lua_State *lua, const struct event *event);
} standard_fields[] = {
    {"p_log_type", push_log_type},     {"p_event_time", push_event_time},
    {"p_parse_time", push_parse_time}, {"p_row_id", push_row_id},
    {"p_source_id", push_source_id},   {"p_source_label", push_source_label},
};
enum { STANDARD_FIELD_COUNT = sizeof standard_fields / sizeof *standard_fields };

/* An unchecked event's own p_ fields win: they were set when it was checked, elsewhere. */
static bool push_standard_field(lua_State *lua, const struct event *event, struct text key) {
  if (key.size < 2 || memcmp(key.data, "p_", 2) != 0)
    return false;
  if (!event->schema && event_get(event, key))
    return false;
  for (size_t i = 0; i < STANDARD_FIELD_COUNT; i++)
    if (text_is(key, standard_fields[i].name))
      return standard_fields[i].push(lua, event);
  return false;
}

/* ---- reading ---- */

static const struct json_node *element(lua_State *lua, struct view *view, lua_Integer position) {
  const struct json_node *array = view->node;
  if (position < 1 || position > array->size)
    return NULL;
  uint32_t index = (uint32_t)(position - 1), at = 0;
  const struct json_node *node = array + 1;
  if (view->cursor && view->cursor_index <= index) {
    node = view->cursor;
    at = view->cursor_index;
  }
  sandbox_charge(lua, (index - at) / NODES_PER_WORK);
  for (; at < index; at++)
    node = json_next(node);
  view->cursor = node;
  view->cursor_index = index;
  return node;
}

/* Pushes the value under the key at the top of the stack, which stays. */
static void push_member(lua_State *lua, struct view *view, int key_index) {
  const struct event *event = view->binding->event;
  int type = lua_type(lua, key_index);
  if (type == LUA_TNUMBER && view->node && view->node->type == JSON_ARRAY) {
    int is_integer;
    lua_Integer position = lua_tointegerx(lua, key_index, &is_integer);
    push_node(lua, view->binding, is_integer ? element(lua, view, position) : NULL);
    return;
  }
  struct text key = {NULL, 0};
  if (type == LUA_TSTRING)
    key.data = lua_tolstring(lua, key_index, &key.size);
  if (!key.data) {
    lua_pushnil(lua);
  } else if (view->node) {
    sandbox_charge(lua, view->node->size / NODES_PER_WORK);
    push_node(lua, view->binding, json_get(view->node, key));
  } else if (!push_standard_field(lua, event, key)) {
    push_node(lua, view->binding, event_get(event, key));
  }
}

/* Pushes a method, or the value under the key at `key_index`. */
static void push_field(lua_State *lua, struct view *view, int key_index) {
  if (lua_type(lua, key_index) == LUA_TSTRING) {
    lua_pushvalue(lua, key_index);
    if (lua_rawget(lua, lua_upvalueindex(METHODS)) != LUA_TNIL)
      return;
    lua_pop(lua, 1);
  }
  push_member(lua, view, key_index);
}

/* Rules ask for the same few fields of an event again and again. What they got is kept until the
 * next event, under the address of the key: Lua has each short string once, and the kept key
 * keeps its address from being used again. */
static void push_cached_field(lua_State *lua, struct view *view) {
  struct event_cache *cache = &view->binding->cache;
  const void *key = lua_topointer(lua, 2);
  if (cache->generation != view->generation) {
    cache->generation = view->generation;
    cache->count = 0;
  }
  for (int i = 0; i < cache->count; i++)
    if (cache->keys[i] == key) {
      lua_rawgeti(lua, lua_upvalueindex(CACHE), 2 * i + 1);
      return;
    }
  push_field(lua, view, 2);
  if (cache->count == EVENT_CACHE_SIZE)
    return;
  lua_pushvalue(lua, -1);
  lua_rawseti(lua, lua_upvalueindex(CACHE), 2 * cache->count + 1);
  lua_pushvalue(lua, 2);
  lua_rawseti(lua, lua_upvalueindex(CACHE), 2 * cache->count + 2);
  cache->keys[cache->count++] = key;
}

/* __index. No rule can reach this function, only Lua calls it, with one of our views. */
static int view_index(lua_State *lua) {
  struct view *view = lua_touserdata(lua, 1);
  if (!is_current(view))
    refuse_stale(lua);
  if (!view->node && lua_type(lua, 2) == LUA_TSTRING)
    push_cached_field(lua, view);
  else
    push_field(lua, view, 2);
  return 1;
}

static int view_refuse(lua_State *lua) {
  return luaL_error(lua, "event is read-only");
}

static int view_length(lua_State *lua) {
  struct view *view = to_view(lua, 1);
  lua_pushinteger(lua, view->node ? view->node->size : view->binding->event->root->size);
  return 1;
}

static void write_view(const struct view *view, struct buffer *buffer) {
  if (view->node)
    json_write(buffer, view->node);
  else
    event_write(view->binding->event, buffer);
}

enum event_binding_written event_binding_write(lua_State *lua, int index, struct buffer *buffer) {
  const struct view *view = luaL_testudata(lua, index, VIEW);
  if (!view)
    return EVENT_BINDING_NO_VIEW;
  if (!is_current(view))
    return EVENT_BINDING_STALE;
  write_view(view, buffer);
  return EVENT_BINDING_WRITTEN;
}

static uint32_t node_count(const struct view *view) {
  return view->node ? view->node->skip : view->binding->event->root->skip;
}

static size_t view_bytes(const struct view *view) {
  return view->binding->event->record.size + node_count(view);
}

static int view_tostring(lua_State *lua) {
  struct view *view = to_view(lua, 1);
  struct buffer *scratch = &view->binding->scratch;
  sandbox_charge(lua, view_bytes(view) / NODE_BYTES_PER_WORK);
  buffer_reset(scratch);
  write_view(view, scratch);
  lua_pushlstring(lua, buffer_text(scratch).data, scratch->size);
  return 1;
}

/* Views are equal when their JSON is, whatever the order of members. */
static int view_equal(lua_State *lua) {
  if (!luaL_testudata(lua, 1, VIEW) || !luaL_testudata(lua, 2, VIEW)) {
    lua_pushboolean(lua, false);
    return 1;
  }
  struct view *left = to_view(lua, 1), *right = to_view(lua, 2);
  bool equal = left->node == right->node;
  if (!equal && left->node && right->node && left->node->type == right->node->type &&
      left->node->size == right->node->size) {
    struct buffer *scratch = &left->binding->scratch;
    sandbox_charge(lua, view_bytes(left) / NODE_BYTES_PER_WORK * 4);
    buffer_reset(scratch);
    json_write_canonical(scratch, left->node);
    size_t size = scratch->size;
    json_write_canonical(scratch, right->node);
    equal = scratch->size == 2 * size && memcmp(scratch->data, scratch->data + size, size) == 0;
  }
  lua_pushboolean(lua, equal);
  return 1;
}

/* ---- walking ---- */

static bool is_standard_field(struct text key) {
  for (size_t i = 0; i < STANDARD_FIELD_COUNT; i++)
    if (text_is(key, standard_fields[i].name))
      return true;
  return false;
}

static bool push_pair(lua_State *lua, struct event_binding *binding, struct text key,
                      const struct json_node *value) {
  if (!value || value->type == JSON_NULL)
    return false;
  lua_pushlstring(lua, key.data, key.size);
  push_node(lua, binding, value);
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
    if (event->schema && is_standard_field(key))
      continue;
    if (push_pair(lua, binding, key, event_get(event, key)))
      return true;
  }
  while (*position < root->skip + slots) {
    uint32_t slot = (*position)++ - root->skip;
    struct text key = event->schema->fields[slot].name;
    if (!json_get(root, key) && push_pair(lua, binding, key, event->slots[slot]))
      return true;
  }
  while (*position < root->skip + slots + STANDARD_FIELD_COUNT) {
    uint32_t field = (*position)++ - root->skip - slots;
    lua_pushstring(lua, standard_fields[field].name);
    if (push_standard_field(lua, event, text_from(standard_fields[field].name)))
      return true;
    lua_pop(lua, 1);
  }
  return false;
}

/* Pushes the next key and value that is not null. Start with *position 1. `place` is the place of
 * that element in an array. */
static bool next_pair(lua_State *lua, const struct view *view, uint32_t *position,
                      lua_Integer *place) {
  const struct json_node *node = view->node;
  if (!node)
    return next_event_field(lua, view->binding, position);
  while (*position < node->skip) {
    const struct json_node *child = node + *position;
    *position += child->skip;
    ++*place;
    if (node->type == JSON_OBJECT) {
      if (push_pair(lua, view->binding, json_key(child), child))
        return true;
    } else if (child->type != JSON_NULL) {
      lua_pushinteger(lua, *place);
      push_node(lua, view->binding, child);
      return true;
    }
  }
  return false;
}

/* Upvalues: the view, the position, the place. */
static int view_step(lua_State *lua) {
  struct view *view = to_view(lua, lua_upvalueindex(1));
  uint32_t position = (uint32_t)lua_tointeger(lua, lua_upvalueindex(2));
  lua_Integer place = lua_tointeger(lua, lua_upvalueindex(3));
  if (!next_pair(lua, view, &position, &place)) {
    lua_pushnil(lua);
    return 1;
  }
  lua_pushinteger(lua, position);
  lua_replace(lua, lua_upvalueindex(2));
  lua_pushinteger(lua, place);
  lua_replace(lua, lua_upvalueindex(3));
  return 2;
}

static int view_pairs(lua_State *lua) {
  to_view(lua, 1);
  lua_pushvalue(lua, 1);
  lua_pushinteger(lua, 1);
  lua_pushinteger(lua, 0);
  lua_pushcclosure(lua, view_step, 3);
  return 1;
}

/* Replaces the view at the top of the stack by a table of the same. */
static void copy_view(lua_State *lua) {
  luaL_checkstack(lua, 8, NULL);
  int at = lua_gettop(lua);
  struct view view = *(struct view *)lua_touserdata(lua, at);
  bool is_array = view.node && view.node->type == JSON_ARRAY;
  uint32_t position = 1;
  lua_Integer place = 0;
  lua_newtable(lua);
  while (next_pair(lua, &view, &position, &place)) {
    if (lua_isuserdata(lua, -1))
      copy_view(lua);
    if (!is_array) { /* of equal keys the first wins, as everywhere */
      lua_pushvalue(lua, -2);
      bool taken = lua_rawget(lua, at + 1) != LUA_TNIL;
      lua_pop(lua, 1);
      if (taken) {
        lua_pop(lua, 2);
        continue;
      }
    }
    lua_rawset(lua, at + 1);
  }
  lua_replace(lua, at);
}

static int view_to_table(lua_State *lua) {
  struct view *view = to_view(lua, 1);
  lua_settop(lua, 1);
  sandbox_charge(lua, node_count(view));
  copy_view(lua);
  return 1;
}

/* ---- methods ---- */

static int view_get(lua_State *lua) {
  struct view *view = to_view(lua, 1);
  luaL_checkany(lua, 2);
  lua_settop(lua, 3);
  push_member(lua, view, 2);
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

static int view_deep_get(lua_State *lua) {
  int last_key, options = find_options(lua, &last_key);
  to_view(lua, 1);
  check_keys(lua, last_key);
  lua_pushvalue(lua, 1);
  for (int i = 2; i <= last_key; i++) {
    struct view *view = luaL_testudata(lua, -1, VIEW);
    if (!view) {
      lua_pushnil(lua);
      break;
    }
    push_member(lua, view, i);
    lua_remove(lua, -2);
  }
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
  sandbox_charge(lua, (size_t)walk->count);
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
  struct view *view = luaL_testudata(lua, -1, VIEW);
  bool is_array = view && view->node && view->node->type == JSON_ARRAY;
  bool at_end = key > walk->last_key;
  if (is_array && at_end && !walk->spread) {
    if (view->node->size)
      add_value(lua, walk);
  } else if (is_array && (at_end || lua_type(lua, key) != LUA_TNUMBER)) {
    uint32_t position = 1;
    lua_Integer place = 0;
    walk->spread = true;
    while (next_pair(lua, view, &position, &place)) {
      sandbox_charge(lua, 1);
      walk_value(lua, walk, key);
      lua_pop(lua, 1);
    }
  } else if (at_end) {
    add_value(lua, walk);
  } else if (view) {
    push_member(lua, view, key);
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

static int view_deep_walk(lua_State *lua) {
  struct walk walk = {.count = 0};
  int options = find_options(lua, &walk.last_key);
  to_view(lua, 1);
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

static int view_event_time(lua_State *lua) {
  struct view *view = to_view(lua, 1);
  const struct event *event = view->binding->event;
  if (!push_standard_field(lua, event, TEXT("p_event_time")))
    push_node(lua, view->binding, event_get(event, TEXT("p_event_time")));
  return 1;
}

static const luaL_Reg methods[] = {
    {"get", view_get},
    {"deep_get", view_deep_get},
    {"deep_walk", view_deep_walk},
    {"event_time", view_event_time},
    {"to_table", view_to_table},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__newindex", view_refuse}, {"__len", view_length},        {"__pairs", view_pairs},
    {"__eq", view_equal},        {"__tostring", view_tostring}, {NULL, NULL},
};

void event_binding_open(lua_State *lua, struct event_binding *binding) {
  lua_pushlightuserdata(lua, binding);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &binding_key);
  luaL_newmetatable(lua, VIEW);
  luaL_setfuncs(lua, metamethods, 0);
  luaL_newlib(lua, methods);
  lua_createtable(lua, 2 * EVENT_CACHE_SIZE, 0);
  lua_pushcclosure(lua, view_index, 2);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, false);
  lua_setfield(lua, -2, "__metatable");
  lua_pop(lua, 1);
}

void event_binding_close(struct event_binding *binding) {
  buffer_free(&binding->scratch);
}
