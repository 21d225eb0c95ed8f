#include "api/face/sign_in.h"

#include "api/openid/claims.h"
#include "base/digest.h"
#include "base/memory.h"
#include "daemon/token_seal.h"

#include <inttypes.h>
#include <stdlib.h>

#define COOKIE "margay_login"
#define COOKIE_S 600
/* Lax: the provider's page sends the browser back, which is another site. */
#define ATTRIBUTES "; Path=/api/v1/session/oidc; HttpOnly; SameSite=Lax"
/* What is sealed opens for this alone. */
#define SEALED_AS TEXT("a login by OpenID Connect")

struct sign_in {
  struct arena arena; /* of the roles */
  struct sign_in_role *roles;
  size_t role_count;
  enum api_role others;
  struct log *log;
  struct clock clock;
  struct provider *provider;
  struct token_seal *seal; /* of this process: a login does not outlast it */
  bool secure;
};

struct sign_in *sign_in_new(const struct sign_in_options *options) {
  struct sign_in *sign_in = memory_alloc(sizeof *sign_in);
  char key[TOKEN_SEAL_KEY_SIZE];
  random_bytes(key, sizeof key);
  sign_in->roles = arena_alloc(&sign_in->arena, (options->role_count + 1) * sizeof *sign_in->roles);
  for (; sign_in->role_count < options->role_count; sign_in->role_count++) {
    const struct sign_in_role *role = &options->roles[sign_in->role_count];
    sign_in->roles[sign_in->role_count] =
        (struct sign_in_role){.claim = arena_copy(&sign_in->arena, role->claim),
                              .value = arena_copy(&sign_in->arena, role->value),
                              .role = role->role};
  }
  sign_in->others = options->others;
  sign_in->log = options->log;
  sign_in->clock = options->provider.clock;
  sign_in->provider = provider_new(&options->provider);
  sign_in->seal = token_seal_new((struct text){key, sizeof key});
  sign_in->secure = text_starts_folded(options->provider.redirect, TEXT("https://"));
  return sign_in;
}

void sign_in_free(struct sign_in *sign_in) {
  if (!sign_in)
    return;
  provider_free(sign_in->provider);
  token_seal_free(sign_in->seal);
  arena_free(&sign_in->arena);
  free(sign_in);
}

bool sign_in_is_secure(const struct sign_in *sign_in) {
  return sign_in->secure;
}

/* The words that the page for logging in knows. */
static bool refuse(struct api_answer *answer, enum api_status status, const char *word,
                   const char *reason) {
  buffer_reset(&answer->location);
  buffer_printf(&answer->location, "/login?problem=%s", word);
  return api_refuse(answer, status, NULL, "%s", reason);
}

static void forget(const struct sign_in *sign_in, struct api_answer *answer) {
  buffer_printf(&answer->cookie, "%s" COOKIE "=; Max-Age=0" ATTRIBUTES "%s",
                answer->cookie.size > 0 ? "\n" : "", sign_in->secure ? "; Secure" : "");
}

/* ---- to the provider ----------------------------------------------------------------------- */

bool sign_in_begin(struct sign_in *sign_in, struct api_answer *answer) {
  struct error error = ERROR_NONE;
  struct provider_login login = PROVIDER_LOGIN_NONE;
  struct buffer plain = BUFFER_NONE, sealed = BUFFER_NONE;
  bool ok = provider_begin(sign_in->provider, &login, &error);
  if (ok) {
    buffer_printf(&plain, "%s %s %s %" PRId64, login.state.data, login.nonce.data,
                  login.verifier.data, clock_now(&sign_in->clock) + COOKIE_S * US_PER_SECOND);
    token_seal_close(sign_in->seal, SEALED_AS, buffer_text(&plain), &sealed);
    buffer_printf(&answer->cookie, COOKIE "=%s; Max-Age=%d" ATTRIBUTES "%s", sealed.data, COOKIE_S,
                  sign_in->secure ? "; Secure" : "");
    buffer_append_text(&answer->location, buffer_text(&login.url));
  } else {
    LOG_WARN(sign_in->log, "the OpenID provider cannot be used", LOG_ERROR_LINE(&error));
    refuse(answer, API_UNAVAILABLE, "provider", error.text);
  }
  buffer_free(&plain);
  buffer_free(&sealed);
  provider_login_free(&login);
  return ok;
}

/* ---- and back ------------------------------------------------------------------------------ */

/* The next word of a text in which blanks are between them. */
static struct text take_word(struct text *words) {
  const char *blank = words->size > 0 ? memchr(words->data, ' ', words->size) : NULL;
  size_t size = blank ? (size_t)(blank - words->data) : words->size;
  struct text word = {words->data, size};
  size += blank != NULL;
  *words = (struct text){words->data + size, words->size - size};
  return word;
}

/* What the cookie holds, if it is ours and not over. */
static bool open_cookie(struct sign_in *sign_in, const struct http_exchange *exchange, time_us now,
                        struct provider_login *login) {
  struct text cookie =
      session_cookie(text_from(http_exchange_header(exchange, "Cookie")), COOKIE "=");
  struct buffer plain = BUFFER_NONE;
  bool ok = cookie.size > 0 && !token_seal_open(sign_in->seal, SEALED_AS, cookie, &plain);
  if (ok) {
    struct text words = buffer_text(&plain);
    buffer_append_text(&login->state, take_word(&words));
    buffer_append_text(&login->nonce, take_word(&words));
    buffer_append_text(&login->verifier, take_word(&words));
    ok = words.size > 0 && strtoll(words.data, NULL, 10) > now;
  }
  buffer_free(&plain);
  return ok;
}

static enum api_role role_of(const struct sign_in *sign_in, struct text claims) {
  enum api_role role = sign_in->others;
  for (size_t i = 0; i < sign_in->role_count; i++)
    if (sign_in->roles[i].role > role &&
        claims_have(claims, sign_in->roles[i].claim, sign_in->roles[i].value))
      role = sign_in->roles[i].role;
  return role;
}

static bool take_claims(const struct sign_in *sign_in, struct text claims, struct arena *arena,
                        struct session_of *session, struct api_answer *answer) {
  struct buffer name = BUFFER_NONE;
  claims_name(claims, &name);
  *session = (struct session_of){.name = arena_copy(arena, buffer_text(&name)),
                                 .role = role_of(sign_in, claims),
                                 .via = API_VIA_OIDC,
                                 .expires_at = TIME_NONE};
  buffer_free(&name);
  buffer_append_text(&answer->who, session->name);
  return session->role > API_ANYBODY ||
         refuse(answer, API_FORBIDDEN, "role",
                "none of http.oidc.roles fits: the user has no role here");
}

bool sign_in_finish(struct sign_in *sign_in, const struct http_exchange *exchange, time_us now,
                    struct arena *arena, struct session_of *session, struct api_answer *answer) {
  struct error error = ERROR_NONE;
  struct provider_login login = PROVIDER_LOGIN_NONE;
  struct buffer claims = BUFFER_NONE;
  const struct provider_reply reply = {.state = http_exchange_parameter(exchange, "state"),
                                       .code = http_exchange_parameter(exchange, "code"),
                                       .error = http_exchange_parameter(exchange, "error"),
                                       .issuer = http_exchange_parameter(exchange, "iss")};
  bool ok = false;
  if (!open_cookie(sign_in, exchange, now, &login)) {
    refuse(answer, API_UNAUTHORIZED, "late", "the login took too long, or began elsewhere");
  } else if (!provider_finish(sign_in->provider, &login, &reply, &claims, &error)) {
    LOG_WARN(sign_in->log, "a login by OpenID Connect was refused", LOG_ERROR_LINE(&error));
    refuse(answer, API_UNAUTHORIZED, "refused", error.text);
  } else {
    ok = take_claims(sign_in, buffer_text(&claims), arena, session, answer);
  }
  if (ok)
    buffer_append_char(&answer->location, '/');
  forget(sign_in, answer);
  buffer_free(&claims);
  provider_login_free(&login);
  return ok;
}
