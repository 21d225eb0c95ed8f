/*
 * "Did you mean": the end of a message about a word that nothing is called.
 *
 *   struct suggestion suggestion;
 *   error_set(error, "unknown key '%s'%s", key, suggestion_find(word, keys, count, &suggestion));
 *
 * gives "unknown key 'polll' (did you mean 'poll'?)", or the message alone when nothing is near.
 */
#ifndef BASE_SUGGESTION_H
#define BASE_SUGGESTION_H

#include "base/text.h"

/* Owned by the caller, who need not set it; what the functions return is its text. */
struct suggestion {
  char text[TEXT_NEAREST_MAX + sizeof " (did you mean '--'?)"];
};

/* " (did you mean 'x'?)" for the candidate nearest to the word (text_nearest); "" when none is
 * near. Control characters of a candidate become '?'. Any thread. */
const char *suggestion_find(struct text word, const char *const *candidates, size_t count,
                            struct suggestion *suggestion);

/* The same for a candidate that was found already; "" for NULL. */
const char *suggestion_write(const char *nearest, struct suggestion *suggestion);

/* For a bracket that goes on: "did you mean 'x'? ", or "". */
const char *suggestion_write_within(const char *nearest, struct suggestion *suggestion);

#endif
