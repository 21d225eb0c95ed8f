/*
 * An admin lets a General app in (RFC 6749, 4.1, with PKCE, RFC 7636): a URL for the browser, what
 * comes back from there, and the tokens for it.
 *
 *   margay                                 the admin's browser                  Zoom
 *   zoom_login_begin: state, verifier ───▶ opens the URL ─────────────────────▶ "Allow"
 *   zoom_login_read: is it our state? ◀─── redirect_url?code=…&state=… ◀───────┘
 *   zoom_login_finish: code, verifier ────────────────────────────────────────▶ tokens
 */
#ifndef SOURCE_ZOOM_ZOOM_LOGIN_H
#define SOURCE_ZOOM_ZOOM_LOGIN_H

#include "source/zoom/zoom_token_record.h"

struct zoom_login {
  struct buffer url; /* to be opened in a browser */
  struct buffer redirect;
  struct buffer state;    /* that cannot be guessed: what comes back with it is for this login */
  struct buffer verifier; /* the same for the code; empty: without PKCE */
};

#define ZOOM_LOGIN_NONE ((struct zoom_login){BUFFER_NONE, BUFFER_NONE, BUFFER_NONE, BUFFER_NONE})

/* `redirect` is the redirect URL as it is registered, with the port where somebody listens. */
void zoom_login_begin(struct zoom_login *login, const struct source *source, struct text redirect,
                      bool with_pkce);
void zoom_login_free(struct zoom_login *login);

enum zoom_login_reply {
  ZOOM_LOGIN_CODE,    /* *code is set */
  ZOOM_LOGIN_REFUSED, /* by the admin or by Zoom; the error says it */
  ZOOM_LOGIN_FOREIGN  /* it is not for this login, or nothing that can be read; the error says it */
};

/* Reads the query of the URL that the browser was sent to. */
enum zoom_login_reply zoom_login_read(const struct zoom_login *login, struct text query,
                                      struct buffer *code, struct error *error);

/* The same for what a person gives: that URL, its query, or the code alone, which has no state
 * (PKCE keeps a foreign one from being taken). White space around it is no matter. */
enum zoom_login_reply zoom_login_read_pasted(const struct zoom_login *login, struct text given,
                                             struct buffer *code, struct error *error);

/* Gets the tokens for the code and keeps them, in place of those of an earlier login. The record is
 * filled with what is kept. */
bool zoom_login_finish(const struct zoom_login *login, const struct source_run *run,
                       struct text code, struct zoom_token_record *record, struct error *error);

#endif
