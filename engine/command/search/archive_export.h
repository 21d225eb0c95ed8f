/* What `margay archive export` writes of each event. Private to the room. */
#ifndef COMMAND_SEARCH_ARCHIVE_EXPORT_H
#define COMMAND_SEARCH_ARCHIVE_EXPORT_H

#include "command/search/export_file.h"
#include "store/store.h"

struct archive_export {
  const char *path; /* NULL: standard output */
  enum export_form form;
  bool csv; /* else NDJSON */
  struct store_archive archive;
};

/* Writes the events in order of time. *count says how many. False with the reason; a file is then
 * not there. */
bool archive_export_run(struct store *store, const struct archive_export *export, int64_t *count,
                        struct error *error);

#endif
