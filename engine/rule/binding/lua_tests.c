#include "rule/binding/lua_tests.h"

bool lua_tests_next(lua_State *lua, int list, struct lua_tests_cursor *cursor) {
  list = lua_absindex(lua, list);
  for (;;) {
    if (cursor->inner == 0 && cursor->entry++ == (lua_Integer)lua_rawlen(lua, list))
      return false;
    lua_rawgeti(lua, list, cursor->entry);
    lua_Integer count = lua_istable(lua, -1) ? (lua_Integer)lua_rawlen(lua, -1) : 0;
    if (count == 0)
      return true;
    if (cursor->inner < count) {
      lua_rawgeti(lua, -1, ++cursor->inner);
      lua_remove(lua, -2);
      return true;
    }
    cursor->inner = 0;
    lua_pop(lua, 1);
  }
}
