/*
 * Scopes: what an app may read. Zoom lists those of an access token when it gives one. Older apps
 * have classic scopes, one for all reports; newer ones granular scopes, one for each report
 * (https://developers.zoom.us/docs/internal-apps/oauth-scopes-overview/).
 */
#ifndef SOURCE_ZOOM_ZOOM_SCOPE_H
#define SOURCE_ZOOM_ZOOM_SCOPE_H

#include "base/buffer.h"
#include "source/zoom/zoom_report.h"

/* "classic", "granular", or "no" when the list is empty. */
const char *zoom_scope_kind(struct text scopes);

/* Appends what the wanted reports need and the list does not have, with what the admin's role must
 * let them see, "activity: GRANULAR (classic: CLASSIC; role: PRIVILEGE), …". Returns how many
 * reports that are. */
size_t zoom_scope_append_missing(struct buffer *out, struct text scopes,
                                 const struct setting_list *reports);

#endif
