/*
 * What a running daemon serves over HTTP: how it is, and its metrics.
 *
 *   GET /healthz   200 "ok" while the committer goes round; else 503 with the reason
 *   GET /readyz    200 "ready" while all that it takes to detect and to remember works; else 503
 *                  with a line for each thing that does not; alarms that have begun have a line
 *                  each, and do not change the status
 *   GET /metrics   the metrics as Prometheus reads them
 *   POST …         what sources take (daemon/intake.h), and what is pressed in messages
 *                  (daemon/interaction.h)
 *   …              what its maker gives it: the API and the dashboard
 *
 * The first three need no token, and none shows what is in an event or a secret.
 *
 * Threads: start, attach, detach and stop are for the one thread that owns the engine; requests are
 * answered on the listener's threads.
 */
#ifndef DAEMON_SERVICE_H
#define DAEMON_SERVICE_H

#include "base/counters/counters.h"
#include "daemon/engine.h"
#include "daemon/interaction.h"
#include "http/listener.h"

struct service;

/* The paths that are its own, which no source can have; ends with NULL. */
extern const char *const service_paths[];

/* What the service is made of; all must outlive it. */
struct service_parts {
  struct counters *counters;
  struct intake_hub *intake;
  struct interaction_hub *interactions; /* NULL: nothing can be pressed */
  const struct http_route *routes;      /* of others, as many */
  size_t route_count;
};

/* Listens when it returns, and serves the paths of these sources: without an engine the daemon is
 * alive and not ready, and no source takes requests. NULL with the reason. */
struct service *service_start(const struct http_listener_options *options,
                              const struct service_parts *parts, const struct source *sources,
                              size_t source_count, struct error *error);

/* From now on the paths of these sources are served, and those of before are not, unless they are
 * the same. No connection is closed. False with the reason: everything is as it was. NULL service
 * is fine. */
bool service_route(struct service *service, const struct source *sources, size_t source_count,
                   struct error *error);

/* The engine runs, until service_detach. NULL service is fine. */
void service_attach(struct service *service, struct engine *engine);

/* The engine is about to go: from now on the daemon is alive and not ready. */
void service_detach(struct service *service);

void service_stop(struct service *service); /* NULL is fine */

#endif
