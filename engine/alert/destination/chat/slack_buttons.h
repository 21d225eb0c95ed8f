/*
 * Buttons in a Slack message: acknowledge, resolve, reopen, and mute the rule for a day. What is
 * pressed comes back as a request that Slack signs with the app's signing secret (docs.slack.dev,
 * "Verifying requests from Slack", "Handling user interaction"). Private to the room. Any thread.
 */
#ifndef ALERT_DESTINATION_CHAT_SLACK_BUTTONS_H
#define ALERT_DESTINATION_CHAT_SLACK_BUTTONS_H

#include "alert/destination/destination.h"

#include <jansson.h>

/* How old a signed request may be, and how far ahead of the clock: five minutes, as Slack's
 * documents say, so that a request that somebody has recorded is of no use for longer. */
#define SLACK_AGE_MAX_US (5 * US_PER_MINUTE)

/* The block with what can be done with the alert in its state. A new reference. */
json_t *slack_buttons_block(const struct alert *alert);

/* As the type's function. */
enum destination_pressed slack_buttons_pressed(struct text signing_secret,
                                               const struct destination_callback *callback,
                                               struct arena *arena, struct destination_press *press,
                                               struct error *error);

#endif
