/*
 * What a running daemon serves over HTTP: how it is, and its metrics.
 *
 *   GET /healthz   200 "ok" while the committer goes round; else 503 with the reason
 *   GET /readyz    200 "ready" while all that it takes to detect and to remember works; else 503
 *                  with a line for each thing that does not
 *   GET /metrics   the metrics as Prometheus reads them
 *
 * None of them needs a token, and none shows what is in an event or a secret.
 *
 * Threads: start, detach and stop are for the one thread that owns the engine; requests are
 * answered on the listener's threads.
 */
#ifndef DAEMON_SERVICE_H
#define DAEMON_SERVICE_H

#include "base/counters/counters.h"
#include "daemon/engine.h"
#include "http/listener.h"

struct service;

/* Listens when it returns. The counters must outlive it; the engine must until service_detach. NULL
 * with the reason. */
struct service *service_start(const struct http_listener_options *options, struct engine *engine,
                              struct counters *counters, struct error *error);

/* The engine is about to go: from now on the daemon is alive and not ready. */
void service_detach(struct service *service);

void service_stop(struct service *service); /* NULL is fine */

#endif
