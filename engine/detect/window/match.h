/*
 * A match: one event that a rule said true to (or failed on), with all that an alert would need to
 * say. Its texts belong to whoever made it, usually a batch result's arena. A match is a value: it
 * serves one thread at a time.
 *
 * Most matches open no alert: they are signals, join an alert, or stay below a threshold. So a
 * match may be brief. It has what groups it, and the record in the place of what people read; that
 * is made from the record when an alert opens with it (detect/window/match_describer.h).
 */
#ifndef DETECT_WINDOW_MATCH_H
#define DETECT_WINDOW_MATCH_H

#include "alert/alert.h"
#include "base/arena.h"
#include "rule/vm/rule_vm.h"

struct match {
  const struct rule *rule;
  enum alert_type type; /* ALERT_RULE, or ALERT_RULE_ERROR: the rule failed on this event */
  time_us event_time;
  bool untimed;   /* the event has no time of its own: event_time is that of the reading */
  bool doubtful;  /* event_time does not show how far time is (event_moves_time) */
  uint64_t order; /* place among all records read: breaks ties between equal times */
  struct rule_outcome outcome;
  struct text log_type, source_id, source_label, row_id;
  struct text event;      /* JSON of the event, with its p_ fields */
  struct text attributes; /* what alerts sum up of it (detect/window/attributes.h) */
  size_t event_index;     /* within its batch result */
  /* What keeps it from alerts: it is kept, and feeds correlations. NULL: nothing. Lives as long as
   * the rule. */
  const struct rule_suppressor *suppressor;
  /* A brief match: of the outcome, what rule_vm_describe_key gives, and no event. */
  bool brief;
  struct text record;
  time_us parse_time;
};

/* What optional functions did wrong. A function that goes wrong may do so on every event, and each
 * time with another text: so not all are kept. */
#define MATCH_NOTES_MAX 1000
struct match_notes {
  struct problems kept; /* the first ones, at most MATCH_NOTES_MAX */
  uint64_t count;       /* of all */
};

/* A match of a rule on the vm's event: runs its functions, copies everything into the arena.
 * What went wrong in optional functions is added to notes. */
struct match match_describe(struct rule_vm *vm, const struct rule *rule, const struct event *event,
                            struct arena *arena, struct match_notes *notes);

/* Copies that all matches of one event share, in the arena of the first: each is made when a match
 * needs it. Zeroed before the first match. */
struct match_copies {
  struct text log_type, source_id, source_label, row_id; /* row_id: empty until these are made */
  struct text record, event;                             /* the same each */
};

/* The same with the event's copies. */
struct match match_describe_shared(struct rule_vm *vm, const struct rule *rule,
                                   const struct event *event, struct match_copies *copies,
                                   struct arena *arena, struct match_notes *notes);

/* The same, brief. Of a rule whose functions depend on what it remembers, or whose matches
 * correlations look at, a whole match is wanted. */
struct match match_describe_key(struct rule_vm *vm, const struct rule *rule,
                                const struct event *event, struct match_copies *copies,
                                struct arena *arena, struct match_notes *notes);

/* Makes a brief match whole. The vm is at its event, which was read from its record again. What was
 * known stays as it is. */
void match_describe_rest(struct match *match, struct rule_vm *vm, const struct event *event,
                         struct arena *arena, struct match_notes *notes);

/* The same from an outcome that is known. */
struct match match_of_outcome(const struct rule *rule, const struct event *event,
                              const struct rule_outcome *outcome, struct arena *arena);

/* A match that says that the rule failed on the event. Its dedup is the reason
 * (detect/window/rule_error.h); its severity is that of failures, whatever the rule's is, and it
 * goes by routing, wherever the rule's alerts go. */
struct match match_of_error(const struct rule *rule, const struct event *event,
                            const struct error *error, struct arena *arena);

/* The key of its window, in two parts and joined ("rule id \0 dedup") for maps. Rule errors have no
 * windows. `joined` lives in the arena. */
struct match_window_key {
  struct text rule_id, dedup, joined;
};
struct match_window_key match_window_key(const struct match *match, struct arena *arena);

/* The id of the alert that opens with this match. Of a rule error: the same for each of this rule's
 * version and reason. Else the same whenever the same row of the same time
 * opens it. The time, because a row that has none of its own may come again much later, at the same
 * place of another file. */
#define ALERT_ID_SIZE 32
void match_alert_id(const struct match *match, char id[ALERT_ID_SIZE + 1]);

/* The alert that opens with `match`, which is whole, as its first event; texts point into the match
 * and its rule. */
struct alert match_alert(const struct match *match, const char *id, time_us created_at);

/* Bytes that hold all of a match but its rule, the texts that are those of the rule's metadata, and
 * its suppressor, and back. The decoded texts point into `bytes` and the rule. False when the bytes
 * are damaged. No time that is decoded is so far away that computing with it overflows: periods
 * have months, event times the years 0 to 9999. */
#define MATCH_TIME_MOST (INT64_MAX / 4)
static inline bool match_time_is_sane(time_us time) {
  return time > -MATCH_TIME_MOST && time < MATCH_TIME_MOST;
}
void match_encode(const struct match *match, struct buffer *out);
bool match_decode(struct text bytes, const struct rule *rule, struct arena *arena,
                  struct match *match);

#endif
