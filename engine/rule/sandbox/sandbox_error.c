#include "rule/sandbox/sandbox_error.h"

#include "rule/sandbox/sandbox_internal.h"

#include <lauxlib.h>
#include <stdio.h>

/* Longest text of an error that is kept, in bytes. */
#define MESSAGE_MAX 600

/* Whether Lua's shortened name ("...rules/lib/names.lua") stands for this file. */
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

/* What people who come from other languages write, by what Lua says of it. `also`: that must be in
 * the message, too; NULL = nothing. */
static const struct {
  const char *said, *also, *hint;
} hints[] = {
    {"near '!'", NULL, "Lua writes ~= for != and not for !"},
    {"'then' expected near '='", NULL, "Lua compares with =="},
    {"'do' expected near '='", NULL, "Lua compares with =="},
    {"'}' expected", "near '", "is a comma missing before it?"},
    {"syntax error near '+'", NULL, "Lua has no += and no ++: write x = x + 1"},
    {"near '&'", NULL, "Lua writes and for &&"},
    {"near '|'", NULL, "Lua writes or for ||"},
    {"near '?'", NULL, "Lua has no ?: operator: write `condition and a or b`"},
    {"(global 'os')", NULL,
     "rules have no os: event:event_time() is the event's time, the library time computes with it"},
    {"(global 'io')", NULL, "rules have no files: a lookup table brings data in"},
    {"(global 'load')", NULL, "rules cannot run text as code"},
    {"(global 'debug')", NULL, "rules have no debug: print shows values in tests"},
};

static void add_hint(struct text message, struct error *error) {
  for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
    if (!text_contains(message, text_from(hints[i].said)) ||
        (hints[i].also && !text_contains(message, text_from(hints[i].also))))
      continue;
    error_append(error, ": ");
    error_append(error, hints[i].hint);
    return;
  }
}

static bool set_end_error(const struct sandbox *sandbox, struct error *error) {
  const char *file = sandbox->place_line ? sandbox->place_file : NULL;
  unsigned line = sandbox->place_line;
  char number[32];
  switch (sandbox->end) {
  case SANDBOX_OUT_OF_MEMORY:
    return error_set_at(
        error, file, line, 0, "used more than %zu MiB of memory",
        (sandbox->call_memory_max ? sandbox->call_memory_max : sandbox->memory_max) >> 20);
  case SANDBOX_OUT_OF_TIME:
    return error_set_at(error, file, line, 0, "ran longer than %d seconds", SANDBOX_SECONDS_MAX);
  default:
    return error_set_at(error, file, line, 0, "used up its %s instructions",
                        number_with_commas(sandbox->instruction_max, number));
  }
}

/* Whether "name:12: " before a message says a place. */
static bool is_place(const struct sandbox *sandbox, struct text name, const char *file) {
  return (file && is_short_name(name, file)) ||
         (sandbox->place_line && is_short_name(name, sandbox->place_file)) ||
         text_ends_folded(name, TEXT(".lua"));
}

void sandbox_take_error(struct sandbox *sandbox, int status, const char *file,
                        struct error *error) {
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
    unsigned reported_line = 0;
    if (take_place(&rest, &name, &reported_line) && is_place(sandbox, name, file)) {
      message = rest;
      line = reported_line;
      if (file && is_short_name(name, file))
        place = file;
      else if (!place || !is_short_name(name, place))
        place = text_printable(name, shown_name, sizeof shown_name);
    }
    const char *newline = memchr(message.data, '\n', message.size);
    if (newline)
      message.size = (size_t)(newline - message.data);
    error_set_at(error, place, line, 0, "%s", text_printable(message, shown, sizeof shown));
    add_hint(message, error);
  } else {
    error_set_at(error, sandbox->place_line ? sandbox->place_file : NULL, sandbox->place_line, 0,
                 "raised an error that is no text but a %s", luaL_typename(lua, -1));
  }
  lua_pop(lua, 1);
}
