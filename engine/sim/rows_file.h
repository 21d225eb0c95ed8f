/* Rows out of files: NDJSON, single objects, arrays, or API pages. For the thread that makes the
 * set. */
#ifndef SIM_ROWS_FILE_H
#define SIM_ROWS_FILE_H

#include "sim/rows.h"

/* A file, or every .json, .ndjson and .jsonl below a folder, in order of name. Rows without a
 * time that can be read get TIME_NONE. False with the file and line. */
bool rows_read_path(struct row_set *set, const char *path, struct error *error);

/* Moves the times of all rows, and in their JSON, by the same whole seconds, so that the newest
 * is at `end`. Rows of TIME_NONE stay as they are. */
void rows_shift(struct row_set *set, time_us end);

#endif
