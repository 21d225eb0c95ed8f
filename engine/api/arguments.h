/*
 * The parameters of a request: read from a path, a query and a body, or from one JSON object, and
 * checked against the rows of the operation. What no row names, comes twice, is of another type or
 * out of its bounds is refused, with the name of the parameter.
 *
 * One thread at a time.
 */
#ifndef API_ARGUMENTS_H
#define API_ARGUMENTS_H

#include "api/api.h"
#include "base/arena.h"

/* What is left of a request for an operation. */
struct api_input {
  const struct text *path; /* what stands in the place of each {name}, in their order */
  size_t path_count;
  struct text query; /* as sent */
  struct text body;  /* a JSON object; empty is {} */
};

/* Start with API_ARGUMENTS_NONE. */
struct api_arguments {
  struct arena arena;
  struct api_value *values; /* one a parameter */
  json_t *body;
};
#define API_ARGUMENTS_NONE ((struct api_arguments){.values = NULL})

/* `now`: what durations count back from. False: the answer says why. */
bool api_arguments_read(struct api_arguments *arguments, const struct api_operation *operation,
                        const struct api_input *input, time_us now, struct api_answer *answer);

/* All of them from one object, which is held. */
bool api_arguments_take(struct api_arguments *arguments, const struct api_operation *operation,
                        json_t *object, time_us now, struct api_answer *answer);

/* Appends those that were given and are not secret as a JSON object, each text cut to so many
 * bytes: for the audit log. */
void api_arguments_append(const struct api_arguments *arguments,
                          const struct api_operation *operation, size_t text_max,
                          struct buffer *out);

void api_arguments_free(struct api_arguments *arguments);

#endif
