#include "source/zoom/webhook/webhook_token.h"

#include "base/digest.h"
#include "base/web/authorization.h"
#include "base/web/form.h"

#include <inttypes.h>
#include <stdio.h>

#define DIGITS_MAX 12

/* "1700003600." and 64 hexadecimal digits. */
#define TOKEN_SIZE_MAX (DIGITS_MAX + 1 + 2 * DIGEST_SIZE)

/* ---- tokens ------------------------------------------------------------------------------ */

static void make(const struct webhook_client *client, int64_t expires_s,
                 char out[TOKEN_SIZE_MAX + 1]) {
  struct buffer message = BUFFER_NONE;
  uint8_t hmac[DIGEST_SIZE];
  buffer_printf(&message, "margay webhook token %" PRId64 " ", expires_s);
  buffer_append_text(&message, client->id);
  digest_hmac_sha256(client->secret, buffer_text(&message), hmac);
  buffer_free(&message);
  int size = snprintf(out, DIGITS_MAX + 2, "%" PRId64 ".", expires_s);
  hex_encode(hmac, sizeof hmac, out + size);
}

void webhook_token_give(const struct webhook_client *client, time_us now, struct buffer *json) {
  char token[TOKEN_SIZE_MAX + 1];
  make(client, (now + WEBHOOK_TOKEN_LIFE_US) / US_PER_SECOND, token);
  buffer_printf(json, "{\"access_token\":\"%s\",\"token_type\":\"bearer\",\"expires_in\":%d}",
                token, (int)(WEBHOOK_TOKEN_LIFE_US / US_PER_SECOND));
}

bool webhook_token_holds(const struct webhook_client *client, struct text token, time_us now) {
  char expected[TOKEN_SIZE_MAX + 1];
  int64_t expires_s = 0;
  size_t digits = 0;
  for (; digits < token.size && digits < DIGITS_MAX && token.data[digits] >= '0' &&
         token.data[digits] <= '9';
       digits++)
    expires_s = expires_s * 10 + (token.data[digits] - '0');
  if (digits == 0 || now >= expires_s * US_PER_SECOND)
    return false;
  make(client, expires_s, expected);
  return secret_equal(token, text_from(expected));
}

/* ---- requests ---------------------------------------------------------------------------- */

/* Whether the form has a field with this value; *there: whether it has the field. */
static bool form_has(struct text form, const char *name, struct text value, bool *there) {
  struct buffer given = BUFFER_NONE;
  *there = form_find(form, name, &given);
  bool same = *there && secret_equal(buffer_text(&given), value);
  buffer_free(&given);
  return same;
}

const char *webhook_token_refuse(const struct webhook_client *client, const char *authorization,
                                 struct text form) {
  bool there;
  if (!form_has(form, "grant_type", TEXT("client_credentials"), &there) && there)
    return "unsupported_grant_type";
  if (authorization)
    return authorization_is_basic(authorization, client->id, client->secret) ? NULL
                                                                             : "invalid_client";
  bool good = form_has(form, "client_id", client->id, &there);
  return form_has(form, "client_secret", client->secret, &there) && good ? NULL : "invalid_client";
}
