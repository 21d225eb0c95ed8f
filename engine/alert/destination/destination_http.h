/*
 * What the kinds of destinations that speak a JSON API share: its addresses, who margay is there,
 * and what an error says. An answer is hostile text, and may repeat what was sent, secrets too: of
 * its words only short ones are shown, because a token is a long one.
 *
 * Any thread.
 */
#ifndef ALERT_DESTINATION_DESTINATION_HTTP_H
#define ALERT_DESTINATION_DESTINATION_HTTP_H

#include "alert/destination/destination.h"

#include <jansson.h>

/* Appends the URL of a setting without the slashes at its end, and `path`, which begins with one.
 */
void destination_append_url(struct buffer *out, struct text base, const char *path);

/* Appends hostile text as a part of a path or a query, at most so many of its bytes. */
void destination_append_part(struct buffer *out, struct text part);
#define DESTINATION_PART_MAX ((size_t)256)

/* The headers of a request whose body is JSON and whose answer should be. */
bool destination_json_headers(struct delivery_request *request, struct error *error);

/* "Authorization: SCHEME TOKEN"; false when the token cannot be a header's. */
bool destination_token(struct delivery_request *request, const char *scheme, struct text token,
                       struct error *error);

/* Basic authentication (RFC 7617). */
bool destination_basic(struct delivery_request *request, struct text user, struct text password,
                       struct error *error);

/* The answer's JSON; NULL when it is none. A new reference. */
json_t *answer_load(const struct http_response *response);

/* A string by a path of keys that ends with NULL: "" when there is none. Lives as long as `json`.
 * An index of an array is written as "0". */
const char *answer_string(const json_t *json, const char *const *path);
#define ANSWER_STRING(json, ...) answer_string((json), (const char *const[]){__VA_ARGS__, NULL})

/* Puts " (what it said)" behind a reason that is set, cut and with long words left out; nothing
 * for an empty text. */
void answer_explain(struct delivery_judgement *judgement, const char *said);

/* delivery_judge_status, and what the answer says at the first of the paths that has a string. Each
 * path ends with NULL, the list with a NULL path. */
void answer_judge(const struct http_response *response, const char *const *const *paths,
                  struct delivery_judgement *judgement);

#endif
