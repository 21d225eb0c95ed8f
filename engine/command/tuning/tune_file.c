#include "command/tuning/tune_file.h"

#include "base/file_text.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZE_MOST ((size_t)4 << 20) /* as the reader of YAML takes it */

static bool fail(struct error *error, const char *path, const char *what) {
  return error_set_at(error, path, 0, 0, "%s: %s", what, strerror(errno));
}

bool tune_file_read(const char *path, struct tune_file *file, struct error *error) {
  file->named = path;
  file->path = realpath(path, NULL);
  if (!file->path)
    return fail(error, path, "cannot read the configuration");
  if (file_read(file->path, FILE_REGULAR, SIZE_MOST, &file->old, &file->status, error) == FILE_READ)
    return true;
  return error_prefix(error, "cannot read the configuration");
}

static void remove_path(char **path) {
  if (*path)
    unlink(*path);
  free(*path);
  *path = NULL;
}

void tune_file_discard(struct tune_file *file) {
  remove_path(&file->link_path);
  remove_path(&file->next_path);
}

void tune_file_clear(struct tune_file *file) {
  tune_file_discard(file);
  free(file->path);
  buffer_free(&file->old);
}

static bool write_all(int out, struct text text) {
  while (text.size > 0) {
    ssize_t written = write(out, text.data, text.size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return false;
    text.data += written;
    text.size -= (size_t)written;
  }
  return true;
}

/* Before anything is in it: what the file holds is for the same eyes. */
static bool keep_owner(int out, const struct stat *status) {
  struct stat own;
  bool same = fstat(out, &own) == 0 && own.st_uid == status->st_uid && own.st_gid == status->st_gid;
  return (same || fchown(out, status->st_uid, status->st_gid) == 0) &&
         fchmod(out, status->st_mode & 07777) == 0;
}

bool tune_file_write(struct tune_file *file, struct text text, struct error *error) {
  size_t size = strlen(file->path);
  if ((file->status.st_mode & 0222) == 0) /* the folder alone decides whether it can be replaced */
    return error_set_at(error, file->path, 0, 0,
                        "the file is read-only, so it is not changed: make it writable (chmod u+w) "
                        "or change it by hand");
  char *next = memory_alloc(size + sizeof ".XXXXXX");
  memcpy(next, file->path, size);
  memcpy(next + size, ".XXXXXX", sizeof ".XXXXXX");
  int out = mkostemp(next, O_CLOEXEC);
  if (out < 0) {
    free(next);
    return fail(error, file->path, "cannot write a new file beside it");
  }
  file->next_path = next;
  bool ok = keep_owner(out, &file->status) ||
            fail(error, file->path, "a new file cannot have its mode and owner");
  ok = ok && ((write_all(out, text) && fsync(out) == 0) ||
              fail(error, file->path, "cannot write a new file beside it"));
  if (close(out) != 0 && ok)
    ok = fail(error, file->path, "cannot write a new file beside it");
  return ok;
}

const char *tune_file_next(struct tune_file *file, struct error *error) {
  struct stat next, here;
  struct buffer path = BUFFER_NONE;
  const char *slash = strrchr(file->named, '/');
  buffer_append(&path, file->named, slash ? (size_t)(slash - file->named) + 1 : 0);
  buffer_append_string(&path, strrchr(file->next_path, '/') + 1);
  bool same = stat(file->next_path, &next) == 0 && lstat(path.data, &here) == 0 &&
              next.st_ino == here.st_ino && next.st_dev == here.st_dev;
  if (!same && symlink(file->next_path, path.data) != 0) {
    fail(error, path.data, "cannot put a link to the new file beside the old one");
    buffer_free(&path);
    return NULL;
  }
  if (same) {
    free(file->next_path); /* the shorter name of the same */
    return file->next_path = buffer_steal(&path);
  }
  return file->link_path = buffer_steal(&path);
}

static bool is_unchanged(const struct tune_file *file) {
  struct buffer now = BUFFER_NONE;
  bool same = file_read(file->path, FILE_REGULAR, SIZE_MOST, &now, NULL, NULL) == FILE_READ &&
              text_equal(buffer_text(&now), buffer_text(&file->old));
  buffer_free(&now);
  return same;
}

/* So that the new name is on the disk, too. */
static bool sync_folder(const char *path) {
  char *folder = memory_copy_string(path);
  char *slash = strrchr(folder, '/');
  slash[slash == folder] = '\0';
  int opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool ok = opened >= 0 && fsync(opened) == 0;
  if (opened >= 0)
    close(opened);
  free(folder);
  return ok;
}

bool tune_file_replace(struct tune_file *file, struct error *error) {
  if (!is_unchanged(file))
    return error_set_at(error, file->path, 0, 0,
                        "somebody changed the file meanwhile: nothing was written, try again");
  if (rename(file->next_path, file->path) != 0)
    return fail(error, file->path, "cannot be replaced");
  free(file->next_path);
  file->next_path = NULL;
  return sync_folder(file->path) || fail(error, file->path,
                                         "was replaced, but its folder is not on "
                                         "the disk");
}
