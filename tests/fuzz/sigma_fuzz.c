/*
 * Sigma files and mappings. The bytes are read as both, beside a Lua rule; rules that load run on
 * two events, by the index and one by one. The rule beside them must go on working.
 */
#include "rule/index/rule_index.h"
#include "rule/load/rule_set_load.h"
#include "rule/sigma/sigma_mapping.h"
#include "rule/vm/rule_vm.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char neighbour[] =
    "metadata { id = '~', log_types = { 'Fuzz' }, severity = 'low', where = { a = 'x' } }\n";

static const char any_logsource[] = "logsources: [{log_types: Fuzz}]\n";

static const char *const records[] = {
    "{\"a\":\"x\",\"action\":\"Update\",\"operation_detail\":\"Waiting Room: from On to Off\","
    "\"time\":\"2024-03-21T07:09:03Z\",\"n\":1.5,\"o\":{\"id\":7,\"l\":[1,null,\"x\",[],{}]}}",
    "{\"a\":\"x\",\"b\":[{\"c\":1},{\"c\":2}],\"\":null,\"u\":\"\\u0000 -enc "
    "aAB0AHQAcAA6AC8ALwB4\",\"ip\":\"10.0.0.1\"}",
};

static void must(bool holds) {
  if (!holds)
    abort();
}

static void describe(struct rule_vm *vm, const struct rule *rule) {
  struct problems notes = PROBLEMS_NONE;
  struct rule_outcome outcome;
  rule_vm_describe(vm, rule, &outcome, &notes);
  must(text_is_utf8(outcome.title) && text_is_utf8(outcome.dedup) && outcome.dedup.size > 0);
  must(notes.count == 0);
  problems_clear(&notes);
}

static void run_event(const struct rule_set *set, struct rule_vm *vm, struct event_reader *reader,
                      struct rule_index_scratch *scratch, const char *record) {
  struct error error = ERROR_NONE;
  struct buffer padded = BUFFER_NONE;
  struct field_view *view = field_view_new(set->fields);
  buffer_append_string(&padded, record);
  memset(buffer_reserve(&padded, JSON_PADDING), 0, JSON_PADDING);
  const struct event *event = event_read(reader, buffer_text(&padded), TEXT(""), 1, &error);
  must(event);
  field_view_set(view, event);
  if (vm)
    rule_vm_set_event(vm, event);
  struct rule_list list =
      rule_index_candidates(rule_index_type(set->index, TEXT("Fuzz")), scratch, view);
  size_t next = 0;
  for (size_t i = 0; i < set->count; i++) {
    const struct rule *rule = &set->rules[i];
    bool candidate = next < list.count && list.items[next] == rule;
    bool matched = rule->where && condition_match(rule->where, view);
    bool gave_up = field_view_take_given_up(view);
    next += candidate;
    must(!matched || gave_up || candidate || !text_is(rule->log_types.items[0], "Fuzz"));
    must(!text_is(rule->id, "~") || matched);
    if (matched && vm)
      describe(vm, rule);
  }
  field_view_free(view);
  buffer_free(&padded);
}

static void run_set(const struct rule_file *files, const struct sigma_mapping *mapping) {
  struct problems problems = PROBLEMS_NONE;
  struct sandbox_limits limits = {.memory_max = (size_t)4 << 20, .instruction_max = 20000};
  struct rule_set *set = rule_set_build(
      files, 2, &(struct rule_reading){.limits = limits, .sigma = mapping}, &problems);
  struct rule_vm_options options = {.memory_max = (size_t)4 << 20, .instruction_max = 20000};
  struct rule_vm *vm = set->count > 1 ? rule_vm_new(set, &options) : NULL;
  struct event_typing typing = {.log_type = TEXT("Fuzz"), .unchecked = true};
  struct event_reader *reader = event_reader_new(&typing, TEXT("s"), TEXT("S"));
  struct rule_index_scratch *scratch = rule_index_scratch_new(set->index);
  must(rule_set_find(set, TEXT("~")));
  for (size_t i = 0; i < sizeof records / sizeof *records; i++)
    run_event(set, vm, reader, scratch, records[i]);
  rule_index_scratch_free(scratch);
  event_reader_free(reader);
  rule_vm_free(vm);
  rule_set_free(set);
  problems_clear(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const struct text text = {(const char *)data, size};
  const struct rule_file files[] = {
      {.path = "rules/fuzz.yml", .source = text},
      {.path = "rules/neighbour.lua", .source = text_from(neighbour)},
  };
  struct problems problems = PROBLEMS_NONE;
  struct sigma_mapping *any =
      sigma_mapping_read(text_from(any_logsource), "any.yml", NULL, &problems);
  struct sigma_mapping *own = sigma_mapping_read(text, "fuzz.yml", NULL, &problems);
  run_set(files, any);
  if (own)
    run_set(files, own);
  sigma_mapping_free(any);
  sigma_mapping_free(own);
  problems_clear(&problems);
  return 0;
}
