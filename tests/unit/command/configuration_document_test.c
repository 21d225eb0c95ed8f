/* docs/configuration.md names every key of every table, with its default. */
#include "alert/destination/destination_kinds.h"
#include "command/config/config.h"
#include "source/source_kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define DOCUMENT "docs/configuration.md"

static int read_document(void **state) {
  FILE *file = fopen(DOCUMENT, "re");
  if (!file)
    fail_msg("cannot read " DOCUMENT ": the tests run at the root of the project");
  struct buffer *document = calloc(1, sizeof *document);
  size_t got;
  do {
    got = fread(buffer_reserve(document, 65536), 1, 65536, file);
    document->size += got;
  } while (got > 0);
  fclose(file);
  buffer_append_char(document, '\0');
  *state = document;
  return 0;
}

static int free_document(void **state) {
  buffer_free(*state);
  free(*state);
  return 0;
}

/* The text between a heading and the next one, as a string of its own. */
static char *section_of(const struct buffer *document, const char *heading) {
  char line[128];
  snprintf(line, sizeof line, "\n%s\n", heading);
  const char *start = strstr((const char *)document->data, line);
  if (!start)
    fail_msg(DOCUMENT " has no heading '%s'", heading);
  start += strlen(line);
  const char *end = strstr(start, "\n#");
  return strndup(start, end ? (size_t)(end - start) + 1 : strlen(start));
}

static void expect_row(const char *section, const char *heading, const struct setting *setting) {
  char row[256];
  const char *fallback = setting->fallback;
  const char *quote = fallback && *fallback ? "`" : "";
  snprintf(row, sizeof row, "\n| `%s` | %s%s%s | ", setting->key, quote,
           setting->required       ? "needed"
           : fallback && *fallback ? fallback
                                   : "none",
           quote);
  if (!strstr(section, row))
    fail_msg(DOCUMENT ", below '%s', has no row that begins with: %s", heading, row + 1);
}

static void expect_table(const struct buffer *document, const char *heading,
                         const struct setting *settings, size_t count) {
  char *section = section_of(document, heading);
  for (size_t i = 0; i < count; i++)
    expect_row(section, heading, &settings[i]);
  size_t rows = 0;
  for (const char *row = section; (row = strstr(row, "\n| `")) != NULL; row++)
    rows++;
  if (rows != count)
    fail_msg(DOCUMENT ", below '%s', has %zu rows, but there are %zu keys", heading, rows, count);
  free(section);
}

static void the_document_names_the_keys_of_every_mapping(void **state) {
  size_t count;
  const struct config_table *tables = config_tables(&count);
  for (size_t i = 0; i < count; i++) {
    char heading[64];
    snprintf(heading, sizeof heading, "## %s",
             *tables[i].mapping ? tables[i].mapping : "Top level");
    expect_table(*state, heading, tables[i].settings, tables[i].count);
  }
}

static void the_document_names_the_keys_of_every_source_type(void **state) {
  size_t count;
  const char *const *names = source_type_names(&count);
  for (size_t i = 0; i < count; i++) {
    const struct source_type *type = source_type_find(text_from(names[i]));
    char heading[64];
    snprintf(heading, sizeof heading, "### %s", type->name);
    expect_table(*state, heading, type->settings, type->setting_count);
  }
}

static void the_document_names_the_keys_of_every_destination_type(void **state) {
  size_t count;
  const char *const *names = destination_type_names(&count);
  for (size_t i = 0; i < count; i++) {
    const struct destination_type *type = destination_type_find(text_from(names[i]));
    char heading[64];
    snprintf(heading, sizeof heading, "### %s", type->name);
    expect_table(*state, heading, type->settings, type->setting_count);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_document_names_the_keys_of_every_mapping),
      cmocka_unit_test(the_document_names_the_keys_of_every_source_type),
      cmocka_unit_test(the_document_names_the_keys_of_every_destination_type),
  };
  return cmocka_run_group_tests(tests, read_document, free_document);
}
