#include "api/json/audit_json.h"

#include "alert/message/stored_json.h"
#include "base/json_member.h"

#include <inttypes.h>

void audit_json_append(struct buffer *json, const struct store_audit *audit) {
  buffer_append_char(json, '{');
  json_member_time(json, "at", audit->at);
  json_member_text(json, "who", audit->who);
  json_member_text(json, "role", audit->role);
  json_member_text(json, "via", audit->via);
  json_member_text(json, "client", audit->client);
  json_member_text(json, "operation", audit->operation);
  json_member_name(json, TEXT("what"));
  stored_json_append(json, audit->what);
  buffer_printf(json, ",\"status\":%" PRId64, audit->status);
  json_member_text(json, "outcome", audit->outcome);
  buffer_append_char(json, '}');
}
