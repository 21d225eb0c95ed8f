#include "source/file/find.h"

#include "base/file_text.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>

#define FOLDER_DEPTH_MAX 16 /* more is a loop that does not show, or a mistake */

static struct found_file *add(struct found_files *found, const char *path) {
  found->items =
      memory_reserve(found->items, &found->capacity, found->count + 1, sizeof *found->items);
  struct found_file *file = &found->items[found->count++];
  *file = (struct found_file){.path = path};
  if (stat(path, &file->status) != 0)
    file->status.st_mode = 0;
  return file;
}

static void notify(struct found_files *found, const char *folder) {
  if (found->folder)
    found->folder(found->context, folder);
}

static int is_wanted(const struct dirent *entry) {
  size_t size = strlen(entry->d_name);
  return entry->d_name[0] != '.' && entry->d_name[size - 1] != '~';
}

/* Recurses at most FOLDER_DEPTH_MAX times. */
static void look_into(struct found_files *found, const char *folder,
                      const struct folder_place *above, int depth) {
  struct folder_place place;
  struct dirent **entries = NULL;
  const char *why = NULL;
  int count = 0;
  if (depth == FOLDER_DEPTH_MAX)
    why = "it is in too many folders";
  else if (!folder_enter(folder, above, &place))
    why = "it leads back to a folder that it is in";
  else {
    notify(found, folder);
    count = scandir(folder, &entries, is_wanted, NULL);
    if (count < 0)
      why = strerror(errno);
  }
  if (why)
    add(found, folder)->why = why;
  for (int i = 0; i < count; i++) {
    size_t size = strlen(folder);
    const char *between = folder[size - 1] == '/' ? "" : "/";
    const char *path = arena_printf(&found->arena, "%s%s%s", folder, between, entries[i]->d_name);
    struct found_file *file = add(found, path);
    if (S_ISDIR(file->status.st_mode)) {
      found->count--;
      look_into(found, path, &place, depth + 1);
    }
    free(entries[i]);
  }
  free(entries);
}

static void notify_of_folder_of(struct found_files *found, const char *path) {
  const char *slash = strrchr(path, '/');
  if (!slash)
    notify(found, ".");
  else
    notify(found,
           slash == path ? "/" : arena_printf(&found->arena, "%.*s", (int)(slash - path), path));
}

static bool match(const char *pattern, struct found_files *found, struct error *error) {
  glob_t paths = {.gl_pathc = 0};
  int result = glob(pattern, 0, NULL, &paths);
  for (size_t i = 0; result == 0 && i < paths.gl_pathc; i++) {
    notify_of_folder_of(found, paths.gl_pathv[i]);
    add(found, arena_copy_string(&found->arena, paths.gl_pathv[i]));
  }
  globfree(&paths);
  return result == 0 || result == GLOB_NOMATCH ||
         error_set(error, "cannot look for '%s': out of memory or unreadable folder", pattern);
}

static int by_change(const void *left, const void *right) {
  const struct found_file *a = left, *b = right;
  const struct timespec *one = &a->status.st_mtim, *other = &b->status.st_mtim;
  if (one->tv_sec != other->tv_sec)
    return one->tv_sec < other->tv_sec ? -1 : 1;
  if (one->tv_nsec != other->tv_nsec)
    return one->tv_nsec < other->tv_nsec ? -1 : 1;
  return strcmp(a->path, b->path);
}

bool find_files(const char *path, struct found_files *found, struct error *error) {
  struct stat status;
  found->count = 0;
  arena_reset(&found->arena);
  bool ok = true;
  if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
    look_into(found, path, NULL, 0);
  } else {
    notify_of_folder_of(found, path);
    ok = match(path, found, error);
  }
  if (found->count > 1)
    qsort(found->items, found->count, sizeof *found->items, by_change);
  return ok;
}

void found_files_free(struct found_files *found) {
  free(found->items);
  arena_free(&found->arena);
}
