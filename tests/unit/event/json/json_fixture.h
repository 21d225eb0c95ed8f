/* A reader of JSON for the tests, and what it reads. */
#ifndef TESTS_JSON_FIXTURE_H
#define TESTS_JSON_FIXTURE_H

#include "base/memory.h"
#include "event/json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct fixture {
  struct json_reader *reader;
  struct buffer out;
};

static inline int start(void **state) {
  struct fixture *fixture = memory_alloc(sizeof *fixture);
  fixture->reader = json_reader_new();
  *state = fixture;
  return 0;
}

static inline int stop(void **state) {
  struct fixture *fixture = *state;
  json_reader_free(fixture->reader);
  buffer_free(&fixture->out);
  free(fixture);
  return 0;
}

static const struct json_node *read_text(struct fixture *fixture, struct text text) {
  struct error error = ERROR_NONE;
  const struct json_node *node = json_read_copy(fixture->reader, text, &error);
  if (!node)
    fail_msg("%s", error.text);
  return node;
}

static const struct json_node *read_string(struct fixture *fixture, const char *string) {
  return read_text(fixture, text_from(string));
}

static const char *written(struct fixture *fixture, const struct json_node *node) {
  buffer_reset(&fixture->out);
  json_write(&fixture->out, node);
  return fixture->out.data;
}

#endif
