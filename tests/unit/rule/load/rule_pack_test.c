/* What files of packs say, and where they are found. */
#include "base/buffer.h"
#include "rule/load/rule_set_load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct {
  const char *source, *mistake; /* mistake NULL: none */
} packs[] = {
    {"name: zoom-core\nmode: alert\n", NULL},
    {"name: zoom-core\nmode: off\ndescription: >-\n  one\n  two\n", NULL},
    {"name: zoom-core\n", "rules/packs/p.yml:1:1: a pack needs 'mode': alert, signal or off"},
    {"mode: off\n", "rules/packs/p.yml:1:1: a pack needs 'name', as in zoom-core"},
    {"name: Zoom core\nmode: off\n",
     "rules/packs/p.yml:1:7: name must have 1 to 64 of a-z, 0-9 and '-', as in zoom-core"},
    {"name: a\nmode: singal\n",
     "rules/packs/p.yml:2:7: mode 'singal' is none of alert, signal, off (did you mean 'signal'?)"},
    {"name: a\nmode: off\nreason: x\n", "rules/packs/p.yml:3:1: unknown key 'reason' in a pack"},
    {"name: a\nmode: [off]\n", "rules/packs/p.yml:2:7: mode: expected text, found a list"},
    {"- name: a\n", "rules/packs/p.yml:1:1: a pack: expected a mapping (key: value), found a list"},
};

static void a_pack_has_a_name_and_a_mode(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof packs / sizeof *packs; i++) {
    const struct rule_file file = {
        .path = "rules/packs/p.yml", .source = text_from(packs[i].source), .pack = true};
    struct problems problems = PROBLEMS_NONE;
    struct error_line line;
    struct rule_set *set = rule_set_load_files(&file, 1, &problems);
    const char *found = problems.count ? error_line(&problems.items[0], &line) : NULL;
    if (problems.count > 1 || !found != !packs[i].mistake ||
        (found && strcmp(found, packs[i].mistake) != 0))
      fail_msg("%s\n%s", packs[i].source, found ? found : "no mistake");
    assert_int_equal(set->pack_count, found ? 0 : 1);
    assert_int_equal(set->count, 0);
    rule_set_free(set);
    problems_clear(&problems);
  }
}

static void a_second_pack_of_a_name_is_a_mistake_unless_it_only_fills_gaps(void **state) {
  (void)state;
  for (int only_base = 0; only_base <= 1; only_base++) {
    const struct rule_file files[] = {
        {.path = "a/packs/p.yml", .source = TEXT_INIT("name: p\nmode: off\n"), .pack = true},
        {.path = "b/packs/p.yml",
         .source = TEXT_INIT("name: p\nmode: alert\n"),
         .pack = true,
         .only_base = only_base}};
    struct problems problems = PROBLEMS_NONE;
    struct rule_set *set = rule_set_load_files(files, 2, &problems);
    assert_int_equal(problems.count, !only_base);
    assert_int_equal(set->pack_count, 1);
    assert_int_equal(set->packs[0].mode, RULE_MODE_OFF);
    rule_set_free(set);
    problems_clear(&problems);
  }
}

/* The folders that ship: the packs are found, and are no rules. */
static void packs_are_found_in_a_folder_of_rules(void **state) {
  (void)state;
  static const char *const paths[] = {"rules"};
  struct problems problems = PROBLEMS_NONE;
  const struct rule_options options = {.paths = paths, .path_count = 1, .base_path = "rules"};
  struct rule_set *set = rule_set_load(&options, &problems);
  problems_print(&problems, stderr);
  assert_int_equal(problems.count, 0);
  assert_int_equal(set->pack_count, 3);
  assert_int_equal(set->refusal_count, 0);
  rule_set_free(set);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_pack_has_a_name_and_a_mode),
      cmocka_unit_test(a_second_pack_of_a_name_is_a_mistake_unless_it_only_fills_gaps),
      cmocka_unit_test(packs_are_found_in_a_folder_of_rules),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
