#include "detect/test/rule_test_edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct edit_case {
  const char *record, *set, *unset; /* JSON; NULL: none */
  int64_t number;
  const char *expected; /* NULL: refused */
} cases[] = {
    {"{\"a\":1}", "{\"b\":2}", NULL, 0, "{\"a\":1,\"b\":2}"},
    {"{\"a\":1,\"b\":2}", "{\"a\":[]}", NULL, 0, "{\"a\":[],\"b\":2}"},
    {"{}", "{\"a.b.c\":\"x\"}", NULL, 0, "{\"a\":{\"b\":{\"c\":\"x\"}}}"},
    {"{\"a\":null}", "{\"a.b\":1}", NULL, 0, "{\"a\":{\"b\":1}}"},
    {"{\"a\":[1,{\"b\":2}]}", "{\"a.2.b\":3,\"a.1\":0}", NULL, 0, "{\"a\":[0,{\"b\":3}]}"},
    {"{\"a\":[1]}", "{\"a.2\":3}", NULL, 0, NULL},
    {"{\"a\":[1]}", "{\"a.0\":3}", NULL, 0, NULL},
    {"{\"a\":\"x\"}", "{\"a.b\":3}", NULL, 0, NULL},
    {"{\"a\":1,\"b\":{\"c\":2,\"d\":3}}", NULL, "[\"a\",\"b.c\",\"x.y\",\"a.b\"]", 0,
     "{\"b\":{\"d\":3}}"},
    {"{\"a\":[1,2,3]}", NULL, "[\"a.2\",\"a.9\"]", 0, "{\"a\":[1,3]}"},
    {"{\"a\":\"x\"}", NULL, "[\"a.b\"]", 0, "{\"a\":\"x\"}"},
    {"{}", "{\"a\":\"n {n}\",\"b\":{\"c\":\"{n}\"}}", NULL, 2,
     "{\"a\":\"n 2\",\"b\":{\"c\":\"{n}\"}}"},
    {"{}", "{\"a\":\"n {n}\"}", NULL, 0, "{\"a\":\"n {n}\"}"},
    {"[1]", "{\"a\":1}", NULL, 0, NULL},
    {"{\"a\":", "{\"a\":1}", NULL, 0, NULL},
    /* what is not changed keeps its digits and NULs */
    {"{\"a\":123456789012345678901234567890,\"k\\u0000\":\"\\u0000\"}", "{\"b\":1}", NULL, 0,
     "{\"a\":123456789012345678901234567890,\"k\\u0000\":\"\\u0000\",\"b\":1}"},
    {"{}", "{\"b\":-98765432109876543210987654321}", NULL, 0,
     "{\"b\":-98765432109876543210987654321}"},
};

static void paths_are_set_and_unset_and_the_rest_stays_as_it_was(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const struct edit_case *row = &cases[i];
    struct json_reader *sets = json_reader_new(), *unsets = json_reader_new();
    struct error error = ERROR_NONE;
    struct buffer record = BUFFER_NONE;
    struct rule_test_edit edit = {.number = row->number};
    buffer_append_string(&record, row->record);
    if (row->set)
      edit.set = json_read_copy(sets, text_from(row->set), NULL);
    if (row->unset)
      edit.unset = json_read_copy(unsets, text_from(row->unset), NULL);
    bool ok = rule_test_edit_apply(&record, &edit, &error);
    assert_int_equal(ok, row->expected != NULL);
    assert_int_equal(error.set, row->expected == NULL);
    if (ok)
      assert_string_equal(buffer_text(&record).data, row->expected);
    buffer_free(&record);
    json_reader_free(sets);
    json_reader_free(unsets);
  }
}

static void a_key_with_dots_is_moved_as_one_key(void **state) {
  (void)state;
  struct buffer record = BUFFER_NONE;
  buffer_append_string(&record, "{\"a.b\":1,\"c\":2}");
  const struct rule_test_edit edit = {.moved_key = TEXT("a.b"), .moved_value = TEXT("\"then\"")};
  assert_true(rule_test_edit_apply(&record, &edit, NULL));
  assert_string_equal(buffer_text(&record).data, "{\"a.b\":\"then\",\"c\":2}");
  buffer_free(&record);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(paths_are_set_and_unset_and_the_rest_stays_as_it_was),
      cmocka_unit_test(a_key_with_dots_is_moved_as_one_key),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
