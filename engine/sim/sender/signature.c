#include "sim/sender/signature.h"

#include "base/buffer.h"
#include "base/digest.h"

#include <inttypes.h>
#include <stdio.h>

struct curl_slist *signature_headers(struct text secret_token, time_us now, struct text body,
                                     bool forged) {
  uint8_t digest[DIGEST_SIZE];
  char hex[2 * DIGEST_SIZE + 1], line[128];
  struct buffer message = BUFFER_NONE;
  int64_t seconds = now / US_PER_SECOND;
  buffer_printf(&message, "v0:%" PRId64 ":", seconds);
  buffer_append_text(&message, body);
  digest_hmac_sha256(secret_token, buffer_text(&message), digest);
  buffer_free(&message);
  digest[DIGEST_SIZE - 1] ^= forged;
  hex_encode(digest, sizeof digest, hex);

  struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
  snprintf(line, sizeof line, "x-zm-request-timestamp: %" PRId64, seconds);
  headers = curl_slist_append(headers, line);
  snprintf(line, sizeof line, "x-zm-signature: v0=%s", hex);
  return curl_slist_append(headers, line);
}
