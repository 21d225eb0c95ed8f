/* Answers in pieces, written by another thread than the listener's. */
#include "http/http_fixture.h"

/* Where a handler leaves its stream for the test. */
struct outlet {
  pthread_mutex_t lock;
  struct http_stream *stream;
};

#define OUTLET ((struct outlet){.lock = PTHREAD_MUTEX_INITIALIZER})

static void open_stream(void *context, struct http_exchange *exchange) {
  struct outlet *outlet = context;
  struct http_answer answer = HTTP_ANSWER(200);
  answer.content_type = "text/event-stream";
  http_answer_header(&answer, "Cache-Control", "no-store");
  buffer_append_string(&answer.body, "first;");
  pthread_mutex_lock(&outlet->lock);
  outlet->stream = http_exchange_stream(exchange, &answer);
  pthread_mutex_unlock(&outlet->lock);
}

static struct http_stream *stream_of(struct outlet *outlet) {
  pthread_mutex_lock(&outlet->lock);
  struct http_stream *stream = outlet->stream;
  outlet->stream = NULL;
  pthread_mutex_unlock(&outlet->lock);
  return stream;
}

struct world {
  struct outlet outlet;
  struct http_route row;
  struct http_listener *listener;
  struct http_stream *stream;
  int fd;
};

/* A listener, and a client that has asked for the stream. */
static void world_open(struct world *world, const struct http_limits *limits, const char *request) {
  struct http_listener_options options = {.limits = *limits};
  *world = (struct world){.outlet = OUTLET};
  world->row = (struct http_route){
      .method = "GET", .path = "/", .handler = open_stream, .context = &world->outlet};
  world->listener = listen_with(&options, &world->row, 1);
  world->fd = dial(world->listener);
  send_string(world->fd, request);
  WAIT_UNTIL((world->stream = stream_of(&world->outlet)));
}

static void world_close(struct world *world) {
  http_listener_free(world->listener);
  close(world->fd);
}

/* Reads until the text has come. */
static void expect(int fd, struct buffer *seen, const char *text) {
  while (!seen->data || !strstr(seen->data, text))
    assert_true(read_more(fd, seen, 4096));
  buffer_reset(seen);
  seen->data[0] = '\0';
}

static void pieces_come_when_they_are_written(void **state) {
  (void)state;
  struct http_limits limits = http_limits_default();
  struct buffer seen = BUFFER_NONE;
  struct world world;
  world_open(&world, &limits, GET("/"));
  expect(world.fd, &seen, "\r\n6\r\nfirst;\r\n");
  for (int i = 0; i < 50; i++) {
    char piece[32], chunk[64];
    snprintf(piece, sizeof piece, "data: %04d\n\n", i);
    snprintf(chunk, sizeof chunk, "C\r\n%s\r\n", piece);
    assert_int_equal(http_stream_write(world.stream, text_from(piece)), HTTP_STREAM_TAKEN);
    expect(world.fd, &seen, chunk);
  }
  assert_int_equal(http_stream_write(world.stream, TEXT("")), HTTP_STREAM_TAKEN);
  http_stream_end(world.stream);
  expect(world.fd, &seen, "0\r\n\r\n");
  send_string(world.fd, GET("/")); /* the connection goes on */
  WAIT_UNTIL((world.stream = stream_of(&world.outlet)));
  expect(world.fd, &seen, "text/event-stream");
  http_stream_end(world.stream);
  expect(world.fd, &seen, "0\r\n\r\n");
  buffer_free(&seen);
  world_close(&world);
}

static void a_stream_to_an_old_client_ends_with_the_connection(void **state) {
  (void)state;
  struct http_limits limits = http_limits_default();
  struct buffer seen = BUFFER_NONE;
  struct world world;
  world_open(&world, &limits, "GET / HTTP/1.0\r\n\r\n");
  http_stream_write(world.stream, TEXT("second;"));
  http_stream_end(world.stream);
  while (read_more(world.fd, &seen, 4096))
    continue;
  assert_non_null(strstr(seen.data, "\r\n\r\nfirst;second;"));
  buffer_free(&seen);
  world_close(&world);
}

static void a_stream_that_only_the_head_is_asked_of_is_gone(void **state) {
  (void)state;
  struct http_limits limits = http_limits_default();
  struct world world;
  world_open(&world, &limits, "HEAD / HTTP/1.1\r\nHost: test\r\n\r\n");
  struct reply reply = read_reply(world.fd, false);
  assert_int_equal(reply.status, 200);
  WAIT_UNTIL(http_stream_write(world.stream, TEXT("x")) == HTTP_STREAM_GONE);
  http_stream_end(world.stream);
  reply_free(&reply);
  world_close(&world);
}

static void a_writer_notices_that_the_client_has_left(void **state) {
  (void)state;
  struct http_limits limits = http_limits_default();
  struct buffer seen = BUFFER_NONE;
  struct world world;
  world_open(&world, &limits, GET("/"));
  expect(world.fd, &seen, "first;");
  close(world.fd);
  world.fd = dial(world.listener);
  WAIT_UNTIL(http_stream_write(world.stream, TEXT(":\n\n")) == HTTP_STREAM_GONE);
  http_stream_end(world.stream);
  WAIT_UNTIL(count(world.listener).aborted == 1);
  buffer_free(&seen);
  world_close(&world);
}

static void a_slow_client_fills_its_buffer_and_is_cut_off(void **state) {
  (void)state;
  static char piece[64 * 1024];
  struct http_limits limits = http_limits_default();
  limits.stream_buffer_max = 100 * 1024;
  limits.answer_timeout_us = 100 * US_PER_MS;
  struct world world;
  world_open(&world, &limits, GET("/"));
  memset(piece, 'x', sizeof piece);
  struct text text = {piece, sizeof piece};
  enum http_stream_result result;
  size_t full = 0;
  WAIT_UNTIL((full += (result = http_stream_write(world.stream, text)) == HTTP_STREAM_FULL,
              result == HTTP_STREAM_GONE));
  assert_true(full > 0);
  WAIT_UNTIL(count(world.listener).refused[HTTP_REFUSED_ANSWER_TIME] == 1);
  http_stream_end(world.stream);
  world_close(&world);
}

static void a_stream_that_is_silent_is_not_cut_off(void **state) {
  (void)state;
  struct http_limits limits = http_limits_default();
  limits.answer_timeout_us = limits.head_timeout_us = 30 * US_PER_MS;
  struct buffer seen = BUFFER_NONE;
  struct world world;
  world_open(&world, &limits, GET("/"));
  expect(world.fd, &seen, "first;");
  for (int i = 0; i < 3; i++) { /* as long as others need to be cut off, three times */
    int silent = dial(world.listener);
    assert_true(is_closed(silent));
    close(silent);
  }
  assert_int_equal(http_stream_write(world.stream, TEXT("second;")), HTTP_STREAM_TAKEN);
  expect(world.fd, &seen, "second;");
  http_stream_end(world.stream);
  buffer_free(&seen);
  world_close(&world);
}

static void a_stop_ends_streams_at_once(void **state) {
  (void)state;
  struct http_limits limits = http_limits_default();
  struct buffer seen = BUFFER_NONE;
  struct world world;
  world_open(&world, &limits, GET("/"));
  time_us started = clock_monotonic();
  http_listener_stop(world.listener, PATIENCE_US);
  assert_true(clock_monotonic() - started < PATIENCE_US / 2);
  expect(world.fd, &seen, "0\r\n\r\n"); /* a whole body */
  world_close(&world);
  assert_int_equal(http_stream_write(world.stream, TEXT("x")), HTTP_STREAM_GONE);
  http_stream_end(world.stream); /* after the listener is gone */
  buffer_free(&seen);
}

static void a_stream_may_be_begun_by_another_thread_and_after_the_stop(void **state) {
  (void)state;
  struct shelf shelf = SHELF;
  const struct http_route rows[] = {{.path = "/", .handler = keep, .context = &shelf}};
  struct http_listener_options options = listener_options();
  struct http_listener *listener = listen_with(&options, rows, 1);
  struct buffer seen = BUFFER_NONE;
  int fd = dial(listener), late = dial(listener);
  send_string(fd, GET("/"));
  WAIT_UNTIL(shelf_count(&shelf) == 1);
  struct http_answer answer = HTTP_ANSWER(200);
  struct http_stream *stream = http_exchange_stream(shelf.kept[0], &answer);
  assert_int_equal(http_stream_write(stream, TEXT("piece")), HTTP_STREAM_TAKEN);
  expect(fd, &seen, "5\r\npiece\r\n");
  http_stream_end(stream);
  send_string(late, GET("/"));
  WAIT_UNTIL(shelf_count(&shelf) == 2);
  http_listener_free(listener);
  answer = HTTP_ANSWER(200);
  buffer_append_string(&answer.body, "dropped");
  stream = http_exchange_stream(shelf.kept[1], &answer);
  assert_int_equal(http_stream_write(stream, TEXT("x")), HTTP_STREAM_GONE);
  http_stream_end(stream);
  buffer_free(&seen);
  close(fd);
  close(late);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pieces_come_when_they_are_written),
      cmocka_unit_test(a_stream_to_an_old_client_ends_with_the_connection),
      cmocka_unit_test(a_stream_that_only_the_head_is_asked_of_is_gone),
      cmocka_unit_test(a_writer_notices_that_the_client_has_left),
      cmocka_unit_test(a_slow_client_fills_its_buffer_and_is_cut_off),
      cmocka_unit_test(a_stream_that_is_silent_is_not_cut_off),
      cmocka_unit_test(a_stop_ends_streams_at_once),
      cmocka_unit_test(a_stream_may_be_begun_by_another_thread_and_after_the_stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
