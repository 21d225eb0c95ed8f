/*
 * Lookup tables: any file is a table or is reported as problems, and every lookup in a table finds
 * a row or none. The first byte chooses the format, how keys match, and whether a key is named.
 */
#include "base/memory.h"
#include "event/lookup/lookup_table.h"

#include <sanitizer/lsan_interface.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
  if (!holds)
    abort();
}

/* Walks the row; every text in it can be read. */
static size_t walk(struct lookup_cursor *cursor, int depth) {
  struct lookup_value value = lookup_take(cursor);
  size_t sum = value.type;
  must(depth <= LOOKUP_DEPTH_MAX + 1);
  if (value.type == LOOKUP_TEXT)
    return sum + text_hash(value.of.text) % 7;
  if (value.type < LOOKUP_LIST)
    return sum;
  for (size_t i = 0; i < value.of.count; i++) {
    if (value.type != LOOKUP_LIST)
      sum += lookup_take_key(cursor, value.type).size;
    sum += walk(cursor, depth + 1);
  }
  return sum;
}

static void look_up(const struct lookup_table *table, struct text key) {
  struct buffer scratch = BUFFER_NONE;
  struct lookup_cursor row;
  struct error error = ERROR_NONE;
  switch (lookup_table_find(table, key, &scratch, &row, &error)) {
  case LOOKUP_FOUND: {
    struct lookup_cursor again = row;
    walk(&row, 0);
    lookup_skip(&again);
    must(again.at == row.at);
    break;
  }
  case LOOKUP_DAMAGED:
    must(error.set);
    break;
  case LOOKUP_NO_ROW:
  case LOOKUP_NO_TABLE:
    break;
  }
  buffer_free(&scratch);
}

static struct lookup_table *read_mmdb(struct text text, struct problems *problems) {
  struct error error = ERROR_NONE;
  /* libmaxminddb 1.7 loses a few bytes when it gives up within a file's metadata. */
  __lsan_disable();
  struct lookup_mmdb *mmdb = lookup_mmdb_new(text, &error);
  __lsan_enable();
  if (!mmdb) {
    problems_add_error(problems, &error);
    return NULL;
  }
  struct lookup_table *table = lookup_table_new(LOOKUP_CIDR);
  table->mmdb = mmdb;
  return table;
}

static struct lookup_table *read_text(uint8_t choice, struct text text, struct problems *problems) {
  static void (*const readers[])(struct lookup_builder *, struct text) = {
      lookup_read_csv, lookup_read_json, lookup_read_yaml};
  struct lookup_options options = {.path = "fuzz",
                                   .match = (enum lookup_match)(choice / 4 % 3),
                                   .key = choice & 0x40 ? TEXT("a") : TEXT("")};
  struct lookup_builder builder;
  lookup_builder_begin(&builder, &options, problems);
  readers[choice % 4](&builder, text);
  return lookup_builder_finish(&builder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const keys[] = {"1", "x", "10.1.2.3", "2001:db8:1:1::7", "::1", ""};
  struct problems problems = PROBLEMS_NONE;
  if (size == 0)
    return 0;
  struct text text = {(const char *)data + 1, size - 1};
  struct lookup_table *table =
      data[0] % 4 == 3 ? read_mmdb(text, &problems) : read_text(data[0], text, &problems);
  must((table == NULL) == (problems.count > 0));
  for (size_t i = 0; table && i < sizeof keys / sizeof *keys; i++)
    look_up(table, text_from(keys[i]));
  lookup_table_release(table);
  problems_clear(&problems);
  return 0;
}
