/*
 * The room api/face serves the operations over HTTP, and the files of the dashboard.
 *
 * Below /api/v1 each operation has its place (api/api.h). What an operation does may take a
 * while, so the listener's threads only look at the head of a request (face/guard.c) and put it
 * into a queue with a limit; what is beyond it gets 503. Threads of the server's own take from the
 * queue: who asks, whether they may, what they want, and then the operation itself. Each has a
 * handle of the store that only reads; those that write take turns with one that does.
 *
 *   listener's thread      queue       server's threads
 *   place, Host, Origin ─▶ ≤ 64 ─▶ caller, role, parameters, operation, answer, audit log
 *
 * Refusals are application/problem+json (RFC 9457).
 *
 * Threads: new, attach, detach, need_login and free are for the one thread that owns the daemon;
 * requests come on any.
 */
#ifndef API_FACE_SERVER_H
#define API_FACE_SERVER_H

#include "api/api.h"
#include "api/face/sign_in.h"
#include "http/route.h"

struct api_server_options {
  const char *state_path; /* copied */
  unsigned threads;       /* of its own, 1 to 16 */
  enum api_login login;
  bool dashboard;                        /* serves its files */
  const struct sign_in_options *sign_in; /* with an OpenID provider; NULL: there is none */
  struct api_hooks hooks;
  struct api_jobs *jobs; /* api/backtest/jobs.h; must outlive the server; NULL: there are none */
  struct log *log;       /* must outlive the server; NULL is fine */
  struct counters *counters; /* daemon/metrics.h; must outlive the server; NULL: nobody counts */
  struct clock clock;
};

struct api_server;

/* NULL with the reason. */
struct api_server *api_server_new(const struct api_server_options *options, struct error *error);

/* Its rows for the listener, which live as long as the server. Returns how many. */
#define API_SERVER_ROUTES 7
size_t api_server_routes(struct api_server *server, struct http_route rows[API_SERVER_ROUTES]);

/* The engine runs, until api_server_detach; before and after that requests get 503. NULL is fine.
 */
void api_server_attach(struct api_server *server, struct engine *engine);
void api_server_detach(struct api_server *server);

/* From the next request on nobody comes in without a login: API_LOGIN_NONE becomes
 * API_LOGIN_TOKEN. There is no way back, because the listener stays what it is. NULL is fine. */
void api_server_need_login(struct api_server *server);

/* The daemon is about to end: what runs ends soon with what it has, what waits and what comes gets
 * 503. NULL is fine. */
void api_server_end(struct api_server *server);

/* api_server_end, and waits for its threads. The listener has ended. NULL is fine. */
void api_server_free(struct api_server *server);

#endif
