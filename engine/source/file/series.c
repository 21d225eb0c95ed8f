#include "source/file/series.h"

/* Fewer digits in the middle of a name are part of it: `host-12.log` is no rotated `host.log`. */
#define DATE_DIGITS_MIN 6

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool is_separator(char c) {
  return c == '.' || c == '-' || c == '_';
}

/* What a number or a date at the end takes, with the separator before it; 0: there is none. At
 * least one character is left in front of it. */
static size_t number_size(struct text name, size_t *digits) {
  size_t at = name.size, begin = name.size;
  *digits = 0;
  while (at > 1 && (is_digit(name.data[at - 1]) || is_separator(name.data[at - 1]) ||
                    (name.data[at - 1] == 'T' && at > 2 && is_digit(name.data[at - 2])))) {
    at--;
    *digits += is_digit(name.data[at]);
    if (is_separator(name.data[at]))
      begin = at;
  }
  return *digits > 0 ? name.size - begin : 0;
}

static void drop_compression(struct text *name) {
  static const char *const endings[] = {".gz", ".zst", ".zstd"};
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    struct text ending = text_from(endings[i]);
    if (name->size > ending.size && text_ends_folded(*name, ending)) {
      name->size -= ending.size;
      return;
    }
  }
}

void series_of(const char *path, struct buffer *name) {
  const char *slash = strrchr(path, '/');
  struct text base = text_from(slash ? slash + 1 : path);
  size_t digits;
  drop_compression(&base);
  base.size -= number_size(base, &digits);
  const char *dot = base.size > 0 ? memrchr(base.data, '.', base.size) : NULL;
  struct text stem = {base.data, dot ? (size_t)(dot - base.data) : base.size};
  size_t size = number_size(stem, &digits);
  buffer_reset(name);
  buffer_append_text(name,
                     (struct text){stem.data, stem.size - (digits >= DATE_DIGITS_MIN ? size : 0)});
  buffer_append_text(name, (struct text){stem.data + stem.size, base.size - stem.size});
}
