#include "rule/rule_tuning.h"

#include <stdio.h>

#define ITEMS_MAX 1000 /* of a list that are looked up */

const char *const rule_suppression_names[RULE_SUPPRESSION_COUNT] = {"", "except", "mute", "hours"};

/* ---- exceptions -------------------------------------------------------------------------- */

static bool has_row(const struct lookup_set *lookups, struct text table, struct text key) {
  struct buffer scratch = BUFFER_NONE;
  struct lookup_cursor row;
  struct error error;
  error_clear(&error);
  bool found = lookup_find(lookups, table, key, &scratch, &row, &error) == LOOKUP_FOUND;
  buffer_free(&scratch);
  return found;
}

/* A text, or any text of a list. */
static bool lookup_holds(const struct rule_lookup_test *test, struct field_view *view,
                         const struct lookup_set *lookups) {
  const struct json_node *node = field_view_get(view, test->field);
  if (node && node->type == JSON_TYPE_STRING)
    return has_row(lookups, test->table, json_text(node));
  if (!node || node->type != JSON_TYPE_ARRAY)
    return false;
  int left = ITEMS_MAX;
  for (JSON_EACH(item, node)) {
    if (left-- == 0)
      break;
    if (item->type == JSON_TYPE_STRING && has_row(lookups, test->table, json_text(item)))
      return true;
  }
  return false;
}

static bool excepts(const struct rule_suppressor *suppressor, struct field_view *view,
                    const struct lookup_set *lookups) {
  bool holds = true;
  if (suppressor->condition) {
    field_view_begin_rule(view);
    holds = condition_match(suppressor->condition, view);
    /* What gave up may hold by a `not` only. */
    holds = !field_view_take_given_up(view) && holds;
  }
  for (size_t i = 0; holds && i < suppressor->lookup_count; i++)
    holds = lookup_holds(&suppressor->lookups[i], view, lookups);
  return holds;
}

static bool takes(const struct rule_suppressor *suppressor, time_us event_time,
                  struct field_view *view, const struct lookup_set *lookups) {
  switch (suppressor->kind) {
  case RULE_EXCEPTED:
    return excepts(suppressor, view, lookups);
  case RULE_MUTED:
    return event_time < suppressor->until;
  case RULE_QUIET_HOURS:
    for (size_t i = 0; i < suppressor->hours_count; i++)
      if (week_hours_cover(&suppressor->hours[i], event_time))
        return true;
    return false;
  default:
    return false;
  }
}

const struct rule_suppressor *rule_tuning_suppressor(const struct rule *rule, time_us event_time,
                                                     struct field_view *view,
                                                     const struct lookup_set *lookups) {
  const struct rule_tuning *tuning = rule->tuning;
  for (size_t i = 0; tuning && i < tuning->suppressor_count; i++)
    if (takes(tuning->suppressors[i], event_time, view, lookups))
      return tuning->suppressors[i];
  return NULL;
}

void rule_suppressors_release(struct rule_suppressor *suppressors) {
  for (; suppressors; suppressors = suppressors->next) {
    condition_release(suppressors->condition);
    for (size_t i = 0; i < suppressors->hours_count; i++)
      time_zone_free(suppressors->hours[i].zone);
  }
}

const char *rule_tuning_place_words(const struct rule_tuning_place *place,
                                    struct rule_tuning_line *line) {
  char shown[400];
  size_t written = 0;
  if (place->file)
    written =
        (size_t)snprintf(line->text, sizeof line->text, "%.180s:%u", place->file, place->line);
  if (place->reason.size)
    snprintf(line->text + written, sizeof line->text - written, "%s%s", written ? ": " : "",
             text_printable(place->reason, shown, sizeof shown));
  else if (!written)
    line->text[0] = '\0';
  return line->text;
}
