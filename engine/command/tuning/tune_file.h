/*
 * The configuration's file while an entry is put into it: read, a new one written beside it, and
 * the old one replaced by it in one step. Mode and owner stay, and so does a symbolic link: what it
 * leads to is replaced.
 */
#ifndef COMMAND_TUNING_TUNE_FILE_H
#define COMMAND_TUNING_TUNE_FILE_H

#include "base/buffer.h"
#include "base/error.h"

#include <sys/stat.h>

struct tune_file {
  char *path;      /* without symbolic links; owned */
  char *next_path; /* of the new file, in the same folder; NULL: there is none; owned */
  char *link_path; /* of a symbolic link to it, beside the one that was named; NULL: none; owned */
  const char *named; /* the path as it was given */
  struct buffer old; /* the bytes that were read */
  struct stat status;
};

/* Starts zeroed; to be cleared whatever happens, which removes a new file that replaced nothing. */
bool tune_file_read(const char *path, struct tune_file *file, struct error *error);
void tune_file_clear(struct tune_file *file);

/* Writes the new file, and waits until it is on the disk. An old one that nobody may write is
 * refused.
 */
bool tune_file_write(struct tune_file *file, struct text text, struct error *error);

/* A path by which it can be read until then, in the folder of the path that was named: paths in the
 * file are relative to that. Valid until it is discarded. NULL with the reason. */
const char *tune_file_next(struct tune_file *file, struct error *error);

/* Removes it: while a person thinks, nothing lies around that an interrupt would leave. */
void tune_file_discard(struct tune_file *file);

/* Puts it in the old one's place, unless that was changed since it was read. */
bool tune_file_replace(struct tune_file *file, struct error *error);

#endif
