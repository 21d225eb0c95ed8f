#include "event/json/json_fixture.h"

#include <jansson.h> /* may stand beside event/json/json.h */
#include <math.h>
#include <stdio.h>

static const char *canonical(struct fixture *fixture, const char *string) {
  const struct json_node *node = read_string(fixture, string);
  buffer_reset(&fixture->out);
  json_write_canonical(&fixture->out, node);
  return fixture->out.data;
}

static void nodes_stand_in_document_order(void **state) {
  static const struct {
    const char *key;
    int type;
    unsigned skip, size;
  } expected[] = {
      {NULL, JSON_TYPE_OBJECT, 8, 3}, {"a", JSON_TYPE_INT, 1, 0},     {"b", JSON_TYPE_ARRAY, 5, 2},
      {NULL, JSON_TYPE_INT, 1, 0},    {NULL, JSON_TYPE_OBJECT, 3, 2}, {"c", JSON_TYPE_NULL, 1, 0},
      {"d", JSON_TYPE_ARRAY, 1, 0},   {"e", JSON_TYPE_STRING, 1, 4},
  };
  const struct json_node *node =
      read_string(*state, "{\"a\":1,\"b\":[2,{\"c\":null,\"d\":[]}],\"e\":\"text\"}");
  for (size_t i = 0; i < 8; i++) {
    assert_int_equal(node[i].type, expected[i].type);
    assert_int_equal(node[i].skip, expected[i].skip);
    assert_int_equal(node[i].size, expected[i].size);
    if (expected[i].key)
      assert_true(text_is(json_key(&node[i]), expected[i].key));
    else
      assert_null(node[i].key);
  }
}

static void scalars_have_their_type_and_value(void **state) {
  const struct json_node *node =
      read_string(*state, "[0,-9223372036854775808,9223372036854775807,9223372036854775808,"
                          "18446744073709551615,1.5,1e2,-0.0,true,false,null,\"\"]");
  static const int types[] = {JSON_TYPE_INT,  JSON_TYPE_INT,    JSON_TYPE_INT,    JSON_TYPE_UINT,
                              JSON_TYPE_UINT, JSON_TYPE_DOUBLE, JSON_TYPE_DOUBLE, JSON_TYPE_DOUBLE,
                              JSON_TYPE_TRUE, JSON_TYPE_FALSE,  JSON_TYPE_NULL,   JSON_TYPE_STRING};
  for (uint32_t i = 0; i < sizeof types / sizeof types[0]; i++)
    assert_int_equal(json_at(node, i)->type, types[i]);
  assert_true(json_at(node, 1)->value.integer == INT64_MIN);
  assert_true(json_at(node, 2)->value.integer == INT64_MAX);
  assert_true(json_at(node, 4)->value.unsigned_integer == UINT64_MAX);
  assert_true(json_at(node, 6)->value.real == 100.0);
  assert_true(signbit(json_at(node, 7)->value.real));
  double number;
  assert_true(json_number(json_at(node, 1), &number) && number == -9223372036854775808.0);
  assert_true(json_number(json_at(node, 4), &number) && number == 18446744073709551615.0);
  assert_false(json_number(json_at(node, 8), &number));
  assert_null(json_at(node, 12));
  assert_null(json_at(node + 1, 0));
}

static void a_value_alone_is_a_document(void **state) {
  assert_int_equal(read_string(*state, " 12 ")->value.integer, 12);
  assert_true(text_is(json_text(read_string(*state, "\"x\"")), "x"));
  assert_int_equal(read_string(*state, "null")->type, JSON_TYPE_NULL);
}

static void strings_are_unescaped_and_may_hold_nuls(void **state) {
  const struct json_node *node =
      read_string(*state, "{\"k\\u0000y\":\"a\\u0000b\\n\\u00e9\\ud83d\\ude00\\\\\\/\"}");
  const struct json_node *value = json_get(node, TEXT("k\0y"));
  assert_non_null(value);
  assert_true(text_equal(json_text(value), TEXT("a\0b\n\xc3\xa9\xf0\x9f\x98\x80\\/")));
}

static void half_a_surrogate_pair_becomes_the_replacement_character(void **state) {
  static const struct {
    const char *json, *text;
  } table[] = {
      {"\"cut \\ud83d\"", "cut \xef\xbf\xbd"},
      {"\"\\ude00 cut\"", "\xef\xbf\xbd cut"},
      {"\"\\ud83d\\ud83d\\ude00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80"},
      {"\"\\\\ud83d \\uD83D\\u0041\"", "\\ud83d \xef\xbf\xbd"
                                       "A"},
      {"\"\\ud83d\\n\"", "\xef\xbf\xbd\n"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    const struct json_node *node = read_string(*state, table[i].json);
    assert_true(text_is(json_text(node), table[i].text));
  }
}

static void what_is_not_json_is_refused_in_words(void **state) {
  struct fixture *fixture = *state;
  static const struct {
    struct text text;
    const char *error;
  } table[] = {
      {{"", 0}, "not JSON: nothing but white space"},
      {{"  \n", 3}, "not JSON: nothing but white space"},
      {{"{\"a\":1", 6}, "not JSON: the structure is broken or does not end where it should"},
      {{"{\"a\":1}}", 8}, "not JSON: the structure is broken or does not end where it should"},
      {{"{\"a\":1} x", 9}, "not JSON: the structure is broken or does not end where it should"},
      {{"{\"a\":1}{}", 9}, "not JSON: the structure is broken or does not end where it should"},
      {{"{a:1}", 5}, "not JSON: the structure is broken or does not end where it should"},
      {{"{\"a\" 1}", 7}, "not JSON: the structure is broken or does not end where it should"},
      {{"[1,]", 4}, "not JSON: the structure is broken or does not end where it should"},
      {{"\"abc", 4}, "not JSON: a string is not closed"},
      {{"\"a\nb\"", 5}, "not JSON: a control character in a string"},
      {{"\"a\0b\"", 5}, "not JSON: a control character in a string"},
      {{"\"\\x\"", 4}, "not JSON: a malformed escape in a string"},
      {{"\"\\u12g4\"", 8}, "not JSON: a malformed escape in a string"},
      {{"\"\\ud83d \\x\"", 11}, "not JSON: a malformed escape in a string"},
      {{"tru", 3}, "not JSON: a word that is not true, false or null"},
      {{"[nul]", 5}, "not JSON: a word that is not true, false or null"},
      {{"[01]", 4}, "not JSON: a malformed number"},
      {{"[1.]", 4}, "not JSON: a malformed number"},
      {{"[\"9\",-]", 7}, "not JSON: a malformed number"},
      {{"[1e]", 4}, "not JSON: a malformed number"},
      {{"[1e999,01]", 10}, "not JSON: a malformed number"},
      {{"\"\xff\"", 3}, "not valid UTF-8"},
      {{"\"\xed\xa0\x80\"", 5}, "not valid UTF-8"},
      {{"{\"\xc3\":1}", 7}, "not valid UTF-8"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct error error = ERROR_NONE;
    assert_null(json_read_copy(fixture->reader, table[i].text, &error));
    if (strcmp(error.text, table[i].error) != 0)
      fail_msg("row %zu: %s", i, error.text);
  }
}

static struct text nested(struct buffer *buffer, size_t levels) {
  buffer_reset(buffer);
  for (size_t i = 0; i < levels; i++)
    buffer_append_string(buffer, i % 2 ? "[" : "{\"a\":");
  buffer_append_char(buffer, '1');
  for (size_t i = levels; i-- > 0;)
    buffer_append_char(buffer, i % 2 ? ']' : '}');
  return buffer_text(buffer);
}

static void nesting_is_read_to_its_limit_and_refused_beyond(void **state) {
  struct fixture *fixture = *state;
  struct buffer buffer = BUFFER_NONE;
  const struct json_node *node = read_text(fixture, nested(&buffer, JSON_DEPTH_MAX));
  assert_int_equal(node->skip, JSON_DEPTH_MAX + 1);
  static const size_t levels[] = {JSON_DEPTH_MAX + 1, JSON_DEPTH_MAX + 2, 200, 1000000};
  for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
    struct error error = ERROR_NONE;
    assert_null(json_read_copy(fixture->reader, nested(&buffer, levels[i]), &error));
    assert_string_equal(error.text, "nested deeper than 128 levels");
  }
  buffer_free(&buffer);
}

static void a_megabyte_of_string_is_read_and_small_records_after_it(void **state) {
  struct fixture *fixture = *state;
  struct buffer buffer = BUFFER_NONE;
  for (int round = 0; round < 3; round++) {
    buffer_reset(&buffer);
    buffer_append_char(&buffer, '"');
    memset(buffer_reserve(&buffer, 3 << 20), 'x', 3 << 20);
    buffer.size += 3 << 20;
    buffer_append_char(&buffer, '"');
    assert_int_equal(read_text(fixture, buffer_text(&buffer))->size, 3 << 20);
    assert_int_equal(read_string(fixture, "[1,2]")->size, 2);
  }
  buffer_free(&buffer);
}

static void a_record_over_the_size_limit_is_refused(void **state) {
  struct fixture *fixture = *state;
  struct error error = ERROR_NONE;
  size_t size = (size_t)JSON_SIZE_MAX + 1;
  char *bytes = memory_alloc(size);
  struct text text = {bytes, size};
  assert_null(json_read_copy(fixture->reader, text, &error));
  assert_string_equal(error.text, "larger than 16 MiB");
  free(bytes);
}

/* An array of so many times the same value. */
static struct buffer array_of(const char *value, size_t count) {
  struct buffer buffer = BUFFER_NONE;
  buffer_append_char(&buffer, '[');
  for (size_t i = 0; i < count; i++)
    buffer_printf(&buffer, "%s%s", i ? "," : "", value);
  buffer_append_char(&buffer, ']');
  return buffer;
}

/* Of small values a large record would need many times its own size. */
static void a_large_record_of_tiny_values_is_refused(void **state) {
  static const char *const tiny[] = {"0", "1.5", "\"\"", "true", "{}", "[]", "{\"\":{}}"};
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof tiny / sizeof *tiny; i++) {
    struct error error = ERROR_NONE;
    struct buffer buffer = array_of(tiny[i], (size_t)JSON_SIZE_MAX * 3 / 4 / (strlen(tiny[i]) + 1));
    assert_null(json_read_copy(fixture->reader, buffer_text(&buffer), &error));
    if (!strstr(error.text, "too many values for its size: "))
      fail_msg("%s: %s", tiny[i], error.text);
    buffer_free(&buffer);
  }
}

static void a_large_record_of_ordinary_values_is_read(void **state) {
  struct fixture *fixture = *state;
  struct error error = ERROR_NONE;
  size_t count = (size_t)JSON_SIZE_MAX / 40;
  struct buffer buffer = array_of("{\"operator\":\"homer@example.com\"}", count);
  const struct json_node *root = json_read_copy(fixture->reader, buffer_text(&buffer), &error);
  assert_string_equal(error.text, "");
  assert_int_equal(root->size, count);
  assert_int_equal(root->skip, 1 + 2 * count);
  buffer_free(&buffer);
}

static void what_is_broken_in_a_large_record_is_said(void **state) {
  struct fixture *fixture = *state;
  struct error error = ERROR_NONE;
  struct buffer buffer = array_of("\"some text of a record\"", 100000);
  buffer.data[buffer.size - 1] = ',';
  assert_null(json_read_copy(fixture->reader, buffer_text(&buffer), &error));
  assert_non_null(strstr(error.text, "not JSON"));
  buffer_free(&buffer);
}

static void an_array_of_many_elements_keeps_its_count(void **state) {
  struct fixture *fixture = *state;
  struct buffer buffer = BUFFER_NONE;
  const uint32_t count = 500000;
  buffer_append_char(&buffer, '[');
  for (uint32_t i = 0; i < count; i++)
    buffer_append_string(&buffer, i ? ",7" : "7");
  buffer_append_char(&buffer, ']');
  const struct json_node *node = read_text(fixture, buffer_text(&buffer));
  assert_int_equal(node->size, count);
  assert_int_equal(node->skip, count + 1);
  buffer_free(&buffer);
}

static void what_is_written_is_compact_and_in_order(void **state) {
  static const struct {
    const char *in, *out;
  } table[] = {
      {"{ }", "{}"},
      {"[ ]", "[]"},
      {"{\"b\": [ {} , [] ], \"a\" : \"\\u0041\\u0000\\\"\" }",
       "{\"b\":[{},[]],\"a\":\"A\\u0000\\\"\"}"},
      {"[-9223372036854775808,18446744073709551615,0,-1,1.25,1e300,true,false,null]",
       "[-9223372036854775808,18446744073709551615,0,-1,1.25,1e+300,true,false,null]"},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    assert_string_equal(written(*state, read_string(*state, table[i].in)), table[i].out);
}

static void canonical_text_sorts_members_on_every_level(void **state) {
  assert_string_equal(
      canonical(*state, "{\"b\":{\"z\":1,\"y\":[{\"q\":1,\"p\":2}]},\"a\":1,\"ab\":2,\"\":3}"),
      "{\"\":3,\"a\":1,\"ab\":2,\"b\":{\"y\":[{\"p\":2,\"q\":1}],\"z\":1}}");
  assert_string_equal(canonical(*state, "[]"), "[]");
  assert_string_equal(canonical(*state, "{\"a\":[1,[]]}"), "{\"a\":[1,[]]}");
}

static void canonical_text_sorts_large_objects_too(void **state) {
  struct fixture *fixture = *state;
  struct buffer up = BUFFER_NONE, down = BUFFER_NONE;
  for (int i = 0; i < 100; i++) {
    buffer_printf(&up, "%c\"k%02d\":%d", i ? ',' : '{', i, i);
    buffer_printf(&down, "%c\"k%02d\":%d", i ? ',' : '{', 99 - i, 99 - i);
  }
  buffer_append_char(&up, '}');
  buffer_append_char(&down, '}');
  assert_string_equal(canonical(fixture, down.data), up.data);
  buffer_free(&up);
  buffer_free(&down);
}

/* Keys of every size around those that are compared as numbers, in their order. */
static void canonical_text_has_the_order_of_the_keys_bytes(void **state) {
  static const char *const keys[] = {
      "",        "a",      "a\\u0000", "aa",       "aab",       "aaba",      "aabaa",
      "aabab",   "aababc", "aababcd",  "aababcde", "aababcdea", "aababcdeb", "aababcdf",
      "aababcz", "aabz",   "b",        "z",        "\xc3\xbc",  "\xc3\xbcz",
  };
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    for (size_t j = i + 1; j < sizeof keys / sizeof *keys; j++) {
      char down[64], up[64];
      snprintf(down, sizeof down, "{\"%s\":0,\"%s\":1}", keys[j], keys[i]);
      snprintf(up, sizeof up, "{\"%s\":1,\"%s\":0}", keys[i], keys[j]);
      assert_string_equal(canonical(*state, down), up);
      assert_string_equal(canonical(*state, up), up);
    }
}

static void a_number_that_fits_no_type_keeps_its_digits(void **state) {
  static const struct {
    const char *digits;
    double nearest;
  } table[] = {
      {"18446744073709551616", 18446744073709551616.0},
      {"-9223372036854775809", -9223372036854775808.0},
      {"123456789012345678901234567890", 123456789012345678901234567890.0},
      {"1e400", INFINITY},
      {"-1E+99999999999999999999", -INFINITY},
  };
  struct fixture *fixture = *state;
  struct buffer text = BUFFER_NONE;
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    double number;
    buffer_reset(&text);
    buffer_printf(&text, "{\"1e999\":\"\\\"1e999\",\"n\":%s,\"half\":\"\\ud83d\",\"l\":[1,%s,2.5]}",
                  table[i].digits, table[i].digits);
    const struct json_node *root = read_text(fixture, buffer_text(&text));
    const struct json_node *large = json_get(root, TEXT("n"));
    const struct json_node *list = json_get(root, TEXT("l"));
    assert_int_equal(large->type, JSON_TYPE_LARGE);
    assert_true(text_is(json_text(large), table[i].digits));
    assert_true(json_number(large, &number) && number == table[i].nearest);
    assert_int_equal(json_at(list, 0)->value.integer, 1); /* the others are what they are */
    assert_int_equal(json_at(list, 1)->type, JSON_TYPE_LARGE);
    assert_true(json_at(list, 2)->value.real == 2.5);
    assert_string_equal(written(fixture, large), table[i].digits);
  }
  assert_int_equal(read_string(fixture, "1e-400")->type, JSON_TYPE_DOUBLE);
  assert_string_equal(written(fixture, read_string(fixture, "18446744073709551616")),
                      "18446744073709551616");
  buffer_free(&text);
}

static void of_members_with_one_key_the_last_counts(void **state) {
  static const struct {
    const char *in, *out;
    unsigned repeated;
  } table[] = {
      {"{\"a\":1,\"a\":2}", "{\"a\":2}", 1},
      {"{\"a\":1,\"b\":0,\"a\":2,\"a\":3}", "{\"b\":0,\"a\":3}", 2},
      {"{\"a\":1,\"\\u0061\":2}", "{\"a\":2}", 1},
      {"{\"\\u0061\":1,\"a\":[2,{}]}", "{\"a\":[2,{}]}", 1},
      {"{\"a\":1,\"a\":null}", "{\"a\":null}", 1},
      {"{\"\":1,\"\":2}", "{\"\":2}", 1},
      {"{\"a\":1,\"A\":2,\"a \":3,\"a\\u0000\":4,\"a\\u0000b\":5}",
       "{\"a\":1,\"A\":2,\"a \":3,\"a\\u0000\":4,\"a\\u0000b\":5}", 0},
      {"{\"a\\u0000b\":1,\"a\\u0000b\":2,\"a\\u0000c\":3}", "{\"a\\u0000b\":2,\"a\\u0000c\":3}", 1},
      {"{\"o\":{\"x\":{\"k\":1,\"k\":2},\"y\":3},\"p\":4}",
       "{\"o\":{\"x\":{\"k\":2},\"y\":3},\"p\":4}", 1},
      {"[{\"k\":1,\"k\":[1,2]},[{\"k\":{\"z\":0},\"k\":2}],3]", "[{\"k\":[1,2]},[{\"k\":2}],3]", 2},
      {"{\"a\":{\"b\":1,\"b\":2},\"a\":{\"c\":3}}", "{\"a\":{\"c\":3}}", 1},
      {"{\"a\":{\"c\":3},\"a\":{\"b\":1,\"b\":2}}", "{\"a\":{\"b\":2}}", 2},
  };
  struct fixture *fixture = *state;
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    const struct json_node *root = read_string(fixture, table[i].in);
    assert_int_equal(json_repeated_keys(fixture->reader), table[i].repeated);
    assert_string_equal(written(fixture, root), table[i].out);
    uint32_t members = root->size;
    for (JSON_EACH(child, root))
      members--;
    assert_int_equal(members, 0);
  }
}

/* Sizes around which objects are looked at in another way. */
static void a_repeated_key_is_found_in_objects_of_any_size(void **state) {
  static const unsigned sizes[] = {2, 15, 16, 17, 60, 500, 16384, 16385, 70000};
  struct fixture *fixture = *state;
  struct buffer text = BUFFER_NONE;
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    for (unsigned repeats = 0; repeats < 2; repeats++) {
      buffer_reset(&text);
      for (unsigned k = 0; k < sizes[i]; k++)
        buffer_printf(&text, "%c\"k%u\":%u", k ? ',' : '{', repeats && k + 1 == sizes[i] ? 0 : k,
                      k);
      buffer_append_char(&text, '}');
      const struct json_node *root = read_text(fixture, buffer_text(&text));
      assert_int_equal(json_repeated_keys(fixture->reader), repeats);
      assert_int_equal(root->size, sizes[i] - repeats);
      assert_int_equal(root->skip, 1 + sizes[i] - repeats);
      assert_int_equal(json_get(root, TEXT("k0"))->value.integer, repeats ? sizes[i] - 1 : 0);
    }
  }
  buffer_free(&text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(nodes_stand_in_document_order, start, stop),
      cmocka_unit_test_setup_teardown(scalars_have_their_type_and_value, start, stop),
      cmocka_unit_test_setup_teardown(a_value_alone_is_a_document, start, stop),
      cmocka_unit_test_setup_teardown(strings_are_unescaped_and_may_hold_nuls, start, stop),
      cmocka_unit_test_setup_teardown(half_a_surrogate_pair_becomes_the_replacement_character,
                                      start, stop),
      cmocka_unit_test_setup_teardown(what_is_not_json_is_refused_in_words, start, stop),
      cmocka_unit_test_setup_teardown(nesting_is_read_to_its_limit_and_refused_beyond, start, stop),
      cmocka_unit_test_setup_teardown(a_megabyte_of_string_is_read_and_small_records_after_it,
                                      start, stop),
      cmocka_unit_test_setup_teardown(a_record_over_the_size_limit_is_refused, start, stop),
      cmocka_unit_test_setup_teardown(an_array_of_many_elements_keeps_its_count, start, stop),
      cmocka_unit_test_setup_teardown(a_large_record_of_tiny_values_is_refused, start, stop),
      cmocka_unit_test_setup_teardown(a_large_record_of_ordinary_values_is_read, start, stop),
      cmocka_unit_test_setup_teardown(what_is_broken_in_a_large_record_is_said, start, stop),
      cmocka_unit_test_setup_teardown(what_is_written_is_compact_and_in_order, start, stop),
      cmocka_unit_test_setup_teardown(canonical_text_sorts_members_on_every_level, start, stop),
      cmocka_unit_test_setup_teardown(a_number_that_fits_no_type_keeps_its_digits, start, stop),
      cmocka_unit_test_setup_teardown(of_members_with_one_key_the_last_counts, start, stop),
      cmocka_unit_test_setup_teardown(a_repeated_key_is_found_in_objects_of_any_size, start, stop),
      cmocka_unit_test_setup_teardown(canonical_text_sorts_large_objects_too, start, stop),
      cmocka_unit_test_setup_teardown(canonical_text_has_the_order_of_the_keys_bytes, start, stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
