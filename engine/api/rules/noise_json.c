#include "api/rules/noise.h"

#include <inttypes.h>

double noise_share(int64_t part, int64_t whole) {
  return whole > 0 ? (double)part / (double)whole : 0;
}

bool noise_is_silent(const struct noise_row *row) {
  return row->matches == 0 && row->alerts == 0;
}

size_t noise_fields(const struct noise *noise, const struct noise_row *row,
                    struct time_string *since, struct noise_field fields[NOISE_FIELDS_MAX]) {
  const struct rule *rule = row->rule;
  const struct noise_field listed[] = {
      {"rule_id", NOISE_FIELD_TEXT, .text = row->rule_id},
      {"display_name", NOISE_FIELD_TEXT, .text = rule ? rule->display_name : TEXT("")},
      {"severity", NOISE_FIELD_TEXT, .text = text_from(rule ? severity_name(rule->severity) : "")},
      {"pack", NOISE_FIELD_TEXT, .text = rule ? rule->pack : TEXT("")},
      {"since", NOISE_FIELD_TEXT, .text = text_from(time_format(noise->since, since))},
      {"matches", NOISE_FIELD_COUNT, .count = row->matches},
      {"suppressed", NOISE_FIELD_COUNT, .count = row->suppressed},
      {"alerts", NOISE_FIELD_COUNT, .count = row->alerts},
      {"true_positives", NOISE_FIELD_COUNT, .count = row->resolved[RESOLUTION_TRUE_POSITIVE]},
      {"false_positives", NOISE_FIELD_COUNT, .count = row->resolved[RESOLUTION_FALSE_POSITIVE]},
      {"benign", NOISE_FIELD_COUNT, .count = row->resolved[RESOLUTION_BENIGN]},
      {"alerts_a_day", NOISE_FIELD_RATE, .number = noise_alerts_a_day(noise, row)},
      {"match_share", NOISE_FIELD_SHARE, .number = noise_share(row->matches, noise->matches)},
      {"alert_share", NOISE_FIELD_SHARE, .number = noise_share(row->alerts, noise->alerts)},
      {"actors", NOISE_FIELD_COUNT, .count = row->actors},
      {"top_actor", NOISE_FIELD_TEXT, .text = row->top_actor},
      {"top_actor_share", NOISE_FIELD_SHARE, .number = noise_share(row->top_matches, row->matches)},
  };
  size_t count = sizeof listed / sizeof *listed;
  for (size_t i = 0; i < count; i++)
    fields[i] = listed[i];
  return count;
}

void noise_append_number(struct buffer *json, const struct noise_field *field) {
  if (field->kind == NOISE_FIELD_COUNT)
    buffer_printf(json, "%" PRId64, field->count);
  else
    buffer_printf(json, field->kind == NOISE_FIELD_SHARE ? "%.4f" : "%.2f", field->number);
}

void noise_json_append(struct buffer *json, const struct noise *noise,
                       const struct noise_row *row) {
  struct noise_field fields[NOISE_FIELDS_MAX];
  struct time_string since;
  size_t count = noise_fields(noise, row, &since, fields);
  for (size_t i = 0; i < count; i++) {
    buffer_printf(json, "%s\"%s\":", i ? "," : "{", fields[i].name);
    if (fields[i].kind == NOISE_FIELD_TEXT)
      buffer_append_json_string(json, fields[i].text);
    else
      noise_append_number(json, &fields[i]);
  }
  buffer_append_char(json, '}');
}
