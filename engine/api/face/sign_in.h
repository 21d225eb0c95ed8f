/*
 * Logging a browser in with an OpenID provider (api/openid/provider.h):
 *
 *   GET /session/oidc            sends the browser to the provider, with a sealed cookie that holds
 *                                what this login needs: nothing is kept here that strangers fill
 *   GET /session/oidc/callback   makes claims of the cookie and the code, a role of the claims,
 *                                and a session of the role; the browser goes to `/`
 *
 * The cookie also ties the answer to the browser that asked, so that nobody can log somebody else
 * in as themselves. It is good for ten minutes.
 *
 * Threads: any, but for the two that make and free it.
 */
#ifndef API_FACE_SIGN_IN_H
#define API_FACE_SIGN_IN_H

#include "api/access/session.h"
#include "api/openid/provider.h"
#include "base/arena.h"
#include "http/exchange.h"

/* Who has this value in this claim has the role; of several the highest. */
struct sign_in_role {
  struct text claim, value;
  enum api_role role;
};

/* All but the log is copied, and what provider_options says. */
struct sign_in_options {
  struct provider_options provider;
  const struct sign_in_role *roles;
  size_t role_count;
  enum api_role others; /* of who has none of these; API_ANYBODY: they are refused */
  struct log *log;      /* NULL is fine */
};

struct sign_in;
struct sign_in *sign_in_new(const struct sign_in_options *options);
void sign_in_free(struct sign_in *sign_in); /* NULL is fine */

/* Whether browsers come by TLS. */
bool sign_in_is_secure(const struct sign_in *sign_in);

/* Sends the browser to the provider. False: the answer says why not. May wait for the provider. */
bool sign_in_begin(struct sign_in *sign_in, struct api_answer *answer);

/* What the browser brought back, as a session that is to be begun; its texts live in the arena.
 * False: the answer sends the browser to the page for logging in, and says why for the audit log.
 * Waits for the provider. */
bool sign_in_finish(struct sign_in *sign_in, const struct http_exchange *exchange, time_us now,
                    struct arena *arena, struct session_of *session, struct api_answer *answer);

#endif
