#include "rule/sigma/sigma_reader.h"

#include "rule/condition/condition_operand.h"

#include <stdarg.h>
#include <stdio.h>

bool sigma_refuse(struct sigma_reader *reader, const struct yaml_node *node, const char *format,
                  ...) {
  char text[512], shown[512];
  va_list arguments;
  if (reader->refused)
    return false;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  reader->refused =
      arena_copy_string(&reader->set->arena, text_printable(text_from(text), shown, sizeof shown));
  reader->refused_line = node->line;
  return false;
}

static struct text folded_word(struct text text, char out[8]) {
  size_t size = text.size < 8 ? text.size : 0;
  for (size_t i = 0; i < size; i++)
    out[i] =
        text.data[i] >= 'A' && text.data[i] <= 'Z' ? (char)(text.data[i] | 0x20) : text.data[i];
  return (struct text){out, size};
}

struct condition_value sigma_value(const struct yaml_node *scalar) {
  struct condition_value value = {.type = VALUE_TEXT, .text = scalar->value};
  struct condition_number number;
  char word[8];
  if (scalar->quoted)
    return value;
  struct text folded = folded_word(scalar->value, word);
  const struct json_node text = {.type = JSON_TYPE_STRING,
                                 .value.string = scalar->value.data,
                                 .size = (uint32_t)scalar->value.size};
  if (yaml_is_null(scalar)) {
    value.type = VALUE_NULL;
  } else if (text_is(folded, "true") || text_is(folded, "false")) {
    value.type = VALUE_BOOL;
    value.boolean = text_is(folded, "true");
  } else if (condition_number_read(&text, &number) &&
             (number.type == NUMBER_INT || number.type == NUMBER_REAL)) {
    value.type = number.type == NUMBER_INT ? VALUE_INT : VALUE_REAL;
    if (value.type == VALUE_INT)
      value.integer = number.value.integer;
    else
      value.real = number.value.real;
  }
  return value;
}
