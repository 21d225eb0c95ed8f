/*
 * A mail server on loopback that takes one connection after the other, answers a command with the
 * code that a test wants, and keeps the last mail as it came.
 */
#ifndef TESTS_MAIL_RECEIVER_H
#define TESTS_MAIL_RECEIVER_H

#include "base/buffer.h"

#include <arpa/inet.h>
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
  int listener;
  unsigned port;
  pthread_t thread;
  pthread_mutex_t mutex;        /* guards what follows */
  struct buffer commands, mail; /* of the last connection; of the last mail that was taken */
  int mails;
};

static inline bool mail_say(int socket, const char *line) {
  char bytes[256];
  int size = snprintf(bytes, sizeof bytes, "%s\r\n", line);
  return send(socket, bytes, (size_t)size, MSG_NOSIGNAL) == size;
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
static inline bool mail_answer(struct mail_receiver *server, int socket, const char *command,
                               const char *usual) {
  const char *answer = mail_means(server, command) ? server->answer : usual;
  return answer && mail_say(socket, answer);
}

static inline bool mail_take(struct mail_receiver *server, int socket, FILE *in) {
  char line[4096];
  pthread_mutex_lock(&server->mutex);
  buffer_reset(&server->mail);
  while (fgets(line, sizeof line, in) && strcmp(line, ".\r\n") != 0)
    buffer_append_string(&server->mail, line[0] == '.' ? line + 1 : line);
  server->mails++;
  pthread_mutex_unlock(&server->mutex);
  return mail_answer(server, socket, ".", "250 taken");
}

static inline void mail_serve(struct mail_receiver *server, int socket) {
  FILE *in = fdopen(dup(socket), "r");
  char line[4096];
  bool open = mail_answer(server, socket, "", "220 here");
  while (open && fgets(line, sizeof line, in)) {
    char command[5];
    snprintf(command, sizeof command, "%.4s", line);
    pthread_mutex_lock(&server->mutex);
    buffer_append_string(&server->commands, line);
    pthread_mutex_unlock(&server->mutex);
    if (strcasecmp(command, "QUIT") == 0)
      open = mail_say(socket, "221 bye") && false;
    else if (strcasecmp(command, "DATA") == 0)
      open = mail_answer(server, socket, "DATA", "354 go on") &&
             (mail_means(server, "DATA") || mail_take(server, socket, in));
    else if (mail_answer_for(server, line))
      open = mail_say(socket, mail_answer_for(server, line));
    else
      open = mail_answer(server, socket, command, "250 fine");
  }
  fclose(in);
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
