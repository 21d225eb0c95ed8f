/* The header `authorization` (RFC 9110 section 11.6.2). Any thread. */
#ifndef BASE_WEB_AUTHORIZATION_H
#define BASE_WEB_AUTHORIZATION_H

#include "base/text.h"

/* What follows the scheme ("Basic", in any case), as a part of `authorization`; false: it is
 * another scheme. */
bool authorization_take_scheme(const char *authorization, const char *scheme, struct text *rest);

/* Whether it is basic authentication (RFC 7617) with this user and password. Takes the same time
 * whatever the first difference. */
bool authorization_is_basic(const char *authorization, struct text user, struct text password);

#endif
