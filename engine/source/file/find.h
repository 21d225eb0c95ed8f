/*
 * Which files a path names: one file, those that a pattern finds, or all that are in a folder and
 * the folders below it. In a folder, names that begin with a dot or end with `~` are left out:
 * whoever copies files writes to such names first.
 *
 * What is no regular file is found, too, with its status, for the caller to pass over. Any thread.
 */
#ifndef SOURCE_FILE_FIND_H
#define SOURCE_FILE_FIND_H

#include "base/arena.h"
#include "base/error.h"

#include <sys/stat.h>

struct found_file {
  const char *path;
  struct stat status; /* st_mode is 0 when there is none */
  const char *why;    /* NULL, or why a folder is not looked into */
};

struct found_files {
  struct found_file *items; /* by the time of their last change, then by path */
  size_t count, capacity;
  struct arena arena; /* the paths */
  /* NULL, or called for every folder in which files may appear, before it is looked into. */
  void (*folder)(void *context, const char *path);
  void *context;
};

/* Fills `found` anew. False with the reason. */
bool find_files(const char *path, struct found_files *found, struct error *error);
void found_files_free(struct found_files *found);

#endif
