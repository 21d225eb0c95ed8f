/*
 * A rule's `where`: a Lua table compiled to a condition.
 *
 *   where = {
 *     action = "Update",                                         -- a map: all must hold
 *     ["operation_detail|contains|all"] = { "Passcode", "Off" }, -- a list of values: any, or all
 *   }
 *   where = { { action = "Add" }, { action = "Delete" } }        -- a list of maps: any must hold
 *
 * Under a key without modifiers a map is a nested AND over the fields below it: `object = { id = 1
 * }` means `["object.id"] = 1`. Read-only tables of libraries are read as the tables that they
 * show.
 *
 * For the thread that makes the set.
 */
#ifndef RULE_LOAD_WHERE_H
#define RULE_LOAD_WHERE_H

#include "base/yaml/problems.h"
#include "rule/condition/condition.h"

#include <lua.h>

/* Where the table was written. The texts are the caller's, needed during the call only. */
struct where_place {
  const char *file;   /* for errors */
  struct text source; /* the file's text, to find the line of a key */
  unsigned line;      /* of the metadata call */
};

/*
 * Compiles the value at a stack index. NULL when anything in it is wrong: every mistake adds a
 * problem (file, line of its key, cause). Leaves the stack as it was, raises no Lua error, calls
 * no metamethods, and keeps nothing of the state: texts are copied to the arena. The caller
 * releases the result with condition_release before the arena goes.
 */
const struct condition *where_compile(lua_State *lua, int index, struct arena *arena,
                                      struct field_table *fields, const struct where_place *place,
                                      struct problems *problems);

#endif
