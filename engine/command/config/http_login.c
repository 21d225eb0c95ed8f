#include "command/config/http_login.h"

#include "command/config/http_settings.h"

/* Whether others reach the address through a proxy, though it is this machine's own: services that
 * send webhooks or buttons, or those that a proxy is configured for. */
static bool has_proxy(const struct config *config) {
  bool has = config->http->proxies.count > 0;
  for (size_t i = 0; i < config->source_count && !has; i++)
    has = config->sources[i].type->takes;
  for (size_t i = 0; i < config->destination_count && !has; i++) {
    const struct destination *destination = &config->destinations[i];
    has = destination->type->has_buttons && destination->type->has_buttons(destination);
  }
  return has;
}

enum api_login http_login_of(const struct config *config) {
  const struct http_settings *http = config->http;
  if (http->oidc && (http->login == HTTP_LOGIN_OIDC || http->login == HTTP_LOGIN_AUTO))
    return API_LOGIN_OIDC;
  bool none = http->login == HTTP_LOGIN_NONE ||
              (http->login == HTTP_LOGIN_AUTO && http_settings_is_loopback(http->address) &&
               !has_proxy(config));
  return none ? API_LOGIN_NONE : API_LOGIN_TOKEN;
}

struct sign_in_options http_sign_in_of(const struct http_oidc_settings *oidc, struct log *log,
                                       struct arena *arena) {
  const struct http_oidc_role_settings *given = oidc->roles.items;
  struct sign_in_role *roles = arena_alloc(arena, (oidc->roles.count + 1) * sizeof *roles);
  for (size_t i = 0; i < oidc->roles.count; i++)
    roles[i] = (struct sign_in_role){.claim = given[i].claim,
                                     .value = given[i].value,
                                     .role = (enum api_role)(API_VIEWER + given[i].role)};
  return (struct sign_in_options){.provider = {.issuer = oidc->issuer,
                                               .client_id = oidc->client_id,
                                               .client_secret = oidc->client_secret,
                                               .scopes = oidc->scopes,
                                               .redirect = oidc->redirect,
                                               .ca_file = oidc->ca,
                                               .clock = clock_system()},
                                  .roles = roles,
                                  .role_count = oidc->roles.count,
                                  .others = (enum api_role)(API_ANYBODY + oidc->others),
                                  .log = log};
}
