#include "base/program.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the start --------------------------------------------------------------------------- */

static void add_files(posix_spawn_file_actions_t *actions, int input) {
  posix_spawn_file_actions_adddup2(actions, input, STDIN_FILENO);
  posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addchdir_np(actions, "/");
#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 34)
  posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
#endif
#endif
}

/* A thread blocks signals, and this process ignores some; the program starts as from a shell. */
static void add_signals(posix_spawnattr_t *attributes) {
  static const int usual[] = {SIGPIPE, SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
    sigaddset(&defaults, usual[i]);
  posix_spawnattr_setsigmask(attributes, &none);
  posix_spawnattr_setsigdefault(attributes, &defaults);
  posix_spawnattr_setpgroup(attributes, 0);
  posix_spawnattr_setflags(attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

/* 0, or an errno. `input` is the end to write to. */
static int start(const struct program_run *run, pid_t *child, int *input) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return errno;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  add_files(&actions, ends[0]);
  add_signals(&attributes);
  int code = posix_spawn(child, run->arguments[0], &actions, &attributes, run->arguments,
                         run->environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[0]);
  *input = ends[1];
  if (code != 0)
    close(ends[1]);
  else
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
  return code;
}

/* ---- while it runs ----------------------------------------------------------------------- */

/* Writes what there is room for; closes the pipe at the end, or when nobody reads. */
static void feed(int *input, struct text *left) {
  ssize_t written = left->size > 0 ? write(*input, left->data, left->size) : 0;
  if (written > 0)
    *left = (struct text){left->data + written, left->size - (size_t)written};
  if (left->size == 0 || (written < 0 && errno != EAGAIN && errno != EINTR)) {
    close(*input);
    *input = -1;
  }
}

/* Until it has ended (true) or is to be given up. */
static bool attend(const struct program_run *run, int process, int *input, struct error *reason) {
  struct text left = run->input;
  for (;;) {
    struct pollfd fds[] = {{.fd = process, .events = POLLIN},
                           {.fd = run->stop_fd, .events = POLLIN},
                           {.fd = *input, .events = POLLOUT}};
    int64_t left_us = run->until - clock_monotonic();
    if (left_us <= 0)
      return error_set(reason, "the program takes too long, and was killed");
    int ready = poll(fds, 3, (int)(left_us / US_PER_MS) + 1);
    if (ready < 0 && errno != EINTR)
      return error_set(reason, "the program cannot be waited for: %s", strerror(errno));
    if (ready <= 0)
      continue;
    if (fds[0].revents)
      return true;
    if (fds[1].revents)
      return error_set(reason, "the program was killed, since margay ends");
    if (fds[2].revents)
      feed(input, &left);
  }
}

/* It is not reaped yet, so its number is still its own. */
static int reap(pid_t child, bool ended, struct error *reason) {
  int status = 0;
  kill(-child, SIGKILL);
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) {
      error_set(reason, "the program cannot be waited for: %s", strerror(errno));
      return -1;
    }
  if (ended && WIFEXITED(status))
    return WEXITSTATUS(status);
  error_set(reason, "the program was killed by signal %d", WTERMSIG(status));
  return -1;
}

int program_run(const struct program_run *run, struct error *reason) {
  pid_t child = -1;
  int input = -1;
  int code = start(run, &child, &input);
  if (code != 0) {
    error_set(reason, "the program cannot be started: %s", strerror(code));
    return -1;
  }
  int process = (int)syscall(SYS_pidfd_open, child, 0); /* Linux 5.3; closed on exec */
  bool ended = process >= 0
                   ? attend(run, process, &input, reason)
                   : error_set(reason, "the program cannot be watched: %s", strerror(errno));
  if (input >= 0)
    close(input);
  if (process >= 0)
    close(process);
  return reap(child, ended, reason);
}
