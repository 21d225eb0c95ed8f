#include "detect/test/rule_test_finding.h"

#include <stdarg.h>
#include <stdio.h>

/* Bytes of a value that are kept. */
#define VALUE_SHOWN_MAX 4000

static struct rule_test_finding *add(struct rule_test_findings *findings,
                                     struct rule_test_place place) {
  if (findings->count == findings->capacity) {
    size_t capacity = findings->capacity ? findings->capacity * 2 : 4;
    struct rule_test_finding *items = arena_alloc(findings->arena, capacity * sizeof *items);
    for (size_t i = 0; i < findings->count; i++)
      items[i] = findings->items[i];
    findings->items = items;
    findings->capacity = capacity;
  }
  struct rule_test_finding *finding = &findings->items[findings->count++];
  *finding = (struct rule_test_finding){.file = arena_copy_string(findings->arena, place.file),
                                        .line = place.line};
  return finding;
}

/* JSON text may hold anything that is no control character below space. */
static const char *show(struct rule_test_findings *findings, struct text text) {
  size_t most = text.size * TEXT_PRINTABLE_BYTES;
  size_t size = (most < VALUE_SHOWN_MAX ? most : VALUE_SHOWN_MAX) + 4;
  return text_printable(text, arena_alloc(findings->arena, size), size);
}

void rule_test_findings_add(struct rule_test_findings *findings, struct rule_test_place place,
                            const char *format, ...) {
  char text[1400];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  add(findings, place)->what = show(findings, text_from(text));
}

void rule_test_findings_add_error(struct rule_test_findings *findings, const struct error *error) {
  struct rule_test_place place = {error->file[0] ? error->file : NULL, error->line};
  add(findings, place)->what = show(findings, text_from(error->text));
}

void rule_test_findings_add_difference(struct rule_test_findings *findings,
                                       struct rule_test_place place, const char *what,
                                       struct text expected, struct text got) {
  struct rule_test_finding *finding = add(findings, place);
  finding->what = show(findings, text_from(what));
  finding->expected = show(findings, expected);
  finding->got = show(findings, got);
}
