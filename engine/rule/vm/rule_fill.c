#include "rule/vm/rule_fill.h"

#include "base/unicode/address.h"
#include "rule/condition/field_view.h"
#include "rule/condition/regex.h"
#include "rule/vm/rule_model_text.h"
#include "rule/vm/rule_vm_internal.h"

/* Bytes of a value beyond which it is surely cut: a character has at most four. */
#define VALUE_BYTES_MAX ((size_t)4 * (RULE_TEXT_MAX + 1))

/* A value, or that there is none: neither text nor node. */
struct found {
  struct text text;
  const struct json_node *node;
};

/* Absent, null or empty. */
static bool is_missing(const struct json_node *node) {
  return !node || node->type == JSON_TYPE_NULL ||
         (node->size == 0 && (node->type == JSON_TYPE_STRING || node->type == JSON_TYPE_ARRAY));
}

/* ---- finding ---- */

/* What margay says of the event, whatever its record says. */
static struct text own_text(struct rule_vm *vm, const struct event *event, struct text name) {
  struct time_string time;
  if (text_is(name, "p_log_type"))
    return event->log_type;
  if (text_is(name, "p_source_id"))
    return event->source_id;
  if (text_is(name, "p_source_label"))
    return event->source_label;
  if (text_is(name, "p_row_id"))
    return text_from(event_row_id(event));
  if (text_is(name, "p_event_time") && event->event_time != TIME_NONE)
    return arena_copy(&vm->arena, text_from(time_format(event->event_time, &time)));
  return TEXT("");
}

static void append_answer(struct buffer *out, const struct json_node *node) {
  if (node->type == JSON_TYPE_STRING) {
    buffer_append_text(out, json_text(node));
  } else if (node->type == JSON_TYPE_ARRAY) {
    for (JSON_EACH(item, node)) {
      buffer_append_string(out, out->size ? ", " : "");
      append_answer(out, item);
    }
  } else {
    json_write(out, node);
  }
}

/* What came of the first of the rule's questions that has the member. */
static struct text answer_text(struct rule_vm *vm, struct text name) {
  const struct question_answers *answers = vm->binding.answers;
  if (!answers || answers->json.size == 0)
    return TEXT("");
  struct json_reader *reader = json_reader_new();
  struct buffer text = BUFFER_NONE;
  const struct json_node *root = json_read_copy(reader, answers->json, NULL), *member = NULL;
  if (root)
    for (JSON_EACH(answer, root))
      member = member ? member : json_get(answer, name);
  if (member)
    append_answer(&text, member);
  struct text copy = arena_copy(&vm->arena, buffer_text(&text));
  buffer_free(&text);
  json_reader_free(reader);
  return copy;
}

/* What the groups of the pattern found, one behind the other. */
static struct text groups_text(struct rule_vm *vm, const struct regex *regex, struct text subject) {
  size_t start, end;
  buffer_reset(&vm->buffer);
  for (size_t i = 1; i <= regex_group_count(regex); i++)
    if (regex_group(vm->view->scratch, i, &start, &end))
      buffer_append(&vm->buffer, subject.data + start, end - start);
  return arena_copy(&vm->arena, buffer_text(&vm->buffer));
}

static struct text find_pattern(struct rule_vm *vm, const struct rule *rule,
                                const struct rule_pattern *pattern, struct text subject,
                                struct problems *notes) {
  field_view_begin_rule(vm->view);
  switch (regex_match(pattern->regex, vm->view->scratch, &vm->view->work, subject, 0)) {
  case REGEX_YES:
    return groups_text(vm, pattern->regex, subject);
  case REGEX_LIMIT:
    problems_add(notes, rule->file, rule->metadata_line, 0,
                 "patterns: '%.*s' gave up on this event (too much work for its text)",
                 TEXT_ARGS(pattern->name));
    break;
  case REGEX_NO:
    break;
  }
  return TEXT("");
}

static struct found find_whole(struct rule_vm *vm, const struct rule *rule,
                               const struct rule_template_source *source, struct problems *notes) {
  const struct event *event = vm->binding.event;
  struct found found = {.text = TEXT("")};
  if (source->answer.size)
    found.text = answer_text(vm, source->answer);
  else if (source->name.size)
    found.text = rule_vm_model_text(vm, rule, source->name, notes);
  else if (event->schema && text_starts_folded(source->path, TEXT("p_")))
    found.text = own_text(vm, event, source->path);
  else
    found.node = field_view_get(vm->view, source->field);
  if (is_missing(found.node))
    found.node = NULL;
  return found;
}

/* A pattern finds nothing in what is no text. */
static struct found find(struct rule_vm *vm, const struct rule *rule,
                         const struct rule_template_source *source, struct problems *notes) {
  struct found found = find_whole(vm, rule, source, notes);
  if (!source->pattern)
    return found;
  struct text subject = found.text;
  if (found.node && found.node->type == JSON_TYPE_STRING)
    subject = json_text(found.node);
  found = (struct found){.text = TEXT("")};
  if (subject.size > 0)
    found.text = find_pattern(vm, rule, source->pattern, subject, notes);
  return found;
}

static struct found find_value(struct rule_vm *vm, const struct rule *rule,
                               const struct rule_template_value *value, struct problems *notes) {
  for (size_t i = 0; i < value->count; i++) {
    struct found found = find(vm, rule, &value->sources[i], notes);
    if (found.text.size || found.node)
      return found;
  }
  return (struct found){.text = TEXT("")};
}

/* ---- texts ---- */

static void append_text(struct rule_vm *vm, struct buffer *out, struct text text, bool folded) {
  if (text.size > VALUE_BYTES_MAX)
    text = text_cut(text, VALUE_BYTES_MAX);
  buffer_append_text(out, folded ? address_fold(&vm->arena, text) : text);
}

static void append_node(struct rule_vm *vm, struct buffer *out, const struct json_node *node,
                        bool folded) {
  if (node->type == JSON_TYPE_STRING)
    append_text(vm, out, json_text(node), folded);
  else
    json_write(out, node);
}

static bool is_plain_list(const struct json_node *node) {
  if (node->type != JSON_TYPE_ARRAY)
    return false;
  for (JSON_EACH(item, node))
    if (item->type == JSON_TYPE_ARRAY || item->type == JSON_TYPE_OBJECT)
      return false;
  return true;
}

static void append_list(struct rule_vm *vm, struct buffer *out, const struct json_node *list,
                        bool folded) {
  size_t start = out->size;
  for (JSON_EACH(item, list)) {
    if (is_missing(item))
      continue;
    if (out->size > start)
      buffer_append_string(out, ", ");
    append_node(vm, out, item, folded);
    if (out->size - start > VALUE_BYTES_MAX)
      return;
  }
}

static bool append_value(struct rule_vm *vm, const struct rule *rule,
                         const struct rule_template_value *value, bool folded, struct buffer *out,
                         struct problems *notes) {
  struct found found = find_value(vm, rule, value, notes);
  size_t start = out->size;
  if (found.text.size)
    append_text(vm, out, found.text, folded);
  else if (found.node && is_plain_list(found.node))
    append_list(vm, out, found.node, folded);
  else if (found.node)
    append_node(vm, out, found.node, folded);
  if (out->size > start)
    return true;
  buffer_append_text(out, value->otherwise);
  return value->otherwise_given;
}

bool rule_fill_text(struct rule_vm *vm, const struct rule *rule,
                    const struct rule_template *template, bool folded, struct buffer *out,
                    struct problems *notes) {
  bool found = true;
  for (size_t i = 0; i < template->count; i++) {
    const struct rule_template_part *part = &template->parts[i];
    buffer_append_text(out, part->before);
    if (part->value)
      found = append_value(vm, rule, part->value, folded, out, notes);
  }
  return found || !template->plain;
}

/* ---- contexts ---- */

static void append_member(struct rule_vm *vm, const struct rule *rule,
                          const struct rule_template_part *part, struct buffer *out,
                          struct problems *notes) {
  struct found found = find_value(vm, rule, part->value, notes);
  if (!found.node && !found.text.size && !part->value->otherwise_given)
    return;
  if (out->data[out->size - 1] != '{')
    buffer_append_char(out, ',');
  buffer_append_text(out, part->before);
  if (found.node)
    json_write(out, found.node);
  else
    buffer_append_json_string(out, found.text.size ? found.text : part->value->otherwise);
}

bool rule_fill_context(struct rule_vm *vm, const struct rule *rule,
                       const struct rule_template *template, struct buffer *out,
                       struct problems *notes, struct error *error) {
  size_t start = out->size;
  buffer_append_char(out, '{');
  for (size_t i = 0; i < template->count; i++) {
    append_member(vm, rule, &template->parts[i], out, notes);
    if (out->size - start >= RULE_CONTEXT_MAX)
      return error_set(error, "larger than %d bytes of JSON", RULE_CONTEXT_MAX);
  }
  buffer_append_char(out, '}');
  return true;
}
