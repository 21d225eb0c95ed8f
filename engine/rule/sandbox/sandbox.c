#include "rule/sandbox/sandbox.h"

#include "base/memory.h"
#include "base/pool.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* The budget is counted down in steps of this many instructions. */
#define HOOK_STEP 1000
/* Bytes that may be allocated for the price of one instruction. */
#define BYTES_PER_INSTRUCTION 64
/* Each refused allocation first cost a full collection. */
#define REFUSAL_WORK 100000
/* Of a state's memory, what usual rules need. A sanitizer sees more of what is wrong when every
 * piece is malloc's. */
#ifdef __SANITIZE_ADDRESS__
#define POOL_SIZE 0
#else
#define POOL_SIZE ((size_t)1 << 20)
#endif
/* Longest text of an error that is kept, in bytes. */
#define MESSAGE_MAX 600

struct sandbox {
  lua_State *lua;
  struct sandbox_resolver resolver;
  struct sandbox_printer printer;
  struct pool *pool; /* the state's memory */
  size_t memory_used, memory_max;
  int64_t budget, instruction_max;
  bool running;   /* the limits are on */
  int hook_step;  /* instructions from one call of the hook to the next */
  int count_step; /* the same while a call is within its budget */
  enum sandbox_end end;
  int64_t deadline;     /* nanoseconds of this thread's CPU time; 0 = not looked at yet */
  char place_file[256]; /* where the last error without a place of its own was raised */
  unsigned place_line;
};

/* Registry keys: their addresses. */
static const char environment_key, modules_key;

static struct sandbox *sandbox_of(lua_State *lua) {
  return *(struct sandbox **)lua_getextraspace(lua);
}

lua_State *sandbox_lua(const struct sandbox *sandbox) {
  return sandbox->lua;
}

void sandbox_set_printer(struct sandbox *sandbox, struct sandbox_printer printer) {
  sandbox->printer = printer;
}

const struct sandbox_printer *sandbox_printer_of(lua_State *lua) {
  return &sandbox_of(lua)->printer;
}

size_t sandbox_memory(const struct sandbox *sandbox) {
  return sandbox->memory_used;
}

void sandbox_count_exactly(struct sandbox *sandbox) {
  sandbox->count_step = 1;
}

int64_t sandbox_spent(const struct sandbox *sandbox) {
  int64_t left = sandbox->budget > 0 ? sandbox->budget : 0;
  return sandbox->instruction_max - left;
}

enum sandbox_end sandbox_ended(lua_State *lua) {
  return sandbox_of(lua)->end;
}

/* The file and line of the innermost Lua function that runs. */
static void note_place(struct sandbox *sandbox, lua_State *lua) {
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
  lua_sethook(sandbox->lua, count_down, LUA_MASKCOUNT, step);
}

static void end_call(struct sandbox *sandbox, enum sandbox_end end) {
  if (sandbox->end == SANDBOX_RUNS) {
    sandbox->end = end;
    if (end != SANDBOX_OUT_OF_MEMORY) /* the allocator noted that when it refused */
      note_place(sandbox, sandbox->lua);
  }
  set_hook(sandbox, 1);
}

void sandbox_out_of_memory(lua_State *lua) {
  end_call(sandbox_of(lua), SANDBOX_OUT_OF_MEMORY);
}

static int64_t cpu_time(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int raise_end(lua_State *lua) {
  /* The text is made in sandbox_call; this value only travels there. */
  lua_pushliteral(lua, "stopped");
  return lua_error(lua);
}

static void look_at_clock(struct sandbox *sandbox) {
  int64_t now = cpu_time();
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

static void count_down(lua_State *lua, lua_Debug *frame) {
  (void)frame;
  struct sandbox *sandbox = sandbox_of(lua);
  if (!sandbox->running)
    return;
  if (sandbox->end == SANDBOX_RUNS) {
    sandbox->budget -= sandbox->hook_step;
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
  if (sandbox->end != SANDBOX_RUNS)
    raise_end(lua);
}

void sandbox_suspend(lua_State *lua) {
  sandbox_of(lua)->running = false;
}

void sandbox_resume(lua_State *lua) {
  sandbox_of(lua)->running = true;
}

static void *allocate(void *context, void *memory, size_t old_size, size_t new_size) {
  struct sandbox *sandbox = context;
  if (!memory)
    old_size = 0; /* then it tells the kind of object */
  if (new_size == 0) {
    pool_resize(sandbox->pool, memory, old_size, 0);
    sandbox->memory_used -= old_size;
    return NULL;
  }
  if (sandbox->running && new_size > old_size) {
    size_t extra = new_size - old_size;
    if (sandbox->memory_used + extra > sandbox->memory_max) {
      note_place(sandbox, sandbox->lua);
      spend(sandbox, REFUSAL_WORK);
      return NULL;
    }
    spend(sandbox, extra / BYTES_PER_INSTRUCTION);
  }
  void *moved = pool_resize(sandbox->pool, memory, old_size, new_size);
  if (moved)
    sandbox->memory_used += new_size - old_size;
  return moved;
}

/* The message handler: remembers where an error was raised, with the file's whole name. (Lua puts
 * a place before most messages itself, but shortens long names.) */
static int note_error(lua_State *lua) {
  if (sandbox_ended(lua) == SANDBOX_RUNS) /* the end of a call has its place already */
    note_place(sandbox_of(lua), lua);
  return 1;
}

struct sandbox *sandbox_new(const struct sandbox_limits *limits,
                            const struct sandbox_resolver *resolver) {
  struct sandbox *sandbox = memory_alloc(sizeof *sandbox);
  sandbox->count_step = HOOK_STEP;
  sandbox->memory_max = limits->memory_max ? limits->memory_max : SANDBOX_MEMORY_MAX;
  sandbox->instruction_max =
      limits->instruction_max ? limits->instruction_max : SANDBOX_INSTRUCTION_MAX;
  if (resolver)
    sandbox->resolver = *resolver;
  sandbox->pool = pool_new(POOL_SIZE);
  lua_State *lua = lua_newstate(allocate, sandbox);
  if (!lua) {
    fputs("margay: out of memory\n", stderr);
    abort();
  }
  sandbox->lua = lua;
  *(struct sandbox **)lua_getextraspace(lua) = sandbox;
  lua_pushcfunction(lua, note_error); /* stays at index 1 */
  lua_newtable(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &modules_key);
  lua_createtable(lua, 0, SANDBOX_METATABLE_SIZE); /* the metatable of every environment */
  lua_newtable(lua);                               /* what they all see */
  sandbox_open_libraries(lua);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, false);
  lua_setfield(lua, -2, "__metatable");
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &environment_key);
  return sandbox;
}

void sandbox_free(struct sandbox *sandbox) {
  if (!sandbox)
    return;
  lua_close(sandbox->lua);
  pool_free(sandbox->pool);
  free(sandbox);
}

void sandbox_add_module(struct sandbox *sandbox, const char *name, lua_CFunction open) {
  lua_State *lua = sandbox->lua;
  lua_pushcfunction(lua, open);
  lua_call(lua, 0, 1);
  sandbox_freeze(lua, -1);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &modules_key);
  lua_pushvalue(lua, -2);
  lua_setfield(lua, -2, name);
  lua_pop(lua, 1);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &environment_key);
  lua_getfield(lua, -1, "__index");
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, name);
  lua_pop(lua, 3);
}

/* ---- errors ---- */

/* Whether Lua's shortened name ("...lib/zoom.lua") stands for this file. */
static bool is_short_name(struct text name, const char *file) {
  struct text full = text_from(file);
  if (text_equal(name, full))
    return true;
  if (name.size < 4 || memcmp(name.data, "...", 3) != 0 || name.size - 3 > full.size)
    return false;
  return memcmp(full.data + full.size - (name.size - 3), name.data + 3, name.size - 3) == 0;
}

/* Takes "file:12: " off the front of a message. */
static bool take_place(struct text *message, struct text *file, unsigned *line) {
  for (size_t i = 0; i < message->size && message->data[i] != '\n'; i++) {
    if (message->data[i] != ':')
      continue;
    size_t at = i + 1;
    unsigned number = 0;
    while (at < message->size && message->data[at] >= '0' && message->data[at] <= '9' &&
           number < 100000000)
      number = number * 10 + (unsigned)(message->data[at++] - '0');
    if (at == i + 1 || at + 1 >= message->size || memcmp(message->data + at, ": ", 2) != 0)
      continue;
    *file = (struct text){message->data, i};
    *line = number;
    message->data += at + 2;
    message->size -= at + 2;
    return true;
  }
  return false;
}

static const char *number_with_commas(int64_t number, char out[32]) {
  char digits[24];
  int count = snprintf(digits, sizeof digits, "%lld", (long long)number);
  char *to = out;
  for (int i = 0; i < count; i++) {
    *to++ = digits[i];
    if ((count - i) % 3 == 1 && i + 1 < count)
      *to++ = ',';
  }
  *to = '\0';
  return out;
}

static bool set_end_error(const struct sandbox *sandbox, struct error *error) {
  const char *file = sandbox->place_line ? sandbox->place_file : NULL;
  unsigned line = sandbox->place_line;
  char number[32];
  switch (sandbox->end) {
  case SANDBOX_OUT_OF_MEMORY:
    return error_set_at(error, file, line, 0, "used more than %zu MiB of memory",
                        sandbox->memory_max >> 20);
  case SANDBOX_OUT_OF_TIME:
    return error_set_at(error, file, line, 0, "ran longer than %d seconds", SANDBOX_SECONDS_MAX);
  default:
    return error_set_at(error, file, line, 0, "used up its %s instructions",
                        number_with_commas(sandbox->instruction_max, number));
  }
}

/* Whether "name:12: " before a message tells a place. */
static bool is_place(const struct sandbox *sandbox, struct text name, const char *file) {
  return (file && is_short_name(name, file)) ||
         (sandbox->place_line && is_short_name(name, sandbox->place_file)) ||
         text_ends_folded(name, TEXT(".lua"));
}

/* Turns the error value at the top of the stack into an error, and pops it. */
static bool set_error(struct sandbox *sandbox, int status, const char *file, struct error *error) {
  lua_State *lua = sandbox->lua;
  if (status == LUA_ERRMEM && sandbox->end == SANDBOX_RUNS)
    sandbox->end = SANDBOX_OUT_OF_MEMORY;
  if (sandbox->end != SANDBOX_RUNS) {
    set_end_error(sandbox, error);
  } else if (lua_type(lua, -1) == LUA_TSTRING) {
    char shown[MESSAGE_MAX], shown_name[sizeof sandbox->place_file];
    const char *place = sandbox->place_line ? sandbox->place_file : NULL;
    unsigned line = sandbox->place_line;
    struct text message, name, rest;
    message.data = lua_tolstring(lua, -1, &message.size);
    rest = message;
    unsigned told_line = 0;
    if (take_place(&rest, &name, &told_line) && is_place(sandbox, name, file)) {
      message = rest;
      line = told_line;
      if (file && is_short_name(name, file))
        place = file;
      else if (!place || !is_short_name(name, place))
        place = text_printable(name, shown_name, sizeof shown_name);
    }
    const char *newline = memchr(message.data, '\n', message.size);
    if (newline)
      message.size = (size_t)(newline - message.data);
    error_set_at(error, place, line, 0, "%s", text_printable(message, shown, sizeof shown));
  } else {
    error_set_at(error, sandbox->place_line ? sandbox->place_file : NULL, sandbox->place_line, 0,
                 "raised an error that is no text but a %s", luaL_typename(lua, -1));
  }
  lua_pop(lua, 1);
  return false;
}

/* ---- running ---- */

static void begin(struct sandbox *sandbox) {
  sandbox->running = true;
  sandbox->end = SANDBOX_RUNS;
  sandbox->budget = sandbox->instruction_max;
  sandbox->deadline = 0;
  sandbox->place_line = 0;
  if (sandbox->hook_step != sandbox->count_step)
    set_hook(sandbox, sandbox->count_step);
}

void sandbox_start_anew(struct sandbox *sandbox) {
  begin(sandbox);
}

static void finish(struct sandbox *sandbox) {
  sandbox->running = false;
  if (sandbox->end == SANDBOX_OUT_OF_MEMORY)
    lua_gc(sandbox->lua, LUA_GCCOLLECT);
}

bool sandbox_call(struct sandbox *sandbox, int arguments, int results, struct error *error) {
  begin(sandbox);
  int status = lua_pcall(sandbox->lua, arguments, results, 1);
  sandbox->running = false;
  if (status != LUA_OK)
    set_error(sandbox, status, NULL, error);
  finish(sandbox);
  return status == LUA_OK;
}

/* Pushes the compiled chunk with a fresh environment below it; on an error the message alone. */
static int compile(lua_State *lua, const char *file, struct text source) {
  lua_newtable(lua);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &environment_key);
  lua_setmetatable(lua, -2);
  static const char byte_order_mark[] = "\xef\xbb\xbf";
  if (source.size >= 3 && memcmp(source.data, byte_order_mark, 3) == 0) {
    source.data += 3;
    source.size -= 3;
  }
  lua_pushfstring(lua, "@%s", file);
  int status = LUA_ERRSYNTAX;
  if (source.size && source.data[0] == LUA_SIGNATURE[0])
    lua_pushfstring(lua, "%s:1: compiled Lua is not accepted", file);
  else
    status = luaL_loadbufferx(lua, source.data, source.size, lua_tostring(lua, -1), "t");
  lua_remove(lua, -2);
  if (status != LUA_OK) {
    lua_remove(lua, -2);
    return status;
  }
  lua_pushvalue(lua, -2);
  lua_setupvalue(lua, -2, 1);
  return LUA_OK;
}

bool sandbox_load(struct sandbox *sandbox, const char *file, struct text source,
                  struct error *error) {
  /* Compiling takes memory in proportion to the text, which whoever read the file has bounded. */
  sandbox->end = SANDBOX_RUNS;
  sandbox->place_line = 0;
  int status = compile(sandbox->lua, file, source);
  if (status != LUA_OK)
    set_error(sandbox, status, file, error);
  return status == LUA_OK;
}

void sandbox_require(lua_State *lua, struct text name) {
  struct sandbox *sandbox = sandbox_of(lua);
  luaL_checkstack(lua, 8, NULL);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &modules_key);
  int modules = lua_gettop(lua);
  lua_pushlstring(lua, name.data, name.size);
  lua_pushvalue(lua, -1);
  int type = lua_rawget(lua, modules);
  if (type == LUA_TLIGHTUSERDATA)
    luaL_error(lua, "the library '%s' requires itself", lua_tostring(lua, -2));
  if (type == LUA_TNIL) {
    lua_pop(lua, 1);
    const char *file = NULL;
    struct text source = {NULL, 0};
    if (!sandbox->resolver.find ||
        !sandbox->resolver.find(sandbox->resolver.context, name, &file, &source))
      luaL_error(lua, "there is no library '%s'", lua_tostring(lua, -1));
    int status = compile(lua, file, source);
    if (status != LUA_OK) {
      if (status == LUA_ERRMEM)
        sandbox_out_of_memory(lua);
      lua_error(lua);
    }
    lua_pushvalue(lua, modules + 1);
    lua_pushlightuserdata(lua, sandbox); /* marks it as being loaded */
    lua_rawset(lua, modules);
    status = lua_pcall(lua, 0, 1, 0);
    if (status != LUA_OK) {
      lua_pushvalue(lua, modules + 1);
      lua_pushnil(lua);
      lua_rawset(lua, modules);
      if (status == LUA_ERRMEM)
        sandbox_out_of_memory(lua);
      lua_error(lua);
    }
    if (lua_isnil(lua, -1)) {
      lua_pop(lua, 1);
      lua_pushboolean(lua, true);
    }
    if (lua_istable(lua, -1))
      sandbox_freeze(lua, -1);
    lua_pushvalue(lua, modules + 1);
    lua_pushvalue(lua, -2);
    lua_rawset(lua, modules);
  }
  lua_replace(lua, modules);
  lua_settop(lua, modules);
}
