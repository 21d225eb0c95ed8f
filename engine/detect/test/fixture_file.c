#include "detect/test/fixture_file.h"

#include "event/json/json.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIXTURE_SIZE_MAX ((size_t)JSON_SIZE_MAX)

/* Opening must not wait for the other end of a pipe. */
#define FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/* The kernel gives EAGAIN when something was renamed while it looked at `..`. */
#define ATTEMPTS_MAX 16

/* ---- opening ---- */

static bool leads_up(const char *name) {
  if (*name == '/')
    return true;
  for (const char *part = name; part; part = strchr(part, '/')) {
    part += *part == '/';
    if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
      return true;
  }
  return false;
}

int fixture_file_open_compared(const char *folder, const char *name) {
  char path[PATH_MAX], real[PATH_MAX], real_folder[PATH_MAX];
  if (leads_up(name)) {
    errno = EXDEV;
    return -1;
  }
  if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  if (!realpath(folder, real_folder) || !realpath(path, real))
    return -1;
  size_t size = strlen(real_folder);
  if (size > 1 && (strncmp(real, real_folder, size) != 0 || real[size] != '/')) {
    errno = EXDEV;
    return -1;
  }
  return open(real, FLAGS | O_NOFOLLOW);
}

int fixture_file_open(const char *folder, const char *name) {
  struct open_how how = {.flags = FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
  int directory = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0)
    return -1;
  long file = -1;
  for (int i = 0; i < ATTEMPTS_MAX; i++) {
    file = syscall(SYS_openat2, directory, name, &how, sizeof how);
    if (file >= 0 || errno != EAGAIN)
      break;
  }
  int cause = errno;
  close(directory);
  /* a kernel before 5.6, or a sandbox that does not know the call */
  if (file < 0 && (cause == ENOSYS || cause == EPERM))
    return fixture_file_open_compared(folder, name);
  errno = cause;
  return (int)file;
}

/* ---- reading ---- */

static enum file_result read_beneath(const char *folder, const char *name, struct buffer *bytes,
                                     struct error *error) {
  char path[PATH_MAX];
  int file = fixture_file_open(folder, name), cause = errno;
  if (file < 0 && cause == EXDEV) {
    error_set(error, "lies outside of the folder of fixtures: name a file in it");
    return FILE_REFUSED;
  }
  snprintf(path, sizeof path, "%s/%s", folder, name);
  errno = cause;
  return file_read_opened(file, path, FIXTURE_SIZE_MAX, bytes, error);
}

enum file_result fixture_file_read(const char *const *folders, const char *name,
                                   struct buffer *bytes, const char **folder, struct error *error) {
  enum file_result result = FILE_MISSING;
  const char *found = folders[0];
  for (size_t i = 0; folders[i] && result == FILE_MISSING; i++) {
    struct error one = ERROR_NONE;
    result = read_beneath(folders[i], name, bytes, &one);
    if (i == 0 || result != FILE_MISSING) {
      *error = one;
      found = folders[i];
    } else {
      char place[PATH_MAX + 16];
      snprintf(place, sizeof place, ", nor in %s", folders[i]);
      error_append(error, place);
    }
  }
  if (!folders[0])
    error_set(error, "there is no folder of fixtures");
  if (folder)
    *folder = found;
  return result;
}
