#include "command/rules/rules_tuning.h"

#include "command/config/config.h"
#include "command/terminal/table.h"
#include "command/terminal/terminal.h"

#include <inttypes.h>
#include <unistd.h>

/* ---- suppressed matches ------------------------------------------------------------------ */

struct suppressed_counts rules_suppressed(struct arena *arena, const char *config_path) {
  struct suppressed_counts counts = {NULL, 0};
  struct problems ignored = PROBLEMS_NONE;
  struct error error = ERROR_NONE;
  struct config *config = config_path ? config_load(config_path, &ignored) : NULL;
  struct store *store = NULL;
  if (config && config->state_path && access(config->state_path, R_OK) == 0)
    store = store_open_to_read(config->state_path, &error);
  if (store && !suppressed_counts_read(store, arena, &counts, &error))
    counts.count = 0;
  store_close(store);
  config_free(config);
  problems_clear(&ignored);
  return counts;
}

/* ---- changes ----------------------------------------------------------------------------- */

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
    table_add(table, rule_change_place(arena, change), NULL);
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
      add_changes(table, rules->items[i], suppressed_count(counts, rules->items[i]->id), &arena,
                  &rows);
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
