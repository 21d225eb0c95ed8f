#include "command/tuning/yaml_write.h"

#include <stdlib.h>

/* The mark says whether the scalar is a text or a plain word. */
static json_t *mark_scalar(char mark, struct text text) {
  struct buffer marked = BUFFER_NONE;
  buffer_append_char(&marked, mark);
  buffer_append_text(&marked, text);
  json_t *value = json_stringn(marked.data, marked.size);
  buffer_free(&marked);
  return value;
}

json_t *yaml_text(struct text text) {
  return mark_scalar('t', text);
}

json_t *yaml_escaped(struct text text) {
  struct buffer doubled = BUFFER_NONE;
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] == '$')
      buffer_append_char(&doubled, '$');
    buffer_append_char(&doubled, text.data[i]);
  }
  json_t *value = yaml_text(buffer_text(&doubled));
  buffer_free(&doubled);
  return value;
}

json_t *yaml_plain(struct text word) {
  return mark_scalar('p', word);
}

/* ---- scalars ----------------------------------------------------------------------------- */

/* What is no text to a reader of YAML, 1.1 included. */
static bool is_word_of_yaml(struct text text) {
  static const char *const words[] = {"true", "false", "yes", "no", "on",
                                      "off",  "null",  "y",   "n",  "~"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (text_equal_folded(text, text_from(words[i])))
      return true;
  return false;
}

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Which texts need no quotes, in brackets neither: they begin with a letter, end with no space, and
 * hold nothing that YAML or the configuration (`$`) gives a meaning. */
static bool is_simple(struct text text) {
  if (text.size == 0 || !is_letter(text.data[0]) || text.data[text.size - 1] == ' ' ||
      is_word_of_yaml(text))
    return false;
  for (size_t i = 0; i < text.size; i++) {
    char c = text.data[i];
    if (!is_letter(c) && !(c >= '0' && c <= '9') && !strchr("_.@/+- |*", c))
      return false;
  }
  return true;
}

/* In double quotes, where every character can be written. */
static void write_quoted(struct buffer *out, struct text text) {
  buffer_append_char(out, '"');
  for (size_t i = 0; i < text.size; i++) {
    unsigned char c = (unsigned char)text.data[i];
    if (c == '"' || c == '\\')
      buffer_append_char(out, '\\');
    if (c < 0x20 || c == 0x7f)
      buffer_printf(out, "\\x%02x", c);
    else
      buffer_append_char(out, (char)c);
  }
  buffer_append_char(out, '"');
}

static void write_text(struct buffer *out, struct text text) {
  if (is_simple(text))
    buffer_append_text(out, text);
  else
    write_quoted(out, text);
}

static void write_scalar(struct buffer *out, const json_t *value) {
  const char *marked = json_string_value(value);
  struct text text = {marked + 1, json_string_length(value) - 1};
  if (marked[0] == 'p')
    buffer_append_text(out, text);
  else
    write_text(out, text);
}

/* ---- in brackets ------------------------------------------------------------------------- */

void yaml_write_flow_entry(struct buffer *out, const char *key, const json_t *value) {
  write_text(out, text_from(key));
  buffer_append_string(out, ": ");
  yaml_write_flow(out, value);
}

void yaml_write_flow(struct buffer *out, const json_t *value) {
  if (json_is_string(value)) {
    write_scalar(out, value);
  } else if (json_is_array(value)) {
    buffer_append_char(out, '[');
    for (size_t i = 0; i < json_array_size(value); i++) {
      buffer_append_string(out, i ? ", " : "");
      yaml_write_flow(out, json_array_get(value, i));
    }
    buffer_append_char(out, ']');
  } else {
    const char *separator = "";
    buffer_append_char(out, '{');
    for (void *at = json_object_iter((json_t *)(uintptr_t)value); at;
         at = json_object_iter_next((json_t *)(uintptr_t)value, at)) {
      buffer_append_string(out, separator);
      yaml_write_flow_entry(out, json_object_iter_key(at), json_object_iter_value(at));
      separator = ", ";
    }
    buffer_append_char(out, '}');
  }
}

/* ---- in lines ---------------------------------------------------------------------------- */

/* Lists of texts are short: they stay in their line. */
static bool is_flat(const json_t *value) {
  for (size_t i = 0; i < json_array_size(value); i++)
    if (!json_is_string(json_array_get(value, i)))
      return false;
  return !json_is_object(value);
}

static void indent(struct buffer *out, size_t column) {
  buffer_printf(out, "%*s", (int)column, "");
}

/* The entry behind its indentation. */
static void write_entry(struct buffer *out, struct yaml_style style, const char *key,
                        const json_t *value) {
  struct yaml_style below = {style.end, style.column + 2};
  write_text(out, text_from(key));
  buffer_append_char(out, ':');
  if (is_flat(value)) {
    buffer_append_char(out, ' ');
    yaml_write_flow(out, value);
  }
  buffer_append_string(out, style.end);
  if (is_flat(value))
    return;
  for (size_t i = 0; i < json_array_size(value); i++)
    yaml_write_item(out, below, json_array_get(value, i));
  for (void *at = json_object_iter((json_t *)(uintptr_t)value); at;
       at = json_object_iter_next((json_t *)(uintptr_t)value, at))
    yaml_write_entry(out, below, json_object_iter_key(at), json_object_iter_value(at));
}

void yaml_write_entry(struct buffer *out, struct yaml_style style, const char *key,
                      const json_t *value) {
  indent(out, style.column);
  write_entry(out, style, key, value);
}

void yaml_write_item(struct buffer *out, struct yaml_style style, const json_t *value) {
  struct yaml_style within = {style.end, style.column + 2};
  bool first = true;
  indent(out, style.column);
  buffer_append_string(out, "- ");
  if (!json_is_object(value)) {
    yaml_write_flow(out, value);
    buffer_append_string(out, style.end);
    return;
  }
  for (void *at = json_object_iter((json_t *)(uintptr_t)value); at;
       at = json_object_iter_next((json_t *)(uintptr_t)value, at)) {
    if (!first)
      indent(out, within.column);
    write_entry(out, within, json_object_iter_key(at), json_object_iter_value(at));
    first = false;
  }
}
