/* Events of which everything follows from their number, and what an archive has of them. */
#ifndef TESTS_STORE_BLOCK_EVENTS_H
#define TESTS_STORE_BLOCK_EVENTS_H

#include "store/store_archive.h"
#include "store/store_fixture.h"
#include "store/store_number.h"

static const char *const names[] = {"Zoom.Activity", "Zoom.Meeting", "Zoom.Operation"};
#define NAMES 3
#define EVENTS_MOST 4096

/* Events that the blocks count. */
static inline int64_t left(struct store_fixture *f) {
  return store_number(f->store, "SELECT ifnull(sum(events), 0) FROM event_block");
}

/* Event `i` has the row id i, as 32 hex digits, and everything else of it follows from i. */
static inline void name_row(char row_id[40], uint64_t i) {
  snprintf(row_id, 40, "%032llx", (unsigned long long)i);
}

static inline struct text make_record(struct buffer *record, uint64_t i) {
  buffer_reset(record);
  buffer_printf(record,
                "{\"email\":\"user%d@example.com\",\"type\":\"Sign in\",\"ip_address\":"
                "\"198.51.100.%d\",\"client_type\":\"Windows\",\"version\":\"6.7.%d\"}",
                (int)(i * 7919 % 1000), (int)(i * 31 % 256), (int)(i % 9));
  for (uint64_t k = 0; i % 97 == 96 && k < 1000; k++) /* a large one */
    buffer_printf(record, "{\"n\":%d}", (int)(i * k % 1000));
  return buffer_text(record);
}

static inline struct text source_of(uint64_t i) {
  return i % 13 == 0 ? TEXT("webhook") : TEXT("zoom-reports");
}

static inline struct store_event make_event(struct arena *arena, uint64_t i, unsigned type,
                                            time_us time, time_us parse_time) {
  struct buffer record = BUFFER_NONE;
  char row_id[40];
  name_row(row_id, i);
  const struct store_event event = {.row_id = arena_copy(arena, text_from(row_id)),
                                    .source_id = source_of(i),
                                    .log_type = text_from(names[type]),
                                    .event_time = time,
                                    .parse_time = parse_time,
                                    .record = arena_copy(arena, make_record(&record, i))};
  buffer_free(&record);
  return event;
}

static inline void train(struct store_fixture *f) {
  struct store_dictionary made;
  DONE(store_archive_train(f->store, &made, &f->error));
}

struct seen {
  struct store_fixture *f;
  bool *there; /* that must be seen, by number; NULL: any; each becomes false when it was */
  int64_t count;
};

static inline bool see(void *context, const struct store_event *event) {
  struct seen *seen = context;
  struct buffer record = BUFFER_NONE;
  char row_id[40];
  uint64_t i = strtoull(event->row_id.data, NULL, 16);
  name_row(row_id, i);
  assert_true(text_equal(event->row_id, text_from(row_id)));
  assert_true(text_equal(event->record, make_record(&record, i)));
  assert_true(text_equal(event->source_id, source_of(i)));
  if (seen->there) {
    assert_true(i < EVENTS_MOST && seen->there[i]);
    seen->there[i] = false;
  }
  seen->count++;
  buffer_free(&record);
  return true;
}

static inline bool read_all(struct store_fixture *f, struct store *store, struct seen *seen) {
  struct text types[NAMES];
  for (size_t i = 0; i < NAMES; i++)
    types[i] = text_from(names[i]);
  *seen = (struct seen){.f = f, .there = seen->there};
  return store_event_read(store, &(struct store_archive){types, NAMES, TIME_NONE, TIME_NONE}, see,
                          seen, &f->error);
}

#endif
