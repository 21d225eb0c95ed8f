/*
 * What an authorization request of OAuth 2 carries that nobody can guess: states, nonces, and the
 * verifiers of PKCE (RFC 7636) with their challenges. Any thread.
 */
#ifndef BASE_WEB_PKCE_H
#define BASE_WEB_PKCE_H

#include "base/buffer.h"

/* Appends 43 characters for URLs: 32 random bytes, as RFC 7636, 4.1 recommends it for a verifier.
 */
void pkce_append_random(struct buffer *out);

/* Appends the verifier's challenge by the method S256 (RFC 7636, 4.2). */
void pkce_append_challenge(struct buffer *out, struct text verifier);

#endif
