#include "event/lookup/lookup_table.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/unicode/fold.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define SLOTS_MIN 8
/* Bytes of a text that may fold to a key: the Kelvin sign has three for one. */
#define FOLDABLE_SIZE_MAX ((size_t)3 * LOOKUP_KEY_SIZE_MAX)

struct lookup_table *lookup_table_new(enum lookup_match match) {
  struct lookup_table *table = memory_alloc(sizeof *table);
  table->match = match;
  table->arena = ARENA_NONE;
  atomic_init(&table->references, 1);
  return table;
}

struct lookup_table *lookup_table_hold(struct lookup_table *table) {
  atomic_fetch_add(&table->references, 1);
  return table;
}

void lookup_table_release(struct lookup_table *table) {
  if (!table || atomic_fetch_sub(&table->references, 1) > 1)
    return;
  lookup_mmdb_free(table->mmdb);
  lookup_networks_free(&table->networks);
  arena_free(&table->arena);
  free(table->columns);
  free(table->bytes);
  free(table->slots);
  free(table);
}

/* ---- finding ---- */

/* A hash of the folded text. A text that is too long to be a key in any case has none. */
static uint64_t hash_folded(struct text text) {
  char folded[FOLDABLE_SIZE_MAX + FOLDABLE_SIZE_MAX / 2 + 1];
  if (text.size > FOLDABLE_SIZE_MAX)
    return 0;
  size_t size = fold_write(text, folded);
  return hash_text((struct text){folded, size});
}

static uint64_t hash_of(const struct lookup_table *table, struct text key) {
  return table->match == LOOKUP_IGNORE_CASE ? hash_folded(key) : hash_text(key);
}

static struct text row_key(const struct lookup_table *table, uint32_t row) {
  const char *at = table->bytes + row;
  return lookup_take_text(&at);
}

/* The slot of the key, or the free one where it would go. */
static size_t slot_of(const struct lookup_table *table, struct text key) {
  size_t slot = hash_of(table, key) & (table->slot_count - 1);
  for (; table->slots[slot]; slot = (slot + 1) & (table->slot_count - 1)) {
    struct text other = row_key(table, table->slots[slot] - 1);
    if (table->match == LOOKUP_IGNORE_CASE ? fold_equal(other, key) : text_equal(other, key))
      break;
  }
  return slot;
}

static bool find_row(const struct lookup_table *table, struct text key, uint32_t *row) {
  if (table->row_count == 0)
    return false;
  if (table->match == LOOKUP_CIDR) {
    struct ip ip;
    const struct lookup_network *network =
        ip_parse(key, &ip) ? lookup_networks_find(&table->networks, &ip) : NULL;
    *row = network ? network->row : 0;
    return network != NULL;
  }
  uint32_t found = table->slots[slot_of(table, key)];
  *row = found - 1;
  return found != 0;
}

enum lookup_found lookup_table_find(const struct lookup_table *table, struct text key,
                                    struct buffer *scratch, struct lookup_cursor *row,
                                    struct error *error) {
  uint32_t place;
  if (table->mmdb)
    return lookup_mmdb_find(table->mmdb, key, scratch, row, error);
  if (!find_row(table, key, &place))
    return LOOKUP_NO_ROW;
  row->at = table->bytes + place;
  row->columns = table->columns;
  row->key = lookup_take_text(&row->at);
  return LOOKUP_FOUND;
}

void lookup_table_each(const struct lookup_table *table,
                       void (*each)(void *context, struct lookup_cursor row), void *context) {
  const char *end = table->bytes + (table->mmdb ? 0 : table->size);
  for (const char *at = table->bytes; at < end;) {
    struct lookup_cursor row = {.at = at, .columns = table->columns};
    row.key = lookup_take_text(&row.at);
    struct lookup_cursor next = row;
    lookup_skip(&next);
    each(context, row);
    at = next.at;
  }
}

/* ---- making one ---- */

void lookup_builder_begin(struct lookup_builder *builder, const struct lookup_options *options,
                          struct problems *problems) {
  *builder = (struct lookup_builder){.options = options,
                                     .problems = problems,
                                     .place_word = "line",
                                     .table = lookup_table_new(options->match)};
}

bool lookup_builder_mistake(struct lookup_builder *builder, size_t place, const char *format, ...) {
  char text[512], row[40] = "";
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  bool is_line = strcmp(builder->place_word, "line") == 0;
  if (place && !is_line)
    snprintf(row, sizeof row, "%s %zu: ", builder->place_word, place);
  if (builder->mistakes++ < LOOKUP_MISTAKES_MAX)
    problems_add(builder->problems, builder->options->path, is_line ? (unsigned)place : 0, 0,
                 "%s%s", row, text);
  return false;
}

int lookup_builder_column(struct lookup_builder *builder, struct text name, size_t place) {
  struct lookup_table *table = builder->table;
  const int *known = map_get(&builder->columns, name);
  if (known)
    return *known;
  size_t count = builder->columns.count;
  if (count >= LOOKUP_COLUMNS_MAX) {
    lookup_builder_mistake(builder, place, "more than %d columns", LOOKUP_COLUMNS_MAX);
    return -1;
  }
  int *number = arena_alloc(&table->arena, sizeof *number);
  *number = (int)count;
  map_put(&builder->columns, name, number);
  table->columns =
      memory_reserve(table->columns, &builder->column_capacity, count + 1, sizeof *table->columns);
  table->columns[count] = arena_copy(&table->arena, name);
  return *number;
}

static bool check_key(struct lookup_builder *builder, struct text key, size_t place,
                      struct ip_network *network) {
  char shown[80];
  if (key.size == 0)
    return lookup_builder_mistake(builder, place, "the key is empty");
  if (key.size > LOOKUP_KEY_SIZE_MAX)
    return lookup_builder_mistake(builder, place, "the key is longer than %d bytes",
                                  LOOKUP_KEY_SIZE_MAX);
  if (builder->options->match == LOOKUP_CIDR && !ip_network_parse(key, network))
    return lookup_builder_mistake(builder, place,
                                  "'%s' is no network, such as 192.0.2.0/24, and no address",
                                  text_printable(key, shown, sizeof shown));
  return true;
}

bool lookup_builder_row(struct lookup_builder *builder, struct text key, size_t place) {
  struct lookup_table *table = builder->table;
  struct ip_network network;
  if (!check_key(builder, key, place, &network))
    return false;
  if (builder->bytes.size > UINT32_MAX - 1 - LOOKUP_KEY_SIZE_MAX)
    return lookup_builder_mistake(builder, place, "the table is larger than 4 GiB");
  uint32_t row = (uint32_t)builder->bytes.size;
  builder->places = memory_reserve(builder->places, &builder->place_capacity, table->row_count + 1,
                                   sizeof *builder->places);
  builder->places[table->row_count++] = (struct lookup_place){.row = row, .place = (uint32_t)place};
  if (table->match == LOOKUP_CIDR)
    lookup_networks_add(&table->networks, &network, row);
  lookup_put_key(&builder->bytes, key);
  return true;
}

/* Rows were put in one after the other, so their places are in order. */
static size_t place_of(const struct lookup_builder *builder, uint32_t row) {
  size_t low = 0, high = builder->table->row_count;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (builder->places[middle].row <= row)
      low = middle;
    else
      high = middle;
  }
  return builder->places[low].place;
}

static void report_twice(struct lookup_builder *builder, uint32_t one, uint32_t other) {
  char shown[80];
  uint32_t first = one < other ? one : other, second = one < other ? other : one;
  struct text key = row_key(builder->table, second);
  lookup_builder_mistake(builder, place_of(builder, second), "the key '%s' is in %s %zu, too",
                         text_printable(key, shown, sizeof shown), builder->place_word,
                         place_of(builder, first));
}

static void index_keys(struct lookup_builder *builder) {
  struct lookup_table *table = builder->table;
  for (table->slot_count = SLOTS_MIN; table->slot_count < table->row_count * 4 / 3 + 1;)
    table->slot_count *= 2;
  table->slots = memory_alloc_array(table->slot_count, sizeof *table->slots);
  for (size_t i = 0; i < table->row_count; i++) {
    uint32_t row = builder->places[i].row;
    size_t slot = slot_of(table, row_key(table, row));
    if (table->slots[slot])
      report_twice(builder, table->slots[slot] - 1, row);
    else
      table->slots[slot] = row + 1;
  }
}

static void index_networks(struct lookup_builder *builder) {
  struct lookup_networks *networks = &builder->table->networks;
  lookup_networks_sort(networks);
  for (size_t i = 0; (i = lookup_networks_twice(networks, i)) < networks->count; i++)
    report_twice(builder, networks->items[i].row, networks->items[i + 1].row);
}

struct lookup_table *lookup_builder_finish(struct lookup_builder *builder) {
  struct lookup_table *table = builder->table;
  if (builder->mistakes == 0) {
    table->size = builder->bytes.size;
    table->bytes = memory_resize(buffer_steal(&builder->bytes), table->size + 1);
    if (table->match == LOOKUP_CIDR)
      index_networks(builder);
    else
      index_keys(builder);
  }
  if (builder->mistakes > LOOKUP_MISTAKES_MAX)
    problems_add(builder->problems, builder->options->path, 0, 0, "%zu more mistakes",
                 builder->mistakes - LOOKUP_MISTAKES_MAX);
  if (builder->mistakes) {
    lookup_table_release(table);
    table = NULL;
  }
  buffer_free(&builder->bytes);
  map_clear(&builder->columns, NULL);
  free(builder->places);
  return table;
}
