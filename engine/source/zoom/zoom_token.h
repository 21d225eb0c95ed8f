/*
 * The access token of a Zoom account (Server-to-Server OAuth): one for an account and the app that
 * reads it, kept in the store, shared by every source of both, renewed by one of them at a time, a
 * minute before it ends. Making a new one can make the one before invalid at once, so nobody makes
 * one without need.
 */
#ifndef SOURCE_ZOOM_ZOOM_TOKEN_H
#define SOURCE_ZOOM_ZOOM_TOKEN_H

#include "source/source.h"
#include "source/zoom/zoom_answer.h"

struct zoom_token {
  struct buffer text;
  time_us expires;
  bool refused;      /* Zoom did not take it */
  struct buffer key; /* of account and app, in the store and for the lock */
};

void zoom_token_start(struct zoom_token *token, const struct zoom_options *options);
void zoom_token_free(struct zoom_token *token);

/* Zoom did not take the token (401): the next zoom_token_take finds another one. */
void zoom_token_refuse(struct zoom_token *token);

/*
 * Makes sure that token->text can be used: it is still good, or the store has a good one (another
 * thread may have put it there), or a new one is made. One attempt; what it asks
 * of Zoom over *handle is answered into `response`, whose Retry-After counts for BUSY.
 */
enum zoom_answer zoom_token_take(struct zoom_token *token, const struct source_run *run,
                                 CURL **handle, struct http_response *response,
                                 struct error *error);

/* Appends text percent-encoded for a query or a form (RFC 3986 2.1). */
void zoom_url_append(struct buffer *out, struct text text);

#endif
