/* The index that is built for a few rules, written as one line. */
#include "base/memory.h"
#include "rule/index/anchor.h"
#include "rule/index/rule_index_internal.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { RULE_COUNT = 7 };

struct world {
  struct arena arena;
  struct field_table *fields;
  struct rule rules[RULE_COUNT];
  struct rule_index *index;
};

/* A field test with one value, or with two. */
static const struct condition *field(struct world *world, const char *key, const char *first,
                                     const char *second) {
  const struct condition_value values[] = {
      {.type = VALUE_TEXT, .text = text_from(first)},
      {.type = VALUE_TEXT, .text = text_from(second ? second : "")}};
  struct error error = ERROR_NONE;
  const struct condition *condition =
      condition_field(&world->arena, world->fields, text_from(key), values, second ? 2 : 1, &error);
  assert_non_null(condition);
  return condition;
}

static const struct condition *both(struct world *world, const struct condition *one,
                                    const struct condition *other) {
  return condition_all(&world->arena, (const struct condition *const[]){one, other}, 2);
}

/* The rules of the example in rule_index_build.c. */
static int start(void **state) {
  static const struct text types[] = {TEXT_INIT("Test")};
  static const struct text ids[RULE_COUNT] = {TEXT_INIT("A"), TEXT_INIT("B"), TEXT_INIT("C"),
                                              TEXT_INIT("D"), TEXT_INIT("E"), TEXT_INIT("F"),
                                              TEXT_INIT("G")};
  struct world *world = memory_alloc(sizeof *world);
  world->arena = ARENA_NONE;
  world->fields = field_table_new();
  const struct condition *update = field(world, "action", "Update", NULL);
  const struct condition *wheres[RULE_COUNT] = {
      field(world, "action", "Delete", NULL),
      both(world, field(world, "action", "Delete", NULL), field(world, "category", "User", NULL)),
      both(world, field(world, "action", "Add", "Update"), field(world, "category", "Role", NULL)),
      both(world, update, field(world, "detail|contains", "passcode", NULL)),
      both(world, update, field(world, "detail|contains", "waiting room", NULL)),
      both(world, update, field(world, "detail|contains", "watermark", NULL)),
      NULL};
  for (unsigned i = 0; i < RULE_COUNT; i++)
    world->rules[i] = (struct rule){
        .index = i, .id = ids[i], .enabled = true, .log_types = {types, 1}, .where = wheres[i]};
  world->index = rule_index_new(world->rules, RULE_COUNT, LITERAL_ENGINE_OWN);
  *state = world;
  return 0;
}

static int stop(void **state) {
  struct world *world = *state;
  rule_index_free(world->index);
  field_table_free(world->fields);
  arena_free(&world->arena);
  free(world);
  return 0;
}

static void write_rules(const struct rule_list *rules, struct buffer *out) {
  for (size_t i = 0; i < rules->count; i++)
    buffer_printf(out, " %.*s", TEXT_ARGS(rules->items[i]->id));
}

static void found(void *context, unsigned literal) {
  *(unsigned *)context = literal;
}

/* The rules that wait for a literal. */
static void write_literal(const struct index_literals *literals, const char *literal,
                          struct buffer *out) {
  unsigned number = UINT_MAX;
  struct work work;
  work_start(&work);
  literal_set_scan(literals->set, NULL, &work, text_from(literal), found, &number);
  if (number == UINT_MAX)
    return;
  buffer_printf(out, " '%s'", literal);
  write_rules(&literals->rules[number], out);
}

static void write_node(const struct world *world, const struct index_node *node,
                       struct buffer *out) {
  static const char *const actions[] = {"Add", "Delete", "Update", "User", "Role"};
  static const char *const texts[] = {"passcode", "waiting room", "watermark"};
  write_rules(&node->rules, out);
  for (const struct index_literals *at = node->literals; at; at = at->next) {
    buffer_printf(out, " %.*s contains", TEXT_ARGS(field_table_path(world->fields, at->field)));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
      write_literal(at, texts[i], out);
  }
  if (node->slots)
    buffer_printf(out, " %.*s is", TEXT_ARGS(field_table_path(world->fields, node->field)));
  for (size_t i = 0; node->slots && i < sizeof actions / sizeof *actions; i++)
    for (size_t at = 0; at <= node->slot_mask; at++)
      if (node->slots[at].key == anchor_text_key(text_from(actions[i]))) {
        buffer_printf(out, " '%s' (", actions[i]);
        write_node(world, node->slots[at].node, out);
        buffer_append_string(out, " )");
      }
  if (node->next) {
    buffer_append_string(out, " next");
    write_node(world, node->next, out);
  }
}

static void the_tree_of_the_example_in_the_source_is_true(void **state) {
  struct world *world = *state;
  struct buffer tree = BUFFER_NONE;
  write_node(world, rule_index_type(world->index, TEXT("Test"))->root, &tree);
  buffer_append_char(&tree, '\0');
  assert_string_equal(tree.data, " action is 'Add' ( category is 'Role' ( C ) )"
                                 " 'Delete' ( category is 'User' ( B ) next A )"
                                 " 'Update' ( category is 'Role' ( C ) next"
                                 " detail contains 'passcode' D 'waiting room' E 'watermark' F )"
                                 " next G");
  assert_int_equal(rule_index_size(world->index).nodes, 10);
  assert_int_equal(rule_index_size(world->index).literal_sets, 1);
  buffer_free(&tree);
}

static void the_candidates_of_the_example_in_the_source_are_true(void **state) {
  static const struct {
    const char *event, *candidates;
  } rows[] = {
      {"{\"action\":\"Update\",\"detail\":\"Passcode: from On to Off\"}", " D G"},
      {"{\"action\":\"Update\",\"category\":\"Role\",\"detail\":\"Topic\"}", " C G"},
      {"{\"action\":\"Delete\",\"detail\":\"Passcode\"}", " A G"},
      {"{\"action\":\"Login\"}", " G"},
  };
  struct world *world = *state;
  const struct event_typing typing = {.log_type = TEXT("Test"), .unchecked = true};
  struct event_reader *reader = event_reader_new(&typing, TEXT("s"), TEXT(""));
  struct rule_index_scratch *scratch = rule_index_scratch_new(world->index);
  struct field_view *view = field_view_new(world->fields);
  struct buffer record = BUFFER_NONE, shown = BUFFER_NONE;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct error error = ERROR_NONE;
    buffer_reset(&record);
    buffer_append_string(&record, rows[i].event);
    memset(buffer_reserve(&record, JSON_PADDING), 0, JSON_PADDING);
    field_view_set(view, event_read(reader, buffer_text(&record), TEXT(""), 0, &error));
    struct rule_list rules =
        rule_index_candidates(rule_index_type(world->index, TEXT("Test")), scratch, view);
    buffer_reset(&shown);
    write_rules(&rules, &shown);
    buffer_append_char(&shown, '\0');
    assert_string_equal(shown.data, rows[i].candidates);
  }
  buffer_free(&record);
  buffer_free(&shown);
  field_view_free(view);
  rule_index_scratch_free(scratch);
  event_reader_free(reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(the_tree_of_the_example_in_the_source_is_true),
      TEST(the_candidates_of_the_example_in_the_source_are_true),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
