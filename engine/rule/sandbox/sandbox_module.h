/*
 * Environments and modules: what a file of a sandbox sees, and what `require` gives it.
 *
 * For the thread that the sandbox belongs to.
 */
#ifndef RULE_SANDBOX_SANDBOX_MODULE_H
#define RULE_SANDBOX_SANDBOX_MODULE_H

#include "base/text.h"

#include <lua.h>

struct sandbox;

/* Where `require` finds a module: its file's name for errors and its text; false = unknown. Both
 * must live as long as the sandbox. */
struct sandbox_resolver {
  bool (*find)(void *context, struct text name, const char **file, struct text *source);
  void *context;
};

/* Adds a module for every file: a global of that name, and what require(name) gives. Its table is
 * made read-only. */
void sandbox_add_module(struct sandbox *sandbox, const char *name, lua_CFunction open);

/* Compiles and runs the module `name` within the running call; pushes its value. Raises the error
 * when there is none, or when it fails. */
void sandbox_require(lua_State *lua, struct text name);

#endif
