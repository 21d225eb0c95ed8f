#include "event/lookup/lookup_fixture.h"
#include "event/lookup/lookup_network.h"
#include "event/lookup/lookup_watch.h"

struct row {
  const char *name, *text, *key; /* the file, and the configured key */
  enum lookup_match match;
  const char *wanted, *found;
};

static void expect(struct lookup_fixture *fixture, const struct row *row) {
  lookup_fixture_load(fixture, row->name, row->text, row->key, row->match);
  lookup_fixture_expect_no_problems(fixture);
  const char *found = lookup_fixture_find(fixture, row->wanted);
  if (strcmp(found, row->found) != 0)
    fail_msg("'%s' in:\n%s\n  got: %s\n  expected: %s", row->wanted, row->text, found, row->found);
}

#define EXPECT_ALL(fixture, rows)                                                                  \
  for (size_t i_ = 0; i_ < sizeof(rows) / sizeof *(rows); i_++)                                    \
  expect(fixture, &(rows)[i_])

static void csv_is_read_as_rfc_4180_has_it(void **state) {
  static const struct row rows[] = {
      {"t.csv", "a,b\n1,2\n3,4\n", "", LOOKUP_EXACT, "3", "{a:\"3\",b:\"4\"}"},
      {"t.csv", "a,b\n1,2\n3,4", "", LOOKUP_EXACT, "3", "{a:\"3\",b:\"4\"}"},
      {"t.csv", "a,b\r\n1,2\r\n3,4\r\n", "", LOOKUP_EXACT, "3", "{a:\"3\",b:\"4\"}"},
      {"t.csv",
       "\xef\xbb\xbf"
       "a,b\n1,2\n",
       "a", LOOKUP_EXACT, "1", "{a:\"1\",b:\"2\"}"},
      {"t.csv", "a,b\n1,2\n", "b", LOOKUP_EXACT, "2", "{a:\"1\",b:\"2\"}"},
      {"t.csv", "a,b\n1,2\n", "b", LOOKUP_EXACT, "1", "none"},
      {"t.csv", "a,b\n1,\"x,y\"\n", "", LOOKUP_EXACT, "1", "{a:\"1\",b:\"x,y\"}"},
      {"t.csv", "a,b\n1,\"x \"\"y\"\"\"\n", "", LOOKUP_EXACT, "1", "{a:\"1\",b:\"x \\\"y\\\"\"}"},
      {"t.csv", "a,b\n1,\"x\ny\"\n2,z\n", "", LOOKUP_EXACT, "1", "{a:\"1\",b:\"x\\ny\"}"},
      {"t.csv", "a,b\n1,\"x\r\ny\"\r\n2,z\n", "", LOOKUP_EXACT, "2", "{a:\"2\",b:\"z\"}"},
      {"t.csv", "\"a\",\"b b\"\n\"1\",\"\"\n", "", LOOKUP_EXACT, "1", "{a:\"1\"}"},
      {"t.csv", "a,b,c\n1,,3\n", "", LOOKUP_EXACT, "1", "{a:\"1\",c:\"3\"}"},
      {"t.csv", "a,b\n1, 2 \n", "", LOOKUP_EXACT, "1", "{a:\"1\",b:\" 2 \"}"},
      {"t.csv", "\n\na,b\n\n1,2\n\r\n\n", "", LOOKUP_EXACT, "1", "{a:\"1\",b:\"2\"}"},
      {"t.csv", "a\nx\ry\n", "", LOOKUP_EXACT, "x\ry", "{a:\"x\\ry\"}"},
      {"t.csv", "a,b\n", "", LOOKUP_EXACT, "1", "none"},
      {"T.CSV", "a\n1\n", "", LOOKUP_EXACT, "1", "{a:\"1\"}"},
  };
  EXPECT_ALL(*state, rows);
}

static void json_rows_are_a_list_or_stand_under_their_keys(void **state) {
  static const struct row rows[] = {
      {"t.json", "[{\"a\":\"x\",\"b\":[1,2.5,null,true,{\"c\":false}]}]", "a", LOOKUP_EXACT, "x",
       "{a:\"x\",b:[1,2.500,null,true,{c:false}]}"},
      {"t.json", "[{\"a\":7,\"b\":null}]", "a", LOOKUP_EXACT, "7", "{a:7}"},
      {"t.json", "[{\"a\":\"x\"},{\"b\":1,\"a\":\"y\"}]", "a", LOOKUP_EXACT, "y", "{b:1,a:\"y\"}"},
      {"t.json", "{\"x\":{\"b\":1},\"y\":{\"c\":{\"d\":2}}}", "", LOOKUP_EXACT, "y", "{c:{d:2}}"},
      {"t.json", "{\"x\":5}", "", LOOKUP_EXACT, "x", "{value:5}"},
      {"t.json", "{\"x\":null}", "", LOOKUP_EXACT, "x", "{}"},
      {"t.json", "{}", "", LOOKUP_EXACT, "x", "none"},
      {"t.json", "[]", "a", LOOKUP_EXACT, "x", "none"},
  };
  EXPECT_ALL(*state, rows);
}

static void yaml_rows_are_a_list_or_stand_under_their_keys(void **state) {
  static const struct row rows[] = {
      {"t.yml", "- {a: x, b: [1, 2.5, ~, true, {c: false}]}\n", "a", LOOKUP_EXACT, "x",
       "{a:\"x\",b:[1,2.500,null,true,{c:false}]}"},
      {"t.yaml", "- a: 7\n  b:\n", "a", LOOKUP_EXACT, "7", "{a:7}"},
      {"t.yml", "x: {b: 1}\ny: {c: {d: 2}}\n", "", LOOKUP_EXACT, "y", "{c:{d:2}}"},
      {"t.yml", "x: 5\n", "", LOOKUP_EXACT, "x", "{value:5}"},
      {"t.yml", "x: ['007', 007, -0.5, 1e3, 1.2.3, 2024-03-21, '5', 99999999999999999999]\n", "",
       LOOKUP_EXACT, "x",
       "{value:[\"007\",\"007\",-0.500,1000.000,\"1.2.3\",\"2024-03-21\",\"5\","
       "\"99999999999999999999\"]}"},
      {"t.yml", "", "", LOOKUP_EXACT, "x", "none"},
      {"t.yml", "", "a", LOOKUP_EXACT, "x", "none"},
  };
  EXPECT_ALL(*state, rows);
}

static void keys_compare_as_configured(void **state) {
  static const char networks[] = "net,name\n10.0.0.0/8,wide\n10.1.0.0/16,narrow\n"
                                 "10.1.2.3,one\n192.0.2.0/24,doc\n2001:db8::/32,six\n"
                                 "2001:db8:1::/48,six narrow\n0.0.0.0/0,any\n"
                                 "::ffff:198.51.100.0/120,mapped\n";
  static const struct row rows[] = {
      {"t.csv", "a\nHomer\n", "", LOOKUP_EXACT, "homer", "none"},
      {"t.csv", "a\nHomer@Example.com\n", "", LOOKUP_IGNORE_CASE, "hOMER@example.COM",
       "{a:\"Homer@Example.com\"}"},
      {"t.csv", "a\nHomer\n", "", LOOKUP_IGNORE_CASE, "homers", "none"},
      {"t.csv", "a\n\u00C9tienne\n", "", LOOKUP_IGNORE_CASE, "\u00E9TIENNE",
       "{a:\"\u00C9tienne\"}"},
      {"t.csv", "a\n\u212Aevin\n", "", LOOKUP_IGNORE_CASE, "kevin", "{a:\"\u212Aevin\"}"},
      {"t.csv", "a\nstra\u00DFe\n", "", LOOKUP_IGNORE_CASE, "STRA\u1E9EE", "{a:\"stra\u00DFe\"}"},
      {"t.csv", "a\nstra\u00DFe\n", "", LOOKUP_IGNORE_CASE, "strasse", "none"},
      {"t.csv", "a\n\u0131\n", "", LOOKUP_IGNORE_CASE, "i", "none"},
      {"t.csv", "a\n\u00C9\n", "", LOOKUP_EXACT, "\u00E9", "none"},
      {"t.csv", networks, "", LOOKUP_CIDR, "10.2.0.1", "{net:\"10.0.0.0/8\",name:\"wide\"}"},
      {"t.csv", networks, "", LOOKUP_CIDR, "10.1.0.1", "{net:\"10.1.0.0/16\",name:\"narrow\"}"},
      {"t.csv", networks, "", LOOKUP_CIDR, "10.1.2.3", "{net:\"10.1.2.3\",name:\"one\"}"},
      {"t.csv", networks, "", LOOKUP_CIDR, "10.1.2.4", "{net:\"10.1.0.0/16\",name:\"narrow\"}"},
      {"t.csv", networks, "", LOOKUP_CIDR, "11.0.0.1", "{net:\"0.0.0.0/0\",name:\"any\"}"},
      {"t.csv", networks, "", LOOKUP_CIDR, "::ffff:192.0.2.9",
       "{net:\"192.0.2.0/24\",name:\"doc\"}"},
      {"t.csv", networks, "", LOOKUP_CIDR, "198.51.100.7",
       "{net:\"::ffff:198.51.100.0/120\",name:\"mapped\"}"},
      {"t.csv", networks, "", LOOKUP_CIDR, "2001:db8:1::5",
       "{net:\"2001:db8:1::/48\",name:\"six narrow\"}"},
      {"t.csv", networks, "", LOOKUP_CIDR, "2001:db8:2::5", "{net:\"2001:db8::/32\",name:\"six\"}"},
      {"t.csv", networks, "", LOOKUP_CIDR, "2001:db9::1", "none"},
      {"t.csv", networks, "", LOOKUP_CIDR, "not an address", "none"},
      {"t.csv", networks, "", LOOKUP_CIDR, "", "none"},
  };
  EXPECT_ALL(*state, rows);
}

struct mistake {
  const char *name, *text, *key;
  enum lookup_match match;
  unsigned line;
  const char *message;
};

static void mistakes_are_reported_with_their_place(void **state) {
  struct lookup_fixture *fixture = *state;
  static const struct mistake rows[] = {
      {"t.csv", "", "", LOOKUP_EXACT, 1,
       "the file is empty: its first line is to name the columns"},
      {"t.csv", "a,b\n1,2\n1,3\n", "", LOOKUP_EXACT, 3, "the key '1' is in line 2, too"},
      {"t.csv", "a,b\nx,\"1\n2\"\nX,3\n", "", LOOKUP_IGNORE_CASE, 4,
       "the key 'X' is in line 2, too"},
      {"t.csv", "a\n10.0.0.1/8\n10.0.0.0/8\n", "", LOOKUP_CIDR, 3,
       "the key '10.0.0.0/8' is in line 2, too"},
      {"t.csv", "a\n10.0.0.0/33\n", "", LOOKUP_CIDR, 2,
       "'10.0.0.0/33' is no network, such as 192.0.2.0/24, and no address"},
      {"t.csv", "a,b\n,2\n", "", LOOKUP_EXACT, 2, "the key is empty"},
      {"t.csv", "a,b\n1\n", "", LOOKUP_EXACT, 2, "1 fields, where the first line names 2 columns"},
      {"t.csv", "a,b\n1,2,3\n", "", LOOKUP_EXACT, 2,
       "3 fields, where the first line names 2 columns"},
      {"t.csv", "a,a\n", "", LOOKUP_EXACT, 1, "two columns are named 'a'"},
      {"t.csv", "a,\n", "", LOOKUP_EXACT, 1, "column 2 has no name"},
      {"t.csv", "a,b\n1,\"2\n3,4\n", "", LOOKUP_EXACT, 2, "a quote is opened and never closed"},
      {"t.csv", "a,b\n1,\"2\" \n", "", LOOKUP_EXACT, 2,
       "text after a closing quote; a quote within quotes is doubled"},
      {"t.csv", "a,b\n1,2\"3\n", "", LOOKUP_EXACT, 2,
       "a quote within a field without quotes; put the whole field in quotes, and double it"},
      {"t.csv", "email,b\n1,2\n", "emial", LOOKUP_EXACT, 1,
       "there is no column 'emial', which is to be the key (did you mean 'email'?)"},
      {"t.csv", "a\n1\n\xff\n", "", LOOKUP_EXACT, 3, "not UTF-8: save the file as UTF-8"},
      {"t.json", "[{\"a\":1},\n{\"b\":2}]", "a", LOOKUP_EXACT, 0,
       "row 2: 'a', which is to be the key, is not there"},
      {"t.json", "[{\"a\":1},{\"a\":\"1\"}]", "a", LOOKUP_EXACT, 0,
       "row 2: the key '1' is in row 1, too"},
      {"t.json", "[5]", "a", LOOKUP_EXACT, 0, "row 1: a row is to be an object, not a number"},
      {"t.json", "[{\"a\":[]}]", "a", LOOKUP_EXACT, 0,
       "row 1: 'a', which is to be the key, is a list; a text or a whole number can be one"},
      {"t.json", "[{\"a\":1}]", "", LOOKUP_EXACT, 0,
       "the file holds a list of rows: say with `key` by which of their fields they are found"},
      {"t.json", "{\"a\":{}}", "a", LOOKUP_EXACT, 0,
       "the file maps keys to rows: leave `key` out (it is for a list of rows)"},
      {"t.json", "5", "", LOOKUP_EXACT, 1,
       "a list of rows is expected, or an object that maps keys to rows, not a number"},
      {"t.yml", "- a: 1\n- b: 2\n", "a", LOOKUP_EXACT, 2,
       "'a', which is to be the key, is not there"},
      {"t.yml", "- a: [1]\n", "a", LOOKUP_EXACT, 1,
       "'a', which is to be the key, is not there, or is no text or number"},
      {"t.yml", "- a: x\n- a: x\n", "a", LOOKUP_EXACT, 2, "the key 'x' is in line 1, too"},
      {"t.yml", "- 5\n", "a", LOOKUP_EXACT, 1, "a row is to be a mapping (field: value)"},
      {"t.yml", "5\n", "", LOOKUP_EXACT, 1,
       "a list of rows is expected, or a mapping from keys to rows"},
      {"t.mmdb", "no such thing", "", LOOKUP_EXACT, 0,
       "not an MMDB file, or a damaged one: The MaxMind DB file contains invalid metadata"},
      {"t.mmdb", "", "", LOOKUP_EXACT, 0, NULL},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    lookup_fixture_load(fixture, rows[i].name, rows[i].text, rows[i].key, rows[i].match);
    assert_int_equal(fixture->problems.count, 1);
    const struct error *error = &fixture->problems.items[0];
    if ((rows[i].message && strcmp(error->text, rows[i].message) != 0) ||
        error->line != rows[i].line)
      fail_msg("%s\n  got: %u: %s\n  expected: %u: %s", rows[i].text, error->line, error->text,
               rows[i].line, rows[i].message);
    assert_string_equal(error->file, fixture->path);
    assert_string_equal(lookup_fixture_find(fixture, "1"), "none");
  }
}

static void only_so_many_mistakes_of_a_file_are_reported(void **state) {
  struct lookup_fixture *fixture = *state;
  struct buffer text = BUFFER_NONE;
  buffer_append_string(&text, "a\n");
  for (int i = 0; i < 100; i++)
    buffer_append_string(&text, "x\n");
  lookup_fixture_load(fixture, "t.csv", text.data, "", LOOKUP_EXACT);
  assert_int_equal(fixture->problems.count, 21);
  assert_string_equal(fixture->problems.items[20].text, "79 more mistakes");
  buffer_free(&text);
}

static void deep_json_is_refused(void **state) {
  struct lookup_fixture *fixture = *state;
  struct buffer text = BUFFER_NONE;
  buffer_append_string(&text, "{\"x\":");
  for (int i = 0; i < 40; i++)
    buffer_append_char(&text, '[');
  for (int i = 0; i < 40; i++)
    buffer_append_char(&text, ']');
  buffer_append_char(&text, '}');
  lookup_fixture_load(fixture, "t.json", text.data, "", LOOKUP_EXACT);
  assert_int_equal(fixture->problems.count, 1);
  assert_string_equal(fixture->problems.items[0].text, "row 1: nested deeper than 32 levels");
  buffer_free(&text);
}

static void a_missing_file_is_a_mistake_unless_it_is_optional(void **state) {
  struct lookup_fixture *fixture = *state;
  struct lookup_options options = {
      .name = TEXT("t"), .path = "no/such.csv", .file = "margay.yml", .line = 7};
  fixture->set = lookup_set_load(&options, 1, &fixture->problems);
  assert_int_equal(fixture->problems.count, 1);
  assert_string_equal(fixture->problems.items[0].file, "margay.yml");
  assert_int_equal(fixture->problems.items[0].line, 7);
  assert_string_equal(fixture->problems.items[0].text,
                      "lookup 't': no/such.csv: No such file or directory (with optional: true it "
                      "may come later)");
  lookup_fixture_clear(fixture);
  options.optional = true;
  fixture->set = lookup_set_load(&options, 1, &fixture->problems);
  lookup_fixture_expect_no_problems(fixture);
  assert_string_equal(lookup_fixture_find(fixture, "x"), "none");
}

static void a_file_that_changed_is_read_again(void **state) {
  struct lookup_fixture *fixture = *state;
  lookup_fixture_load(fixture, "t.csv", "a,b\nx,1\n", "", LOOKUP_EXACT);
  assert_null(lookup_set_refresh(fixture->set, &fixture->problems));
  lookup_fixture_write(fixture, "t.csv", "a,b\nx,2\n", 8);
  struct lookup_set *next = lookup_set_refresh(fixture->set, &fixture->problems),
                    *old = fixture->set;
  assert_non_null(next);
  assert_string_equal(lookup_fixture_find(fixture, "x"), "{a:\"x\",b:\"1\"}");
  assert_int_not_equal(lookup_set_number(old), lookup_set_number(next));
  fixture->set = next;
  assert_string_equal(lookup_fixture_find(fixture, "x"), "{a:\"x\",b:\"2\"}");
  lookup_set_release(old);
  lookup_fixture_expect_no_problems(fixture);
}

static void a_broken_new_file_keeps_the_old_table_and_is_reported_once(void **state) {
  struct lookup_fixture *fixture = *state;
  lookup_fixture_load(fixture, "t.csv", "a,b\nx,1\n", "", LOOKUP_EXACT);
  lookup_fixture_write(fixture, "t.csv", "a,b\nx\n", 6);
  struct lookup_set *next = lookup_set_refresh(fixture->set, &fixture->problems);
  assert_non_null(next);
  assert_int_equal(fixture->problems.count, 1);
  lookup_set_release(fixture->set);
  fixture->set = next;
  assert_string_equal(lookup_fixture_find(fixture, "x"), "{a:\"x\",b:\"1\"}");
  assert_null(lookup_set_refresh(fixture->set, &fixture->problems));
  assert_int_equal(unlink(fixture->path), 0);
  next = lookup_set_refresh(fixture->set, &fixture->problems);
  assert_int_equal(fixture->problems.count, 2);
  lookup_set_release(fixture->set);
  fixture->set = next;
  assert_string_equal(lookup_fixture_find(fixture, "x"), "{a:\"x\",b:\"1\"}");
  assert_null(lookup_set_refresh(fixture->set, &fixture->problems));
}

static void an_optional_file_may_come_and_go(void **state) {
  struct lookup_fixture *fixture = *state;
  lookup_fixture_load(fixture, "t.csv", "a,b\nx,1\n", "", LOOKUP_EXACT);
  lookup_fixture_clear(fixture);
  fixture->options.optional = true;
  fixture->set = lookup_set_load(&fixture->options, 1, &fixture->problems);
  struct lookup_watch *watch = lookup_watch_new(fixture->set, 0);
  fixture->set = lookup_watch_take(watch, &fixture->problems);
  assert_string_equal(lookup_fixture_find(fixture, "x"), "{a:\"x\",b:\"1\"}");
  lookup_set_release(fixture->set);
  unlink(fixture->path);
  fixture->set = lookup_watch_take(watch, &fixture->problems);
  assert_string_equal(lookup_fixture_find(fixture, "x"), "none");
  lookup_set_release(fixture->set);
  lookup_fixture_write(fixture, "t.csv", "a,b\nx,3\n", 8);
  fixture->set = lookup_watch_take(watch, &fixture->problems);
  assert_string_equal(lookup_fixture_find(fixture, "x"), "{a:\"x\",b:\"3\"}");
  lookup_watch_free(watch);
  lookup_fixture_expect_no_problems(fixture);
}

static void a_watch_without_an_interval_never_looks_again(void **state) {
  struct lookup_fixture *fixture = *state;
  lookup_fixture_load(fixture, "t.csv", "a,b\nx,1\n", "", LOOKUP_EXACT);
  struct lookup_watch *watch = lookup_watch_new(fixture->set, -1);
  lookup_fixture_write(fixture, "t.csv", "a,b\nx,2\n", 8);
  fixture->set = lookup_watch_take(watch, &fixture->problems);
  assert_string_equal(lookup_fixture_find(fixture, "x"), "{a:\"x\",b:\"1\"}");
  lookup_watch_free(watch);
}

static uint32_t next_random(uint32_t *seed) {
  *seed = *seed * 1664525 + 1013904223;
  return *seed >> 8;
}

/* Random networks in a small space, so that many lie within others; each answer is compared with
 * the widest search. */
static void the_longest_prefix_is_found_as_by_looking_at_every_network(void **state) {
  enum { NETWORKS = 300, ADDRESSES = 3000 };
  struct ip_network networks[NETWORKS];
  struct lookup_networks index = {.items = NULL};
  uint32_t seed = 7;
  (void)state;
  for (size_t i = 0; i < NETWORKS; i++) {
    char text[64];
    uint32_t random = next_random(&seed);
    if (i % 2)
      snprintf(text, sizeof text, "10.0.%u.%u/%u", random & 3, random >> 4 & 255,
               20 + (random >> 12) % 13);
    else
      snprintf(text, sizeof text, "2001:db8::%x:%x/%u", random & 3, random >> 4 & 0xff,
               108 + (random >> 12) % 21);
    assert_true(ip_network_parse(text_from(text), &networks[i]));
    lookup_networks_add(&index, &networks[i], (uint32_t)i);
  }
  lookup_networks_sort(&index);
  for (size_t i = 0; i < ADDRESSES; i++) {
    char text[64];
    struct ip ip;
    uint32_t random = next_random(&seed);
    snprintf(text, sizeof text, i % 2 ? "10.0.%u.%u" : "2001:db8::%x:%x", random & 3,
             random >> 4 & 255);
    assert_true(ip_parse(text_from(text), &ip));
    int longest = -1;
    for (size_t n = 0; n < NETWORKS; n++)
      if (ip_network_contains(&networks[n], &ip) && networks[n].prefix > longest)
        longest = networks[n].prefix;
    const struct lookup_network *found = lookup_networks_find(&index, &ip);
    assert_int_equal(found ? found->prefix : -1, longest);
    if (found)
      assert_true(ip_network_contains(&networks[found->row], &ip));
  }
  lookup_networks_free(&index);
}

static void many_rows_are_found(void **state) {
  enum { ROWS = 100000 };
  struct lookup_fixture *fixture = *state;
  struct buffer text = BUFFER_NONE;
  buffer_append_string(&text, "email,name\n");
  for (int i = 0; i < ROWS; i++)
    buffer_printf(&text, "user%d@example.com,User %d\n", i, i);
  lookup_fixture_load(fixture, "t.csv", text.data, "", LOOKUP_IGNORE_CASE);
  lookup_fixture_expect_no_problems(fixture);
  assert_int_equal(lookup_set_rows(fixture->set, 0), ROWS);
  assert_string_equal(lookup_fixture_find(fixture, "USER99999@example.com"),
                      "{email:\"user99999@example.com\",name:\"User 99999\"}");
  assert_string_equal(lookup_fixture_find(fixture, "user100000@example.com"), "none");
  buffer_free(&text);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, lookup_fixture_start, lookup_fixture_stop)
  const struct CMUnitTest tests[] = {
      TEST(csv_is_read_as_rfc_4180_has_it),
      TEST(json_rows_are_a_list_or_stand_under_their_keys),
      TEST(yaml_rows_are_a_list_or_stand_under_their_keys),
      TEST(keys_compare_as_configured),
      TEST(mistakes_are_reported_with_their_place),
      TEST(only_so_many_mistakes_of_a_file_are_reported),
      TEST(deep_json_is_refused),
      TEST(a_missing_file_is_a_mistake_unless_it_is_optional),
      TEST(a_file_that_changed_is_read_again),
      TEST(a_broken_new_file_keeps_the_old_table_and_is_reported_once),
      TEST(an_optional_file_may_come_and_go),
      TEST(a_watch_without_an_interval_never_looks_again),
      cmocka_unit_test(the_longest_prefix_is_found_as_by_looking_at_every_network),
      TEST(many_rows_are_found),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
