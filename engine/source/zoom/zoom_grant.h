/*
 * How a source gets its access tokens: which kind of app it has at Zoom, and what follows for its
 * settings.
 *
 *   account_credentials   a Server-to-Server app: ID, secret and account are enough
 *   authorization_code    a General app: an admin lets it in once in a browser (zoom_login.h), and
 *                         refresh tokens renew that (zoom_renewal.h). With a client secret, or with
 *                         the app's public client ID and no secret
 */
#ifndef SOURCE_ZOOM_ZOOM_GRANT_H
#define SOURCE_ZOOM_ZOOM_GRANT_H

#include "base/buffer.h"
#include "source/zoom/zoom_report.h"

enum zoom_grant { ZOOM_GRANT_ACCOUNT_CREDENTIALS, ZOOM_GRANT_AUTHORIZATION_CODE };
extern const char *const zoom_grant_names[]; /* as settings name them; ends with NULL */

/* Where nothing is configured. The port of the second is any that usually is free. */
#define ZOOM_AUTHORIZE_URL "https://zoom.us/oauth/authorize"
#define ZOOM_REDIRECT_URL "http://127.0.0.1:8976/zoom"

/* For check: the settings of one grant are there, and those of the other are not. The error names
 * the setting and a way out. */
bool zoom_grant_check(const struct zoom_options *options, struct error *error);

struct text zoom_authorize_url(const struct zoom_options *options);
struct text zoom_redirect_url(const struct zoom_options *options);

/* Splits http://127.0.0.1:PORT/PATH, where a program on this machine can listen; the path begins
 * with '/'. False for any other URL. */
bool zoom_redirect_is_local(struct text url, uint16_t *port, struct text *path);

/* Appends the name under which the store keeps the tokens: one for an account and an app, whatever
 * the number of sources. */
void zoom_grant_append_key(struct buffer *out, const struct zoom_options *options);

#endif
