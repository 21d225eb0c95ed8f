/*
 * What the store keeps of an account's tokens, as one text, so that it changes as a whole:
 *
 *   {"access_token":"…","scope":"report:read:admin","refresh_token":"…","previous":"…",
 *    "renewing":true}
 *
 * A text that is no JSON object is an access token alone, as older versions kept it.
 */
#ifndef SOURCE_ZOOM_ZOOM_TOKEN_RECORD_H
#define SOURCE_ZOOM_ZOOM_TOKEN_RECORD_H

#include "source/source.h"

struct zoom_token_record {
  struct buffer access, scope; /* scope: as Zoom lists them; empty: it listed none */
  time_us expires;             /* the access token does */
  struct buffer refresh;       /* a General app's; empty: there is none */
  struct buffer previous;      /* the refresh token that `refresh` was given for */
  bool renewing;   /* `refresh` was sent to Zoom, or is about to be, and the answer is not here */
  time_us refused; /* Zoom refused both refresh tokens then; TIME_NONE: it did not */
};

#define ZOOM_TOKEN_RECORD_NONE                                                                     \
  ((struct zoom_token_record){.expires = TIME_NONE, .refused = TIME_NONE})

void zoom_token_record_free(struct zoom_token_record *record); /* and empties it */

/* Reads it from the store, over what was there. False with the reason when the store cannot be
 * read; *found = false when there is nothing that can be used. */
bool zoom_token_record_load(struct zoom_token_record *record, const struct source_run *run,
                            struct text key, bool *found, struct error *error);

/* True when it is durable. */
bool zoom_token_record_save(const struct zoom_token_record *record, const struct source_run *run,
                            struct text key, struct error *error);

/* The same for what is nowhere else, until it succeeds; only when the run is to stop, with one more
 * attempt. */
bool zoom_token_record_insist(const struct zoom_token_record *record, const struct source_run *run,
                              struct text key, struct error *error);

/* For who reads tokens in order to change them: nobody else has them until zoom_token_release, in
 * any thread or process. Waits. False when the run is to stop, or (the error is set) when the lock
 * cannot be used. */
bool zoom_token_hold(const struct source_run *run, struct text key, struct error *error);
void zoom_token_release(const struct source_run *run, struct text key);

#endif
