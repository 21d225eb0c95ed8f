/*
 * The room rule/sandbox is a Lua state that hostile data and wrong code cannot leave, fill or hold
 * up.
 *
 * A Lua state in which files that nobody vouches for can run.
 *
 *   - The allocator refuses to grow past a cap while a file's code runs, and past what one call may
 *     add.
 *   - Each call has a budget of VM instructions. Long work inside C functions (allocating,
 *     searching, sorting) is charged to it too. Once the budget is used up every further
 *     instruction raises the error again, so no pcall, __close or message handler outlives it.
 *   - Only a whitelist of functions exists. The libraries are read-only for every file.
 *   - Every file runs in an environment of its own; `require` finds what the resolver knows.
 *
 * Everything that runs a file's code goes through sandbox_load and sandbox_call, which turn any
 * failure into an error value. The state stays usable after each of them.
 *
 *   sandbox_limit.h     the limits, and what C functions charge to them
 *   sandbox_watch.h     how calls are found that run long
 *   sandbox_census.h    who holds how much of the memory
 *   sandbox_freeze.h    read-only tables
 *   sandbox_module.h    environments, `require`
 *   sandbox_library.h   the whitelist
 *
 * A sandbox serves one thread at a time.
 */
#ifndef RULE_SANDBOX_SANDBOX_H
#define RULE_SANDBOX_SANDBOX_H

#include "base/error.h"
#include "base/text.h"
#include "rule/sandbox/sandbox_limit.h"
#include "rule/sandbox/sandbox_module.h"

#include <lua.h>

struct sandbox;

/* Ends the process only when the machine itself is out of memory. Without a resolver `require`
 * finds the modules that are added, and nothing else. */
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

/* Compiles text (never bytecode) and pushes its environment, then its function. On an error
 * nothing is pushed. */
bool sandbox_load(struct sandbox *sandbox, const char *file, struct text source,
                  struct error *error);

/* lua_call with the limits on: takes the function and its arguments from the stack. On an error
 * no result is pushed. */
bool sandbox_call(struct sandbox *sandbox, int arguments, int results, struct error *error);

#endif
