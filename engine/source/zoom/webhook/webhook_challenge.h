/*
 * Zoom's challenge (developers.zoom.us/docs/api/webhooks, "Validate your webhook endpoint"): when a
 * subscription is made, and every 72 hours, Zoom sends an event `endpoint.url_validation` with a
 * text, and wants it back with its HMAC within three seconds. It is no event of the account.
 *
 * Any thread.
 */
#ifndef SOURCE_ZOOM_WEBHOOK_WEBHOOK_CHALLENGE_H
#define SOURCE_ZOOM_WEBHOOK_WEBHOOK_CHALLENGE_H

#include "base/buffer.h"

enum webhook_challenge {
  WEBHOOK_NO_CHALLENGE, /* an event */
  WEBHOOK_CHALLENGE,    /* `answer` holds the JSON to answer with */
  WEBHOOK_BAD_CHALLENGE /* without a text, or one of more than 1 KiB */
};

/* Whether the body is a challenge. Costs a search of its bytes where it is none. */
enum webhook_challenge webhook_challenge(struct text secret_token, struct text body,
                                         struct buffer *answer);

#endif
