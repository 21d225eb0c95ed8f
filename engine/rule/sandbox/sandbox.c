#include "rule/sandbox/sandbox.h"

#include "base/memory.h"
#include "base/pool.h"
#include "rule/sandbox/sandbox_error.h"
#include "rule/sandbox/sandbox_internal.h"
#include "rule/sandbox/sandbox_library.h"
#include "rule/sandbox/sandbox_watch.h"

#include <stdio.h>
#include <stdlib.h>

/* Of a state's memory, what usual rules need. A sanitizer sees more of what is wrong when every
 * piece is malloc's. */
#ifdef __SANITIZE_ADDRESS__
#define POOL_SIZE 0
#else
#define POOL_SIZE ((size_t)1 << 20)
#endif

lua_State *sandbox_lua(const struct sandbox *sandbox) {
  return sandbox->lua;
}

void sandbox_set_printer(struct sandbox *sandbox, struct sandbox_printer printer) {
  sandbox->printer = printer;
}

/* The message handler: remembers where an error was raised, with the file's whole name. (Lua puts
 * a place before most messages itself, but shortens long names.) */
static int note_error(lua_State *lua) {
  struct sandbox *sandbox = sandbox_of(lua);
  if (sandbox->end == SANDBOX_RUNS) /* the end of a call has its place already */
    sandbox_note_place(sandbox);
  return 1;
}

static lua_State *new_state(struct sandbox *sandbox) {
  lua_State *lua = lua_newstate(sandbox_allocate, sandbox);
  if (!lua) {
    fputs("margay: out of memory\n", stderr);
    abort();
  }
  *(struct sandbox **)lua_getextraspace(lua) = sandbox;
  return lua;
}

struct sandbox *sandbox_new(const struct sandbox_limits *limits,
                            const struct sandbox_resolver *resolver) {
  struct sandbox *sandbox = memory_alloc(sizeof *sandbox);
  sandbox_limit_set(sandbox, limits);
  if (resolver)
    sandbox->resolver = *resolver;
  sandbox->pool = pool_new(POOL_SIZE);
  lua_State *lua = sandbox->lua = new_state(sandbox);
  lua_pushcfunction(lua, note_error); /* stays at index 1 */
  lua_newtable(lua);
  sandbox_open_libraries(lua);
  sandbox_open_modules(lua);
  return sandbox;
}

void sandbox_free(struct sandbox *sandbox) {
  if (!sandbox)
    return;
  lua_close(sandbox->lua);
  pool_free(sandbox->pool);
  free(sandbox);
}

bool sandbox_call(struct sandbox *sandbox, int arguments, int results, struct error *error) {
  struct sandbox *outer = NULL;
  if (sandbox->counts_late && (sandbox->counts_late = sandbox_watch_works()))
    outer = sandbox_watch(sandbox);
  sandbox_start_anew(sandbox);
  int status = lua_pcall(sandbox->lua, arguments, results, 1);
  sandbox->running = false;
  if (sandbox->counts_late)
    sandbox_watch(outer);
  if (status != LUA_OK)
    sandbox_take_error(sandbox, status, NULL, error);
  sandbox_limit_finish(sandbox);
  return status == LUA_OK;
}

bool sandbox_load(struct sandbox *sandbox, const char *file, struct text source,
                  struct error *error) {
  /* Compiling takes memory in proportion to the text, which whoever read the file has bounded. */
  sandbox->end = SANDBOX_RUNS;
  sandbox->place_line = 0;
  int status = sandbox_compile(sandbox->lua, file, source);
  if (status != LUA_OK)
    sandbox_take_error(sandbox, status, file, error);
  return status == LUA_OK;
}
