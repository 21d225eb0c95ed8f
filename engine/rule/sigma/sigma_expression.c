/*
 * Conditions over the rules of a temporal correlation, with `and`, `or`, `not` and parentheses.
 *
 * A correlation's steps are an AND of "one of these rules happens" and "this one does not". So an
 * expression is brought into that form; one that has no such form is refused.
 */
#include "rule/sigma/sigma_correlator.h"

#define DEPTH_MAX 32

struct clauses {
  struct sigma_clause items[CORRELATION_STEPS_MAX];
  size_t count;
};

struct parser {
  struct sigma_correlator *correlator;
  const struct yaml_node *node;
  struct text token; /* the next one; empty: the end */
  size_t at;         /* behind it */
  unsigned depth;
};

static bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct text take_token(struct text text, size_t *at) {
  while (*at < text.size && is_space(text.data[*at]))
    ++*at;
  size_t start = *at;
  if (start < text.size && strchr("()", text.data[start]))
    ++*at;
  else
    while (*at < text.size && !is_space(text.data[*at]) && !strchr("()", text.data[*at]))
      ++*at;
  return (struct text){text.data + start, *at - start};
}

static void advance(struct parser *parser) {
  parser->token = take_token(parser->node->value, &parser->at);
}

static bool is(const struct parser *parser, const char *word) {
  return text_equal_folded(parser->token, text_from(word));
}

static bool wrong(const struct parser *parser, const char *what) {
  char shown[80];
  return yaml_problem(&parser->correlator->reader->context, parser->node,
                      "condition: %s, found %s%s%s", what, parser->token.size ? "'" : "",
                      parser->token.size ? text_printable(parser->token, shown, sizeof shown)
                                         : "its end",
                      parser->token.size ? "'" : "");
}

static bool refuse(const struct parser *parser, const char *why) {
  return sigma_refuse(parser->correlator->reader, parser->node,
                      "its condition %s, which has no form as steps", why);
}

static bool parse_or(struct parser *parser, bool negated, struct clauses *out);

static bool parse_name(struct parser *parser, bool negated, struct clauses *out) {
  const struct sigma_correlator *correlator = parser->correlator;
  for (size_t i = 0; i < correlator->member_count; i++) {
    if (!text_equal(correlator->members[i].reference, parser->token))
      continue;
    *out = (struct clauses){.count = 1};
    out->items[0] = (struct sigma_clause){.members = {i}, .count = 1, .absent = negated};
    advance(parser);
    return true;
  }
  return wrong(parser, "expected one of the correlation's rules");
}

static bool parse_operand(struct parser *parser, bool negated, struct clauses *out) {
  if (++parser->depth > DEPTH_MAX)
    return wrong(parser, "nested deeper than 32 levels");
  bool ok;
  if (is(parser, "not")) {
    advance(parser);
    ok = parse_operand(parser, !negated, out);
  } else if (is(parser, "(")) {
    advance(parser);
    ok = parse_or(parser, negated, out);
    if (ok && !is(parser, ")"))
      return wrong(parser, "expected 'and', 'or' or ')'");
    if (ok)
      advance(parser);
  } else {
    ok = parse_name(parser, negated, out);
  }
  parser->depth--;
  return ok;
}

/* Both must hold. */
static bool join_all(const struct parser *parser, struct clauses *out, const struct clauses *more) {
  for (size_t i = 0; i < more->count; i++) {
    if (out->count == CORRELATION_STEPS_MAX)
      return refuse(parser, "asks for more than 12 things");
    out->items[out->count++] = more->items[i];
  }
  return true;
}

/* One of them must hold: only rules that happen, each side one of several. */
static bool join_any(const struct parser *parser, struct clauses *out, const struct clauses *more) {
  struct sigma_clause *clause = &out->items[0];
  if (out->count != 1 || more->count != 1)
    return refuse(parser, "has 'and' within 'or'");
  if (clause->absent || more->items[0].absent)
    return refuse(parser, "has 'not' within 'or'");
  for (size_t i = 0; i < more->items[0].count; i++) {
    if (clause->count == CORRELATION_STEPS_MAX)
      return refuse(parser, "has an 'or' of more than 12 rules");
    clause->members[clause->count++] = more->items[0].members[i];
  }
  return true;
}

/* A chain of operands: `not (a or b)` is `not a and not b`. */
static bool parse_chain(struct parser *parser, const char *word, bool all, bool negated,
                        bool (*operand)(struct parser *, bool, struct clauses *),
                        struct clauses *out) {
  struct clauses more = {.count = 0};
  if (!operand(parser, negated, out))
    return false;
  while (is(parser, word)) {
    advance(parser);
    if (!operand(parser, negated, &more) ||
        !(all ? join_all(parser, out, &more) : join_any(parser, out, &more)))
      return false;
  }
  return true;
}

static bool parse_and(struct parser *parser, bool negated, struct clauses *out) {
  return parse_chain(parser, "and", !negated, negated, parse_operand, out);
}

static bool parse_or(struct parser *parser, bool negated, struct clauses *out) {
  return parse_chain(parser, "or", negated, negated, parse_and, out);
}

/* Each rule once, since a match is in one step only; and something must happen. */
static bool check(const struct parser *parser, const struct clauses *clauses) {
  bool happens = false, seen[CORRELATION_STEPS_MAX] = {false};
  for (size_t i = 0; i < clauses->count; i++) {
    happens = happens || !clauses->items[i].absent;
    for (size_t k = 0; k < clauses->items[i].count; k++) {
      if (seen[clauses->items[i].members[k]])
        return refuse(parser, "names a rule twice");
      seen[clauses->items[i].members[k]] = true;
    }
  }
  if (!happens)
    return refuse(parser, "names only what must not happen");
  for (size_t i = 0; i < parser->correlator->member_count; i++)
    if (!seen[i]) {
      char shown[80];
      return yaml_problem(
          &parser->correlator->reader->context, parser->node,
          "condition: the rule '%s' is not in it",
          text_printable(parser->correlator->members[i].reference, shown, sizeof shown));
    }
  return true;
}

bool sigma_expression_read(struct sigma_correlator *correlator, const struct yaml_node *node) {
  struct parser parser = {.correlator = correlator, .node = node};
  struct clauses clauses = {.count = 0};
  if (correlator->member_count > CORRELATION_STEPS_MAX)
    return sigma_refuse(correlator->reader, node, "it correlates more than %d rules",
                        CORRELATION_STEPS_MAX);
  advance(&parser);
  if (!parse_or(&parser, false, &clauses))
    return false;
  if (parser.token.size)
    return wrong(&parser, "expected 'and' or 'or'");
  if (!check(&parser, &clauses))
    return false;
  memcpy(correlator->clauses, clauses.items, clauses.count * sizeof *clauses.items);
  correlator->clause_count = clauses.count;
  return true;
}

size_t sigma_expression_names(struct text text, struct text *names, size_t most) {
  static const char *const words[] = {"and", "or", "not", "(", ")"};
  size_t count = 0, at = 0;
  for (struct text token = take_token(text, &at); token.size && count < most;
       token = take_token(text, &at)) {
    bool known = false;
    for (size_t i = 0; i < sizeof words / sizeof *words && !known; i++)
      known = text_equal_folded(token, text_from(words[i]));
    for (size_t i = 0; i < count && !known; i++)
      known = text_equal(names[i], token);
    if (!known)
      names[count++] = token;
  }
  return count;
}
