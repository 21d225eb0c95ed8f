/* The operations, described for programs and for people. Any thread. */
#ifndef API_FACE_OPENAPI_H
#define API_FACE_OPENAPI_H

#include "base/buffer.h"

/* Appends a document of OpenAPI 3.1 (spec.openapis.org/oas/v3.1.0): what is served as
 * /api/v1/openapi.json. `x-margay-role` of an operation is the least role that may use it. */
void openapi_append(struct buffer *json);

/* Appends the operations as a table of Markdown. */
void openapi_append_markdown(struct buffer *out);

#endif
