/* What the files of the sandbox share. */
#ifndef RULE_SANDBOX_SANDBOX_INTERNAL_H
#define RULE_SANDBOX_SANDBOX_INTERNAL_H

#include "rule/sandbox/sandbox.h"

struct sandbox {
  lua_State *lua;
  struct sandbox_resolver resolver;
  struct sandbox_printer printer;
  struct pool *pool; /* the state's memory */
  size_t memory_used, memory_max, call_memory_max;
  size_t memory_limit; /* of the running call: what may be in use */
  int64_t budget, instruction_max;
  int modules, modules_first; /* the sets of modules in use and from the beginning: references */
  bool shares_modules;        /* libraries of data are */
  bool required_shared_only;  /* by the library that runs */
  bool running;               /* the limits are on */
  bool counts_late;           /* nothing is counted before the call is known to be long */
  /* For the signal handler that sees ticks: which call runs, which one ran at the last tick,
   * whether the running one is long, and whether its instructions are counted since. */
  volatile unsigned call, ticked;
  volatile bool is_long, is_counted;
  int hook_step;  /* instructions from one call of the hook to the next; 0: no hook */
  int count_step; /* the same while a call is within its budget */
  enum sandbox_end end;
  int64_t deadline;     /* nanoseconds of this thread's CPU time; 0 = not looked at yet */
  size_t unlooked;      /* work charged since the clock was last looked at */
  size_t large;         /* bytes in large blocks, that one instruction could run over */
  char place_file[256]; /* where the last error without a place of its own was raised */
  unsigned place_line;  /* 0 = nowhere */
};

/* The sandbox of a state: sandbox_new puts its address into every state's extra space. */
static inline struct sandbox *sandbox_of(lua_State *lua) {
  return *(struct sandbox **)lua_getextraspace(lua);
}

/* ---- sandbox_limit.c ---- */

/* What the limits are from now on. */
void sandbox_limit_set(struct sandbox *sandbox, const struct sandbox_limits *limits);

/* Takes the limits off that sandbox_start_anew put on. */
void sandbox_limit_finish(struct sandbox *sandbox);

/* The state's allocator; `context` is the sandbox. */
void *sandbox_allocate(void *context, void *memory, size_t old_size, size_t new_size);

/* The thread that runs the sandbox's calls has used up a piece of CPU time. Async-signal-safe, on
 * that thread. */
void sandbox_tick(struct sandbox *sandbox);

/* Notes the file and line of the innermost Lua function that runs. */
void sandbox_note_place(struct sandbox *sandbox);

/* ---- sandbox_module.c ---- */

/* Prepares a state: no modules, and the table at the top of the stack, which is popped, is what
 * every file sees. */
void sandbox_open_modules(lua_State *lua);

/* Pushes the metatable of every environment, which leads to what every file sees. */
void sandbox_push_environment_metatable(lua_State *lua);

/* Pushes the compiled chunk with a fresh environment below it; on an error the message alone.
 * Gives LUA_OK or Lua's status. */
int sandbox_compile(lua_State *lua, const char *file, struct text source);

#endif
