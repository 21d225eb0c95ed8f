/* How the face answers: the headers of everything, and the answers of operations. Any thread. */
#ifndef API_FACE_REPLY_H
#define API_FACE_REPLY_H

#include "api/api.h"
#include "http/exchange.h"

/* Adds the headers that everything has, which keep a page of margay apart from others, and what it
 * shows from being run: Content Security Policy Level 3, Fetch, HTML. */
void reply_add_headers(struct http_answer *answer);

/* Answers the exchange with what an operation answered, and frees the answer's buffers. Returns the
 * status. */
unsigned reply_give(struct http_exchange *exchange, struct api_answer *answer);

#endif
