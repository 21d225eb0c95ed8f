/*
 * What the simulator remembers of a General app's logins: authorization codes (RFC 6749, 4.1) and
 * refresh tokens, which rotate: each use makes a new one. Zoom says that only the latest may be
 * used; `grace_us` lets the one before it be used again for a while. Not thread-safe: the
 * simulator's lock is held.
 */
#ifndef SIM_GRANTS_H
#define SIM_GRANTS_H

#include "sim/tokens.h"

#define CODES_REMEMBERED 16
#define REDIRECT_MAX 511
#define CHALLENGE_MAX 128 /* RFC 7636, 4.2 */

struct authorization_code {
  char text[TOKEN_SIZE + 1]; /* "": none, or it was used */
  char redirect[REDIRECT_MAX + 1];
  char challenge[CHALLENGE_MAX + 1]; /* "": none was sent */
  bool is_public;                    /* for the client without a secret */
  time_us expires;
};

struct refresh_token {
  char text[TOKEN_SIZE + 1]; /* "": none */
  bool is_public;
  time_us usable_until; /* of the one before the latest */
};

struct grants {
  struct authorization_code codes[CODES_REMEMBERED];
  size_t next; /* the code that is forgotten for the next one */
  struct refresh_token latest, before;
};

/* Takes all but the text from `wanted`. The text lives until the code is forgotten. */
const char *authorization_code_issue(struct grants *grants,
                                     const struct authorization_code *wanted);

/* The code's entry, or NULL when it is unknown, used or expired. */
struct authorization_code *authorization_code_find(struct grants *grants, struct text code,
                                                   time_us now);

/* Whether the verifier is the one that the challenge was made of, by S256 (RFC 7636, 4.6). Without
 * a challenge there is nothing to verify. */
bool authorization_code_verify(const struct authorization_code *code, struct text verifier);

/* A login: what was there before it is worth nothing. The text lives until the next rotation. */
const char *refresh_token_start(struct grants *grants, bool is_public);

/* NULL when the token cannot be used (any more), or belongs to the other client. */
const char *refresh_token_rotate(struct grants *grants, struct text token, bool is_public,
                                 time_us now, int64_t grace_us);

/* As if the user had removed the app. */
void refresh_token_revoke(struct grants *grants);

#endif
