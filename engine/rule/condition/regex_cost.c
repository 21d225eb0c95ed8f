#include "rule/condition/regex_cost.h"

#include <math.h>

/* Groups in groups. Deeper ones are unknown; PCRE2 itself takes 250. */
#define DEPTH_MAX 50
/* A repeat of more than so many is as one without end. */
#define SHORT_REPEAT_MAX 16.0
#define LITERAL_BYTES_PER_STEP 32

struct pattern {
  const char *at, *end;
  int depth;
};

static const struct regex_cost nothing = {.ways = 1}, unknown = {.unknown = true},
                               endless = {.repeats = 1, .ways = 1}, run = {.runs = 1, .ways = 1};

static char peek(const struct pattern *pattern, size_t ahead) {
  return (size_t)(pattern->end - pattern->at) > ahead ? pattern->at[ahead] : '\0';
}

static bool starts_with(const struct pattern *pattern, const char *prefix) {
  size_t size = strlen(prefix);
  return (size_t)(pattern->end - pattern->at) >= size && memcmp(pattern->at, prefix, size) == 0;
}

static struct regex_cost both(struct regex_cost first, struct regex_cost second) {
  return (struct regex_cost){.unknown = first.unknown || second.unknown,
                             .repeats = first.repeats + second.repeats,
                             .runs = first.runs + second.runs,
                             .ways = first.ways * second.ways};
}

static struct regex_cost either(struct regex_cost first, struct regex_cost second) {
  return (struct regex_cost){.unknown = first.unknown || second.unknown,
                             .repeats =
                                 first.repeats > second.repeats ? first.repeats : second.repeats,
                             .runs = first.runs + second.runs,
                             .ways = first.ways + second.ways};
}

/* ---- items ---- */

/* Behind a backslash. A back reference runs over the text, as a repeat does. */
static struct regex_cost read_escape(struct pattern *pattern) {
  char letter = peek(pattern, 1);
  pattern->at += pattern->end - pattern->at < 2 ? 1 : 2;
  if (!letter || strchr("Qgkc", letter))
    return unknown;
  if (letter >= '1' && letter <= '9')
    return endless;
  if (strchr("pPxoNu", letter) && peek(pattern, 0) == '{') { /* \p{Lu}: no repeat */
    while (pattern->at < pattern->end && *pattern->at != '}')
      pattern->at++;
    pattern->at += pattern->at < pattern->end;
  }
  return letter == 'X' || letter == 'R' ? endless : nothing;
}

/* Behind `[:` where a POSIX class stands; else where it was. */
static const char *skip_posix_class(const char *at, const char *end) {
  const char *c = at + 2;
  while (c < end && (*c == '^' || (*c >= 'a' && *c <= 'z')))
    c++;
  return end - c >= 2 && c[0] == ':' && c[1] == ']' ? c + 2 : at + 1;
}

static struct regex_cost read_class(struct pattern *pattern) {
  const char *at = pattern->at + 1, *end = pattern->end;
  if (at < end && *at == '^')
    at++;
  if (at < end && *at == ']')
    at++;
  while (at < end && *at != ']') {
    if (*at == '\\' && end - at > 1) {
      if (at[1] == 'Q' || at[1] == 'E')
        return unknown;
      at += 2;
    } else if (*at == '[' && end - at > 1 && at[1] == ':') {
      at = skip_posix_class(at, end);
    } else {
      at++;
    }
  }
  pattern->at = at < end ? at + 1 : end;
  return nothing;
}

static struct regex_cost read_alternatives(struct pattern *pattern);

/* What opens a group whose inside is read like any other. */
static bool skip_opening(struct pattern *pattern) {
  static const char *const openings[] = {"?:", "?=", "?!", "?>", "?<=", "?<!", "?|"};
  if (peek(pattern, 0) != '?')
    return true;
  for (size_t i = 0; i < sizeof openings / sizeof *openings; i++)
    if (starts_with(pattern, openings[i])) {
      pattern->at += strlen(openings[i]);
      return true;
    }
  return false;
}

/* Behind the options in "(?is)" or "(?is:"; NULL where others stand. */
static const char *options_end(const struct pattern *pattern) {
  size_t ahead = 1;
  while (peek(pattern, ahead) && strchr("ims", peek(pattern, ahead)))
    ahead++;
  return ahead > 1 && strchr("):", peek(pattern, ahead)) ? pattern->at + ahead : NULL;
}

/* From the opening parenthesis to the closing one. */
static struct regex_cost read_group(struct pattern *pattern) {
  pattern->at++;
  const char *options = peek(pattern, 0) == '?' ? options_end(pattern) : NULL;
  if (options && *options == ')') {
    pattern->at = options + 1;
    return nothing;
  }
  if (options)
    pattern->at = options + 1;
  else if (!skip_opening(pattern) || peek(pattern, 0) == '*')
    return unknown; /* names, conditions, recursion, other options, comments; verbs */
  if (++pattern->depth > DEPTH_MAX)
    return unknown;
  struct regex_cost inside = read_alternatives(pattern);
  pattern->depth--;
  pattern->at += pattern->at < pattern->end;
  return inside;
}

static struct regex_cost read_item(struct pattern *pattern) {
  switch (*pattern->at) {
  case '\\':
    return read_escape(pattern);
  case '[':
    return read_class(pattern);
  case '(':
    return read_group(pattern);
  default:
    pattern->at++;
    return nothing;
  }
}

/* ---- repeats ---- */

static double read_number(struct pattern *pattern) {
  double number = 0;
  while (pattern->at < pattern->end && *pattern->at >= '0' && *pattern->at <= '9')
    number = number * 10 + (*pattern->at++ - '0');
  return number;
}

/* How often `{…}` lets the item before stand. A brace that is a character counts, too. */
static double read_braces(struct pattern *pattern) {
  pattern->at++;
  double most = read_number(pattern);
  if (peek(pattern, 0) == ',') {
    pattern->at++;
    most = peek(pattern, 0) == '}' ? INFINITY : read_number(pattern);
  }
  if (peek(pattern, 0) != '}')
    return INFINITY;
  pattern->at++;
  return most;
}

/* How often the item before can stand, with the place moved behind the quantifier; NOT_REPEATED
 * without one. Also says whether it gives back what it took. */
#define NOT_REPEATED (-1.0)
static double read_quantifier(struct pattern *pattern, bool *gives_back) {
  double most = INFINITY;
  switch (peek(pattern, 0)) {
  case '*':
  case '+':
    pattern->at++;
    break;
  case '?':
    pattern->at++;
    most = 1;
    break;
  case '{':
    most = read_braces(pattern);
    break;
  default:
    return NOT_REPEATED;
  }
  /* Behind a brace that is a character, a plus repeats that. */
  *gives_back = peek(pattern, 0) != '+' || !strchr("*+?}", pattern->at[-1]);
  if (peek(pattern, 0) == '?' || peek(pattern, 0) == '+')
    pattern->at++;
  return most;
}

/* An item that can itself match in several ways has, when it is repeated, as many ways as there are
 * words of them. */
static struct regex_cost repeated(struct regex_cost item, double most, bool gives_back) {
  if (most == NOT_REPEATED)
    return item;
  if (most <= 1)
    return (struct regex_cost){
        .unknown = item.unknown, .repeats = item.repeats, .runs = item.runs, .ways = 2 * item.ways};
  if (item.unknown || item.repeats > 0 || item.runs > 0)
    return unknown;
  if (most <= SHORT_REPEAT_MAX)
    return (struct regex_cost){.ways = pow(item.ways + 1, most)};
  return item.ways > 1 ? unknown : gives_back ? endless : run;
}

static struct regex_cost read_sequence(struct pattern *pattern) {
  struct regex_cost whole = nothing;
  while (pattern->at < pattern->end && *pattern->at != '|' && *pattern->at != ')') {
    struct regex_cost item = read_item(pattern);
    if (item.unknown)
      return unknown;
    bool gives_back = true;
    double most = read_quantifier(pattern, &gives_back);
    whole = both(whole, repeated(item, most, gives_back));
    if (whole.unknown)
      return unknown;
  }
  return whole;
}

static struct regex_cost read_alternatives(struct pattern *pattern) {
  struct regex_cost whole = read_sequence(pattern);
  while (!whole.unknown && peek(pattern, 0) == '|') {
    pattern->at++;
    whole = either(whole, read_sequence(pattern));
  }
  return whole;
}

struct regex_cost regex_cost(struct text pattern) {
  struct pattern rest = {pattern.data, pattern.data + pattern.size, 0};
  struct regex_cost cost = read_alternatives(&rest);
  /* Comparing literals: PCRE2 does so many bytes in the time of a step. */
  cost.ways *= 1 + (double)pattern.size / LITERAL_BYTES_PER_STEP;
  return rest.at < rest.end ? unknown : cost;
}

double regex_cost_steps(const struct regex_cost *cost, size_t size) {
  if (cost->unknown)
    return INFINITY;
  /* The places of the start and of each repeat's end, one behind the other: so many of n + 1 places
   * can be chosen in C(n + places, places) ways. */
  unsigned places = cost->repeats + !cost->anchored;
  double steps = cost->ways;
  for (unsigned i = 1; i <= places; i++)
    steps *= (double)(size + i) / i;
  return steps * (1 + cost->runs * (double)size);
}
