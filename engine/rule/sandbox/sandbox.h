/*
 * A Lua state in which files that nobody vouches for can run.
 *
 *   - The allocator refuses to grow past a cap while a file's code runs.
 *   - Each call has a budget of VM instructions. Long work inside C functions (allocating,
 *     searching, sorting) is charged to it too. Once the budget is used up every further
 *     instruction raises the error again, so no pcall, __close or message handler outlives it.
 *   - Only a whitelist of functions exists. The libraries are read-only for every file.
 *   - Every file runs in an environment of its own; `require` finds what the resolver knows.
 *
 * Everything that runs a file's code goes through sandbox_load and sandbox_call, which turn any
 * failure into an error value. The state stays usable after each of them.
 */
#ifndef RULE_SANDBOX_SANDBOX_H
#define RULE_SANDBOX_SANDBOX_H

#include "base/error.h"
#include "base/text.h"

#include <lua.h>

struct sandbox;

#define SANDBOX_MEMORY_MAX ((size_t)64 << 20)
#define SANDBOX_INSTRUCTION_MAX INT64_C(10000000)
/* CPU time of one call: the last resort against work that no instruction count sees. */
#define SANDBOX_SECONDS_MAX 10

struct sandbox_limits {
  size_t memory_max;       /* bytes of the whole state; 0 = SANDBOX_MEMORY_MAX */
  int64_t instruction_max; /* of one call; 0 = SANDBOX_INSTRUCTION_MAX */
};

/* Where `require` finds a module: its file's name for errors and its text; false = unknown. Both
 * must live as long as the sandbox. */
struct sandbox_resolver {
  bool (*find)(void *context, struct text name, const char **file, struct text *source);
  void *context;
};

/* Ends the process only when the machine itself is out of memory. */
struct sandbox *sandbox_new(const struct sandbox_limits *limits,
                            const struct sandbox_resolver *resolver);
void sandbox_free(struct sandbox *sandbox); /* NULL is fine */

lua_State *sandbox_lua(const struct sandbox *sandbox);

/* Where `print` of files goes: a line without its end, of any bytes. Without one, as at first,
 * `print` does nothing. */
struct sandbox_printer {
  void (*print)(void *context, struct text line);
  void *context;
};
void sandbox_set_printer(struct sandbox *sandbox, struct sandbox_printer printer);

/* Adds a module for every file: a global of that name, and what require(name) gives. Its table is
 * made read-only. */
void sandbox_add_module(struct sandbox *sandbox, const char *name, lua_CFunction open);

/* Compiles text (never bytecode) and pushes its environment, then its function. On an error
 * nothing is pushed. */
bool sandbox_load(struct sandbox *sandbox, const char *file, struct text source,
                  struct error *error);

/* lua_call with the limits on: takes the function and its arguments from the stack. On an error
 * no result is pushed. */
bool sandbox_call(struct sandbox *sandbox, int arguments, int results, struct error *error);

/* For a C function under sandbox_call that calls functions of several files one after the other:
 * what it calls next has all of a call's limits to itself. */
void sandbox_start_anew(struct sandbox *sandbox);

size_t sandbox_memory(const struct sandbox *sandbox); /* bytes in use */

/* From the next call on every instruction is counted by itself, not in steps: slower, for people
 * who want to know. */
void sandbox_count_exactly(struct sandbox *sandbox);
/* What the last call took from its budget. */
int64_t sandbox_spent(const struct sandbox *sandbox);

/* For C functions that files call: takes `work` (about one VM instruction each) from the running
 * call's budget. Raises the error when it is used up. */
void sandbox_charge(lua_State *lua, size_t work);

/* Takes the limits off within a C function that files call, for work that is bounded by itself and
 * must not end in the middle for want of memory; and puts them on again. */
void sandbox_suspend(lua_State *lua);
void sandbox_resume(lua_State *lua);

/*
 * Places for the names of a metatable in which Lua looks all the time, and where its __index is set
 * first: no later name can take the first place from it then, nor does the table grow, which would
 * shuffle them. So Lua finds it without going through others.
 */
#define SANDBOX_METATABLE_SIZE 16

/* Makes the table at the index and every table in it read-only, in place. */
void sandbox_freeze(lua_State *lua, int index);

/* Pushes the writable table behind a read-only one; pushes nothing when it is none. */
bool sandbox_thaw(lua_State *lua, int index);

/* The contract between sandbox.c and sandbox_library.c. */
enum sandbox_end {
  SANDBOX_RUNS,
  SANDBOX_OUT_OF_BUDGET,
  SANDBOX_OUT_OF_TIME,
  SANDBOX_OUT_OF_MEMORY
};
enum sandbox_end sandbox_ended(lua_State *lua);
/* Tells that a protected call ended with LUA_ERRMEM. */
void sandbox_out_of_memory(lua_State *lua);
/* Raises the error when the call has used its CPU time; for after a piece of work that may have
 * taken long. */
void sandbox_check_time(lua_State *lua);
const struct sandbox_printer *sandbox_printer_of(lua_State *lua);
/* Compiles and runs the module `name` within the running call; pushes its value. */
void sandbox_require(lua_State *lua, struct text name);
/* Fills the table at the top of the stack with the functions that every file sees. */
void sandbox_open_libraries(lua_State *lua);

#endif
