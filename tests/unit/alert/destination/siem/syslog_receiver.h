/* A syslog receiver on loopback for one message, over TCP, TLS or UDP; cmocka.h comes before. */
#ifndef TESTS_SYSLOG_RECEIVER_H
#define TESTS_SYSLOG_RECEIVER_H

#include "alert/alert_fixture.h"

#include "base/tls_identity.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

enum syslog_receiver_way {
  RECEIVER_READS, /* to the end */
  RECEIVER_RESETS,
  RECEIVER_IS_GONE,
  RECEIVER_WANTS_A_CERTIFICATE
};

struct syslog_receiver {
  enum syslog_receiver_way way;
  bool datagrams, tls;
  int socket;
  unsigned port;
  char ca_path[40];
  struct identity identity;
  pthread_t thread;
  char bytes[65536]; /* that it got, once it is stopped */
};

static inline void syslog_read_tls(struct syslog_receiver *receiver, int client) {
  SSL_CTX *context = SSL_CTX_new(TLS_server_method());
  BIO *memory = BIO_new_mem_buf(receiver->identity.certificate, -1);
  X509 *certificate = PEM_read_bio_X509(memory, NULL, NULL, NULL);
  BIO_free(memory);
  memory = BIO_new_mem_buf(receiver->identity.key, -1);
  EVP_PKEY *key = PEM_read_bio_PrivateKey(memory, NULL, NULL, NULL);
  BIO_free(memory);
  SSL_CTX_use_certificate(context, certificate);
  SSL_CTX_use_PrivateKey(context, key);
  if (receiver->way == RECEIVER_WANTS_A_CERTIFICATE)
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  SSL *ssl = SSL_new(context);
  SSL_set_fd(ssl, client);
  size_t size = 0;
  int part;
  while (SSL_accept(ssl) > 0 && (part = SSL_read(ssl, receiver->bytes + size,
                                                 (int)(sizeof receiver->bytes - size - 1))) > 0)
    size += (size_t)part;
  SSL_free(ssl);
  SSL_CTX_free(context);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

static inline void syslog_read(struct syslog_receiver *receiver, int client) {
  size_t size = 0;
  ssize_t part;
  while ((part = recv(client, receiver->bytes + size, sizeof receiver->bytes - size - 1, 0)) > 0 &&
         !receiver->datagrams)
    size += (size_t)part;
}

static inline void *syslog_serve(void *context) {
  struct syslog_receiver *receiver = context;
  if (receiver->datagrams) {
    syslog_read(receiver, receiver->socket);
    return NULL;
  }
  int client = accept(receiver->socket, NULL, NULL);
  const struct linger at_once = {.l_onoff = 1};
  if (client < 0)
    return NULL;
  if (receiver->way == RECEIVER_RESETS)
    setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  else if (receiver->tls)
    syslog_read_tls(receiver, client);
  else
    syslog_read(receiver, client);
  close(client);
  return NULL;
}

static inline void syslog_receiver_start(struct syslog_receiver *receiver) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  make_identity(&receiver->identity, "IP:127.0.0.1", 3600);
  strcpy(receiver->ca_path, "/tmp/margay-ca-XXXXXX");
  int file = mkstemp(receiver->ca_path);
  size_t length = strlen(receiver->identity.certificate);
  assert_int_equal(write(file, receiver->identity.certificate, length), length);
  close(file);
  receiver->socket =
      socket(AF_INET, (receiver->datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(receiver->socket, (struct sockaddr *)&address, size), 0);
  if (!receiver->datagrams)
    assert_int_equal(listen(receiver->socket, 4), 0);
  assert_int_equal(getsockname(receiver->socket, (struct sockaddr *)&address, &size), 0);
  receiver->port = ntohs(address.sin_port);
  if (receiver->way == RECEIVER_IS_GONE)
    close(receiver->socket);
  else
    assert_int_equal(pthread_create(&receiver->thread, NULL, syslog_serve, receiver), 0);
}

static inline void syslog_receiver_stop(struct syslog_receiver *receiver) {
  if (receiver->way != RECEIVER_IS_GONE) {
    if (!receiver->datagrams)
      shutdown(receiver->socket, SHUT_RDWR);
    pthread_join(receiver->thread, NULL);
    close(receiver->socket);
  }
  unlink(receiver->ca_path);
}

#endif
