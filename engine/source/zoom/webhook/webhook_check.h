/*
 * The room source/zoom/webhook holds what stands between a request to a webhook source and a
 * record: who sent it, what it is answered with, and where it waits until it is on disk.
 *
 * Whether a webhook's request comes from Zoom: the signature over the body's bytes, and what else
 * the subscription may send to show who it is (developers.zoom.us/docs/api/webhooks, "Verify
 * webhook events"). All that is configured must hold.
 *
 * Nothing here keeps anything; any thread. Secrets are compared in constant time.
 */
#ifndef SOURCE_ZOOM_WEBHOOK_WEBHOOK_CHECK_H
#define SOURCE_ZOOM_WEBHOOK_WEBHOOK_CHECK_H

#include "source/intake.h"
#include "source/zoom/webhook/webhook_token.h"

/* How far ahead of the clock the time may be that a request was signed with. */
#define WEBHOOK_SKEW_US (5 * US_PER_MINUTE)

/* Empty texts: not asked for. */
struct webhook_secrets {
  struct text secret_token;           /* signs */
  int64_t age_max;                    /* how long ago that may be: a request that somebody has
                                         recorded is of no use for longer */
  struct text authorization;          /* the whole value of the header `authorization` */
  struct text user, password, bearer; /* what else it may hold: one of these ways, or … */
  struct webhook_client client;       /* … a token that was given to this client */
  struct text token_path;             /* where it gets one; not for webhook_check */
  struct text header_name, header_value;
};

/* The headers that count; NULL: it is not there. */
struct webhook_head {
  const char *signature, *timestamp; /* x-zm-signature, x-zm-request-timestamp */
  const char *authorization;
  const char *own; /* the one that header_name names */
};

/* What is wrong with a request, or INTAKE_ACCEPTED. *reason (a constant) says it for the sender: no
 * more than the sender knows. `now` is the wall clock's. */
enum intake_outcome webhook_check(const struct webhook_secrets *secrets,
                                  const struct webhook_head *head, struct text body, time_us now,
                                  const char **reason);

/* The signature that Zoom gives a body at that time: "v0=" and 64 hexadecimal digits, and a NUL. */
#define WEBHOOK_SIGNATURE_SIZE 67
void webhook_signature_of(struct text secret_token, struct text timestamp, struct text body,
                          char out[WEBHOOK_SIGNATURE_SIZE + 1]);

#endif
