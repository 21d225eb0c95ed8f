/*
 * Access tokens for subscriptions that authenticate by OAuth: before Zoom sends an event, it asks a
 * token URL for one with a client's id and secret (RFC 6749 section 4.4), and then sends it as
 * `Bearer`. A source may answer at such a URL itself.
 *
 * A token says when it expires, and is signed with the client's secret. So nothing is kept, tokens
 * hold over a restart, and another secret ends all that were given out.
 *
 * Any thread. Secrets are compared in constant time.
 */
#ifndef SOURCE_ZOOM_WEBHOOK_WEBHOOK_TOKEN_H
#define SOURCE_ZOOM_WEBHOOK_WEBHOOK_TOKEN_H

#include "base/buffer.h"
#include "base/clock.h"

#define WEBHOOK_TOKEN_LIFE_US US_PER_HOUR

struct webhook_client {
  struct text id, secret;
};

/* What is wrong with a request for a token, as RFC 6749 section 5.2 calls it; NULL: nothing. The
 * client is in the header `authorization` (NULL: there is none) or in the body, which is a form. */
const char *webhook_token_refuse(const struct webhook_client *client, const char *authorization,
                                 struct text form);

/* The JSON of RFC 6749 section 5.1 with a token. */
void webhook_token_give(const struct webhook_client *client, time_us now, struct buffer *json);

/* Whether a token was given to this client and has not expired. */
bool webhook_token_holds(const struct webhook_client *client, struct text token, time_us now);

#endif
