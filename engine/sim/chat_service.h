/*
 * Chats for the receiver: answers as five services document that they do, to what keeps their
 * limits and to what does not.
 *
 *   POST /as/slack        an incoming webhook: 200 "ok", 400 "invalid_blocks" …; 429 by Retry-After
 *   POST /as/teams        a connector: 200 "1", and 200 with a sentence when something is wrong
 *   POST /as/discord      a webhook with `wait`: 200 and the message, or PATCH of one; 429 by
 *                         `retry_after` in the body
 *   POST /as/google_chat  a webhook: 200 and the message; 429 without a time
 *   POST /as/telegram/botTOKEN/METHOD   sendMessage, editMessageText: `ok`, `error_code`,
 *                         `parameters.retry_after`
 *
 * Sources are those of the destinations of the same names (alert/destination/chat), but the code is
 * another one: what is checked here is written down from the services' pages, not from what margay
 * sends. Lengths are UTF-16 code units.
 *
 * For one thread at a time.
 */
#ifndef SIM_CHAT_SERVICE_H
#define SIM_CHAT_SERVICE_H

#include "base/clock.h"
#include "sim/server.h"

#define CHAT_SERVICES 5

/* What it remembers between requests; zero at first. */
struct chat_service_state {
  time_us since; /* when the span began in which `count` requests came */
  int count;
  uint64_t messages, refused, limited;
  char why[128]; /* of the last one that was refused */
};

/* By the path; -1: it is of none of them. */
int chat_service_of(const char *path);
const char *chat_service_name(int service);

/* Answers; false: it did not take the message. */
bool chat_service_answer(int service, struct chat_service_state *state,
                         const struct server_request *request, time_us now,
                         struct server_answer *answer);

#endif
