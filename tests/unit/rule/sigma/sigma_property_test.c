/*
 * Random Sigma rules on random events, answered in three ways: by the index, by matching each rule,
 * and by an oracle that evaluates the tree which the rule's text was written from.
 *
 * The seed is fixed. SIGMA_SETS=5000 in the environment makes so many sets of rules instead of 25,
 * and SIGMA_SEED=7 others.
 */
#include "rule/condition/condition_random.h"

#include "rule/index/rule_index.h"
#include "rule/sigma/sigma_fixture.h"

#include <locale.h>

enum {
  SETS = 25,
  RULES = 50, /* of a set */
  EVENTS = 24,
  SEARCHES_MAX = 6,
  MAPS_MAX = 2,
  NODES_MAX = 64,
  DEPTH_MAX = 4
};

/* A list of maps; each map's tests must all hold. */
struct search {
  const char *name;
  struct scene maps[MAPS_MAX];
  size_t map_count;
  bool keywords; /* a plain list of texts */
};

struct node {
  enum { NODE_OR, NODE_AND, NODE_NOT, NODE_SEARCH, NODE_ONE_OF, NODE_ALL_OF } kind;
  size_t children[3], count; /* OR, AND, NOT */
  size_t search;
  const char *pattern;
};

struct sigma_rule {
  struct search searches[SEARCHES_MAX];
  size_t search_count;
  struct node nodes[NODES_MAX];
  size_t node_count; /* the last one is the whole condition */
};

/* What Sigma has besides the modifiers of a `where`. */
static const char *const sigma_sets[] = {"|expand",
                                         "|contains|expand",
                                         "|expand|all",
                                         "|endswith|expand|cased",
                                         "|all|neq",
                                         "|contains|all|neq",
                                         "|gt|neq",
                                         "|exists|neq",
                                         "|expand|neq",
                                         "|cidr|neq",
                                         "|windash|neq",
                                         "|base64offset|contains|neq",
                                         "|contains|contains",
                                         "|cased|neq"};

/* The mapping's values for the placeholders in texts. */
static const char mapping[] =
    ANY_LOGSOURCE "placeholders: {one: [aB], two: ['b*', '1'], none: ['']}\n";
static const char *const placeholders[][3] = {
    {"%one%", "aB", NULL}, {"%two%", "b*", "1"}, {"%none%", "", NULL}};

static const char *const search_names[SEARCHES_MAX] = {"sel_a",       "_c",    "filter_a",
                                                       "filter_main", "sel_b", "keywords"};
static const char *const patterns[] = {"sel_*", "filter_*", "*_a",   "them",
                                       "_*",    "*",        "sel_b", "*e*a*"};

/* ---- making rules ---- */

static bool key_is_taken(const struct scene *map, const struct field_test *test) {
  for (size_t i = 0; i < map->test_count; i++)
    if (strcmp(map->tests[i].path, test->path) == 0 &&
        strcmp(map->tests[i].modifiers, test->modifiers) == 0)
      return true;
  return false;
}

/* Texts with placeholders in them; numbers where they are compared by value. */
static void random_sigma_value(uint64_t *seed, struct field_test *test, size_t i) {
  struct condition_value *value = &test->values[i];
  char *text = test->texts[i];
  if (strstr(test->modifiers, "gt"))
    *value = (struct condition_value){.type = VALUE_INT, .integer = random_below(seed, 12)};
  else if (strstr(test->modifiers, "exists"))
    *value = (struct condition_value){.type = VALUE_BOOL, .boolean = random_below(seed, 2)};
  else {
    if (strstr(test->modifiers, "base64"))
      snprintf(text, TEXT_MAX, "%s", PICK(seed, secrets));
    else if (strstr(test->modifiers, "cidr"))
      snprintf(text, TEXT_MAX, "%s", random_below(seed, 2) ? "10.0.0.0/8" : "10.0.0.0/16");
    else
      random_text(seed, true, text);
    size_t size = strlen(text);
    if (strstr(test->modifiers, "expand") && random_below(seed, 2) && size + 16 < TEXT_MAX)
      snprintf(text + size, TEXT_MAX - size, "%s", placeholders[random_below(seed, 3)][0]);
    *value = (struct condition_value){.type = VALUE_TEXT, .text = text_from(text)};
  }
}

static void random_sigma_test(uint64_t *seed, struct field_test *test) {
  if (random_below(seed, 4)) {
    random_test(seed, test);
    return;
  }
  snprintf(test->path, sizeof test->path, "%s", PICK(seed, paths));
  snprintf(test->modifiers, sizeof test->modifiers, "%s", PICK(seed, sigma_sets));
  bool single = strstr(test->modifiers, "gt") || strstr(test->modifiers, "exists");
  test->count = single ? 1 : 1 + random_below(seed, VALUES_MAX);
  for (size_t i = 0; i < test->count; i++)
    random_sigma_value(seed, test, i);
}

static void random_map(uint64_t *seed, struct scene *map) {
  size_t count = 1 + random_below(seed, TESTS_MAX);
  memset(map, 0, sizeof *map);
  for (size_t i = 0; i < count; i++) {
    struct field_test *test = &map->tests[map->test_count];
    random_sigma_test(seed, test);
    map->test_count += !key_is_taken(map, test);
  }
  /* The texts moved with their tests. A number is compared with texts as it is written. */
  for (size_t i = 0; i < map->test_count; i++)
    for (size_t v = 0; v < map->tests[i].count; v++) {
      struct condition_value *value = &map->tests[i].values[v];
      if (value->type == VALUE_REAL)
        snprintf(map->tests[i].texts[v], TEXT_MAX, "%.1f", value->real);
      if (value->type == VALUE_TEXT || value->type == VALUE_REAL)
        value->text = text_from(map->tests[i].texts[v]);
    }
}

static void random_search(uint64_t *seed, struct search *search) {
  search->map_count = 1 + random_below(seed, MAPS_MAX);
  search->keywords = random_below(seed, 6) == 0;
  for (size_t i = 0; i < search->map_count; i++)
    random_map(seed, &search->maps[i]);
  if (!search->keywords)
    return;
  struct field_test *test = &search->maps[0].tests[0];
  memset(search->maps, 0, sizeof search->maps);
  search->map_count = search->maps[0].test_count = 1;
  snprintf(test->modifiers, sizeof test->modifiers, "|contains");
  test->count = 1 + random_below(seed, VALUES_MAX);
  for (size_t i = 0; i < test->count; i++) {
    random_text(seed, true, test->texts[i]);
    test->values[i] =
        (struct condition_value){.type = VALUE_TEXT, .text = text_from(test->texts[i])};
  }
}

static bool letters_fit(const char *pattern, const char *name) {
  if (*pattern == '*')
    return letters_fit(pattern + 1, name) || (*name && letters_fit(pattern, name + 1));
  return *pattern == *name && (*pattern == '\0' || letters_fit(pattern + 1, name + 1));
}

static bool pattern_fits(const char *pattern, const char *name) {
  if (strcmp(pattern, "them") == 0)
    return name[0] != '_';
  return letters_fit(pattern, name) && (name[0] != '_' || pattern[0] == '_');
}

static size_t count_fitting(const struct sigma_rule *rule, const char *pattern) {
  size_t count = 0;
  for (size_t i = 0; i < rule->search_count; i++)
    count += pattern_fits(pattern, rule->searches[i].name);
  return count;
}

static size_t random_node(uint64_t *seed, struct sigma_rule *rule, int depth) {
  struct node node = {.kind = NODE_SEARCH};
  unsigned kind =
      depth < DEPTH_MAX && rule->node_count < NODES_MAX / 2 ? random_below(seed, 11) : 10;
  if (kind < 5) {
    node.kind = kind < 2 ? NODE_OR : kind < 4 ? NODE_AND : NODE_NOT;
    node.count = node.kind == NODE_NOT ? 1 : 2 + random_below(seed, 2);
    for (size_t i = 0; i < node.count; i++)
      node.children[i] = random_node(seed, rule, depth + 1);
  } else if (kind < 8) {
    node.pattern = PICK(seed, patterns);
    node.kind = random_below(seed, 2) ? NODE_ONE_OF : NODE_ALL_OF;
    if (count_fitting(rule, node.pattern) == 0)
      node.kind = NODE_SEARCH;
  }
  if (node.kind == NODE_SEARCH)
    node.search = random_below(seed, (unsigned)rule->search_count);
  rule->nodes[rule->node_count] = node;
  return rule->node_count++;
}

static void random_rule(uint64_t *seed, struct sigma_rule *rule) {
  memset(rule, 0, sizeof *rule);
  rule->search_count = 2 + random_below(seed, SEARCHES_MAX - 1);
  for (size_t i = 0; i < rule->search_count; i++) {
    rule->searches[i].name = search_names[i];
    random_search(seed, &rule->searches[i]);
  }
  random_node(seed, rule, 0);
}

/* ---- writing them ---- */

static void write_text(struct buffer *out, const char *text) {
  buffer_append_char(out, '\'');
  for (; *text; text++)
    buffer_append_string(out, *text == '\'' ? "''" : (const char[]){*text, '\0'});
  buffer_append_char(out, '\'');
}

static void write_scalar(struct buffer *out, const struct field_test *test, size_t i) {
  const struct condition_value *value = &test->values[i];
  switch (value->type) {
  case VALUE_TEXT:
    write_text(out, test->texts[i]);
    break;
  case VALUE_INT:
    buffer_printf(out, "%lld", (long long)value->integer);
    break;
  case VALUE_REAL:
    buffer_printf(out, "%.1f", value->real);
    break;
  case VALUE_BOOL:
    buffer_append_string(out, value->boolean ? "true" : "False");
    break;
  case VALUE_NULL:
    buffer_append_string(out, i % 2 ? "null" : "~");
    break;
  }
}

static void write_list(struct buffer *out, const struct field_test *test) {
  buffer_append_char(out, '[');
  for (size_t i = 0; i < test->count; i++) {
    if (i)
      buffer_append_string(out, ", ");
    write_scalar(out, test, i);
  }
  buffer_append_char(out, ']');
}

static void write_map(struct buffer *out, const struct scene *map) {
  buffer_append_char(out, '{');
  for (size_t i = 0; i < map->test_count; i++) {
    const struct field_test *test = &map->tests[i];
    buffer_printf(out, "%s'%s%s': ", i ? ", " : "", test->path, test->modifiers);
    if (test->count == 1 && i % 2)
      write_scalar(out, test, 0);
    else
      write_list(out, test);
  }
  buffer_append_char(out, '}');
}

static void write_search(struct buffer *out, const struct search *search) {
  buffer_printf(out, "  %s: ", search->name);
  if (search->keywords) {
    write_list(out, &search->maps[0].tests[0]);
  } else if (search->map_count == 1) {
    write_map(out, &search->maps[0]);
  } else {
    for (size_t i = 0; i < search->map_count; i++) {
      buffer_append_string(out, i ? ", " : "[");
      write_map(out, &search->maps[i]);
    }
    buffer_append_char(out, ']');
  }
  buffer_append_char(out, '\n');
}

/* Parentheses where the tree needs them, and sometimes where it does not. */
static void write_condition(uint64_t *seed, struct buffer *out, const struct sigma_rule *rule,
                            size_t index, int around) {
  static const char *const operators[] = {" or ", " and "};
  const struct node *node = &rule->nodes[index];
  int binding = node->kind <= NODE_NOT ? (int)node->kind : NODE_SEARCH;
  bool parenthesis = binding < around || random_below(seed, 8) == 0;
  buffer_append_string(out, parenthesis ? "( " : "");
  if (node->kind == NODE_SEARCH)
    buffer_append_string(out, rule->searches[node->search].name);
  else if (node->kind == NODE_NOT)
    buffer_append_string(out, "not ");
  else if (node->kind >= NODE_ONE_OF)
    buffer_printf(out, "%s of %s",
                  node->kind == NODE_ALL_OF ? "all"
                  : random_below(seed, 2)   ? "1"
                                            : "any",
                  node->pattern);
  for (size_t i = 0; i < node->count; i++) {
    if (i)
      buffer_append_string(out, operators[node->kind]);
    /* An operator within the same operator needs no parentheses. */
    write_condition(seed, out, rule, node->children[i], binding);
  }
  buffer_append_string(out, parenthesis ? " )" : "");
}

static void write_rule(uint64_t *seed, struct buffer *out, const struct sigma_rule *rule,
                       size_t number) {
  buffer_printf(out, "---\ntitle: r%03zu\nlogsource: {}\ndetection:\n", number);
  for (size_t i = 0; i < rule->search_count; i++)
    write_search(out, &rule->searches[i]);
  buffer_append_string(out, "  condition: '");
  write_condition(seed, out, rule, rule->node_count - 1, NODE_OR);
  buffer_append_string(out, "'\n");
}

/* ---- the oracle ---- */

/* Takes the word out of the modifiers; whether it was there. */
static bool without(struct field_test *test, const char *word) {
  char *at = strstr(test->modifiers, word);
  if (at)
    memmove(at, at + strlen(word), strlen(at + strlen(word)) + 1);
  return at != NULL;
}

/* One value, with its placeholder written out in each way. */
static bool value_holds(const struct field_test *test, size_t i, const struct json_node *root) {
  struct field_test one = *test;
  one.values[0] = test->values[i];
  one.count = 1;
  for (size_t p = 0; test->values[i].type == VALUE_TEXT && p < 3; p++) {
    const char *name = placeholders[p][0], *at = strstr(test->texts[i], name);
    if (!at)
      continue;
    for (size_t k = 1; k < 3 && placeholders[p][k]; k++) {
      snprintf(one.texts[0], TEXT_MAX, "%.*s%s%s", (int)(at - test->texts[i]), test->texts[i],
               placeholders[p][k], at + strlen(name));
      one.values[0].text = text_from(one.texts[0]);
      if (oracle_test(&one, root))
        return true;
    }
    return false;
  }
  return oracle_test(&one, root);
}

/* A test as Sigma means it: `neq` is NOT, and `expand` stands for several values. */
static bool sigma_test_holds(const struct field_test *written, const struct json_node *root) {
  struct field_test test = *written;
  bool negated = without(&test, "|neq"), expands = without(&test, "|expand");
  if (without(&test, "|contains|contains")) {
    size_t size = strlen(test.modifiers);
    snprintf(test.modifiers + size, sizeof test.modifiers - size, "|contains");
  }
  if (!expands)
    return oracle_test(&test, root) != negated;
  bool every = without(&test, "|all");
  size_t held = 0;
  for (size_t i = 0; i < test.count; i++)
    held += value_holds(&test, i, root);
  return (every ? held == test.count : held > 0) != negated;
}

static bool search_holds(const struct search *search, const struct json_node *root) {
  for (size_t i = 0; i < search->map_count; i++) {
    size_t held = 0;
    for (size_t k = 0; k < search->maps[i].test_count; k++)
      held += sigma_test_holds(&search->maps[i].tests[k], root);
    if (held == search->maps[i].test_count)
      return true;
  }
  return false;
}

static bool node_holds(const struct sigma_rule *rule, size_t index, const struct json_node *root) {
  const struct node *node = &rule->nodes[index];
  size_t held = 0, fitting = 0;
  if (node->kind == NODE_SEARCH)
    return search_holds(&rule->searches[node->search], root);
  if (node->kind <= NODE_NOT) {
    for (size_t i = 0; i < node->count; i++)
      held += node_holds(rule, node->children[i], root);
    return node->kind == NODE_OR ? held > 0 : node->kind == NODE_AND ? held == node->count : !held;
  }
  for (size_t i = 0; i < rule->search_count; i++)
    if (pattern_fits(node->pattern, rule->searches[i].name)) {
      fitting++;
      held += search_holds(&rule->searches[i], root);
    }
  return node->kind == NODE_ONE_OF ? held > 0 : held == fitting;
}

/* ---- the comparison ---- */

struct counts {
  size_t asked, matched;
};

static void compare(const struct sigma_fixture *fixture, const struct sigma_rule *written,
                    struct rule_index_scratch *scratch, struct field_view *view,
                    const struct event *event, struct counts *counts) {
  const struct rule_set *set = fixture->set;
  field_view_set(view, event);
  struct rule_list list =
      rule_index_candidates(rule_index_type(set->index, TEXT("Test")), scratch, view);
  size_t next = 0;
  for (size_t i = 0; i < set->count; i++) {
    bool candidate = next < list.count && list.items[next] == &set->rules[i];
    bool expected = node_holds(&written[i], written[i].node_count - 1, event->root);
    bool matched = condition_match(set->rules[i].where, view);
    next += candidate;
    if (matched != expected || (matched && !candidate)) {
      struct buffer yaml = BUFFER_NONE;
      uint64_t seed = 1;
      write_rule(&seed, &yaml, &written[i], i);
      fail_msg("%son %.*s: expected %d, matched %d, candidate %d", yaml.data,
               TEXT_ARGS(event->record), expected, matched, candidate);
    }
    counts->asked++;
    counts->matched += matched;
  }
  assert_int_equal(next, list.count);
}

static void one_set(uint64_t *seed, struct sigma_rule *written, struct counts *counts) {
  struct sigma_fixture fixture;
  struct buffer yaml = BUFFER_NONE, record = BUFFER_NONE;
  struct error_line line;
  for (size_t i = 0; i < RULES; i++) {
    random_rule(seed, &written[i]);
    write_rule(seed, &yaml, &written[i], i);
  }
  load_sigma(&fixture, mapping, yaml.data);
  if (fixture.problems.count)
    fail_msg("%s\n%s", error_line(&fixture.problems.items[0], &line), yaml.data);
  assert_int_equal(fixture.set->count, RULES);
  struct schema_set *schemas = load_schema();
  const struct event_typing checked = {.schemas = schemas},
                            unchecked = {.log_type = TEXT("Test"), .unchecked = true};
  struct event_reader *readers[] = {event_reader_new(&checked, TEXT("s"), TEXT("")),
                                    event_reader_new(&unchecked, TEXT("s"), TEXT(""))};
  struct field_view *view = field_view_new(fixture.set->fields);
  struct rule_index_scratch *scratch = rule_index_scratch_new(fixture.set->index);
  for (int i = 0; i < EVENTS; i++) {
    write_event(seed, &record);
    compare(&fixture, written, scratch, view, read_event(readers[i % 2], buffer_text(&record)),
            counts);
  }
  rule_index_scratch_free(scratch);
  field_view_free(view);
  event_reader_free(readers[0]);
  event_reader_free(readers[1]);
  schema_set_free(schemas);
  buffer_free(&record);
  buffer_free(&yaml);
  free_sigma(&fixture);
}

static void sigma_rules_agree_with_the_oracle_and_the_index(void **state) {
  (void)state;
  const char *sets = getenv("SIGMA_SETS"), *other = getenv("SIGMA_SEED");
  uint64_t seed = UINT64_C(0x7369676d61000001) + (other ? strtoull(other, NULL, 10) : 0);
  long count = sets ? strtol(sets, NULL, 10) : SETS;
  struct sigma_rule *written = calloc(RULES, sizeof *written);
  struct counts counts = {0, 0};
  for (long i = 0; i < count; i++)
    one_set(&seed, written, &counts);
  /* The comparison is worth something only when both answers are common. */
  assert_in_range(counts.matched, counts.asked / 10, counts.asked - counts.asked / 10);
  free(written);
}

int main(void) {
  assert_non_null(setlocale(LC_CTYPE, "C.UTF-8")); /* regcomp's characters, as ours */
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sigma_rules_agree_with_the_oracle_and_the_index),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
