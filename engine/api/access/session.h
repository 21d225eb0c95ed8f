/* Beginning a session of a browser, whatever it logged in with. */
#ifndef API_ACCESS_SESSION_H
#define API_ACCESS_SESSION_H

#include "api/api.h"

#define SESSION_COOKIE "margay_session"
#define SESSION_US (12 * US_PER_HOUR) /* a working day */

struct session_of {
  struct text name;
  enum api_role role;
  enum api_via via;
  struct text token;  /* the name of the token that it began with; empty: none */
  time_us expires_at; /* that of the token; TIME_NONE: never */
};

/* Keeps it, and appends the header Set-Cookie. `secure`: the browser came by TLS. False with the
 * reason. Any thread that has the store's handle. */
bool session_begin(struct store *store, const struct session_of *session, bool secure, time_us now,
                   struct buffer *cookie, struct error *error);

/* The value of the cookie that begins so, in "a=1; margay_session=…"; empty: there is none. */
struct text session_cookie(struct text cookies, const char *begin);

/* The header that makes a browser forget it. */
void session_forget(struct buffer *cookie);

#endif
