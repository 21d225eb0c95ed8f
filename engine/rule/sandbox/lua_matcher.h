/* Matching one of Lua's string patterns; each step is charged to the running call's budget. The
 * sandbox's thread only. */
#ifndef RULE_SANDBOX_LUA_MATCHER_H
#define RULE_SANDBOX_LUA_MATCHER_H

#include <lua.h>
#include <stddef.h>

#define LUA_MATCHER_CAPTURES_MAX 32

enum { CAPTURE_OPEN = -1, CAPTURE_POSITION = -2 };

struct capture {
  const char *start;
  ptrdiff_t size; /* or CAPTURE_OPEN, CAPTURE_POSITION */
};

struct matcher {
  lua_State *lua;
  const char *start, *end;           /* the subject */
  const char *pattern, *pattern_end; /* without the anchor */
  int depth, count;
  unsigned steps; /* that are not charged yet */
  struct capture captures[LUA_MATCHER_CAPTURES_MAX];
};

/* The texts must outlive the matcher, and a NUL must follow each. */
void lua_matcher_start(struct matcher *matcher, lua_State *lua, const char *subject, size_t size,
                       const char *pattern, size_t pattern_size);

/* Where a match that begins at `at` ends, with its captures in the matcher; or NULL. Raises an
 * error for a malformed pattern, and when the budget is used up. */
const char *lua_matcher_match(struct matcher *matcher, const char *at) __attribute__((nonnull));

#endif
