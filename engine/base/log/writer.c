#include "base/log/writer.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/signal_fd.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As much as a pipe that can be written to takes at once (pipe(7)), so that write does not block
 * after poll said that there is room, unless somebody else fills the pipe in between. */
enum { CHUNK_SIZE = PIPE_BUF };

struct piece {
  struct piece *next;
  writer_ended *ended;
  void *context;
  size_t size;
  char bytes[];
};

struct writer {
  int fd, stop_fd; /* an eventfd: readable when the rest is given up */
  size_t most;
  pthread_t thread;

  pthread_mutex_t mutex; /* guards what follows */
  pthread_cond_t changed;
  struct piece *first, **end; /* the first is being written */
  size_t waiting;             /* bytes */
  bool stopping, finished;
};

/* ---- the thread ---------------------------------------------------------------------------- */

/* Waits until there is room; 0, or ECANCELED when it is given up. */
static int wait_for_room(const struct writer *writer) {
  struct pollfd fds[] = {{.fd = writer->stop_fd, .events = POLLIN},
                         {.fd = writer->fd, .events = POLLOUT}};
  for (;;) {
    int ready = poll(fds, 2, -1);
    if (ready > 0 && fds[0].revents)
      return ECANCELED;
    if (ready > 0 && fds[1].revents)
      return 0; /* also where write has an error to report */
    if (ready < 0 && errno != EINTR)
      return errno;
  }
}

/* The one call that may block in spite of poll: the thread may be cancelled there, and only there,
 * where it holds nothing. */
static ssize_t write_some(const struct writer *writer, const char *bytes, size_t size) {
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  ssize_t written = write(writer->fd, bytes, size < CHUNK_SIZE ? size : CHUNK_SIZE);
  int code = errno;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  errno = code;
  return written;
}

static int write_piece(const struct writer *writer, const struct piece *piece) {
  for (size_t done = 0; done < piece->size;) {
    int code = wait_for_room(writer);
    if (code)
      return code;
    ssize_t written = write_some(writer, piece->bytes + done, piece->size - done);
    if (written > 0)
      done += (size_t)written;
    else if (written < 0 && errno != EINTR && errno != EAGAIN)
      return errno;
  }
  return 0;
}

/* The next one, which stays in the queue; NULL: there is none any more. */
static struct piece *wait_for_piece(struct writer *writer) {
  pthread_mutex_lock(&writer->mutex);
  while (!writer->first && !writer->stopping)
    pthread_cond_wait(&writer->changed, &writer->mutex);
  struct piece *piece = writer->first;
  pthread_mutex_unlock(&writer->mutex);
  return piece;
}

static void remove_first(struct writer *writer) {
  pthread_mutex_lock(&writer->mutex);
  struct piece *piece = writer->first;
  writer->first = piece->next;
  if (!writer->first)
    writer->end = &writer->first;
  writer->waiting -= piece->size;
  pthread_mutex_unlock(&writer->mutex);
}

static void *run(void *context) {
  struct writer *writer = context;
  struct piece *piece;
  int code = 0;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  while (code != ECANCELED && (piece = wait_for_piece(writer))) {
    code = write_piece(writer, piece);
    if (code == ECANCELED)
      break;
    remove_first(writer);
    if (piece->ended)
      piece->ended(piece->context, code);
    free(piece);
  }
  pthread_mutex_lock(&writer->mutex);
  writer->finished = true;
  pthread_cond_broadcast(&writer->changed);
  pthread_mutex_unlock(&writer->mutex);
  return NULL;
}

/* ---- from other threads -------------------------------------------------------------------- */

static void release(struct writer *writer) {
  while (writer->first) {
    struct piece *piece = writer->first;
    writer->first = piece->next;
    free(piece);
  }
  if (writer->stop_fd >= 0)
    close(writer->stop_fd);
  pthread_cond_destroy(&writer->changed);
  pthread_mutex_destroy(&writer->mutex);
  free(writer);
}

struct writer *writer_start(int fd, size_t most, struct error *error) {
  struct writer *writer = memory_alloc(sizeof *writer);
  pthread_condattr_t monotonic;
  *writer = (struct writer){.fd = fd, .stop_fd = signal_fd_new(), .most = most};
  writer->end = &writer->first;
  pthread_mutex_init(&writer->mutex, NULL);
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&writer->changed, &monotonic);
  pthread_condattr_destroy(&monotonic);
  if (writer->stop_fd >= 0 && pthread_create(&writer->thread, NULL, run, writer) == 0)
    return writer;
  error_set(error, "cannot start a thread that writes: the system gives no more");
  release(writer);
  return NULL;
}

bool writer_put(struct writer *writer, struct text text, writer_ended *ended, void *context) {
  struct piece *piece = memory_alloc(sizeof *piece + text.size);
  *piece = (struct piece){.ended = ended, .context = context, .size = text.size};
  if (text.size > 0)
    memcpy(piece->bytes, text.data, text.size);
  pthread_mutex_lock(&writer->mutex);
  bool fits = writer->waiting == 0 ||
              (writer->waiting <= writer->most && text.size <= writer->most - writer->waiting);
  if (fits) {
    *writer->end = piece;
    writer->end = &piece->next;
    writer->waiting += text.size;
    pthread_cond_broadcast(&writer->changed);
  }
  pthread_mutex_unlock(&writer->mutex);
  if (!fits)
    free(piece);
  return fits;
}

static void wait_until_finished(struct writer *writer, int64_t most_us) {
  int64_t at = clock_monotonic() + most_us;
  const struct timespec until = {.tv_sec = at / US_PER_SECOND,
                                 .tv_nsec = at % US_PER_SECOND * 1000};
  pthread_mutex_lock(&writer->mutex);
  writer->stopping = true;
  pthread_cond_broadcast(&writer->changed);
  int failed = 0;
  while (!writer->finished && !failed && most_us > 0)
    failed = pthread_cond_timedwait(&writer->changed, &writer->mutex, &until);
  pthread_mutex_unlock(&writer->mutex);
}

void writer_stop(struct writer *writer, int64_t most_us) {
  if (!writer)
    return;
  wait_until_finished(writer, most_us);
  signal_fd_raise(writer->stop_fd);
  pthread_cancel(writer->thread);
  pthread_join(writer->thread, NULL);
  release(writer);
}
