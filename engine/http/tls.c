#include "http/tls.h"

#include "base/file_text.h"
#include "base/memory.h"
#include "http/internal.h"

#include <stdlib.h>
#include <sys/stat.h>

#define CHECK_INTERVAL_US US_PER_SECOND

#define PEM_SIZE_MAX ((size_t)1 << 20) /* chains and keys have some kilobytes */

enum { CHAIN_MAX = 16 }; /* certificates in one file; public chains have two to four */

/* RFC 9325 section 3.1.1: TLS 1.2 at least. */
const char *const tls_priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE";

/* Never changed once it is made; sessions that use it hold a reference. */
struct certificate {
  atomic_uint references;
  gnutls_pcert_st chain[CHAIN_MAX];
  unsigned chain_size;
  gnutls_privkey_t key;
};

/* What distinguishes one state of a file from another. */
struct stamp {
  struct timespec changed;
  ino_t inode;
  off_t size;
};

struct tls {
  char *certificate_file, *key_file;
  struct log *log;
  time_us checked_at;     /* the accept thread's */
  struct stamp stamps[2]; /* the accept thread's: of the files that were read last */

  pthread_mutex_t lock;
  struct certificate *current;
};

/* ---- reading ------------------------------------------------------------------------------- */

void certificate_release(struct certificate *certificate) {
  if (!certificate || atomic_fetch_sub(&certificate->references, 1) != 1)
    return;
  for (unsigned i = 0; i < certificate->chain_size; i++)
    gnutls_pcert_deinit(&certificate->chain[i]);
  if (certificate->key)
    gnutls_privkey_deinit(certificate->key);
  free(certificate);
}

static bool check_code(int code, const char *file, const char *what, struct error *error) {
  return code == GNUTLS_E_SUCCESS ||
         error_set_at(error, file, 0, 0, "%s: %s", what, gnutls_strerror(code));
}

static void wipe(struct buffer *secret) {
  if (secret->data)
    gnutls_memset(secret->data, 0, secret->capacity);
  buffer_free(secret);
}

/* Whether certificate and key belong together: GnuTLS checks that when credentials are made. */
static bool check_pair(const struct tls *tls, const gnutls_datum_t *chain,
                       const gnutls_datum_t *key, struct error *error) {
  gnutls_certificate_credentials_t credentials;
  int code = gnutls_certificate_allocate_credentials(&credentials);
  if (code == GNUTLS_E_SUCCESS) {
    code = gnutls_certificate_set_x509_key_mem(credentials, chain, key, GNUTLS_X509_FMT_PEM);
    gnutls_certificate_free_credentials(credentials);
  }
  return check_code(code < 0 ? code : GNUTLS_E_SUCCESS, tls->certificate_file,
                    "the certificate cannot be used with its key", error);
}

static bool parse(const struct tls *tls, const gnutls_datum_t *chain, const gnutls_datum_t *key,
                  struct certificate *certificate, struct error *error) {
  unsigned size = CHAIN_MAX;
  int code =
      gnutls_pcert_list_import_x509_raw(certificate->chain, &size, chain, GNUTLS_X509_FMT_PEM, 0);
  if (!check_code(code, tls->certificate_file, "not a PEM file of certificates", error))
    return false;
  certificate->chain_size = size;
  code = gnutls_privkey_init(&certificate->key);
  if (code == GNUTLS_E_SUCCESS)
    code = gnutls_privkey_import_x509_raw(certificate->key, key, GNUTLS_X509_FMT_PEM, NULL, 0);
  return check_code(code, tls->key_file, "not a PEM file of a private key without a password",
                    error) &&
         check_pair(tls, chain, key, error);
}

/* The bytes stay the buffer's. */
static bool read_pem(const char *file, struct buffer *bytes, gnutls_datum_t *pem,
                     struct error *error) {
  if (file_read(file, FILE_REGULAR, PEM_SIZE_MAX, bytes, NULL, error) != FILE_READ)
    return error_prefix(error, "cannot be read");
  *pem = (gnutls_datum_t){.data = (unsigned char *)bytes->data, .size = (unsigned)bytes->size};
  return true;
}

static struct certificate *load(const struct tls *tls, struct error *error) {
  struct buffer chain_bytes = BUFFER_NONE, key_bytes = BUFFER_NONE;
  gnutls_datum_t chain, key;
  struct certificate *certificate = memory_alloc(sizeof *certificate);
  atomic_init(&certificate->references, 1);
  bool good = read_pem(tls->certificate_file, &chain_bytes, &chain, error) &&
              read_pem(tls->key_file, &key_bytes, &key, error) &&
              parse(tls, &chain, &key, certificate, error);
  wipe(&key_bytes);
  buffer_free(&chain_bytes);
  if (!good) {
    certificate_release(certificate);
    return NULL;
  }
  return certificate;
}

/* ---- the current certificate --------------------------------------------------------------- */

static struct stamp stamp_of(const char *file) {
  struct stat status;
  if (stat(file, &status) != 0)
    return (struct stamp){.size = -1};
  return (struct stamp){.changed = status.st_mtim, .inode = status.st_ino, .size = status.st_size};
}

static bool same_stamp(const struct stamp *a, const struct stamp *b) {
  return a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec &&
         a->inode == b->inode && a->size == b->size;
}

struct tls *tls_new(const char *certificate_file, const char *key_file, struct log *log,
                    struct error *error) {
  struct tls *tls = memory_alloc(sizeof *tls);
  pthread_mutex_init(&tls->lock, NULL);
  tls->certificate_file = memory_copy_string(certificate_file);
  tls->key_file = memory_copy_string(key_file);
  tls->log = log;
  tls->checked_at = clock_monotonic();
  tls->stamps[0] = stamp_of(certificate_file);
  tls->stamps[1] = stamp_of(key_file);
  tls->current = load(tls, error);
  if (!tls->current) {
    tls_free(tls);
    return NULL;
  }
  return tls;
}

void tls_free(struct tls *tls) {
  if (!tls)
    return;
  certificate_release(tls->current);
  pthread_mutex_destroy(&tls->lock);
  free(tls->certificate_file);
  free(tls->key_file);
  free(tls);
}

void tls_refresh(struct tls *tls) {
  time_us now = clock_monotonic();
  if (now - tls->checked_at < CHECK_INTERVAL_US)
    return;
  tls->checked_at = now;
  struct stamp certificate = stamp_of(tls->certificate_file), key = stamp_of(tls->key_file);
  if (same_stamp(&certificate, &tls->stamps[0]) && same_stamp(&key, &tls->stamps[1]))
    return;
  tls->stamps[0] = certificate;
  tls->stamps[1] = key;
  struct error error = ERROR_NONE;
  struct certificate *fresh = load(tls, &error);
  if (!fresh) {
    LOG_WARN(tls->log, "http certificate not changed", LOG_ERROR_LINE(&error));
    return;
  }
  pthread_mutex_lock(&tls->lock);
  struct certificate *old = tls->current;
  tls->current = fresh;
  pthread_mutex_unlock(&tls->lock);
  certificate_release(old);
  LOG_INFO(tls->log, "http certificate changed", LOG_STRING("file", tls->certificate_file));
}

/* Called in a handshake, on the thread that serves the connection. What it hands out stays valid
 * with the connection, which holds it. */
int tls_choose(gnutls_session_t session, const gnutls_datum_t *authorities, int authority_count,
               const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
               gnutls_pcert_st **chain, unsigned *chain_size, gnutls_privkey_t *key) {
  (void)authorities, (void)authority_count, (void)algorithms, (void)algorithm_count;
  struct connection *connection = connection_of(gnutls_session_get_ptr(session));
  struct tls *tls = connection->listener->tls;
  if (!connection->certificate) {
    pthread_mutex_lock(&tls->lock);
    connection->certificate = tls->current;
    atomic_fetch_add(&connection->certificate->references, 1);
    pthread_mutex_unlock(&tls->lock);
  }
  *chain = connection->certificate->chain;
  *chain_size = connection->certificate->chain_size;
  *key = connection->certificate->key;
  return 0;
}
