#include "base/suggestion.h"

#include <stdio.h>

static const char *write(const char *before, const char *nearest, const char *after,
                         struct suggestion *suggestion) {
  char shown[TEXT_NEAREST_MAX + sizeof "--"];
  suggestion->text[0] = '\0';
  if (nearest)
    snprintf(suggestion->text, sizeof suggestion->text, "%sdid you mean '%s'?%s", before,
             text_printable(text_from(nearest), shown, sizeof shown), after);
  return suggestion->text;
}

const char *suggestion_write(const char *nearest, struct suggestion *suggestion) {
  return write(" (", nearest, ")", suggestion);
}

const char *suggestion_write_within(const char *nearest, struct suggestion *suggestion) {
  return write("", nearest, " ", suggestion);
}

const char *suggestion_find(struct text word, const char *const *candidates, size_t count,
                            struct suggestion *suggestion) {
  return suggestion_write(text_nearest(word, candidates, count), suggestion);
}
