/* Many literals that are looked for in one text. */
#include "rule/condition/condition_fixture.h"
#include "rule/condition/grams.h"

static void what_a_text_contains_is_never_ruled_out(void **state) {
  static const char text[] = "C:\\Windows\\powershell.exe -EncodedCommand [x]{y} @`";
  struct gram_table table;
  (void)state;
  gram_table_fill(&table, TEXT(text));
  for (size_t from = 0; from < sizeof text - 1; from++)
    for (size_t size = 0; from + size < sizeof text; size++) {
      struct grams grams = grams_of((struct text){text + from, size});
      assert_true(gram_table_may_contain(&table, &grams));
    }
  struct grams absent = grams_of(TEXT("mimikatz")), upper = grams_of(TEXT("POWERSHELL"));
  assert_false(gram_table_may_contain(&table, &absent));
  assert_true(gram_table_may_contain(&table, &upper));
}

static void many_literals_hold_as_few_do(void **state) {
  static const struct condition_value values[] = {S("aa"),
                                                  S("Needle"),
                                                  S("z"),
                                                  S("\xc3\xa9t\xc3\xa9"),
                                                  S("wort"),
                                                  S("k9"),
                                                  S("stra\xc3\x9f"
                                                    "e"),
                                                  I(77)};
  enum { COUNT = sizeof values / sizeof *values };
  static const struct {
    const char *record;
    bool some, cased;
  } rows[] = {
      {"{\"t\":\"nothing here but hay\"}", false, false},
      {"{\"t\":\"hay and a nEEdle\"}", true, false},
      {"{\"t\":\"hay and a Needle\"}", true, true},
      {"{\"t\":\"hay, then the last: z\"}", true, true},
      {"{\"t\":\"in the \xc3\x89T\xc3\x89\"}", true, false},
      {"{\"t\":\"STRA\xe1\xba\x9e"
       "E\"}",
       true, false}, /* as Unicode folds it */
      {"{\"t\":\"a \xe2\x84\xaa"
       "9 unit\"}",
       true, false}, /* the Kelvin sign */
      {"{\"t\":\"number 177\"}", true, true},
      {"{\"t\":\"\"}", false, false},
      {"{\"t\":[\"hay\",\"a needle\"]}", true, false},
      {"{\"t\":177}", true, true},
      {"{\"u\":\"needle\"}", false, false},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_int_equal(field_matches("t|contains", values, COUNT, rows[i].record), rows[i].some);
    assert_int_equal(field_matches("t|contains|cased", values, COUNT, rows[i].record),
                     rows[i].cased);
  }
}

static void all_of_many_literals_must_be_there(void **state) {
  static const struct condition_value values[] = {S("one"),  S("two"), S("three"),
                                                  S("four"), S("5"),   S("six")};
  (void)state;
  assert_true(field_matches("t|contains|all", values, 6, "{\"t\":\"ONE two three 5 four six\"}"));
  assert_false(field_matches("t|contains|all", values, 6, "{\"t\":\"ONE two three 5 four sx\"}"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_a_text_contains_is_never_ruled_out),
      cmocka_unit_test(many_literals_hold_as_few_do),
      cmocka_unit_test(all_of_many_literals_must_be_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
