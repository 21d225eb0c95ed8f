/*
 * The room api/openid learns who a browser's user is from an OpenID provider.
 *
 * Signed tokens (JSON Web Signature, RFC 7515, in the compact form) and the keys that they are
 * checked with (JSON Web Key Set, RFC 7517). Taken are RS256 and PS256 with RSA keys of 2048 to
 * 8192 bits, and ES256 (RFC 7518 section 3.1); everything else is refused, "none" and what is
 * signed with a shared secret above all: whoever chooses the algorithm of a token is its sender.
 *
 * Keys, once read, serve any number of threads at a time.
 */
#ifndef API_OPENID_JWS_H
#define API_OPENID_JWS_H

#include "base/buffer.h"
#include "base/error.h"

struct jws_keys;

/* The keys of a set that can check a signature; those of other kinds or for other uses are passed
 * over. NULL with the reason: it is no key set, or none of its keys can be used. */
struct jws_keys *jws_keys_read(struct text json, struct error *error);
void jws_keys_free(struct jws_keys *keys); /* NULL is fine */

enum jws_verdict {
  JWS_GOOD,
  JWS_UNKNOWN_KEY, /* signed with a key that is not in the set: it may be a new one */
  JWS_BAD
};

/* Appends what the token says to `payload` when its signature is good. Otherwise the error says
 * why, without anything of the token but the name of its algorithm or key. */
enum jws_verdict jws_check(const struct jws_keys *keys, struct text token, struct buffer *payload,
                           struct error *error);

#endif
