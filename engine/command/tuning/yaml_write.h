/*
 * A value as YAML text, for who adds it to a file that a person has written.
 *
 * The value is a tree of jansson's: objects and arrays of texts. A text's first letter says how it
 * is meant: 't' a text, whatever it looks like; 'p' a plain word that is written as it is (a
 * number, true, a date); the rest is the value.
 */
#ifndef COMMAND_TUNING_YAML_WRITE_H
#define COMMAND_TUNING_YAML_WRITE_H

#include "base/buffer.h"

#include <jansson.h>

json_t *yaml_text(struct text text); /* UTF-8 */
/* The same for a setting in which `$` means something: it is doubled. */
json_t *yaml_escaped(struct text text);
json_t *yaml_plain(struct text word); /* letters, digits, '-', '+', '.' and ':' */

/* How lines are written. */
struct yaml_style {
  const char *end; /* of a line: "\n" or "\r\n" */
  size_t column;   /* spaces before each line */
};

/* "- key: value", and what belongs to it in lines below; each line ends. */
void yaml_write_item(struct buffer *out, struct yaml_style style, const json_t *value);
/* "key: value", the same. */
void yaml_write_entry(struct buffer *out, struct yaml_style style, const char *key,
                      const json_t *value);
/* "{key: value}", "[value]" or "value", within a line. */
void yaml_write_flow(struct buffer *out, const json_t *value);
/* "key: value" of a flow mapping. */
void yaml_write_flow_entry(struct buffer *out, const char *key, const json_t *value);

#endif
