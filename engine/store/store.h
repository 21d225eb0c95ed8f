/*
 * The room store keeps everything that margay remembers; this is its interface.
 *
 * The store: everything margay remembers. This is all that the rest of margay knows of it; what is
 * below store/sqlite/ keeps it in a file. A backend is a folder that defines these functions, and
 * is chosen when margay is linked: a daemon has one store for as long as it runs, so a table of
 * function pointers would offer a choice that nobody makes. (docs/architecture.md, "Another
 * backend".)
 *
 * Threads. A handle serves one thread at a time; threads open their own. Handles of one store, of
 * any threads and processes, may be used at once: readers never wait for a writer, and writers take
 * turns, each waiting for up to 30 s.
 *
 * Transactions. What a batch produced goes between store_begin and store_commit: that is the one
 * transaction. Every function may be called within; what it writes is then kept or taken back with
 * all the rest, and what it reads includes what the transaction wrote. Called outside, it is a
 * transaction of its own: all of it is durable when it returns, or nothing was written. (The
 * exception is store_outbox_claim.) Nothing is written at any other time.
 *
 * Errors. Functions return false (or NULL) with the reason in `error`: disk full, file damaged,
 * locked for too long, what was given does not fit. What they fill is then of no meaning, unless
 * they say otherwise. After one failure inside a transaction every further statement of it fails:
 * the caller rolls back, and may try the whole batch again. That something is not there is no
 * error.
 *
 * Callbacks run within the function that they were given to. They must not write through the same
 * handle, and must not call the function that called them; other reads are fine. Texts given to
 * them live during the call.
 *
 * Texts given in are copied, and hold any bytes. Times are microseconds (base/clock.h); where the
 * time at which a row came in matters, it is by the store's own clock. What "found", "added",
 * "joined" and "deleted" point to is always set.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "alert/alert.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"

struct store;

/* Opens or creates the store (a file: mode 0600), brings its schema up to date, and refuses one
 * that a newer margay or another program wrote; what it refuses it leaves as it is. An interrupted
 * update of the schema leaves the old one. NULL with the reason. */
struct store *store_open(const char *path, struct error *error);

/* The same for who only reads a file that they may not write: nothing is made or changed, neither
 * the file nor anything beside it. One with an older schema is refused, because it cannot be
 * brought up to date. What would write fails. */
struct store *store_open_to_read(const char *path, struct error *error);

/* A private store that only this handle sees and that is gone at close, for work that outgrows
 * memory. Whatever keeps the state, this is a temporary file. */
struct store *store_open_scratch(struct error *error);

/* The same with a transaction that its user never ends: to commit what goes at close costs time and
 * gains nothing. */
struct store *store_open_scratch_begun(struct error *error);

void store_close(struct store *store); /* NULL is fine; an open transaction is rolled back */

/* What keeps the state, and its version: for people. Any thread. */
const char *store_engine_name(void);
const char *store_engine_version(void);

/* Begins a transaction; there must be none. It waits for other writers here and never later. A
 * failed commit keeps nothing and ends the transaction. Rolling back does nothing without one. */
bool store_begin(struct store *store, struct error *error);
bool store_commit(struct store *store, struct error *error);
void store_rollback(struct store *store);

/* ---- checkpoints and tokens -------------------------------------------------------------- */

/* How far a source has been read, in the source's own words. found = false when never. What was in
 * a buffer that a function here fills is replaced. */
bool store_checkpoint_get(struct store *store, struct text source_id, struct buffer *out,
                          bool *found, struct error *error);
bool store_checkpoint_set(struct store *store, struct text source_id, struct text checkpoint,
                          struct error *error);

/* The same for a part of a source (one file of many), so that what many parts remember is not
 * written again for each of them. An empty checkpoint forgets the part. */
bool store_checkpoint_part_set(struct store *store, struct text source_id, struct text part,
                               struct text checkpoint, struct error *error);
/* Calls `each` for every part of a source, in order of their names. */
bool store_checkpoint_parts(struct store *store, struct text source_id,
                            void (*each)(void *context, struct text part, struct text checkpoint),
                            void *context, struct error *error);

/* One access token an account and app (`key`), shared by every source of both. */
bool store_token_get(struct store *store, struct text key, struct buffer *token, time_us *expires,
                     bool *found, struct error *error);
bool store_token_set(struct store *store, struct text key, struct text token, time_us expires,
                     struct error *error);

/* ---- events ------------------------------------------------------------------------------ */

struct store_event {
  struct text row_id, source_id, log_type;
  time_us event_time, parse_time;
  struct text record; /* raw bytes */
};

/* Remembers that a row of a re-read source was taken, on that UTC day. added = false when it was
 * known: the caller then leaves the event out. */
bool store_row_add(struct store *store, struct text source_id, struct text row_id,
                   time_us event_time, bool *added, struct error *error);
bool store_row_known(struct store *store, struct text source_id, struct text row_id, bool *known,
                     struct error *error);
/* Remembers that a record of a source was received whose sender may send it again, for as long as
 * receipts are kept (store_receipt_prune). `event_time` is what the record itself says, the same
 * each time it is sent; 0 when it says none. added = false when it was known: the caller then
 * leaves the record out. */
bool store_receipt_add(struct store *store, struct text row_id, time_us event_time,
                       time_us received_at, bool *added, struct error *error);
/* Keeps events in the archive. */
bool store_event_add(struct store *store, const struct store_event *events, size_t count,
                     struct error *error);

/* By what an event can be found: a number that stands for a value in it. */
struct store_indicator {
  uint64_t number; /* the high 39 bits count */
  uint32_t event;  /* index among the events that come with it */
};
struct store_indicators {
  const struct store_indicator *items; /* in any order; the same may come again */
  size_t count;
};

/* The same, and puts them into the index, also those without indicators: within a transaction when
 * store_event_index is called, until when searches read these events. */
bool store_event_add_indexed(struct store *store, const struct store_event *events, size_t count,
                             const struct store_indicators *indicators, struct error *error);
/* Writes the index of what the transaction has added, once for all of it. */
bool store_event_index(struct store *store, struct error *error);

/*
 * Looks for the events that may have one of these indicators and no event time before `since`
 * (TIME_NONE: of any time), the latest rows first. Events that are not indexed, or whose part of
 * the index is damaged, are looked at one by one, so `each` gets all of them: it must see for
 * itself whether the event is one, by its record. It returns false to end the search. Texts live
 * during the call.
 */
struct store_search {
  const uint64_t *numbers; /* of the indicators */
  size_t count;
  time_us since;
  bool (*each)(void *context, const struct store_event *event, bool indexed);
  void *context;
  int64_t *damaged; /* how many events have a damaged index is added to it; NULL: not wanted */
};
bool store_event_search(struct store *store, const struct store_search *search,
                        struct error *error);

/* Calls `found` with the event of this row; texts live during the call. *known = false: there is
 * none, or it is past its retention. Looks through the index of all events: for people. */
bool store_event_find(struct store *store, struct text row_id,
                      void (*found)(void *context, const struct store_event *event), void *context,
                      bool *known, struct error *error);

/* The archive's events of these log types, in order of event time, those of the same time by log
 * type and row id: `since` and later, before `until` (TIME_NONE: no end). `each` returns false to
 * end it, may take as long as it likes, and holds nobody up. What comes in meanwhile may be seen
 * or not. */
struct store_archive {
  const struct text *log_types; /* each once */
  size_t log_type_count;
  time_us since, until;
};
bool store_event_read(struct store *store, const struct store_archive *archive,
                      bool (*each)(void *context, const struct store_event *event), void *context,
                      struct error *error);

/* Whether the archive has this event of this log type, time and row id: quick. */
bool store_event_known(struct store *store, const struct store_event *event, bool *known,
                       struct error *error);

/* ---- backfills --------------------------------------------------------------------------- */

enum backfill_state { BACKFILL_OPEN, BACKFILL_DONE, BACKFILL_FAILED };
#define BACKFILL_STATE_COUNT 3

/* Days of a source that are to be read once more. */
struct store_backfill {
  int64_t id;
  struct text source_id;
  time_us from, to; /* the beginnings of the first and the last day */
  int alerts;       /* what becomes of them: enum history_alerts */
  enum backfill_state state;
  time_us started_at, updated_at; /* 0: it has not begun */
  int64_t share;                  /* that is done, in millionths */
  int64_t records;                /* that were new */
  struct text error;              /* empty when there is none */
};
/* Asks for it: who has the state file locked does it. One that was not done goes on. */
bool store_backfill_ask(struct store *store, const struct store_backfill *backfill, time_us now,
                        struct error *error);
/* All that were ever asked for, the oldest first; each returns false to stop. */
bool store_backfill_list(struct store *store,
                         bool (*each)(void *context, const struct store_backfill *backfill),
                         void *context, struct error *error);
/* How far an open one has come: its state, share, records and error. */
bool store_backfill_update(struct store *store, const struct store_backfill *backfill, time_us now,
                           struct error *error);

/* ---- dead letters ------------------------------------------------------------------------- */

struct store_dead_letter {
  int64_t id, reason_id;                   /* given by the store */
  struct text source_id, log_type, row_id; /* may be empty */
  struct text source_label;                /* as it was when the reason was new */
  struct text record;                      /* raw bytes */
  struct text error;                       /* as it was for this record */
  struct text reason;                      /* the error without what comes from the record */
  uint64_t occurrence;                     /* for the row id of the event that it may become */
  time_us received_at;
};
/* Keeps a record that was refused. *reason_id names its source, log type and reason for as long as
 * they have dead letters, and is never given to others. */
bool store_dead_letter_add(struct store *store, const struct store_dead_letter *letter,
                           int64_t *reason_id, struct error *error);

/* The dead letters of one source, log type and reason. */
struct store_dead_letter_reason {
  int64_t id;
  struct text source_id, source_label, log_type, reason;
  time_us first_at, last_at; /* received */
  int64_t count, to_retry;
};
typedef void store_dead_letter_reason_each(void *context,
                                           const struct store_dead_letter_reason *reason);
bool store_dead_letter_reasons(struct store *store, store_dead_letter_reason_each *each,
                               void *context, struct error *error);
/* Those of them that have letters to be retried, at the cost of these letters only: `count` is
 * their number, and `last_at` is not set. */
bool store_dead_letter_marked(struct store *store, store_dead_letter_reason_each *each,
                              void *context, struct error *error);

/* Calls `each` for the newest `limit` dead letters of a reason, the newest first; each returns
 * false to stop. */
bool store_dead_letter_list(struct store *store, int64_t reason_id, int64_t limit,
                            bool (*each)(void *context, const struct store_dead_letter *letter),
                            void *context, struct error *error);

/* Marks at most `limit` dead letters of a reason to be retried: who has the state file locked does
 * it. *count says how many were not marked before (0: done). */
bool store_dead_letter_mark(struct store *store, int64_t reason_id, time_us now, int64_t limit,
                            int64_t *count, struct error *error);
/* The marked ones of a reason whose ids are above `after`, in order of their ids. */
bool store_dead_letter_to_retry(struct store *store, int64_t reason_id, int64_t after,
                                int64_t limit,
                                bool (*each)(void *context, const struct store_dead_letter *letter),
                                void *context, struct error *error);
/* Deletes one: it was retried, and what became of it is in the same transaction. */
bool store_dead_letter_remove(struct store *store, int64_t id, struct error *error);
/* Deletes at most `limit` of a reason. *count says how many (0: done). */
bool store_dead_letter_drop(struct store *store, int64_t reason_id, int64_t limit, int64_t *count,
                            struct error *error);

/* ---- windows ----------------------------------------------------------------------------- */

/* A window's saved state (detect/window/window.h gives it meaning), which begins with no NUL. What
 * was damaged in the file is given as bytes that are no state. `needed_until`, by the wall
 * clock: store_prune leaves it alone before that. */
bool store_window_get(struct store *store, struct text rule_id, struct text dedup,
                      struct buffer *state, bool *found, struct error *error);
bool store_window_set(struct store *store, struct text rule_id, struct text dedup,
                      struct text state, time_us needed_until, struct error *error);

/* ---- kv ---------------------------------------------------------------------------------- */

/* What a stateful rule remembers under a key (rule/kv/kv.h gives it meaning). Expiry is in event
 * time: the store keeps what has expired until store_kv_prune. */
struct store_kv {
  int type;
  struct text value;
  time_us expires_at;
  bool expiry_given;
};
/* The value is put into the buffer, and `entry->value` points there. */
bool store_kv_get(struct store *store, struct text rule_id, struct text key, struct buffer *value,
                  struct store_kv *entry, bool *found, struct error *error);
bool store_kv_set(struct store *store, struct text rule_id, struct text key,
                  const struct store_kv *entry, struct error *error);
bool store_kv_delete(struct store *store, struct text rule_id, struct text key,
                     struct error *error);

/* Events have come as far as this; an earlier time than before changes nothing. */
bool store_kv_advance(struct store *store, time_us event_time, struct error *error);

/* ---- correlations ------------------------------------------------------------------------ */

/* What a correlation remembers of one key (detect/correlation/correlation_state.h gives it
 * meaning). */
struct store_correlation {
  struct text state;  /* as that of a window */
  time_us due;        /* until when something is waited for; TIME_NONE: for nothing */
  time_us expires_at; /* event time: of no use behind it */
};
/* The state is put into the buffer, and `row->state` points there. */
bool store_correlation_get(struct store *store, struct text rule_id, struct text key,
                           struct buffer *state, struct store_correlation *row, bool *found,
                           struct error *error);
bool store_correlation_set(struct store *store, struct text rule_id, struct text key,
                           const struct store_correlation *row, struct error *error);
bool store_correlation_delete(struct store *store, struct text rule_id, struct text key,
                              struct error *error);

/* Calls `each` for the first `limit` keys that are due before `before`, in order of the time. Texts
 * live during the call, which must leave correlations alone. */
bool store_correlation_due(struct store *store, struct text rule_id, time_us before, int64_t limit,
                           void (*each)(void *context, struct text key, time_us due), void *context,
                           struct error *error);

/* Deletes the keys of a correlation that expire first, when there are more than `most`. */
bool store_correlation_bound(struct store *store, struct text rule_id, int64_t most,
                             int64_t *deleted, struct error *error);

/* How far a source was read. */
struct store_progress {
  struct text source_id, log_type; /* the log type is empty when records name it themselves */
  time_us latest;                  /* event time; TIME_NONE: there was no event */
  time_us watermark;               /* as batch.watermark, of the last batch that reported one */
};
bool store_progress_list(struct store *store,
                         void (*each)(void *context, const struct store_progress *progress),
                         void *context, struct error *error);
bool store_progress_set(struct store *store, const struct store_progress *progress,
                        struct error *error);

/* ---- alerts ------------------------------------------------------------------------------ */

/* An alert whose id is there already stays as it is; its count grows and its times widen by those
 * of the one given. What happens to it later: store_lifecycle.h. */
bool store_alert_add(struct store *store, const struct alert *alert, struct error *error);
/* When a source was there first: at `now`, if it was not known. */
bool store_source_start(struct store *store, struct text source_id, time_us now, time_us *started,
                        struct error *error);

/* An alert that was held is one like any other from now on. *released = false: it was not held. */
bool store_alert_release(struct store *store, struct text alert_id, bool *released,
                         struct error *error);

/* Alerts of one source and rule that are held and were not summed up. */
struct store_history {
  struct text source_id, source_label, rule_id, display_name, log_type;
  enum severity severity; /* the gravest */
  int64_t alerts, matches;
  time_us first_event_time, last_event_time;
};
bool store_history_list(struct store *store,
                        void (*each)(void *context, const struct store_history *history),
                        void *context, struct error *error);
/* Who did most of it, at most `limit`. */
bool store_history_actors(struct store *store, struct text source_id, struct text rule_id,
                          int64_t limit,
                          void (*each)(void *context, struct text actor, int64_t matches),
                          void *context, struct error *error);
/* They are summed up now; they stay held. */
bool store_history_done(struct store *store, struct text source_id, struct text rule_id,
                        struct error *error);

/* One event that a rule said true to. */
struct store_match {
  struct text alert_id; /* empty: below the threshold, or a signal */
  struct text rule_id, dedup, row_id;
  struct text actor; /* who did it; empty: nobody knows, or the rule failed */
  time_us event_time;
  int64_t suppressed; /* why no alert takes it, by the number of who keeps it; 0: one may */
  const struct store_attribute *attributes; /* what its alert sums up; each counts once */
  size_t attribute_count;
};
struct store_attribute {
  struct text name, value;
};
bool store_match_add(struct store *store, const struct store_match *match, struct error *error);
/* Matches of this rule and dedup that were counted before the threshold was reached, have no alert
 * yet and are not suppressed, with event times in [from, to], become the alert's. */
bool store_match_claim(struct store *store, struct text alert_id, struct text rule_id,
                       struct text dedup, time_us from, time_us to, struct error *error);

/* Matches of a rule that tuning keeps from alerts, as far as they are within their retention. */
struct store_suppressed {
  struct text rule_id;
  int64_t count;
  time_us latest; /* event time */
};
/* Calls `each` for every rule that has some, in order of id; texts live during the call. */
bool store_suppressed(struct store *store,
                      void (*each)(void *context, const struct store_suppressed *suppressed),
                      void *context, struct error *error);

struct alert_filter {
  struct text rule_id;      /* empty = any; as it is written */
  struct text rule_pattern; /* empty = any; `*` is any characters; letters of any case */
  struct text actor;        /* the same */
  struct text source_id;    /* empty = any */
  uint32_t states;          /* bit 1 << enum alert_state; 0 = any */
  uint32_t types;           /* bit 1 << enum alert_type; 0 = any */
  struct text words;        /* empty = any; that title, name, actor, rule, dedup or id hold, in any
                               case of letters */
  struct text before;       /* id of an alert after which the list goes on; empty = the newest */
  bool by_severity;
  enum severity min_severity;
  time_us since, until; /* of created_at, `until` itself is out; TIME_NONE = open */
  int64_t limit;        /* newest first; 0 = 100 */
};

/* Appends the id, as it is written, of the rule that has alerts and this id in any case of letters;
 * the given one when there is none. */
bool store_alert_rule_id(struct store *store, struct text given, struct buffer *id,
                         struct error *error);

/* Calls `each` per alert; texts live during the call; each returns false to stop. */
bool store_alert_list(struct store *store, const struct alert_filter *filter,
                      bool (*each)(void *context, const struct alert *alert), void *context,
                      struct error *error);

/* The same for alerts that were added after the number *after, oldest first and without a limit;
 * and *after is then the number of the last one there is. */
bool store_alert_follow(struct store *store, const struct alert_filter *filter, int64_t *after,
                        bool (*each)(void *context, const struct alert *alert), void *context,
                        struct error *error);

/* One alert by its id or a prefix of it that is unique (at least 4 characters). */
bool store_alert_show(struct store *store, struct text id_or_prefix,
                      void (*found)(void *context, const struct alert *alert), void *context,
                      struct error *error);

/* One alert by its whole id. *known = false: there is none. */
bool store_alert_find(struct store *store, struct text id,
                      void (*found)(void *context, const struct alert *alert), void *context,
                      bool *known, struct error *error);

/* The alert's events that are still kept, oldest first, at most `limit`. */
bool store_alert_events(struct store *store, struct text alert_id, int64_t limit,
                        bool (*each)(void *context, const struct store_event *event), void *context,
                        struct error *error);

/* ---- numbers and upkeep ------------------------------------------------------------------ */

struct store_counts {
  int64_t events, dead_letters, alerts, matches, outbox_pending, outbox_delivered, outbox_parked,
      outbox_held;
};
bool store_count(struct store *store, struct store_counts *counts, struct error *error);

/*
 * Deleting goes in slices, so that whoever has something to write waits for one slice at most. A
 * slice ends after so many rows or when its time is over, whatever comes first, but deletes one row
 * if there is one to delete. Outside a transaction it is one of its own that does not wait for the
 * disk: what a power failure brings back is deleted again.
 */
struct store_slice {
  int64_t rows;
  int64_t most_us;
};
struct store_pruned {
  int64_t rows; /* that were deleted */
  bool more;    /* the slice ended before there was nothing left */
};

/* What has a retention. */
enum store_part {
  STORE_EVENTS,       /* by the time at which they were read: a back-fill is old but still wanted */
  STORE_DEAD_LETTERS, /* when they came in */
  STORE_MATCHES,      /* when they were found, with their attributes */
  STORE_WINDOWS,      /* neither needed nor changed since */
  STORE_ALERTS,       /* when they were opened, with their matches and deliveries; stays: what is
                         still to be delivered, and what a match could still join */
  STORE_PARTS
};
const char *store_part_name(enum store_part part); /* "events", "dead_letters", … */

/* Deletes a slice of what a part has from before `before`. Rows that a clock ahead of its time has
 * dated later than the store's clock says are left for then, and are in no other row's way. */
bool store_prune(struct store *store, enum store_part part, time_us before,
                 const struct store_slice *slice, struct store_pruned *pruned, struct error *error);

/* Forgets a slice of the rows of a source whose event time is before `before` (its re-read window
 * moved). `next`: the row id with which a slice begins, empty for the first one; set to where the
 * next one begins. */
bool store_row_prune(struct store *store, struct text source_id, time_us before,
                     const struct store_slice *slice, struct buffer *next,
                     struct store_pruned *pruned, struct error *error);

/* Forgets a slice of the receipts from before `before`. One of a record that is dated later than
 * that stays until then. */
bool store_receipt_prune(struct store *store, time_us before, const struct store_slice *slice,
                         struct store_pruned *pruned, struct error *error);

/* How many rows a part has from before `before`, found without counting them: right as far as their
 * ids follow their times. 0 for windows. */
bool store_stale(struct store *store, enum store_part part, time_us before, int64_t *rows,
                 struct error *error);

/* About how many rows a part has, and the time of its first one (TIME_NONE: it has none), found
 * without counting them. Not for windows. */
bool store_extent(struct store *store, enum store_part part, int64_t *rows, time_us *oldest,
                  struct error *error);

/* Deletes entries of kv that no event will ask for: those that expired longer than `grace` before
 * the latest event time, and that were not changed for as long by the wall clock either (while an
 * old history is read beside new events, its entries are behind the latest time from the start). */
bool store_kv_prune(struct store *store, int64_t grace, const struct store_slice *slice,
                    struct store_pruned *pruned, struct error *error);

/* Deletes what correlations remember that expired before the event time `before` and was not
 * changed for `grace` by the wall clock either. */
bool store_correlation_prune(struct store *store, time_us before, int64_t grace,
                             const struct store_slice *slice, struct store_pruned *pruned,
                             struct error *error);

/* ---- space ------------------------------------------------------------------------------- */

struct store_space {
  int64_t file_bytes; /* what is not in the log yet included */
  int64_t free_bytes; /* of them: left by deleted rows, for new ones */
  int64_t log_bytes;  /* of the write-ahead log beside the file */
  bool shrinks;       /* free space can be given back: the file was made for it */
};
bool store_space(struct store *store, struct store_space *space, struct error *error);

/* Gives about so many free bytes back to the file system, the end of the file first; nothing where
 * the file does not shrink. A transaction as short as the bytes are few; outside of any other. */
bool store_shrink(struct store *store, int64_t bytes, struct error *error);

/* Copies the log into the file and cuts it to nothing, waiting for writers and for readers of old
 * states for at most so long. *done = false: they are still there, and the log grows until then. */
bool store_log_cut(struct store *store, int64_t wait_us, bool *done, struct error *error);

/* For who has the store to itself: rebuilds a file that an older margay made, so that it shrinks
 * from then on, if it has at most so many bytes. *made says whether it did. */
bool store_make_shrinkable(struct store *store, int64_t most_bytes, bool *made,
                           struct error *error);

#endif
