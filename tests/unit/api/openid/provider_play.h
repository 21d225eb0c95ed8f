/* An OpenID provider that is played; http/http_fixture.h comes before. */
#ifndef PROVIDER_PLAY_H
#define PROVIDER_PLAY_H

#include "api/openid/openid_fixture.h"

/* What the provider answers; '@' in texts is its own URL, '#' the nonce of the login. */
struct play {
  const char *document, *header, *claims;
  const char *token_answer; /* in the place of one with an ID token */
  enum signing signing;
  EVP_PKEY *signer, *published;
  const char *published_id;
  char url[64];
  struct buffer form, authorization; /* of the last request for a token */
  char nonce[128];
  unsigned documents, key_sets, tokens;
};

#define DOCUMENT                                                                                   \
  "{\"issuer\":\"@\",\"authorization_endpoint\":\"@/authorize\",\"token_endpoint\":\"@/token\","   \
  "\"jwks_uri\":\"@/keys\"}"
#define CLAIMS_START "{\"iss\":\"@\",\"aud\":\"margay\",\"sub\":\"42\",\"nonce\":\"#\","
#define CLAIMS CLAIMS_START "\"iat\":1800000000,\"exp\":1800000300,\"groups\":[\"soc\"]}"

static inline void fill(struct buffer *out, const struct play *play, const char *template) {
  for (; *template; template ++) {
    if (*template == '@')
      buffer_append_string(out, play->url);
    else if (*template == '#')
      buffer_append_string(out, play->nonce);
    else
      buffer_append_char(out, *template);
  }
}

static inline void give_document(void *context, struct http_exchange *exchange) {
  struct play *play = context;
  struct http_answer answer = HTTP_ANSWER(200);
  play->documents++;
  fill(&answer.body, play, play->document);
  http_exchange_answer(exchange, &answer);
}

static inline void give_keys(void *context, struct http_exchange *exchange) {
  struct play *play = context;
  struct http_answer answer = HTTP_ANSWER(200);
  play->key_sets++;
  buffer_append_string(&answer.body, "{\"keys\":[");
  append_jwk(&answer.body, play->published, play->published_id);
  buffer_append_string(&answer.body, "]}");
  http_exchange_answer(exchange, &answer);
}

static inline void give_token(void *context, struct http_exchange *exchange) {
  struct play *play = context;
  struct http_answer answer = HTTP_ANSWER(200);
  const char *authorization = http_exchange_header(exchange, "Authorization");
  play->tokens++;
  buffer_reset(&play->form);
  buffer_append_text(&play->form, exchange->body);
  buffer_reset(&play->authorization);
  buffer_append_string(&play->authorization, authorization ? authorization : "");
  if (play->token_answer) {
    answer.status = play->token_answer[0] == '!' ? 400 : 200;
    buffer_append_string(&answer.body, play->token_answer + (answer.status == 400));
  } else {
    struct buffer claims = BUFFER_NONE;
    fill(&claims, play, play->claims);
    buffer_append_string(&answer.body,
                         "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"id_token\":\"");
    append_token(&answer.body, play->signer, play->signing, play->header, claims.data);
    buffer_free(&claims);
    buffer_append_string(&answer.body, "\"}");
  }
  http_exchange_answer(exchange, &answer);
}

/* Plays a provider whose claims are CLAIMS, signed with `key`, which it publishes. `play` must not
 * move from then on. */
static inline struct http_listener *play_start(struct play *play, EVP_PKEY *key) {
  *play = (struct play){.document = DOCUMENT,
                        .header = "{\"alg\":\"ES256\",\"kid\":\"one\"}",
                        .claims = CLAIMS,
                        .signing = SIGN_ES256,
                        .signer = key,
                        .published = key,
                        .published_id = "one"};
  const struct http_route rows[] = {
      {.method = "GET",
       .path = "/.well-known/openid-configuration",
       .handler = give_document,
       .context = play},
      {.method = "GET", .path = "/keys", .handler = give_keys, .context = play},
      {.method = "POST", .path = "/token", .handler = give_token, .context = play},
  };
  struct http_listener_options options = listener_options();
  struct http_listener *listener = listen_with(&options, rows, sizeof rows / sizeof *rows);
  snprintf(play->url, sizeof play->url, "http://127.0.0.1:%u", http_listener_port(listener));
  return listener;
}

/* When its listener is gone. */
static inline void play_end(struct play *play) {
  buffer_free(&play->form);
  buffer_free(&play->authorization);
}

#endif
