/*
 * A series: the files that one log becomes as it is rotated. They have the same name, apart from a
 * number, a date, and what a compressor appends:
 *
 *   zoom.log, zoom.log.1, zoom.log.2.gz, zoom.log-20240321      zoom.log
 *   zoom-2024-03-21.ndjson, zoom.ndjson, zoom-2024-03-22.ndjson.zst     zoom.ndjson
 *
 * Files of a series are read one after another, oldest first, and one of them may be a copy of
 * another one. Any thread.
 */
#ifndef SOURCE_FILE_SERIES_H
#define SOURCE_FILE_SERIES_H

#include "base/buffer.h"

/* Replaces what is in `name` by the name of the series that the file of this path belongs to. */
void series_of(const char *path, struct buffer *name);

#endif
