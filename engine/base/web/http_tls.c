/* The files that TLS is set up with: whom to trust, and which certificate to show. */
#include "base/file_text.h"
#include "base/web/http_internal.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define PEM_SIZE_MAX (4 << 20) /* the system's bundle of CAs has a quarter of a MiB */

/* A key with a passphrase would be asked for on the terminal, in the middle of a delivery. */
static int no_passphrase(char *buffer, int size, int writing, void *context) {
  (void)buffer, (void)size, (void)writing, (void)context;
  return 0;
}

/* The bytes of a file for OpenSSL to read, which live in `bytes`; NULL with the reason. */
static BIO *read_pem(const char *what, const char *path, struct buffer *bytes,
                     struct error *error) {
  struct error cause = ERROR_NONE;
  if (file_read(path, FILE_REGULAR, PEM_SIZE_MAX, bytes, NULL, &cause) != FILE_READ) {
    error_set(error, "%s cannot be read: %s: %s", what, path, cause.text);
    return NULL;
  }
  return BIO_new_mem_buf(bytes->size > 0 ? bytes->data : "", (int)bytes->size);
}

/* The first certificate in a file; NULL with the reason. */
static X509 *read_certificate(const char *what, const char *path, struct error *error) {
  struct buffer bytes = BUFFER_NONE;
  BIO *pem = read_pem(what, path, &bytes, error);
  X509 *certificate = pem ? PEM_read_bio_X509(pem, NULL, no_passphrase, NULL) : NULL;
  if (pem && !certificate)
    error_set(error, "%s: there is no certificate in %s (it must be PEM)", what, path);
  BIO_free(pem);
  buffer_free(&bytes);
  return certificate;
}

static EVP_PKEY *read_key(const char *path, struct error *error) {
  struct buffer bytes = BUFFER_NONE;
  BIO *pem = read_pem("key_file", path, &bytes, error);
  EVP_PKEY *key = pem ? PEM_read_bio_PrivateKey(pem, NULL, no_passphrase, NULL) : NULL;
  if (pem && !key)
    error_set(error, "key_file: there is no key in %s (it must be PEM, without a passphrase)",
              path);
  BIO_free(pem);
  buffer_free(&bytes);
  return key;
}

static bool check_pair(const struct http_tls *tls, struct error *error) {
  const char *key_path = tls->key_file ? tls->key_file : tls->cert_file;
  X509 *certificate = read_certificate("cert_file", tls->cert_file, error);
  EVP_PKEY *key = certificate ? read_key(key_path, error) : NULL;
  bool ok = key && X509_check_private_key(certificate, key) == 1;
  if (key && !ok)
    error_set(error, "key_file: the key in %s is not that of the certificate in %s", key_path,
              tls->cert_file);
  EVP_PKEY_free(key);
  X509_free(certificate);
  return ok;
}

bool http_tls_check(const struct http_tls *tls, struct error *error) {
  X509 *trusted = tls->ca_file ? read_certificate("ca_file", tls->ca_file, error) : NULL;
  bool ok = trusted || !tls->ca_file;
  X509_free(trusted);
  if (ok && tls->cert_file)
    ok = check_pair(tls, error);
  else if (ok && tls->key_file)
    ok = error_set(error, "key_file needs cert_file: a key without its certificate is of no use");
  ERR_clear_error();
  return ok;
}

void http_apply_tls(CURL *handle, const struct http_tls *tls) {
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  if (tls->ca_file) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, tls->ca_file);
#if LIBCURL_VERSION_NUM >= 0x075700 /* 7.87.0, which keeps what it read for a day */
    curl_easy_setopt(handle, CURLOPT_CA_CACHE_TIMEOUT, 0L);
#endif
  }
  if (!tls->cert_file)
    return;
  curl_easy_setopt(handle, CURLOPT_SSLCERT, tls->cert_file);
  curl_easy_setopt(handle, CURLOPT_SSLKEY, tls->key_file ? tls->key_file : tls->cert_file);
  curl_easy_setopt(handle, CURLOPT_KEYPASSWD, ""); /* never asks a terminal */
}
