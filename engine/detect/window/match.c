#include "detect/window/match.h"

#include "base/codec.h"
#include "base/digest.h"
#include "detect/window/attributes.h"
#include "detect/window/rule_error.h"

#include <stdio.h>

static struct text_list copy_list(struct arena *arena, struct text_list list) {
  struct text *items = arena_alloc(arena, (list.count + 1) * sizeof *items);
  for (size_t i = 0; i < list.count; i++)
    items[i] = arena_copy(arena, list.items[i]);
  return (struct text_list){items, list.count};
}

/* About what an event's p_ fields take, so that its buffer grows once. */
#define OWN_BYTES 640

static struct text event_json(const struct event *event, struct arena *arena) {
  struct buffer json = BUFFER_NONE;
  buffer_reserve(&json, event->record.size + OWN_BYTES);
  event_write(event, &json);
  struct text copy = arena_copy(arena, buffer_text(&json));
  buffer_free(&json);
  return copy;
}

/* Nothing may point into the event's reader: that belongs to a worker, which may be gone before
 * the match is committed. */
static struct match brief_of_event(const struct rule *rule, const struct event *event,
                                   struct match_copies *copies, struct arena *arena) {
  if (copies->row_id.size == 0) {
    copies->log_type = arena_copy(arena, event->log_type);
    copies->source_id = arena_copy(arena, event->source_id);
    copies->source_label = arena_copy(arena, event->source_label);
    copies->row_id = arena_copy(arena, text_from(event_row_id(event)));
  }
  return (struct match){
      .rule = rule,
      .event_time = event->event_time,
      .untimed = event->untimed,
      .doubtful = !event_moves_time(event),
      .log_type = copies->log_type,
      .source_id = copies->source_id,
      .source_label = copies->source_label,
      .row_id = copies->row_id,
      .attributes = attributes_of_event(rule, event, arena),
  };
}

static struct match match_of_event(const struct rule *rule, const struct event *event,
                                   struct match_copies *copies, struct arena *arena) {
  struct match match = brief_of_event(rule, event, copies, arena);
  if (copies->event.size == 0)
    copies->event = event_json(event, arena);
  match.event = copies->event;
  return match;
}

static void copy_outcome(struct match *match, const struct rule_outcome *outcome,
                         struct arena *arena) {
  struct rule_outcome *copy = &match->outcome;
  *copy = *outcome;
  struct text *const texts[] = {&copy->title,       &copy->dedup,     &copy->unique,
                                &copy->description, &copy->reference, &copy->runbook,
                                &copy->context,     &copy->actor};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    *texts[i] = arena_copy(arena, *texts[i]);
  copy->destinations = copy_list(arena, copy->destinations);
}

static struct match with_outcome(struct match match, const struct rule_outcome *outcome,
                                 struct arena *arena) {
  copy_outcome(&match, outcome, arena);
  match.type = ALERT_RULE;
  return match;
}

struct match match_of_outcome(const struct rule *rule, const struct event *event,
                              const struct rule_outcome *outcome, struct arena *arena) {
  struct match_copies copies = {.row_id = TEXT("")};
  return with_outcome(match_of_event(rule, event, &copies, arena), outcome, arena);
}

static void bound_notes(struct match_notes *notes, size_t before) {
  notes->count += notes->kept.count - before;
  if (notes->kept.count > MATCH_NOTES_MAX)
    notes->kept.count = MATCH_NOTES_MAX;
}

struct match match_describe_shared(struct rule_vm *vm, const struct rule *rule,
                                   const struct event *event, struct match_copies *copies,
                                   struct arena *arena, struct match_notes *notes) {
  struct rule_outcome outcome;
  size_t before = notes->kept.count;
  rule_vm_describe(vm, rule, &outcome, &notes->kept);
  bound_notes(notes, before);
  struct match match = with_outcome(match_of_event(rule, event, copies, arena), &outcome, arena);
  match.suppressor = rule_vm_suppressor(vm, rule, match.event_time);
  return match;
}

struct match match_describe(struct rule_vm *vm, const struct rule *rule, const struct event *event,
                            struct arena *arena, struct match_notes *notes) {
  struct match_copies copies = {.row_id = TEXT("")};
  return match_describe_shared(vm, rule, event, &copies, arena, notes);
}

struct match match_describe_key(struct rule_vm *vm, const struct rule *rule,
                                const struct event *event, struct match_copies *copies,
                                struct arena *arena, struct match_notes *notes) {
  struct rule_outcome outcome;
  size_t before = notes->kept.count;
  rule_vm_describe_key(vm, rule, &outcome, &notes->kept);
  bound_notes(notes, before);
  struct match match = with_outcome(brief_of_event(rule, event, copies, arena), &outcome, arena);
  if (copies->record.size == 0)
    copies->record = arena_copy(arena, event->record);
  match.brief = true;
  match.record = copies->record;
  match.parse_time = event->parse_time;
  match.suppressor = rule_vm_suppressor(vm, rule, match.event_time);
  return match;
}

void match_describe_rest(struct match *match, struct rule_vm *vm, const struct event *event,
                         struct arena *arena, struct match_notes *notes) {
  struct rule_outcome outcome = match->outcome;
  size_t before = notes->kept.count;
  rule_vm_describe_rest(vm, match->rule, &outcome, &notes->kept);
  bound_notes(notes, before);
  copy_outcome(match, &outcome, arena);
  match->event = event_json(event, arena);
  match->brief = false;
}

struct match match_of_error(const struct rule *rule, const struct event *event,
                            const struct error *error, struct arena *arena) {
  struct match_copies copies = {.row_id = TEXT("")};
  struct match match = match_of_event(rule, event, &copies, arena);
  struct error_line line;
  struct buffer buffer = BUFFER_NONE;
  rule_error_reason(error, event, &buffer);
  struct text reason = arena_copy(arena, buffer_text(&buffer));
  buffer_reset(&buffer);
  buffer_append_string(&buffer, "{\"error\":");
  buffer_append_json_string(&buffer, text_from(error_line(error, &line)));
  buffer_append_char(&buffer, '}');
  match.type = ALERT_RULE_ERROR;
  match.outcome = (struct rule_outcome){
      .title = text_from(arena_printf(arena, "Rule %.*s failed: %.*s", TEXT_ARGS(rule->id),
                                      TEXT_ARGS(text_cut(reason, 500)))),
      .dedup = reason,
      .severity = ALERT_HEALTH_SEVERITY,
      .description = TEXT("The rule could not decide about an event. Until it is fixed, it may "
                          "miss what it is meant to find. Events on which it fails in the same way "
                          "are counted here until its file changes."),
      .runbook = TEXT("Run `margay test` on the rule with this alert's event as a fixture."),
      .context = arena_copy(arena, buffer_text(&buffer)),
  };
  buffer_free(&buffer);
  return match;
}

struct match_window_key match_window_key(const struct match *match, struct arena *arena) {
  struct match_window_key key = {.rule_id = match->rule->id, .dedup = match->outcome.dedup};
  key.joined.size = key.rule_id.size + 1 + key.dedup.size;
  char *joined = arena_alloc(arena, key.joined.size); /* zeroed: the NUL is there */
  memcpy(joined, key.rule_id.data, key.rule_id.size);
  if (key.dedup.size > 0)
    memcpy(joined + key.rule_id.size + 1, key.dedup.data, key.dedup.size);
  key.joined.data = joined;
  return key;
}

void match_alert_id(const struct match *match, char id[ALERT_ID_SIZE + 1]) {
  struct digest *digest = digest_new();
  bool failed = match->type == ALERT_RULE_ERROR;
  const struct text parts[] = {match->rule->id, text_from(alert_type_name(match->type)),
                               match->outcome.dedup, failed ? TEXT("") : match->row_id};
  int64_t number = failed ? (int64_t)match->rule->version : match->event_time;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    uint64_t size = parts[i].size;
    digest_update(digest, &size, sizeof size);
    digest_update(digest, parts[i].data, parts[i].size);
  }
  digest_update(digest, &number, sizeof number);
  uint8_t bytes[DIGEST_SIZE];
  digest_final(digest, bytes);
  digest_free(digest);
  hex_encode(bytes, ALERT_ID_SIZE / 2, id);
}

struct alert match_alert(const struct match *match, const char *id, time_us created_at) {
  const struct rule *rule = match->rule;
  const struct rule_outcome *outcome = &match->outcome;
  return (struct alert){
      .id = text_from(id),
      .type = match->type,
      .severity = outcome->severity,
      .rule_id = rule->id,
      .display_name = rule->display_name,
      .log_type = match->log_type,
      .source_id = match->source_id,
      .source_label = match->source_label,
      .dedup = outcome->dedup,
      .title = outcome->title,
      .description = outcome->description,
      .runbook = outcome->runbook,
      .reference = outcome->reference,
      .tags = rule->tags_json,
      .reports = rule->reports_json,
      .context = outcome->context,
      .event = match->event,
      .actor = outcome->actor,
      .sums_up = rule->summary_attributes.count > 0,
      .created_at = created_at,
      .first_event_time = match->event_time,
      .last_event_time = match->event_time,
      .match_count = 1,
  };
}

/* One table says which texts belong to an encoded match; each has its size before it. */
#define MATCH_TEXTS(match)                                                                         \
  {                                                                                                \
    &(match)->outcome.title, &(match)->outcome.dedup, &(match)->outcome.unique,                    \
        &(match)->outcome.description, &(match)->outcome.reference, &(match)->outcome.runbook,     \
        &(match)->outcome.context, &(match)->outcome.actor, &(match)->log_type,                    \
        &(match)->source_id, &(match)->source_label, &(match)->row_id, &(match)->event,            \
        &(match)->attributes                                                                       \
  }

static void put_text(struct buffer *out, struct text text) {
  codec_put_u64(out, text.size);
  codec_put_bytes(out, text.data, text.size);
}

/* Stands in the type of a brief match; what it has more comes last. */
#define TYPE_BRIEF UINT32_C(0x100)
/* The same of a match that is doubtful. */
#define TYPE_DOUBTFUL UINT32_C(0x200)
/* The same of one that says to whom it was done. */
#define TYPE_HAS_OBJECT UINT32_C(0x400)

/* Texts that are those of the rule's metadata, unless a function gave others: they take more than
 * the record, so a flag in the type stands for each. */
#define TYPE_DESCRIPTION_OF_RULE UINT32_C(0x800)
#define TYPE_REFERENCE_OF_RULE UINT32_C(0x1000)
#define TYPE_RUNBOOK_OF_RULE UINT32_C(0x2000)
#define TYPE_OF_RULE (TYPE_DESCRIPTION_OF_RULE | TYPE_REFERENCE_OF_RULE | TYPE_RUNBOOK_OF_RULE)
struct rule_text {
  uint32_t flag;
  struct text *text;
  struct text of_rule;
};
#define RULE_TEXTS(match)                                                                          \
  {                                                                                                \
    {TYPE_DESCRIPTION_OF_RULE, &(match)->outcome.description, (match)->rule->description},         \
        {TYPE_REFERENCE_OF_RULE, &(match)->outcome.reference, (match)->rule->reference},           \
        {TYPE_RUNBOOK_OF_RULE, &(match)->outcome.runbook, (match)->rule->runbook},                 \
  }

/* Empties what the rule has as it is. Returns the flags. */
static uint32_t leave_to_rule(struct match *match) {
  const struct rule_text texts[] = RULE_TEXTS(match);
  uint32_t flags = 0;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (texts[i].of_rule.size > 0 && text_equal(*texts[i].text, texts[i].of_rule)) {
      flags |= texts[i].flag;
      *texts[i].text = TEXT("");
    }
  return flags;
}

static void take_from_rule(struct match *match, uint32_t flags) {
  const struct rule_text texts[] = RULE_TEXTS(match);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (flags & texts[i].flag)
      *texts[i].text = texts[i].of_rule;
}

/* About what a match takes, so that the buffer grows once. Names of destinations are few. */
static size_t encoded_size(const struct match *match) {
  const struct text *const texts[] = MATCH_TEXTS(match);
  size_t size = 64 + match->record.size;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    size += sizeof(uint64_t) + texts[i]->size;
  return size;
}

void match_encode(const struct match *match, struct buffer *out) {
  struct match encoded = *match;
  const struct rule_outcome *outcome = &encoded.outcome;
  uint32_t of_rule = leave_to_rule(&encoded);
  match = &encoded;
  buffer_reserve(out, encoded_size(match));
  codec_put_i64(out, match->event_time);
  codec_put_u64(out, match->order);
  codec_put_u32(out, match->type | (match->brief ? TYPE_BRIEF : 0) |
                         (match->doubtful ? TYPE_DOUBTFUL : 0) |
                         (outcome->object.size > 0 ? TYPE_HAS_OBJECT : 0) | of_rule);
  codec_put_u32(out, outcome->severity);
  codec_put_u32(out, outcome->has_unique);
  codec_put_u32(out, outcome->destinations_given);
  codec_put_u64(out, outcome->destinations.count);
  const struct text *const texts[] = MATCH_TEXTS(match);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    put_text(out, *texts[i]);
  for (size_t i = 0; i < outcome->destinations.count; i++)
    put_text(out, outcome->destinations.items[i]);
  if (outcome->object.size > 0)
    put_text(out, outcome->object);
  if (!match->brief)
    return;
  put_text(out, match->record);
  codec_put_i64(out, match->parse_time);
}

static struct text take_text(struct codec_reader *in) {
  return codec_take_bytes(in, codec_take_u64(in));
}

bool match_decode(struct text bytes, const struct rule *rule, struct arena *arena,
                  struct match *match) {
  struct codec_reader in = codec_reader_of(bytes);
  *match = (struct match){.rule = rule};
  match->event_time = codec_take_i64(&in);
  match->order = codec_take_u64(&in);
  uint32_t type = codec_take_u32(&in);
  match->brief = type & TYPE_BRIEF;
  match->doubtful = type & TYPE_DOUBTFUL;
  bool has_object = type & TYPE_HAS_OBJECT;
  uint32_t of_rule = type & TYPE_OF_RULE;
  type &= ~(TYPE_BRIEF | TYPE_DOUBTFUL | TYPE_HAS_OBJECT | TYPE_OF_RULE);
  uint32_t severity = codec_take_u32(&in);
  match->outcome.has_unique = codec_take_u32(&in) != 0;
  match->outcome.destinations_given = codec_take_u32(&in) != 0;
  uint64_t destinations = codec_take_u64(&in);
  if (!codec_ok(&in) || type > ALERT_RULE_ERROR || severity >= SEVERITY_COUNT ||
      destinations > RULE_DESTINATIONS_MAX || !match_time_is_sane(match->event_time))
    return false;
  match->type = (enum alert_type)type;
  match->outcome.severity = (enum severity)severity;
  struct text *const texts[] = MATCH_TEXTS(match);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    *texts[i] = take_text(&in);
  take_from_rule(match, of_rule);
  struct text *names = arena_alloc(arena, (destinations + 1) * sizeof *names);
  for (size_t i = 0; i < destinations; i++)
    names[i] = take_text(&in);
  match->outcome.destinations = (struct text_list){names, destinations};
  if (has_object)
    match->outcome.object = take_text(&in);
  if (match->brief) {
    match->record = take_text(&in);
    match->parse_time = codec_take_i64(&in);
  }
  return codec_ok(&in) && match_time_is_sane(match->parse_time);
}
