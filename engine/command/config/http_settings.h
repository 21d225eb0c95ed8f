/*
 * The section `http` of margay.yml: where margay listens, and the limits for clients. The listener
 * is off when there is no such section. Names and defaults are those of the listener
 * (http/listener.h).
 */
#ifndef COMMAND_CONFIG_HTTP_SETTINGS_H
#define COMMAND_CONFIG_HTTP_SETTINGS_H

#include "base/settings/settings.h"
#include "http/forwarded.h"

struct http_tls_settings {
  struct text cert, key; /* PEM files; end with a NUL */
};

struct http_limit_settings {
  int64_t body_max, head_max, stream_buffer_max; /* bytes */
  int64_t connections, per_address;
  int64_t head_timeout, body_timeout, idle_timeout, answer_timeout; /* microseconds */
};

enum http_login { HTTP_LOGIN_AUTO, HTTP_LOGIN_NONE, HTTP_LOGIN_TOKEN, HTTP_LOGIN_OIDC };

/* An OpenID provider. Roles count from 0: viewer, analyst, admin; `others` from 0: none. */
struct http_oidc_role_settings {
  struct text claim, value;
  int role;
};
struct http_oidc_settings {
  struct text issuer, client_id, client_secret, redirect, scopes, ca;
  struct setting_entries roles; /* of struct http_oidc_role_settings */
  int others;
};

struct http_settings {
  struct text listen; /* as it is written */
  int64_t threads;
  bool api, dashboard;
  int login;                       /* enum http_login */
  struct http_oidc_settings *oidc; /* NULL: none */
  struct http_tls_settings *tls;   /* NULL: plain HTTP */
  struct http_limit_settings limits;
  struct setting_list trusted_proxies;
  int proxy_header; /* 0: X-Forwarded-For, 1: Forwarded */

  /* What `listen` says: an IP address in numbers, and a port, which is not 0. */
  const char *address;
  uint16_t port;
  struct http_proxies proxies; /* what the two settings about proxies say */
};

extern const struct settings_table http_table; /* of struct http_settings */

/* Reads "127.0.0.1:8440", "[::1]:8440" or "8440", which is on 127.0.0.1. The address lives in the
 * arena. Any thread. */
bool http_settings_listen(struct text listen, struct arena *arena, const char **address,
                          uint16_t *port, struct error *error);

/* Whether only programs of this machine reach an address (127.0.0.0/8, ::1). Any thread. */
bool http_settings_is_loopback(const char *address);

#endif
