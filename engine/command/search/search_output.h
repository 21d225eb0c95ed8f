/*
 * The room command/search is `margay search` and `margay events`: people's eyes on the archive.
 *
 * How found events are printed, one by one. Private to the room.
 */
#ifndef COMMAND_SEARCH_SEARCH_OUTPUT_H
#define COMMAND_SEARCH_SEARCH_OUTPUT_H

#include "event/event.h"
#include "store/store.h"

enum search_format { SEARCH_TEXT, SEARCH_JSON, SEARCH_CSV };
#define SEARCH_FIELDS_MAX 64

struct search_output {
  enum search_format format;
  struct text fields[SEARCH_FIELDS_MAX]; /* paths; none: the whole event */
  size_t field_count;
};

/* Splits "operator,object.id" at its commas; the text must outlive the output. False: there are
 * more than SEARCH_FIELDS_MAX. */
bool search_output_fields(struct search_output *output, struct text given);

/* Appends a cell of CSV (RFC 4180), behind a comma unless a line begins with it. What a spreadsheet
 * would run as a formula gets an apostrophe before it: event data is hostile, and people open such
 * files with a click. */
void search_output_append_cell(struct buffer *out, struct text value);

/* What stands before all events: the header of CSV. */
void search_output_begin(const struct search_output *output);

/* `event` is NULL when the record cannot be read by today's schemas. */
void search_output_event(const struct search_output *output, const struct store_event *stored,
                         const struct event *event);

#endif
