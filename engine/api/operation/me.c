/* Who asks, and what this margay is. */
#include "api/api.h"
#include "base/json_member.h"

static bool show_me(const struct api_world *world, const struct api_request *request,
                    struct api_answer *answer) {
  const struct api_caller *caller = request->caller;
  struct buffer *json = &answer->body;
  buffer_append_char(json, '{');
  json_member_text(json, "name", caller->name);
  json_member_text(json, "role", text_from(api_role_names[caller->role]));
  json_member_text(json, "via", text_from(api_via_names[caller->via]));
  json_member_text(json, "login", text_from(api_login_names[world->login]));
  json_member_text(json, "version", TEXT(MARGAY_VERSION));
  json_member_time(json, "time", request->now);
  buffer_append_char(json, '}');
  return true;
}

static const struct api_field me_fields[] = {
    {.name = "name", .type = API_TEXT, .help = "Of the token, or `local`"},
    {.name = "role", .type = API_TEXT, .help = "viewer, analyst or admin"},
    {.name = "via", .type = API_TEXT, .help = "local, token, session, oidc or mcp"},
    {.name = "login", .type = API_TEXT, .help = "How one logs in here: none, token or oidc"},
    {.name = "version", .type = API_TEXT, .help = "Of margay"},
    {.name = "time", .type = API_TIME, .help = "What time margay thinks it is"},
    {.name = NULL},
};

const struct api_operation api_me_show = {
    .name = "me.show",
    .method = "GET",
    .path = "/me",
    .role = API_VIEWER,
    .summary = "Show who asks, and what this margay is",
    .fields = me_fields,
    .run = show_me,
};
