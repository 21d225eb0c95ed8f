/*
 * The list that a file gives to `tests { … }`. An entry is a test, or a list of tests, as a library
 * returns those that several rules share; such a list stands for its tests.
 */
#ifndef RULE_BINDING_LUA_TESTS_H
#define RULE_BINDING_LUA_TESTS_H

#include <lua.h>
#include <stdbool.h>

/* Begins as {0, 0}. */
struct lua_tests_cursor {
  lua_Integer entry; /* of the list, from 1: which one the last test comes from */
  lua_Integer inner; /* its place in the list that the entry is; 0 = the entry is the test */
};

/* Pushes the next test of the list at the index, whatever it is; false, and nothing pushed, at the
 * end. Allocates nothing and raises no Lua error. */
bool lua_tests_next(lua_State *lua, int list, struct lua_tests_cursor *cursor);

#endif
