#include "command/terminal/watch.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/inotify.h>
#endif

/* Between two looks, without inotify and with it: not every file system reports changes made
 * elsewhere. */
#define LOOK_MS 200
#define LOOK_NOTIFIED_MS 1000
/* A change is reported when nothing has changed for this long: editors and checkouts write several
 * files. */
#define QUIET_MS 30
#define FOLDER_DEPTH_MAX 32

struct path {
  const char *text;
  uint64_t seen; /* what was there when it was looked at */
};

struct watch {
  struct path *paths;
  size_t count;
  struct arena arena; /* the paths */
  int notify;         /* -1 = look at the files */
};

/* ---- what is there ---- */

static uint64_t mix(uint64_t sum, const void *bytes, size_t size) {
  uint64_t hash = text_hash((struct text){bytes, size});
  return (sum ^ hash) * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

static uint64_t mix_status(uint64_t sum, const char *path, const struct stat *status) {
  const int64_t parts[] = {(int64_t)status->st_mtim.tv_sec, (int64_t)status->st_mtim.tv_nsec,
                           (int64_t)status->st_size, (int64_t)status->st_ino,
                           (int64_t)status->st_mode};
  sum = mix(sum, path, strlen(path));
  return mix(sum, parts, sizeof parts);
}

/* When inotify has no room for another folder, the files are looked at instead. */
static void notify_of(struct watch *watch, const char *folder) {
#ifdef __linux__
  static const uint32_t events = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                 IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF |
                                 IN_ONLYDIR;
  if (watch->notify < 0 || inotify_add_watch(watch->notify, folder, events) >= 0 ||
      (errno != ENOSPC && errno != ENOMEM))
    return;
  close(watch->notify);
  watch->notify = -1;
#else
  (void)watch;
  (void)folder;
#endif
}

/* A file is watched through its folder, so that another file may take its place. */
static void notify_of_folder_of(struct watch *watch, const char *path) {
  struct arena arena = ARENA_NONE;
  const char *slash = strrchr(path, '/');
  notify_of(watch, slash ? arena_printf(&arena, "%.*s", (int)(slash - path + 1), path) : ".");
  arena_free(&arena);
}

static int is_watched(const struct dirent *entry) {
  size_t size = strlen(entry->d_name);
  return entry->d_name[0] != '.' && entry->d_name[size - 1] != '~';
}

static uint64_t look_at(struct watch *watch, const char *path, uint64_t sum, int depth) {
  struct stat status;
  struct dirent **entries;
  struct arena arena = ARENA_NONE;
  if (stat(path, &status) != 0)
    return mix(sum, path, strlen(path));
  if (!S_ISDIR(status.st_mode))
    return mix_status(sum, path, &status);
  notify_of(watch, path); /* before its entries are read, so that none is missed */
  sum = mix(sum, path, strlen(path));
  int count = depth < FOLDER_DEPTH_MAX ? scandir(path, &entries, is_watched, alphasort) : 0;
  for (int i = 0; i < count; i++) {
    sum = look_at(watch, arena_printf(&arena, "%s/%s", path, entries[i]->d_name), sum, depth + 1);
    free(entries[i]);
  }
  if (count >= 0 && depth < FOLDER_DEPTH_MAX)
    free(entries);
  arena_free(&arena);
  return sum;
}

static uint64_t look_at_root(struct watch *watch, const char *path) {
  notify_of_folder_of(watch, path);
  return look_at(watch, path, 0, 0);
}

bool watch_has_changed(struct watch *watch) {
  bool changed = false;
  for (size_t i = 0; i < watch->count; i++) {
    uint64_t now = look_at_root(watch, watch->paths[i].text);
    changed = changed || now != watch->paths[i].seen;
    watch->paths[i].seen = now;
  }
  return changed;
}

/* ---- the watch ---- */

struct watch *watch_new(enum watch_kind kind) {
  struct watch *watch = memory_alloc(sizeof *watch);
  watch->notify = -1;
#ifdef __linux__
  if (kind == WATCH_BEST)
    watch->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
#else
  (void)kind;
#endif
  return watch;
}

void watch_free(struct watch *watch) {
  if (!watch)
    return;
  if (watch->notify >= 0)
    close(watch->notify);
  free(watch->paths);
  arena_free(&watch->arena);
  free(watch);
}

static const struct path *find(const struct path *paths, size_t count, const char *text) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(paths[i].text, text) == 0)
      return &paths[i];
  return NULL;
}

void watch_set(struct watch *watch, const char *const *paths, size_t count) {
  struct arena arena = ARENA_NONE;
  struct path *now = memory_alloc_array(count + 1, sizeof *now);
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    const struct path *before = find(watch->paths, watch->count, paths[i]);
    if (find(now, kept, paths[i]))
      continue;
    now[kept].text = arena_copy_string(&arena, paths[i]);
    now[kept++].seen = before ? before->seen : look_at_root(watch, paths[i]);
  }
  free(watch->paths);
  arena_free(&watch->arena);
  watch->arena = arena;
  watch->paths = now;
  watch->count = kept;
}

/* Reads and drops what inotify has reported: that something happened is enough. */
static void drain(const struct watch *watch) {
  char events[4096];
  while (watch->notify >= 0 && read(watch->notify, events, sizeof events) > 0)
    ;
}

/* Waits for inotify, or so many milliseconds. False: it is to stop. */
static bool wait_a_while(const struct watch *watch, int stop, int milliseconds) {
  struct pollfd files[] = {{.fd = stop, .events = POLLIN}, {.fd = watch->notify, .events = POLLIN}};
  poll(files, 2, milliseconds);
  drain(watch);
  return !(files[0].revents & POLLIN);
}

bool watch_wait(struct watch *watch, int stop) {
  bool changed = watch_has_changed(watch);
  while (!changed) {
    if (!wait_a_while(watch, stop, watch->notify >= 0 ? LOOK_NOTIFIED_MS : LOOK_MS))
      return false;
    changed = watch_has_changed(watch);
  }
  do
    if (!wait_a_while(watch, stop, QUIET_MS))
      return false;
  while (watch_has_changed(watch));
  return true;
}
