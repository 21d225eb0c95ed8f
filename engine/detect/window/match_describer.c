#include "detect/window/match_describer.h"

#include "base/memory.h"
#include "event/event.h"

#include <stdlib.h>

struct match_describer {
  struct match_describer_options options;
  struct rule_vm *vm; /* made with the first match */
  /* Of the source whose match was the last; NULL before. */
  struct event_reader *reader;
  struct text source_id, source_label; /* its own */
};

struct match_describer *match_describer_new(const struct match_describer_options *options) {
  struct match_describer *describer = memory_alloc(sizeof *describer);
  describer->options = *options;
  return describer;
}

static void release_reader(struct match_describer *describer) {
  event_reader_free(describer->reader);
  free((char *)(uintptr_t)describer->source_id.data);
  free((char *)(uintptr_t)describer->source_label.data);
  describer->reader = NULL;
}

void match_describer_free(struct match_describer *describer) {
  if (!describer)
    return;
  release_reader(describer);
  rule_vm_free(describer->vm);
  free(describer);
}

static struct text own(struct text text) {
  return (struct text){memory_copy_bytes(text.data ? text.data : "", text.size), text.size};
}

static struct event_reader *reader_for(struct match_describer *describer,
                                       const struct match *match) {
  if (describer->reader && text_equal(describer->source_id, match->source_id) &&
      text_equal(describer->source_label, match->source_label))
    return describer->reader;
  if (describer->reader)
    release_reader(describer);
  describer->source_id = own(match->source_id);
  describer->source_label = own(match->source_label);
  return describer->reader = event_reader_new(&describer->options.typing, describer->source_id,
                                              describer->source_label);
}

/* The record may lie in memory without padding. */
static const struct event *read_event(struct match_describer *describer, const struct match *match,
                                      struct arena *arena) {
  struct event_reader *reader = reader_for(describer, match);
  struct error ignored = ERROR_NONE;
  char *bytes = arena_alloc(arena, match->record.size + JSON_PADDING);
  memcpy(bytes, match->record.data, match->record.size);
  const struct event *event = event_read(reader, (struct text){bytes, match->record.size},
                                         match->log_type, match->parse_time, &ignored);
  if (event)
    event_identify_as(reader, match->row_id);
  return event;
}

static void go_without(struct match *match) {
  const struct rule *rule = match->rule;
  struct rule_outcome *outcome = &match->outcome;
  if (outcome->title.size == 0)
    outcome->title = rule->display_name;
  outcome->description = rule->description;
  outcome->reference = rule->reference;
  outcome->runbook = rule->runbook;
  outcome->destinations_given = rule->has_destinations;
  outcome->destinations = rule->destinations;
  outcome->context = TEXT("{}");
  match->event = match->record;
  match->brief = false;
}

void match_describer_complete(struct match_describer *describer, struct match *match,
                              struct arena *arena, struct match_notes *notes) {
  if (!match->brief)
    return;
  const struct event *event = read_event(describer, match, arena);
  if (!event) {
    go_without(match);
    return;
  }
  if (!describer->vm)
    describer->vm = rule_vm_new(
        describer->options.rules,
        &(struct rule_vm_options){.breaker = describer->options.breaker, .counts_late = true});
  struct lookup_watch *watch = describer->options.lookups;
  struct lookup_set *lookups = watch ? lookup_watch_current(watch) : NULL;
  rule_vm_set_lookups(describer->vm, lookups);
  rule_vm_set_event(describer->vm, event);
  match_describe_rest(match, describer->vm, event, arena, notes);
  rule_vm_set_lookups(describer->vm, NULL);
  lookup_set_release(lookups);
}
