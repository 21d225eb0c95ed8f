/* Where paths lead, through objects and lists. */
#include "event/json/json_fixture.h"
#include "event/json/json_gather.h"

static void members_and_elements_are_found_by_path(void **state) {
  const struct json_node *node =
      read_string(*state, "{\"a\":{\"b\":[10,{\"c\":\"x\"}]},\"\":{\"\":1},\"a.b\":2,\"d\":1}");
  static const struct {
    const char *path, *value;
  } table[] = {
      {"a.b.0", "10"},
      {"a.b.1.c", "\"x\""},
      {"a.b.2", NULL},
      {"a.b.-1", NULL},
      {"a.b.x", NULL},
      {"a.b.c", NULL},
      {"a.c", NULL},
      {"a.b.0.x", NULL},
      {".", "1"},
      {"", "{\"\":1}"},
      {"d", "1"},
      {"a.b.1.", NULL},
      {"a.b.4294967296", NULL},
      {"a.b.00", "10"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    const struct json_node *found = json_path(node, text_from(table[i].path));
    if (table[i].value)
      assert_string_equal(written(*state, found), table[i].value);
    else
      assert_null(found);
  }
}

static void a_place_in_a_list_may_stand_in_brackets(void **state) {
  (void)state;
  static const char *const table[][2] = {
      {"a[0].b", "a.0.b"},
      {"a.[0].b", "a.0.b"},
      {"a[10][2]", "a.10.2"},
      {"[0].a", "0.a"},
      {"a.0.b", "a.0.b"},
      {"a[x].b", "a[x].b"},
      {"a[0", "a[0"},
      {"a[].b", "a[].b"},
      {"a[-1]", "a[-1]"},
      {"a[0]b", "a[0]b"},
      {"[", "["},
      {"a[0][x][1]", "a.0[x].1"},
      {"", ""},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    char out[32];
    struct text dotted = json_path_dotted(text_from(table[i][0]), out);
    if (!text_is(dotted, table[i][1]))
      fail_msg("%s: %.*s", table[i][0], TEXT_ARGS(dotted));
  }
}

/* ---- the walk against an oracle ---- */

/* xorshift64 (Marsaglia 2003). */
static unsigned random_below(uint64_t *seed, unsigned limit) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return (unsigned)((*seed >> 20) % limit);
}

static void write_random(uint64_t *seed, unsigned depth, struct buffer *out) {
  static const char *const scalars[] = {"1", "\"t\"", "null", "true", "[]", "{}"};
  static const char *const keys[] = {"a", "b", "0", "1"};
  unsigned kind = depth > 0 ? random_below(seed, 5) : 4, count = random_below(seed, 4);
  if (kind == 4) {
    buffer_append_string(out, scalars[random_below(seed, 6)]);
    return;
  }
  bool object = kind < 2;
  buffer_append_char(out, object ? '{' : '[');
  for (unsigned i = 0; i < count; i++) {
    if (object) /* each key once */
      buffer_printf(out, "%s\"%s\":", i ? "," : "", keys[i]);
    else if (i)
      buffer_append_char(out, ',');
    write_random(seed, depth - 1, out);
  }
  buffer_append_char(out, object ? '}' : ']');
}

/* Writes every value that the parts lead to: the definition, part by part. */
static void oracle_walk(const struct json_node *node, const char *const *parts, size_t count,
                        bool *spread, size_t *found, struct buffer *out) {
  if (count == 0) {
    if ((*found)++)
      buffer_append_char(out, ',');
    json_write(out, node);
  } else if (node->type == JSON_TYPE_OBJECT) {
    for (JSON_EACH(member, node))
      if (text_is(json_key(member), parts[0]))
        oracle_walk(member, parts + 1, count - 1, spread, found, out);
  } else if (node->type == JSON_TYPE_ARRAY && parts[0][0] <= '9') {
    uint32_t place = 0, wanted = (uint32_t)(parts[0][0] - '0');
    for (JSON_EACH(element, node))
      if (place++ == wanted)
        oracle_walk(element, parts + 1, count - 1, spread, found, out);
  } else if (node->type == JSON_TYPE_ARRAY) {
    *spread = true;
    for (JSON_EACH(element, node))
      oracle_walk(element, parts, count, spread, found, out);
  }
}

static size_t random_path(uint64_t *seed, const char *parts[4], struct buffer *path) {
  static const char *const names[] = {"a", "b", "0", "1", "a", "b"};
  size_t count = 1 + random_below(seed, 4);
  buffer_reset(path);
  for (size_t i = 0; i < count; i++) {
    parts[i] = names[random_below(seed, 6)];
    bool bracket = parts[i][0] <= '9' && random_below(seed, 2);
    buffer_printf(path, bracket ? "[%s]" : i ? ".%s" : "%s", parts[i]);
  }
  return count;
}

static void paths_lead_where_an_oracle_goes_part_by_part(void **state) {
  struct fixture *fixture = *state;
  uint64_t seed = UINT64_C(0x6d61726761790004);
  struct buffer json = BUFFER_NONE, path = BUFFER_NONE, expected = BUFFER_NONE, got = BUFFER_NONE;
  struct arena arena = ARENA_NONE;
  size_t spreads = 0, hits = 0;
  for (int round = 0; round < 30000; round++) {
    const char *parts[4];
    char plain[64];
    bool spread = false;
    size_t found = 0, count = random_path(&seed, parts, &path);
    buffer_reset(&json);
    buffer_reset(&got);
    buffer_reset(&expected);
    write_random(&seed, 5, &json);
    const struct json_node *node = read_string(fixture, json.data);
    buffer_append_char(&expected, '[');
    oracle_walk(node, parts, count, &spread, &found, &expected);
    buffer_append_char(&expected, ']');
    struct text wanted = buffer_text(&expected);
    if (!spread || !found) /* one value, or none */
      wanted = (struct text){wanted.data + 1, wanted.size - 2};
    struct json_gather gather = {.arena = &arena, .room = 100000};
    const struct json_node *value =
        json_gather_path(&gather, node, json_path_dotted(buffer_text(&path), plain));
    if (value)
      json_write(&got, value);
    if (!text_equal(buffer_text(&got), wanted))
      fail_msg("%s in %s: not %s", path.data, json.data, expected.data);
    arena_reset(&arena);
    spreads += spread && found;
    hits += found > 0;
  }
  assert_true(spreads > 1000 && hits > 2000);
  buffer_free(&json);
  buffer_free(&path);
  buffer_free(&expected);
  buffer_free(&got);
  arena_free(&arena);
}

static void a_path_goes_through_lists(void **state) {
  static const struct {
    const char *path, *value;
  } table[] = {
      {"l.a", "[1,2,{\"b\":3}]"},
      {"l.a.b", "[3]"},
      {"l.0.a", "1"}, /* a place in a list leads to one */
      {"l.9.a", NULL},
      {"l.none", NULL},
      {"l.l.a", "[4,5,[6]]"},
      {"deep.a", "[7,8]"},
      {"o.a", "9"}, /* no list is on the way */
      {"o.s.x", NULL},
      {"o.n", "null"},
      {"mixed.n", "[null,0]"},
      {"s", "[\"t\"]"}, /* a list at the end is what it is */
  };
  struct fixture *fixture = *state;
  struct arena arena = ARENA_NONE;
  const struct json_node *node = read_string(
      fixture,
      "{\"l\":[{\"a\":1},{\"x\":0},5,{\"a\":2},{\"a\":{\"b\":3}},{\"l\":[{\"a\":4},{\"a\":5},"
      "{\"a\":[6]}]}],\"deep\":[[[{\"a\":7}]],{\"a\":8}],\"o\":{\"a\":9,\"s\":\"t\",\"n\":null},"
      "\"mixed\":[{\"n\":null},{\"n\":0},{}],\"s\":[\"t\"]}");
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct json_gather gather = {.arena = &arena, .room = 100};
    const struct json_node *found = json_gather_path(&gather, node, text_from(table[i].path));
    assert_int_equal(found != NULL, table[i].value != NULL);
    if (found)
      assert_string_equal(written(fixture, found), table[i].value);
    assert_false(gather.cut);
  }
  struct json_gather small = {.arena = &arena, .room = 3};
  const struct json_node *found = json_gather_path(&small, node, TEXT("l.a"));
  assert_string_equal(written(fixture, found), "[1,2]");
  assert_true(small.cut);
  assert_int_equal(small.room, 0);
  assert_null(json_gather_path(&small, node, TEXT("l.a")));
  arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(members_and_elements_are_found_by_path, start, stop),
      cmocka_unit_test(a_place_in_a_list_may_stand_in_brackets),
      cmocka_unit_test_setup_teardown(paths_lead_where_an_oracle_goes_part_by_part, start, stop),
      cmocka_unit_test_setup_teardown(a_path_goes_through_lists, start, stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
