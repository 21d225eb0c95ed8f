/*
 * A message to people as a mail (RFC 5322, MIME): a text and an HTML part. Event data is text in
 * both: no header, no link and no element comes out of it. Any thread.
 */
#ifndef ALERT_DESTINATION_EMAIL_MESSAGE_H
#define ALERT_DESTINATION_EMAIL_MESSAGE_H

#include "alert/message/message.h"

#define EMAIL_SUBJECT_MAX 200 /* UTF-16 units before it is encoded; clients show some 70 */
#define EMAIL_TEXT_MAX 8000   /* of each text: a runbook, a description, a value */

struct email {
  struct text from;      /* an address */
  const struct text *to; /* addresses */
  size_t to_count;
  struct text alert_id, key; /* of the first mail of an alert the key is empty */
  time_us now;
  const struct message *message;
};

/* True for an address that can stand in a header and in SMTP as it is: `name@host` of printable
 * ASCII, without quotes, comments or brackets. */
bool email_is_address(struct text address);

/* Appends the mail; lines end with CRLF, and only ids and addresses make one longer than 78
 * characters. Those
 * about one alert form a thread: each further one refers to the first. */
void email_append(struct buffer *out, const struct email *email);

#endif
