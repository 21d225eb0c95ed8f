/*
 * Reading ahead: random blocks of records, whole and broken ones side by side. Each record must be
 * read as it is when it comes alone: the same nodes, or the same error. It must be written as it is
 * when nothing is copied from its text.
 */
#include "base/memory.h"
#include "event/json/json.h"
#include "sim/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define PICK(random, list) (list)[random_below((random), sizeof(list) / sizeof(list)[0])]

struct world {
  struct random random;
  struct json_reader *ahead, *alone;
  struct buffer block, copied, written;
  size_t *ends, count, capacity;
  double alike; /* the share of records that are of a few forms */
};

static int start(void **state) {
  struct world *world = memory_alloc(sizeof *world);
  world->ahead = json_reader_new();
  world->alone = json_reader_new();
  *state = world;
  return 0;
}

static int stop(void **state) {
  struct world *world = *state;
  json_reader_free(world->ahead);
  json_reader_free(world->alone);
  buffer_free(&world->block);
  buffer_free(&world->copied);
  buffer_free(&world->written);
  free(world);
  return 0;
}

/* ---- making blocks ---- */

static void add_space(struct world *world) {
  static const char *const spaces[] = {" ", "\t", "\r", "   ", " \r\t "};
  if (random_chance(&world->random, 0.05))
    buffer_append_string(&world->block, PICK(&world->random, spaces));
}

static void add_text(struct world *world) {
  static const char *const pieces[] = {"",
                                       "a",
                                       "operator",
                                       "Zürich",
                                       "\xf0\x9f\x98\x80",
                                       "\\\"",
                                       "\\\\",
                                       "\\u00e9",
                                       "\\n",
                                       "\\ud83d\\ude00",
                                       "\\/",
                                       "{[:,]}",
                                       "true",
                                       "12",
                                       "\\u0000x",
                                       "\\ud83d" /* half of a pair */,
                                       "          a text of more than sixteen bytes"};
  buffer_append_char(&world->block, '"');
  for (unsigned i = random_below(&world->random, 3); i > 0; i--) {
    unsigned piece = random_below(&world->random, sizeof pieces / sizeof *pieces);
    if (piece != 15 || random_chance(&world->random, 0.1))
      buffer_append_string(&world->block, pieces[piece]);
  }
  buffer_append_char(&world->block, '"');
}

static void add_value(struct world *world, unsigned depth) {
  static const char *const scalars[] = {"0",
                                        "1",
                                        "-1",
                                        "-0",
                                        "1767225601000",
                                        "999999999999999999",
                                        "true",
                                        "false",
                                        "null",
                                        "1.5",
                                        "1000000000000000000",
                                        "-9223372036854775808",
                                        "1e3",
                                        "-0.0",
                                        "1E400",
                                        "18446744073709551616",
                                        "-9223372036854775809"};
  struct random *random = &world->random;
  unsigned kind = random_below(random, depth > 4 ? 2 : 4);
  add_space(world);
  if (kind == 0) {
    buffer_append_string(&world->block,
                         scalars[random_below(random, random_chance(random, 0.9) ? 9 : 17)]);
  } else if (kind == 1) {
    add_text(world);
  } else {
    buffer_append_char(&world->block, kind == 2 ? '{' : '[');
    for (unsigned i = 0, members = random_below(random, 4); i < members; i++) {
      if (i)
        buffer_append_char(&world->block, ',');
      add_space(world);
      if (kind == 2) {
        add_text(world);
        add_space(world);
        buffer_append_char(&world->block, ':');
      }
      add_value(world, depth + 1);
    }
    add_space(world);
    buffer_append_char(&world->block, kind == 2 ? '}' : ']');
  }
  add_space(world);
}

/* A record of one of a few forms, in which s is a text and n is any value, most often a whole
 * number: what comes before and between the values is the same again and again. */
static void add_alike(struct world *world) {
  static const char *const forms[] = {
      "{\"time\":s,\"detail\":s,\"count\":n}",
      "{\"time\":s,\"detail\":s,\"counts\":[n,n]}",
      "{\"time\":s , \"detail\" : s\t}",
      "{ \"a\":{\"b\":{\"c\":n},\"d\":[]},\"e\":[{\"f\":s},{\"f\":s}] }",
      "{\"a\":{\"b\":{\"c\":n},\"d\":[]},\"e\":[[s],s,{}],\"a\":n}",
      "{\"a\":{\"b\":{\"c\":n},\"d\":{}},\"g\\u0068\":s}",
      "{\"a\":{\"b\":n,\"b\":n},\"a long key of more than sixteen bytes\":{\"i\":n }}",
  };
  for (const char *at = PICK(&world->random, forms); *at; at++)
    if (*at == 's' && at[-1] != '"' && at[-1] != 't')
      add_text(world);
    else if (*at == 'n' && at[-1] != 'u' && random_chance(&world->random, 0.1))
      add_value(world, 3);
    else if (*at == 'n' && at[-1] != 'u' && at[1] != 'g')
      buffer_printf(&world->block, "%u", random_below(&world->random, 10000));
    else
      buffer_append_char(&world->block, *at);
}

/* Changes, adds or removes a byte at or after `from`. */
static void damage(struct world *world, size_t from) {
  static const char bytes[] = "{}[]:,\"\\ \t01-.eEtfnu\x01\x80\xc3\xff/a";
  struct buffer *block = &world->block;
  if (block->size == from)
    return;
  size_t at = from + random_below(&world->random, (uint32_t)(block->size - from));
  char byte = bytes[random_below(&world->random, sizeof bytes)]; /* the NUL, too */
  switch (random_below(&world->random, 3)) {
  case 0:
    block->data[at] = byte;
    break;
  case 1:
    memmove(block->data + at, block->data + at + 1, block->size - at - 1);
    block->size--;
    break;
  default:
    buffer_append_char(block, byte);
  }
}

static void add_record(struct world *world, double broken) {
  size_t from = world->block.size;
  struct random *random = &world->random;
  if (random_chance(random, world->alike)) {
    add_alike(world);
  } else if (random_chance(random, 0.9)) {
    buffer_append_string(&world->block, "{\"time\":");
    add_value(world, 0);
    buffer_append_string(&world->block, ",\"detail\":");
    add_value(world, 0);
    buffer_append_string(&world->block, "}");
  } else {
    add_value(world, 0);
  }
  while (random_chance(random, broken))
    damage(world, from);
  if (random_chance(random, 0.002))
    for (unsigned i = 0; i < 40000; i++)
      buffer_append_char(&world->block, ' ');
  world->ends = memory_reserve(world->ends, &world->capacity, world->count + 1, sizeof(size_t));
  world->ends[world->count++] = world->block.size;
  buffer_append_string(&world->block, random_chance(random, 0.1) ? "\r\n" : "\n");
}

/* ---- comparing ---- */

static void assert_same_nodes(const struct json_node *a, const struct json_node *b) {
  assert_int_equal(a->skip, b->skip);
  for (uint32_t i = 0; i < a->skip; i++) {
    const struct json_node *x = &a[i], *y = &b[i];
    assert_int_equal(x->type, y->type);
    assert_int_equal(x->skip, y->skip);
    assert_int_equal(x->size, y->size);
    assert_int_equal(x->key == NULL, y->key == NULL);
    assert_true(text_equal(json_key(x), json_key(y)));
    if (x->type == JSON_TYPE_STRING || x->type == JSON_TYPE_LARGE)
      assert_true(text_equal(json_text(x), json_text(y)));
    else
      assert_int_equal(x->value.unsigned_integer, y->value.unsigned_integer);
  }
}

static void assert_same_bytes(const struct world *world) {
  if (!text_equal(buffer_text(&world->copied), buffer_text(&world->written)))
    fail_msg("'%.*s' with copies, '%.*s' without", TEXT_ARGS(buffer_text(&world->copied)),
             TEXT_ARGS(buffer_text(&world->written)));
}

static void assert_same_writing(struct world *world, const struct json_node *node,
                                const struct json_node *alone, struct text record) {
  buffer_reset(&world->copied);
  buffer_reset(&world->written);
  json_write_of(&world->copied, node, record);
  json_write(&world->written, alone);
  assert_same_bytes(world);
  json_write_canonical_of(&world->copied, node, record);
  json_write_canonical(&world->written, alone);
  assert_same_bytes(world);
}

static void assert_same_reading(struct world *world, struct text record) {
  struct error error = ERROR_NONE, other = ERROR_NONE;
  const struct json_node *node = json_read(world->ahead, record, &error);
  const struct json_node *alone = json_read_copy(world->alone, record, &other);
  if (!node != !alone)
    fail_msg("read %s: '%.*s'", node ? "ahead only" : "alone only", TEXT_ARGS(record));
  if (node) {
    assert_same_nodes(node, alone);
    assert_same_writing(world, node, alone, record);
  } else {
    assert_string_equal(error.text, other.text);
  }
}

/* The block in memory of exactly its size, followed by bytes that could be taken for a part of it.
 * */
static void read_block(struct world *world, const char *behind) {
  size_t size = world->block.size - 1 - (world->block.data[world->block.size - 2] == '\r');
  char *bytes = memory_alloc(size + JSON_PADDING);
  memcpy(bytes, world->block.data, size);
  for (size_t i = 0; i < JSON_PADDING; i++)
    bytes[size + i] = behind[i % strlen(behind)];
  json_read_ahead(world->ahead, (struct text){bytes, size});
  for (size_t i = 0, from = 0; i < world->count; i++) {
    assert_same_reading(world, (struct text){bytes + from, world->ends[i] - from});
    from = world->ends[i] + (world->block.data[world->ends[i]] == '\r' ? 2 : 1);
  }
  for (size_t i = 0; i < world->count / 4; i++) {
    size_t at = random_below(&world->random, (uint32_t)world->count);
    size_t from = at ? world->ends[at - 1] + 1 : 0;
    from += from > 0 && bytes[from - 1] == '\r';
    assert_same_reading(world, (struct text){bytes + from, world->ends[at] - from});
  }
  json_read_ahead(world->ahead, TEXT(""));
  free(bytes);
}

static void check_blocks(struct world *world, unsigned blocks, unsigned records, double broken) {
  static const char *const behind[] = {"1", "\"", "}", "\n", "\\", "{\"a\":1}\n"};
  for (unsigned block = 0; block < blocks; block++) {
    world->random.state = block * 1000 + records;
    world->count = 0;
    buffer_reset(&world->block);
    for (unsigned i = 0; i < records; i++)
      add_record(world, broken);
    read_block(world, PICK(&world->random, behind));
  }
  free(world->ends);
  world->ends = NULL;
  world->capacity = 0;
}

static void whole_records_are_read_as_they_are_alone(void **state) {
  check_blocks(*state, 30, 1500, 0);
}

static void rarely_broken_records_spoil_nothing(void **state) {
  check_blocks(*state, 100, 400, 0.003);
}

static void broken_records_spoil_nothing(void **state) {
  check_blocks(*state, 3000, 6, 0.3);
}

static void records_of_known_forms_are_read_as_they_are_alone(void **state) {
  struct world *world = *state;
  world->alike = 1;
  check_blocks(world, 20, 1000, 0);
  world->alike = 0.95;
  check_blocks(world, 40, 1000, 0.02);
}

static void a_known_form_has_the_same_nodes(void **state) {
  static const char block[] = "{\"a\":\"x\",\"b\":[1]}\n{\"a\":\"yy\",\"b\":[true]}\n"
                              "{\"a\":1,\"b\":[1]}\n{\"a\":\"\\n\",\"b\":[null]}\n"
                              "{\"a\":1,\"a\":2}\n{\"a\":1,\"a\":3}" /* and the padding: */
                              "                                                                ";
  static const uint32_t expected[] = {0, 1, 0, 1, 0, 0};
  struct world *world = *state;
  struct error error = ERROR_NONE;
  const char *record = block;
  json_read_ahead(world->ahead, (struct text){block, sizeof block - 1 - 64});
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    size_t size = strcspn(record, "\n ");
    assert_non_null(json_read(world->ahead, (struct text){record, size}, &error));
    assert_int_equal(json_record_form(world->ahead), expected[i]);
    record += size + 1;
  }
  json_read_ahead(world->ahead, TEXT(""));
}

/* What many records bring of forms must not be gone through for each of the others. */
static void few_forms_are_looked_for_at_one_place(void **state) {
  struct world *world = *state;
  struct error error = ERROR_NONE;
  struct buffer *block = &world->block;
  for (unsigned i = 0; i < 100; i++) {
    buffer_printf(block, "{\"k%u\":1}\n", i);
    for (unsigned known = 0; known < 5; known++)
      buffer_append_string(block, "{\"a\":1}\n");
  }
  for (unsigned i = 0; i < 2; i++)
    buffer_append_string(block, "{\"k99\":1}\n{\"k0\":1}\n");
  for (unsigned i = 0; i < 2; i++)
    buffer_printf(block, "{\"a\":%300s}\n", "1");
  memset(buffer_reserve(block, JSON_PADDING), 0, JSON_PADDING);
  json_read_ahead(world->ahead, buffer_text(block));
  const char *line = block->data;
  for (unsigned i = 0; i < 606; i++) {
    size_t size = strcspn(line, "\n");
    assert_non_null(json_read(world->ahead, (struct text){line, size}, &error));
    if (i >= 600)
      assert_int_equal(json_record_form(world->ahead) > 0, i == 600 || i == 602 || i == 603);
    line += size + 1;
  }
  json_read_ahead(world->ahead, TEXT(""));
}

static void read_one(struct world *world, const char *before, const char *between,
                     const char *behind) {
  buffer_reset(&world->block);
  buffer_append_string(&world->block, before);
  buffer_append_string(&world->block, between);
  buffer_append_string(&world->block, behind);
  world->ends = memory_reserve(world->ends, &world->capacity, world->count = 1, sizeof(size_t));
  world->ends[0] = world->block.size;
  buffer_append_char(&world->block, '\n');
  read_block(world, " ");
}

/* What a known form has between its values is longer than what is before or behind the record. */
static void a_known_form_is_not_looked_for_beside_the_block(void **state) {
  static const char spaces[] = "                                                                "
                               "                                                                ";
  static const struct {
    const char *before, *behind;
  } forms[] = {{"{\"a\":\"x\"", ",\"b\":1}"},
               {"{\"a\":1,", "\"b\":1}"},
               {"{\"a\":\"x\"", "}"},
               {"", "{\"a\":1}"},
               {"{\"a\":\"x\",\"b\":2", "}"}};
  static const char *const others[] = {"{\"a\":\"x\",\"b\":1}", "{\"a\":\"x\"}", "{\"a\":1,",
                                       "{\"a\":1,\"b\":1}",     "{\"a\":1}",     "{\"a\":\"x\""};
  struct world *world = *state;
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
    for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
      read_one(world, forms[i].before, spaces, forms[i].behind);
      read_one(world, others[k], "", "");
    }
  free(world->ends);
  world->ends = NULL;
}

static void what_spans_lines_is_not_put_together(void **state) {
  static const char *const blocks[] = {
      "{\"a\":1}\n{\"a\":\n2}\n{\"a\":3}",
      "{\"a\":\"b\n\":1}",
      "{}{}\n{} {}\n{}",
      "{\"a\":1}\n,\n{\"a\":2}",
      "[{\"a\":1},\n{\"a\":2}]",
      "{\"a\":1\n}\n{",
      "{\"a\":\"\\\n\"}\n{}",
      "{\"a\":\"b\"\n}\n{}",
      "\\\n\"a\"\n{\"b\":\"c\"}\\\n{}",
  };
  struct world *world = *state;
  for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
    struct text left = text_from(blocks[i]);
    char *bytes = memory_alloc(left.size + JSON_PADDING);
    memcpy(bytes, left.data, left.size);
    json_read_ahead(world->ahead, (struct text){bytes, left.size});
    for (char *line = bytes; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
      assert_same_reading(world, (struct text){line, strcspn(line, "\n")});
    json_read_ahead(world->ahead, TEXT(""));
    free(bytes);
  }
}

static void records_that_do_not_end_with_a_line_are_read(void **state) {
  struct world *world = *state;
  static const char block[] = "{\"a\":\"x}{\"b\":1}\"}{\"c\":2}" /* and the padding: */
                              "                                                                ";
  const struct text whole = {block, sizeof block - 1 - 64};
  json_read_ahead(world->ahead, whole);
  for (size_t from = 0; from < whole.size; from++)
    for (size_t to = from; to <= whole.size; to++)
      assert_same_reading(world, (struct text){block + from, to - from});
  json_read_ahead(world->ahead, TEXT(""));
}

static void the_deepest_nesting_is_the_same(void **state) {
  struct world *world = *state;
  for (unsigned depth = JSON_DEPTH_MAX - 2; depth <= JSON_DEPTH_MAX + 2; depth++) {
    char bytes[2 * JSON_DEPTH_MAX + 16 + JSON_PADDING] = "";
    struct buffer text = BUFFER_NONE;
    buffer_append_string(&text, "{\"a\":");
    for (unsigned i = 1; i < depth; i++)
      buffer_append_char(&text, '[');
    for (unsigned i = 1; i < depth; i++)
      buffer_append_char(&text, ']');
    buffer_append_char(&text, '}');
    memcpy(bytes, text.data, text.size);
    json_read_ahead(world->ahead, (struct text){bytes, text.size});
    assert_same_reading(world, (struct text){bytes, text.size});
    json_read_ahead(world->ahead, TEXT(""));
    buffer_free(&text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(whole_records_are_read_as_they_are_alone, start, stop),
      cmocka_unit_test_setup_teardown(rarely_broken_records_spoil_nothing, start, stop),
      cmocka_unit_test_setup_teardown(broken_records_spoil_nothing, start, stop),
      cmocka_unit_test_setup_teardown(records_of_known_forms_are_read_as_they_are_alone, start,
                                      stop),
      cmocka_unit_test_setup_teardown(a_known_form_has_the_same_nodes, start, stop),
      cmocka_unit_test_setup_teardown(few_forms_are_looked_for_at_one_place, start, stop),
      cmocka_unit_test_setup_teardown(a_known_form_is_not_looked_for_beside_the_block, start, stop),
      cmocka_unit_test_setup_teardown(what_spans_lines_is_not_put_together, start, stop),
      cmocka_unit_test_setup_teardown(records_that_do_not_end_with_a_line_are_read, start, stop),
      cmocka_unit_test_setup_teardown(the_deepest_nesting_is_the_same, start, stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
