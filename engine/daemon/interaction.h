/*
 * What people press in the messages of destinations: a request to /interactions/ID, which the
 * destination's kind reads (destination_type.pressed), changes the alert as `margay alerts` would.
 *
 * The listener's threads only look at signatures. What is written waits for a thread of the hub's
 * own, with a handle of the store of its own, and is answered when it is durable.
 *
 * Any thread may call what takes a hub, but for the two that make and free it.
 */
#ifndef DAEMON_INTERACTION_H
#define DAEMON_INTERACTION_H

#include "alert/destination/destination.h"
#include "base/log/log.h"
#include "http/route.h"

#define INTERACTION_PATH "/interactions/"

struct interaction_options {
  const char *state_path;
  struct log *log;
  struct clock clock;
  /* Mutes a rule for a day, for `who`; on the hub's thread. False with the reason. */
  bool (*mute)(void *context, struct text rule_id, struct text who, struct error *error);
  void *context;
};

struct interaction_hub;

/* NULL with the reason. The path is copied; the rest must outlive the hub. */
struct interaction_hub *interaction_hub_new(const struct interaction_options *options,
                                            struct error *error);
/* No request may come any more; those that wait are answered with 503. NULL is fine. */
void interaction_hub_free(struct interaction_hub *hub);

/* These destinations are the present ones, until this is called again: then those of before are not
 * looked at any more when it returns. NULL: there are none for a while, and requests are answered
 * with 503. NULL hub is fine. */
void interaction_hub_use(struct interaction_hub *hub, const struct destination *destinations,
                         size_t count);

/* Its row for the listener, which lives as long as the hub. */
struct http_route interaction_hub_route(struct interaction_hub *hub);

#endif
