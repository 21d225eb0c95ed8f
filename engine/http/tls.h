/* The listener's certificate: read from files, and read again when they change. */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include "base/log/log.h"

#include <gnutls/abstract.h>

struct tls;

/* NULL with the reason when the files cannot be used. The log may be NULL and must outlive it. */
struct tls *tls_new(const char *certificate_file, const char *key_file, struct log *log,
                    struct error *error);
void tls_free(struct tls *tls); /* NULL is fine */

/* Reads files that have changed, at most once a second. When they cannot be used, the log says so,
 * once for each change, and the certificate stays. The accept thread only. */
void tls_refresh(struct tls *tls);

/* One certificate with its key; a connection that uses it holds a reference. NULL is fine. */
struct certificate;
void certificate_release(struct certificate *certificate);

/* For MHD_OPTION_HTTPS_PRIORITIES and MHD_OPTION_HTTPS_CERT_CALLBACK. */
extern const char *const tls_priorities;
int tls_choose(gnutls_session_t session, const gnutls_datum_t *authorities, int authority_count,
               const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
               gnutls_pcert_st **chain, unsigned *chain_size, gnutls_privkey_t *key);

#endif
