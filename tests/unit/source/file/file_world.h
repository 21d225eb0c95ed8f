/* Files that a source reads: a folder of them in a source_world. */
#ifndef FILE_WORLD_H
#define FILE_WORLD_H

#include "source/source_world.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct file_world {
  struct world world;
  char folder[128]; /* of the files */
};

static inline void start_files(struct file_world *files, const char *pattern, const char *more) {
  char settings[512];
  world_start(&files->world, "2024-03-21T12:00:00Z");
  snprintf(files->folder, sizeof(files->folder), "%s/in", files->world.folder);
  char command[192];
  snprintf(command, sizeof(command), "mkdir '%s'", files->folder);
  assert_int_equal(system(command), 0);
  snprintf(settings, sizeof(settings), "path: %s/%s\n%s", files->folder, pattern, more);
  world_options(&files->world, &source_file, settings);
}

static inline const char *path_of(struct file_world *files, const char *name) {
  return arena_printf(&files->world.arena, "%s/%s", files->folder, name);
}

static inline void write_file(struct file_world *files, const char *name, const char *mode,
                              const char *text) {
  FILE *file = fopen(path_of(files, name), mode);
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static inline void rename_file(struct file_world *files, const char *from, const char *to) {
  assert_int_equal(rename(path_of(files, from), path_of(files, to)), 0);
}

static inline void expect_seen(struct file_world *files, const char *expected) {
  struct text seen = buffer_text(&files->world.seen);
  if (!text_is(seen, expected))
    fail_msg("records: %.*s", TEXT_ARGS(seen));
  buffer_reset(&files->world.seen);
}

static inline bool log_has(struct file_world *files, const char *words) {
  fflush(files->world.log_file);
  return strstr(files->world.log_text, words) != NULL;
}

static inline size_t count_in_log(struct file_world *files, const char *words) {
  size_t count = 0;
  fflush(files->world.log_file);
  for (const char *at = files->world.log_text; (at = strstr(at, words)); at++)
    count++;
  return count;
}

#endif
