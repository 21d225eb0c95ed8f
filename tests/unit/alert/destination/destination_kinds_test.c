#include "alert/alert_fixture.h"
#include "alert/destination/destination_kinds.h"

static void every_kind_is_found_by_its_name(void **state) {
  (void)state;
  assert_true(destination_kinds.count >= 3);
  for (size_t i = 0; i < destination_kinds.count; i++) {
    const struct kind *kind = destination_kinds.items[i];
    assert_ptr_equal(kind_find(&destination_kinds, text_from(kind->name)), kind);
    assert_non_null(destination_type_of(kind)->render);
  }
  assert_null(kind_find(&destination_kinds, TEXT("pigeon")));
  assert_null(kind_find(&destination_kinds, TEXT("")));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kind_is_found_by_its_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
