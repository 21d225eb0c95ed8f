/* One request, on a thread of the server: who asks, whether they may, what they want, and the
 * answer. */
#include "api/access/identify.h"
#include "api/face/openapi.h"
#include "api/face/server_internal.h"
#include "daemon/metrics.h"
#include "store/store_access.h"

#include <stdio.h>

/* How long an operation may take before it is to end with what it has. */
#define DEADLINE_US (10 * US_PER_SECOND)

static const struct api_caller nobody = {.role = API_ANYBODY, .via = API_VIA_NOBODY};
static const struct api_caller local = {
    .name = TEXT_INIT("local"), .role = API_ADMIN, .via = API_VIA_LOCAL};

/* Everything that a call is about. */
struct call {
  struct api_server *server;
  struct api_worker *worker;
  struct api_job *job;
  const struct api_operation *operation;
  struct arena arena; /* of the caller */
  struct api_caller caller;
  time_us used_at; /* its token, before; TIME_NONE: never, or none */
  struct api_arguments arguments;
  const struct engine_setup *setup;
  enum api_login login;
  time_us now;
  bool given_away; /* the exchange is somebody else's */
};

/* ---- the store ------------------------------------------------------------------------------- */

static struct store *open_reader(struct call *call, struct error *error) {
  if (!call->worker->reader)
    call->worker->reader = store_open_to_read(call->server->state_path, error);
  return call->worker->reader;
}

/* The handle that writes, of which one thread has the turn until give_back. */
static struct store *take_writer(struct api_server *server, struct error *error) {
  pthread_mutex_lock(&server->write_mutex);
  if (!server->writer)
    server->writer = store_open(server->state_path, error);
  if (!server->writer)
    pthread_mutex_unlock(&server->write_mutex);
  return server->writer;
}

static void give_back(struct api_server *server) {
  store_rollback(server->writer);
  pthread_mutex_unlock(&server->write_mutex);
}

/* ---- who, and whether they may --------------------------------------------------------------- */

/* Those that were refused too often get no answer that costs anything. */
static bool is_welcome(const struct call *call, struct api_answer *answer) {
  answer->login = api_login_names[call->login];
  return call->caller.via != API_VIA_NOBODY ||
         !throttle_refuses(call->server->throttle, &call->job->exchange->client,
                           clock_monotonic()) ||
         api_refuse(answer, API_TOO_OFTEN, NULL, "too many refused logins: wait a minute");
}

static bool refuse_stranger(const struct call *call, struct api_answer *answer,
                            const char *detail) {
  return is_welcome(call, answer) && api_refuse(answer, API_UNAUTHORIZED, NULL, "%s", detail);
}

/* With something that proves nothing, nobody is let in, also where no login is asked for. */
static bool identify(struct call *call, struct api_answer *answer) {
  const struct http_exchange *exchange = call->job->exchange;
  const struct access_proof proof = {
      .authorization = text_from(http_exchange_header(exchange, "Authorization")),
      .cookies = text_from(http_exchange_header(exchange, "Cookie"))};
  struct error error = ERROR_NONE;
  struct store *store = open_reader(call, &error);
  enum access_result result = store ? access_identify(store, &proof, call->now, &call->arena,
                                                      &call->caller, &call->used_at, &error)
                                    : ACCESS_FAILED;
  if (result == ACCESS_FAILED)
    return api_fail(answer, &error);
  if (result == ACCESS_KNOWN)
    return true;
  bool tokens = proof.authorization.size > 0;
  call->caller = call->login == API_LOGIN_NONE && !tokens ? local : nobody;
  return !tokens || refuse_stranger(call, answer,
                                    "there is no such token, or it has expired: ask for a new one");
}

static bool may(struct call *call, struct api_answer *answer) {
  enum api_role least = call->operation->role;
  if (call->caller.role >= least)
    return true;
  if (call->caller.via == API_VIA_NOBODY)
    return refuse_stranger(call, answer,
                           "log in: send the header 'Authorization: Bearer' with a token of "
                           "`margay token new`");
  return api_refuse(answer, API_FORBIDDEN, NULL, "this needs the role %s, and %.*s is %s",
                    api_role_names[least], TEXT_ARGS(call->caller.name),
                    api_role_names[call->caller.role]);
}

/* ---- the operation --------------------------------------------------------------------------- */

static bool open_stream(struct call *call, struct api_answer *answer) {
  struct http_exchange *exchange = call->job->exchange;
  struct text last_id = text_from(http_exchange_header(exchange, "Last-Event-ID"));
  return call->given_away = live_add(call->server->live, exchange, &call->caller, last_id, answer);
}

/* The origin of a page is what the browser sees, also where a proxy in front does TLS; it is that
 * of this host (guard.c). */
static bool is_secure(const struct http_exchange *exchange) {
  const char *origin = http_exchange_header(exchange, "Origin");
  return exchange->secure || (origin && text_starts_folded(text_from(origin), TEXT("https://")));
}

static bool run_operation(struct call *call, struct api_answer *answer) {
  struct api_server *server = call->server;
  struct error error = ERROR_NONE;
  const char *if_match = http_exchange_header(call->job->exchange, "If-Match");
  const struct api_request request = {.operation = call->operation,
                                      .values = call->arguments.values,
                                      .caller = &call->caller,
                                      .if_match = text_from(if_match),
                                      .secure = is_secure(call->job->exchange),
                                      .now = call->now};
  bool writes = call->operation->writes && !call->operation->waits;
  struct api_world world = {.store =
                                writes ? take_writer(server, &error) : open_reader(call, &error),
                            .state_path = server->state_path,
                            .setup = call->setup,
                            .hooks = &server->options.hooks,
                            .jobs = server->options.jobs,
                            .log = server->options.log,
                            .counters = server->options.counters,
                            .login = call->login,
                            .deadline = clock_monotonic() + DEADLINE_US,
                            .ending = &server->ending};
  if (!world.store)
    return api_fail(answer, &error);
  bool ok = call->operation->run(&world, &request, answer);
  if (writes)
    give_back(server);
  return ok;
}

/* ---- the audit log ----------------------------------------------------------------------------
 */

/* Rows of people, and of strangers, that are kept; bytes of a text in one. */
#define AUDIT_MAX 100000
#define STRANGERS_MAX 1000
#define AUDIT_TEXT_MAX 200

/* A token is marked as used this rarely, so that reading does not write. */
#define USED_US US_PER_HOUR

static void add_audit(struct call *call, struct store *store, const struct api_answer *answer,
                      struct error *error) {
  struct buffer what = BUFFER_NONE;
  struct ip_string client;
  struct text who = answer->who.size > 0 ? buffer_text(&answer->who) : call->caller.name;
  struct text outcome =
      answer->refusal.set ? text_from(answer->refusal.text) : buffer_text(&answer->outcome);
  api_arguments_append(&call->arguments, call->operation, AUDIT_TEXT_MAX, &what);
  const struct store_audit audit = {.at = call->now,
                                    .who = who,
                                    .role = text_from(api_role_names[call->caller.role]),
                                    .via = text_from(api_via_names[call->caller.via]),
                                    .client =
                                        text_from(ip_format(&call->job->exchange->client, &client)),
                                    .operation = text_from(call->operation->name),
                                    .what = buffer_text(&what),
                                    .status = answer->status,
                                    .outcome = text_cut(outcome, AUDIT_TEXT_MAX)};
  store_audit_add(store, &audit, who.size > 0 ? AUDIT_MAX : STRANGERS_MAX, error);
  buffer_free(&what);
}

/* What was written, who was refused, and when a token was used. What strangers try past the limit
 * is not written. */
static void record(struct call *call, const struct api_answer *answer) {
  struct api_server *server = call->server;
  struct error error = ERROR_NONE;
  bool refused = answer->status == API_UNAUTHORIZED || answer->status == API_FORBIDDEN;
  bool tried = refused && (call->operation->writes ||
                           http_exchange_header(call->job->exchange, "Authorization"));
  bool audits = answer->status != API_TOO_OFTEN && answer->status != API_UNAVAILABLE &&
                (call->operation->writes || tried || call->operation->special == API_SIGNED_IN ||
                 answer->status == API_FORBIDDEN);
  bool used = call->caller.token.size > 0 &&
              (call->used_at == TIME_NONE || call->now - call->used_at > USED_US);
  if (answer->status == API_UNAUTHORIZED && tried)
    throttle_count(server->throttle, &call->job->exchange->client, clock_monotonic());
  if (!audits && !used)
    return;
  struct store *store = take_writer(server, &error);
  if (store && used)
    store_access_token_used(store, call->caller.token, call->now, &error);
  if (store && audits)
    add_audit(call, store, answer, &error);
  if (store)
    give_back(server);
  if (error.set)
    LOG_ERROR(server->options.log, "the audit log of the API could not be written",
              LOG_STRING("operation", call->operation->name), LOG_TEXT("who", call->caller.name),
              LOG_ERROR_LINE(&error));
}

/* ---- counting ------------------------------------------------------------------------------- */

void call_count(struct api_server *server, const struct api_operation *operation, unsigned status,
                time_us came) {
  char number[16];
  snprintf(number, sizeof number, "%u", status);
  struct counter *counter = counter_open(
      server->options.counters, METRIC_API_REQUESTS,
      METRIC_VALUES(text_from(operation ? operation->name : "none"), text_from(number)), 0);
  counter_add(counter, 1);
  counter_close(counter);
  if (came != TIME_NONE)
    histogram_observe(server->seconds, clock_monotonic() - came);
}

/* ---- the call -------------------------------------------------------------------------------- */

static bool hold_setup(struct call *call, struct api_answer *answer) {
  struct api_server *server = call->server;
  pthread_mutex_lock(&server->mutex);
  if (server->engine)
    call->setup = engine_setup_hold(server->engine);
  pthread_mutex_unlock(&server->mutex);
  return call->setup ||
         api_refuse(answer, API_UNAVAILABLE, NULL, "margay is starting or ending: ask again");
}

static bool signed_in(struct call *call, struct api_answer *answer) {
  struct api_server *server = call->server;
  struct error error = ERROR_NONE;
  struct session_of session;
  if (!sign_in_finish(server->sign_in, call->job->exchange, call->now, &call->arena, &session,
                      answer))
    return false;
  struct store *store = take_writer(server, &error);
  bool secure = sign_in_is_secure(server->sign_in);
  struct buffer cookie = BUFFER_NONE;
  bool ok = store && session_begin(store, &session, secure, call->now, &cookie, &error);
  if (store)
    give_back(server);
  buffer_printf(&cookie, "\n%s", answer->cookie.data);
  buffer_free(&answer->cookie);
  answer->cookie = cookie;
  if (!ok)
    buffer_reset(&answer->location);
  return ok || api_fail(answer, &error);
}

static bool answer_operation(struct call *call, struct api_answer *answer) {
  switch (call->operation->special) {
  case API_STREAMS:
    return open_stream(call, answer);
  case API_DESCRIBES:
    openapi_append(&answer->body);
    return true;
  case API_SIGNS_IN:
    return sign_in_begin(call->server->sign_in, answer);
  case API_SIGNED_IN:
    return signed_in(call, answer);
  default:
    return run_operation(call, answer);
  }
}

static bool answer_call(struct call *call, struct api_answer *answer) {
  const struct http_exchange *exchange = call->job->exchange;
  const struct api_place_found *place = &call->job->place;
  const struct api_input input = {.path = place->values,
                                  .path_count = place->value_count,
                                  .query = exchange->query,
                                  .body = exchange->body};
  enum api_special special = call->operation->special;
  bool signs_in = special == API_SIGNS_IN || special == API_SIGNED_IN;
  if (signs_in && !call->server->sign_in)
    return api_refuse(answer, API_NOT_FOUND, NULL, "there is no OpenID provider: see http.oidc");
  return hold_setup(call, answer) && identify(call, answer) && is_welcome(call, answer) &&
         may(call, answer) &&
         (signs_in ||
          api_arguments_read(&call->arguments, call->operation, &input, call->now, answer)) &&
         answer_operation(call, answer);
}

void call_run(struct api_worker *worker, struct api_job *job) {
  struct api_server *server = worker->server;
  struct api_answer answer = {.status = 200};
  struct call call = {.server = server,
                      .worker = worker,
                      .job = job,
                      .operation = job->place.operation,
                      .arguments = API_ARGUMENTS_NONE,
                      .login = (enum api_login)atomic_load(&server->login),
                      .now = clock_now(&server->options.clock)};
  bool late = clock_monotonic() - job->came > DEADLINE_US;
  if (late)
    api_refuse(&answer, API_UNAVAILABLE, NULL, "too much at once: ask again");
  else
    answer_call(&call, &answer);
  if (!call.given_away) {
    record(&call, &answer);
    call_count(server, call.operation, reply_give(job->exchange, &answer), job->came);
  } else {
    call_count(server, call.operation, answer.status, TIME_NONE);
  }
  api_arguments_free(&call.arguments);
  arena_free(&call.arena);
  engine_setup_release(call.setup);
}
