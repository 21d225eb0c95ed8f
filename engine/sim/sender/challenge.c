#include "sim/sender/challenge.h"

#include "base/digest.h"
#include "base/web/http_client.h"
#include "sim/sender/signature.h"

#include <inttypes.h>
#include <jansson.h>

#define TOKEN_BYTES 16
#define ANSWER_MAX ((size_t)64 * 1024)
#define ANOTHER_SECRET ": does the receiver have another secret token (--secret-token)?"

static bool is_member(const json_t *answer, const char *key, const char *expected) {
  const char *value = json_string_value(json_object_get(answer, key));
  return value && strcmp(value, expected) == 0;
}

static bool judge(const struct http_response *response, const char *plain, const char *encrypted,
                  struct error *error) {
  if (response->status != 200)
    return error_set(error, "the challenge was answered with %ld, not 200%s", response->status,
                     response->status == 401 || response->status == 403 ? ANOTHER_SECRET : "");
  json_t *answer =
      json_loadb(response->body.data ? response->body.data : "", response->body.size, 0, NULL);
  bool right = is_member(answer, "plainToken", plain);
  bool proven = is_member(answer, "encryptedToken", encrypted);
  json_decref(answer);
  if (!right)
    return error_set(error, "the answer to the challenge does not repeat its plainToken");
  return proven ||
         error_set(error, "the answer to the challenge has a wrong encryptedToken" ANOTHER_SECRET);
}

bool challenge_send(const struct sender_options *options, struct error *error) {
  uint8_t random[TOKEN_BYTES], digest[DIGEST_SIZE];
  char plain[2 * TOKEN_BYTES + 1], encrypted[2 * DIGEST_SIZE + 1];
  struct clock clock = clock_system();
  time_us now = clock_now(&clock);
  struct buffer body = BUFFER_NONE;
  struct http_response response = HTTP_RESPONSE_NONE;
  CURL *handle = NULL;
  random_bytes(random, sizeof random);
  hex_encode(random, sizeof random, plain);
  digest_hmac_sha256(text_from(options->secret_token), text_from(plain), digest);
  hex_encode(digest, sizeof digest, encrypted);
  buffer_printf(&body,
                "{\"payload\":{\"plainToken\":\"%s\"},\"event_ts\":%" PRId64
                ",\"event\":\"endpoint.url_validation\"}",
                plain, now / US_PER_MS);
  struct curl_slist *headers =
      signature_headers(text_from(options->secret_token), now, buffer_text(&body), false);
  const struct http_request request = {.method = "POST",
                                       .url = options->url,
                                       .headers = headers,
                                       .body = buffer_text(&body),
                                       .timeout_ms = (long)(options->timeout_us / US_PER_MS),
                                       .body_max = ANSWER_MAX,
                                       .plain = true,
                                       .ca_file = options->ca_file};
  bool ok = http_perform(&handle, &request, &response, error) &&
            judge(&response, plain, encrypted, error);
  curl_easy_cleanup(handle);
  curl_slist_free_all(headers);
  http_response_free(&response);
  buffer_free(&body);
  return ok;
}
