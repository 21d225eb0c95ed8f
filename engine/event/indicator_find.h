/*
 * Finds e-mail addresses and IP addresses within a text that holds more than that: a sentence, or
 * several of them with commas between. Private to the event part. Any thread.
 */
#ifndef EVENT_INDICATOR_FIND_H
#define EVENT_INDICATOR_FIND_H

#include "base/text.h"

/* Called with what looks like one; its texts live as long as the text that was given. */
typedef void indicator_found(void *context, struct text candidate);

/* Calls `found` for every e-mail address in the text, whose domain has at least two labels. What
 * has several @ is none. One pass. */
void indicator_find_emails(struct text text, indicator_found *found, void *context);

/* Calls `found` for every word of the text that may be an IP address, with a port or without: the
 * caller decides whether it is one. Networks (192.0.2.0/24) are left out. One pass. */
void indicator_find_ips(struct text text, indicator_found *found, void *context);

#endif
