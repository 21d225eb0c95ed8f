#include "sim/rows_make.h"

#include "sim/report_kind.h"
#include "sim/rows_file.h"

#include <jansson.h>
#include <stdlib.h>

static void count_match(struct row_set *set, const char *rule_id) {
  for (size_t i = 0; i < set->match_count; i++)
    if (strcmp(set->matches[i].rule_id, rule_id) == 0) {
      set->matches[i].count++;
      return;
    }
  if (set->match_count < ROW_MATCHES_MAX)
    set->matches[set->match_count++] = (struct row_matches){rule_id, 1};
}

/* The category out of a record that the generator made, where it is never escaped. */
static struct text generated_category(enum sim_report report, struct text json) {
  struct text key = report == SIM_MEETING_ACTIVITY ? TEXT("\"activity_category\":\"")
                                                   : TEXT("\"category_type\":\"");
  const char *at = memmem(json.data, json.size, key.data, key.size);
  if (!at)
    return TEXT("");
  at += key.size;
  const char *end = memchr(at, '"', json.size - (size_t)(at - json.data));
  return (struct text){at, end ? (size_t)(end - at) : 0};
}

static void generate_rows(struct row_set *set, const struct sim_options *options,
                          enum sim_report report) {
  struct generate_options generate = {.seed = options->seed + report,
                                      .count = options->count[report],
                                      .start = options->start,
                                      .end = options->end,
                                      .match_share = options->match_share};
  struct generator generator;
  struct buffer record = BUFFER_NONE;
  generator_start(&generator, &generate);
  for (uint64_t i = 0; i < generate.count; i++) {
    time_us time;
    buffer_reset(&record);
    const char *rule_id = report_kinds[report].generate(&generator, &record, &time);
    struct row *row = rows_add(&set->reports[report], time);
    row->json = arena_copy(&set->arena, buffer_text(&record));
    row->rule_id = rule_id;
    row->category = row_category(&set->arena, generated_category(report, row->json));
  }
  generator_free(&generator);
  buffer_free(&record);
}

static void make_identical(struct rows *rows, const struct fault *fault, uint64_t seed) {
  size_t count = rows->count;
  for (size_t i = 0; i < count; i++) {
    if (!random_chance_of(seed ^ 0x1d, i, fault->share))
      continue;
    struct row copy = rows->rows[i];
    struct row *row = rows_add(rows, copy.time);
    row->json = copy.json;
    row->category = copy.category;
    row->rule_id = copy.rule_id;
    rows->identical++;
  }
}

static void make_late(struct rows *rows, const struct fault *fault, uint64_t seed) {
  struct random random = {seed ^ 0x1a7e};
  for (size_t i = 0; i < rows->count; i++) {
    bool late = random_chance_of(seed ^ 0x1a7e, i, fault->share);
    rows->late += late;
    if (fault->up_to > 0)
      rows->rows[i].appears =
          rows->rows[i].time +
          (late ? random_below(&random, (uint32_t)fault->up_to) * US_PER_SECOND : 0);
    else
      rows->rows[i].late = late;
  }
}

/* The row's record with the value of the field put into an object. */
static void retype_row(struct arena *arena, struct row *row, const char *field) {
  json_t *record = json_loadb(row->json.data, row->json.size, JSON_ALLOW_NUL, NULL);
  json_t *value = json_object_get(record, field);
  if (value) {
    json_object_set_new(record, field, json_pack("{s:O}", "value", value));
    char *text = json_dumps(record, JSON_COMPACT);
    row->json = arena_copy(arena, text_from(text));
    free(text);
  }
  json_decref(record);
}

/* The rows are sorted. */
static void retype_newest(struct row_set *set, struct rows *rows, const struct fault *fault,
                          bool oldest_first) {
  size_t count = (size_t)((double)rows->count * fault->share);
  struct row *newest = oldest_first ? rows->rows + rows->count - count : rows->rows;
  for (size_t i = 0; i < count; i++)
    retype_row(&set->arena, &newest[i], fault->field);
}

static int oldest_first(const void *a, const void *b) {
  const struct row *left = a, *right = b;
  if (left->time != right->time)
    return left->time < right->time ? -1 : 1;
  return left->number < right->number ? -1 : left->number > right->number;
}

static int newest_first(const void *a, const void *b) {
  return oldest_first(b, a);
}

bool row_set_make(struct row_set *set, const struct sim_options *options,
                  const struct fault_set *faults, struct error *error) {
  *set = (struct row_set){.arena = ARENA_NONE};
  for (size_t i = 0; i < options->path_count; i++)
    if (!rows_read_path(set, options->paths[i], error)) {
      row_set_free(set);
      return false;
    }
  if (options->shift)
    rows_shift(set, options->end);
  const struct fault *identical = fault_set_find(faults, FAULT_IDENTICAL);
  const struct fault *late = fault_set_find(faults, FAULT_LATE);
  for (int report = 0; report < SIM_REPORTS; report++) {
    struct rows *rows = &set->reports[report];
    for (size_t i = 0; i < rows->count; i++)
      if (rows->rows[i].time == TIME_NONE)
        rows->rows[i].time = rows->rows[i].appears = options->end;
    generate_rows(set, options, (enum sim_report)report);
    if (identical)
      make_identical(rows, identical, options->seed);
    for (size_t i = 0; i < rows->count; i++)
      if (rows->rows[i].rule_id)
        count_match(set, rows->rows[i].rule_id);
    if (late)
      make_late(rows, late, options->seed);
    if (rows->count > 0)
      qsort(rows->rows, rows->count, sizeof *rows->rows,
            options->oldest_first ? oldest_first : newest_first);
    for (size_t i = 0; i < faults->count; i++)
      if (faults->faults[i].kind == FAULT_RETYPE)
        retype_newest(set, rows, &faults->faults[i], options->oldest_first);
  }
  return true;
}
