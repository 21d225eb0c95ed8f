#include "alert/destination/destination_tls.h"

static const char *path_of(struct text path) {
  return path.size > 0 ? path.data : NULL;
}

struct http_tls destination_tls_files(const struct destination_tls *tls) {
  return (struct http_tls){.ca_file = path_of(tls->ca_file),
                           .cert_file = path_of(tls->cert_file),
                           .key_file = path_of(tls->key_file)};
}

bool destination_tls_check(const struct destination_tls *tls, struct error *error) {
  const struct http_tls files = destination_tls_files(tls);
  return http_tls_check(&files, error);
}
