/*
 * A library to preload (LD_PRELOAD) that makes one system call of `margay run` fail, or kills the
 * process there, or writes down what reached the state file. tests/fault/fault.bash drives it.
 *
 * A site is CALL@TARGET:N, the Nth call of that kind on that target since the process began:
 *
 *   pwrite@wal:17      the 17th write into the write-ahead log
 *   send@socket:3      the third send on any socket
 *   poll@process:40    calls that have no file are the whole process's
 *
 * The environment says what to do.
 *
 * MARGAY_FAULT_STATE: the path of the state file. Its targets are `state`, `wal` and `shm`, `lock`
 * for the lock file beside it, and `folder`.
 *
 * MARGAY_FAULT: SITE:WHAT, or SITE:WHAT+ for that call and all like it from then on. WHAT is a name
 * of `errors` below, or
 *
 *   short    half of the bytes are written or read
 *   kill     the process is killed before the call
 *   torn     half of the bytes are written, then the process is killed
 *
 * MARGAY_FAULT_OUT: a file to append to: "struck SITE" when it happens, and at the end of the
 * process "CALL@TARGET COUNT" for every kind of call that happened.
 *
 * MARGAY_FAULT_JOURNAL: a file to append every change of state file and log to, and every sync of
 * them (struct journal_entry); tests/fault/images.c reads it.
 *
 * Any thread may call; nothing is allocated.
 */
#undef _FORTIFY_SOURCE /* its inline functions have the names of ours */

#include "journal.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DESCRIPTORS_MAX = 4096 };

enum target {
  TARGET_OTHER, /* a file that nobody asked for: never counted */
  TARGET_STATE,
  TARGET_WAL,
  TARGET_SHM,
  TARGET_LOCK,
  TARGET_FOLDER,
  TARGET_SOCKET,
  TARGET_PROCESS,
  TARGETS
};

static const char *const target_names[TARGETS] = {"",     "state",  "wal",    "shm",
                                                  "lock", "folder", "socket", "process"};

enum call {
  CALL_OPEN,
  CALL_CLOSE, /* never counted: it cannot fail in a way that matters */
  CALL_READ,
  CALL_PREAD,
  CALL_WRITE,
  CALL_PWRITE,
  CALL_FSYNC,
  CALL_FDATASYNC,
  CALL_FTRUNCATE,
  CALL_MMAP,
  CALL_RENAME,
  CALL_UNLINK,
  CALL_MKNOD,
  CALL_SOCKET,
  CALL_CONNECT,
  CALL_SEND,
  CALL_SENDMSG,
  CALL_RECV,
  CALL_ACCEPT4,
  CALL_EPOLL_WAIT,
  CALL_POLL,
  CALL_NANOSLEEP,
  CALL_GETRANDOM,
  CALL_PTHREAD_CREATE,
  CALLS
};

/* What is counted, and the C library's own function behind it. */
static const struct {
  const char *name, *symbol;
} calls[CALLS] = {
    [CALL_OPEN] = {"open", "open64"},
    [CALL_CLOSE] = {"close", "close"},
    [CALL_READ] = {"read", "read"},
    [CALL_PREAD] = {"pread", "pread64"},
    [CALL_WRITE] = {"write", "write"},
    [CALL_PWRITE] = {"pwrite", "pwrite64"},
    [CALL_FSYNC] = {"fsync", "fsync"},
    [CALL_FDATASYNC] = {"fdatasync", "fdatasync"},
    [CALL_FTRUNCATE] = {"ftruncate", "ftruncate64"},
    [CALL_MMAP] = {"mmap", "mmap64"},
    [CALL_RENAME] = {"rename", "rename"},
    [CALL_UNLINK] = {"unlink", "unlink"},
    [CALL_MKNOD] = {"mknod", "mknod"},
    [CALL_SOCKET] = {"socket", "socket"},
    [CALL_CONNECT] = {"connect", "connect"},
    [CALL_SEND] = {"send", "send"},
    [CALL_SENDMSG] = {"sendmsg", "sendmsg"},
    [CALL_RECV] = {"recv", "recv"},
    [CALL_ACCEPT4] = {"accept4", "accept4"},
    [CALL_EPOLL_WAIT] = {"epoll_wait", "epoll_wait"},
    [CALL_POLL] = {"poll", "poll"},
    [CALL_NANOSLEEP] = {"nanosleep", "nanosleep"},
    [CALL_GETRANDOM] = {"getrandom", "getrandom"},
    [CALL_PTHREAD_CREATE] = {"pthread_create", "pthread_create"},
};

static const struct {
  const char *name;
  int number;
} errors[] = {
    {"EIO", EIO},
    {"ENOSPC", ENOSPC},
    {"EDQUOT", EDQUOT},
    {"EINTR", EINTR},
    {"EAGAIN", EAGAIN},
    {"EMFILE", EMFILE},
    {"ENFILE", ENFILE},
    {"ENOMEM", ENOMEM},
    {"EACCES", EACCES},
    {"EROFS", EROFS},
    {"EPIPE", EPIPE},
    {"ECONNRESET", ECONNRESET},
    {"ECONNREFUSED", ECONNREFUSED},
    {"ETIMEDOUT", ETIMEDOUT},
    {"ECONNABORTED", ECONNABORTED},
};

enum what { WHAT_ERROR, WHAT_SHORT, WHAT_KILL, WHAT_TORN };

static struct {
  enum call call;
  enum target target;
  unsigned long number; /* 0: no fault is wanted */
  enum what what;
  int error;
  bool stays;
} fault;

static void *next[CALLS]; /* the functions of the C library, or of a sanitizer */
static const char *state_path, *out_path;
static int journal = -1;
static atomic_ulong counts[CALLS][TARGETS];
static atomic_bool struck;
static _Atomic(unsigned char) targets[DESCRIPTORS_MAX]; /* by descriptor */
static pthread_mutex_t journal_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start(void);

/* The function behind `call`, as the type that the caller wants. */
#define NEXT(type, call) ((type)next_of(call))

static void (*next_of(enum call call))(void) {
  void (*function)(void);
  pthread_once(&once, start);
  memcpy(&function, &next[call], sizeof function);
  return function;
}

/* ---- what the environment says ----------------------------------------------------------- */

static void die(const char *what) {
  fprintf(stderr, "MARGAY_FAULT: %s; see tests/fault/shim.c\n", what);
  abort();
}

static enum call find_call(const char *name, size_t size) {
  for (int i = 0; i < CALLS; i++)
    if (strlen(calls[i].name) == size && memcmp(calls[i].name, name, size) == 0)
      return (enum call)i;
  die("unknown call");
  return CALLS;
}

static enum target find_target(const char *name, size_t size) {
  for (int i = 1; i < TARGETS; i++)
    if (strlen(target_names[i]) == size && memcmp(target_names[i], name, size) == 0)
      return (enum target)i;
  die("unknown target");
  return TARGETS;
}

static void read_what(const char *name) {
  static const char *const other[] = {
      [WHAT_SHORT] = "short", [WHAT_KILL] = "kill", [WHAT_TORN] = "torn"};
  size_t size = strlen(name);
  fault.stays = size > 0 && name[size - 1] == '+';
  size -= fault.stays;
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (strlen(errors[i].name) == size && memcmp(errors[i].name, name, size) == 0) {
      fault.error = errors[i].number;
      return;
    }
  for (int i = WHAT_SHORT; i <= WHAT_TORN; i++)
    if (strlen(other[i]) == size && memcmp(other[i], name, size) == 0) {
      fault.what = (enum what)i;
      return;
    }
  die("unknown error");
}

static void read_fault(const char *text) {
  const char *at = strchr(text, '@'), *colon = at ? strchr(at, ':') : NULL;
  char *end;
  if (!colon)
    die("not CALL@TARGET:N:WHAT");
  fault.call = find_call(text, (size_t)(at - text));
  fault.target = find_target(at + 1, (size_t)(colon - at - 1));
  fault.number = strtoul(colon + 1, &end, 10);
  if (*end != ':' || fault.number == 0)
    die("not CALL@TARGET:N:WHAT");
  read_what(end + 1);
}

static void start(void) {
  const char *text = getenv("MARGAY_FAULT"), *journal_path = getenv("MARGAY_FAULT_JOURNAL");
  for (int i = 0; i < CALLS; i++)
    next[i] = dlsym(RTLD_NEXT, calls[i].symbol);
  state_path = getenv("MARGAY_FAULT_STATE");
  out_path = getenv("MARGAY_FAULT_OUT");
  if (text && *text)
    read_fault(text);
  if (!journal_path)
    return;
  int (*open_file)(const char *, int, ...);
  memcpy(&open_file, &next[CALL_OPEN], sizeof open_file);
  journal = open_file(journal_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* ---- what happened ----------------------------------------------------------------------- */

/* Appends to a file of our own, past our own counting. */
static void append(int file, const void *bytes, size_t size) {
  ssize_t (*write_bytes)(int, const void *, size_t) =
      NEXT(ssize_t(*)(int, const void *, size_t), CALL_WRITE);
  for (size_t done = 0; done < size;) {
    ssize_t some = write_bytes(file, (const char *)bytes + done, size - done);
    if (some <= 0)
      abort();
    done += (size_t)some;
  }
}

static void say(const char *line) {
  if (!out_path)
    return;
  int file = NEXT(int (*)(const char *, int, ...),
                  CALL_OPEN)(out_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  append(file, line, strlen(line));
  NEXT(int (*)(int), CALL_CLOSE)(file);
}

static void say_struck(void) {
  char line[96];
  if (atomic_exchange(&struck, true))
    return;
  snprintf(line, sizeof line, "struck %s@%s:%lu\n", calls[fault.call].name,
           target_names[fault.target], fault.number);
  say(line);
}

__attribute__((destructor)) static void say_counts(void) {
  char line[96];
  for (int call = 0; call < CALLS; call++)
    for (int target = 1; target < TARGETS; target++)
      if (counts[call][target] > 0) {
        snprintf(line, sizeof line, "%s@%s %lu\n", calls[call].name, target_names[target],
                 counts[call][target]);
        say(line);
      }
}

/* Counts a call. Whether it is the one to strike; errno is set then, or the process is gone. */
static bool strikes(enum call call, enum target target) {
  pthread_once(&once, start);
  if (target == TARGET_OTHER)
    return false;
  unsigned long number = ++counts[call][target];
  if (fault.number == 0 || call != fault.call || target != fault.target || number < fault.number ||
      (number > fault.number && !fault.stays))
    return false;
  say_struck();
  if (fault.what == WHAT_KILL)
    kill(getpid(), SIGKILL);
  errno = fault.error;
  return true;
}

/* How many of `size` bytes a call that strikes moves: -1 when it fails. One byte has no half. */
static ssize_t struck_size(size_t size) {
  return fault.what == WHAT_ERROR ? -1 : (ssize_t)(size > 1 ? size / 2 : size);
}

static void after_torn(void) {
  if (fault.what == WHAT_TORN)
    kill(getpid(), SIGKILL);
}

/* ---- which file -------------------------------------------------------------------------- */

static enum target target_of_path(const char *path) {
  static const struct {
    const char *suffix;
    enum target target;
  } suffixes[] = {
      {"", TARGET_STATE}, {"-wal", TARGET_WAL}, {"-shm", TARGET_SHM}, {".lock", TARGET_LOCK}};
  pthread_once(&once, start);
  if (!state_path)
    return TARGET_OTHER;
  size_t size = strlen(state_path);
  const char *slash = strrchr(state_path, '/');
  if (slash && strlen(path) == (size_t)(slash - state_path) &&
      strncmp(path, state_path, strlen(path)) == 0)
    return TARGET_FOLDER;
  if (strncmp(path, state_path, size) != 0)
    return TARGET_OTHER;
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
    if (strcmp(path + size, suffixes[i].suffix) == 0)
      return suffixes[i].target;
  return TARGET_OTHER;
}

static enum target target_of(int file) {
  return file >= 0 && file < DESCRIPTORS_MAX ? (enum target)targets[file] : TARGET_OTHER;
}

static int opened(int file, enum target target) {
  if (file >= 0 && file < DESCRIPTORS_MAX)
    targets[file] = (unsigned char)target;
  return file;
}

/* ---- the journal ------------------------------------------------------------------------- */

/* Holds the order of changes: the call itself is made under the mutex, too. */
static bool journal_begin(enum target target) {
  if (journal < 0 || (target != TARGET_STATE && target != TARGET_WAL))
    return false;
  pthread_mutex_lock(&journal_mutex);
  return true;
}

static void journal_end(enum journal_kind kind, enum target target, int64_t offset,
                        const void *bytes, int64_t size) {
  static const char padding[8];
  struct journal_entry entry = {
      .kind = kind, .file = target == TARGET_WAL, .offset = offset, .size = size};
  if (size >= 0) {
    append(journal, &entry, sizeof entry);
    if (bytes)
      append(journal, bytes, (size_t)size);
    if (bytes && size % 8 > 0)
      append(journal, padding, (size_t)(8 - size % 8));
  }
  pthread_mutex_unlock(&journal_mutex);
}

/* ---- files ------------------------------------------------------------------------------- */

static int open_any(const char *path, int flags, mode_t mode) {
  enum target target = target_of_path(path);
  if (strikes(CALL_OPEN, target))
    return -1;
  return opened(NEXT(int (*)(const char *, int, ...), CALL_OPEN)(path, flags, mode), target);
}

static mode_t mode_argument(int flags, va_list arguments) {
  return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the names of the C library's */

int open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return open_any(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return open_any(path, flags, mode);
}

int close(int file) {
  opened(file, TARGET_OTHER);
  return NEXT(int (*)(int), CALL_CLOSE)(file);
}

ssize_t read(int file, void *bytes, size_t size) {
  if (strikes(CALL_READ, target_of(file)) && (size = (size_t)struck_size(size)) == (size_t)-1)
    return -1;
  return NEXT(ssize_t(*)(int, void *, size_t), CALL_READ)(file, bytes, size);
}

ssize_t pread64(int file, void *bytes, size_t size, off64_t offset) {
  if (strikes(CALL_PREAD, target_of(file)) && (size = (size_t)struck_size(size)) == (size_t)-1)
    return -1;
  return NEXT(ssize_t(*)(int, void *, size_t, off64_t), CALL_PREAD)(file, bytes, size, offset);
}

ssize_t write(int file, const void *bytes, size_t size) {
  if (strikes(CALL_WRITE, target_of(file)) && (size = (size_t)struck_size(size)) == (size_t)-1)
    return -1;
  return NEXT(ssize_t(*)(int, const void *, size_t), CALL_WRITE)(file, bytes, size);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset) {
  enum target target = target_of(file);
  bool strike = strikes(CALL_PWRITE, target);
  if (strike && (size = (size_t)struck_size(size)) == (size_t)-1)
    return -1;
  bool noted = journal_begin(target);
  ssize_t written =
      NEXT(ssize_t(*)(int, const void *, size_t, off64_t), CALL_PWRITE)(file, bytes, size, offset);
  if (noted)
    journal_end(JOURNAL_WRITE, target, offset, bytes, written);
  if (strike)
    after_torn();
  return written;
}

static int sync_file(enum call call, int file) {
  enum target target = target_of(file);
  if (strikes(call, target))
    return -1;
  bool noted = journal_begin(target);
  int status = NEXT(int (*)(int), call)(file);
  if (noted)
    journal_end(JOURNAL_SYNC, target, 0, NULL, status);
  return status;
}

int fsync(int file) {
  return sync_file(CALL_FSYNC, file);
}

int fdatasync(int file) {
  return sync_file(CALL_FDATASYNC, file);
}

int ftruncate64(int file, off64_t size) {
  enum target target = target_of(file);
  if (strikes(CALL_FTRUNCATE, target))
    return -1;
  bool noted = journal_begin(target);
  int status = NEXT(int (*)(int, off64_t), CALL_FTRUNCATE)(file, size);
  if (noted)
    journal_end(JOURNAL_TRUNCATE, target, size, NULL, status);
  return status;
}

void *mmap64(void *address, size_t size, int protection, int flags, int file, off64_t offset) {
  if (strikes(CALL_MMAP, target_of(file)))
    return MAP_FAILED;
  return NEXT(void *(*)(void *, size_t, int, int, int, off64_t),
              CALL_MMAP)(address, size, protection, flags, file, offset);
}

int rename(const char *from, const char *to) {
  if (strikes(CALL_RENAME, target_of_path(from)))
    return -1;
  return NEXT(int (*)(const char *, const char *), CALL_RENAME)(from, to);
}

int unlink(const char *path) {
  enum target target = target_of_path(path);
  if (strikes(CALL_UNLINK, target))
    return -1;
  bool noted = journal_begin(target);
  int status = NEXT(int (*)(const char *), CALL_UNLINK)(path);
  if (noted)
    journal_end(JOURNAL_REMOVE, target, 0, NULL, status);
  return status;
}

int mknod(const char *path, mode_t mode, dev_t device) {
  if (strikes(CALL_MKNOD, target_of_path(path)))
    return -1;
  return NEXT(int (*)(const char *, mode_t, dev_t), CALL_MKNOD)(path, mode, device);
}

/* ---- sockets ----------------------------------------------------------------------------- */

int socket(int domain, int type, int protocol) {
  if (strikes(CALL_SOCKET, TARGET_SOCKET))
    return -1;
  return opened(NEXT(int (*)(int, int, int), CALL_SOCKET)(domain, type, protocol), TARGET_SOCKET);
}

int connect(int file, __CONST_SOCKADDR_ARG address, socklen_t size) {
  if (strikes(CALL_CONNECT, TARGET_SOCKET))
    return -1;
  return NEXT(int (*)(int, __CONST_SOCKADDR_ARG, socklen_t), CALL_CONNECT)(file, address, size);
}

ssize_t send(int file, const void *bytes, size_t size, int flags) {
  if (strikes(CALL_SEND, TARGET_SOCKET) && (size = (size_t)struck_size(size)) == (size_t)-1)
    return -1;
  return NEXT(ssize_t(*)(int, const void *, size_t, int), CALL_SEND)(file, bytes, size, flags);
}

ssize_t sendmsg(int file, const struct msghdr *message, int flags) {
  if (strikes(CALL_SENDMSG, TARGET_SOCKET))
    return -1;
  return NEXT(ssize_t(*)(int, const struct msghdr *, int), CALL_SENDMSG)(file, message, flags);
}

ssize_t recv(int file, void *bytes, size_t size, int flags) {
  if (strikes(CALL_RECV, TARGET_SOCKET) && (size = (size_t)struck_size(size)) == (size_t)-1)
    return -1;
  return NEXT(ssize_t(*)(int, void *, size_t, int), CALL_RECV)(file, bytes, size, flags);
}

int accept4(int file, __SOCKADDR_ARG address, socklen_t *size, int flags) {
  if (strikes(CALL_ACCEPT4, TARGET_SOCKET))
    return -1;
  return opened(NEXT(int (*)(int, __SOCKADDR_ARG, socklen_t *, int), CALL_ACCEPT4)(file, address,
                                                                                   size, flags),
                TARGET_SOCKET);
}

/* ---- the process ------------------------------------------------------------------------- */

int epoll_wait(int file, struct epoll_event *events, int count, int timeout) {
  if (strikes(CALL_EPOLL_WAIT, TARGET_PROCESS))
    return -1;
  return NEXT(int (*)(int, struct epoll_event *, int, int), CALL_EPOLL_WAIT)(file, events, count,
                                                                             timeout);
}

int poll(struct pollfd *files, nfds_t count, int timeout) {
  if (strikes(CALL_POLL, TARGET_PROCESS))
    return -1;
  return NEXT(int (*)(struct pollfd *, nfds_t, int), CALL_POLL)(files, count, timeout);
}

int nanosleep(const struct timespec *wanted, struct timespec *left) {
  if (strikes(CALL_NANOSLEEP, TARGET_PROCESS)) {
    if (left)
      *left = *wanted;
    return -1;
  }
  return NEXT(int (*)(const struct timespec *, struct timespec *), CALL_NANOSLEEP)(wanted, left);
}

ssize_t getrandom(void *bytes, size_t size, unsigned flags) {
  if (strikes(CALL_GETRANDOM, TARGET_PROCESS) && (size = (size_t)struck_size(size)) == (size_t)-1)
    return -1;
  return NEXT(ssize_t(*)(void *, size_t, unsigned), CALL_GETRANDOM)(bytes, size, flags);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *argument) {
  if (strikes(CALL_PTHREAD_CREATE, TARGET_PROCESS))
    return errno;
  return NEXT(int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *),
              CALL_PTHREAD_CREATE)(thread, attributes, run, argument);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
