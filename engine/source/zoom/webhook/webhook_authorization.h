/*
 * The room source/zoom/webhook holds what stands between a request to a webhook source and a
 * record: who sent it, what it is answered with, and where it waits until it is on disk.
 *
 * The header `authorization` (RFC 9110 section 11.6.2). Any thread.
 */
#ifndef SOURCE_ZOOM_WEBHOOK_WEBHOOK_AUTHORIZATION_H
#define SOURCE_ZOOM_WEBHOOK_WEBHOOK_AUTHORIZATION_H

#include "base/text.h"

/* What follows the scheme ("Basic", in any case); false: it is another one. */
bool webhook_take_scheme(const char *authorization, const char *scheme, struct text *rest);

/* Whether it is basic authentication (RFC 7617) with this user and password. Takes the same time
 * whatever the first difference. */
bool webhook_is_basic(const char *authorization, struct text user, struct text password);

#endif
