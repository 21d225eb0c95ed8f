/*
 * A mail server on loopback that takes one connection after the other, answers a command with the
 * code that a test wants, and keeps the last mail as it came.
 */
#ifndef TESTS_MAIL_RECEIVER_H
#define TESTS_MAIL_RECEIVER_H

#include "base/buffer.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct mail_receiver {
  const char *command; /* "RCPT": the command that is answered with `answer`; NULL: none. "." is the
                          end of a mail, "" the greeting */
  const char *answer;  /* "550 no"; NULL: closes the connection */
  struct { /* a recipient who is answered in another way, until the mail was sent `until` times */
    const char *address, *answer;
    int until; /* 0: always */
  } recipients[3];
  gnutls_certificate_credentials_t credentials; /* for STARTTLS; NULL: it offers none */
  int listener;
  unsigned port;
  pthread_t thread;
  pthread_mutex_t mutex;        /* guards what follows */
  struct buffer commands, mail; /* of the last connection; of the last mail that was taken */
  int mails, secured;           /* mails that came; connections over TLS */
};

/* A connection, over TLS from STARTTLS on. */
struct mail_peer {
  int socket;
  gnutls_session_t tls; /* NULL: it is not */
};

static inline bool mail_say(const struct mail_peer *peer, const char *line) {
  char bytes[256];
  int size = snprintf(bytes, sizeof bytes, "%s\r\n", line);
  return peer->tls ? gnutls_record_send(peer->tls, bytes, (size_t)size) == size
                   : send(peer->socket, bytes, (size_t)size, MSG_NOSIGNAL) == size;
}

/* A line with its end, or less of it; false at the end of the connection. */
static inline bool mail_read(const struct mail_peer *peer, char *line, size_t size) {
  size_t used = 0;
  while (used + 1 < size) {
    ssize_t taken = peer->tls ? gnutls_record_recv(peer->tls, line + used, 1)
                              : recv(peer->socket, line + used, 1, 0);
    if (taken != 1)
      return false;
    if (line[used++] == '\n')
      break;
  }
  line[used] = '\0';
  return true;
}

static inline bool mail_secure(struct mail_receiver *server, struct mail_peer *peer) {
  if (!mail_say(peer, "220 go on") || gnutls_init(&peer->tls, GNUTLS_SERVER) < 0)
    return false;
  gnutls_set_default_priority(peer->tls);
  gnutls_credentials_set(peer->tls, GNUTLS_CRD_CERTIFICATE, server->credentials);
  gnutls_transport_set_int(peer->tls, peer->socket);
  if (gnutls_handshake(peer->tls) != GNUTLS_E_SUCCESS)
    return false;
  pthread_mutex_lock(&server->mutex);
  server->secured++;
  pthread_mutex_unlock(&server->mutex);
  return true;
}

static inline bool mail_means(const struct mail_receiver *server, const char *command) {
  return server->command && strcmp(server->command, command) == 0;
}

/* For RCPT: what the recipient in the line is answered with; NULL: as all others. */
static inline const char *mail_answer_for(const struct mail_receiver *server, const char *line) {
  for (size_t i = 0; i < sizeof server->recipients / sizeof *server->recipients; i++)
    if (server->recipients[i].address && strstr(line, server->recipients[i].address) &&
        (server->recipients[i].until == 0 || server->mails < server->recipients[i].until))
      return server->recipients[i].answer;
  return NULL;
}

/* The answer to a command; false when the connection is to be closed. */
static inline bool mail_answer(struct mail_receiver *server, const struct mail_peer *peer,
                               const char *command, const char *usual) {
  const char *answer = mail_means(server, command) ? server->answer : usual;
  return answer && mail_say(peer, answer);
}

static inline bool mail_take(struct mail_receiver *server, const struct mail_peer *peer) {
  char line[4096];
  pthread_mutex_lock(&server->mutex);
  buffer_reset(&server->mail);
  while (mail_read(peer, line, sizeof line) && strcmp(line, ".\r\n") != 0)
    buffer_append_string(&server->mail, line[0] == '.' ? line + 1 : line);
  server->mails++;
  pthread_mutex_unlock(&server->mutex);
  return mail_answer(server, peer, ".", "250 taken");
}

static inline bool mail_obey(struct mail_receiver *server, struct mail_peer *peer,
                             const char *line) {
  char command[5];
  snprintf(command, sizeof command, "%.4s", line);
  if (strcasecmp(command, "QUIT") == 0)
    return mail_say(peer, "221 bye") && false;
  if (strcasecmp(command, "DATA") == 0)
    return mail_answer(server, peer, "DATA", "354 go on") &&
           (mail_means(server, "DATA") || mail_take(server, peer));
  if (server->credentials && !peer->tls && strcasecmp(command, "EHLO") == 0)
    return mail_say(peer, "250-fine") && mail_say(peer, "250 STARTTLS");
  if (server->credentials && strcasecmp(command, "STAR") == 0)
    return mail_secure(server, peer);
  if (mail_answer_for(server, line))
    return mail_say(peer, mail_answer_for(server, line));
  return mail_answer(server, peer, command, "250 fine");
}

static inline void mail_serve(struct mail_receiver *server, int socket) {
  struct mail_peer peer = {.socket = socket};
  char line[4096];
  bool open = mail_answer(server, &peer, "", "220 here");
  while (open && mail_read(&peer, line, sizeof line)) {
    pthread_mutex_lock(&server->mutex);
    buffer_append_string(&server->commands, line);
    pthread_mutex_unlock(&server->mutex);
    open = mail_obey(server, &peer, line);
  }
  if (peer.tls)
    gnutls_deinit(peer.tls);
}

static inline void *mail_accept(void *context) {
  struct mail_receiver *server = context;
  int socket;
  while ((socket = accept(server->listener, NULL, NULL)) >= 0) {
    mail_serve(server, socket);
    close(socket);
  }
  return NULL;
}

static inline void mail_start(struct mail_receiver *server) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  pthread_mutex_init(&server->mutex, NULL);
  server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(server->listener, (struct sockaddr *)&address, size), 0);
  assert_int_equal(listen(server->listener, 16), 0);
  assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
  server->port = ntohs(address.sin_port);
  assert_int_equal(pthread_create(&server->thread, NULL, mail_accept, server), 0);
}

static inline void mail_stop(struct mail_receiver *server) {
  shutdown(server->listener, SHUT_RDWR);
  pthread_join(server->thread, NULL);
  close(server->listener);
  buffer_free(&server->commands);
  buffer_free(&server->mail);
  pthread_mutex_destroy(&server->mutex);
}

#endif
