#include "rule/sandbox/lua_matcher.h"

#include "rule/sandbox/sandbox_limit.h"

#include <ctype.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

/* Nested attempts: captures and repeated items. Lua's own limit. */
#define DEPTH_MAX 200
/* Steps of the matcher for the price of one VM instruction, and how many are charged at once. */
#define STEPS_PER_WORK 8
#define STEPS_AT_ONCE 256
/* Bytes of a set that are looked at for one step. */
#define SET_BYTES_PER_STEP 4
/* Characters that a repeat runs over before their steps are taken. */
#define CHARACTERS_AT_ONCE 65536

static void take_steps(struct matcher *matcher, size_t steps) {
  matcher->steps += (unsigned)(steps > STEPS_AT_ONCE ? STEPS_AT_ONCE : steps);
  if (matcher->steps < STEPS_AT_ONCE)
    return;
  matcher->steps = 0;
  sandbox_charge(matcher->lua, (steps > STEPS_AT_ONCE ? steps : STEPS_AT_ONCE) / STEPS_PER_WORK);
}

/* ---- one character ---- */

/* %a, %A, ...: a letter that names no class stands for itself, as does anything else. Bit 0x20
 * makes letters small, and no letter of anything else. */
static bool in_class(int c, int class) {
  bool in;
  switch (class | 0x20) {
  case 'a':
    in = isalpha(c);
    break;
  case 'c':
    in = iscntrl(c);
    break;
  case 'd':
    in = isdigit(c);
    break;
  case 'g':
    in = isgraph(c);
    break;
  case 'l':
    in = islower(c);
    break;
  case 'p':
    in = ispunct(c);
    break;
  case 's':
    in = isspace(c);
    break;
  case 'u':
    in = isupper(c);
    break;
  case 'w':
    in = isalnum(c);
    break;
  case 'x':
    in = isxdigit(c);
    break;
  case 'z':
    in = c == 0;
    break;
  default:
    return class == c;
  }
  return class & 0x20 ? in : !in;
}

static int byte_at(const char *at) {
  return (unsigned char)*at;
}

/* `set` points at the [ and `set_end` at the ]. */
static bool in_set(int c, const char *set, const char *set_end) {
  bool inside = true;
  const char *at = set + 1;
  if (*at == '^') {
    inside = false;
    at++;
  }
  while (at < set_end) {
    if (*at == '%') {
      if (in_class(c, byte_at(at + 1)))
        return inside;
      at += 2;
    } else if (at + 2 < set_end && at[1] == '-') {
      if (byte_at(at) <= c && c <= byte_at(at + 2))
        return inside;
      at += 3;
    } else {
      if (byte_at(at) == c)
        return inside;
      at++;
    }
  }
  return !inside;
}

/* Where the item that stands for one character ends. */
static const char *item_end(const struct matcher *matcher, const char *item) {
  const char *at = item + 1, *end = matcher->pattern_end;
  if (*item == '%') {
    if (at == end)
      luaL_error(matcher->lua, "malformed pattern (ends with '%%')");
    return at + 1;
  }
  if (*item != '[')
    return at;
  if (at < end && *at == '^')
    at++;
  do { /* a ] that comes first stands for itself */
    if (at == end)
      luaL_error(matcher->lua, "malformed pattern (missing ']')");
    if (*at++ == '%' && at < end)
      at++;
  } while (at == end || *at != ']');
  return at + 1;
}

static bool matches_one(struct matcher *matcher, const char *at, const char *item,
                        const char *end) {
  if (at >= matcher->end)
    return false;
  switch (*item) {
  case '.':
    return true;
  case '%':
    return in_class(byte_at(at), byte_at(item + 1));
  case '[':
    take_steps(matcher, (size_t)(end - item) / SET_BYTES_PER_STEP);
    return in_set(byte_at(at), item, end - 1);
  default:
    return *item == *at;
  }
}

/* ---- a pattern ---- */

static const char *match_here(struct matcher *matcher, const char *at, const char *item);

static const char *match_greedy(struct matcher *matcher, const char *at, const char *item,
                                const char *end) {
  const char *last = at;
  for (const char *taken = at; matches_one(matcher, last, item, end); last++)
    if (last - taken == CHARACTERS_AT_ONCE) {
      take_steps(matcher, CHARACTERS_AT_ONCE);
      taken = last;
    }
  take_steps(matcher, (size_t)(last - at) % CHARACTERS_AT_ONCE);
  for (; last >= at; last--) {
    const char *result = match_here(matcher, last, end + 1);
    if (result)
      return result;
  }
  return NULL;
}

static const char *match_lazy(struct matcher *matcher, const char *at, const char *item,
                              const char *end) {
  for (;; at++) {
    const char *result = match_here(matcher, at, end + 1);
    if (result)
      return result;
    if (!matches_one(matcher, at, item, end))
      return NULL;
  }
}

static const char *match_open(struct matcher *matcher, const char *at, const char *item) {
  ptrdiff_t size = CAPTURE_OPEN;
  if (matcher->count == LUA_MATCHER_CAPTURES_MAX)
    luaL_error(matcher->lua, "too many captures");
  if (item + 1 < matcher->pattern_end && item[1] == ')') {
    size = CAPTURE_POSITION;
    item++;
  }
  matcher->captures[matcher->count++] = (struct capture){.start = at, .size = size};
  const char *result = match_here(matcher, at, item + 1);
  if (!result)
    matcher->count--;
  return result;
}

static const char *match_close(struct matcher *matcher, const char *at, const char *item) {
  int open = matcher->count - 1;
  while (open >= 0 && matcher->captures[open].size != CAPTURE_OPEN)
    open--;
  if (open < 0)
    luaL_error(matcher->lua, "invalid pattern capture");
  matcher->captures[open].size = at - matcher->captures[open].start;
  const char *result = match_here(matcher, at, item + 1);
  if (!result)
    matcher->captures[open].size = CAPTURE_OPEN;
  return result;
}

/* %bxy; `item` points at the x. */
static const char *match_balance(struct matcher *matcher, const char *at, const char *item) {
  if (matcher->pattern_end - item < 2)
    luaL_error(matcher->lua, "malformed pattern (missing arguments to '%%b')");
  if (at >= matcher->end || *at != item[0])
    return NULL;
  size_t open = 1;
  for (const char *c = at + 1; c < matcher->end; c++) {
    if (*c == item[1]) {
      if (--open == 0) {
        take_steps(matcher, (size_t)(c - at));
        return c + 1;
      }
    } else if (*c == item[0]) {
      open++;
    }
  }
  take_steps(matcher, (size_t)(matcher->end - at));
  return NULL;
}

/* %f[set]; `item` points at the [. The text's edges count as zero bytes. */
static bool at_frontier(const struct matcher *matcher, const char *at, const char *item,
                        const char *end) {
  int before = at == matcher->start ? 0 : byte_at(at - 1);
  int after = at == matcher->end ? 0 : byte_at(at);
  return !in_set(before, item, end - 1) && in_set(after, item, end - 1);
}

/* %1: the same bytes again. */
static const char *match_again(struct matcher *matcher, const char *at, char digit) {
  int index = digit - '1';
  if (index < 0 || index >= matcher->count || matcher->captures[index].size == CAPTURE_OPEN)
    luaL_error(matcher->lua, "invalid capture index %%%d", index + 1);
  const struct capture *capture = &matcher->captures[index];
  if (capture->size < 0 || matcher->end - at < capture->size)
    return NULL;
  size_t size = (size_t)capture->size;
  take_steps(matcher, size);
  return memcmp(capture->start, at, size) == 0 ? at + size : NULL;
}

/* Behind a %f and its set at *item, which is moved behind them: whether `at` is at such a frontier.
 */
static bool match_frontier(struct matcher *matcher, const char *at, const char **item) {
  const char *set = *item + 2;
  if (set >= matcher->pattern_end || *set != '[')
    luaL_error(matcher->lua, "missing '[' after '%%f' in pattern");
  const char *set_end = item_end(matcher, set);
  take_steps(matcher, (size_t)(set_end - *item) / SET_BYTES_PER_STEP);
  *item = set_end;
  return at_frontier(matcher, at, set, set_end);
}

/* An item of a pattern that stands for something other than one character: it is none, it matched,
 * or it did not. */
enum special { SPECIAL_NONE, SPECIAL_MATCHED, SPECIAL_FAILED };

/* %b, %f and %1. A match moves *at and *item behind it. */
static enum special match_special(struct matcher *matcher, const char **at, const char **item) {
  char letter = **item == '%' && *item + 1 < matcher->pattern_end ? (*item)[1] : '\0';
  bool matched;
  if (letter == 'b') {
    matched = (*at = match_balance(matcher, *at, *item + 2)) != NULL;
    *item += 4;
  } else if (letter == 'f') {
    matched = match_frontier(matcher, *at, item);
  } else if (isdigit((unsigned char)letter)) {
    matched = (*at = match_again(matcher, *at, letter)) != NULL;
    *item += 2;
  } else {
    return SPECIAL_NONE;
  }
  return matched ? SPECIAL_MATCHED : SPECIAL_FAILED;
}

static const char *try_here(struct matcher *matcher, const char *at, const char *item) {
  const char *pattern_end = matcher->pattern_end;
  while (item < pattern_end) {
    take_steps(matcher, 1);
    if (*item == '(')
      return match_open(matcher, at, item);
    if (*item == ')')
      return match_close(matcher, at, item);
    if (*item == '$' && item + 1 == pattern_end)
      return at == matcher->end ? at : NULL;
    enum special special = match_special(matcher, &at, &item);
    if (special == SPECIAL_FAILED)
      return NULL;
    if (special == SPECIAL_MATCHED)
      continue;
    const char *end = item_end(matcher, item);
    take_steps(matcher, (size_t)(end - item) / SET_BYTES_PER_STEP);
    switch (end < pattern_end ? *end : '\0') {
    case '*':
      return match_greedy(matcher, at, item, end);
    case '+':
      return matches_one(matcher, at, item, end) ? match_greedy(matcher, at + 1, item, end) : NULL;
    case '-':
      return match_lazy(matcher, at, item, end);
    case '?':
      if (matches_one(matcher, at, item, end)) {
        const char *result = match_here(matcher, at + 1, end + 1);
        if (result)
          return result;
      }
      item = end + 1;
      break;
    default:
      if (!matches_one(matcher, at, item, end))
        return NULL;
      at++;
      item = end;
    }
  }
  return at;
}

/* Where the match of the rest of the pattern ends, or NULL. */
static const char *match_here(struct matcher *matcher, const char *at, const char *item) {
  if (matcher->depth == DEPTH_MAX)
    luaL_error(matcher->lua, "pattern too complex");
  matcher->depth++;
  const char *result = try_here(matcher, at, item);
  matcher->depth--;
  return result;
}

const char *lua_matcher_match(struct matcher *matcher, const char *at) {
  matcher->depth = 0;
  matcher->count = 0;
  return match_here(matcher, at, matcher->pattern);
}

void lua_matcher_start(struct matcher *matcher, lua_State *lua, const char *subject, size_t size,
                       const char *pattern, size_t pattern_size) {
  matcher->lua = lua;
  matcher->start = subject;
  matcher->end = subject + size;
  matcher->pattern = pattern;
  matcher->pattern_end = pattern + pattern_size;
  matcher->depth = matcher->count = 0;
  matcher->steps = 0;
}
