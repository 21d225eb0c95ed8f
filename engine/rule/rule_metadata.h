/* A rule file's metadata table. */
#ifndef RULE_RULE_METADATA_H
#define RULE_RULE_METADATA_H

#include "rule/rule.h"

#include <lua.h>

/* Reads the table at the top of the stack, which stays, into the rule, whose file, source and
 * metadata_line are set. Every mistake adds a problem at its key's line. Runs none of the file's
 * code. What the rule keeps lives in the set's arena. */
void rule_metadata_read(lua_State *lua, struct rule_set *set, struct rule *rule,
                        struct problems *problems);

#endif
