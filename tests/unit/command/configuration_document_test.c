/* docs/configuration.md has the tables that `margay check --settings-markdown` prints, each below
 * its heading; the rest of the document is prose. */
#include "command/config/config_markdown.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DOCUMENT "docs/configuration.md"

static char *read_document(void) {
  FILE *file = fopen(DOCUMENT, "re");
  struct buffer document = BUFFER_NONE;
  size_t got;
  if (!file)
    fail_msg("cannot read " DOCUMENT ": the tests run at the root of the project");
  buffer_append_char(&document, '\n');
  do {
    got = fread(buffer_reserve(&document, 65536), 1, 65536, file);
    document.size += got;
  } while (got > 0);
  fclose(file);
  buffer_append_char(&document, '\0');
  return buffer_steal(&document);
}

/* The first table in a section: its lines, from the one with "key" on. */
static char *table_of(const char *section) {
  const char *end = strstr(section, "\n#"), *start = strstr(section, "\n| key |");
  if (!start || (end && start > end))
    return NULL;
  start++;
  const char *after = start;
  while (*after == '|')
    after += strcspn(after, "\n") + 1;
  return strndup(start, (size_t)(after - start));
}

/* Below one of the headings of that name: a source and a destination may be called alike. */
static void expect_table(const char *document, const char *heading, const char *expected) {
  bool is_there = false;
  for (const char *at = document; !is_there && (at = strstr(at, heading)) != NULL; at++) {
    char *found = table_of(at + strlen(heading) - 1);
    is_there = found && strcmp(found, expected) == 0;
    free(found);
  }
  if (!is_there)
    fail_msg(DOCUMENT ", below '%.*s', should have this table (as `margay check "
                      "--settings-markdown` prints):\n%s",
             (int)strcspn(heading + 1, "\n"), heading + 1, expected);
}

static void every_table_of_the_configuration_is_in_the_document(void **state) {
  (void)state;
  struct buffer printed = BUFFER_NONE;
  char *document = read_document();
  size_t tables = 0, documented = 0;
  buffer_append_char(&printed, '\n');
  config_markdown(&printed);
  for (const char *at = printed.data; (at = strstr(at, "\n#")) != NULL; tables++) {
    size_t size = strcspn(at + 1, "\n") + 2;
    char *heading = strndup(at, size), *expected = table_of(at + size - 1);
    expect_table(document, heading, expected);
    at += size - 1;
    free(heading);
    free(expected);
  }
  for (const char *at = document; (at = strstr(at, "\n| key |")) != NULL; at++)
    documented++;
  assert_true(tables >= 12);
  assert_int_equal(tables, documented);
  buffer_free(&printed);
  free(document);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_table_of_the_configuration_is_in_the_document),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
