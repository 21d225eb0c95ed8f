#include "command/rules/rules_tuning.h"

#include "base/json_member.h"
#include "base/memory.h"
#include "command/config/config.h"
#include "command/terminal/table.h"
#include "command/terminal/terminal.h"

#include <inttypes.h>
#include <unistd.h>

/* ---- suppressed matches ------------------------------------------------------------------ */

struct gathering {
  struct arena *arena;
  struct suppressed_counts counts;
  size_t capacity;
};

static void gather(void *context, const struct store_suppressed *suppressed) {
  struct gathering *gathering = context;
  struct suppressed_counts *counts = &gathering->counts;
  if (counts->count == gathering->capacity) { /* what was there before stays in the arena */
    size_t capacity = gathering->capacity ? gathering->capacity * 2 : 16;
    struct store_suppressed *items = arena_alloc(gathering->arena, capacity * sizeof *items);
    for (size_t i = 0; i < counts->count; i++)
      items[i] = counts->items[i];
    counts->items = items;
    gathering->capacity = capacity;
  }
  struct store_suppressed *kept = &counts->items[counts->count++];
  *kept = *suppressed;
  kept->rule_id = arena_copy(gathering->arena, suppressed->rule_id);
}

struct suppressed_counts suppressed_counts_read(struct arena *arena, const char *config_path) {
  struct gathering gathering = {.arena = arena};
  struct problems ignored = PROBLEMS_NONE;
  struct error error = ERROR_NONE;
  struct config *config = config_path ? config_load(config_path, &ignored) : NULL;
  struct store *store = NULL;
  if (config && config->state_path && access(config->state_path, R_OK) == 0)
    store = store_open_to_read(config->state_path, &error);
  if (store && !store_suppressed(store, gather, &gathering, &error))
    gathering.counts.count = 0;
  store_close(store);
  config_free(config);
  problems_clear(&ignored);
  return gathering.counts;
}

static int64_t count_of(const struct suppressed_counts *counts, struct text rule_id) {
  for (size_t i = 0; i < counts->count; i++)
    if (text_equal(counts->items[i].rule_id, rule_id))
      return counts->items[i].count;
  return 0;
}

/* ---- changes ----------------------------------------------------------------------------- */

/* "margay.yml:12", or nothing. */
static struct text place_of(struct arena *arena, const struct rule_change *change) {
  if (!change->place.file)
    return TEXT("");
  return text_from(arena_printf(arena, "%s:%u", change->place.file, change->place.line));
}

static void add_changes(struct table *table, const struct rule *rule, int64_t suppressed,
                        struct arena *arena, size_t *rows) {
  const struct rule_tuning *tuning = rule->tuning;
  for (size_t i = 0; i < tuning->change_count; i++) {
    const struct rule_change *change = &tuning->changes[i];
    if (change->by_default)
      continue;
    table_add(table, rule->id, NULL);
    table_add(table, change->words, NULL);
    table_add(table, change->place.reason, NULL);
    table_add(table, place_of(arena, change), NULL);
    table_add(table, suppressed ? text_from(arena_printf(arena, "%" PRId64, suppressed)) : TEXT(""),
              NULL);
    suppressed = 0; /* once a rule */
    ++*rows;
  }
}

void rules_print_changes(const struct rule_list *rules, const struct suppressed_counts *counts,
                         FILE *out) {
  static const char *const headings[] = {"CHANGED RULE", "CHANGE", "WHY", "PLACE", "SUPPRESSED"};
  struct table *table = table_new(headings, sizeof headings / sizeof *headings);
  struct buffer lines = BUFFER_NONE;
  struct arena arena = ARENA_NONE;
  size_t rows = 0;
  for (size_t i = 0; i < rules->count; i++)
    if (rules->items[i]->tuning)
      add_changes(table, rules->items[i], count_of(counts, rules->items[i]->id), &arena, &rows);
  if (rows > 0) {
    buffer_append_char(&lines, '\n');
    table_write(table, terminal_colours(out), terminal_width(out), &lines);
    fwrite(lines.data, 1, lines.size, out);
  }
  buffer_free(&lines);
  arena_free(&arena);
  table_free(table);
}

void rules_print_changes_of(const struct rule *rule, FILE *out) {
  struct rule_tuning_line place;
  const struct rule_tuning *tuning = rule->tuning;
  char shown[900];
  if (tuning && tuning->change_count > 0)
    fputs("\nchanged by the configuration\n", out);
  for (size_t i = 0; tuning && i < tuning->change_count; i++) {
    const struct rule_change *change = &tuning->changes[i];
    const char *words = rule_tuning_place_words(&change->place, &place);
    fprintf(out, "  %s%s%s%s\n", text_printable(change->words, shown, sizeof shown),
            *words ? " (" : "", words, *words ? ")" : "");
  }
}

void rules_tuning_members(const struct rule *rule, const struct suppressed_counts *counts,
                          struct buffer *json) {
  struct arena arena = ARENA_NONE;
  const struct rule_tuning *tuning = rule->tuning;
  int64_t suppressed = count_of(counts, rule->id);
  for (size_t i = 0; tuning && i < tuning->change_count; i++) {
    const struct rule_change *change = &tuning->changes[i];
    buffer_append_string(json, i ? ",{" : ",\"tuning\":[{");
    json_member_text(json, "change", change->words);
    if (change->place.reason.size)
      json_member_text(json, "reason", change->place.reason);
    if (change->place.file)
      json_member_text(json, "place", place_of(&arena, change));
    buffer_append_char(json, '}');
  }
  if (tuning && tuning->change_count > 0)
    buffer_append_char(json, ']');
  if (suppressed)
    buffer_printf(json, ",\"suppressed\":%" PRId64, suppressed);
  arena_free(&arena);
}
