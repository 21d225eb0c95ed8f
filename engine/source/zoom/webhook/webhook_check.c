#include "source/zoom/webhook/webhook_check.h"

#include "base/digest.h"
#include "base/web/authorization.h"

#define TIMESTAMP_DIGITS_MAX 12 /* seconds of the year 30000 */

/* ---- the signature ----------------------------------------------------------------------- */

void webhook_signature_of(struct text secret_token, struct text timestamp, struct text body,
                          char out[WEBHOOK_SIGNATURE_SIZE + 1]) {
  uint8_t hmac[DIGEST_SIZE];
  struct buffer message = BUFFER_NONE;
  buffer_reserve(&message, timestamp.size + body.size + sizeof "v0::");
  buffer_append_string(&message, "v0:");
  buffer_append_text(&message, timestamp);
  buffer_append_string(&message, ":");
  buffer_append_text(&message, body);
  digest_hmac_sha256(secret_token, buffer_text(&message), hmac);
  buffer_free(&message);
  memcpy(out, "v0=", 3);
  hex_encode(hmac, sizeof hmac, out + 3);
}

/* Seconds since 1970; TIME_NONE: anything else than a few digits. */
static time_us read_timestamp(struct text timestamp) {
  time_us seconds = 0;
  if (timestamp.size == 0 || timestamp.size > TIMESTAMP_DIGITS_MAX)
    return TIME_NONE;
  for (size_t i = 0; i < timestamp.size; i++) {
    if (timestamp.data[i] < '0' || timestamp.data[i] > '9')
      return TIME_NONE;
    seconds = seconds * 10 + (timestamp.data[i] - '0');
  }
  return seconds * US_PER_SECOND;
}

/* The signature comes first: what is signed and too old shows a clock that is wrong, not a forgery.
 * A forger can give any time, so looking at it first would save nothing. */
static enum intake_outcome check_signature(const struct webhook_secrets *secrets,
                                           const struct webhook_head *head, struct text body,
                                           time_us now, const char **reason) {
  char expected[WEBHOOK_SIGNATURE_SIZE + 1];
  *reason = "the headers x-zm-signature and x-zm-request-timestamp are needed";
  if (!head->signature || !head->timestamp)
    return INTAKE_UNSIGNED;
  struct text timestamp = text_from(head->timestamp);
  time_us signed_at = read_timestamp(timestamp);
  *reason = "the signature is not that of this body";
  if (signed_at == TIME_NONE)
    return INTAKE_BAD_SIGNATURE;
  webhook_signature_of(secrets->secret_token, timestamp, body, expected);
  if (!secret_equal(text_from(expected), text_from(head->signature)))
    return INTAKE_BAD_SIGNATURE;
  *reason = "signed too long ago, or ahead of the clock";
  time_us age = now - signed_at;
  return age > secrets->age_max || age < -WEBHOOK_SKEW_US ? INTAKE_BAD_TIME : INTAKE_ACCEPTED;
}

/* ---- other ways -------------------------------------------------------------------------- */

static bool check_authorization(const struct webhook_secrets *secrets, const char *authorization,
                                time_us now) {
  struct text token;
  if (!authorization)
    return false;
  if (secrets->authorization.size > 0)
    return secret_equal(secrets->authorization, text_from(authorization));
  if (secrets->bearer.size > 0)
    return authorization_take_scheme(authorization, "Bearer", &token) &&
           secret_equal(secrets->bearer, token);
  if (secrets->client.id.size > 0)
    return authorization_take_scheme(authorization, "Bearer", &token) &&
           webhook_token_holds(&secrets->client, token, now);
  return authorization_is_basic(authorization, secrets->user, secrets->password);
}

static enum intake_outcome check_credentials(const struct webhook_secrets *secrets,
                                             const struct webhook_head *head, time_us now,
                                             const char **reason) {
  bool asks_authorization = secrets->authorization.size + secrets->user.size +
                                secrets->bearer.size + secrets->client.id.size >
                            0;
  *reason = "the header authorization does not hold what is expected";
  if (asks_authorization && !check_authorization(secrets, head->authorization, now))
    return INTAKE_BAD_CREDENTIALS;
  *reason = "a header that is expected is missing, or holds something else";
  if (secrets->header_name.size > 0 &&
      (!head->own || !secret_equal(secrets->header_value, text_from(head->own))))
    return INTAKE_BAD_CREDENTIALS;
  return INTAKE_ACCEPTED;
}

enum intake_outcome webhook_check(const struct webhook_secrets *secrets,
                                  const struct webhook_head *head, struct text body, time_us now,
                                  const char **reason) {
  enum intake_outcome outcome = check_credentials(secrets, head, now, reason);
  if (outcome == INTAKE_ACCEPTED && secrets->secret_token.size > 0)
    outcome = check_signature(secrets, head, body, now, reason);
  return outcome;
}
