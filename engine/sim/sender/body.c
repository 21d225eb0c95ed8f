#include "sim/sender/body.h"

#include "base/file_text.h"
#include "base/memory.h"
#include "sim/generate_words.h"
#include "sim/random.h"

#include <inttypes.h>
#include <stdlib.h>

#define FILE_SIZE_MAX ((size_t)1 << 30)

struct body_source {
  uint64_t seed;
  struct buffer file;
  struct text *lines; /* in `file` */
  size_t count, capacity;
};

/* Events that every account has in plenty. */
static const struct event_word {
  const char *name;
  unsigned weight;
} EVENTS[] = {{"meeting.participant_joined", 4},
              {"meeting.participant_left", 4},
              {"meeting.started", 1},
              {"meeting.ended", 1}};
enum { WEIGHTS = 10 };

static void find_lines(struct body_source *source) {
  struct text rest = buffer_text(&source->file);
  while (rest.size > 0) {
    const char *end = memchr(rest.data, '\n', rest.size);
    struct text line = {rest.data, end ? (size_t)(end - rest.data) : rest.size};
    size_t used = line.size + (end ? 1 : 0);
    rest = (struct text){rest.data + used, rest.size - used};
    if (line.size == 0)
      continue;
    source->lines =
        memory_reserve(source->lines, &source->capacity, source->count + 1, sizeof *source->lines);
    source->lines[source->count++] = line;
  }
}

struct body_source *body_source_new(const char *path, uint64_t seed, struct error *error) {
  struct body_source *source = memory_alloc(sizeof *source);
  *source = (struct body_source){.seed = seed};
  if (!path)
    return source;
  if (file_read(path, FILE_HANDED_OVER, FILE_SIZE_MAX, &source->file, NULL, error) == FILE_READ) {
    find_lines(source);
    if (source->count > 0)
      return source;
    error_set_at(error, path, 0, 0, "no line in it: each is the body of one webhook");
  }
  body_source_free(source);
  return NULL;
}

void body_source_free(struct body_source *source) {
  if (!source)
    return;
  free(source->lines);
  buffer_free(&source->file);
  free(source);
}

uint64_t body_source_count(const struct body_source *source) {
  return source->count;
}

static const char *choose_event(struct random *random) {
  uint32_t weight = random_below(random, WEIGHTS);
  const struct event_word *word = EVENTS;
  while (weight >= word->weight)
    weight -= word++->weight;
  return word->name;
}

static void append_participant(struct random *random, time_us now, struct buffer *out) {
  const struct generate_person *person =
      &GENERATE_PEOPLE[random_below(random, (uint32_t)GENERATE_PEOPLE_COUNT)];
  struct time_string joined;
  buffer_append_string(out, ",\"participant\":{\"user_name\":");
  buffer_append_json_string(out, text_from(person->name));
  buffer_printf(out, ",\"email\":\"%s@example.com\",\"public_ip\":\"203.0.113.%" PRIu32 "\"",
                person->email, random_below(random, 256));
  buffer_printf(out, ",\"join_time\":\"%s\"}", time_format(now - now % US_PER_SECOND, &joined));
}

/* The number makes the meeting's UUID, so that no two bodies are the same. */
static void make_up(const struct body_source *source, uint64_t number, time_us now,
                    struct buffer *out) {
  struct random random = {source->seed ^ number * UINT64_C(0xd1342543de82ef95)};
  const char *event = choose_event(&random);
  buffer_printf(out, "{\"event\":\"%s\",\"event_ts\":%" PRId64 ",\"payload\":{", event,
                now / US_PER_MS);
  buffer_printf(out,
                "\"account_id\":\"springfield\",\"object\":{\"uuid\":\"%016" PRIx64 "%08" PRIx64
                "\",\"id\":\"9%010" PRIu32 "\",\"type\":2",
                number, source->seed & UINT32_MAX, random_below(&random, 1000000000));
  buffer_printf(out, ",\"topic\":\"Weekly sync %" PRIu32 "\",\"duration\":60",
                random_below(&random, 400));
  if (strstr(event, "participant"))
    append_participant(&random, now, out);
  buffer_append_string(out, "}}}");
}

void body_source_read(struct body_source *source, uint64_t number, time_us now,
                      struct buffer *out) {
  buffer_reset(out);
  if (source->count > 0)
    buffer_append_text(out, source->lines[number % source->count]);
  else
    make_up(source, number, now, out);
}
