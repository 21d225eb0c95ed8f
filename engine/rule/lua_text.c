#include "rule/lua_text.h"

void lua_text_write(struct buffer *out, struct text text) {
  buffer_append_char(out, '"');
  for (size_t i = 0; i < text.size; i++) {
    unsigned char c = (unsigned char)text.data[i];
    if (c == '"' || c == '\\')
      buffer_printf(out, "\\%c", c);
    else if (c == '\n')
      buffer_append_string(out, "\\n");
    else if (c < 0x20 || c == 0x7f)
      buffer_printf(out, "\\%03u", c);
    else
      buffer_append_char(out, (char)c);
  }
  buffer_append_char(out, '"');
}
