/*
 * The limits of a sandbox: memory of the state, and of one call; VM instructions and CPU time of
 * one call.
 *
 * They are on while a file's code runs under sandbox_call. Once one of them is reached, every
 * further instruction raises the error again, so nothing in the file outlives it.
 *
 * For the thread that the sandbox belongs to.
 */
#ifndef RULE_SANDBOX_SANDBOX_LIMIT_H
#define RULE_SANDBOX_SANDBOX_LIMIT_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sandbox;

#define SANDBOX_MEMORY_MAX ((size_t)64 << 20)
#define SANDBOX_INSTRUCTION_MAX INT64_C(10000000)
/* CPU time of one call: the last resort against work that no instruction count sees. */
#define SANDBOX_SECONDS_MAX 2

/* What a long call has about done before it is counted: a tick and a half (sandbox_watch.h), at the
 * 5 ns that an instruction takes. */
#define SANDBOX_UNCOUNTED 1500000

struct sandbox_limits {
  size_t memory_max;       /* bytes of the whole state; 0 = SANDBOX_MEMORY_MAX */
  size_t call_memory_max;  /* bytes that one call may add; 0 = what the state has left */
  int64_t instruction_max; /* of one call; 0 = SANDBOX_INSTRUCTION_MAX */
  /* Count the instructions of calls that take more than some milliseconds of CPU time only: Lua
   * runs a fifth faster uncounted. What such a call did before is taken for SANDBOX_UNCOUNTED. */
  bool counts_late;
};

/* ---- for C functions that files call ---- */

/* Takes `work` (about one VM instruction each) from the running call's budget. Raises the error
 * when that, or the call's CPU time, is used up. Work that event data can make long is charged
 * before it is done, or in pieces. */
void sandbox_charge(lua_State *lua, size_t work);

/* Raises the error when the call has used its CPU time; for after a piece of work that may have
 * taken long. */
void sandbox_check_time(lua_State *lua);

/* When the running call must end: CPU time of this thread in nanoseconds (clock_cpu_ns). */
int64_t sandbox_deadline(lua_State *lua);

/* Takes the limits off, for work that is bounded by itself and must not end in the middle for want
 * of memory; and puts them on again. */
void sandbox_suspend(lua_State *lua);
void sandbox_resume(lua_State *lua);

/* Which limit the running call, or else the last one, has reached. */
enum sandbox_end {
  SANDBOX_RUNS, /* none */
  SANDBOX_OUT_OF_BUDGET,
  SANDBOX_OUT_OF_TIME,
  SANDBOX_OUT_OF_MEMORY
};
enum sandbox_end sandbox_ended(lua_State *lua);

/* For whoever made a protected call that ended with LUA_ERRMEM: the running call ends, too. */
void sandbox_out_of_memory(lua_State *lua);

/* ---- for who runs files ---- */

/* For a C function under sandbox_call that calls functions of several files one after the other:
 * what it calls next has all of a call's limits to itself. */
void sandbox_start_anew(struct sandbox *sandbox);

size_t sandbox_memory(const struct sandbox *sandbox); /* bytes in use */

/* From the next call on every instruction is counted by itself, not in steps: slower, for people
 * who want to know. */
void sandbox_count_exactly(struct sandbox *sandbox);
/* What the last call took from its budget. */
int64_t sandbox_spent(const struct sandbox *sandbox);
/* The budget of a call. */
int64_t sandbox_instructions(const struct sandbox *sandbox);

#endif
