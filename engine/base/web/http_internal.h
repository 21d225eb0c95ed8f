/* What the clients of this room share. Nothing outside of it includes this. */
#ifndef BASE_WEB_HTTP_INTERNAL_H
#define BASE_WEB_HTTP_INTERNAL_H

#include "base/web/http_client.h"

/* Sets up the verification of certificates, and which one is shown. */
void http_apply_tls(CURL *handle, const struct http_tls *tls);

/* http_guard_apply for a URL that is reached directly. */
void http_guard_url(struct http_guard *guard, CURL *handle, const char *url);

#endif
