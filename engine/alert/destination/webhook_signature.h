/* The signature of Standard Webhooks 1.0.0 (symmetric, `v1`). Any thread. */
#ifndef ALERT_DESTINATION_WEBHOOK_SIGNATURE_H
#define ALERT_DESTINATION_WEBHOOK_SIGNATURE_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"

/* The key's bytes: base64 after "whsec_", or any other text as it is. */
bool webhook_key(struct text secret, struct buffer *key, struct error *error);

/* Appends "v1," and the base64 of HMAC-SHA256(key, "id.timestamp.body"). */
void webhook_sign(struct text key, struct text id, int64_t timestamp, struct text body,
                  struct buffer *out);

#endif
