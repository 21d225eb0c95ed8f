/* docs/configuration.md names every key of every table, with its default. */
#include "base/buffer.h"
#include "command/config/config_settings.h"

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
                         const struct settings_table *table) {
  char *section = section_of(document, heading);
  size_t expected = 0, rows = 0;
  for (size_t i = 0; i < table->count; i++) {
    if (table->rows[i].table || table->rows[i].kind == SETTING_TREE)
      continue;
    expect_row(section, heading, &table->rows[i]);
    expected++;
  }
  for (const char *row = section; (row = strstr(row, "\n| `")) != NULL; row++)
    rows++;
  if (rows != expected)
    fail_msg(DOCUMENT ", below '%s', has %zu rows, but there are %zu keys", heading, rows,
             expected);
  free(section);
}

static void the_document_names_the_keys_of_every_mapping(void **state) {
  expect_table(*state, "## Top level", &config_table);
  for (size_t i = 0; i < config_table.count; i++) {
    char heading[64];
    snprintf(heading, sizeof heading, "## %s", config_table.rows[i].key);
    if (config_table.rows[i].table)
      expect_table(*state, heading, config_table.rows[i].table);
  }
}

static void the_document_names_the_keys_of_every_kind(void **state) {
  for (size_t i = 0; i < config_table.count; i++) {
    const struct kind_list *kinds = config_table.rows[i].kinds;
    for (size_t j = 0; kinds && j < kinds->count; j++) {
      char heading[64];
      snprintf(heading, sizeof heading, "### %s", kinds->items[j]->name);
      expect_table(*state, heading, &kinds->items[j]->settings);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_document_names_the_keys_of_every_mapping),
      cmocka_unit_test(the_document_names_the_keys_of_every_kind),
  };
  return cmocka_run_group_tests(tests, read_document, free_document);
}
