#include "rule/sandbox/sandbox_limit.h"

#include "base/clock.h"
#include "base/pool.h"
#include "rule/sandbox/sandbox_internal.h"

#include <stdio.h>

/* The budget is counted down in steps of this many instructions. */
#define HOOK_STEP 1000
/* Bytes that may be allocated for the price of one instruction. */
#define BYTES_PER_INSTRUCTION 64
/* Work that is charged between two looks at the clock. */
#define WORK_A_LOOK 1000
/*
 * Instructions that run over a long text (comparing, converting to a number) or a large table
 * (searching its next key) take as long as the memory is large. So in a state with blocks larger
 * than this, the hook is called more often: after instructions that can run over so many bytes.
 */
#define LARGE_BLOCK ((size_t)128 << 10)
#define BYTES_A_HOOK ((size_t)128 << 20)
/* Each refused allocation first cost a full collection. */
#define REFUSAL_WORK 100000

void sandbox_limit_set(struct sandbox *sandbox, const struct sandbox_limits *limits) {
  sandbox->count_step = HOOK_STEP;
  sandbox->memory_max = limits->memory_max ? limits->memory_max : SANDBOX_MEMORY_MAX;
  sandbox->call_memory_max = limits->call_memory_max;
  sandbox->instruction_max =
      limits->instruction_max ? limits->instruction_max : SANDBOX_INSTRUCTION_MAX;
  sandbox->counts_late = limits->counts_late;
}

size_t sandbox_memory(const struct sandbox *sandbox) {
  return sandbox->memory_used;
}

void sandbox_count_exactly(struct sandbox *sandbox) {
  sandbox->count_step = 1;
  sandbox->counts_late = false;
}

int64_t sandbox_spent(const struct sandbox *sandbox) {
  int64_t left = sandbox->budget > 0 ? sandbox->budget : 0;
  return sandbox->instruction_max - left;
}

int64_t sandbox_instructions(const struct sandbox *sandbox) {
  return sandbox->instruction_max;
}

enum sandbox_end sandbox_ended(lua_State *lua) {
  return sandbox_of(lua)->end;
}

void sandbox_note_place(struct sandbox *sandbox) {
  lua_State *lua = sandbox->lua;
  lua_Debug frame;
  sandbox->place_line = 0;
  for (int level = 0; lua_getstack(lua, level, &frame); level++) {
    lua_getinfo(lua, "Sl", &frame);
    if (frame.currentline <= 0)
      continue;
    const char *file = frame.source[0] == '@' ? frame.source + 1 : frame.source;
    snprintf(sandbox->place_file, sizeof sandbox->place_file, "%s", file);
    sandbox->place_line = (unsigned)frame.currentline;
    return;
  }
}

static void count_down(lua_State *lua, lua_Debug *frame);

static void set_hook(struct sandbox *sandbox, int step) {
  sandbox->hook_step = step;
  lua_sethook(sandbox->lua, count_down, step ? LUA_MASKCOUNT : 0, step);
}

/* How many instructions may pass before the next call of the hook; 0: it is not needed yet. */
static int wanted_step(const struct sandbox *sandbox) {
  if (sandbox->large == 0)
    return sandbox->counts_late && !sandbox->is_long ? 0 : sandbox->count_step;
  size_t step = BYTES_A_HOOK / sandbox->large;
  return step >= (size_t)sandbox->count_step ? sandbox->count_step : (int)step + (step == 0);
}

static void choose_step(struct sandbox *sandbox) {
  int step = wanted_step(sandbox);
  if (sandbox->end == SANDBOX_RUNS && sandbox->hook_step != step)
    set_hook(sandbox, step);
}

/* A block was made, freed or resized. Those of files that are read do not count: no event can make
 * them larger. */
static void note_block(struct sandbox *sandbox, size_t old_size, size_t new_size) {
  size_t before = old_size < LARGE_BLOCK ? 0 : old_size;
  size_t after = new_size < LARGE_BLOCK ? 0 : new_size;
  if (after > before && sandbox->running)
    sandbox->large += after - before;
  else if (after < before)
    sandbox->large -= before - after < sandbox->large ? before - after : sandbox->large;
  else
    return;
  if (sandbox->running)
    choose_step(sandbox);
}

/* The hook is for the next instruction, and is set at each tick until it was called: to set it
 * begins the counting anew, and Lua may overlook one that comes as it enters a function. */
void sandbox_tick(struct sandbox *sandbox) {
  if (sandbox->ticked != sandbox->call) {
    sandbox->ticked = sandbox->call;
  } else if (!sandbox->is_counted) {
    sandbox->is_long = true;
    set_hook(sandbox, 1);
  }
}

/* The first call of the hook in a long call. */
static void begin_counting(struct sandbox *sandbox) {
  sandbox->is_counted = true;
  sandbox->budget -= SANDBOX_UNCOUNTED;
  choose_step(sandbox);
}

static void end_call(struct sandbox *sandbox, enum sandbox_end end) {
  if (sandbox->end == SANDBOX_RUNS) {
    sandbox->end = end;
    if (end != SANDBOX_OUT_OF_MEMORY) /* the allocator noted that when it refused */
      sandbox_note_place(sandbox);
  }
  set_hook(sandbox, 1);
}

void sandbox_out_of_memory(lua_State *lua) {
  end_call(sandbox_of(lua), SANDBOX_OUT_OF_MEMORY);
}

static int raise_end(lua_State *lua) {
  /* The text is made in sandbox_call; this value only travels there. */
  lua_pushliteral(lua, "stopped");
  return lua_error(lua);
}

static void look_at_clock(struct sandbox *sandbox) {
  int64_t now = clock_cpu_about_ns();
  sandbox->unlooked = 0;
  if (sandbox->deadline == 0)
    sandbox->deadline = now + INT64_C(1000000000) * SANDBOX_SECONDS_MAX;
  else if (now > sandbox->deadline)
    end_call(sandbox, SANDBOX_OUT_OF_TIME);
}

void sandbox_check_time(lua_State *lua) {
  struct sandbox *sandbox = sandbox_of(lua);
  look_at_clock(sandbox);
  if (sandbox->end != SANDBOX_RUNS)
    raise_end(lua);
}

int64_t sandbox_deadline(lua_State *lua) {
  struct sandbox *sandbox = sandbox_of(lua);
  if (sandbox->deadline == 0)
    look_at_clock(sandbox);
  return sandbox->deadline;
}

static void count_down(lua_State *lua, lua_Debug *frame) {
  (void)frame;
  struct sandbox *sandbox = sandbox_of(lua);
  if (!sandbox->running)
    return;
  if (sandbox->end == SANDBOX_RUNS) {
    sandbox->budget -= sandbox->hook_step;
    if (sandbox->is_long && !sandbox->is_counted)
      begin_counting(sandbox);
    if (sandbox->budget < 0)
      end_call(sandbox, SANDBOX_OUT_OF_BUDGET);
    else
      look_at_clock(sandbox);
  }
  if (sandbox->end != SANDBOX_RUNS)
    raise_end(lua);
}

static void spend(struct sandbox *sandbox, size_t work) {
  if (work > INT64_MAX / 2)
    work = INT64_MAX / 2;
  if (sandbox->budget >= 0 && (sandbox->budget -= (int64_t)work) < 0)
    end_call(sandbox, SANDBOX_OUT_OF_BUDGET);
}

void sandbox_charge(lua_State *lua, size_t work) {
  struct sandbox *sandbox = sandbox_of(lua);
  if (!sandbox->running || work == 0)
    return;
  spend(sandbox, work);
  sandbox->unlooked += work;
  if (sandbox->unlooked >= WORK_A_LOOK && sandbox->end == SANDBOX_RUNS)
    look_at_clock(sandbox);
  if (sandbox->end != SANDBOX_RUNS)
    raise_end(lua);
}

void sandbox_suspend(lua_State *lua) {
  sandbox_of(lua)->running = false;
}

void sandbox_resume(lua_State *lua) {
  sandbox_of(lua)->running = true;
}

void *sandbox_allocate(void *context, void *memory, size_t old_size, size_t new_size) {
  struct sandbox *sandbox = context;
  if (!memory)
    old_size = 0; /* then it is the kind of object */
  if (new_size == 0) {
    pool_resize(sandbox->pool, memory, old_size, 0);
    sandbox->memory_used -= old_size;
    if (old_size >= LARGE_BLOCK)
      note_block(sandbox, old_size, 0);
    return NULL;
  }
  if (sandbox->running && new_size > old_size) {
    size_t extra = new_size - old_size;
    if (sandbox->memory_used + extra > sandbox->memory_limit) {
      sandbox_note_place(sandbox);
      spend(sandbox, REFUSAL_WORK);
      look_at_clock(sandbox);
      return NULL;
    }
    spend(sandbox, extra / BYTES_PER_INSTRUCTION);
  }
  void *moved = pool_resize(sandbox->pool, memory, old_size, new_size);
  if (moved)
    sandbox->memory_used += new_size - old_size;
  if (moved && (old_size >= LARGE_BLOCK || new_size >= LARGE_BLOCK))
    note_block(sandbox, old_size, new_size);
  return moved;
}

/* A call may add as much as any other one, however much the calls before it left. */
static size_t memory_limit(const struct sandbox *sandbox) {
  size_t left =
      sandbox->memory_used < sandbox->memory_max ? sandbox->memory_max - sandbox->memory_used : 0;
  size_t most = sandbox->call_memory_max;
  return sandbox->memory_used + (most && most < left ? most : left);
}

void sandbox_start_anew(struct sandbox *sandbox) {
  sandbox->call++;
  sandbox->is_long = sandbox->is_counted = false;
  sandbox->running = true;
  sandbox->end = SANDBOX_RUNS;
  sandbox->budget = sandbox->instruction_max;
  sandbox->memory_limit = memory_limit(sandbox);
  sandbox->deadline = 0;
  sandbox->unlooked = 0;
  sandbox->place_line = 0;
  choose_step(sandbox);
}

void sandbox_limit_finish(struct sandbox *sandbox) {
  sandbox->running = false;
  if (sandbox->end == SANDBOX_OUT_OF_MEMORY)
    lua_gc(sandbox->lua, LUA_GCCOLLECT);
}
