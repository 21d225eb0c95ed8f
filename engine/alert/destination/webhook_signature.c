#include "alert/destination/webhook_signature.h"

#include "base/digest.h"

#define PREFIX "whsec_"

bool webhook_key(struct text secret, struct buffer *key, struct error *error) {
  const size_t prefix = sizeof PREFIX - 1;
  if (secret.size < prefix || memcmp(secret.data, PREFIX, prefix) != 0) {
    buffer_append_text(key, secret);
    return secret.size > 0 || error_set(error, "the secret is empty");
  }
  struct text encoded = {secret.data + prefix, secret.size - prefix};
  return (base64_decode(encoded, key) && key->size > 0) ||
         error_set(error, "the secret begins with " PREFIX " but is not base64 after that");
}

void webhook_sign(struct text key, struct text id, int64_t timestamp, struct text body,
                  struct buffer *out) {
  struct buffer content = BUFFER_NONE;
  buffer_append_text(&content, id);
  buffer_printf(&content, ".%lld.", (long long)timestamp);
  buffer_append_text(&content, body);
  uint8_t digest[DIGEST_SIZE];
  digest_hmac_sha256(key, buffer_text(&content), digest);
  buffer_append_string(out, "v1,");
  base64_encode(digest, sizeof digest, out);
  buffer_free(&content);
}
