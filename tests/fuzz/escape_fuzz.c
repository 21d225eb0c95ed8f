/*
 * Hostile texts on their way out: to the log, to a terminal, to chat. Whatever the bytes are,
 * nothing that is written can control a terminal, begin a new line, or be markup.
 */
#include "alert/message/markup.h"
#include "alert/message/stored_json.h"
#include "base/log/log.h"
#include "base/utf8.h"
#include "event/json/json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECRET "sesame"

static void must(bool holds) {
  if (!holds)
    abort();
}

/* Slack's markup breaks @everyone with it; texts have it as an escape. */
#define WORD_JOINER 0x2060

/* UTF-8 without anything hidden; `also` may be there besides. */
static void must_be_visible(struct text text, uint32_t also) {
  uint32_t code = 0, before = 0;
  for (size_t i = 0, size; i < text.size; i += size) {
    size = utf8_read(text.data + i, text.size - i, &code);
    must(size > 0 && (!utf8_is_hidden(code) || code == also ||
                      (code == WORD_JOINER && before == '@' && also == '\n')));
    before = code;
  }
}

static void log_it(struct text text, enum log_format format) {
  char *bytes = NULL;
  size_t size = 0;
  FILE *file = open_memstream(&bytes, &size);
  struct log *log = log_new(file, LOG_LEVEL_INFO, format, clock_system());
  log_hide(log, TEXT(SECRET));
  LOG_INFO(log, "m", LOG_TEXT("a", text), LOG_TEXT("b", TEXT("end")));
  log_free(log);
  fclose(file);
  must(size > 0 && bytes[size - 1] == '\n');
  struct text line = {bytes, size - 1};
  must_be_visible(line, ' ');
  must(!memchr(line.data, '\0', line.size) && !text_contains(line, TEXT(SECRET)));
  if (format == LOG_FORMAT_JSON) {
    struct error error = ERROR_NONE;
    struct json_reader *reader = json_reader_new();
    const struct json_node *root = json_read_copy(reader, line, &error);
    must(root && root->size == 5);
    json_reader_free(reader);
  } else {
    must(text_contains(line, TEXT(" b=end")));
  }
  free(bytes);
}

static void mark_up(const struct markup *markup, struct text text, size_t limit,
                    const char *forbidden) {
  struct buffer out = BUFFER_NONE;
  markup_append(&out, markup, text, limit);
  must(markup_length(buffer_text(&out)) <= limit);
  must_be_visible(buffer_text(&out), markup->lines ? '\n' : markup->escape ? WORD_JOINER : 0x20);
  for (size_t i = 0; i < out.size; i++)
    must(!strchr(forbidden, out.data[i]));
  for (size_t i = 0; *forbidden && i < out.size; i++)
    if (out.data[i] == '@' && i == 0) {
      struct text rest = {out.data + 1, out.size - 1};
      must(!text_starts_folded(rest, TEXT("everyone ")) &&
           !text_starts_folded(rest, TEXT("channel ")));
    }
  buffer_free(&out);
}

static void must_read_back(struct json_reader *reader, struct text json, struct text text) {
  struct error error = ERROR_NONE;
  const struct json_node *node = json_read_copy(reader, json, &error);
  must(node && node->type == JSON_TYPE_STRING);
  must(!text_is_utf8(text) || text_equal(json_text(node), text));
}

/* A record's JSON, as it was stored: whatever it is, what is given on is JSON, and the same. */
static void give_on(struct text text) {
  struct buffer out = BUFFER_NONE, indented = BUFFER_NONE, first = BUFFER_NONE;
  struct json_reader *reader = json_reader_new();
  struct error error = ERROR_NONE;
  stored_json_append(&out, text);
  stored_json_append_indented(&indented, text);
  const struct json_node *node = json_read_copy(reader, buffer_text(&out), &error);
  if (node) {
    json_write(&first, node);
    buffer_reset(&out);
    node = json_read_copy(reader, buffer_text(&indented), &error);
    must(node);
    json_write(&out, node);
    must(text_equal(buffer_text(&first), buffer_text(&out)));
  }
  json_decref(stored_json_load(text));
  json_reader_free(reader);
  buffer_free(&out);
  buffer_free(&indented);
  buffer_free(&first);
}

static void show(struct text text) {
  char shown[64];
  text_printable(text, shown, sizeof shown);
  must_be_visible(text_from(shown), ' ');

  struct buffer json = BUFFER_NONE, visible = BUFFER_NONE;
  struct json_reader *reader = json_reader_new();
  buffer_append_json_string(&json, text);
  buffer_append_json_visible(&visible, buffer_text(&json));
  must_be_visible(buffer_text(&visible), ' ');
  must_read_back(reader, buffer_text(&visible), text);
  buffer_reset(&visible);
  buffer_append_json_ascii(&visible, buffer_text(&json));
  for (size_t i = 0; i < visible.size; i++)
    must(visible.data[i] >= 0x20 && visible.data[i] < 0x7f);
  must_read_back(reader, buffer_text(&visible), text);
  json_reader_free(reader);
  buffer_free(&json);
  buffer_free(&visible);
}

static void link_to(struct text text) {
  if (!markup_is_link(text))
    return;
  struct buffer out = BUFFER_NONE;
  markup_append_link(&out, text);
  for (size_t i = 0; i < out.size; i++)
    must(out.data[i] > 0x20 && out.data[i] < 0x7f && !strchr("<>|\"`", out.data[i]));
  buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  size_t limit = 1 + (size_t)data[0]; /* room for an ellipsis at least */
  struct text text = {(const char *)data + 1, size - 1};
  log_it(text, LOG_FORMAT_LOGFMT);
  log_it(text, LOG_FORMAT_JSON);
  mark_up(&markup_line, text, limit, "");
  mark_up(&markup_slack_line, text, limit, "<>");
  mark_up(&markup_slack_lines, text, limit, "<>");
  mark_up(&markup_slack_code, text, limit, "<>`\n");
  show(text);
  give_on(text);
  link_to(text);
  return 0;
}
