/* The stage that keeps the events. */
#include "daemon/commit/commit_internal.h"

/* The receipt of a record without a time of its own: what stands for its time is that of its
 * receipt, another one each time it is sent. */
#define UNTIMED 0

bool commit_take_row(struct commit_step *step, const char *row_id, time_us time, bool *taken,
                     struct error *error) {
  struct store *store = step->committer->options.store;
  const struct batch *batch = step->result->batch;
  bool ok = true;
  *taken = true;
  if (batch->rereads)
    ok = store_row_add(store, step->source_id, text_from(row_id), time, taken, error);
  else if (batch->resends)
    ok = store_receipt_add(store, text_from(row_id), time == batch->received_at ? UNTIMED : time,
                           batch->received_at, taken, error);
  step->repeated_count += !*taken;
  return ok;
}

/* The indicators of the events that are kept: `places` says where each event is among these. */
static struct store_indicators kept_indicators(const struct batch_result *result,
                                               const uint32_t *places, const bool *repeated,
                                               struct arena *scratch) {
  struct store_indicator *items =
      arena_alloc(scratch, (result->indicator_count + 1) * sizeof *items);
  size_t count = 0;
  for (size_t i = 0; i < result->indicator_count; i++) {
    const struct event_indicator *indicator = &result->indicators[i];
    if (!repeated[indicator->event])
      items[count++] = (struct store_indicator){indicator->number, places[indicator->event]};
  }
  return (struct store_indicators){items, count};
}

static const struct source_type *type_of(const struct commit_step *step) {
  const struct committer_setup *setup = &step->committer->options.setup;
  for (size_t i = 0; i < setup->source_count; i++)
    if (text_equal(setup->sources[i].id, step->source_id))
      return setup->sources[i].type;
  return NULL;
}

/* A dead letter that is retried has another row id as an event: its log type was not known, or its
 * bytes were hashed as they came. So the event is remembered, too, for when the source brings the
 * record again. That a row is known may be the letter's own doing; the archive knows better. */
static bool take_letter(struct commit_step *step, const struct kept_event *event, bool *taken,
                        struct error *error) {
  struct store *store = step->committer->options.store;
  const struct source_type *type = type_of(step);
  time_us now = step->result->batch->received_at;
  bool added, ok = true;
  *taken = true;
  if (type && type->rereads)
    ok = store_row_add(store, step->source_id, text_from(event->row_id), event->event_time, &added,
                       error);
  if (ok && type && type->resends)
    ok = store_receipt_add(store, text_from(event->row_id),
                           event->event_time == now ? UNTIMED : event->event_time, now, taken,
                           error);
  step->repeated_count += !*taken;
  return ok;
}

/* Rows of a re-read source are forgotten after some days; a backfill goes back further. A dead
 * letter may have been read again since. What the archive holds was taken. */
static bool is_archived(struct commit_step *step, const struct kept_event *event, bool *taken,
                        struct error *error) {
  const struct store_event asked = {.row_id = text_from(event->row_id),
                                    .log_type = event->log_type,
                                    .event_time = event->event_time};
  bool known = false;
  const struct batch *batch = step->result->batch;
  const struct source_type *type = batch->letters ? type_of(step) : NULL;
  if (*taken && (batch->backfill_alerts > 0 || (type && type->rereads)) &&
      !store_event_known(step->committer->options.store, &asked, &known, error))
    return false;
  *taken = *taken && !known;
  step->repeated_count += known;
  return true;
}

bool commit_events(struct commit_step *step, struct error *error) {
  struct committer *committer = step->committer;
  const struct batch_result *result = step->result;
  struct arena *scratch = &committer->scratch;
  struct store_event *rows = arena_alloc(scratch, (result->event_count + 1) * sizeof *rows);
  uint32_t *places = arena_alloc(scratch, (result->event_count + 1) * sizeof *places);
  size_t count = 0;
  /* One more: without a list of events all matches have the index 0. */
  step->repeated = arena_alloc(scratch, result->event_count + 1);
  for (size_t i = 0; i < result->event_count; i++) {
    const struct kept_event *event = &result->events[i];
    bool taken;
    bool ok = result->batch->letters
                  ? take_letter(step, event, &taken, error)
                  : commit_take_row(step, event->row_id, event->event_time, &taken, error);
    if (!ok || !is_archived(step, event, &taken, error))
      return false;
    step->repeated[i] = !taken;
    if (!taken)
      continue;
    places[i] = (uint32_t)count;
    rows[count++] = (struct store_event){.row_id = text_from(event->row_id),
                                         .source_id = step->source_id,
                                         .log_type = event->log_type,
                                         .event_time = event->event_time,
                                         .parse_time = result->batch->received_at,
                                         .record = event->record};
  }
  committer->counts.events += count;
  if (!committer->options.setup.keep_events)
    return true;
  if (!result->lists_indicators)
    return store_event_add(committer->options.store, rows, count, error);
  struct store_indicators indicators = kept_indicators(result, places, step->repeated, scratch);
  return store_event_add_indexed(committer->options.store, rows, count, &indicators, error);
}
