/*
 * Chats in which a message can be edited and answered: the message of an alert always shows it as
 * it is, and what happened is said in an answer below it.
 *
 *   POST ──▶ posted ──update──▶ EDIT ──MORE──▶ ANSWER ──▶ posted …
 *                                │
 *                                └─ the message is gone ──MORE──▶ POST
 *
 * The state that is kept is "PLACE MESSAGE" (a channel and a message in it, as the service calls
 * them), and between the edit and the answer also the idempotency key of the update, so that a
 * later update does not take the edit for its own. What cannot be read is no state: the alert is
 * posted whole.
 *
 * Threads: any.
 */
#ifndef ALERT_DESTINATION_CHAT_CHAT_THREAD_H
#define ALERT_DESTINATION_CHAT_CHAT_THREAD_H

#include "alert/destination/destination.h"

/* Whether it is news, and not the alert itself. */
static inline bool chat_thread_has_news(const struct delivery_try *attempt) {
  return attempt->occasion.occasion != OCCASION_OPENED;
}

enum chat_step {
  CHAT_POST,  /* a new message */
  CHAT_EDIT,  /* the message as the alert is */
  CHAT_ANSWER /* what happened, below the message */
};

struct chat_thread {
  enum chat_step step;
  struct text place, message; /* empty in CHAT_POST; else printable ASCII without spaces */
};

/* Which request is to be made, or was made, for that attempt. */
struct chat_thread chat_thread_of(const struct delivery_try *attempt);

/* Judgements of success. Ids that cannot be kept (empty, longer than 256 bytes, other characters)
 * end the state: a later update is posted anew. */
void chat_thread_posted(struct text place, struct text message,
                        struct delivery_judgement *judgement);
/* `answers`: an answer follows. */
void chat_thread_edited(const struct delivery_try *attempt, bool answers,
                        struct delivery_judgement *judgement);
void chat_thread_answered(const struct delivery_try *attempt, struct delivery_judgement *judgement);
/* The two where every piece of news is answered. */
void chat_thread_went_on(const struct delivery_try *attempt, struct delivery_judgement *judgement);

/* The message is not there any more: the alert is posted again. */
void chat_thread_lost(struct delivery_judgement *judgement);

#endif
