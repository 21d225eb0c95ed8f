/*
 * The room command/tuning changes the list `tuning` in the text of a configuration.
 *
 * An entry put into the list `tuning` of a configuration's text. Everything else in the file stays
 * as it is, byte by byte: comments, order, quotes, line ends. So the text is not written anew from
 * what was read; a few bytes are put in at a place that the reader has named. Then the new text is
 * read, and must say what the old one said and the entry; if it does not, the file is of a form
 * that this cannot change, and stays.
 */
#ifndef COMMAND_TUNING_TUNING_EDIT_H
#define COMMAND_TUNING_TUNING_EDIT_H

#include "base/buffer.h"
#include "base/error.h"

#include <jansson.h>

/*
 * Puts the entry (an object, as yaml_write.h has values, with texts `rule` and `reason`, or without
 * the latter) into `file` and appends the new text. An entry of the same rule and reason gets what
 * is different in the new one: exceptions and hours (lists) are added, other keys are set. If
 * there is none, the entry is a new one, the last. *changed = false when all of it is there
 * already.
 *
 * False with the reason, which names the place: the text is not YAML, or not of a form in which the
 * entry can be put. `name` is the file's, for errors.
 */
bool tuning_edit(struct text file, const char *name, const json_t *entry, struct buffer *out,
                 bool *changed, struct error *error);

#endif
