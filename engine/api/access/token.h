/*
 * The room api/access is who may use the API: tokens, sessions, and what of them is kept.
 *
 * A token is "mgy_" and 256 random bits. It is shown once, when it is made; the store keeps its
 * SHA-256, which needs no salt and no slow hash: nobody guesses 256 bits. Sessions of browsers are
 * the same with another beginning. Any thread.
 */
#ifndef API_ACCESS_TOKEN_H
#define API_ACCESS_TOKEN_H

#include "base/buffer.h"
#include "base/digest.h"

#define TOKEN_BEGIN "mgy_"   /* of tokens, so that scanners for secrets find them */
#define SESSION_BEGIN "mgs_" /* of sessions */
#define TOKEN_NAME_MAX 64    /* bytes of a token's name */

/* Appends a new one with this beginning. */
void token_make(const char *begin, struct buffer *out);

/* What the store keeps of it, in hex with a NUL. */
struct token_hash {
  char hex[2 * DIGEST_SIZE + 1];
};
struct text token_hash(struct text token, struct token_hash *hash);

#endif
