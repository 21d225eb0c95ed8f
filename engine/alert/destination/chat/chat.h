/*
 * The room alert/destination/chat holds the destinations that are people's chats: each writes a
 * struct message in the markup of its service, so that all say the same.
 *
 * What they share. Any thread.
 */
#ifndef ALERT_DESTINATION_CHAT_CHAT_H
#define ALERT_DESTINATION_CHAT_CHAT_H

#include "alert/message/markup.h"
#include "alert/message/message.h"

/* Appends "🟠 HIGH: Passcode turned off", at most `limit` long as markups count. */
void chat_append_headline(struct buffer *out, const struct message *message,
                          const struct markup *markup, size_t limit);

#endif
