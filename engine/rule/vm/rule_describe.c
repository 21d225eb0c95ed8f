/* What a match says of itself: Panther's fallbacks and limits (FACTS: rule semantics). */
#include "base/unicode/address.h"
#include "base/utf8.h"
#include "event/schema/data_model.h"
#include "rule/binding/lua_json.h"
#include "rule/sandbox/sandbox_freeze.h"
#include "rule/vm/rule_fill.h"
#include "rule/vm/rule_model_text.h"
#include "rule/vm/rule_vm_internal.h"

#include <stdio.h>

#define TRUNCATED "... (truncated)"
#define DEDUP_DEFAULT "defaultDedupString:"

struct describer {
  struct rule_vm *vm;
  const struct rule *rule;
  struct problems *notes;
};

/* Well-formed UTF-8 of at most RULE_TEXT_MAX characters, in the vm's arena. */
static struct text clean_text(struct rule_vm *vm, struct text text) {
  struct buffer *buffer = &vm->buffer;
  size_t characters = 0, cut = 0;
  if (text.size <= RULE_TEXT_MAX && text_is_utf8(text)) /* nearly always */
    return arena_copy(&vm->arena, text);
  buffer_reset(buffer);
  for (size_t i = 0; i < text.size; characters++) {
    uint32_t code;
    size_t size = utf8_read(text.data + i, text.size - i, &code);
    if (characters == RULE_TEXT_MAX - (sizeof TRUNCATED - 1))
      cut = buffer->size;
    if (characters == RULE_TEXT_MAX) {
      buffer->size = cut;
      buffer_append_string(buffer, TRUNCATED);
      break;
    }
    if (size)
      buffer_append(buffer, text.data + i, size);
    else
      buffer_append_string(buffer, "\xef\xbf\xbd");
    i += size ? size : 1;
  }
  return arena_copy(&vm->arena, buffer_text(buffer));
}

static bool defines(const struct describer *describer, enum rule_function function) {
  return describer->rule->functions >> function & 1;
}

static bool says(const struct describer *describer, enum rule_function function) {
  return rule_says(describer->rule, function);
}

static void note(const struct describer *describer, enum rule_function function,
                 struct error *error) {
  error_prefix(error, "%s", rule_function_names[function]);
  if (!error->file[0])
    snprintf(error->file, sizeof error->file, "%s", describer->rule->file);
  problems_add_error(describer->notes, error);
}

enum answer { ANSWER_TEXT, ANSWER_NIL, ANSWER_NONE /* not defined, or failed with a note */ };

/* Fills what metadata says in the function's place. Titles are read, other texts are compared. */
static enum answer fill(const struct describer *describer, enum rule_function function,
                        struct text *out) {
  struct rule_vm *vm = describer->vm;
  const struct rule *rule = describer->rule;
  bool compared = function != RULE_FUNCTION_TITLE;
  buffer_reset(&vm->filled);
  if (!rule_fill_text(vm, rule, rule->templates[function], compared, &vm->filled, describer->notes))
    return ANSWER_NONE;
  *out = clean_text(vm, buffer_text(&vm->filled));
  return ANSWER_TEXT;
}

/* Asks for a text, by a template or a function. */
static enum answer ask_text(const struct describer *describer, enum rule_function function,
                            struct text *out) {
  lua_State *lua = sandbox_lua(describer->vm->sandbox);
  enum answer answer = ANSWER_NONE;
  if (describer->rule->templates[function])
    answer = fill(describer, function, out);
  if (answer == ANSWER_TEXT || !defines(describer, function))
    return answer;
  struct error error;
  error_clear(&error);
  if (!rule_vm_call(describer->vm, describer->rule, function, &error)) {
    note(describer, function, &error);
    return ANSWER_NONE;
  }
  if (lua_type(lua, -1) == LUA_TSTRING) {
    struct text text;
    text.data = lua_tolstring(lua, -1, &text.size);
    *out = clean_text(describer->vm, text);
    answer = ANSWER_TEXT;
  } else if (lua_isnil(lua, -1)) {
    answer = ANSWER_NIL;
  } else {
    error_set(&error, "returned %s, expected a string", rule_vm_value_type(lua));
    note(describer, function, &error);
  }
  lua_pop(lua, 1);
  return answer;
}

/* Whose past the rule's questions are about; empty: it has none, or they are about all. */
static struct question_text key_of(const struct describer *describer) {
  const struct question_answers *answers = describer->vm->binding.answers;
  return answers ? answers->key : (struct question_text){.shown = TEXT("")};
}

/* The name, and whose past it is. */
static struct text default_title(const struct describer *describer) {
  struct rule_vm *vm = describer->vm;
  struct text key = key_of(describer).shown;
  if (key.size == 0)
    return clean_text(vm, describer->rule->display_name);
  return clean_text(
      vm, text_from(arena_printf(&vm->arena, "%.*s: %.*s", TEXT_ARGS(describer->rule->display_name),
                                 TEXT_ARGS(key))));
}

static void describe_title(const struct describer *describer, struct rule_outcome *outcome) {
  const struct rule *rule = describer->rule;
  if (!says(describer, RULE_FUNCTION_TITLE)) {
    outcome->title = default_title(describer);
    return;
  }
  enum answer answer = ask_text(describer, RULE_FUNCTION_TITLE, &outcome->title);
  if (answer == ANSWER_TEXT) {
    if (outcome->title.size == 0)
      outcome->title = clean_text(describer->vm, rule->display_name);
    return;
  }
  if (answer == ANSWER_NIL) {
    struct error error = ERROR_NONE;
    error_set(&error, "returned nil, expected a string");
    note(describer, RULE_FUNCTION_TITLE, &error);
  }
  outcome->title = rule->id;
}

static struct text field_text(struct rule_vm *vm, struct text path) {
  const struct json_node *node = event_path(vm->binding.event, path);
  if (node && node->type == JSON_TYPE_STRING)
    return clean_text(vm, json_text(node));
  buffer_reset(&vm->buffer);
  if (node)
    json_write(&vm->buffer, node);
  struct text json = arena_copy(&vm->arena, buffer_text(&vm->buffer));
  return clean_text(vm, json);
}

/* The value of one field, or the list of several as JSON, so that two lists never look alike. */
static struct text group_text(struct rule_vm *vm, struct text_list fields) {
  if (fields.count == 1)
    return field_text(vm, fields.items[0]);
  struct buffer list = BUFFER_NONE;
  for (size_t i = 0; i < fields.count; i++) {
    const struct json_node *node = event_path(vm->binding.event, fields.items[i]);
    buffer_append_char(&list, i ? ',' : '[');
    if (node && node->type == JSON_TYPE_STRING)
      buffer_append_json_string(&list, address_fold(&vm->arena, json_text(node)));
    else if (node)
      json_write(&list, node);
    else
      buffer_append_string(&list, "null");
  }
  buffer_append_char(&list, ']');
  struct text text = clean_text(vm, buffer_text(&list));
  buffer_free(&list);
  return text;
}

/* Without a dedup of its own the text of the rule's title groups; else what its questions are
 * about; else everything of it is one. */
static void describe_dedup(const struct describer *describer, struct rule_outcome *outcome) {
  struct rule_vm *vm = describer->vm;
  const struct rule *rule = describer->rule;
  if (rule->group_by.count)
    outcome->dedup = group_text(vm, rule->group_by);
  bool own = says(describer, RULE_FUNCTION_DEDUP);
  if (own)
    ask_text(describer, RULE_FUNCTION_DEDUP, &outcome->dedup);
  else if (says(describer, RULE_FUNCTION_TITLE))
    outcome->dedup = outcome->title;
  else if (rule->group_by.count == 0)
    outcome->dedup = clean_text(vm, key_of(describer).folded);
  outcome->dedup = address_fold(&vm->arena, outcome->dedup);
  if (outcome->dedup.size)
    return;
  buffer_reset(&vm->buffer);
  buffer_append_string(&vm->buffer, DEDUP_DEFAULT);
  buffer_append_text(&vm->buffer, rule->id);
  outcome->dedup = arena_copy(&vm->arena, buffer_text(&vm->buffer));
}

static void describe_severity(const struct describer *describer, struct rule_outcome *outcome) {
  struct text text;
  outcome->severity = describer->rule->severity;
  if (ask_text(describer, RULE_FUNCTION_SEVERITY, &text) != ANSWER_TEXT ||
      text_equal_folded(text, TEXT("DEFAULT")) || severity_parse(text, &outcome->severity))
    return;
  struct error error = ERROR_NONE;
  char shown[64];
  error_set(&error, "'%s' is none of INFO, LOW, MEDIUM, HIGH, CRITICAL, DEFAULT",
            text_printable(text, shown, sizeof shown));
  note(describer, RULE_FUNCTION_SEVERITY, &error);
}

static struct text text_or(const struct describer *describer, enum rule_function function,
                           struct text otherwise) {
  struct text text;
  return ask_text(describer, function, &text) == ANSWER_TEXT ? text : otherwise;
}

/* Reads the list at the top of the stack. */
static bool read_destinations(const struct describer *describer, struct rule_outcome *outcome,
                              struct error *error) {
  struct rule_vm *vm = describer->vm;
  lua_State *lua = sandbox_lua(vm->sandbox);
  if (!lua_istable(lua, -1))
    return error_set(error, "returned %s, expected a list of names", rule_vm_value_type(lua));
  if (!sandbox_thaw(lua, -1))
    lua_pushvalue(lua, -1);
  size_t count = (size_t)lua_rawlen(lua, -1);
  struct text *items = arena_alloc(&vm->arena, RULE_DESTINATIONS_MAX * sizeof *items);
  size_t kept = 0;
  if (count > RULE_DESTINATIONS_MAX) {
    error_set(error, "returned %zu names, kept the first %d", count, RULE_DESTINATIONS_MAX);
    count = RULE_DESTINATIONS_MAX;
  }
  for (size_t i = 1; i <= count; i++) {
    lua_rawgeti(lua, -1, (lua_Integer)i);
    if (lua_type(lua, -1) == LUA_TSTRING) {
      struct text name;
      name.data = lua_tolstring(lua, -1, &name.size);
      items[kept++] = clean_text(vm, name);
    } else {
      error_set(error, "item %zu is %s, expected a name", i, rule_vm_value_type(lua));
    }
    lua_pop(lua, 1);
  }
  lua_pop(lua, 1);
  outcome->destinations_given = true;
  outcome->destinations = (struct text_list){.items = items, .count = kept};
  return !error->set;
}

static void describe_destinations(const struct describer *describer, struct rule_outcome *outcome) {
  const struct rule *rule = describer->rule;
  lua_State *lua = sandbox_lua(describer->vm->sandbox);
  outcome->destinations_given = rule->has_destinations;
  outcome->destinations = rule->destinations;
  if (!defines(describer, RULE_FUNCTION_DESTINATIONS))
    return;
  struct error error = ERROR_NONE;
  if (!rule_vm_call(describer->vm, rule, RULE_FUNCTION_DESTINATIONS, &error)) {
    note(describer, RULE_FUNCTION_DESTINATIONS, &error);
    return;
  }
  if (!lua_isnil(lua, -1) && !read_destinations(describer, outcome, &error))
    note(describer, RULE_FUNCTION_DESTINATIONS, &error);
  lua_pop(lua, 1);
}

/* Leaves the context's JSON in the vm's buffer. */
static bool fill_context(const struct describer *describer, struct error *error) {
  struct rule_vm *vm = describer->vm;
  const struct rule *rule = describer->rule;
  buffer_reset(&vm->filled);
  bool ok = rule_fill_context(vm, rule, rule->templates[RULE_FUNCTION_ALERT_CONTEXT], &vm->filled,
                              describer->notes, error);
  buffer_reset(&vm->buffer);
  buffer_append_text(&vm->buffer, buffer_text(&vm->filled));
  return ok;
}

/* The same, by a template or a function. */
static bool write_context(const struct describer *describer, struct error *error) {
  struct rule_vm *vm = describer->vm;
  lua_State *lua = sandbox_lua(vm->sandbox);
  if (describer->rule->templates[RULE_FUNCTION_ALERT_CONTEXT])
    return fill_context(describer, error);
  if (!rule_vm_call(vm, describer->rule, RULE_FUNCTION_ALERT_CONTEXT, error))
    return false;
  buffer_reset(&vm->buffer);
  bool ok = lua_json_write(lua, -1, RULE_CONTEXT_MAX, &vm->buffer, error);
  if (ok && vm->buffer.data[0] == '[')
    ok = error_set(error, "returned a list, expected a table with names");
  else if (ok && vm->buffer.data[0] != '{')
    ok = error_set(error, "returned %s, expected a table", rule_vm_value_type(lua));
  lua_pop(lua, 1);
  return ok;
}

/* Without the function: the answers to the rule's questions. */
static struct text default_context(const struct describer *describer) {
  struct rule_vm *vm = describer->vm;
  const struct question_answers *answers = vm->binding.answers;
  if (!answers)
    return TEXT("{}");
  return text_from(arena_printf(&vm->arena, "{\"answers\":%.*s}", TEXT_ARGS(answers->json)));
}

static void describe_context(const struct describer *describer, struct rule_outcome *outcome) {
  struct rule_vm *vm = describer->vm;
  outcome->context = default_context(describer);
  if (!says(describer, RULE_FUNCTION_ALERT_CONTEXT))
    return;
  struct error error;
  error_clear(&error);
  if (!write_context(describer, &error)) {
    buffer_reset(&vm->buffer);
    buffer_append_string(&vm->buffer, "{\"_error\":");
    buffer_append_json_string(&vm->buffer, text_from(error.text));
    buffer_append_char(&vm->buffer, '}');
    note(describer, RULE_FUNCTION_ALERT_CONTEXT, &error);
  }
  outcome->context = arena_copy(&vm->arena, buffer_text(&vm->buffer));
}

/* A title groups matches where the rule says no other dedup of its own. */
static bool groups_by_title(const struct rule *rule) {
  return rule_says(rule, RULE_FUNCTION_TITLE) && !rule_says(rule, RULE_FUNCTION_DEDUP);
}

void rule_vm_describe_key(struct rule_vm *vm, const struct rule *rule, struct rule_outcome *outcome,
                          struct problems *notes) {
  struct describer describer = {.vm = vm, .rule = rule, .notes = notes};
  arena_reset(&vm->arena);
  *outcome = (struct rule_outcome){.severity = rule->severity};
  if (groups_by_title(rule))
    describe_title(&describer, outcome);
  describe_dedup(&describer, outcome);
  outcome->has_unique = ask_text(&describer, RULE_FUNCTION_UNIQUE, &outcome->unique) == ANSWER_TEXT;
  if (rule->unique_fields.count) {
    outcome->unique = group_text(vm, rule->unique_fields);
    outcome->has_unique = true;
  }
  outcome->unique = address_fold(&vm->arena, outcome->unique);
  describe_severity(&describer, outcome);
  outcome->actor = clean_text(vm, rule_vm_model_text(vm, rule, TEXT(DATA_MODEL_ACTOR), notes));
  if (rule->says_object)
    outcome->object = clean_text(vm, rule_vm_model_text(vm, rule, TEXT(DATA_MODEL_OBJECT), notes));
}

void rule_vm_describe_rest(struct rule_vm *vm, const struct rule *rule,
                           struct rule_outcome *outcome, struct problems *notes) {
  struct describer describer = {.vm = vm, .rule = rule, .notes = notes};
  if (!groups_by_title(rule))
    describe_title(&describer, outcome);
  outcome->description = text_or(&describer, RULE_FUNCTION_DESCRIPTION, rule->description);
  outcome->reference = text_or(&describer, RULE_FUNCTION_REFERENCE, rule->reference);
  outcome->runbook = text_or(&describer, RULE_FUNCTION_RUNBOOK, rule->runbook);
  describe_destinations(&describer, outcome);
  describe_context(&describer, outcome);
}

void rule_vm_describe(struct rule_vm *vm, const struct rule *rule, struct rule_outcome *outcome,
                      struct problems *notes) {
  rule_vm_describe_key(vm, rule, outcome, notes);
  rule_vm_describe_rest(vm, rule, outcome, notes);
}
