/* One request, on a thread of the server: who asks, whether they may, what they want, and the
 * answer. */
#include "api/face/server_internal.h"

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
  struct api_caller caller;
  struct api_arguments arguments;
  const struct engine_setup *setup;
  enum api_login login;
  time_us now;
  bool given_away; /* the exchange is somebody else's */
};

/* ---- who, and whether they may -------------------------------------------------------------- */

static bool identify(struct call *call, struct api_answer *answer) {
  call->caller = call->login == API_LOGIN_NONE ? local : nobody;
  (void)answer;
  return true;
}

static bool may(const struct call *call, struct api_answer *answer) {
  enum api_role least = call->operation->role;
  if (call->caller.role >= least)
    return true;
  if (call->caller.via != API_VIA_NOBODY)
    return api_refuse(answer, API_FORBIDDEN, NULL, "this needs the role %s, and %.*s is %s",
                      api_role_names[least], TEXT_ARGS(call->caller.name),
                      api_role_names[call->caller.role]);
  answer->login = api_login_names[call->login];
  return api_refuse(answer, API_UNAUTHORIZED, NULL,
                    "log in: send the header 'Authorization: Bearer' with a token of `margay token "
                    "new`");
}

/* ---- the operation --------------------------------------------------------------------------- */

/* The handle that an operation gets; one that writes has the turn until give_back. */
static struct store *take_store(struct call *call, struct error *error) {
  struct api_server *server = call->server;
  if (!call->operation->writes) {
    if (!call->worker->reader)
      call->worker->reader = store_open_to_read(server->state_path, error);
    return call->worker->reader;
  }
  pthread_mutex_lock(&server->write_mutex);
  if (!server->writer)
    server->writer = store_open(server->state_path, error);
  if (!server->writer)
    pthread_mutex_unlock(&server->write_mutex);
  return server->writer;
}

static void give_back(struct call *call) {
  if (!call->operation->writes)
    return;
  store_rollback(call->server->writer);
  pthread_mutex_unlock(&call->server->write_mutex);
}

static bool open_stream(struct call *call, struct api_answer *answer) {
  struct http_exchange *exchange = call->job->exchange;
  struct text last_id = text_from(http_exchange_header(exchange, "Last-Event-ID"));
  return call->given_away = live_add(call->server->live, exchange, last_id, answer);
}

static bool run_operation(struct call *call, struct api_answer *answer) {
  struct api_server *server = call->server;
  struct error error = ERROR_NONE;
  const char *if_match = http_exchange_header(call->job->exchange, "If-Match");
  const struct api_request request = {.operation = call->operation,
                                      .values = call->arguments.values,
                                      .caller = &call->caller,
                                      .if_match = text_from(if_match),
                                      .now = call->now};
  struct api_world world = {.store = take_store(call, &error),
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
  give_back(call);
  return ok;
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

static bool answer_call(struct call *call, struct api_answer *answer) {
  const struct http_exchange *exchange = call->job->exchange;
  const struct api_place_found *place = &call->job->place;
  const struct api_input input = {.path = place->values,
                                  .path_count = place->value_count,
                                  .query = exchange->query,
                                  .body = exchange->body};
  return hold_setup(call, answer) && identify(call, answer) && may(call, answer) &&
         api_arguments_read(&call->arguments, call->operation, &input, call->now, answer) &&
         (call->operation->special == API_STREAMS ? open_stream(call, answer)
                                                  : run_operation(call, answer));
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
  if (!call.given_away)
    reply_give(job->exchange, &answer);
  api_arguments_free(&call.arguments);
  engine_setup_release(call.setup);
}
