#include "base/web/form.h"

#include "base/digest.h"

#include <string.h>

void form_append_escaped(struct buffer *out, struct text text) {
  static const char unreserved[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  for (size_t i = 0; i < text.size; i++) {
    if (memchr(unreserved, text.data[i], sizeof(unreserved) - 1))
      buffer_append_char(out, text.data[i]);
    else
      buffer_printf(out, "%%%02X", (unsigned)(unsigned char)text.data[i]);
  }
}

void form_append(struct buffer *out, const char *name, struct text value) {
  buffer_printf(out, "&%s=", name);
  form_append_escaped(out, value);
}

static void append_decoded(struct buffer *out, struct text value) {
  for (size_t i = 0; i < value.size; i++) {
    char c = value.data[i] == '+' ? ' ' : value.data[i];
    int high = c == '%' && value.size - i > 2 ? hex_value(value.data[i + 1]) : -1;
    int low = high >= 0 ? hex_value(value.data[i + 2]) : -1;
    if (low >= 0) {
      c = (char)(high * 16 + low);
      i += 2;
    }
    buffer_append_char(out, c);
  }
}

bool form_find(struct text form, const char *name, struct buffer *value) {
  struct text key = text_from(name);
  buffer_reset(value);
  for (size_t at = 0; at < form.size;) {
    const char *pair = form.data + at, *end = memchr(pair, '&', form.size - at);
    size_t size = end ? (size_t)(end - pair) : form.size - at;
    at += size + 1;
    if (size <= key.size || memcmp(pair, key.data, key.size) != 0 || pair[key.size] != '=')
      continue;
    append_decoded(value, (struct text){pair + key.size + 1, size - key.size - 1});
    return true;
  }
  return false;
}

bool form_next(struct text form, size_t *at, struct buffer *name, struct buffer *value) {
  buffer_reset(name);
  buffer_reset(value);
  while (*at < form.size) {
    const char *pair = form.data + *at, *end = memchr(pair, '&', form.size - *at);
    size_t size = end ? (size_t)(end - pair) : form.size - *at;
    *at += size + 1;
    if (size == 0)
      continue;
    const char *equals = memchr(pair, '=', size);
    size_t name_size = equals ? (size_t)(equals - pair) : size;
    append_decoded(name, (struct text){pair, name_size});
    if (equals)
      append_decoded(value, (struct text){equals + 1, size - name_size - 1});
    return true;
  }
  return false;
}
