#include "base/unicode/address.h"

#include "base/unicode/fold.h"

bool address_is(struct text text) {
  size_t at = 0, ats = 0;
  if (text.size > ADDRESS_SIZE_MAX)
    return false;
  for (size_t i = 0; i < text.size; i++) {
    uint8_t c = (uint8_t)text.data[i];
    if (c <= ' ' || c == 0x7f)
      return false;
    if (c == '@') {
      at = i;
      ats++;
    }
  }
  return ats == 1 && at > 0 && at + 1 < text.size;
}

struct text address_fold(struct arena *arena, struct text text) {
  if (!address_is(text))
    return text;
  char *bytes = arena_alloc(arena, fold_size_max(text.size));
  return (struct text){bytes, fold_write(text, bytes)};
}
