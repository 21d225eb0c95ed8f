/*
 * What the kinds of destinations that speak HTTPS share: which certificates they trust, and with
 * which one margay shows who it is. The files are read at every new connection, so a renewed
 * certificate needs no reload. Any thread.
 */
#ifndef ALERT_DESTINATION_DESTINATION_TLS_H
#define ALERT_DESTINATION_DESTINATION_TLS_H

#include "base/settings/settings.h"
#include "base/web/http_client.h"

struct destination_tls {
  struct text ca_file, cert_file, key_file; /* paths; empty: none */
};

/* Rows of a kind's table; `place` is the offset of a struct destination_tls in its options. */
#define DESTINATION_TLS_SETTINGS(place)                                                            \
  {.key = "ca_file",                                                                               \
   .kind = SETTING_PATH,                                                                           \
   .offset = (place) + offsetof(struct destination_tls, ca_file),                                  \
   .help = "trusted certificates in PEM, instead of the system's"},                                \
      {.key = "cert_file",                                                                         \
       .kind = SETTING_PATH,                                                                       \
       .offset = (place) + offsetof(struct destination_tls, cert_file),                            \
       .help = "the client certificate to show, with its chain, in PEM"},                          \
  {                                                                                                \
    .key = "key_file", .kind = SETTING_PATH,                                                       \
    .offset = (place) + offsetof(struct destination_tls, key_file),                                \
    .help = "the key of `cert_file` in PEM, without a passphrase; none: it is in `cert_file`"      \
  }

/* As the HTTP client takes them. The texts must end with a NUL, as those of settings do. */
struct http_tls destination_tls_files(const struct destination_tls *tls);

/* Whether the files can be read and belong together. */
bool destination_tls_check(const struct destination_tls *tls, struct error *error);

#endif
