#include "detect/history/open_alert.h"

#include "base/memory.h"
#include "detect/story/story.h"

#include <stdlib.h>

/* The match that the alert speaks of. */
static void set_first(struct open_alert *open, const struct match *first) {
  struct buffer match = BUFFER_NONE;
  match_encode(first, &match);
  free((char *)(uintptr_t)open->match.data);
  open->rule = first->rule;
  open->match = (struct text){memory_copy_bytes(match.data, match.size), match.size};
  buffer_free(&match);
}

struct open_alert *open_alert_new(const struct match *first) {
  struct open_alert *open = memory_alloc(sizeof *open);
  open->severity = first->outcome.severity;
  set_first(open, first);
  return open;
}

void open_alert_free(void *value) {
  struct open_alert *open = value;
  free((char *)(uintptr_t)open->match.data);
  if (open->attributes)
    attribute_counts_clear(open->attributes);
  free(open->attributes);
  free(open);
}

void open_alert_join(struct open_alert *open, const struct match *match) {
  open->count++;
  if (match->outcome.severity > open->severity)
    open->severity = match->outcome.severity;
  if (open->attributes)
    attribute_counts_add(open->attributes, match->attributes);
  if (match->event_time > open->to)
    open->to = match->event_time;
}

void open_alert_absorb(struct open_alert *open, const struct window_decision *decision,
                       time_us end) {
  const struct match *first = &decision->first;
  if (story_is_restated(first, open->rule->correlation, open->severity))
    set_first(open, first);
  if (first->outcome.severity > open->severity)
    open->severity = first->outcome.severity;
  open->count += decision->count;
  open->from = decision->from < open->from ? decision->from : open->from;
  open->to = decision->to > open->to ? decision->to : open->to;
  open->end = end > open->end ? end : open->end;
}

/* What is written; the first match and the attributes follow. */
struct written {
  uint64_t rule; /* its index */
  char id[ALERT_ID_SIZE + 1];
  time_us from, to, opened;
  int64_t count;
  enum severity severity;
  uint64_t match_size;
};

void open_alert_write(const struct open_alert *open, struct buffer *out) {
  struct written written;
  memset(&written, 0, sizeof written); /* with what is between its members */
  written.rule = open->rule->index;
  memcpy(written.id, open->id, sizeof written.id);
  written.from = open->from;
  written.to = open->to;
  written.opened = open->opened;
  written.count = open->count;
  written.severity = open->severity;
  written.match_size = open->match.size;
  buffer_reset(out);
  buffer_append(out, &written, sizeof written);
  buffer_append_text(out, open->match);
  if (open->attributes)
    attribute_counts_write(open->attributes, out);
}

bool closed_alert_read(struct text bytes, const struct rule_set *rules, struct arena *arena,
                       struct closed_alert *closed) {
  struct written written;
  if (bytes.size < sizeof written)
    return false;
  memcpy(&written, bytes.data, sizeof written);
  struct text rest = {bytes.data + sizeof written, bytes.size - sizeof written};
  if (written.rule >= rules->count || written.match_size > rest.size)
    return false;
  *closed = (struct closed_alert){
      .from = written.from,
      .to = written.to,
      .opened = written.opened,
      .count = written.count,
      .severity = written.severity,
      .attributes = {rest.data + written.match_size, rest.size - written.match_size}};
  memcpy(closed->id, written.id, sizeof closed->id);
  return match_decode((struct text){rest.data, written.match_size}, &rules->rules[written.rule],
                      arena, &closed->first);
}

struct alert closed_alert_as_alert(const struct closed_alert *closed) {
  struct alert alert = match_alert(&closed->first, closed->id, closed->opened);
  alert.first_event_time = closed->from;
  alert.last_event_time = closed->to;
  alert.match_count = closed->count;
  alert.severity = closed->severity;
  alert.attributes = closed->attributes;
  return alert;
}
