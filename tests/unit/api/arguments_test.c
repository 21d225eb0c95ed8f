/* Parameters: what is taken, and what is refused with which name. */
#include "api/arguments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NOW (INT64_C(1700000000) * US_PER_SECOND)

static const char *const colours[] = {"red", "green", NULL};

static const struct api_parameter rows[] = {
    {.name = "id", .place = API_PATH, .type = API_TEXT, .max = 8, .help = "h"},
    {.name = "text", .place = API_QUERY, .type = API_TEXT, .max = 8, .help = "h"},
    {.name = "number", .place = API_QUERY, .type = API_INTEGER, .min = -5, .max = 500, .help = "h"},
    {.name = "flag", .place = API_QUERY, .type = API_BOOLEAN, .help = "h"},
    {.name = "since", .place = API_QUERY, .type = API_TIME, .help = "h"},
    {.name = "list", .place = API_QUERY, .type = API_LIST, .max = 4, .help = "h"},
    {.name = "colours", .place = API_QUERY, .type = API_LIST, .choices = colours, .help = "h"},
    {.name = "colour", .place = API_BODY, .type = API_CHOICE, .choices = colours, .help = "h"},
    {.name = "needed", .place = API_BODY, .type = API_TEXT, .required = true, .help = "h"},
    {.name = "object", .place = API_BODY, .type = API_OBJECT, .help = "h"},
    {.name = "words", .place = API_BODY, .type = API_LIST, .help = "h"},
    {.name = "count", .place = API_BODY, .type = API_INTEGER, .min = 1, .max = 9, .help = "h"},
    {.name = "secret", .place = API_BODY, .type = API_TEXT, .secret = true, .help = "h"},
};
static const struct api_operation operation = {
    .name = "test.all", .method = "POST", .path = "/{id}", API_PARAMETERS(rows), .writes = true};

#define BODY "{\"needed\":\"x\"}"

/* What a query and a body are refused with, and of which parameter; "": nothing. */
static const struct {
  const char *query, *body, *refusal, *parameter;
} refusals[] = {
    {"", BODY, "", NULL},
    {"&&text=a&&", BODY, "", NULL},
    {"text=12345678", BODY, "", NULL},
    {"text=123456789", BODY, "longer than 8 bytes", "text"},
    {"text=a&text=b", BODY, "given twice", "text"},
    {"text=%ff", BODY, "UTF-8", "text"},
    {"text=%00", BODY, "control", "text"},
    {"text=%1b[0m", BODY, "control", "text"},
    {"text=%c2%80", BODY, "", NULL}, /* a control of Unicode is for who shows it */
    {"text", BODY, "", NULL},
    {"texts=a", BODY, "unknown parameter 'texts' (did you mean 'text'?)", NULL},
    {"needed=a", BODY, "unknown parameter", NULL},
    {"id=a", BODY, "unknown parameter", NULL},
    {"%74ext=a", BODY, "", NULL},
    {"number=-5", BODY, "", NULL},
    {"number=-6", BODY, "out of bounds: give -5 to 500", "number"},
    {"number=501", BODY, "out of bounds", "number"},
    {"number=99999999999999999999999", BODY, "number", "number"},
    {"number=9999999999999999999", BODY, "out of bounds", "number"},
    {"number=+5", BODY, "whole number", "number"}, /* a blank and a five */
    {"number=%2B5", BODY, "whole number", "number"},
    {"number=5x", BODY, "whole number", "number"},
    {"number=0x5", BODY, "whole number", "number"},
    {"number=", BODY, "whole number", "number"},
    {"number=-", BODY, "whole number", "number"},
    {"flag=true&since=7d", BODY, "", NULL},
    {"flag=TRUE", BODY, "true or false", "flag"},
    {"flag=1", BODY, "true or false", "flag"},
    {"since=2024-03-21", BODY, "", NULL},
    {"since=2024-03-21T07:00:00Z", BODY, "", NULL},
    {"since=yesterday", BODY, "no time", "since"},
    {"since=7", BODY, "no time", "since"},
    {"list=a&list=b", BODY, "", NULL},
    {"list=12345", BODY, "longer than 4", "list"},
    {"colours=red&colours=GREEN", BODY, "", NULL},
    {"colours=blue", BODY, "give one of red, green", "colours"},
    {"", "", "must be given", "needed"},
    {"", "{}", "must be given", "needed"},
    {"", "{\"needed\":\"\"}", "must not be empty", "needed"},
    {"", "{\"needed\":null}", "give a text", "needed"},
    {"", "{\"needed\":1}", "give a text", "needed"},
    {"", "{\"needed\":[\"x\"]}", "give a text", "needed"},
    {"", "{\"needed\":\"a\\u0000b\"}", "no JSON object", NULL},
    {"", "{\"needed\":\"a\\u0007b\"}", "control", "needed"},
    {"", "{\"needed\":\"x\",\"needed\":\"y\"}", "no JSON object", NULL},
    {"", "{\"needed\":\"x\",\"more\":1}", "unknown member of the body 'more'", NULL},
    {"", "{\"needed\":\"x\",\"text\":\"a\"}", "unknown member", NULL},
    {"", "[1]", "begin it with '{'", NULL},
    {"", "{\"needed\":\"x\"", "no JSON object", NULL},
    {"", "needed=x", "no JSON object", NULL},
    {"", "{\"needed\":\"x\",\"colour\":\"Red\"}", "", NULL},
    {"", "{\"needed\":\"x\",\"colour\":\"blue\"}", "give one of", "colour"},
    {"", "{\"needed\":\"x\",\"colour\":null}", "", NULL},
    {"", "{\"needed\":\"x\",\"object\":{\"a\":1}}", "", NULL},
    {"", "{\"needed\":\"x\",\"object\":[]}", "give an object", "object"},
    {"", "{\"needed\":\"x\",\"words\":[\"a\",\"b\"]}", "", NULL},
    {"", "{\"needed\":\"x\",\"words\":[1]}", "array of texts", "words"},
    {"", "{\"needed\":\"x\",\"words\":\"a\"}", "array of texts", "words"},
    {"", "{\"needed\":\"x\",\"count\":9}", "", NULL},
    {"", "{\"needed\":\"x\",\"count\":10}", "out of bounds", "count"},
    {"", "{\"needed\":\"x\",\"count\":1.0}", "whole number", "count"},
    {"", "{\"needed\":\"x\",\"count\":\"5\"}", "whole number", "count"},
};

static void what_makes_no_sense_is_refused_with_its_name(void **state) {
  const struct text path = TEXT("abc");
  (void)state;
  for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
    struct api_arguments arguments = API_ARGUMENTS_NONE;
    struct api_answer answer = {.status = 200};
    const struct api_input input = {.path = &path,
                                    .path_count = 1,
                                    .query = text_from(refusals[i].query),
                                    .body = text_from(refusals[i].body)};
    bool ok = api_arguments_read(&arguments, &operation, &input, NOW, &answer);
    bool right = ok == !refusals[i].refusal[0] && strstr(answer.refusal.text, refusals[i].refusal);
    bool named = refusals[i].parameter
                     ? answer.parameter && strcmp(answer.parameter, refusals[i].parameter) == 0
                     : !answer.parameter;
    if (!right || !named || answer.status != (ok ? 200u : 400u))
      fail_msg("?%s with %s: %u '%s' of %s", refusals[i].query, refusals[i].body, answer.status,
               answer.refusal.text, answer.parameter ? answer.parameter : "nothing");
    api_arguments_free(&arguments);
  }
}

static void values_are_read_by_name(void **state) {
  const struct text path = TEXT("a b");
  struct api_arguments arguments = API_ARGUMENTS_NONE;
  struct api_answer answer = {.status = 200};
  const struct api_input input = {
      .path = &path,
      .path_count = 1,
      .query = TEXT("text=a+%26%C3%BC&number=-3&flag=false&since=1h&list=x&list=&colours=Green"),
      .body =
          TEXT("{\"needed\":\"n\",\"colour\":\"GREEN\",\"object\":{\"k\":[1]},\"secret\":\"s\"}")};
  size_t count;
  (void)state;
  assert_true(api_arguments_read(&arguments, &operation, &input, NOW, &answer));
  const struct api_request request = {.operation = &operation, .values = arguments.values};
  assert_true(text_is(api_text(&request, "id"), "a b"));
  assert_true(text_is(api_text(&request, "text"), "a &ü"));
  assert_int_equal(api_integer(&request, "number", 7), -3);
  assert_int_equal(api_integer(&request, "count", 7), 7);
  assert_false(api_boolean(&request, "flag", true));
  assert_int_equal(api_time(&request, "since"), NOW - US_PER_HOUR);
  const struct text *items = api_list(&request, "list", &count);
  assert_int_equal(count, 2);
  assert_true(text_is(items[0], "x") && items[1].size == 0);
  items = api_list(&request, "colours", &count);
  assert_true(count == 1 && text_is(items[0], "green"));
  assert_int_equal(api_choice(&request, "colour"), 1);
  assert_int_equal(json_array_size(json_object_get(api_object(&request, "object"), "k")), 1);
  api_list(&request, "words", &count);
  assert_int_equal(count, 0);
  struct buffer audit = BUFFER_NONE;
  api_arguments_append(&arguments, &operation, 3, &audit);
  assert_string_equal(audit.data, "{\"id\":\"a b\",\"text\":\"a &\",\"number\":-3,\"flag\":false,"
                                  "\"since\":\"2023-11-14T21:13:20Z\",\"list\":2,\"colours\":1,"
                                  "\"colour\":\"gre\",\"needed\":\"n\",\"object\":\"{\\\"k\"}");
  buffer_free(&audit);
  api_arguments_free(&arguments);
}

static void a_list_has_an_end(void **state) {
  struct api_arguments arguments = API_ARGUMENTS_NONE;
  struct api_answer answer = {.status = 200};
  struct buffer query = BUFFER_NONE;
  const struct text path = TEXT("a");
  (void)state;
  for (int i = 0; i <= API_LIST_MAX; i++)
    buffer_append_string(&query, "&list=a");
  const struct api_input input = {&path, 1, buffer_text(&query), TEXT(BODY)};
  assert_false(api_arguments_read(&arguments, &operation, &input, NOW, &answer));
  assert_string_equal(answer.refusal.text, "list: give at most 32");
  buffer_free(&query);
  api_arguments_free(&arguments);
}

static void one_object_has_them_all(void **state) {
  struct api_arguments arguments = API_ARGUMENTS_NONE;
  struct api_answer answer = {.status = 200};
  json_t *object =
      json_pack("{s:s,s:i,s:[s],s:s}", "id", "x", "number", 5, "list", "y", "needed", "z");
  (void)state;
  assert_true(api_arguments_take(&arguments, &operation, object, NOW, &answer));
  assert_true(text_is(arguments.values[0].text, "x"));
  api_arguments_free(&arguments);
  json_object_del(object, "id");
  assert_false(api_arguments_take(&arguments, &operation, object, NOW, &answer));
  assert_string_equal(answer.refusal.text, "id: must be given");
  api_arguments_free(&arguments);
  json_decref(object);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_makes_no_sense_is_refused_with_its_name),
      cmocka_unit_test(values_are_read_by_name),
      cmocka_unit_test(a_list_has_an_end),
      cmocka_unit_test(one_object_has_them_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
