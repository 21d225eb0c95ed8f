#include "delivery/work.h"

#include "base/memory.h"
#include "base/signal_fd.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct work {
  delivery_work_run *run;
  struct delivery_work given; /* of what follows */
  struct buffer target, arguments, body;
  char *ca_file, *cert_file, *key_file, *proxy;
  pthread_t thread;

  pthread_mutex_t mutex; /* guards what follows */
  pthread_cond_t changed;
  CURLM *multi;
  bool ended, abandoned;
  enum delivery_verdict verdict;
  struct error reason;
};

static struct delivery_work given_of(const struct delivery_request *request,
                                     const struct destination *destination, int64_t most_us) {
  return (struct delivery_work){.target = buffer_text(&request->url),
                                .arguments = buffer_text(&request->work.arguments),
                                .body = buffer_text(&request->body),
                                .tls = request->tls,
                                .proxy = destination->proxy,
                                .guarded = !destination->allow_private,
                                .stop_fd = -1,
                                .until = clock_monotonic() + most_us};
}

static void release(struct work *work) {
  if (work->given.stop_fd >= 0)
    close(work->given.stop_fd);
  buffer_free(&work->target);
  buffer_free(&work->arguments);
  buffer_free(&work->body);
  free(work->ca_file);
  free(work->cert_file);
  free(work->key_file);
  free(work->proxy);
  pthread_cond_destroy(&work->changed);
  pthread_mutex_destroy(&work->mutex);
  free(work);
}

static void *run(void *context) {
  struct work *work = context;
  struct error reason = ERROR_NONE;
  enum delivery_verdict verdict = work->run(&work->given, &reason);
  pthread_mutex_lock(&work->mutex);
  work->verdict = verdict;
  work->reason = reason;
  work->ended = true;
  bool abandoned = work->abandoned;
  if (work->multi)
    curl_multi_wakeup(work->multi);
  pthread_cond_broadcast(&work->changed);
  pthread_mutex_unlock(&work->mutex);
  if (abandoned)
    release(work);
  return NULL;
}

static char *copy_of(const char *string) {
  return string ? memory_copy_bytes(string, strlen(string)) : NULL;
}

static struct buffer move(struct buffer *buffer) {
  struct buffer moved = *buffer;
  *buffer = BUFFER_NONE;
  return moved;
}

static struct work *work_new(struct delivery_request *request,
                             const struct destination *destination, int64_t most_us) {
  const struct delivery_work given = given_of(request, destination, most_us);
  struct work *work = memory_alloc(sizeof *work);
  *work = (struct work){.run = request->work.run,
                        .given = given,
                        .target = move(&request->url),
                        .arguments = move(&request->work.arguments),
                        .body = move(&request->body),
                        .ca_file = copy_of(request->tls.ca_file),
                        .cert_file = copy_of(request->tls.cert_file),
                        .key_file = copy_of(request->tls.key_file),
                        .proxy = copy_of(destination->proxy)};
  work->given.tls = (struct http_tls){work->ca_file, work->cert_file, work->key_file};
  work->given.proxy = work->proxy;
  work->given.stop_fd = signal_fd_new();
  pthread_condattr_t monotonic;
  pthread_mutex_init(&work->mutex, NULL);
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&work->changed, &monotonic);
  pthread_condattr_destroy(&monotonic);
  return work;
}

struct work *work_start(struct delivery_request *request, const struct destination *destination,
                        int64_t most_us, CURLM *multi, struct error *error) {
  struct work *work = work_new(request, destination, most_us);
  work->multi = multi;
  if (work->given.stop_fd >= 0 && pthread_create(&work->thread, NULL, run, work) == 0)
    return work;
  error_set(error, "cannot start a thread for the delivery: the system gives no more");
  release(work);
  return NULL;
}

bool work_ended(struct work *work, enum delivery_verdict *verdict, struct error *reason) {
  pthread_mutex_lock(&work->mutex);
  bool ended = work->ended;
  if (ended) {
    *verdict = work->verdict;
    *reason = work->reason;
  }
  pthread_mutex_unlock(&work->mutex);
  return ended;
}

void work_stop(struct work *work, int64_t most_us) {
  if (!work)
    return;
  int64_t at = clock_monotonic() + most_us;
  const struct timespec until = {.tv_sec = at / US_PER_SECOND,
                                 .tv_nsec = at % US_PER_SECOND * 1000};
  int failed = 0;
  signal_fd_raise(work->given.stop_fd);
  pthread_mutex_lock(&work->mutex);
  while (!work->ended && !failed)
    failed = pthread_cond_timedwait(&work->changed, &work->mutex, &until);
  bool ended = work->ended;
  pthread_t thread = work->thread;
  work->abandoned = !ended;
  work->multi = NULL;
  pthread_mutex_unlock(&work->mutex);
  if (ended) {
    pthread_join(thread, NULL);
    release(work);
  } else {
    pthread_detach(thread); /* it frees its work, if it ever ends */
  }
}

enum delivery_verdict work_do(const struct delivery_request *request,
                              const struct destination *destination, int64_t most_us,
                              struct error *reason) {
  const struct delivery_work given = given_of(request, destination, most_us);
  return request->work.run(&given, reason);
}
