/* Compressed answers (RFC 1952). Any thread. */
#ifndef API_FACE_GZIP_H
#define API_FACE_GZIP_H

#include "base/buffer.h"

/* Whether a client takes gzip, by its header Accept-Encoding; NULL: it did not say. */
bool gzip_accepted(const char *accept_encoding);

/* Appends the bytes compressed, quickly rather than well. */
void gzip_pack(struct text plain, struct buffer *out);

/* Appends what was packed, `size` bytes of it; nothing when it is something else. */
void gzip_unpack(struct text packed, size_t size, struct buffer *out);

#endif
