#include "source/source_world.h"

#define NOW "2024-03-21T07:09:03Z"
#define ZOOM "account_id: a\nclient_id: b\nclient_secret: "

/* Whether two configurations are of the same source, which then goes on. */
static bool goes_on(const struct source_type *type, const char *one, const char *other) {
  struct world first, second;
  world_start(&first, NOW);
  world_start(&second, NOW);
  world_options(&first, type, one);
  world_options(&second, type, other);
  bool equal = source_equal(&first.source, &second.source);
  world_end(&first);
  world_end(&second);
  return equal;
}

static void a_source_goes_on_when_every_setting_is_as_before(void **state) {
  (void)state;
  assert_true(goes_on(&source_zoom_reports, ZOOM "c", ZOOM "c\npage_size: 300 # by default"));
  assert_false(goes_on(&source_zoom_reports, ZOOM "c", ZOOM "c\npage_size: 299"));
  assert_false(goes_on(&source_zoom_reports, ZOOM "c", ZOOM "another secret"));
  assert_true(goes_on(&source_file, "path: a", "path: a"));
  assert_false(goes_on(&source_file, "path: a", "path: a\nfollow: true"));
}

static void another_name_or_kind_is_another_source(void **state) {
  (void)state;
  int options = 0;
  const struct source source = {
      .type = &source_file, .id = TEXT("a"), .label = TEXT("A"), .options = &options};
  struct source other = source;
  assert_true(source_equal(&source, &other));
  other.id = TEXT("b");
  assert_false(source_equal(&source, &other));
  other = source;
  other.label = TEXT("B");
  assert_false(source_equal(&source, &other));
  other = source;
  other.type = &source_zoom_reports;
  assert_false(source_equal(&source, &other));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_source_goes_on_when_every_setting_is_as_before),
      cmocka_unit_test(another_name_or_kind_is_another_source),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
