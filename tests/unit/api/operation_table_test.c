/* The table of operations: what each row must have, and the documents that are made of it. */
#include "api/face/openapi.h"
#include "api/operation/list.h"
#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define OPENAPI "docs/openapi.json"
#define DOCUMENT "docs/api.md"

/* ---- rows ---------------------------------------------------------------------------------- */

#define EXPECT(operation, condition)                                                               \
  do {                                                                                             \
    if (!(condition))                                                                              \
      fail_msg("%s: %s", (operation)->name, #condition);                                           \
  } while (0)

static bool is_help(const char *help) {
  return help && help[0] && help[strlen(help) - 1] != '.';
}

static void check_parameter(const struct api_operation *operation,
                            const struct api_parameter *row) {
  if (!is_help(row->help))
    fail_msg("%s: %s: needs help that does not end in a full stop", operation->name, row->name);
  EXPECT(operation, row->type != API_ANY && row->type != API_NUMBER);
  EXPECT(operation, row->type != API_CHOICE || row->choices);
  EXPECT(operation, row->type != API_INTEGER || row->max > row->min);
  EXPECT(operation, row->type != API_OBJECT || row->place == API_BODY);
  EXPECT(operation, row->place != API_BODY || strcmp(operation->method, "GET") != 0);
  EXPECT(operation, !row->secret || row->place == API_BODY);
}

/* The names in braces are the parameters of the path, in their order. */
static void check_path(const struct api_operation *operation) {
  const char *at = operation->path;
  for (size_t i = 0; i < operation->parameter_count; i++) {
    const struct api_parameter *row = &operation->parameters[i];
    if (row->place != API_PATH)
      continue;
    EXPECT(operation, (at = strchr(at, '{')) != NULL);
    EXPECT(operation, strncmp(at + 1, row->name, strlen(row->name)) == 0);
    at += strlen(row->name) + 1;
    EXPECT(operation, *at == '}');
  }
  EXPECT(operation, !strchr(at, '{'));
}

static void check_operation(const struct api_operation *operation) {
  EXPECT(operation, strchr(operation->name, '.'));
  EXPECT(operation, operation->path[0] == '/');
  EXPECT(operation, is_help(operation->summary));
  EXPECT(operation, !operation->help || operation->help[strlen(operation->help) - 1] == '.');
  EXPECT(operation, operation->run || operation->special != API_ORDINARY);
  EXPECT(operation, !operation->writes || strcmp(operation->method, "GET") != 0);
  EXPECT(operation, operation->role > API_ANYBODY || strstr(operation->path, "/session"));
  EXPECT(operation, operation->role >= API_ANALYST || !operation->writes ||
                        strstr(operation->path, "/session"));
  check_path(operation);
  for (size_t i = 0; i < operation->parameter_count; i++) {
    check_parameter(operation, &operation->parameters[i]);
    for (size_t k = 0; k < i; k++)
      EXPECT(operation, strcmp(operation->parameters[i].name, operation->parameters[k].name) != 0);
  }
}

static void every_row_is_whole(void **state) {
  struct map places = MAP_NONE, names = MAP_NONE;
  struct buffer place = BUFFER_NONE;
  (void)state;
  for (const struct api_operation *const *each = api_operations; *each; each++) {
    const struct api_operation *operation = *each;
    check_operation(operation);
    buffer_reset(&place);
    buffer_printf(&place, "%s %s", operation->method, operation->path);
    EXPECT(operation, !map_get(&places, buffer_text(&place)));
    EXPECT(operation, !map_get(&names, text_from(operation->name)));
    map_put(&places, buffer_text(&place), &places);
    map_put(&names, text_from(operation->name), &names);
  }
  map_clear(&places, NULL);
  map_clear(&names, NULL);
  buffer_free(&place);
}

/* ---- documents ----------------------------------------------------------------------------- */

static void read_file(const char *path, struct buffer *out) {
  FILE *file = fopen(path, "re");
  size_t got;
  do {
    got = file ? fread(buffer_reserve(out, 65536), 1, 65536, file) : 0;
    out->size += got;
  } while (got > 0);
  if (file)
    fclose(file);
}

static void write_file(const char *path, struct text text) {
  FILE *file = fopen(path, "we");
  assert_non_null(file);
  fwrite(text.data, 1, text.size, file);
  fclose(file);
}

/* The file is to be `wanted`; with GOLDEN it becomes that. */
static void expect_file(const char *path, struct text wanted) {
  struct buffer found = BUFFER_NONE;
  if (getenv("GOLDEN"))
    write_file(path, wanted);
  read_file(path, &found);
  bool same = text_equal(buffer_text(&found), wanted);
  buffer_free(&found);
  if (!same)
    fail_msg("%s is not what the table of operations says: GOLDEN=write make unit "
             "ONLY=operation_table_test, and look at it",
             path);
}

static void the_openapi_document_is_that_of_the_table(void **state) {
  struct buffer json = BUFFER_NONE, wanted = BUFFER_NONE;
  json_error_t error;
  (void)state;
  openapi_append(&json);
  json_t *parsed = json_loadb(json.data, json.size, JSON_REJECT_DUPLICATES, &error);
  if (!parsed)
    fail_msg("the document is no JSON: %s at %d", error.text, error.position);
  char *indented = json_dumps(parsed, JSON_INDENT(1));
  buffer_printf(&wanted, "%s\n", indented);
  free(indented);
  json_decref(parsed);
  buffer_free(&json);
  expect_file(OPENAPI, buffer_text(&wanted));
  buffer_free(&wanted);
}

/* The table is what begins like it and goes on to the last line with a bar. */
static void the_document_has_the_table_of_operations(void **state) {
  struct buffer wanted = BUFFER_NONE, document = BUFFER_NONE;
  (void)state;
  read_file(DOCUMENT, &document);
  buffer_append_char(&document, '\0');
  const char *begin = strstr(document.data, "| operation | request |"), *end = begin;
  assert_non_null(begin);
  while (*end == '|')
    end += strcspn(end, "\n") + 1;
  buffer_append(&wanted, document.data, (size_t)(begin - document.data));
  openapi_append_markdown(&wanted);
  buffer_append_string(&wanted, end);
  expect_file(DOCUMENT, buffer_text(&wanted));
  buffer_free(&wanted);
  buffer_free(&document);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_row_is_whole),
      cmocka_unit_test(the_openapi_document_is_that_of_the_table),
      cmocka_unit_test(the_document_has_the_table_of_operations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
