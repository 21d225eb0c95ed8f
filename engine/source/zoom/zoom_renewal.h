/*
 * Renewing the access token of a General app. A refresh token works once: Zoom answers with the
 * next one, and refuses the one before. So what counts is that the answer is not lost:
 *
 *   step                                   if margay dies behind it
 *   1 keep that a renewal is under way     nothing was asked: as before
 *   2 ask Zoom with the refresh token      it is asked again with the same one
 *   3 Zoom has answered                    the same: Zoom may refuse that
 *   4 keep the new tokens, and the         the next run goes on with them
 *     refresh token before them
 *   5 use the access token
 *
 * The first step also proves that the disk takes what is written; nothing stands between the third
 * and the fourth, which is tried until it succeeds; a stop waits for it. When Zoom refuses the
 * refresh token, the one before it is tried. When it refuses both, an admin has to log in again,
 * and margay asks once an hour whether Zoom has changed its mind. Zoom keeps its reports for
 * months, so nothing is lost meanwhile.
 */
#ifndef SOURCE_ZOOM_ZOOM_RENEWAL_H
#define SOURCE_ZOOM_ZOOM_RENEWAL_H

#include "source/zoom/zoom_oauth.h"

/* One attempt. The record is what the store has, held by zoom_token_hold, and is brought up to date
 * with it. GOOD: its access token is new, and durable. */
enum zoom_answer zoom_renew(struct zoom_token_record *record, const struct source_run *run,
                            struct text key, struct http_response *response, struct error *error);

/* To be called once when a source of a General app starts: warns when logins are kept unsealed. */
void zoom_login_start(const struct source_run *run);

/* Whether zoom_login_wait would wait. */
bool zoom_login_missing(const struct source_run *run);

/* Waits until a login is there; says in the log and to the source's health that it waits, and that
 * it goes on. False: stop. It returns at once for other sources, and when the store cannot be read.
 */
bool zoom_login_wait(const struct source_run *run);

#endif
