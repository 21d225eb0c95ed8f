/*
 * The sections packs and tuning of any bytes, applied to two rules. Each mistake is a problem with
 * its place; whatever is left takes a match or does not, and no text of it does what a terminal
 * would act on.
 */
#include "command/config/config_settings.h"
#include "rule/load/rule_set_load.h"
#include "rule/tuning/tuning.h"
#include "rule/vm/rule_vm.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct rule_file files[] = {
    {.path = "a.lua",
     .source = TEXT_INIT("metadata { id = 'A', log_types = { 'Test' }, severity = 'low', pack = "
                         "'p', where = { who = 'a' } }")},
    {.path = "b.lua",
     .source = TEXT_INIT("metadata { id = 'B', log_types = { 'Test' }, severity = 'low', where = { "
                         "who = 'a' } } function severity() return 'high' end")}};

static void must(bool holds) {
  if (!holds)
    abort();
}

static void check_problems(const struct problems *problems) {
  for (size_t i = 0; i < problems->count; i++)
    for (const char *at = problems->items[i].text; *at; at++)
      must((uint8_t)*at >= 0x20 && *at != 0x7f);
}

/* Asks each rule whether a match on an event would be kept from alerts. */
static void ask(struct rule_set *set) {
  static const char record[] = "{\"who\":\"a\",\"n\":[1,{\"id\":2}]}";
  char bytes[sizeof record + JSON_PADDING] = {0};
  struct error error = ERROR_NONE;
  const struct event_typing typing = {.log_type = TEXT("Test"), .unchecked = true};
  struct event_reader *reader = event_reader_new(&typing, TEXT(""), TEXT(""));
  struct rule_vm *vm = rule_vm_new(set, NULL);
  memcpy(bytes, record, sizeof record);
  rule_vm_set_event(
      vm, event_read(reader, (struct text){bytes, sizeof record - 1}, TEXT(""), 0, &error));
  for (size_t i = 0; i < set->count; i++)
    rule_vm_suppressor(vm, &set->rules[i], 0);
  rule_vm_free(vm);
  event_reader_free(reader);
}

static void apply(struct yaml *yaml) {
  static const struct text tables[] = {TEXT_INIT("admins")};
  struct arena arena = ARENA_NONE;
  struct problems problems = PROBLEMS_NONE, warnings = PROBLEMS_NONE;
  struct rule_set *set = rule_set_load_files(files, sizeof files / sizeof *files, &problems);
  struct config_settings *settings = arena_alloc(&arena, sizeof *settings);
  const struct settings_reader reader = {.context = {yaml, &problems}, .arena = &arena};
  must(problems.count == 0);
  settings_read(&reader, yaml_root(yaml), "margay.yml", &config_table, settings);
  const struct tuning tuning = tuning_settings_take(&reader, yaml_root(yaml), &settings->tuning);
  tuning_apply(set, &tuning,
               &(struct tuning_world){.tables = tables,
                                      .table_count = 1,
                                      .now = 0,
                                      .problems = &problems,
                                      .warnings = &warnings});
  check_problems(&problems);
  check_problems(&warnings);
  ask(set);
  rule_set_free(set);
  problems_clear(&problems);
  problems_clear(&warnings);
  arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char head[] = "tuning:\n";
  struct error error = ERROR_NONE;
  struct buffer text = BUFFER_NONE;
  buffer_append_string(&text, head);
  buffer_append(&text, data, size);
  struct yaml *yaml = yaml_load_text(buffer_text(&text), "margay.yml", &error);
  if (yaml && yaml_root(yaml)->type == YAML_MAPPING)
    apply(yaml);
  if (yaml)
    yaml_free(yaml);
  buffer_free(&text);
  return 0;
}
