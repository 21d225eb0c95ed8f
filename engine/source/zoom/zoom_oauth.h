/*
 * The token endpoint: https://developers.zoom.us/docs/integrations/oauth/ and, for a client without
 * a secret, …/PKCE/.
 */
#ifndef SOURCE_ZOOM_ZOOM_OAUTH_H
#define SOURCE_ZOOM_ZOOM_OAUTH_H

#include "source/zoom/zoom_answer.h"
#include "source/zoom/zoom_token_record.h"

struct zoom_oauth_answer {
  enum zoom_answer meaning;
  bool declined;      /* Zoom has answered, and given no tokens: not that they were lost */
  bool invalid_grant; /* REFUSED: the code or the refresh token is the reason (RFC 6749, 5.2) */
};

/*
 * Asks once, with the client's credentials, and puts the tokens into the record: the access token,
 * its scopes, when it expires, and the refresh token if one came. The error is set for everything
 * but GOOD and STOPPED; for an invalid grant it says `way_out`, which may be NULL.
 *
 * For a Server-to-Server app the request is given up when the run is to stop. For a General one it
 * is not, because the answer holds what cannot be had a second time; it may take 30 s at most.
 */
struct zoom_oauth_answer zoom_oauth_ask(const struct source_run *run, struct text form,
                                        const char *way_out, CURL **handle,
                                        struct http_response *response,
                                        struct zoom_token_record *record, struct error *error);

#endif
