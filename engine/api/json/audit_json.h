/* A row of the audit log as JSON. Any thread. */
#ifndef API_JSON_AUDIT_JSON_H
#define API_JSON_AUDIT_JSON_H

#include "store/store_access.h"

/* Appends one object. */
void audit_json_append(struct buffer *json, const struct store_audit *audit);

#endif
