/*
 * Environments and modules: what a file of a sandbox sees, and what `require` gives it.
 *
 * A module in C is the same for all files: it keeps nothing. A library in Lua may keep what it
 * likes, and whoever calls it can have it keep something. So each owner of files (each rule) has
 * libraries of its own: `require` runs a library's text, which is compiled once, once for each set
 * of modules. What one owner's files do to a library no other owner's files can see, and what a
 * library holds belongs to the memory of its owner.
 *
 * A library that is nothing but data (sandbox_is_data) can keep nothing, so it is run once for all
 * sets: tables of names and the like need not be built for each rule. What it required must be
 * shared itself, because a library of one owner may give what that owner put there.
 *
 * For the thread that the sandbox belongs to.
 */
#ifndef RULE_SANDBOX_SANDBOX_MODULE_H
#define RULE_SANDBOX_SANDBOX_MODULE_H

#include "base/arena.h"
#include "base/buffer.h"

#include <lua.h>

struct sandbox;

/* Where `require` finds a module: its file's name for errors and its text; false = unknown. Both
 * must live as long as the sandbox. `compiled`: what sandbox_dump_library wrote of a module that
 * was found, so that it need not be compiled; empty, or NULL itself: it is. `nearest`: the name
 * nearest to one that is unknown, in the arena, or NULL; may be NULL itself. */
struct sandbox_resolver {
  bool (*find)(void *context, struct text name, const char **file, struct text *source);
  struct text (*compiled)(void *context, struct text name);
  const char *(*nearest)(void *context, struct text name, struct arena *arena);
  void *context;
};

/* Adds a module for every file: a global of that name, and what require(name) gives. Its table is
 * made read-only. */
void sandbox_add_module(struct sandbox *sandbox, const char *name, lua_CFunction open);

/* A set of modules without any library yet, by its number; until sandbox_modules_free or the
 * state's end. There is one from the beginning, which is in use until another one is. */
int sandbox_modules_new(struct sandbox *sandbox);
void sandbox_modules_free(struct sandbox *sandbox, int modules);

/* From now on `require` finds the libraries of this set. Not while a file runs. */
void sandbox_modules_use(struct sandbox *sandbox, int modules);

/* Forgets the libraries of the set in use: the next file has them run anew. */
void sandbox_modules_renew(struct sandbox *sandbox);

/* Whether libraries of data that are run from now on are shared; at first they are not. Only while
 * files are run, whose values depend on nothing but themselves: neither on an event, nor on kv, nor
 * on mocks. */
void sandbox_share_modules(struct sandbox *sandbox, bool share);

/* Appends the compiled form of a library that was required, for the resolver of further sandboxes
 * of this process: Lua trusts it blindly. False: it was not required, or could not be compiled. */
bool sandbox_dump_library(struct sandbox *sandbox, struct text name, struct buffer *code);

/* Pushes the value of the module `name`; runs a library that the set in use does not have yet
 * within the running call. Raises the error when there is none, or when it fails. */
void sandbox_require(lua_State *lua, struct text name);

#endif
