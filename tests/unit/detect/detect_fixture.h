/* Detections from a rule's text, and batches from lines, for the tests of the detect part. */
#ifndef TESTS_DETECT_FIXTURE_H
#define TESTS_DETECT_FIXTURE_H

#include "base/memory.h"
#include "detect/pipeline.h"
#include "rule/load/rule_set_load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Matches every event whose `bad` is true; one alert an hour for each `who`. */
#define FIXTURE_RULE                                                                               \
  "metadata { id = 'Test.Bad', log_types = { 'Test.Log' }, severity = 'high',\n"                   \
  "  where = { bad = true } }\n"                                                                   \
  "function title(event) return 'bad: ' .. event.who end\n"                                        \
  "function dedup(event) return event.who end\n"

#define FIXTURE_SCHEMA                                                                             \
  "schema: Test.Log\n"                                                                             \
  "fields:\n"                                                                                      \
  "  - {name: at, type: timestamp, required: true, timeFormat: unix, isEventTime: true}\n"         \
  "  - {name: who, type: string, required: true}\n"                                                \
  "  - {name: bad, type: boolean}\n"

static inline struct detection *fixture_detection_of(const struct rule_file *files, size_t count) {
  struct problems problems = PROBLEMS_NONE;
  struct schema_set *schemas =
      schema_set_load_text(text_from(FIXTURE_SCHEMA), "test.yml", &problems);
  struct rule_set *rules = rule_set_load_files(files, count, &problems);
  problems_print(&problems, stderr);
  assert_int_equal(problems.count, 0);
  return detection_new(schemas, rules);
}

static inline struct detection *fixture_detection(const char *rule) {
  const struct rule_file file = {.path = "rules/test.lua", .source = text_from(rule)};
  return fixture_detection_of(&file, 1);
}

/* Where a fixture's batches come from. They outlive every test, so nobody frees them. */
static struct batch_source fixture_sources[] = {
    {.id = TEXT_INIT("one"), .label = TEXT_INIT("One"), .references = 1},
    {.id = TEXT_INIT("two"), .label = TEXT_INIT("Two"), .references = 1},
    {.id = TEXT_INIT("other"), .label = TEXT_INIT("Other"), .references = 1},
};

/* Pushes a batch of the source that its tag names. */
static inline bool fixture_push(struct pipeline *pipeline, struct batch *batch) {
  return pipeline_push(pipeline, &fixture_sources[batch->tag], batch);
}

static inline struct batch *fixture_batch(const char *lines) {
  size_t size = strlen(lines);
  struct batch *batch = batch_new(size);
  memcpy(batch->bytes, lines, size);
  batch->size = size;
  batch->received_at = INT64_C(1700000000) * US_PER_SECOND;
  return batch;
}

/* `minute` after the start of 2024; bad when `who` is given, harmless when NULL. */
static inline struct batch *fixture_event(int minute, const char *who) {
  char line[256];
  snprintf(line, sizeof line, "{\"at\":%lld,\"who\":\"%s\",\"bad\":%s}\n",
           1704067200LL + minute * 60LL, who ? who : "nobody", who ? "true" : "false");
  return fixture_batch(line);
}

#endif
