/* Certificates for tests; cmocka.h comes before. */
#ifndef TLS_IDENTITY_H
#define TLS_IDENTITY_H

#include <openssl/pem.h>
#include <openssl/x509v3.h>

/* A self-signed certificate and its key, in PEM. */
struct identity {
  char certificate[4096], key[4096];
};

static inline void write_pem(BIO *memory, char *out, size_t out_size) {
  int size = BIO_read(memory, out, (int)out_size - 1);
  assert_true(size > 0);
  out[size] = '\0';
  BIO_free(memory);
}

/* For an address such as "IP:127.0.0.1", from two hours ago until `valid_seconds` from now. */
static inline void make_identity(struct identity *identity, const char *name, long valid_seconds) {
  EVP_PKEY *key = EVP_EC_gen("P-256");
  X509 *certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -7200);
  X509_gmtime_adj(X509_getm_notAfter(certificate), valid_seconds);
  X509_set_pubkey(certificate, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             (const unsigned char *)"test", -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, name);
  X509_add_ext(certificate, names, -1);
  X509_EXTENSION_free(names);
  assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
  BIO *memory = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(memory, certificate);
  write_pem(memory, identity->certificate, sizeof identity->certificate);
  memory = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL);
  write_pem(memory, identity->key, sizeof identity->key);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

#endif
