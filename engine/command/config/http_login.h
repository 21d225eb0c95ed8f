/* How one logs in, by a configuration with a section `http`. Any thread. */
#ifndef COMMAND_CONFIG_HTTP_LOGIN_H
#define COMMAND_CONFIG_HTTP_LOGIN_H

#include "api/face/sign_in.h"
#include "command/config/config.h"

struct http_oidc_settings;

/* What `login` says, `auto` made out. */
enum api_login http_login_of(const struct config *config);

/* Texts are those of the settings, roles live in the arena. */
struct sign_in_options http_sign_in_of(const struct http_oidc_settings *oidc, struct log *log,
                                       struct arena *arena);

#endif
