#include "api/openid/provider.h"

#include "api/openid/claims.h"
#include "api/openid/jws.h"
#include "base/digest.h"
#include "base/memory.h"
#include "base/web/form.h"
#include "base/web/http_client.h"
#include "base/web/pkce.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>

#define KEPT_US US_PER_HOUR
#define RETRY_US US_PER_MINUTE
#define TIMEOUT_MS 10000
#define ANSWER_MAX ((size_t)512 * 1024) /* documents and key sets have some 5 KiB */
#define CODE_MAX 4096

enum option { ISSUER, CLIENT_ID, CLIENT_SECRET, SCOPES, REDIRECT, CA_FILE, OPTIONS };

struct provider {
  struct buffer options[OPTIONS]; /* each ends with a NUL */
  struct clock clock;
  const atomic_bool *stop;
  pthread_mutex_t lock; /* guards the rest, while the provider is asked too: who comes second wants
                           the same document */
  CURL *handle;
  struct buffer authorize_url, token_url, keys_url;
  bool secret_in_form, names_issuer; /* client_secret_post; RFC 9207 */
  struct jws_keys *keys;
  time_us fetched; /* TIME_NONE: there is no document */
};

static const char *option(const struct provider *provider, enum option which) {
  return buffer_text(&provider->options[which]).data;
}

struct provider *provider_new(const struct provider_options *options) {
  const struct text texts[OPTIONS] = {[ISSUER] = options->issuer,
                                      [CLIENT_ID] = options->client_id,
                                      [CLIENT_SECRET] = options->client_secret,
                                      [SCOPES] = options->scopes,
                                      [REDIRECT] = options->redirect,
                                      [CA_FILE] = options->ca_file};
  struct provider *provider = memory_alloc(sizeof *provider);
  for (size_t i = 0; i < OPTIONS; i++)
    buffer_append_text(&provider->options[i], texts[i]);
  provider->clock = options->clock;
  provider->stop = options->stop;
  provider->fetched = TIME_NONE;
  pthread_mutex_init(&provider->lock, NULL);
  return provider;
}

void provider_free(struct provider *provider) {
  if (!provider)
    return;
  struct buffer *secret = &provider->options[CLIENT_SECRET];
  if (secret->size > 0)
    explicit_bzero(secret->data, secret->size);
  for (size_t i = 0; i < OPTIONS; i++)
    buffer_free(&provider->options[i]);
  curl_easy_cleanup(provider->handle);
  buffer_free(&provider->authorize_url);
  buffer_free(&provider->token_url);
  buffer_free(&provider->keys_url);
  jws_keys_free(provider->keys);
  pthread_mutex_destroy(&provider->lock);
  free(provider);
}

/* ---- URLs ---------------------------------------------------------------------------------- */

/* RFC 3986 section 2 has no other characters. */
static bool is_plain(struct text url) {
  for (size_t i = 0; i < url.size; i++)
    if (url.data[i] <= 0x20 || url.data[i] >= 0x7f)
      return false;
  return true;
}

/* Secrets and codes go there: over TLS, or not off this machine. */
static bool is_safe(struct text url) {
  static const char *const local[] = {"http://127.0.0.1", "http://[::1]", "http://localhost", NULL};
  for (const char *const *start = local; *start; start++) {
    size_t size = strlen(*start);
    if (text_starts_folded(url, text_from(*start)) &&
        (url.size == size || url.data[size] == ':' || url.data[size] == '/'))
      return !memchr(url.data, '@', url.size);
  }
  return text_starts_folded(url, TEXT("https://")) && url.size > 8;
}

bool provider_issuer_check(struct text issuer, struct error *error) {
  if (!is_safe(issuer))
    return error_set(error, "the issuer of an OpenID provider is an https URL");
  return (!memchr(issuer.data, '?', issuer.size) && !memchr(issuer.data, '#', issuer.size)) ||
         error_set(error, "the issuer of an OpenID provider has neither '?' nor '#'");
}

/* ---- asking the provider --------------------------------------------------------------------- */

/* The JSON object that it answers with status 200, to be released; NULL with the reason. */
static json_t *ask(struct provider *provider, struct http_request *request, const char *what,
                   struct error *error) {
  struct http_response response = HTTP_RESPONSE_NONE;
  json_t *root = NULL;
  request->timeout_ms = TIMEOUT_MS;
  request->body_max = ANSWER_MAX;
  request->stop = provider->stop;
  request->ca_file = provider->options[CA_FILE].size > 0 ? option(provider, CA_FILE) : NULL;
  if (!http_perform(&provider->handle, request, &response, error)) {
    error_prefix(error, "%s", what);
  } else {
    struct text body = buffer_text(&response.body);
    root = json_loadb(body.data, body.size, JSON_REJECT_DUPLICATES, NULL);
    const char *reason = json_string_value(json_object_get(root, "error"));
    char shown[80];
    if (response.status != 200 || !json_is_object(root)) {
      error_set(error, "%s: the provider answers with status %ld%s%s", what, response.status,
                reason                   ? ", "
                : response.status == 200 ? " and no JSON object"
                                         : "",
                reason ? text_printable(text_from(reason), shown, sizeof shown) : "");
      json_decref(root);
      root = NULL;
    }
  }
  http_response_free(&response);
  return root;
}

static bool take_url(const json_t *document, const char *name, struct buffer *out,
                     struct error *error) {
  struct text url = text_from(json_string_value(json_object_get(document, name)));
  /* Parameters behind a '#' would reach nobody (RFC 6749 section 3.1). */
  if (!is_safe(url) || !is_plain(url) || memchr(url.data, '#', url.size))
    return error_set(error, "the provider's discovery document has no https URL as %s", name);
  buffer_reset(out);
  buffer_append_text(out, url);
  return true;
}

static bool list_has(const json_t *list, const char *value) {
  const json_t *item;
  size_t i;
  json_array_foreach(list, i, item) {
    if (json_is_string(item) && strcmp(json_string_value(item), value) == 0)
      return true;
  }
  return false;
}

static bool take_document(struct provider *provider, const json_t *document, struct error *error) {
  const char *issuer = json_string_value(json_object_get(document, "issuer"));
  const json_t *methods = json_object_get(document, "token_endpoint_auth_methods_supported");
  char shown[200];
  if (!issuer || strcmp(issuer, option(provider, ISSUER)) != 0)
    return error_set(error, "the provider calls itself \"%s\": write that as the issuer",
                     text_printable(text_from(issuer ? issuer : ""), shown, sizeof shown));
  provider->secret_in_form =
      list_has(methods, "client_secret_post") && !list_has(methods, "client_secret_basic");
  provider->names_issuer =
      json_is_true(json_object_get(document, "authorization_response_iss_parameter_supported"));
  return take_url(document, "authorization_endpoint", &provider->authorize_url, error) &&
         take_url(document, "token_endpoint", &provider->token_url, error) &&
         take_url(document, "jwks_uri", &provider->keys_url, error);
}

static bool fetch_keys(struct provider *provider, struct error *error) {
  struct http_request request = {.method = "GET", .url = provider->keys_url.data};
  json_t *root = ask(provider, &request, "asking for the provider's keys", error);
  char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
  struct jws_keys *keys = text ? jws_keys_read(text_from(text), error) : NULL;
  free(text);
  json_decref(root);
  if (!keys)
    return false;
  jws_keys_free(provider->keys);
  provider->keys = keys;
  return true;
}

/* The document and the keys, unless those that are there are younger than `age`. The lock is held.
 */
static bool fetch(struct provider *provider, time_us age, struct error *error) {
  time_us now = clock_now(&provider->clock);
  if (provider->fetched != TIME_NONE && now >= provider->fetched && now - provider->fetched < age)
    return true;
  struct buffer url = BUFFER_NONE;
  struct text issuer = buffer_text(&provider->options[ISSUER]);
  if (issuer.size > 0 && issuer.data[issuer.size - 1] == '/')
    issuer.size--;
  buffer_append_text(&url, issuer);
  buffer_append_string(&url, "/.well-known/openid-configuration");
  struct http_request request = {.method = "GET", .url = url.data};
  json_t *document = ask(provider, &request, "asking for the provider's discovery document", error);
  bool good = document && take_document(provider, document, error) && fetch_keys(provider, error);
  json_decref(document);
  buffer_free(&url);
  if (good)
    provider->fetched = now;
  return good;
}

/* ---- a login ------------------------------------------------------------------------------- */

void provider_login_free(struct provider_login *login) {
  buffer_free(&login->url);
  buffer_free(&login->state);
  buffer_free(&login->nonce);
  buffer_free(&login->verifier);
}

bool provider_begin(struct provider *provider, struct provider_login *login, struct error *error) {
  struct buffer *url = &login->url;
  pthread_mutex_lock(&provider->lock);
  bool good = fetch(provider, KEPT_US, error);
  if (good)
    buffer_append_text(url, buffer_text(&provider->authorize_url));
  pthread_mutex_unlock(&provider->lock);
  if (!good)
    return false;
  pkce_append_random(&login->state);
  pkce_append_random(&login->nonce);
  pkce_append_random(&login->verifier);
  buffer_append_char(url, memchr(url->data, '?', url->size) ? '&' : '?');
  buffer_append_string(url, "response_type=code&code_challenge_method=S256&code_challenge=");
  pkce_append_challenge(url, buffer_text(&login->verifier));
  form_append(url, "client_id", buffer_text(&provider->options[CLIENT_ID]));
  form_append(url, "redirect_uri", buffer_text(&provider->options[REDIRECT]));
  form_append(url, "scope", buffer_text(&provider->options[SCOPES]));
  form_append(url, "state", buffer_text(&login->state));
  form_append(url, "nonce", buffer_text(&login->nonce));
  return true;
}

static bool check_reply(const struct provider *provider, const struct provider_login *login,
                        const struct provider_reply *reply, struct error *error) {
  char shown[80];
  if (!reply->state || !secret_equal(text_from(reply->state), buffer_text(&login->state)))
    return error_set(error, "this is not the login that was begun here: begin again");
  if (reply->issuer ? strcmp(reply->issuer, option(provider, ISSUER)) != 0 : provider->names_issuer)
    return error_set(error, "the answer is not the provider's (iss)");
  if (reply->error)
    return error_set(error, "the provider refuses the login: %s",
                     text_printable(text_from(reply->error), shown, sizeof shown));
  return (reply->code && reply->code[0] && strlen(reply->code) <= CODE_MAX) ||
         error_set(error, "the provider's answer has no code");
}

/* The answer of the token endpoint; NULL with the reason. The lock is held. */
static json_t *redeem(struct provider *provider, const struct provider_login *login,
                      const char *code, struct error *error) {
  struct buffer form = BUFFER_NONE, user = BUFFER_NONE, password = BUFFER_NONE;
  bool is_public = provider->options[CLIENT_SECRET].size == 0;
  bool in_form = is_public || provider->secret_in_form;
  buffer_append_string(&form, "grant_type=authorization_code");
  form_append(&form, "code", text_from(code));
  form_append(&form, "redirect_uri", buffer_text(&provider->options[REDIRECT]));
  form_append(&form, "code_verifier", buffer_text(&login->verifier));
  if (in_form)
    form_append(&form, "client_id", buffer_text(&provider->options[CLIENT_ID]));
  if (in_form && !is_public)
    form_append(&form, "client_secret", buffer_text(&provider->options[CLIENT_SECRET]));
  /* RFC 6749 section 2.3.1: both are encoded as in a form before they are joined. */
  form_append_escaped(&user, buffer_text(&provider->options[CLIENT_ID]));
  form_append_escaped(&password, buffer_text(&provider->options[CLIENT_SECRET]));
  struct http_request request = {.method = "POST",
                                 .url = provider->token_url.data,
                                 .body = buffer_text(&form),
                                 .user = in_form ? NULL : buffer_text(&user).data,
                                 .password = in_form ? NULL : buffer_text(&password).data,
                                 .once = true};
  request.headers = curl_slist_append(NULL, "Content-Type: application/x-www-form-urlencoded");
  json_t *answer = ask(provider, &request, "redeeming the login's code", error);
  curl_slist_free_all(request.headers);
  explicit_bzero(form.data, form.size);
  buffer_free(&form);
  buffer_free(&user);
  buffer_free(&password);
  return answer;
}

/* A signature by an unknown key is looked at once more with keys that are fresh. */
static bool check_token(struct provider *provider, struct text token, struct buffer *claims,
                        struct error *error) {
  struct error unknown = ERROR_NONE;
  enum jws_verdict verdict = jws_check(provider->keys, token, claims, &unknown);
  if (verdict == JWS_UNKNOWN_KEY) {
    if (!fetch(provider, RETRY_US, error))
      return false;
    unknown = ERROR_NONE;
    verdict = jws_check(provider->keys, token, claims, &unknown);
  }
  return verdict == JWS_GOOD ||
         error_set(error, "the ID token cannot be trusted: %s", unknown.text);
}

bool provider_finish(struct provider *provider, const struct provider_login *login,
                     const struct provider_reply *reply, struct buffer *claims,
                     struct error *error) {
  pthread_mutex_lock(&provider->lock);
  json_t *answer = NULL;
  bool good = check_reply(provider, login, reply, error) && fetch(provider, KEPT_US, error) &&
              (answer = redeem(provider, login, reply->code, error)) != NULL;
  const json_t *token = json_object_get(answer, "id_token");
  if (good && !json_is_string(token))
    good = error_set(error, "the provider gives no ID token: has the client the scope openid?");
  good = good && check_token(provider, text_from(json_string_value(token)), claims, error);
  json_decref(answer);
  struct claims_expected expected = {.issuer = buffer_text(&provider->options[ISSUER]),
                                     .client_id = buffer_text(&provider->options[CLIENT_ID]),
                                     .nonce = buffer_text(&login->nonce),
                                     .now = clock_now(&provider->clock)};
  pthread_mutex_unlock(&provider->lock);
  return good && claims_check(buffer_text(claims), &expected, error);
}
