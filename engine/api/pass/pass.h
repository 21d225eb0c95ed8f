/*
 * The room api/pass is what somebody came in with, kept beyond the request: by a stream or a
 * backtest, which is to end soon after the token or the session does.
 */
#ifndef API_PASS_PASS_H
#define API_PASS_PASS_H

#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"
#include "store/store.h"

/* How often it is looked whether a pass still holds. */
#define PASS_LOOK_US (2 * US_PER_SECOND)

/* Holds no memory. */
struct pass {
  enum {
    PASS_NONE, /* nothing, as on this machine without a login */
    PASS_TOKEN,
    PASS_SESSION
  } kind;
  char hash[2 * DIGEST_SIZE + 1]; /* as the store keeps it (store/store_access.h) */
  char role[16];                  /* the word of the role that it gave */
};

/* Copies the hashes, of which one at most is not empty, and the role. */
struct pass pass_of(struct text token, struct text session, const char *role);

/* *holds: whether it is there as it was: neither revoked nor expired, and with the same role.
 * PASS_NONE always is. False when the store cannot be read. Any thread that has the store's handle.
 */
bool pass_check(struct store *store, const struct pass *pass, time_us now, bool *holds,
                struct error *error);

#endif
