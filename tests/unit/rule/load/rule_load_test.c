#include "rule/rule_fixture.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char good_start[] =
    "metadata { id = 'T', log_types = { 'Test.Log' }, severity = 'low' }\n";

/* Every problem on a line of its own, in the order in which people see them. */
static char *all_problems(struct problems *problems) {
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  problems_print(problems, out);
  fclose(out);
  return text;
}

static void expect_problems(struct rule_fixture *fixture, const char *source,
                            const char *expected) {
  struct rule_file file = {.path = "rules/x.lua", .source = text_from(source)};
  rule_fixture_load(fixture, &file, 1);
  char *got = all_problems(&fixture->problems);
  if (strcmp(got, expected) != 0)
    fail_msg("%s\n--- got:\n%s--- expected:\n%s", source, got, expected);
  free(got);
  assert_int_equal(fixture->set->count, *expected ? 0 : 1);
}

/* What stands in metadata beside the required keys, in line 2. */
static void a_mistake_in_metadata_is_reported_at_its_key(void **state) {
  static const struct {
    const char *entry, *problem;
  } rows[] = {
      {"serverity = 'low'", "unknown key 'serverity' in metadata (did you mean 'severity'?)"},
      {"logtypes = {}", "unknown key 'logtypes' in metadata (did you mean 'log_types'?)"},
      {"dedup_period = 5",
       "unknown key 'dedup_period' in metadata (did you mean 'dedup_period_minutes'?)"},
      {"tests = {}", "tests stand beside metadata, in tests { ... }"},
      {"stateful = 'yes'", "stateful must be true or false, not a string"},
      {"['bell\\a'] = 1", "unknown key 'bell\\u{7}' in metadata"},
      {"display_name = 1", "display_name must be a string, not a number"},
      {"display_name = '\\xff'", "display_name is not valid UTF-8"},
      {"display_name = 'a\\0b'", "display_name holds a zero byte"},
      {"description = {}", "description must be a string, not a table"},
      {"runbook = true", "runbook must be a string, not a boolean"},
      {"reference = function() end", "reference must be a string, not a function"},
      {"enabled = 'yes'", "enabled must be true or false, not a string"},
      {"enabled = 1", "enabled must be true or false, not a number"},
      {"create_alert = 'no'", "create_alert must be true or false, not a string"},
      {"tags = 'a'", "tags must be a list of strings, not a string"},
      {"tags = { a = 'b' }", "tags must be a plain list of strings"},
      {"tags = { 'a', x = 'b' }", "tags must be a plain list of strings"},
      {"tags = { 'a', 2 }", "tags: item 2 must be a string, not a number"},
      {"tags = { 'a', '' }", "tags: item 2 is empty"},
      {"tags = { '\\xff' }", "tags: item 1 is not valid UTF-8"},
      {"summary_attributes = 5", "summary_attributes must be a list of strings, not a number"},
      {"summary_attributes = { {} }", "summary_attributes: item 1 must be a string, not a table"},
      {"evidence = 1", "evidence must be a string, not a number"},
      {"evidence = 'documentd'", "evidence 'documentd' is none of documented, sample, guess (did "
                                 "you mean 'documented'?)"},
      {"evidence = ''", "evidence '' is none of documented, sample, guess"},
      {"evidense = 'guess'", "unknown key 'evidense' in metadata (did you mean 'evidence'?)"},
      {"pack = {}", "pack must be a string, not a table"},
      {"pack = ''", "pack must have 1 to 64 of a-z, 0-9 and '-', as in 'zoom-core'"},
      {"pack = 'Zoom core'", "pack must have 1 to 64 of a-z, 0-9 and '-', as in 'zoom-core'"},
      {"destinations = 'slack'", "destinations must be a list of strings, not a string"},
      {"destinations = { '1','2','3','4','5','6','7','8','9','10','11' }",
       "destinations may hold 10 items, not 11"},
      {"reports = 'x'", "reports must be a table of lists of strings, not a string"},
      {"reports = { 'x' }", "reports must have names as keys, not a number"},
      {"reports = { M = 'x' }", "reports: a report must be a list of strings, not a string"},
      {"reports = { M = { 1 } }", "reports: a report: item 1 must be a string, not a number"},
      {"threshold = 0", "threshold must be from 1 to 1000000000, not 0"},
      {"threshold = -1", "threshold must be from 1 to 1000000000, not -1"},
      {"threshold = 1.5", "threshold must be a whole number, not 1.5"},
      {"threshold = '5'", "threshold must be a whole number, not a string"},
      {"threshold = math.huge", "threshold must be a whole number, not inf"},
      {"dedup_period_minutes = 0", "dedup_period_minutes must be from 1 to 527040, not 0"},
      {"dedup_period_minutes = 1 << 62",
       "dedup_period_minutes must be from 1 to 527040, not 4611686018427387904"},
      {"dedup_period_minutes = {}", "dedup_period_minutes must be a whole number, not a table"},
  };
  struct rule_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char source[512], expected[512];
    snprintf(source, sizeof source,
             "metadata { id = 'T', log_types = { 'Test.Log' }, severity = 'low',\n%s }\n"
             "function rule(event) return true end\n",
             rows[i].entry);
    snprintf(expected, sizeof expected, "rules/x.lua:2: %s\n", rows[i].problem);
    expect_problems(fixture, source, expected);
  }
}

static void a_mistake_in_a_file_is_reported_with_its_line(void **state) {
  static const struct {
    const char *source, *problems;
  } rows[] = {
      {"", "rules/x.lua:1: the file has no metadata { ... }\n"},
      {"function rule() return true end", "rules/x.lua:1: the file has no metadata { ... }\n"},
      {"metadata {}", "rules/x.lua:1: metadata lacks id\n"
                      "rules/x.lua:1: metadata lacks log_types\n"
                      "rules/x.lua:1: metadata lacks severity\n"},
      {"metadata {\n  'x',\n}", "rules/x.lua:1: metadata must have names as keys, not a number\n"
                                "rules/x.lua:1: metadata lacks id\n"
                                "rules/x.lua:1: metadata lacks log_types\n"
                                "rules/x.lua:1: metadata lacks severity\n"},
      {"metadata {\n  id = 'a<b',\n  log_types = {},\n  severity = 'hgih',\n}",
       "rules/x.lua:2: id must not hold any of < > & \" % or control characters\n"
       "rules/x.lua:3: log_types must name at least one log type\n"
       "rules/x.lua:4: severity 'hgih' is none of info, low, medium, high, critical (did you mean "
       "'high'?)\n"},
      {"metadata {\n  id = '',\n  log_types = 'A',\n  severity = 3,\n}",
       "rules/x.lua:2: id must have 1 to 1000 bytes\n"
       "rules/x.lua:3: log_types must be a list of strings, not a string\n"
       "rules/x.lua:4: severity must be a string, not a number\n"},
      {"metadata {\n  id = 'a\\nb',\n  log_types = { 'A' },\n  severity = 'red',\n}",
       "rules/x.lua:2: id must not hold any of < > & \" % or control characters\n"
       "rules/x.lua:4: severity 'red' is none of info, low, medium, high, critical\n"},
      {"\nmetadata = { id = 'a' }", "rules/x.lua:2: metadata is to be called, not set: write "
                                    "metadata { ... } without '='\n"},
      {"metadata {}\ntests = {}", "rules/x.lua:2: tests is to be called, not set: write "
                                  "tests { ... } without '='\n"},
      {"\nmetadata 'x'", "rules/x.lua:2: metadata wants one table: metadata { ... }\n"},
      {"metadata({}, {})", "rules/x.lua:1: metadata wants one table: metadata { ... }\n"},
      {"metadata {}\nmetadata {}",
       "rules/x.lua:2: metadata is called a second time (first in line 1)\n"},
      {"tests {}\n\ntests {}", "rules/x.lua:3: tests is called a second time (first in line 1)\n"},
      {"metdata {}", "rules/x.lua:1: attempt to call a nil value (global 'metdata') (did you mean "
                     "'metadata'?)\n"},
      {"\n\nlocal x = = 1", "rules/x.lua:3: unexpected symbol near '='\n"},
      {"\nerror('stop')", "rules/x.lua:2: stop\n"},
      {"\nwhile true do end", "rules/x.lua:2: used up its 10,000,000 instructions\n"},
      {"local t = {}\nfor i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end",
       "rules/x.lua:2: used more than 64 MiB of memory\n"},
      {"\x1bLua", "rules/x.lua:1: compiled Lua is not accepted\n"},
      {"local zoom = require 'zoomm'", "rules/x.lua:1: there is no library 'zoomm'\n"},
      {"os.execute('true')",
       "rules/x.lua:1: attempt to index a nil value (global 'os'): rules have no os: "
       "event:event_time() is the event's time, the library time computes "
       "with it\n"},
  };
  struct rule_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    expect_problems(fixture, rows[i].source, rows[i].problems);
}

static void a_mistake_in_the_functions_is_reported(void **state) {
  static const struct {
    const char *rest, *problems;
  } rows[] = {
      {"", "rules/x.lua:1: the rule needs a `where`, a function rule(event), or both\n"},
      {"function title() end",
       "rules/x.lua:1: the rule needs a `where`, a function rule(event), or both\n"},
      {"function rule() end\n\nfunction titel() end",
       "rules/x.lua:4: function 'titel' is none that margay calls (did you mean 'title'? if not, "
       "make it local)\n"},
      {"function rule() end\nfunction alert_contxt() end",
       "rules/x.lua:3: function 'alert_contxt' is none that margay calls (did you mean "
       "'alert_context'? if not, make it local)\n"},
      {"function rule() end\ntitle = 'x'",
       "rules/x.lua:3: title must be a function, not a string\n"},
      {"function rule() end\ntests 'x'", "rules/x.lua:3: tests wants one table: tests { ... }\n"},
      {"function rule() end\ntests { name = 'x' }",
       "rules/x.lua:3: tests wants a list: tests { { name = ... }, ... }\n"},
      {"function rule() end\ntests { { name = print, f = function() end } }",
       "rules/x.lua:3: tests: a function cannot become JSON\n"},
      {"function rule() end\nlocal t = {} t[1] = t tests(t)",
       "rules/x.lua:3: tests: a table that holds itself cannot become JSON\n"},
  };
  struct rule_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char source[512];
    snprintf(source, sizeof source, "%s%s", good_start, rows[i].rest);
    expect_problems(fixture, source, rows[i].problems);
  }
}

static void a_mistake_in_where_is_reported_at_its_key(void **state) {
  expect_problems(*state,
                  "metadata {\n  id = 'T', log_types = { 'Test.Log' }, severity = 'low',\n"
                  "  where = {\n    ['action|re'] = '(',\n  },\n}",
                  "rules/x.lua:4: bad regex in where key 'action|re': missing closing parenthesis "
                  "at offset 1\n");
}

static void a_key_that_is_in_a_table_twice_is_a_mistake(void **state) {
  expect_problems(*state,
                  "metadata {\n  id = 'T', log_types = { 'Test.Log' }, severity = 'low',\n"
                  "  where = {\n    ['action|contains'] = 'x',\n    ['action|contains'] = 'y',\n"
                  "  },\n  severity = 'high',\n}\n"
                  "tests {\n  { name = 'a', event = { action = 'x',\n action = 'y' } } }",
                  "rules/x.lua:5: the key 'action|contains' is in one table twice (first in line "
                  "4), and Lua keeps the last only: write all values as one list, with |all if "
                  "each has to fit\n"
                  "rules/x.lua:7: the key 'severity' is in one table twice (first in line 2), and "
                  "Lua keeps the last only\n"
                  "rules/x.lua:11: the key 'action' is in one table twice (first in line 10), and "
                  "Lua keeps the last only\n");
}

static void what_is_right_is_taken(void **state) {
  static const char *const rests[] = {
      "function rule() end",
      "function rule() end local function titel() end",
      "function rule() end function helper() end",
      "rule = require('re').match",
      "function rule() end tests {}",
      "function rule() end metadata = nil tests = nil",
  };
  struct rule_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
    char source[512];
    snprintf(source, sizeof source, "%s%s", good_start, rests[i]);
    expect_problems(fixture, source, "");
  }
}

static void all_metadata_is_read(void **state) {
  struct rule_fixture *fixture = *state;
  expect_problems(fixture,
                  "metadata { id = 'A.B', log_types = { 'X', 'Y' }, severity = 'Critical',\n"
                  "enabled = false, create_alert = false, threshold = 5.0,\n"
                  "dedup_period_minutes = 90, tags = { 'a', '\\u{e9}\"' }, destinations = {},\n"
                  "summary_attributes = { 'operator' }, description = 'd', runbook = 'r',\n"
                  "reference = 'https://example.com', reports = { B = { 'x' }, A = { 'y', 'z' } } }"
                  "function rule(e) return true end function unique(e) return 'u' end",
                  "");
  const struct rule *rule = &fixture->set->rules[0];
  assert_text_equal(rule->display_name, "A.B");
  assert_int_equal(rule->log_types.count, 2);
  assert_text_equal(rule->log_types.items[1], "Y");
  assert_int_equal(rule->severity, SEVERITY_CRITICAL);
  assert_false(rule->enabled || rule->create_alert);
  assert_int_equal(rule->threshold, 5);
  assert_int_equal(rule->dedup_period, 90 * US_PER_MINUTE);
  assert_text_equal(rule->tags_json, "[\"a\",\"\xc3\xa9\\\"\"]");
  assert_true(rule->has_destinations && rule->destinations.count == 0);
  assert_text_equal(rule->summary_attributes.items[0], "operator");
  assert_text_equal(rule->description, "d");
  assert_text_equal(rule->runbook, "r");
  assert_text_equal(rule->reference, "https://example.com");
  assert_text_equal(rule->reports_json, "{\"A\":[\"y\",\"z\"],\"B\":[\"x\"]}");
  assert_int_equal(rule->functions, 1u << RULE_FUNCTION_RULE | 1u << RULE_FUNCTION_UNIQUE);
  assert_ptr_equal(rule_set_find(fixture->set, TEXT("A.B")), rule);
  assert_null(rule_set_find(fixture->set, TEXT("A.C")));
}

static void rules_stand_in_order_of_id_and_a_taken_id_is_a_mistake(void **state) {
  struct rule_fixture *fixture = *state;
  static const char rule_c[] = "metadata { id = 'C', log_types = { 'X' }, severity = 'low' } "
                               "function rule() end",
                    rule_a[] = "\nmetadata { id = 'A', log_types = { 'X' }, severity = 'low', "
                               "where = { x = 1 } }";
  const struct rule_file files[] = {
      {.path = "3.lua", .source = text_from(rule_c)},
      {.path = "2.lua", .source = text_from(rule_a)},
      {.path = "1.lua", .source = text_from(rule_a)},
  };
  rule_fixture_load(fixture, files, 3);
  char *problems = all_problems(&fixture->problems);
  assert_string_equal(problems, "2.lua:2: the id 'A' is taken by 1.lua:2\n");
  free(problems);
  assert_int_equal(fixture->set->count, 2);
  assert_text_equal(fixture->set->rules[0].id, "A");
  assert_string_equal(fixture->set->rules[0].file, "1.lua");
  assert_int_equal(fixture->set->rules[1].index, 1);
}

static void a_mistake_in_a_library_is_reported_once(void **state) {
  struct rule_fixture *fixture = *state;
  const struct rule_file files[] = {
      {.path = "lib/a.lua", .source = TEXT("\nlocal = 1"), .library = TEXT("a")},
      {.path = "lib/b.lua", .source = TEXT("return {}"), .library = TEXT("b")},
      {.path = "other/b.lua", .source = TEXT("return {}"), .library = TEXT("b")},
  };
  rule_fixture_load(fixture, files, 3);
  char *problems = all_problems(&fixture->problems);
  assert_string_equal(problems, "lib/a.lua:2: <name> expected near '='\n"
                                "other/b.lua: the library 'b' is also in lib/b.lua\n");
  free(problems);
}

static void metadata_may_come_from_a_library(void **state) {
  struct rule_fixture *fixture = *state;
  const struct rule_file files[] = {
      {.path = "lib/all.lua",
       .source = TEXT("return { types = { 'X' }, words = { 'a', 'b' }, reports = { M = { 'r' } }, "
                      "where = { action = 'Update', ['detail|contains'] = { 'c', 'd' } } }"),
       .library = TEXT("all")},
      {.path = "1.lua",
       .source = TEXT("local all = require 'all' metadata { id = 'A', log_types = all.types, "
                      "severity = 'low', tags = all.words, reports = all.reports, where = { "
                      "['x|contains'] = all.words } }")},
      {.path = "2.lua",
       .source = TEXT("local all = require 'all' metadata { id = 'B', log_types = all.types, "
                      "severity = 'low', where = all.where }")},
  };
  rule_fixture_load(fixture, files, 3);
  char *problems = all_problems(&fixture->problems);
  assert_string_equal(problems, "");
  free(problems);
  assert_int_equal(fixture->set->count, 2);
  assert_text_equal(fixture->set->rules[0].tags_json, "[\"a\",\"b\"]");
  assert_text_equal(fixture->set->rules[0].reports_json, "{\"M\":[\"r\"]}");
  assert_int_equal(fixture->set->rules[0].where->value_count, 2);
  assert_int_equal(fixture->set->rules[1].where->child_count, 2);
}

static void a_where_from_a_library_has_the_limits_of_any_other(void **state) {
  static const struct {
    const char *library, *problem;
  } rows[] = {
      {"local t = { a = 1 } for i = 1, 32 do t = { l = t } end return { where = t }", ""},
      {"local t = { a = 1 } for i = 1, 33 do t = { l = t } end return { where = t }",
       "2.lua:1: tables nested deeper than 32 levels in where key 'l'\n"},
      {"local l = {} for i = 1, 99999 do l[i] = 'x' end return { where = { a = l } }", ""},
      {"local l = {} for i = 1, 100000 do l[i] = 'x' end return { where = { a = l } }",
       "2.lua:1: more than 100,000 entries in where key 'a'\n"},
  };
  struct rule_fixture *fixture = *state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct rule_file files[] = {
        {.path = "lib/l.lua", .source = text_from(rows[i].library), .library = TEXT("l")},
        {.path = "2.lua",
         .source = TEXT("metadata { id = 'B', log_types = { 'X' }, severity = 'low', where = "
                        "require('l').where }")},
    };
    rule_fixture_load(fixture, files, 2);
    char *problems = all_problems(&fixture->problems);
    assert_string_equal(problems, rows[i].problem);
    free(problems);
  }
}

static void a_file_cannot_declare_for_another(void **state) {
  struct rule_fixture *fixture = *state;
  static const char library[] = "local kept return { keep = function(f) kept = f end, call = "
                                "function() kept { id = 'stolen' } end }";
  static const char first[] = "require('box').keep(metadata) metadata { id = 'A', log_types = { "
                              "'X' }, severity = 'low' } function rule() end",
                    second[] = "require('box').call()";
  const struct rule_file files[] = {
      {.path = "lib/box.lua", .source = text_from(library), .library = TEXT("box")},
      {.path = "1.lua", .source = text_from(first)},
      {.path = "2.lua", .source = text_from(second)},
  };
  rule_fixture_load(fixture, files, 3);
  char *problems = all_problems(&fixture->problems);
  assert_string_equal(problems, "lib/box.lua:1: attempt to call a nil value (upvalue 'kept')\n");
  free(problems);
  assert_int_equal(fixture->set->count, 1);
}

/* ---- files ---- */

static void write_file(const char *folder, const char *name, const char *text) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static void make_folder(const char *folder, const char *name) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  assert_int_equal(mkdir(path, 0700), 0);
}

static uint64_t version_of(const char *rule, const char *library) {
  struct problems problems = PROBLEMS_NONE;
  const struct rule_file files[] = {
      {.path = "rules/r.lua", .source = text_from(rule)},
      {.path = "lib/l.lua", .source = text_from(library), .library = TEXT("l")}};
  struct rule_set *set = rule_set_load_files(files, 2, &problems);
  assert_int_equal(problems.count, 0);
  assert_int_equal(set->count, 1);
  uint64_t version = set->rules[0].version;
  rule_set_free(set);
  return version;
}

static void a_rules_version_is_of_its_text_and_that_of_libraries(void **state) {
  (void)state;
#define META "metadata { id = 'R', log_types = { 'T' }, severity = 'low' } "
  const char *rule = META "function rule() return true end";
  uint64_t version = version_of(rule, "return {}");
  assert_true(version == version_of(rule, "return {}"));
  assert_false(version == version_of(META "function rule() return false end", "return {}"));
  assert_false(version == version_of(rule, "return { 1 }"));
#undef META
}

static const char *const tree[] = {"rules/lib/aws/arn.lua", "rules/lib/aws",
                                   "rules/lib/zoom.lua",    "rules/lib",
                                   "rules/zoom/a.lua",      "rules/zoom/.hidden.lua",
                                   "rules/zoom/notes.txt",  "rules/zoom",
                                   "rules/b.lua",           "rules"};

static void make_tree(char folder[]) {
  assert_non_null(mkdtemp(folder));
  make_folder(folder, "rules");
  make_folder(folder, "rules/lib");
  make_folder(folder, "rules/lib/aws");
  make_folder(folder, "rules/zoom");
  write_file(folder, "rules/lib/zoom.lua", "return { name = 'zoom' }");
  write_file(folder, "rules/lib/aws/arn.lua", "return { name = 'arn' }");
  write_file(folder, "rules/zoom/a.lua",
             "local zoom, arn = require 'zoom', require 'aws.arn' "
             "metadata { id = 'a.' .. zoom.name .. '.' .. arn.name, "
             "log_types = { 'X' }, severity = 'low' } function rule() end");
  write_file(folder, "rules/zoom/.hidden.lua", "not lua");
  write_file(folder, "rules/zoom/notes.txt", "not lua");
  write_file(folder, "rules/b.lua",
             "metadata { id = 'b', log_types = { 'X' }, severity = 'low' } function rule() end");
}

static void remove_tree(const char *folder) {
  char path[256];
  for (size_t i = 0; i < sizeof tree / sizeof *tree; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, tree[i]);
    assert_int_equal(remove(path), 0);
  }
  assert_int_equal(rmdir(folder), 0);
}

static void rules_and_libraries_are_found_below_folders(void **state) {
  static const struct {
    const char *path, *library_path;
    size_t rules, libraries;
  } rows[] = {
      {"rules", NULL, 2, 2},
      {"rules/", NULL, 2, 2},
      {"rules/zoom", NULL, 1, 2},
      {"rules/zoom/a.lua", NULL, 1, 2},
      {"rules/zoom/a.lua", "rules/lib", 1, 2},
      {"rules/lib", NULL, 0, 2},
      {"rules/b.lua", NULL, 1, 2},
  };
  struct rule_fixture *fixture = *state;
  char folder[] = "/tmp/rule_load_test.XXXXXX";
  make_tree(folder);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char path[256], library_path[256];
    const char *paths[] = {path, path};
    snprintf(path, sizeof path, "%s/%s", folder, rows[i].path);
    struct rule_options options = {.paths = paths, .path_count = 2};
    if (rows[i].library_path) {
      snprintf(library_path, sizeof library_path, "%s/%s", folder, rows[i].library_path);
      options.library_path = library_path;
    }
    rule_fixture_clear(fixture);
    fixture->set = rule_set_load(&options, &fixture->problems);
    char *problems = all_problems(&fixture->problems);
    assert_string_equal(problems, "");
    free(problems);
    assert_int_equal(fixture->set->count, rows[i].rules);
    assert_int_equal(fixture->set->library_count, rows[i].libraries);
  }
  remove_tree(folder);
}

static void a_given_rule_stands_alone_with_what_the_paths_lend(void **state) {
  static const struct {
    const char *source, *problem;
  } rows[] = {
      {"local zoom = require 'zoom' metadata { id = zoom.name, log_types = { 'X' }, "
       "severity = 'low' } function rule() end",
       ""},
      {"metadata { id = 'c', base = 'b' }", ""},
      {"metadata { id = 'b', log_types = { 'X' }, severity = 'low' } function rule() end", ""},
      {"metadata { id = 'c', base = 'd' }", "<text>.lua:1: base: no "},
  };
  struct rule_fixture *fixture = *state;
  char folder[] = "/tmp/rule_load_test.XXXXXX", path[256];
  const char *paths[] = {path};
  make_tree(folder);
  snprintf(path, sizeof path, "%s/rules", folder);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct rule_file given = {.path = "<text>.lua", .source = text_from(rows[i].source)};
    rule_fixture_clear(fixture);
    fixture->set =
        rule_set_load(&(struct rule_options){.paths = paths, .path_count = 1, .given = &given},
                      &fixture->problems);
    char *problems = all_problems(&fixture->problems);
    assert_memory_equal(problems, rows[i].problem, strlen(rows[i].problem));
    assert_int_equal(problems[0] != '\0', rows[i].problem[0] != '\0');
    free(problems);
    assert_int_equal(fixture->set->count, !*rows[i].problem);
  }
  remove_tree(folder);
}

static void a_path_that_cannot_be_read_is_a_mistake(void **state) {
  struct rule_fixture *fixture = *state;
  const char *paths[] = {"/nonexistent/rules.lua", "/nonexistent/rules"};
  struct rule_options options = {.paths = paths, .path_count = 2};
  fixture->set = rule_set_load(&options, &fixture->problems);
  char *problems = all_problems(&fixture->problems);
  assert_string_equal(problems, "/nonexistent/rules: cannot be read: No such file or directory\n"
                                "/nonexistent/rules.lua: cannot be read: No such file or "
                                "directory\n");
  free(problems);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, rule_fixture_start, rule_fixture_stop)
  const struct CMUnitTest tests[] = {
      TEST(a_mistake_in_metadata_is_reported_at_its_key),
      TEST(a_mistake_in_a_file_is_reported_with_its_line),
      TEST(a_mistake_in_the_functions_is_reported),
      TEST(a_mistake_in_where_is_reported_at_its_key),
      TEST(a_key_that_is_in_a_table_twice_is_a_mistake),
      TEST(what_is_right_is_taken),
      TEST(all_metadata_is_read),
      TEST(rules_stand_in_order_of_id_and_a_taken_id_is_a_mistake),
      TEST(a_mistake_in_a_library_is_reported_once),
      TEST(metadata_may_come_from_a_library),
      TEST(a_rules_version_is_of_its_text_and_that_of_libraries),
      TEST(a_where_from_a_library_has_the_limits_of_any_other),
      TEST(a_file_cannot_declare_for_another),
      TEST(rules_and_libraries_are_found_below_folders),
      TEST(a_given_rule_stands_alone_with_what_the_paths_lend),
      TEST(a_path_that_cannot_be_read_is_a_mistake),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
