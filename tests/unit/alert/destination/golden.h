/*
 * What a kind of destination sends, compared whole with a file below
 * tests/unit/alert/destination/golden. With GOLDEN=write in the environment the file is written
 * instead, for a person to look at. Tests run in the project's root.
 */
#ifndef TESTS_GOLDEN_H
#define TESTS_GOLDEN_H

#include "alert/alert_fixture.h"

#include <stdio.h>

/* `name` is a file: "slack.json". */
static inline void golden_text(const char *name, struct text text) {
  char path[256];
  snprintf(path, sizeof path, "tests/unit/alert/destination/golden/%s", name);
  const char *wish = getenv("GOLDEN");
  if (wish && strcmp(wish, "write") == 0) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text.data, 1, text.size, file), text.size);
    assert_int_equal(fclose(file), 0);
    return;
  }
  FILE *file = fopen(path, "r");
  if (!file)
    fail_msg("%s cannot be read: GOLDEN=write makes it", path);
  struct buffer golden = BUFFER_NONE;
  char part[4096];
  for (size_t size; (size = fread(part, 1, sizeof part, file)) > 0;)
    buffer_append(&golden, part, size);
  fclose(file);
  if (!text_equal(buffer_text(&golden), text))
    fail_msg("%s differs (GOLDEN=write makes it anew) from:\n%.*s", path, TEXT_ARGS(text));
  buffer_free(&golden);
}

/* A request as JSON with indents: method, URL, headers, and the body as JSON if it is. */
static inline void golden_request(const char *name, const struct delivery_request *request) {
  json_t *json = json_object(), *headers = json_array();
  json_t *body = json_loadb(request->body.data, request->body.size, JSON_DECODE_ANY, NULL);
  for (const struct curl_slist *header = request->headers; header; header = header->next)
    json_array_append_new(headers, json_string(header->data));
  json_object_set_new(json, "method", json_string(request->method ? request->method : "POST"));
  json_object_set_new(json, "url", json_string(request->url.data));
  json_object_set_new(json, "headers", headers);
  json_object_set_new(json, "body",
                      body ? body : json_stringn(request->body.data, request->body.size));
  char *dump = json_dumps(json, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
  struct buffer text = BUFFER_NONE;
  buffer_printf(&text, "%s\n", dump);
  golden_text(name, buffer_text(&text));
  buffer_free(&text);
  free(dump);
  json_decref(json);
}

#endif
