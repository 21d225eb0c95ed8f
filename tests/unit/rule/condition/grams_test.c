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

static void an_index_gives_each_literal_that_may_be_there_once(void **state) {
  static const char text[] = "C:\\Windows\\powershell.exe -EncodedCommand [x]{y} @`";
  enum { COUNT = 600 };
  struct grams literals[COUNT];
  unsigned given[COUNT] = {0};
  struct gram_table table;
  struct arena arena = ARENA_NONE;
  char bytes[4];
  (void)state;
  gram_table_fill(&table, TEXT(text));
  for (size_t i = 0; i < COUNT; i++) { /* pieces of the text, and others; none, one byte and more */
    for (size_t j = 0; j < sizeof bytes; j++)
      bytes[j] = i % 3 ? (char)('a' + (i * 7 + j * i) % 26) : text[(i + j) % (sizeof text - 1)];
    literals[i] = grams_of((struct text){bytes, i % 5});
  }
  const struct gram_index *index = gram_index_new(&arena, literals, COUNT);
  struct gram_cursor cursor = gram_index_start(index);
  for (size_t literal; gram_index_next(index, &table, &cursor, &literal);)
    given[literal]++;
  for (size_t i = 0; i < COUNT; i++)
    assert_int_equal(given[i], gram_table_may_contain(&table, &literals[i]));
  arena_free(&arena);
}

static void an_index_of_nothing_gives_nothing(void **state) {
  struct arena arena = ARENA_NONE;
  struct gram_table table;
  size_t literal;
  (void)state;
  gram_table_fill(&table, TEXT("powershell"));
  const struct gram_index *index = gram_index_new(&arena, NULL, 0);
  struct gram_cursor cursor = gram_index_start(index);
  assert_false(gram_index_next(index, &table, &cursor, &literal));
  arena_free(&arena);
}

/* What a field is asked for, and enough besides for an index. */
static bool contains_one_of_many(const struct condition_value *wanted, const char *record) {
  enum { COUNT = 40 };
  struct condition_value values[COUNT];
  static char names[COUNT][8];
  for (size_t i = 0; i < COUNT; i++) {
    snprintf(names[i], sizeof names[i], "word%zu", i);
    values[i] = (struct condition_value){.type = VALUE_TEXT, .text = text_from(names[i])};
  }
  values[COUNT / 2] = *wanted;
  return field_matches("t|contains", values, COUNT, record);
}

static void very_many_literals_hold_as_one_does(void **state) {
  static const struct {
    struct condition_value wanted;
    const char *record;
    bool holds;
  } rows[] = {
      {S("Needle"), "{\"t\":\"hay and a nEEdle\"}", true},
      {S("Needle"), "{\"t\":\"hay\"}", false},
      {S("Needle"), "{\"t\":\"hay, word39\"}", true},
      {S("ne*le"), "{\"t\":\"a needle\"}", true}, /* a wildcard is in no index */
      {S("ne*le"), "{\"t\":\"a noodle\"}", false},
      {S("z"), "{\"t\":\"hay, then the last: z\"}", true}, /* nor is what has no pair */
      {S("\xc3\xa9t\xc3\xa9"), "{\"t\":\"in the \xc3\x89T\xc3\x89\"}", true},
      {S("k9"),
       "{\"t\":\"a \xe2\x84\xaa"
       "9 unit\"}",
       true}, /* the Kelvin sign */
      {I(77), "{\"t\":\"number 177\"}", true},
      {I(77), "{\"t\":177}", true},
      {S("needle"), "{\"t\":[\"hay\",\"a needle\"]}", true},
      {S("needle"), "{\"u\":\"needle\"}", false},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_int_equal(contains_one_of_many(&rows[i].wanted, rows[i].record), rows[i].holds);
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
      cmocka_unit_test(an_index_gives_each_literal_that_may_be_there_once),
      cmocka_unit_test(an_index_of_nothing_gives_nothing),
      cmocka_unit_test(very_many_literals_hold_as_one_does),
      cmocka_unit_test(many_literals_hold_as_few_do),
      cmocka_unit_test(all_of_many_literals_must_be_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
