/* Blocks as bytes: any may be read, and only what was written is taken. */
#include "store/sqlite/archive/block.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Bytes of a block that are no events, whatever a checksum says of them. */
static void bytes_that_are_no_block_are_refused(void **state) {
  static const struct text cases[] = {
      TEXT_INIT(""),
      TEXT_INIT("\x00"),     /* no events */
      TEXT_INIT("\x41"),     /* too many */
      TEXT_INIT("\x01"),     /* no sizes */
      TEXT_INIT("\x01\x02"), /* no size of a record */
      TEXT_INIT("\x01\x00\x01"
                "r"), /* the source of no event before */
      TEXT_INIT("\x01\x02\x01"
                "s"), /* a record that is not there */
      TEXT_INIT("\x01\x02\x01"
                "srx"),              /* something behind */
      TEXT_INIT("\x01\x81\x00\x00"), /* not the shortest form of a number */
      TEXT_INIT("\x01\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x01"
                "r"),
      TEXT_INIT("\x02\x02\x01\x00\x02"
                "srr"),
  };
  struct block_event events[BLOCK_EVENTS_MAX];
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_int_equal(block_read(cases[i], events), 0);
  assert_int_equal(block_read(TEXT("\x02\x02\x01\x00\x01srR"), events), 2);
  assert_true(text_equal(events[1].source_id, TEXT("s")));
  assert_true(text_equal(events[1].record, TEXT("R")));
}

static void a_reference_comes_back(void **state) {
  static const int64_t numbers[] = {1, 127, 128, 16383, 16384, INT64_C(1) << 40, INT64_MAX};
  (void)state;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    for (size_t place = 0; place < BLOCK_EVENTS_MAX; place += 21) {
      struct block_reference reference = block_refer(numbers[i], place);
      struct text bytes = {reference.bytes, reference.size};
      int64_t block;
      size_t at;
      assert_true(block_is_reference(bytes));
      assert_true(block_resolve(bytes, &block, &at));
      assert_true(block == numbers[i] && at == place);
      reference.bytes[2] ^= 1;
      assert_false(block_resolve(bytes, &block, &at));
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bytes_that_are_no_block_are_refused),
      cmocka_unit_test(a_reference_comes_back),
  };
  return cmocka_run_group_tests_name("block", tests, NULL, NULL);
}
