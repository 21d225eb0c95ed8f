/*
 * Rule files. The bytes are a rule's text, beside one library; when it loads, it runs on two
 * events, within small limits. Whatever it does, the rule beside it must go on working.
 */
#include "base/memory.h"
#include "rule/load/rule_set_load.h"
#include "rule/vm/rule_vm.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMORY_MAX ((size_t)4 << 20)
#define INSTRUCTION_MAX 20000

static const char library[] = "local M = { list = { 'a', 'b' }, deep = { er = { x = 1 } } }\n"
                              "function M.first(list) return list[1] end\n"
                              "return M\n";

static const char neighbour[] =
    "local lib = require 'lib'\n"
    "metadata { id = '~', log_types = { 'Fuzz' }, severity = 'low', where = { a = 'x' } }\n"
    "function rule(event) return lib.list[2] == 'b' and ('x'):upper() == 'X' and event.a == 'x' "
    "end\n"
    "function title(event) return event.p_log_type end\n";

static const char *const records[] = {
    "{\"a\":\"x\",\"action\":\"Update\",\"operation_detail\":\"Edit Group a-b  - Passcode: from On "
    "to Off\",\"operator\":\"h@example.com\",\"n\":1.5,\"payload\":{\"object\":{\"id\":7,\"l\":"
    "[1,null,\"x\",[],{}]}}}",
    "{\"a\":\"x\",\"b\":[{\"c\":1},{\"c\":2},{\"c\":[3,4]}],\"\":null,\"u\":\"\\u0000\\u20ac\"}",
};

static void must(bool holds) {
  if (!holds)
    abort();
}

static void run_rule(struct rule_vm *vm, const struct rule *rule) {
  struct problems notes = PROBLEMS_NONE;
  struct rule_outcome outcome;
  struct error error = ERROR_NONE;
  bool is_neighbour = text_is(rule->id, "~");
  enum rule_verdict verdict = rule_vm_match(vm, rule, &error);
  must((verdict == RULE_FAILED) == error.set);
  must(!is_neighbour || verdict == RULE_MATCH);
  rule_vm_describe(vm, rule, &outcome, &notes);
  must(text_is_utf8(outcome.title) && text_is_utf8(outcome.dedup));
  must(text_is_utf8(outcome.context) && outcome.context.size <= RULE_CONTEXT_MAX);
  must(outcome.dedup.size > 0);
  must(outcome.destinations.count <= RULE_DESTINATIONS_MAX);
  must(!is_neighbour || (notes.count == 0 && text_is(outcome.title, "Fuzz")));
  problems_clear(&notes);
}

static void run_event(struct rule_vm *vm, const struct rule_set *set, struct event_reader *reader,
                      const char *record) {
  struct error error = ERROR_NONE;
  struct buffer padded = BUFFER_NONE;
  buffer_append_string(&padded, record);
  memset(buffer_reserve(&padded, JSON_PADDING), 0, JSON_PADDING);
  const struct event *event = event_read(reader, buffer_text(&padded), TEXT(""), 1, &error);
  must(event);
  rule_vm_set_event(vm, event);
  for (size_t i = 0; i < set->count; i++)
    run_rule(vm, &set->rules[i]);
  buffer_free(&padded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct problems problems = PROBLEMS_NONE;
  const struct rule_file files[] = {
      {.path = "rules/lib/lib.lua", .source = text_from(library), .library = TEXT("lib")},
      {.path = "rules/fuzz.lua", .source = {(const char *)data, size}},
      {.path = "rules/neighbour.lua", .source = text_from(neighbour)},
  };
  struct sandbox_limits limits = {.memory_max = MEMORY_MAX, .instruction_max = INSTRUCTION_MAX};
  struct rule_set *set =
      rule_set_build(files, 3, &(struct rule_reading){.limits = limits}, &problems);
  must(rule_set_find(set, TEXT("~")));
  must(set->count == 2 || problems.count > 0);
  struct rule_vm_options options = {.memory_max = MEMORY_MAX, .instruction_max = INSTRUCTION_MAX};
  struct rule_vm *vm = rule_vm_new(set, &options);
  struct kv *kv = kv_new(NULL);
  rule_vm_set_kv(vm, kv);
  struct event_typing typing = {.log_type = TEXT("Fuzz"), .unchecked = true};
  struct event_reader *reader = event_reader_new(&typing, TEXT("s"), TEXT("S"));
  for (size_t i = 0; i < sizeof records / sizeof *records; i++)
    run_event(vm, set, reader, records[i]);
  event_reader_free(reader);
  rule_vm_free(vm);
  must(kv_is_sound(kv, NULL));
  kv_free(kv);
  rule_set_free(set);
  problems_clear(&problems);
  return 0;
}
