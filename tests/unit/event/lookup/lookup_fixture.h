/* Lookup tables from files that a test writes in a folder of its own. */
#ifndef TESTS_LOOKUP_FIXTURE_H
#define TESTS_LOOKUP_FIXTURE_H

#include "base/memory.h"
#include "event/lookup/lookup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct lookup_fixture {
  char folder[32], path[64];
  struct lookup_options options; /* of the one table, `t` */
  struct lookup_set *set;
  struct problems problems;
  struct buffer scratch, shown;
};

static inline int lookup_fixture_start(void **state) {
  struct lookup_fixture *fixture = memory_alloc(sizeof *fixture);
  strcpy(fixture->folder, "/tmp/margay-lookup-XXXXXX");
  assert_non_null(mkdtemp(fixture->folder));
  *state = fixture;
  return 0;
}

static inline void lookup_fixture_clear(struct lookup_fixture *fixture) {
  lookup_set_release(fixture->set);
  fixture->set = NULL;
  problems_clear(&fixture->problems);
}

static inline int lookup_fixture_stop(void **state) {
  struct lookup_fixture *fixture = *state;
  lookup_fixture_clear(fixture);
  unlink(fixture->path);
  rmdir(fixture->folder);
  buffer_free(&fixture->scratch);
  buffer_free(&fixture->shown);
  free(fixture);
  return 0;
}

/* Replaces the table's file, as a careful program does: under another name, then renamed. */
static inline void lookup_fixture_write(struct lookup_fixture *fixture, const char *name,
                                        const void *bytes, size_t size) {
  char temporary[64], path[64];
  snprintf(temporary, sizeof temporary, "%s/new", fixture->folder);
  snprintf(path, sizeof path, "%s/%s", fixture->folder, name);
  if (fixture->path[0] && strcmp(path, fixture->path) != 0)
    unlink(fixture->path);
  FILE *file = fopen(temporary, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
  assert_int_equal(rename(temporary, path), 0);
  strcpy(fixture->path, path);
}

static inline void lookup_fixture_load(struct lookup_fixture *fixture, const char *name,
                                       const char *text, const char *key, enum lookup_match match) {
  lookup_fixture_clear(fixture);
  lookup_fixture_write(fixture, name, text, strlen(text));
  fixture->options = (struct lookup_options){
      .name = TEXT("t"), .path = fixture->path, .key = text_from(key), .match = match};
  fixture->set = lookup_set_load(&fixture->options, 1, &fixture->problems);
}

static inline void lookup_fixture_show(struct buffer *out, struct lookup_cursor *cursor) {
  struct lookup_value value = lookup_take(cursor);
  switch (value.type) {
  case LOOKUP_NULL:
    buffer_append_string(out, "null");
    break;
  case LOOKUP_FALSE:
  case LOOKUP_TRUE:
    buffer_append_string(out, value.type == LOOKUP_TRUE ? "true" : "false");
    break;
  case LOOKUP_INTEGER:
    buffer_printf(out, "%lld", (long long)value.of.integer);
    break;
  case LOOKUP_REAL:
    buffer_printf(out, "%.3f", value.of.real);
    break;
  case LOOKUP_TEXT:
  case LOOKUP_KEY:
    buffer_append_json_string(out, value.of.text);
    break;
  case LOOKUP_LIST:
  case LOOKUP_MAP:
  case LOOKUP_ROW:
    buffer_append_char(out, value.type == LOOKUP_LIST ? '[' : '{');
    for (size_t i = 0; i < value.of.count; i++) {
      if (i)
        buffer_append_char(out, ',');
      if (value.type != LOOKUP_LIST) {
        buffer_append_text(out, lookup_take_key(cursor, value.type));
        buffer_append_char(out, ':');
      }
      lookup_fixture_show(out, cursor);
    }
    buffer_append_char(out, value.type == LOOKUP_LIST ? ']' : '}');
    break;
  }
}

/* The row as text; "none", or "error: …". */
static inline const char *lookup_fixture_find(struct lookup_fixture *fixture, const char *key) {
  struct lookup_cursor row;
  struct error error = ERROR_NONE;
  buffer_reset(&fixture->shown);
  switch (lookup_find(fixture->set, TEXT("t"), text_from(key), &fixture->scratch, &row, &error)) {
  case LOOKUP_FOUND:
    lookup_fixture_show(&fixture->shown, &row);
    break;
  case LOOKUP_NO_ROW:
    return "none";
  case LOOKUP_NO_TABLE:
    return "no table";
  case LOOKUP_DAMAGED:
    buffer_printf(&fixture->shown, "error: %s", error.text);
  }
  return fixture->shown.data;
}

static inline void lookup_fixture_expect_no_problems(struct lookup_fixture *fixture) {
  if (fixture->problems.count == 0)
    return;
  problems_print(&fixture->problems, stderr);
  fail_msg("the table has problems");
}

#endif
