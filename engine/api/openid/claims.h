/*
 * What an ID token says, held against what was asked (OpenID Connect Core 1.0, section 3.1.3.7),
 * once its signature is known to be good. Any thread.
 */
#ifndef API_OPENID_CLAIMS_H
#define API_OPENID_CLAIMS_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"

struct claims_expected {
  struct text issuer, client_id, nonce;
  time_us now;
};

/* How far the provider's clock and ours may be apart. */
#define CLAIMS_CLOCK_SLACK_US (2 * US_PER_MINUTE)

/* Whether the claims, a JSON object, are for us, of this login, and of now. False with the reason.
 */
bool claims_check(struct text claims, const struct claims_expected *expected, struct error *error);

/* What to call the user: the first that is there of preferred_username, email (unless the provider
 * says that it is not verified), name and sub; at most CLAIMS_NAME_MAX bytes, cut at a character.
 * Claims that were checked have one of them. */
#define CLAIMS_NAME_MAX 200
void claims_name(struct text claims, struct buffer *name);

/* Whether the claim with this name is the value, or a list that has it. A dot in the name leads
 * into objects ("realm_access.roles") where no claim has the whole name. Names are texts without
 * NULs, of at most CLAIMS_NAME_MAX bytes. */
bool claims_have(struct text claims, struct text name, struct text value);

#endif
