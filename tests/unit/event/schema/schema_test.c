#include "base/buffer.h"
#include "base/memory.h"
#include "event/schema/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define FIELDS "schema: T\nfields:\n"

static struct schema_set *load(const char *yaml) {
  struct problems problems = PROBLEMS_NONE;
  struct schema_set *set = schema_set_load_text(text_from(yaml), "t.yml", &problems);
  if (problems.count > 0) {
    problems_print(&problems, stderr);
    fail_msg("the schema has problems");
  }
  return set;
}

static void a_schema_of_panther_loads_unchanged(void **state) {
  (void)state;
  struct problems problems = PROBLEMS_NONE, warnings = PROBLEMS_NONE;
  struct schema_set *set = schema_set_load("tests/unit/event/schema/panther.yml", &problems);
  problems_print(&problems, stderr);
  assert_int_equal(problems.count, 0);
  const struct schema *schema = schema_find(set, TEXT("Custom.BadgeReader"));
  assert_non_null(schema);
  assert_int_equal(schema->fields[schema_slot(schema, TEXT("door"))].type, FIELD_OBJECT);
  schema_set_warn(set, &warnings);
  assert_int_equal(warnings.count, 3);
  assert_string_equal(warnings.items[1].text,
                      "warning: the key 'parser' is not used: margay reads records in JSON only");
  problems_clear(&warnings);
  schema_set_free(set);
}

static void a_reference_that_is_no_address_is_not_used(void **state) {
  (void)state;
  struct problems warnings = PROBLEMS_NONE;
  struct schema_set *set =
      load("schema: T\nreferenceURL: (Optional) A link\nfields: [{name: a, type: int}]\n");
  assert_int_equal(set->schemas[0].reference_url.size, 0);
  schema_set_warn(set, &warnings);
  assert_int_equal(warnings.count, 1);
  assert_int_equal(warnings.items[0].line, 2);
  assert_string_equal(
      warnings.items[0].text,
      "warning: the key 'referenceURL' is not used: it is no web address (https://...)");
  problems_clear(&warnings);
  schema_set_free(set);
}

static void a_broken_schema_is_reported_with_its_place(void **state) {
  (void)state;
  static const struct {
    const char *yaml, *problems;
  } table[] = {
      {"", "t.yml:1:1: the key 'schema' is missing: it names the log type, as in 'schema: "
           "Custom.Name'\nt.yml:1:1: the key 'fields' is missing\n"},
      {"[]", "t.yml:1:1: a schema: expected a mapping (key: value), found a list\n"},
      {"just text", "t.yml:1:1: a schema: expected a mapping (key: value), found 'just text'\n"},
      {"schema: zoom.x\nfields: [{name: a, type: string}]\n",
       "t.yml:1:9: schema: 'zoom.x' is no log type: it takes words of letters and digits that "
       "begin with a capital, joined by dots, as in 'Custom.Name'\n"},
      {"schema: Zoom.\nfields: [{name: a, type: string}]\n",
       "t.yml:1:9: schema: 'Zoom.' is no log type: it takes words of letters and digits that "
       "begin with a capital, joined by dots, as in 'Custom.Name'\n"},
      {"schema: [T]\nfields: [{name: a, type: string}]\n",
       "t.yml:1:9: schema: expected text, found a list\n"},
      {"schema: ''\nfields: [{name: a, type: string}]\n", "t.yml:1:9: schema: must not be empty\n"},
      {"schema: T\nversion: 1\nfields: [{name: a, type: string}]\n",
       "t.yml:2:10: version: expected a whole number from 0 to 0, found '1'\n"},
      {"schema: T\nreferenceURL: ''\nfields: [{name: a, type: string}]\n",
       "t.yml:2:15: referenceURL: must not be empty\n"},
      {"schema: T\nlogsource: {}\nfields: [{name: a, type: string}]\n",
       "t.yml:2:12: logsource: at least one of category, product, service is needed\n"},
      {"schema: T\nlogsource: zoom\nfields: [{name: a, type: string}]\n",
       "t.yml:2:12: logsource: expected a mapping (key: value), found 'zoom'\n"},
      {"schema: T\nlogsource: {prodcut: a, service: ''}\nfields: [{name: a, type: string}]\n",
       "t.yml:2:13: unknown key 'prodcut' in a logsource (did you mean 'product'?)\n"
       "t.yml:2:34: service: must not be empty\n"},
      {"schema: T\nfeilds: []\nfields: [{name: a, type: string}]\n",
       "t.yml:2:1: unknown key 'feilds' in a schema (did you mean 'fields'?)\n"},
      {"schema: T\nparsers: {csv: {}}\nfields: [{name: a, type: string}]\n",
       "t.yml:2:1: unknown key 'parsers' in a schema (did you mean 'parser'?)\n"},
      {"schema: T\nfields: {a: string}\n",
       "t.yml:2:9: fields: expected a list, found a mapping (key: value)\n"},
      {"schema: T\nfields: []\n", "t.yml:2:9: fields: the list is empty\n"},
      {FIELDS "  - a\n",
       "t.yml:3:5: a field's description: expected a mapping (key: value), found 'a'\n"},
      {FIELDS "  - {type: string}\n", "t.yml:3:5: the key 'name' is missing\n"},
      {FIELDS "  - {name: a}\n", "t.yml:3:5: the key 'type' is missing\n"},
      {FIELDS "  - {name: p_a, type: string}\n",
       "t.yml:3:12: name: fields that begin with p_ are margay's own\n"},
      {FIELDS "  - {name: '', type: string}\n", "t.yml:3:12: name: must not be empty\n"},
      {FIELDS "  - {name: a, type: string, target: d}\n",
       "t.yml:3:37: type string cannot have 'target'\n"},
      {FIELDS "  - {name: a, type: ref, ref: d, target: e}\n",
       "t.yml:3:42: give 'ref' or 'target', not both\n"},
      {FIELDS "  - {name: a, type: strin}\n",
       "t.yml:3:21: unknown type 'strin' (did you mean 'string'?)\n"},
      {FIELDS "  - {name: a, type: whatever}\n",
       "t.yml:3:21: unknown type 'whatever': the types are string, int, smallint, bigint, float, "
       "boolean, timestamp, array, object, json and ref\n"},
      {FIELDS "  - {name: a, type: string, requird: true}\n",
       "t.yml:3:29: unknown key 'requird' in a field (did you mean 'required'?)\n"},
      {FIELDS "  - {name: a, type: string, required: yes}\n",
       "t.yml:3:39: required: expected true or false, found 'yes'\n"},
      {FIELDS "  - {name: a, type: string, required: 'true'}\n",
       "t.yml:3:39: required: expected true or false, found 'true' in quotes\n"},
      {FIELDS "  - {name: a, type: string}\n  - {name: b, type: int}\n  - {name: a, type: int}\n",
       "t.yml:5:12: field 'a' is described twice\n"},
      {FIELDS "  - {name: a, type: object}\n", "t.yml:3:5: type object needs the key 'fields'\n"},
      {FIELDS "  - {name: a, type: array}\n", "t.yml:3:5: type array needs the key 'element'\n"},
      {FIELDS "  - {name: a, type: timestamp}\n",
       "t.yml:3:5: type timestamp needs the key 'timeFormat'\n"},
      {FIELDS "  - {name: a, type: ref}\n", "t.yml:3:5: type ref needs the key 'ref'\n"},
      {FIELDS "  - {name: a, type: int, fields: []}\n",
       "t.yml:3:34: type int cannot have 'fields'\n"},
      {FIELDS "  - {name: a, type: int, indicators: [ip]}\n",
       "t.yml:3:38: type int cannot have 'indicators'\n"},
      {FIELDS "  - {name: a, type: string, isEventTime: true}\n",
       "t.yml:3:42: type string cannot have 'isEventTime'\n"},
      {FIELDS "  - {name: a, type: string, isEmbeddedJSON: true}\n",
       "t.yml:3:45: type string cannot have 'isEmbeddedJSON'\n"},
      {FIELDS "  - {name: a, type: array, element: {type: string, name: b}}\n",
       "t.yml:3:52: unknown key 'name' in an array's element\n"},
      {FIELDS "  - {name: a, type: array, element: {type: array, element: {type: x}}}\n",
       "t.yml:3:67: unknown type 'x': the types are string, int, smallint, bigint, float, "
       "boolean, timestamp, array, object, json and ref\n"},
      {FIELDS "  - {name: a, type: timestamp, timeFormat: rfc3393}\n",
       "t.yml:3:44: timeFormat: unknown 'rfc3393' (did you mean 'rfc3339'?)\n"},
      {FIELDS "  - {name: a, type: timestamp, timeFormats: rfc3339}\n",
       "t.yml:3:45: timeFormats: expected a list, found 'rfc3339'\n"},
      {FIELDS "  - {name: a, type: timestamp, timeFormats: []}\n",
       "t.yml:3:45: timeFormats: the list is empty\n"},
      {FIELDS "  - {name: a, type: timestamp, timeFormat: unix, timeFormats: [unix_ms]}\n",
       "t.yml:3:64: give timeFormat or timeFormats, not both\n"},
      {FIELDS "  - {name: a, type: string, indicators: email}\n",
       "t.yml:3:41: indicators: expected a list, found 'email'\n"},
      {FIELDS "  - {name: a, type: string, indicators: [emial, ip]}\n",
       "t.yml:3:42: indicators: unknown 'emial' (did you mean 'email'?)\n"},
      {FIELDS "  - {name: a, type: string, validate: {alow: [x]}}\n",
       "t.yml:3:40: unknown key 'alow' in validate (did you mean 'allow'?)\n"},
      {FIELDS "  - {name: a, type: string, validate: {}}\n",
       "t.yml:3:39: validate: give one of allow, deny, startswith, ip, cidr\n"},
      {FIELDS "  - {name: a, type: string, validate: {allow: []}}\n",
       "t.yml:3:47: validate allow: the list is empty\n"},
      {FIELDS "  - {name: a, type: string, validate: {startswith: ['']}}\n",
       "t.yml:3:53: validate startswith: must not be empty\n"},
      {FIELDS "  - {name: a, type: string, validate: {allow: [{}]}}\n",
       "t.yml:3:48: validate allow: expected text, found a mapping (key: value)\n"},
      {FIELDS "  - {name: a, type: string, validate: {ip: ipv5}}\n",
       "t.yml:3:44: validate ip: unknown 'ipv5' (did you mean 'ipv4'?)\n"},
      {FIELDS "  - {name: a, type: string, validate: {ip: any, cidr: any}}\n",
       "t.yml:3:55: validate: give ip or cidr, not both\n"},
      {FIELDS "  - {name: a, type: ref, ref: adress}\n",
       "t.yml:3:31: ref: no definition 'adress': the schema has no definitions\n"},
      {"schema: T\ndefinitions: {address: {type: int}}\nfields:\n"
       "  - {name: a, type: ref, ref: adress}\n",
       "t.yml:4:31: ref: no definition 'adress' (did you mean 'address'?)\n"},
      {"schema: T\ndefinitions: {a: {type: int}}\nfields:\n"
       "  - {name: a, type: ref, ref: a, validate: {ip: any}}\n",
       "t.yml:4:44: a ref cannot have 'validate': put it into the definition\n"},
      {"schema: T\ndefinitions:\n  a: {type: array, element: {type: ref, ref: b}}\n"
       "  b: {type: object, fields: [{name: a, type: ref, ref: a}]}\n"
       "fields: [{name: x, type: ref, ref: a}]\n",
       "t.yml:4:56: definition 'a' refers to itself; records cannot be endless\n"},
      {"schema: T\ndefinitions: {a: {type: ref, ref: a}}\nfields: [{name: x, type: int}]\n",
       "t.yml:2:35: definition 'a' refers to itself; records cannot be endless\n"},
      {"schema: T\ndefinitions: {a: {type: int, name: x}}\nfields: [{name: x, type: int}]\n",
       "t.yml:2:30: unknown key 'name' in a definition\n"},
      {"schema: T\ndefinitions: []\nfields: [{name: x, type: int}]\n",
       "t.yml:2:14: definitions: expected a mapping (key: value), found a list\n"},
      {FIELDS "  - {name: a, type: string, rename: b}\n",
       "t.yml:3:37: rename: expected a mapping (key: value), found 'b'\n"},
      {FIELDS "  - {name: a, type: string, rename: {}}\n",
       "t.yml:3:37: rename: the key 'from' is missing\n"},
      {FIELDS "  - {name: a, type: string, rename: {from: a}}\n",
       "t.yml:3:44: rename from: it is the field itself\n"},
      {FIELDS "  - {name: a, type: string, rename: {from: b}}\n  - {name: b, type: string}\n",
       "t.yml:3:37: rename: 'b' is a field already, or renamed twice; use copy\n"},
      {FIELDS "  - {name: a, type: string, rename: {from: b}, copy: {from: c}}\n",
       "t.yml:3:54: copy: the field has another transform already; give one\n"},
      {FIELDS "  - {name: a, type: int, concat: {paths: [b]}}\n",
       "t.yml:3:34: type int cannot have 'concat'\n"},
      {FIELDS "  - {name: a, type: string, concat: {separator: '-'}}\n",
       "t.yml:3:37: concat: the key 'paths' is missing\n"},
      {FIELDS "  - {name: a, type: string, concat: {path: [b]}}\n",
       "t.yml:3:38: unknown key 'path' in concat (did you mean 'paths'?)\n"},
      {FIELDS "  - {name: a, type: string, split: {from: b, separator: '', index: 0}}\n",
       "t.yml:3:36: split separator: must not be empty\n"},
      {FIELDS "  - {name: a, type: string, split: {from: b, separator: '-'}}\n",
       "t.yml:3:36: split: the key 'index' is missing\n"},
      {FIELDS "  - {name: a, type: string, split: {from: b, separator: '-', index: -1}}\n",
       "t.yml:3:69: split index: expected a whole number from 0 to 2147483647, found '-1'\n"},
      {FIELDS "  - {name: a, type: int, mask: {type: redact}}\n",
       "t.yml:3:32: type int cannot have 'mask'\n"},
      {FIELDS "  - {name: a, type: string, mask: {type: hash}}\n",
       "t.yml:3:42: mask type: unknown 'hash'\n"},
      {FIELDS "  - {name: a, type: string, mask: {}}\n",
       "t.yml:3:35: mask: the key 'type' is missing\n"},
      {FIELDS "  - {name: o, type: array, element: {type: string, copy: {from: b}}}\n",
       "t.yml:3:58: 'copy' works for fields that have a name only\n"},
      {FIELDS "  - {name: o, type: object, fields: [{name: a, type: int, identifies: true}]}\n",
       "t.yml:3:71: 'identifies' works for top-level fields only\n"},
      {FIELDS "  - {name: o, type: object, fields: [{name: a, type: int, rename: {from: b}},\n"
              "      {name: b, type: int}]}\n",
       "t.yml:3:67: rename: 'b' is a field already, or renamed twice; use copy\n"},
      {"schema: T\ndescription: [x]\nfields:\n  - {name: a, type: strin}\n"
       "  - {name: b, type: int, x: 1}\n",
       "t.yml:2:14: description: expected text, found a list\n"
       "t.yml:4:21: unknown type 'strin' (did you mean 'string'?)\n"
       "t.yml:5:26: unknown key 'x' in a field\n"},
      {"schema: T\n\tfields: []\n", NULL},
      {"schema: T\nschema: U\nfields: [{name: a, type: int}]\n", NULL},
      {"schema: &a T\nfields: *a\n", NULL},
  };
  size_t wrong = 0;
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct problems problems = PROBLEMS_NONE;
    struct schema_set *set = schema_set_load_text(text_from(table[i].yaml), "t.yml", &problems);
    assert_non_null(set);
    assert_int_equal(set->count, 0);
    assert_true(problems.count > 0);
    char *reported = NULL;
    size_t reported_size = 0;
    FILE *out = open_memstream(&reported, &reported_size);
    problems_print(&problems, out);
    fclose(out);
    if (table[i].problems && strcmp(reported, table[i].problems) != 0) {
      print_error("%s\ntold:\n%s\n", table[i].yaml, reported);
      wrong++;
    }
    free(reported);
    problems_clear(&problems);
    schema_set_free(set);
  }
  assert_int_equal(wrong, 0);
}

static void a_schema_is_read_with_all_that_it_says(void **state) {
  (void)state;
  struct schema_set *set =
      load("schema: Custom.Log\nversion: 0\ndescription: Words\n"
           "referenceURL: https://example.com/\n"
           "definitions:\n"
           "  who: {type: string, indicators: [email, username], description: d}\n"
           "  people: {type: array, element: {type: ref, ref: who}}\n"
           "fields:\n"
           "  - {name: at, type: timestamp, timeFormats: [unix_ms, '%F'], isEventTime: true}\n"
           "  - {name: who, type: ref, ref: who, required: true, description: d}\n"
           "  - {name: people, type: ref, ref: people, rename: {from: People}}\n"
           "  - {name: deep, type: object, fields: [{name: n, type: bigint, required: true}]}\n"
           "  - {name: k, type: string, validate: {allow: [a, b], deny: ['']}}\n"
           "  - {name: m, type: string, mask: {type: redact, to: XXX}}\n");
  assert_int_equal(set->count, 1);
  const struct schema *schema = schema_find(set, TEXT("Custom.Log"));
  assert_non_null(schema);
  assert_null(schema_find(set, TEXT("Custom.Lo")));
  assert_null(schema_find(set, TEXT("Custom.Logs")));
  assert_string_equal(schema->description.data, "Words");
  assert_string_equal(schema->reference_url.data, "https://example.com/");
  assert_string_equal(schema->file, "t.yml");
  assert_true(schema->reshapes);
  assert_int_equal(schema->field_count, 6);
  for (size_t i = 0; i < schema->field_count; i++)
    assert_int_equal(schema_slot(schema, schema->fields[i].name), i);
  assert_int_equal(schema_slot(schema, TEXT("none")), -1);

  const struct field *at = &schema->fields[0], *who = &schema->fields[1];
  assert_true(at->event_time);
  assert_int_equal(at->time_format_count, 2);
  assert_int_equal(at->time_formats[0].kind, TIME_UNIX_MS);
  assert_string_equal(at->time_formats[1].strftime, "%F");
  assert_int_equal(who->type, FIELD_STRING);
  assert_true(who->required);
  assert_int_equal(who->indicators, 1 << INDICATOR_EMAIL | 1 << INDICATOR_USERNAME);
  assert_int_equal(schema->fields[2].type, FIELD_ARRAY);
  assert_int_equal(schema->fields[2].transform.kind, TRANSFORM_RENAME);
  assert_int_equal(schema->fields[2].element->indicators, who->indicators);
  assert_true(schema->fields[3].fields[0].required);
  assert_int_equal(schema->fields[4].validate.allow_count, 2);
  assert_int_equal(schema->fields[4].validate.deny_count, 1);
  assert_int_equal(schema->fields[5].mask.kind, MASK_REDACT);
  assert_string_equal(schema->fields[5].mask.to.data, "XXX");
  schema_set_free(set);
}

static void definitions_that_fan_out_cost_no_memory(void **state) {
  (void)state;
  struct buffer yaml = BUFFER_NONE;
  buffer_append_string(&yaml, "schema: T\ndefinitions:\n");
  for (int i = 0; i < 40; i++)
    buffer_printf(&yaml,
                  "  d%d: {type: object, fields: [{name: a, type: ref, ref: d%d}, "
                  "{name: b, type: ref, ref: d%d}]}\n",
                  i, i + 1, i + 1);
  buffer_append_string(&yaml, "  d40: {type: int}\nfields: [{name: x, type: ref, ref: d0}]\n");
  schema_set_free(load(yaml.data));
  buffer_free(&yaml);
}

static void definitions_that_go_too_deep_are_refused(void **state) {
  (void)state;
  struct buffer yaml = BUFFER_NONE;
  struct problems problems = PROBLEMS_NONE;
  buffer_append_string(&yaml, "schema: T\ndefinitions:\n");
  for (int i = 0; i < 5000; i++)
    buffer_printf(&yaml, "  d%d: {type: ref, ref: d%d}\n", i, i + 1);
  buffer_append_string(&yaml, "  d5000: {type: int}\nfields: [{name: x, type: ref, ref: d0}]\n");
  struct schema_set *set = schema_set_load_text(buffer_text(&yaml), "t.yml", &problems);
  assert_int_equal(set->count, 0);
  assert_string_equal(problems.items[0].text, "definitions refer to each other more than 64 deep");
  schema_set_free(set);
  problems_clear(&problems);
  buffer_free(&yaml);
}

static void write_file(const char *directory, const char *name, const char *text) {
  char path[300];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static void a_directory_is_read_whole_and_broken_files_are_left_out(void **state) {
  (void)state;
  char directory[] = "/tmp/margay-schema-XXXXXX", inner[100], path[200];
  struct problems problems = PROBLEMS_NONE;
  assert_non_null(mkdtemp(directory));
  snprintf(inner, sizeof inner, "%s/inner", directory);
  assert_int_equal(mkdir(inner, 0700), 0);
  write_file(directory, "b.yml", "schema: B\nfields: [{name: a, type: int}]\n");
  write_file(directory, "broken.yml", "schema: [\n");
  write_file(directory, "notes.txt", "schema: [\n");
  write_file(directory, ".hidden.yml", "schema: [\n");
  write_file(inner, "a.yaml", "schema: A\nfields: [{name: a, type: int}]\n");
  write_file(inner, "again.yml", "schema: B\nfields: [{name: a, type: int}]\n");

  struct schema_set *set = schema_set_load(directory, &problems);
  assert_int_equal(set->count, 2);
  assert_true(text_is(set->schemas[0].name, "A"));
  assert_true(text_is(set->schemas[1].name, "B"));
  assert_int_equal(problems.count, 2);
  assert_non_null(strstr(problems.items[0].file, "broken.yml"));
  assert_non_null(strstr(problems.items[1].file, "again.yml"));
  assert_non_null(strstr(problems.items[1].text, "schema 'B' is in "));
  schema_set_free(set);
  problems_clear(&problems);

  snprintf(path, sizeof path, "%s/b.yml", directory);
  set = schema_set_load(path, &problems);
  assert_int_equal(set->count, 1);
  assert_int_equal(problems.count, 0);
  schema_set_free(set);

  static const char *const files[] = {"b.yml",       "broken.yml",   "notes.txt",
                                      ".hidden.yml", "inner/a.yaml", "inner/again.yml"};
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    snprintf(path, sizeof path, "%s/%s", directory, files[i]);
    assert_int_equal(unlink(path), 0);
  }
  assert_int_equal(rmdir(inner), 0);
  assert_int_equal(rmdir(directory), 0);

  assert_null(schema_set_load(directory, &problems));
  assert_int_equal(problems.count, 1);
  assert_string_equal(problems.items[0].text, "cannot be read: No such file or directory");
  problems_clear(&problems);
}

static void the_bundled_schemas_are_good(void **state) {
  (void)state;
  struct problems problems = PROBLEMS_NONE;
  struct schema_set *set = schema_set_load("schemas", &problems);
  problems_print(&problems, stderr);
  assert_int_equal(problems.count, 0);
  const struct schema *operation = schema_find(set, TEXT("Zoom.Operation"));
  assert_non_null(operation);
  assert_non_null(schema_find(set, TEXT("Zoom.Activity")));
  assert_true(operation->fields[schema_slot(operation, TEXT("time"))].event_time);
  schema_set_free(set);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_schema_of_panther_loads_unchanged),
      cmocka_unit_test(a_reference_that_is_no_address_is_not_used),
      cmocka_unit_test(a_broken_schema_is_reported_with_its_place),
      cmocka_unit_test(a_schema_is_read_with_all_that_it_says),
      cmocka_unit_test(definitions_that_fan_out_cost_no_memory),
      cmocka_unit_test(definitions_that_go_too_deep_are_refused),
      cmocka_unit_test(a_directory_is_read_whole_and_broken_files_are_left_out),
      cmocka_unit_test(the_bundled_schemas_are_good),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
