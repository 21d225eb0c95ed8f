#include "rule/sigma/sigma_condition.h"

#include "base/memory.h"
#include "base/suggestion.h"

#include <stdlib.h>

/* Keys of one detection: every name and pattern of its condition is compared with all of them. */
#define SEARCHES_MAX 2000
/* Parentheses and nots within each other. */
#define CONDITION_DEPTH_MAX 64

/* Keys of a detection that are no search identifiers. `timeframe` belongs to aggregations. */
static const char *const other_keys[] = {"condition", "timeframe"};

struct token {
  struct text text; /* empty: the end */
  size_t place;     /* in characters, from 1 */
};

struct parser {
  const struct sigma_detection *detection;
  const struct yaml_node *node; /* the condition's scalar */
  struct text text;             /* of it, up to a `|` */
  struct token token;           /* the next one */
  size_t at;                    /* behind it */
  unsigned depth;
  bool *named; /* by search identifier: the condition has asked for it */
};

struct parts {
  const struct condition **items;
  size_t count, capacity;
};

static const struct condition *parse_or(struct parser *parser);

static bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct token token_at(const struct parser *parser, size_t *at) {
  struct text text = parser->text;
  while (*at < text.size && is_space(text.data[*at]))
    ++*at;
  size_t start = *at;
  if (*at < text.size && strchr("()|", text.data[*at]))
    ++*at;
  else
    while (*at < text.size && !is_space(text.data[*at]) && !strchr("()|", text.data[*at]))
      ++*at;
  return (struct token){{text.data + start, *at - start}, start + 1};
}

static void advance(struct parser *parser) {
  parser->token = token_at(parser, &parser->at);
}

/* The token after the next one. */
static struct token peek(const struct parser *parser) {
  size_t at = parser->at;
  return token_at(parser, &at);
}

static bool is_word(struct token token, const char *word) {
  return text_equal_folded(token.text, text_from(word));
}

static const struct condition *expected(struct parser *parser, const char *what) {
  char shown[80];
  if (parser->token.text.size == 0)
    yaml_problem(&parser->detection->reader->context, parser->node,
                 "condition: %s, but the condition ends", what);
  else
    yaml_problem(&parser->detection->reader->context, parser->node,
                 "condition: %s, not '%s' (character %zu of it)", what,
                 text_printable(parser->token.text, shown, sizeof shown), parser->token.place);
  return NULL;
}

static void add_part(struct parts *parts, const struct condition *part) {
  parts->items =
      memory_reserve(parts->items, &parts->capacity, parts->count + 1, sizeof(struct condition *));
  parts->items[parts->count++] = part;
}

static const struct condition *join(const struct parser *parser, enum condition_kind kind,
                                    struct parts *parts) {
  const struct condition *joined =
      sigma_join(&parser->detection->reader->set->arena, kind, parts->items, parts->count);
  free(parts->items);
  return joined;
}

/* ---- search identifiers ---- */

static bool is_search(const struct sigma_detection *detection, const struct yaml_node *key) {
  for (size_t i = 0; i < sizeof other_keys / sizeof *other_keys; i++)
    if (text_is(key->value, other_keys[i]))
      return false;
  return !detection->filter || !text_is(key->value, "rules");
}

static const struct condition *compile_search(struct parser *parser, size_t index) {
  parser->named[index] = true;
  return sigma_search_compile(parser->detection, parser->detection->detection->items[index]);
}

static const struct condition *unknown_search(struct parser *parser, struct token token) {
  const struct yaml_node *detection = parser->detection->detection;
  const char **names = memory_alloc_array(detection->count + 1, sizeof(char *));
  size_t count = 0;
  char shown[80];
  for (size_t i = 0; i < detection->count; i++)
    if (is_search(parser->detection, detection->keys[i]))
      names[count++] = detection->keys[i]->value.data;
  struct suggestion suggestion;
  yaml_problem(&parser->detection->reader->context, parser->node,
               "condition: there is no search identifier '%s'%s",
               text_printable(token.text, shown, sizeof shown),
               suggestion_find(token.text, names, count, &suggestion));
  free(names);
  return NULL;
}

static const struct condition *parse_search(struct parser *parser) {
  const struct yaml_node *detection = parser->detection->detection;
  struct token token = parser->token;
  advance(parser);
  for (size_t i = 0; i < detection->count; i++)
    if (is_search(parser->detection, detection->keys[i]) &&
        text_equal(detection->keys[i]->value, token.text))
      return compile_search(parser, i);
  return unknown_search(parser, token);
}

/* `*` stands for any text, anywhere. */
static bool fits_pattern(struct text pattern, struct text name) {
  size_t p = 0, n = 0, star = SIZE_MAX, mark = 0;
  while (n < name.size) {
    if (p < pattern.size && pattern.data[p] == '*') {
      star = p++;
      mark = n;
    } else if (p < pattern.size && pattern.data[p] == name.data[n]) {
      p++;
      n++;
    } else if (star != SIZE_MAX) {
      p = star + 1;
      n = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size && pattern.data[p] == '*')
    p++;
  return p == pattern.size;
}

/* Whether `them` or a pattern means a search identifier. One that begins with `_` is meant only by
 * a pattern that begins so itself. */
static bool is_meant(struct text pattern, bool them, struct text name) {
  bool hidden = name.size == 0 || name.data[0] == '_';
  if (them || pattern.data[0] != '_')
    return !hidden && (them || fits_pattern(pattern, name));
  return fits_pattern(pattern, name);
}

/* At `1`, `any` or `all`, with `of` behind it. */
static const struct condition *parse_quantified(struct parser *parser) {
  const struct yaml_node *detection = parser->detection->detection;
  enum condition_kind kind = is_word(parser->token, "all") ? CONDITION_ALL : CONDITION_ANY;
  struct parts parts = {NULL, 0, 0};
  char shown[80];
  advance(parser);
  advance(parser);
  struct token pattern = parser->token;
  if (pattern.text.size == 0 || strchr("()|", pattern.text.data[0]))
    return expected(parser, "expected 'them' or a pattern such as 'selection*' after 'of'");
  advance(parser);
  bool them = is_word(pattern, "them");
  for (size_t i = 0; i < detection->count; i++) {
    struct text name = detection->keys[i]->value;
    if (is_search(parser->detection, detection->keys[i]) && is_meant(pattern.text, them, name))
      add_part(&parts, compile_search(parser, i));
  }
  if (parts.count == 0)
    yaml_problem(&parser->detection->reader->context, parser->node,
                 "condition: no search identifier fits '%s'",
                 text_printable(pattern.text, shown, sizeof shown));
  return join(parser, kind, &parts);
}

/* ---- the grammar ---- */

static bool begins_quantifier(const struct parser *parser) {
  return is_word(peek(parser), "of");
}

static const struct condition *parse_parenthesis(struct parser *parser) {
  advance(parser);
  const struct condition *inner = parse_or(parser);
  if (!inner)
    return NULL;
  if (!text_is(parser->token.text, ")")) {
    condition_release(inner);
    return expected(parser, "expected 'and', 'or' or ')'");
  }
  advance(parser);
  return inner;
}

static const struct condition *parse_operand(struct parser *parser) {
  struct token token = parser->token;
  if (token.text.size == 0 || text_is(token.text, ")") || is_word(token, "and") ||
      is_word(token, "or"))
    return expected(parser, "expected a search identifier");
  if (text_is(token.text, "("))
    return parse_parenthesis(parser);
  if (!begins_quantifier(parser))
    return parse_search(parser);
  if (text_is(token.text, "1") || is_word(token, "any") || is_word(token, "all"))
    return parse_quantified(parser);
  return expected(parser, "expected '1 of', 'any of' or 'all of'");
}

static const struct condition *parse_not(struct parser *parser) {
  if (++parser->depth > CONDITION_DEPTH_MAX)
    return expected(parser, "nested deeper than 64 levels");
  bool negated = is_word(parser->token, "not");
  if (negated)
    advance(parser);
  const struct condition *operand = negated ? parse_not(parser) : parse_operand(parser);
  parser->depth--;
  if (!operand || !negated)
    return operand;
  return condition_not(&parser->detection->reader->set->arena, operand);
}

static const struct condition *parse_and(struct parser *parser) {
  struct parts parts = {NULL, 0, 0};
  add_part(&parts, parse_not(parser));
  while (parts.items[parts.count - 1] && is_word(parser->token, "and")) {
    advance(parser);
    add_part(&parts, parse_not(parser));
  }
  return join(parser, CONDITION_ALL, &parts);
}

static const struct condition *parse_or(struct parser *parser) {
  struct parts parts = {NULL, 0, 0};
  add_part(&parts, parse_and(parser));
  while (parts.items[parts.count - 1] && is_word(parser->token, "or")) {
    advance(parser);
    add_part(&parts, parse_and(parser));
  }
  return join(parser, CONDITION_ANY, &parts);
}

static const struct condition *parse(const struct sigma_detection *detection,
                                     const struct yaml_node *node, bool *named) {
  struct parser parser = {.detection = detection, .node = node, .named = named};
  if (!yaml_string(&detection->reader->context, node, "condition", &parser.text))
    return NULL;
  const char *bar = memchr(parser.text.data, '|', parser.text.size);
  if (bar && !detection->aggregate) {
    yaml_problem(&detection->reader->context, node, "condition: nothing can be counted here ('|')");
    return NULL;
  }
  if (bar) {
    const char *end = parser.text.data + parser.text.size;
    *detection->aggregate = (struct text){bar + 1, (size_t)(end - bar) - 1};
    parser.text.size = (size_t)(bar - parser.text.data);
  }
  advance(&parser);
  const struct condition *whole = parse_or(&parser);
  if (whole && parser.token.text.size) {
    condition_release(whole);
    return expected(&parser, "expected 'and' or 'or'");
  }
  return whole;
}

/* ---- the whole ---- */

/* What no condition asks for has to be right all the same. */
static bool check_others(const struct sigma_detection *detection, const bool *named) {
  const struct yaml_node *map = detection->detection;
  bool ok = true;
  for (size_t i = 0; i < map->count; i++) {
    if (named[i] || !is_search(detection, map->keys[i]))
      continue;
    if (yaml_is_null(map->items[i])) {
      char shown[80];
      sigma_warn(detection->reader, map->keys[i],
                 "the search identifier '%s' is empty, and the condition does not name it",
                 text_printable(map->keys[i]->value, shown, sizeof shown));
      continue;
    }
    const struct condition *unused = sigma_search_compile(detection, map->items[i]);
    ok = ok && unused;
    condition_release(unused);
  }
  return ok;
}

/* A list of conditions is an OR. */
static const struct condition *parse_conditions(const struct sigma_detection *detection,
                                                const struct yaml_node *node, bool *named) {
  if (node->type != YAML_SEQUENCE)
    return parse(detection, node, named);
  struct arena *arena = &detection->reader->set->arena;
  struct sigma_detection plain = *detection;
  plain.aggregate = node->count == 1 ? detection->aggregate : NULL;
  detection = &plain;
  const struct condition **parts =
      arena_alloc(arena, (node->count + 1) * sizeof(struct condition *));
  if (node->count == 0)
    yaml_problem(&detection->reader->context, node, "condition: the list is empty");
  size_t count = 0;
  while (count < node->count && (parts[count] = parse(detection, node->items[count], named)))
    count++;
  return sigma_join(arena, CONDITION_ANY, parts, count < node->count ? count + 1 : count);
}

/* What the logsource's mapping adds is written in the mapping's file. */
static const struct condition *add_mapped(const struct sigma_detection *detection,
                                          const struct condition *condition) {
  const struct yaml_node *where = detection->source->where;
  struct sigma_reader *reader = detection->reader;
  if (!condition || !where)
    return condition;
  struct yaml_context context = reader->context;
  const struct sigma_log_source plain = {.where = NULL};
  const struct sigma_detection added = {.reader = reader, .source = &plain};
  const struct sigma_mapping *mapping = reader->mapping;
  reader->context.yaml = sigma_mapping_yaml(mapping);
  reader->mapping = NULL; /* its fields are called as they are in the events */
  const struct condition *parts[] = {sigma_search_compile(&added, where), condition};
  reader->mapping = mapping;
  reader->context = context;
  return sigma_join(&reader->set->arena, CONDITION_ALL, parts, 2);
}

const struct condition *sigma_detection_compile(const struct sigma_detection *detection) {
  const struct yaml_node *map = detection->detection;
  const struct yaml_context *context = &detection->reader->context;
  if (!yaml_expect(context, map, YAML_MAPPING, "detection"))
    return NULL;
  const struct yaml_node *node = yaml_get(map, "condition");
  if (!node) {
    yaml_problem(context, map, "detection has no 'condition'");
    return NULL;
  }
  if (map->count > SEARCHES_MAX) {
    yaml_problem(context, map, "more than %d keys in a detection", SEARCHES_MAX);
    return NULL;
  }
  bool *named = memory_alloc_array(map->count + 1, sizeof *named);
  const struct condition *condition = parse_conditions(detection, node, named);
  if (!check_others(detection, named)) {
    condition_release(condition);
    condition = NULL;
  }
  free(named);
  return add_mapped(detection, condition);
}

/* ---- several sources ---- */

/* The event is of one of the source's log types. */
static const struct condition *has_log_type(struct sigma_reader *reader,
                                            const struct sigma_log_source *source) {
  struct arena *arena = &reader->set->arena;
  size_t count = source->log_types.count;
  struct condition_value *values = arena_alloc(arena, count * sizeof *values);
  struct error error = ERROR_NONE;
  for (size_t i = 0; i < count; i++)
    values[i] = (struct condition_value){.type = VALUE_TEXT, .text = source->log_types.items[i]};
  return condition_field_called(arena, reader->set->fields, "key",
                                TEXT(CONDITION_LOG_TYPE_PATH "|cased"), values, count, &error);
}

/* Whether all sources read the same log types, so that no event has to be asked for its own. */
static bool types_are_the_same(const struct sigma_log_sources *sources) {
  for (size_t i = 1; i < sources->count; i++) {
    const struct text_list *one = &sources->items[i]->log_types,
                           *first = &sources->items[0]->log_types;
    if (one->count != 1 || first->count != 1 || !text_equal(one->items[0], first->items[0]))
      return false;
  }
  return true;
}

const struct condition *sigma_detection_compile_all(const struct sigma_detection *detection,
                                                    const struct sigma_log_sources *sources) {
  struct arena *arena = &detection->reader->set->arena;
  const struct condition **parts =
      arena_alloc(arena, (sources->count + 1) * sizeof(struct condition *));
  bool same = types_are_the_same(sources);
  for (size_t i = 0; i < sources->count; i++) {
    struct sigma_detection one = *detection;
    one.source = sources->items[i];
    parts[i] = sigma_detection_compile(&one);
    if (!same) {
      const struct condition *both[] = {has_log_type(detection->reader, one.source), parts[i]};
      parts[i] = sigma_join(arena, CONDITION_ALL, both, 2);
    }
  }
  return sigma_join(arena, CONDITION_ANY, parts, sources->count);
}
