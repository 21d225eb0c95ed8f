#include "base/file_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Neither waits, nor makes a terminal the program's own. */
#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY)
#define READ_STEP ((size_t)64 * 1024)

/* ---- kinds ---- */

static const char *kind_of(mode_t mode) {
  static const struct {
    mode_t type;
    const char *what;
  } kinds[] = {{S_IFDIR, "a directory"},
               {S_IFIFO, "a FIFO"},
               {S_IFSOCK, "a socket"},
               {S_IFCHR, "a device"},
               {S_IFBLK, "a device"}};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if ((mode & S_IFMT) == kinds[i].type)
      return kinds[i].what;
  return "of an unknown kind";
}

static bool refuse_kind(const char *path, mode_t mode, struct error *error) {
  return error_set_at(error, path, 0, 0, "it is %s, not a regular file", kind_of(mode));
}

/* Whether the path is the system's name for a descriptor that the process was given. */
static bool is_handed_over(const char *path) {
  static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
    if (strncmp(path, folders[i], strlen(folders[i])) == 0)
      return true;
  return strcmp(path, "/dev/stdin") == 0;
}

/* /dev/null is device 1:3 (Documentation/admin-guide/devices.txt of Linux). */
static bool is_readable_device(int file, const struct stat *status) {
  return S_ISCHR(status->st_mode) && (isatty(file) || status->st_rdev == makedev(1, 3));
}

static bool is_taken(int file, const char *path, const struct stat *status, enum file_kinds kinds) {
  if (S_ISREG(status->st_mode))
    return true;
  if (kinds == FILE_REGULAR || (kinds == FILE_HANDED_OVER && !is_handed_over(path)))
    return false;
  return S_ISFIFO(status->st_mode) || is_readable_device(file, status);
}

/* ---- opening ---- */

/* Why the system did not open it. A socket gives ENXIO, "No such device or address". */
static int refuse_open(const char *path, int cause, struct stat *status, struct error *error) {
  struct stat link;
  if (stat(path, status) != 0)
    *status = (struct stat){.st_size = 0};
  if (cause == ENXIO && S_ISSOCK(status->st_mode))
    refuse_kind(path, status->st_mode, error);
  else if (cause == ELOOP)
    error_set_at(error, path, 0, 0, "its symbolic links go round in a circle, or are too many");
  else if (cause == ENOENT && lstat(path, &link) == 0 && S_ISLNK(link.st_mode))
    error_set_at(error, path, 0, 0, "it is a symbolic link to something that is not there");
  else
    error_set_at(error, path, 0, 0, "%s", strerror(cause));
  errno = cause;
  return -1;
}

/* From here on reading waits. Opening a FIFO again waits for who writes to it; the first descriptor
 * stays open until then, so that a writer that found it is not left alone. */
static int make_waiting(int file, const char *path, const struct stat *status,
                        struct error *error) {
  if (!S_ISFIFO(status->st_mode)) {
    fcntl(file, F_SETFL, fcntl(file, F_GETFL) & ~O_NONBLOCK);
    return file;
  }
  struct stat again;
  int waiting = open(path, OPEN_FLAGS);
  int cause = waiting < 0 ? errno : 0;
  if (waiting >= 0 && (fstat(waiting, &again) != 0 || again.st_ino != status->st_ino)) {
    error_set_at(error, path, 0, 0, "it was replaced while it was opened; try again");
    close(waiting);
    waiting = -1;
  }
  if (cause)
    error_set_at(error, path, 0, 0, "%s", strerror(cause));
  close(file);
  return waiting;
}

/* What was opened, if it is of a kind that is taken; else it is closed. */
static int take(int file, const char *path, enum file_kinds kinds, struct stat *status,
                struct error *error) {
  *status = (struct stat){.st_size = 0};
  if (file < 0)
    return refuse_open(path, errno, status, error);
  if (fstat(file, status) != 0) {
    int cause = errno;
    close(file);
    return refuse_open(path, cause, status, error);
  }
  if (is_taken(file, path, status, kinds))
    return S_ISREG(status->st_mode) ? file : make_waiting(file, path, status, error);
  refuse_kind(path, status->st_mode, error);
  close(file);
  errno = EINVAL;
  return -1;
}

int file_open(const char *path, enum file_kinds kinds, struct stat *status, struct error *error) {
  struct stat unwanted = {.st_size = 0};
  return take(open(path, OPEN_FLAGS | O_NONBLOCK), path, kinds, status ? status : &unwanted, error);
}

/* ---- reading ---- */

static bool refuse_size(const char *path, size_t size_max, struct error *error) {
  bool is_small = size_max < (size_t)1 << 20;
  return error_set_at(error, path, 0, 0, "larger than %zu %s", size_max >> (is_small ? 10 : 20),
                      is_small ? "KiB" : "MiB");
}

static bool read_all(int file, const char *path, size_t size_max, struct buffer *out,
                     struct error *error) {
  size_t total = 0;
  for (;;) {
    size_t left = size_max + 1 - total, step = left < READ_STEP ? left : READ_STEP;
    char *into = buffer_reserve(out, step);
    ssize_t got = read(file, into, step);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return error_set_at(error, path, 0, 0, "%s", strerror(errno));
    into[got] = '\0';
    out->size += (size_t)got;
    total += (size_t)got;
    if (total > size_max)
      return refuse_size(path, size_max, error);
    if (got == 0)
      return true;
  }
}

static bool read_checked(int file, const char *path, const struct stat *status, size_t size_max,
                         struct buffer *out, struct error *error) {
  size_t before = out->size;
  if (status->st_size > 0 && (uint64_t)status->st_size > size_max)
    return refuse_size(path, size_max, error);
  /* In one step, so that a secret leaves no copies where a smaller buffer was. */
  buffer_reserve(out, (size_t)status->st_size + READ_STEP);
  if (!read_all(file, path, size_max, out, error))
    return false;
  return S_ISREG(status->st_mode) || out->size > before ||
         error_set_at(error, path, 0, 0,
                      "nothing came from it; a pipe can be read once only, so name a regular file "
                      "for what is read again");
}

static enum file_result read_and_close(int file, const char *path, const struct stat *status,
                                       size_t size_max, struct buffer *out, struct error *error) {
  size_t before = out->size;
  if (file < 0)
    return errno == ENOENT ? FILE_MISSING : FILE_REFUSED;
  bool ok = read_checked(file, path, status, size_max, out, error);
  close(file);
  if (!ok)
    out->size = before;
  return ok ? FILE_READ : FILE_REFUSED;
}

enum file_result file_read(const char *path, enum file_kinds kinds, size_t size_max,
                           struct buffer *out, struct stat *status, struct error *error) {
  struct stat unwanted = {.st_size = 0};
  status = status ? status : &unwanted;
  return read_and_close(file_open(path, kinds, status, error), path, status, size_max, out, error);
}

enum file_result file_read_opened(int file, const char *path, size_t size_max, struct buffer *out,
                                  struct error *error) {
  struct stat status = {.st_size = 0};
  file = take(file, path, FILE_REGULAR, &status, error);
  return read_and_close(file, path, &status, size_max, out, error);
}

bool folder_enter(const char *path, const struct folder_place *above, struct folder_place *place) {
  struct stat status;
  *place = (struct folder_place){.above = above};
  if (stat(path, &status) != 0)
    return true; /* reading it says why */
  place->device = status.st_dev;
  place->inode = status.st_ino;
  for (; above; above = above->above)
    if (above->device == place->device && above->inode == place->inode)
      return false;
  return true;
}
