#include "source/zoom/webhook/webhook_challenge.h"

#include "base/digest.h"
#include "event/json/json.h"

#define EVENT_NAME "endpoint.url_validation"
#define TOKEN_SIZE_MAX 1024 /* Zoom's have 22 characters */

static void write_answer(struct text secret_token, struct text plain, struct buffer *answer) {
  uint8_t hmac[DIGEST_SIZE];
  char hex[2 * DIGEST_SIZE + 1];
  digest_hmac_sha256(secret_token, plain, hmac);
  hex_encode(hmac, sizeof hmac, hex);
  buffer_append_string(answer, "{\"plainToken\":");
  buffer_append_json_string(answer, plain);
  buffer_printf(answer, ",\"encryptedToken\":\"%s\"}", hex);
}

static bool is_text(const struct json_node *node) {
  return node && node->type == JSON_TYPE_STRING;
}

enum webhook_challenge webhook_challenge(struct text secret_token, struct text body,
                                         struct buffer *answer) {
  enum webhook_challenge result = WEBHOOK_NO_CHALLENGE;
  struct error ignored = ERROR_NONE;
  if (!memmem(body.data, body.size, EVENT_NAME, strlen(EVENT_NAME)))
    return result;
  struct json_reader *reader = json_reader_new();
  const struct json_node *root = json_read_copy(reader, body, &ignored);
  const struct json_node *event =
      root && root->type == JSON_TYPE_OBJECT ? json_get(root, TEXT("event")) : NULL;
  if (is_text(event) && text_is(json_text(event), EVENT_NAME)) {
    const struct json_node *plain = json_path(root, TEXT("payload.plainToken"));
    bool good = is_text(plain) && json_text(plain).size > 0 &&
                json_text(plain).size <= TOKEN_SIZE_MAX && secret_token.size > 0;
    result = good ? WEBHOOK_CHALLENGE : WEBHOOK_BAD_CHALLENGE;
    if (good)
      write_answer(secret_token, json_text(plain), answer);
  }
  json_reader_free(reader);
  return result;
}
