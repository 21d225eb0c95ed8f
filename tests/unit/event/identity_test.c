#include "base/digest.h"
#include "base/memory.h"
#include "event/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* The row id of an unchecked record of type T. */
static void identify(const char *record, uint64_t occurrence, char out[ROW_ID_SIZE + 1]) {
  struct event_typing typing = {.log_type = TEXT("T"), .unchecked = true};
  struct event_reader *reader = event_reader_new(&typing, TEXT("s"), TEXT("label"));
  struct buffer padded = BUFFER_NONE;
  struct error error = ERROR_NONE;
  buffer_append_string(&padded, record);
  memset(buffer_reserve(&padded, JSON_PADDING), 0, JSON_PADDING);
  const struct event *event =
      event_read(reader, buffer_text(&padded), TEXT(""), US_PER_SECOND, &error);
  assert_non_null(event);
  assert_string_equal(event_row_id(event), "");
  event_identify(reader, occurrence);
  memcpy(out, event_row_id(event), ROW_ID_SIZE + 1);
  event_reader_free(reader);
  buffer_free(&padded);
}

static void the_same_value_has_the_same_id_however_it_is_written(void **state) {
  (void)state;
  static const char *const same[] = {
      "{\"a\":1,\"b\":{\"c\":\"\xc3\xa9\",\"d\":[1,2]}}",
      " { \"b\" : { \"d\" : [ 1 , 2 ], \"c\" : \"\\u00e9\" } , \"a\" : 1 } ",
      "{\"b\":{\"c\":\"\\u00E9\",\"d\":[1,2]},\"a\":1}",
  };
  char first[ROW_ID_SIZE + 1], other[ROW_ID_SIZE + 1];
  identify(same[0], 3, first);
  assert_int_equal(strlen(first), ROW_ID_SIZE);
  for (size_t i = 1; i < sizeof same / sizeof same[0]; i++) {
    identify(same[i], 3, other);
    assert_string_equal(first, other);
  }
}

static void what_differs_has_different_ids(void **state) {
  (void)state;
  static const struct {
    const char *record;
    uint64_t occurrence;
  } table[] = {
      {"{\"a\":1}", 0},          {"{\"a\":1}", 1},
      {"{\"a\":1}", UINT64_MAX}, {"{\"a\":\"1\"}", 0},
      {"{\"a\":[1]}", 0},        {"{\"b\":1}", 0},
      {"{\"a\":[1,2]}", 0},      {"{\"a\":[2,1]}", 0},
      {"{\"a\":null}", 0},       {"{}", 0},
      {"{\"a\":1.5}", 0},        {"{\"a\":\"\\u0000\"}", 0},
      {"{\"a\":1,\"a\":2}", 0},  {"{\"a\":\"\\u0000b\"}", 0},
  };
  char ids[sizeof table / sizeof table[0]][ROW_ID_SIZE + 1];
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    identify(table[i].record, table[i].occurrence, ids[i]);
    for (size_t j = 0; j < i; j++)
      assert_string_not_equal(ids[i], ids[j]);
  }
}

static void the_parts_of_an_id_do_not_run_into_each_other(void **state) {
  (void)state;
  static const char *const parts[][3] = {
      {"ab", "c", "{}"}, {"a", "bc", "{}"}, {"abc", "", "{}"},
      {"", "abc", "{}"}, {"ab", "", "c{}"}, {"ab", "c{}", ""},
  };
  char ids[sizeof parts / sizeof parts[0]][ROW_ID_SIZE + 1];
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    row_id_compute(text_from(parts[i][0]), text_from(parts[i][1]), text_from(parts[i][2]), 0,
                   ids[i]);
    for (size_t j = 0; j < i; j++)
      assert_string_not_equal(ids[i], ids[j]);
  }
}

static void the_id_is_half_a_sha256_over_sized_parts(void **state) {
  (void)state;
  uint8_t hash[DIGEST_SIZE];
  char expected[ROW_ID_SIZE + 1], computed[ROW_ID_SIZE + 1], event_id[ROW_ID_SIZE + 1];
  digest_sha256(TEXT("\1\0\0\0\0\0\0\0s"
                     "\1\0\0\0\0\0\0\0T"
                     "\7\0\0\0\0\0\0\0{\"a\":1}"
                     "\2\1\0\0\0\0\0\0"),
                hash);
  hex_encode(hash, ROW_ID_SIZE / 2, expected);
  row_id_compute(TEXT("s"), TEXT("T"), TEXT("{\"a\":1}"), 258, computed);
  identify("{ \"a\": 1 }", 258, event_id);
  assert_string_equal(computed, expected);
  assert_string_equal(event_id, expected);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_value_has_the_same_id_however_it_is_written),
      cmocka_unit_test(what_differs_has_different_ids),
      cmocka_unit_test(the_parts_of_an_id_do_not_run_into_each_other),
      cmocka_unit_test(the_id_is_half_a_sha256_over_sized_parts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
