#include "alert/alert_fixture.h"
#include "alert/destination/destination_kinds.h"

static void every_named_type_is_found(void **state) {
  (void)state;
  size_t count;
  const char *const *names = destination_type_names(&count);
  for (size_t i = 0; i < count; i++) {
    const struct destination_type *type = destination_type_find(text_from(names[i]));
    assert_non_null(type);
    assert_string_equal(type->name, names[i]);
    assert_non_null(type->render);
  }
  assert_null(destination_type_find(TEXT("pigeon")));
  assert_null(destination_type_find(TEXT("")));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_named_type_is_found),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
