/*
 * Streams of records. The first byte chooses the sizes of the blocks into which the rest is cut.
 * However it is cut, and wherever a later framer goes on, the same records must come out; and a
 * page's records must be the elements that the JSON reader sees.
 */
#include "base/memory.h"
#include "event/json/json.h"
#include "source/file/framing.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Both ways must give the same records; prints them when they differ. */
static void must_be_equal(const struct buffer *whole, const struct buffer *other) {
  if (text_equal(buffer_text(whole), buffer_text(other)))
    return;
  fprintf(stderr, "at once:\n%.*s\notherwise:\n%.*s\n", TEXT_ARGS(buffer_text(whole)),
          TEXT_ARGS(buffer_text(other)));
  abort();
}

static void must(bool holds) {
  if (!holds)
    abort();
}

static void note(struct buffer *out, const struct framed *framed) {
  buffer_printf(out, "%llu %.*s %zu ", (unsigned long long)framed->position,
                TEXT_ARGS(framed->log_type), framed->record.size);
  buffer_append_text(out, framed->record);
  buffer_append_char(out, '\n');
}

/* The rest of the stream from a place on, in blocks of `step` bytes, each in memory of exactly that
 * size. Restarts behind every record when `restart`. */
static void frame(struct text stream, size_t step, bool restart, struct buffer *out) {
  struct framing_place place = {.position = 0};
  struct framer framer;
  struct framed framed;
  size_t from = 0;
  framer_start(&framer, &place);
  while (from < stream.size) {
    size_t size = stream.size - from < step ? stream.size - from : step, cursor = 0;
    char *block = memory_copy_bytes(stream.data + from, size);
    bool again = false;
    while (!again && framer_next(&framer, (struct text){block, size}, &cursor, &framed)) {
      must(cursor <= size && framed.position < stream.size);
      note(out, &framed);
      again = restart;
    }
    free(block);
    from += size;
    if (!again)
      continue;
    char word[FRAMING_WORD_SIZE];
    place = framer.place;
    must(place.position <= stream.size);
    framing_place_write(&place, word);
    must(framing_place_read(text_from(word), &place));
    framer_free(&framer);
    framer_start(&framer, &place);
    from = (size_t)place.position;
  }
  if (framer_finish(&framer, &framed))
    note(out, &framed);
  framer_free(&framer);
}

static void count_record(void *context, struct text record) {
  size_t *count = context;
  must(record.size > 0);
  ++*count;
}

static bool has_twice(struct text page, const char *name) {
  const char *end = page.data + page.size;
  const char *first = memmem(page.data, page.size, name, strlen(name));
  return first && memmem(first + 1, (size_t)(end - first - 1), name, strlen(name));
}

static void split_page(struct text page) {
  struct error error = ERROR_NONE;
  size_t count = 0;
  char *exact = memory_alloc(page.size ? page.size : 1);
  if (page.size)
    memcpy(exact, page.data, page.size);
  bool found =
      page_records((struct text){exact, page.size}, TEXT("operation_logs"), count_record, &count);
  struct json_reader *reader = json_reader_new();
  const struct json_node *root = json_read_copy(reader, page, &error), *rows = NULL;
  /* page_records takes a name with an escape for another name; Zoom's names have no escapes. */
  if (root && !memchr(page.data, '\\', page.size)) {
    rows = json_get(root, TEXT("operation_logs"));
    bool expected = rows && rows->type == JSON_TYPE_ARRAY;
    must(!found || (expected && count == rows->size));
    must(found || !expected || has_twice(page, "operation_logs"));
  }
  json_reader_free(reader);
  free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0 || size > 4096)
    return 0;
  struct text stream = {(const char *)data + 1, size - 1};
  struct buffer whole = BUFFER_NONE, cut = BUFFER_NONE, restarted = BUFFER_NONE;
  size_t step = data[0] % 32 + 1;
  framing_guess(stream, true);
  framing_guess(stream, false);
  frame(stream, stream.size + 1, false, &whole);
  frame(stream, step, false, &cut);
  must_be_equal(&whole, &cut);
  frame(stream, step, true, &restarted);
  must_be_equal(&whole, &restarted);
  split_page(stream);
  buffer_free(&whole);
  buffer_free(&cut);
  buffer_free(&restarted);
  return 0;
}
