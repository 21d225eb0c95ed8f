/*
 * Requests to a webhook source that runs. The first byte says which header it has and whether it is
 * signed well; four lines are the values of headers, the rest is the body. Each request is answered
 * once. 200 means that the body was pushed, byte by byte, unless it is a challenge, and comes only
 * when the signature is right; 401 only when it is not, or the time.
 */
#include "base/memory.h"
#include "http/forwarded.h"
#include "source/source.h"
#include "source/zoom/webhook/webhook_check.h"

#include <pthread.h>
#include <stdlib.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *count, char ***arguments);

extern const struct source_type source_zoom_webhook;

#define SECRET "s3cret"
#define NOW (INT64_C(1700000000) * US_PER_SECOND)
#define LINES 4

enum { SIGNED = 1, TIMED = 2, HAS_SIGNATURE = 4, HAS_TIME = 8, HAS_ENCODING = 16 };

static void must(bool holds) {
  if (!holds)
    abort();
}

struct request {
  char *lines[LINES]; /* signature, time, encoding, X-Forwarded-For */
  char signature[WEBHOOK_SIGNATURE_SIZE + 1];
  uint8_t flags;
  struct text body;
  pthread_mutex_t mutex; /* guards the rest */
  pthread_cond_t done;
  unsigned status, answers;
  bool pushed;
};

static struct world {
  void (*receive)(void *receiver, const struct intake_request *request);
  void *receiver;
  pthread_mutex_t mutex;
  pthread_cond_t opened;
  struct request *current; /* one at a time */
} world = {.mutex = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};

/* ---- what the source runs in ------------------------------------------------------------- */

static bool open_intake(void *context,
                        void (*receive)(void *receiver, const struct intake_request *request),
                        void *receiver, struct error *error) {
  (void)context, (void)error;
  pthread_mutex_lock(&world.mutex);
  world.receive = receive;
  world.receiver = receiver;
  pthread_cond_signal(&world.opened);
  pthread_mutex_unlock(&world.mutex);
  return true;
}

static void close_intake(void *context, void *receiver) {
  (void)context;
  (void)receiver;
}

static const char *header(const struct intake_request *given, const char *name) {
  const struct request *request = given->handle;
  if (strcasecmp(name, "x-zm-signature") == 0)
    return request->flags & SIGNED          ? request->signature
           : request->flags & HAS_SIGNATURE ? request->lines[0]
                                            : NULL;
  if (strcasecmp(name, "x-zm-request-timestamp") == 0)
    return request->flags & TIMED      ? "1700000000"
           : request->flags & HAS_TIME ? request->lines[1]
                                       : NULL;
  if (strcasecmp(name, "Content-Encoding") == 0)
    return request->flags & HAS_ENCODING ? request->lines[2] : NULL;
  return NULL;
}

static void answer(void *context, const struct intake_request *given,
                   const struct intake_answer *answer) {
  (void)context;
  struct request *request = given->handle;
  pthread_mutex_lock(&request->mutex);
  request->status = answer->status;
  request->answers++;
  pthread_cond_signal(&request->done);
  pthread_mutex_unlock(&request->mutex);
}

static bool push(void *context, struct batch *batch) {
  (void)context;
  struct text record;
  uint64_t occurrence;
  for (size_t cursor = 0; batch_next(batch, &cursor, &record, &occurrence);) {
    must(text_equal(record, world.current->body));
    world.current->pushed = true;
  }
  batch_settle(batch, true);
  batch_free(batch);
  return true;
}

static bool drain(void *context) {
  (void)context;
  return true;
}

static void *run(void *context) {
  static const time_us now = NOW;
  static atomic_bool stop;
  static const struct source_intake intake = {
      .open = open_intake, .close = close_intake, .header = header, .answer = answer};
  const struct source_run run = {.source = context,
                                 .clock = clock_fixed(&now),
                                 .output = {NULL, push, drain, NULL},
                                 .intake = &intake,
                                 .stop = &stop,
                                 .stop_fd = -1};
  struct error error = ERROR_NONE;
  source_zoom_webhook.run(&run, &error);
  return NULL;
}

/* The options by their table, as a configuration would fill them. */
static void *make_options(struct arena *arena) {
  static const char text[] = "{path: /zoom, secret_token: " SECRET "}";
  struct problems problems = PROBLEMS_NONE;
  struct yaml *yaml = yaml_load_text(TEXT(text), "options", NULL);
  const struct settings_reader reader = {.context = {yaml, &problems}, .arena = arena};
  void *options = arena_alloc(arena, source_zoom_webhook.kind.settings.size);
  must(settings_read(&reader, yaml_root(yaml), "options", &source_zoom_webhook.kind.settings,
                     options));
  yaml_free(yaml);
  return options;
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
  (void)count, (void)arguments;
  static struct arena arena;
  static struct source source = {.type = &source_zoom_webhook, .id = TEXT_INIT("hook")};
  pthread_t thread;
  source.options = make_options(&arena);
  must(pthread_create(&thread, NULL, run, &source) == 0);
  pthread_mutex_lock(&world.mutex);
  while (!world.receive)
    pthread_cond_wait(&world.opened, &world.mutex);
  pthread_mutex_unlock(&world.mutex);
  return 0;
}

/* ---- one request ------------------------------------------------------------------------- */

static void check_forwarded(const char *value) {
  struct ip_network trusted;
  struct ip peer;
  must(ip_network_parse(TEXT("127.0.0.0/8"), &trusted) && ip_parse(TEXT("127.0.0.1"), &peer));
  for (int i = 0; i < 2; i++) {
    const struct http_proxies proxies = {.trusted = &trusted, .count = 1, .forwarded = i == 1};
    struct ip client = http_proxies_client(&proxies, &peer, &value, 1);
    must(client.family == 4 || client.family == 6);
  }
}

static void check_status(const struct request *request) {
  const char *timestamp = request->flags & TIMED ? "1700000000" : request->lines[1];
  char expected[WEBHOOK_SIGNATURE_SIZE + 1];
  webhook_signature_of(TEXT(SECRET), text_from(timestamp), request->body, expected);
  bool is_signed = request->flags & SIGNED ||
                   (request->flags & HAS_SIGNATURE && strcmp(request->lines[0], expected) == 0);
  must(request->answers == 1);
  switch (request->status) {
  case 200:
    must(is_signed);
    must(request->pushed || memmem(request->body.data, request->body.size, "url_validation", 14));
    break;
  case 400:
    must(is_signed && !request->pushed);
    break;
  case 401:
    must(!(request->flags & SIGNED && request->flags & TIMED) && !request->pushed);
    break;
  default:
    must(request->status == 415 && request->flags & HAS_ENCODING && !request->pushed);
  }
}

static char *take_line(struct text *rest) {
  const char *end = rest->size > 0 ? memchr(rest->data, '\n', rest->size) : NULL;
  size_t size = end ? (size_t)(end - rest->data) : rest->size;
  char *line = memory_copy_bytes(rest->data, size);
  size += end != NULL;
  *rest = (struct text){rest->data + size, rest->size - size};
  return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct request request = {.mutex = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};
  if (size < 1)
    return 0;
  request.flags = data[0];
  struct text rest = {(const char *)data + 1, size - 1};
  for (size_t i = 0; i < LINES; i++)
    request.lines[i] = take_line(&rest);
  request.body = rest;
  webhook_signature_of(TEXT(SECRET),
                       text_from(request.flags & TIMED ? "1700000000" : request.lines[1]), rest,
                       request.signature);
  check_forwarded(request.lines[3]);
  world.current = &request;
  const struct intake_request given = {
      .handle = &request, .body = rest, .received = clock_monotonic()};
  world.receive(world.receiver, &given);
  pthread_mutex_lock(&request.mutex);
  while (request.answers == 0)
    pthread_cond_wait(&request.done, &request.mutex);
  pthread_mutex_unlock(&request.mutex);
  check_status(&request);
  for (size_t i = 0; i < LINES; i++)
    free(request.lines[i]);
  return 0;
}
