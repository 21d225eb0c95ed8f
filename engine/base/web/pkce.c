#include "base/web/pkce.h"

#include "base/digest.h"

#define RANDOM_SIZE 32

void pkce_append_random(struct buffer *out) {
  uint8_t bytes[RANDOM_SIZE];
  random_bytes(bytes, sizeof bytes);
  base64_url_encode(bytes, sizeof bytes, out);
}

void pkce_append_challenge(struct buffer *out, struct text verifier) {
  uint8_t digest[DIGEST_SIZE];
  digest_sha256(verifier, digest);
  base64_url_encode(digest, sizeof digest, out);
}
