#include "rule/index/regex_literal.h"

/* Escapes (pcre2pattern(3), "Backslash") that stand for one character, a place or a class and take
 * nothing after them. Other letters and digits are not read. */
static const char SIMPLE_ESCAPES[] = "dDwWsSbBAzZGhHvVRKnrtfea";

struct scan {
  struct text pattern;
  size_t at;
  char *run; /* the literal that is being read */
  size_t size;
  size_t size_min;
  struct text *literals;
  size_t count;
  bool beyond; /* what this does not read was met */
};

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char peek(const struct scan *scan, size_t ahead) {
  return scan->at + ahead < scan->pattern.size ? scan->pattern.data[scan->at + ahead] : '\0';
}

static void end_run(struct scan *scan) {
  if (scan->size && scan->size >= scan->size_min) {
    scan->literals[scan->count++] = (struct text){scan->run, scan->size};
    scan->run += scan->size;
  }
  scan->size = 0;
}

/* Where case does not count, Unicode folds two other characters to k and s (the Kelvin sign, the
 * long s), so that these letters are no literals; nor are the bytes of longer characters. */
static void take_literal(struct scan *scan, char c) {
  char lower = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
  if ((unsigned char)c >= 0x80 || lower == 'k' || lower == 's' || c == '\0')
    end_run(scan);
  else
    scan->run[scan->size++] = lower;
}

/* At the backslash. `literal` says whether the escaped character is one. */
static void take_escape(struct scan *scan, bool within) {
  char c = peek(scan, 1);
  bool word = is_letter(c) || (c >= '0' && c <= '9') || c == '\0';
  if (word && (c == '\0' || !strchr(SIMPLE_ESCAPES, c)))
    scan->beyond = true;
  scan->at += 2;
  if (within)
    return;
  if (word)
    end_run(scan);
  else
    take_literal(scan, c);
}

/* At '['. Inside of a class nothing but its end is of interest. */
static void skip_class(struct scan *scan) {
  scan->at++;
  if (peek(scan, 0) == '^')
    scan->at++;
  if (peek(scan, 0) == ']')
    scan->at++;
  while (!scan->beyond && scan->at < scan->pattern.size && peek(scan, 0) != ']') {
    if (peek(scan, 0) == '\\')
      take_escape(scan, true);
    else if (peek(scan, 0) == '[')
      scan->beyond = true; /* [:alpha:] */
    else
      scan->at++;
  }
  scan->at++;
}

/* At '('. Groups of which it is known that they change nothing outside of themselves but case,
 * multiple lines and the dot. */
static void check_group(struct scan *scan) {
  if (peek(scan, 1) == '*') {
    scan->beyond = true;
    return;
  }
  if (peek(scan, 1) != '?')
    return;
  size_t ahead = 2;
  while (peek(scan, ahead) && strchr("ims-", peek(scan, ahead)))
    ahead++;
  char c = peek(scan, ahead);
  bool options = ahead > 2 && (c == ')' || c == ':');
  if (!options && (ahead > 2 || !c || !strchr(":=!<>", c)))
    scan->beyond = true;
}

static void skip_group(struct scan *scan) {
  size_t depth = 0;
  do {
    switch (peek(scan, 0)) {
    case '\\':
      take_escape(scan, true);
      continue;
    case '[':
      skip_class(scan);
      continue;
    case '(':
      check_group(scan);
      depth++;
      break;
    case ')':
      depth--;
      break;
    default:
      break;
    }
    scan->at++;
  } while (depth && !scan->beyond && scan->at < scan->pattern.size);
}

/* At a quantifier: the character before it may come never or many times. */
static void take_quantifier(struct scan *scan) {
  char c = peek(scan, 0);
  if (c != '+' && scan->size)
    scan->size--;
  end_run(scan);
  scan->at++;
  if (c == '{') {
    char next = peek(scan, 0);
    if (!(next >= '0' && next <= '9')) /* a literal brace in some versions */
      scan->beyond = true;
    while (scan->at < scan->pattern.size && peek(scan, 0) != '}')
      scan->at++;
    scan->at++;
  }
  if (peek(scan, 0) == '?' || peek(scan, 0) == '+')
    scan->at++;
}

size_t regex_literals(struct arena *arena, struct text pattern, size_t size_min,
                      struct text **literals) {
  struct scan scan = {.pattern = pattern,
                      .run = arena_alloc(arena, pattern.size + 1),
                      .size_min = size_min ? size_min : 1};
  scan.literals = arena_alloc(arena, (pattern.size / scan.size_min + 1) * sizeof *scan.literals);
  while (!scan.beyond && scan.at < pattern.size) {
    switch (peek(&scan, 0)) {
    case '\\':
      take_escape(&scan, false);
      break;
    case '[':
      end_run(&scan);
      skip_class(&scan);
      break;
    case '(':
      end_run(&scan);
      skip_group(&scan);
      break;
    case '|':
    case ')':
      scan.beyond = true;
      break;
    case '*':
    case '?':
    case '+':
    case '{':
      take_quantifier(&scan);
      break;
    case '.':
    case '^':
    case '$':
      end_run(&scan);
      scan.at++;
      break;
    default:
      take_literal(&scan, peek(&scan, 0));
      scan.at++;
    }
  }
  end_run(&scan);
  *literals = scan.literals;
  return scan.beyond ? 0 : scan.count;
}
