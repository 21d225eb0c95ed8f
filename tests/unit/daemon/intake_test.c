/* Between the listener and the sources that run: who receives a request, and who answers it when
 * nobody does. */
#include "daemon/intake.h"

#include "daemon/metrics.h"
#include "http/http_fixture.h"

struct fixture {
  struct counters *counters;
  struct intake_hub *hub;
  struct http_listener *listener;
  const struct source_intake *intake;

  atomic_bool holds;    /* a receiver is to wait … */
  atomic_bool waits;    /* … and does */
  atomic_bool left;     /* it has answered */
  atomic_bool closing;  /* close was called, or is about to be */
  bool left_before_end; /* of close */
};

static size_t takes(const void *options, struct intake_route routes[INTAKE_ROUTES_MAX]) {
  (void)options;
  routes[0] = (struct intake_route){.path = TEXT("/one"), .body_max = 10};
  routes[1] = (struct intake_route){.path = TEXT("/two"), .body_max = 10};
  return 2;
}

static const struct source_type type = {.takes = takes};
static const struct source source = {.type = &type, .id = TEXT_INIT("hook")};

static int start(void **state) {
  struct fixture *f = memory_alloc(sizeof *f);
  struct http_listener_options options = listener_options();
  struct http_route rows[INTAKE_ROUTES_MAX];
  f->counters = daemon_counters_new();
  f->hub = intake_hub_new(f->counters);
  f->intake = intake_hub_source(f->hub, source.id);
  f->listener = listen_with(&options, rows, intake_hub_routes(f->hub, &source, rows));
  *state = f;
  return 0;
}

static int end(void **state) {
  struct fixture *f = *state;
  http_listener_free(f->listener);
  intake_hub_free(f->hub);
  counters_free(f->counters);
  free(f);
  return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

/* Answers with the route's number, the body and a header. */
static void receive(void *receiver, const struct intake_request *request) {
  struct fixture *f = receiver;
  atomic_store(&f->waits, true);
  while (atomic_load(&f->holds))
    pause_shortly();
  struct buffer body = BUFFER_NONE;
  buffer_printf(&body, "%zu %.*s %s", request->route, TEXT_ARGS(request->body),
                f->intake->header(request, "x-own"));
  const struct intake_answer answer = {
      .outcome = INTAKE_ACCEPTED, .status = 200, .body = buffer_text(&body)};
  f->intake->answer(f->intake->context, request, &answer);
  buffer_free(&body);
  atomic_store(&f->left, true);
}

static bool open_intake(struct fixture *f) {
  struct error error = ERROR_NONE;
  return f->intake->open(f->intake->context, receive, f, &error);
}

static int send_post(struct fixture *f, const char *path) {
  char request[200];
  int fd = dial(f->listener);
  snprintf(request, sizeof request,
           "POST %s HTTP/1.1\r\nHost: x\r\nX-Own: mine\r\nContent-Length: 4\r\n\r\nbody", path);
  assert_true(send_string(fd, request));
  return fd;
}

static struct reply reply_of(int fd) {
  struct reply reply = read_reply(fd, true);
  close(fd);
  return reply;
}

static void assert_reply(struct fixture *f, const char *path, unsigned status, const char *body) {
  struct reply reply = reply_of(send_post(f, path));
  assert_int_equal(reply.status, status);
  if (body)
    assert_string_equal(reply.body.data, body);
  reply_free(&reply);
}

static int64_t times(struct fixture *f, const char *outcome) {
  return counters_value(f->counters, METRIC_INTAKE_REQUESTS,
                        METRIC_VALUES(source.id, text_from(outcome)));
}

static void a_source_receives_at_all_its_paths_while_it_is_open(void **state) {
  struct fixture *f = *state;
  assert_reply(f, "/one", 503, NULL);
  assert_true(open_intake(f));
  assert_reply(f, "/one", 200, "0 body mine");
  assert_reply(f, "/two", 200, "1 body mine");
  f->intake->close(f->intake->context, f);
  assert_reply(f, "/two", 503, NULL);
  assert_int_equal(times(f, "accepted"), 2);
  assert_int_equal(times(f, "unavailable"), 2);
  assert_true(open_intake(f));
  f->intake->close(f->intake->context, f);
}

static void who_is_answered_503_is_asked_to_come_again(void **state) {
  struct fixture *f = *state;
  char value[16];
  struct reply reply = reply_of(send_post(f, "/one"));
  assert_string_equal(reply_header(&reply, "Retry-After", value, sizeof value), "60");
  reply_free(&reply);
}

static void *close_intake(void *context) {
  struct fixture *f = context;
  atomic_store(&f->closing, true);
  f->intake->close(f->intake->context, f);
  f->left_before_end = atomic_load(&f->left);
  return NULL;
}

static void a_close_waits_for_receivers_that_run(void **state) {
  struct fixture *f = *state;
  pthread_t closer;
  atomic_store(&f->holds, true);
  assert_true(open_intake(f));
  int fd = send_post(f, "/one");
  WAIT_UNTIL(atomic_load(&f->waits));
  assert_int_equal(pthread_create(&closer, NULL, close_intake, f), 0);
  WAIT_UNTIL(atomic_load(&f->closing));
  atomic_store(&f->holds, false);
  pthread_join(closer, NULL);
  assert_true(f->left_before_end);
  struct reply reply = reply_of(fd);
  assert_int_equal(reply.status, 200);
  reply_free(&reply);
}

static void answer_moved(void *receiver, const struct intake_request *request) {
  struct fixture *f = receiver;
  const struct intake_answer answer = {
      .outcome = INTAKE_ACCEPTED, .status = 200, .body = TEXT("moved")};
  f->intake->answer(f->intake->context, request, &answer);
}

static void of_two_receivers_the_later_one_receives(void **state) {
  struct fixture *f = *state;
  struct fixture later = {.intake = f->intake};
  struct error error = ERROR_NONE;
  assert_true(open_intake(f));
  assert_true(f->intake->open(f->intake->context, answer_moved, &later, &error));
  assert_reply(f, "/one", 200, "moved");
  f->intake->close(f->intake->context, f);
  assert_reply(f, "/one", 200, "moved");
  assert_true(open_intake(f));
  assert_reply(f, "/one", 200, "0 body mine");
  f->intake->close(f->intake->context, f);
  assert_reply(f, "/one", 200, "moved");
  f->intake->close(f->intake->context, &later);
  assert_reply(f, "/one", 503, NULL);
}

static void a_source_that_comes_back_shows_its_counts_again(void **state) {
  struct fixture *f = *state;
  assert_reply(f, "/one", 503, NULL);
  counters_retire(f->counters, "source", source.id);
  assert_int_equal(times(f, "unavailable"), 0);
  assert_true(open_intake(f));
  f->intake->close(f->intake->context, f);
  assert_reply(f, "/one", 503, NULL);
  assert_int_equal(times(f, "unavailable"), 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_source_receives_at_all_its_paths_while_it_is_open),
      TEST(who_is_answered_503_is_asked_to_come_again),
      TEST(a_close_waits_for_receivers_that_run),
      TEST(of_two_receivers_the_later_one_receives),
      TEST(a_source_that_comes_back_shows_its_counts_again),
  };
  return cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}
