#include "command/config/bundled.h"

#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MARGAY_DATA_DIR
#define MARGAY_DATA_DIR "/usr/local/share/margay"
#endif

/* What only a source tree holds. */
#define SOURCE_TREE_MARK "engine/main.c"
/* build/margay, build/san/margay; a test program may lie deeper */
#ifndef FOLDERS_UP_MAX
#define FOLDERS_UP_MAX 2
#endif

static bool is_there(const char *path) {
  return path && access(path, F_OK) == 0;
}

/* The program's folder; NULL where the system has no /proc. */
static const char *program_folder(struct arena *arena) {
  char program[PATH_MAX];
  ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
  if (size <= 0)
    return NULL;
  program[size] = '\0';
  return arena_copy_string(arena, dirname(program));
}

/* The source tree around the program, or NULL. */
static const char *source_tree(struct arena *arena, const char *folder) {
  for (int i = 0; i <= FOLDERS_UP_MAX; i++) {
    if (is_there(arena_printf(arena, "%s/%s", folder, SOURCE_TREE_MARK)))
      return folder;
    folder = arena_printf(arena, "%s/..", folder);
  }
  return NULL;
}

/* The folder that holds them. */
static const char *find_data(struct arena *arena) {
  const char *program = program_folder(arena);
  const char *beside = program ? arena_printf(arena, "%s/../share/margay", program) : NULL;
  const char *tree = program ? source_tree(arena, program) : NULL;
  return is_there(beside) ? beside : tree ? tree : MARGAY_DATA_DIR;
}

static bool same_file(const char *one, const char *other) {
  struct stat a, b;
  return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

const char *bundled_path(struct arena *arena, const char *name) {
  const char *path = arena_printf(arena, "%s/%s", find_data(arena), name);
  if (same_file(path, name))
    return arena_copy_string(arena, name);
  char *real = realpath(path, NULL);
  if (real)
    path = arena_copy_string(arena, real);
  free(real);
  return path;
}

const char *const *bundled_expand(struct arena *arena, const char *name, const struct text *paths,
                                  size_t count) {
  const char **expanded = arena_alloc(arena, (count + 1) * sizeof *expanded), *bundled = NULL;
  size_t size = 0;
  for (size_t i = 0; i < count && !bundled; i++)
    if (bundled_is_meant(paths[i]))
      bundled = bundled_path(arena, name);
  bool taken = false;
  for (size_t i = 0; i < count; i++) {
    bool meant = bundled && (bundled_is_meant(paths[i]) || same_file(paths[i].data, bundled));
    if (!meant)
      expanded[size++] = arena_copy_string(arena, paths[i].data);
    else if (!taken)
      expanded[size++] = bundled;
    taken = taken || meant;
  }
  expanded[size] = NULL;
  return expanded;
}

size_t bundled_count(const char *const *paths) {
  size_t count = 0;
  while (paths && paths[count])
    count++;
  return count;
}
