/* event:answer([n]): what came of a question of the rule (rule/question.h). */
#ifndef RULE_BINDING_EVENT_ANSWER_H
#define RULE_BINDING_EVENT_ANSWER_H

#include <lua.h>

/* The method: a C function for Lua. */
int view_answer(lua_State *lua);

#endif
