#include "api/access/token.h"

#define RANDOM_SIZE 32

void token_make(const char *begin, struct buffer *out) {
  unsigned char bytes[RANDOM_SIZE];
  random_bytes(bytes, sizeof bytes);
  buffer_append_string(out, begin);
  base64_url_encode(bytes, sizeof bytes, out);
}

struct text token_hash(struct text token, struct token_hash *hash) {
  uint8_t digest[DIGEST_SIZE];
  digest_sha256(token, digest);
  hex_encode(digest, sizeof digest, hash->hex);
  return text_from(hash->hex);
}
