/* A rule file's metadata table, or that of a correlation. */
#ifndef RULE_LOAD_RULE_METADATA_H
#define RULE_LOAD_RULE_METADATA_H

#include "base/yaml/problems.h"
#include "rule/set/rule_set.h"

#include <lua.h>

enum rule_declaration {
  RULE_METADATA = 1,
  RULE_CORRELATION = 2
}; /* metadata { }, correlation { } */

/* Reads the table at the top of the stack, which stays, into the rule, whose file, source and
 * metadata_line are set. Every mistake adds a problem at its key's line. Runs none of the file's
 * code. What the rule keeps lives in the set's arena. */
void rule_metadata_read(lua_State *lua, enum rule_declaration declaration, struct rule_set *set,
                        struct rule *rule, struct problems *problems);

#endif
