#include "rule/binding/event_answer.h"

#include "rule/binding/event_view.h"
#include "rule/binding/lua_json_push.h"
#include "rule/sandbox/sandbox_limit.h"

#include <lauxlib.h>

/* Bytes of an answer that become Lua values for the price of one VM instruction. */
#define ANSWER_BYTES_PER_WORK 16

int view_answer(lua_State *lua) {
  struct view *view = view_check(lua, 1);
  lua_Integer number = luaL_optinteger(lua, 2, 1);
  const struct question_answers *answers = view->binding->answers;
  luaL_argcheck(lua, number >= 1 && number <= QUESTIONS_MAX, 2, "the number of a question");
  luaL_checkstack(lua, LUA_MINSTACK, NULL);
  if (!answers) {
    lua_pushnil(lua);
    return 1;
  }
  sandbox_charge(lua, 1 + answers->json.size / ANSWER_BYTES_PER_WORK);
  sandbox_suspend(lua); /* an answer is small, and the reader is to be freed */
  struct json_reader *reader = json_reader_new();
  const struct json_node *root = json_read_copy(reader, answers->json, NULL);
  const struct json_node *answer = root ? json_at(root, (uint32_t)number - 1) : NULL;
  if (answer)
    lua_json_push(lua, answer);
  else
    lua_pushnil(lua);
  json_reader_free(reader);
  sandbox_resume(lua);
  return 1;
}
