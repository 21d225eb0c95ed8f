/* Making dictionaries, of events that are there. */
#include "base/memory.h"
#include "store/sqlite/archive/archive.h"
#include "store/sqlite/archive/event_block.h"
#include "store/store_archive.h"

#include <stdlib.h>

#define SAMPLES_MIN 500
#define SAMPLE_PLACES 64 /* in the time of its events, so that each hour of a day is there */
/* 64 make blocks half a percent smaller, and making a dictionary takes four times as long. */
#define SAMPLES_AT_PLACE 16
#define SAMPLES_MOST (SAMPLE_PLACES * SAMPLES_AT_PLACE)
#define SAMPLE_BYTES_MAX ((size_t)8 * 1024) /* what is larger has little in common with others */
#define FIRST_WORTH 90                      /* percent of the plain bytes that it may take */
#define NEXT_WORTH 90                       /* percent of what the one before takes */
/* Events, of all log types, until the next one is tried. */
#define SECOND_AFTER 65536
#define FURTHER_AFTER (INT64_C(1) << 20)

static bool last_event(struct store *store, int64_t *id, struct error *error) {
  bool row;
  sqlite3_stmt *statement = statement_start(store, STATEMENT_EVENT_LAST, error, NULL, 0);
  bool ok = statement && statement_next(store, statement, &row, error);
  if (ok)
    *id = sqlite3_column_int64(statement, 0);
  statement_end(statement);
  return ok;
}

/* Ids come again when the newest events were deleted. */
static bool is_due(struct packed_type *type, int64_t last) {
  if (!type->current)
    return type->added >= type->wanted;
  if (type->tried_event > last)
    type->tried_event = last;
  return last - type->tried_event >= (type->tries > 1 ? FURTHER_AFTER : SECOND_AFTER);
}

/* Adds the events of a statement, whose columns are EVENT_COLUMNS; *last is the time of the last
 * one. */
static bool take_samples(struct store *store, sqlite3_stmt *statement,
                         struct packer_samples *samples, time_us *last, struct error *error) {
  struct buffer unpacked = BUFFER_NONE;
  bool row = statement, ok = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    struct text source_id = column_text(statement, 1), record = column_text(statement, 5);
    struct text packed = column_text(statement, 6);
    struct error damaged = ERROR_NONE; /* the archive's check reports it */
    *last = sqlite3_column_int64(statement, 3);
    if ((packed.size == 0 ||
         event_unpack(store, packed, &unpacked, &source_id, &record, &damaged)) &&
        record.size <= SAMPLE_BYTES_MAX)
      packer_samples_add(samples, source_id, record);
  }
  statement_end(statement);
  buffer_free(&unpacked);
  return ok;
}

/* From places that are spread evenly over the time of the log type's events. */
static bool sample_places(struct store *store, struct text log_type, time_us first, time_us latest,
                          struct packer_samples *samples, struct error *error) {
  bool ok = true;
  time_us seen = first - 1;
  for (int64_t i = 0; ok && i < SAMPLE_PLACES; i++) {
    time_us from = first + (latest - first) / SAMPLE_PLACES * i;
    from = from > seen ? from : seen + 1;
    ok = take_samples(store,
                      statement_start(store, STATEMENT_EVENT_SAMPLE, error,
                                      STATEMENT_ARGUMENTS(AS_TEXT(log_type), AS_INTEGER(from),
                                                          AS_INTEGER(SAMPLES_AT_PLACE))),
                      samples, &seen, error);
  }
  return ok;
}

static bool time_span(struct store *store, struct text log_type, time_us *first, time_us *latest,
                      struct error *error) {
  bool row;
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_EVENT_SPAN, error, STATEMENT_ARGUMENTS(AS_TEXT(log_type)));
  bool ok = statement && statement_next(store, statement, &row, error);
  if (ok) {
    *first = sqlite3_column_int64(statement, 0);
    *latest = sqlite3_column_int64(statement, 1);
  }
  statement_end(statement);
  return ok;
}

/* Where many events have one time, places give few: then the latest ones are taken. A span that is
 * no span of real times is not divided. */
static bool read_samples(struct store *store, struct text log_type, struct packer_samples *samples,
                         struct error *error) {
  time_us first, latest;
  if (!time_span(store, log_type, &first, &latest, error))
    return false;
  bool real = first >= 0 && latest < INT64_MAX;
  if (real && !sample_places(store, log_type, first, latest, samples, error))
    return false;
  if (samples->count >= SAMPLES_MIN)
    return true;
  packer_samples_free(samples);
  return take_samples(
      store,
      statement_start(store, STATEMENT_EVENT_LATEST_OF_TYPE, error,
                      STATEMENT_ARGUMENTS(AS_TEXT(log_type), AS_INTEGER(SAMPLES_MOST))),
      samples, &latest, error);
}

static bool add_dictionary(struct store *store, struct packed_type *type, int64_t last,
                           struct text bytes, struct error *error) {
  if (!statement_run(store, STATEMENT_DICTIONARY_ADD, error,
                     STATEMENT_ARGUMENTS(AS_TEXT(type->name), AS_INTEGER(PACKER_FORMAT),
                                         AS_INTEGER(clock_now(&store->clock)), AS_INTEGER(last),
                                         AS_INTEGER(type->tries + 1), AS_TEXT(bytes),
                                         AS_INTEGER(packer_checksum(bytes)))))
    return false;
  type->current =
      packing_keep(store->packing, dictionary_new(sqlite3_last_insert_rowid(store->db), bytes));
  type->tried_event = last;
  type->tries++;
  return true;
}

/* It is tried again after as many events more as there are, or as for one that was made. */
static bool put_off(struct store *store, struct packed_type *type, int64_t last, size_t samples,
                    struct error *error) {
  if (!type->current) {
    size_t missing = samples < SAMPLES_MIN ? SAMPLES_MIN - samples : samples;
    type->wanted = type->added + (int64_t)missing;
    return true;
  }
  type->tried_event = last;
  type->tries++;
  return statement_run(store, STATEMENT_DICTIONARY_TRIED, error,
                       STATEMENT_ARGUMENTS(AS_INTEGER(type->current->id), AS_INTEGER(last)));
}

static bool is_worth(struct packing *packing, const struct packed_type *type,
                     const struct packer_samples *samples, const struct packer_trial *trial) {
  if (!type->current)
    return trial->packed * 100 <= trial->plain * FIRST_WORTH;
  struct packer_trial before = packer_try(packing->packer, type->current, samples);
  return trial->packed * 100 <= before.packed * NEXT_WORTH;
}

static bool train_type(struct store *store, struct packed_type *type, int64_t last,
                       struct store_dictionary *made, struct error *error) {
  struct packing *packing = store->packing;
  struct packer_samples samples = {.count = 0};
  struct buffer bytes = BUFFER_NONE;
  struct packer_trial trial = {.samples = 0};
  bool worth = false, ok = read_samples(store, type->name, &samples, error);
  if (ok && samples.count >= SAMPLES_MIN && packer_train(&samples, &bytes)) {
    struct dictionary *candidate =
        dictionary_new(type->current ? type->current->id : 1, buffer_text(&bytes));
    trial = packer_try(packing->packer, candidate, &samples);
    worth = is_worth(packing, type, &samples, &trial);
    dictionary_free(candidate);
  }
  if (ok)
    ok = worth ? add_dictionary(store, type, last, buffer_text(&bytes), error)
               : put_off(store, type, last, samples.count, error);
  if (ok && worth)
    *made = (struct store_dictionary){.log_type = type->name,
                                      .id = type->current->id,
                                      .bytes = (int64_t)bytes.size,
                                      .samples = (int64_t)trial.samples,
                                      .plain = (int64_t)trial.plain,
                                      .packed = (int64_t)trial.packed};
  buffer_free(&bytes);
  packer_samples_free(&samples);
  event_blocks_forget(store);
  return ok;
}

bool store_archive_train(struct store *store, struct store_dictionary *made, struct error *error) {
  struct packing *packing = store->packing;
  int64_t last;
  *made = (struct store_dictionary){.log_type = TEXT("")};
  if (!packing || !packing->compress || packing->types.count == 0)
    return true;
  if (!last_event(store, &last, error))
    return false;
  for (size_t i = 0; i < packing->types.count; i++) {
    struct packed_type *type = packing->types.entries[i].value;
    if (is_due(type, last))
      return train_type(store, type, last, made, error);
  }
  return true;
}
