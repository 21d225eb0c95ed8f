/*
 * Paths that go through lists of objects: recording_files.file_type on a list of files means the
 * type of each of them. The values are gathered into one new array, so that whoever asks for a path
 * needs to know only what a list means to it.
 */
#ifndef EVENT_JSON_JSON_GATHER_H
#define EVENT_JSON_JSON_GATHER_H

#include "base/arena.h"
#include "event/json/json.h"

struct json_gather {
  struct arena *arena; /* where new arrays are made */
  size_t room;         /* nodes that may still be made: lists are as long as a stranger wants */
  bool cut;            /* there was no room for all */
};

/*
 * As json_path where no list is on the way, or a part says which element of it ("l.0.a"). Else an
 * array of what each element has there, at any depth of lists in lists; NULL when none has
 * anything. The array is as good as one of the record, but its strings are the record's; it lives
 * as long as both.
 */
const struct json_node *json_gather_path(struct json_gather *gather, const struct json_node *node,
                                         struct text dotted_path);

#endif
