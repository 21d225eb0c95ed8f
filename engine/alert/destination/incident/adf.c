#include "alert/destination/incident/adf.h"

#include "alert/message/alert_json.h"

enum {
  LINES_MAX = 100, /* nodes of some 90 characters each */
  LINK_MAX = 2000,
};

static json_t *node(const char *type, json_t *content) {
  json_t *json = json_object();
  json_object_set_new(json, "type", json_string(type));
  if (content)
    json_object_set_new(json, "content", content);
  return json;
}

static json_t *text_node(struct text text) {
  json_t *json = node("text", NULL);
  json_object_set_new(json, "text", json_from_text(text));
  return json;
}

static json_t *link_paragraph(const struct message_link *link) {
  json_t *text = text_node(text_from(link->label)), *mark = node("link", NULL);
  json_t *attributes = json_object(), *marks = json_array(), *content = json_array();
  json_object_set_new(attributes, "href", json_from_text(link->url));
  json_object_set_new(mark, "attrs", attributes);
  json_array_append_new(marks, mark);
  json_object_set_new(text, "marks", marks);
  json_array_append_new(content, text);
  return node("paragraph", content);
}

/* The line at the start of the text; the rest when no more may follow. */
static struct text take_line(struct text *text, bool last) {
  const char *end = last || text->size == 0 ? NULL : memchr(text->data, '\n', text->size);
  struct text line = {text->data, end ? (size_t)(end - text->data) : text->size};
  size_t taken = end ? line.size + 1 : line.size;
  *text = (struct text){text->data + taken, text->size - taken};
  return line;
}

static void end_paragraph(json_t *blocks, json_t **paragraph) {
  if (*paragraph)
    json_array_append_new(blocks, node("paragraph", *paragraph));
  *paragraph = NULL;
}

json_t *adf_document(struct text lines, const struct message *message) {
  json_t *blocks = json_array(), *paragraph = NULL;
  for (size_t count = 1; lines.size > 0;) {
    struct text line = take_line(&lines, count == LINES_MAX);
    if (line.size == 0) { /* a text node is never empty */
      end_paragraph(blocks, &paragraph);
      continue;
    }
    if (paragraph)
      json_array_append_new(paragraph, node("hardBreak", NULL));
    else
      paragraph = json_array();
    json_array_append_new(paragraph, text_node(line));
    count++;
  }
  end_paragraph(blocks, &paragraph);
  for (size_t i = 0; message && i < message->link_count; i++)
    if (message->links[i].url.size <= LINK_MAX)
      json_array_append_new(blocks, link_paragraph(&message->links[i]));
  json_t *document = node("doc", blocks);
  json_object_set_new(document, "version", json_integer(1));
  return document;
}
