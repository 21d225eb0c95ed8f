/*
 * What an export is written to: standard output or a file, as it is or compressed. A file has its
 * name only once it is whole; until then it is called NAME.part. Private to the room.
 */
#ifndef COMMAND_SEARCH_EXPORT_FILE_H
#define COMMAND_SEARCH_EXPORT_FILE_H

#include "base/error.h"
#include "base/text.h"

enum export_form { EXPORT_PLAIN, EXPORT_GZIP, EXPORT_ZSTD };

struct export_file;

/* `path` NULL: standard output. A file is readable by its owner alone, and takes the place of the
 * one that is there. NULL with the reason. */
struct export_file *export_file_new(const char *path, enum export_form form, struct error *error);

/* False when it could not be written; export_file_end says why. */
bool export_file_write(struct export_file *file, struct text bytes);

/* Writes what is left and frees it. `whole`: everything was written, so that a file gets its name;
 * else it is deleted. False with the reason. A pipe that nobody reads any more is no error. */
bool export_file_end(struct export_file *file, bool whole, struct error *error);

#endif
