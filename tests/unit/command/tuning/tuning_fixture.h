/* Rules from texts, tuned by the text of a configuration, and events that they run on. */
#ifndef TESTS_TUNING_FIXTURE_H
#define TESTS_TUNING_FIXTURE_H

#include "command/config/config_settings.h"
#include "detect/history/history.h"
#include "rule/load/rule_set_load.h"
#include "rule/rule_fixture.h"
#include "rule/tuning/tuning.h"

#define TUNING_RULE(id, rest)                                                                      \
  "metadata { id = '" id "', log_types = { 'Test.Log' }, severity = 'medium', " rest               \
  ", where = { ['never|exists'] = false } }\n"

/* Reads the sections `packs` and `tuning`, and applies them. What is wrong is in fixture->problems,
 * and behind it the warnings, unless `now` is TIME_NONE. */
static inline void tuning_fixture_apply(struct rule_fixture *fixture, const char *yaml_text,
                                        const struct schema_set *schemas, time_us now) {
  static const struct text tables[] = {TEXT_INIT("admins")};
  struct arena arena = ARENA_NONE;
  struct error error = ERROR_NONE;
  struct config_settings *settings = arena_alloc(&arena, sizeof *settings);
  struct problems warnings = PROBLEMS_NONE;
  struct yaml *yaml = yaml_load_text(text_from(yaml_text), "margay.yml", &error);
  if (!yaml)
    fail_msg("%u: %s", error.line, error.text);
  const struct settings_reader reader = {.context = {yaml, &fixture->problems}, .arena = &arena};
  settings_read(&reader, yaml_root(yaml), "margay.yml", &config_table, settings);
  const struct tuning tuning = tuning_settings_take(&reader, yaml_root(yaml), &settings->tuning);
  tuning_apply(fixture->set, &tuning,
               &(struct tuning_world){.schemas = schemas,
                                      .tables = tables,
                                      .table_count = 1,
                                      .now = now,
                                      .problems = &fixture->problems,
                                      .warnings = now == TIME_NONE ? NULL : &warnings});
  for (size_t i = 0; i < warnings.count; i++)
    problems_add_error(&fixture->problems, &warnings.items[i]);
  problems_clear(&warnings);
  yaml_free(yaml);
  arena_free(&arena);
}

/* What was changed in a rule, a line each: "severity LOW (was MEDIUM) [margay.yml:2: why]". */
static inline void tuning_fixture_changes(const struct rule *rule, struct buffer *out) {
  struct rule_tuning_line line;
  buffer_reset(out);
  for (size_t i = 0; rule->tuning && i < rule->tuning->change_count; i++) {
    const struct rule_change *change = &rule->tuning->changes[i];
    buffer_printf(out, "%.*s [%s]\n", TEXT_ARGS(change->words),
                  rule_tuning_place_words(&change->place, &line));
  }
}

#endif
