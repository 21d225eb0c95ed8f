/* The challenge by which Zoom finds out whether a receiver knows the secret token. */
#ifndef SIM_SENDER_CHALLENGE_H
#define SIM_SENDER_CHALLENGE_H

#include "sim/sender/sender.h"

/* Sends `endpoint.url_validation` and waits for the answer. False with the reason when none comes
 * in time, or another than Zoom accepts: 200, with the token and its HMAC. */
bool challenge_send(const struct sender_options *options, struct error *error);

#endif
