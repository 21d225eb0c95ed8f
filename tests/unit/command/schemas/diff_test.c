/* Changes between two schemas: each row is the fields before and after, and what is said of it. */
#include "command/schemas/diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct schema_set *load(const char *text) {
  struct problems problems = PROBLEMS_NONE;
  struct schema_set *set = schema_set_load_text(text_from(text), "t.yml", &problems);
  problems_print(&problems, stderr);
  assert_int_equal(problems.count, 0);
  return set;
}

static void append(void *context, const struct schema_change *change) {
  buffer_printf(context, "%s %.*s: %.*s\n", change->breaks ? "breaks" : "fine",
                TEXT_ARGS(change->path.size ? change->path : change->log_type),
                TEXT_ARGS(change->what));
}

static void compare(const char *old_text, const char *new_text, const char *expected) {
  struct buffer out = BUFFER_NONE;
  struct schema_set *old = load(old_text), *new = load(new_text);
  schema_diff(old, new, append, &out);
  if (!text_is(buffer_text(&out), expected))
    fail_msg("%s\nto\n%s\nsays\n%.*sand not\n%s", old_text, new_text, TEXT_ARGS(buffer_text(&out)),
             expected);
  schema_set_free(old);
  schema_set_free(new);
  buffer_free(&out);
}

#define TIME "{name: t, type: timestamp, timeFormats: "
#define EVENT ", type: timestamp, timeFormat: unix, isEventTime: true}"

static const struct {
  const char *old, *new, *changes;
} rows[] = {
    {"{name: a, type: int}", "{name: a, type: int, description: x}", ""},
    {"{name: a, type: int}", "{name: b, type: int}",
     "breaks a: the field is removed\nfine b: the field is added\n"},
    {"{name: a, type: int}", "{name: a, type: int}, {name: b, type: int, required: true}",
     "breaks b: the field is added, and required\n"},
    {"{name: a, type: int}",
     "{name: a, type: int}, {name: b, type: string, validate: {allow: [x]}}",
     "breaks b: the field is added, with validate\n"},
    {"{name: a, type: int}", "{name: a, type: bigint}",
     "fine a: the type is bigint, was int: wider\n"},
    {"{name: a, type: bigint}", "{name: a, type: int}",
     "breaks a: the type is int, was bigint: values that were fine may not fit\n"},
    {"{name: a, type: string}", "{name: a, type: json}",
     "fine a: the type is json, was string: wider\n"},
    {"{name: a, type: string, indicators: [ip]}", "{name: a, type: json}",
     "fine a: the type is json, was string: wider\nbreaks a: indicators: ip is removed\n"},
    {"{name: a, type: string}", "{name: a, type: int}",
     "breaks a: the type is int, was string: values that were fine may not fit\n"},
    {"{name: a, type: int}", "{name: a, type: int, required: true}",
     "breaks a: required is added\n"},
    {"{name: a, type: int, required: true}", "{name: a, type: int}",
     "fine a: required is removed\n"},
    {"{name: a, type: json}", "{name: a, type: json, isEmbeddedJSON: true}",
     "fine a: isEmbeddedJSON is added\n"},
    {"{name: a, type: json, isEmbeddedJSON: true}", "{name: a, type: json}",
     "breaks a: isEmbeddedJSON is removed\n"},
    {"{name: a, type: string, indicators: [ip]}", "{name: a, type: string, indicators: [email]}",
     "breaks a: indicators: ip is removed\nfine a: indicators: email is added\n"},
    {"{name: a, type: string, findIndicators: [ip]}", "{name: a, type: string}",
     "breaks a: findIndicators: ip is removed\n"},
    /* within */
    {"{name: a, type: object, fields: [{name: b, type: string}]}",
     "{name: a, type: object, fields: [{name: b, type: string, split: {from: c, separator: x,"
     " index: 0}}]}",
     "breaks a.b: the transform is split, was none\n"},
    {"{name: a, type: array, element: {type: string, mask: {type: redact}}}",
     "{name: a, type: array, element: {type: string}}",
     "breaks a[]: mask is removed: values are stored that were hidden\n"},
    {"{name: a, type: object, fields: [{name: b, type: int}, {name: c, type: int}]}",
     "{name: a, type: object, fields: [{name: c, type: smallint}]}",
     "breaks a.b: the field is removed\n"
     "breaks a.c: the type is smallint, was int: values that were fine may not fit\n"},
    {"{name: a, type: array, element: {type: object, fields: [{name: b, type: int}]}}",
     "{name: a, type: array, element: {type: object, fields: [{name: c, type: int}]}}",
     "breaks a[].b: the field is removed\nfine a[].c: the field is added\n"},
    /* times */
    {TIME "[rfc3339]}", TIME "[rfc3339, unix]}", "fine t: the time form unix is added\n"},
    {TIME "[rfc3339, \"%Y-%m-%d\"]}", TIME "[rfc3339]}",
     "breaks t: the time form %Y-%m-%d is removed\n"},
    {TIME "[unix, rfc3339]}", TIME "[rfc3339]}", "breaks t: the time form unix is removed\n"},
    {TIME "[rfc3339]}", TIME "[unix, rfc3339]}",
     "fine t: the time form unix is added\n"
     "breaks t: the time forms have another order: the first one that fits is used\n"},
    {TIME "[rfc3339, unix]}", TIME "[unix, rfc3339]}",
     "breaks t: the time forms have another order: the first one that fits is used\n"},
    {"{name: a" EVENT, "{name: a" EVENT ", {name: b" EVENT,
     "fine T: the event's time has further fields, behind those that it had\n"
     "fine b: the field is added\n"},
    {"{name: a" EVENT ", {name: b" EVENT, "{name: b" EVENT ", {name: a" EVENT,
     "breaks T: the event's time is of other fields, or of the same in another order\n"},
    {"{name: a" EVENT, "{name: a, type: timestamp, timeFormat: unix}",
     "breaks T: the event's time is of other fields, or of the same in another order\n"},
    {"{name: o, type: object, fields: [{name: a" EVENT "]}",
     "{name: o, type: object, fields: [{name: a, type: timestamp, timeFormat: unix}]}",
     "breaks T: the event's time is of other fields, or of the same in another order\n"},
    /* validate */
    {"{name: a, type: string}", "{name: a, type: string, validate: {allow: [x]}}",
     "breaks a: validate allow is added: records are refused that were fine\n"},
    {"{name: a, type: string, validate: {allow: [x, y]}}",
     "{name: a, type: string, validate: {allow: [x, z]}}",
     "breaks a: validate allow: 1 value added, 1 value removed\n"},
    {"{name: a, type: string, validate: {allow: [x]}}",
     "{name: a, type: string, validate: {allow: [x, z]}}",
     "fine a: validate allow: 1 value added, 0 values removed\n"},
    {"{name: a, type: string, validate: {deny: [x]}}",
     "{name: a, type: string, validate: {deny: [x, z]}}",
     "breaks a: validate deny: 1 value added, 0 values removed\n"},
    {"{name: a, type: string, validate: {deny: [x]}}", "{name: a, type: string}",
     "fine a: validate deny is removed\n"},
    {"{name: a, type: string, validate: {ip: ipv4}}",
     "{name: a, type: string, validate: {ip: any}}",
     "fine a: validate ip is any, was one family\n"},
    {"{name: a, type: string, validate: {ip: any}}",
     "{name: a, type: string, validate: {ip: ipv6}}", "breaks a: validate ip is another family\n"},
    {"{name: a, type: string}", "{name: a, type: string, validate: {cidr: any}}",
     "breaks a: validate cidr is added: records are refused that were fine\n"},
    /* transforms and masks */
    {"{name: a, type: string}", "{name: a, type: string, copy: {from: b}}",
     "breaks a: the transform is copy, was none\n"},
    {"{name: a, type: string, copy: {from: b}}", "{name: a, type: string, copy: {from: c}}",
     "breaks a: copy makes the value from something else\n"},
    {"{name: a, type: string}", "{name: a, type: string, mask: {type: redact}}",
     "breaks a: mask is added: rules do not see the value\n"},
    {"{name: a, type: string, mask: {type: redact}}", "{name: a, type: string}",
     "breaks a: mask is removed: values are stored that were hidden\n"},
    {"{name: a, type: string, mask: {type: redact}}",
     "{name: a, type: string, mask: {type: redact, to: X}}", "breaks a: mask has another text\n"},
    /* what identifies */
    {"{name: a, type: int}", "{name: a, type: int, identifies: true}",
     "breaks T: other fields identify the records: 1 added, 0 removed\n"},
    {"{name: a, type: int, identifies: true}", "{name: a, type: int}",
     "fine T: other fields identify the records: 0 added, 1 removed\n"},
};

static void a_change_of_a_field_breaks_or_does_not(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char old[400], new[400];
    snprintf(old, sizeof old, "schema: T\nfields: [%s]\n", rows[i].old);
    snprintf(new, sizeof new, "schema: T\nfields: [%s]\n", rows[i].new);
    compare(old, new, rows[i].changes);
  }
}

static void a_change_of_the_head_breaks_or_does_not(void **state) {
  (void)state;
#define BODY "fields: [{name: a, type: int}]\n"
  compare("schema: T\n" BODY, "schema: U\n" BODY, "breaks T: the log type is U\n");
  compare("schema: T\n" BODY, "schema: T\nstrict: true\n" BODY, "breaks T: strict is added\n");
  compare("schema: T\nstrict: true\n" BODY, "schema: T\n" BODY, "fine T: strict is removed\n");
  compare("schema: T\n" BODY, "schema: T\nlogsource: {product: a}\n" BODY,
          "fine T: logsource is added\n");
  compare("schema: T\nlogsource: {product: a}\n" BODY, "schema: T\nlogsource: {product: b}\n" BODY,
          "breaks T: logsource is another one, or removed\n");
}

/* The bundled schemas against one of them: the others are removed, and the other way round. */
static void folders_are_compared_by_log_type(void **state) {
  (void)state;
  struct problems problems = PROBLEMS_NONE;
  struct buffer out = BUFFER_NONE;
  struct schema_set *all = schema_set_load("schemas", &problems);
  struct schema_set *none = schema_set_load("tests/unit/event/schema/panther.yml", &problems);
  assert_int_equal(problems.count, 0);
  schema_diff(all, all, append, &out);
  assert_int_equal(out.size, 0);
  schema_diff(all, none, append, &out);
  assert_non_null(strstr(out.data, "breaks Zoom.Operation: the log type is removed\n"));
  assert_non_null(strstr(out.data, "fine Custom.BadgeReader: the log type is added\n"));
  schema_set_free(all);
  schema_set_free(none);
  buffer_free(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_change_of_a_field_breaks_or_does_not),
      cmocka_unit_test(a_change_of_the_head_breaks_or_does_not),
      cmocka_unit_test(folders_are_compared_by_log_type),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
