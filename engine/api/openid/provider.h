/*
 * An OpenID provider as its discovery document describes it (OpenID Connect Discovery 1.0), and the
 * authorization code flow with it (OpenID Connect Core 1.0, section 3.1), always with PKCE (RFC
 * 7636), a state and a nonce.
 *
 *   margay                                   browser                             provider
 *   provider_begin: state, nonce, verifier ─▶ is sent to the provider ──────────▶ log in
 *   provider_finish: code, verifier ◀──────── redirect?code=…&state=… ◀──────────┘
 *      └─▶ token endpoint: the ID token ─▶ signature, claims ─▶ who it is
 *
 * The document and the keys are fetched when they are first needed and kept for an hour; a key that
 * nobody knows makes them be fetched again, at most once a minute.
 *
 * Threads: any; functions that ask the provider wait for it, for 10 s at most each request.
 */
#ifndef API_OPENID_PROVIDER_H
#define API_OPENID_PROVIDER_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"

#include <stdatomic.h>

/* All are copied but `stop`, which must outlive the provider. */
struct provider_options {
  struct text
      issuer; /* https, or http on loopback; without a '/' that the provider does not write */
  struct text client_id, client_secret; /* an empty secret: a public client */
  struct text scopes;                   /* with blanks between; has "openid" */
  struct text redirect;                 /* URL, as it is registered there */
  struct text ca_file;                  /* empty: the system's certificates */
  struct clock clock;
  const atomic_bool *stop; /* becomes true: requests are given up, within a second; may be NULL */
};

struct provider;
struct provider *provider_new(const struct provider_options *options);
void provider_free(struct provider *provider); /* NULL is fine; nobody may be using it */

/* Whether the issuer can be one: https, or http to this machine, no query and no fragment. */
bool provider_issuer_check(struct text issuer, struct error *error);

/* What one login needs until the browser is back. */
struct provider_login {
  struct buffer url; /* where the browser is to go */
  struct buffer state, nonce, verifier;
};
#define PROVIDER_LOGIN_NONE                                                                        \
  ((struct provider_login){BUFFER_NONE, BUFFER_NONE, BUFFER_NONE, BUFFER_NONE})
void provider_login_free(struct provider_login *login);

/* False with the reason: the provider cannot be reached or is none. */
bool provider_begin(struct provider *provider, struct provider_login *login, struct error *error);

/* What the browser brought back, decoded; NULL: it was not there. All of it is hostile. */
struct provider_reply {
  const char *state, *code;
  const char *error, *issuer; /* RFC 6749 section 4.1.2.1; RFC 9207 */
};

/* Appends the claims of the user, a JSON object, once all is checked. False with the reason; it
 * holds no secret, and of what came from outside only printable parts. */
bool provider_finish(struct provider *provider, const struct provider_login *login,
                     const struct provider_reply *reply, struct buffer *claims,
                     struct error *error);

#endif
