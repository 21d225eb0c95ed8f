/* Dead letters, and why records were refused, as JSON. Any thread. */
#ifndef API_JSON_DEAD_LETTER_JSON_H
#define API_JSON_DEAD_LETTER_JSON_H

#include "store/store.h"

#include <jansson.h>

/* New references, never NULL. */
json_t *dead_letter_reason_json(const struct store_dead_letter_reason *reason);
json_t *dead_letter_json(const struct store_dead_letter *letter);

#endif
