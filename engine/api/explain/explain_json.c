#include "api/explain/explain_json.h"

#include "base/json_member.h"

static const char *const verdicts[] = {
    [RULE_NO_MATCH] = "no match", [RULE_MATCH] = "match", [RULE_FAILED] = "rule error"};

static const char *const kinds[] = {
    [CONDITION_ALL] = "all", [CONDITION_ANY] = "any", [CONDITION_NOT] = "not"};

static void write_condition(const struct explained_condition *explained, struct buffer *json) {
  const struct condition *condition = explained->condition;
  buffer_append_char(json, '{');
  json_member_name(json, TEXT("holds"));
  buffer_append_string(json, explained->holds ? "true" : "false");
  if (condition->kind == CONDITION_FIELD) {
    struct buffer test = BUFFER_NONE;
    condition_field_write(condition, condition->value_count, &test);
    json_member_text(json, "test", buffer_text(&test));
    buffer_free(&test);
    if (explained->value.size) {
      json_member_name(json, TEXT("value"));
      buffer_append_text(json, explained->value);
    }
  } else {
    json_member_name(json, text_from(kinds[condition->kind]));
    for (size_t i = 0; i < condition->child_count; i++) {
      buffer_append_char(json, i ? ',' : '[');
      write_condition(&explained->children[i], json);
    }
    buffer_append_char(json, ']');
  }
  buffer_append_char(json, '}');
}

static void write_calls(const struct rule_explanation *explanation, struct buffer *json) {
  buffer_append_char(json, '[');
  for (size_t i = 0; i < explanation->call_count; i++) {
    const struct explained_call *call = &explanation->calls[i];
    buffer_append_string(json, i ? ",{" : "{");
    json_member_text(json, "function", text_from(rule_function_names[call->function]));
    if (call->error.size) {
      json_member_text(json, "error", call->error);
    } else {
      json_member_name(json, TEXT("result"));
      buffer_append_text(json, call->result);
    }
    json_member_name(json, TEXT("instructions"));
    buffer_printf(json, "%lld}", (long long)call->instructions);
  }
  buffer_append_char(json, ']');
}

static void write_suppressor(const struct rule_suppressor *suppressor, struct buffer *json) {
  char place[300];
  if (!suppressor)
    return;
  snprintf(place, sizeof place, "%s:%u", suppressor->place.file, suppressor->place.line);
  json_member_name(json, TEXT("suppressed"));
  buffer_append_char(json, '{');
  json_member_text(json, "by", text_from(rule_suppression_names[suppressor->kind]));
  json_member_text(json, "place", text_from(place));
  json_member_text(json, "reason", suppressor->place.reason);
  buffer_append_char(json, '}');
}

static void write_outcome(const struct explain_output *output, struct buffer *json) {
  const struct rule_outcome *outcome = &output->explanation->outcome;
  json_member_text(json, "title", outcome->title);
  json_member_text(json, "severity", text_from(severity_name(outcome->severity)));
  json_member_text(json, "dedup", outcome->dedup);
  if (outcome->has_unique)
    json_member_text(json, "unique", outcome->unique);
  json_member_name(json, TEXT("alert_context"));
  buffer_append_text(json, outcome->context);
  json_member_name(json, TEXT("notes"));
  buffer_append_char(json, '[');
  for (size_t i = 0; i < output->notes->count; i++) {
    struct error_line line;
    if (i)
      buffer_append_char(json, ',');
    buffer_append_json_string(json, text_from(error_line(&output->notes->items[i], &line)));
  }
  buffer_append_char(json, ']');
}

static void write_schema_errors(const struct event *event, struct buffer *json) {
  const struct schema_errors *errors = event->schema_errors;
  if (errors->count == 0)
    return;
  json_member_name(json, TEXT("schema_errors"));
  buffer_append_char(json, '{');
  for (size_t i = 0; i < errors->count; i++)
    json_member_text(json, errors->items[i].path.data, errors->items[i].reason);
  buffer_append_char(json, '}');
}

void explain_json_append(struct buffer *json, const struct explain_output *output) {
  const struct rule_explanation *explanation = output->explanation;
  buffer_append_char(json, '{');
  json_member_text(json, "rule_id", output->rule->id);
  json_member_text(json, "log_type", output->event->log_type);
  write_schema_errors(output->event, json);
  json_member_text(json, "verdict", text_from(verdicts[explanation->verdict]));
  if (explanation->where) {
    json_member_name(json, TEXT("where"));
    write_condition(explanation->where, json);
  }
  if (explanation->answers.json.size) {
    json_member_name(json, TEXT("answers"));
    buffer_append_text(json, explanation->answers.json);
  }
  if (output->past) {
    json_member_name(json, TEXT("learned"));
    buffer_printf(json, "%zu", output->past->count);
    if (output->past->count > 0)
      json_member_time(json, "learned_from", output->past->first);
  }
  json_member_name(json, TEXT("functions"));
  write_calls(explanation, json);
  if (explanation->verdict == RULE_MATCH) {
    write_outcome(output, json);
    if (output->sent_to.size > 0)
      json_member_text(json, "sent_to", output->sent_to);
    write_suppressor(explanation->suppressor, json);
  } else if (explanation->verdict == RULE_FAILED) {
    struct error_line line;
    json_member_text(json, "error", text_from(error_line(&explanation->error, &line)));
  }
  buffer_append_char(json, '}');
}
