/*
 * The access token of a Zoom account: one for an account and the app that reads it, kept in the
 * store, shared by every source of both, renewed by one of them at a time, a minute before it ends.
 * Making a new one can make the one before invalid at once, so nobody makes one without need.
 */
#ifndef SOURCE_ZOOM_ZOOM_TOKEN_H
#define SOURCE_ZOOM_ZOOM_TOKEN_H

#include "source/zoom/zoom_oauth.h"

struct zoom_token {
  struct buffer text;
  struct buffer scope; /* as Zoom listed it; empty: it did not */
  time_us expires;
  bool refused;          /* Zoom did not take it */
  struct buffer key;     /* of account and app, in the store and for the lock */
  struct buffer lacking; /* the scopes that the log was last warned about */
};

void zoom_token_start(struct zoom_token *token, const struct zoom_options *options);
void zoom_token_free(struct zoom_token *token);

/* Zoom did not take the token (401): the next zoom_token_take finds another one. */
void zoom_token_refuse(struct zoom_token *token);

/*
 * Makes sure that token->text can be used: it is still good, or the store has a good one (another
 * thread may have put it there), or a new one is made. One attempt; what it asks
 * of Zoom over *handle is answered into `response`, whose Retry-After counts for BUSY. Scopes that
 * the source's reports need and the token does not have are logged when they change.
 */
enum zoom_answer zoom_token_take(struct zoom_token *token, const struct source_run *run,
                                 CURL **handle, struct http_response *response,
                                 struct error *error);

#endif
