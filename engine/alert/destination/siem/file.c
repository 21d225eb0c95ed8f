/*
 * A file to which a line of JSON is appended for every occasion of an alert, and synced before it
 * counts as delivered. It is opened anew each time, so whoever rotates it needs no signal. After a
 * crash a line may come again, with the same `idempotency_key`.
 */
#include "alert/destination/siem/siem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  LINE_MAX_SIZE = 1 << 20,
  LOCK_AGAIN_MS = 10, /* flock(2) cannot be waited for beside anything else */
  MODE = 0600,
};

struct file_options {
  struct text path;
};

static const struct setting settings[] = {
    {.key = "path",
     .kind = SETTING_PATH,
     .offset = offsetof(struct file_options, path),
     .required = true,
     .help = "the file, which is created if it is missing, readable by its owner only"},
};

static bool fails(struct error *reason, const char *what) {
  int code = errno;
  return error_set(reason, "the file cannot be %s: %s", what, strerror(code));
}

/* Two lines at once must not mix, and each must begin at a line's beginning. */
static bool lock(const struct delivery_work *work, int fd, struct error *reason) {
  struct pollfd stop = {.fd = work->stop_fd, .events = POLLIN};
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return fails(reason, "locked");
    if (clock_monotonic() >= work->until || poll(&stop, 1, LOCK_AGAIN_MS) > 0)
      return error_set(reason, "the file is locked by another program");
  }
  return true;
}

static bool write_whole(int fd, struct text text) {
  while (text.size > 0) {
    ssize_t written = write(fd, text.data, text.size);
    if (written < 0 && errno != EINTR)
      return false;
    size_t done = written > 0 ? (size_t)written : 0;
    text = (struct text){text.data + done, text.size - done};
  }
  return true;
}

/* A file that was begun by this line must be there after a crash, too. */
static bool sync_folder(const char *path) {
  struct buffer folder = BUFFER_NONE;
  const char *slash = strrchr(path, '/');
  if (!slash)
    buffer_append_char(&folder, '.');
  else
    buffer_append_text(&folder, (struct text){path, slash == path ? 1 : (size_t)(slash - path)});
  int fd = open(folder.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool ok = fd >= 0 && fsync(fd) == 0;
  if (fd >= 0)
    close(fd);
  buffer_free(&folder);
  return ok;
}

static bool append(const struct delivery_work *work, int fd, struct error *reason) {
  struct stat stat;
  char last = '\n';
  if (!lock(work, fd, reason))
    return false;
  if (fstat(fd, &stat) != 0 || (stat.st_size > 0 && pread(fd, &last, 1, stat.st_size - 1) != 1))
    return fails(reason, "read");
  /* What a crash or a full disk cut stays a line of its own. */
  if ((last != '\n' && !write_whole(fd, TEXT("\n"))) || !write_whole(fd, work->body)) {
    fails(reason, "written");
    if (ftruncate(fd, stat.st_size) != 0)
      error_append(reason, ", and ends in a part of a line");
    return false;
  }
  if (fdatasync(fd) != 0 || (stat.st_size == 0 && !sync_folder(work->target.data)))
    return fails(reason, "synced");
  return true;
}

static enum delivery_verdict run(const struct delivery_work *work, struct error *reason) {
  struct stat stat;
  int fd = open(work->target.data, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                MODE);
  if (fd < 0) {
    fails(reason, "opened");
    return DELIVERY_RETRY;
  }
  bool ok = fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode);
  if (!ok)
    error_set(reason, "this is no file: check the path");
  ok = ok && append(work, fd, reason);
  close(fd);
  return ok ? DELIVERY_DONE : DELIVERY_RETRY;
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  (void)error;
  const struct file_options *options = destination->options;
  const struct siem_record record = siem_record_of(destination, alert, attempt);
  request->transport = DELIVERY_WORK;
  request->work.run = run;
  request->work.verb = "append to";
  buffer_append_text(&request->url, options->path);
  siem_append(&request->body, &record, LINE_MAX_SIZE - 1, siem_append_alert);
  buffer_append_char(&request->body, '\n');
  return true;
}

const struct destination_type destination_file = {
    .kind = {.name = "file",
             .help = "a file, to which a line of JSON is appended for every occasion",
             .settings = SETTINGS(settings, struct file_options)},
    .occasions = ALERT_WHEN_ALWAYS,
    .render = render,
};
