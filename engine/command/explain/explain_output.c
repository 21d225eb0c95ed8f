#include "command/explain/explain_output.h"

#include "command/rules/rules_tuning.h"

/* How many values of a list, and how many characters of a value, people are shown. */
#define VALUES_SHOWN_MAX 8
#define VALUE_SHOWN_MAX 160

static const char *const verdicts[] = {
    [RULE_NO_MATCH] = "no match", [RULE_MATCH] = "match", [RULE_FAILED] = "rule error"};

static const char *const kinds[] = {
    [CONDITION_ALL] = "all", [CONDITION_ANY] = "any", [CONDITION_NOT] = "not"};

/* ---- for people ---- */

struct printer {
  FILE *out;
  bool colours;
};

/* Text of events and rules, fit for a terminal. */
static void print_shown(const struct printer *printer, struct text text) {
  char shown[VALUE_SHOWN_MAX * TEXT_PRINTABLE_BYTES + 8];
  bool cut = text.size > VALUE_SHOWN_MAX;
  if (cut)
    text.size = VALUE_SHOWN_MAX;
  fputs(text_printable(text, shown, sizeof shown), printer->out);
  if (cut)
    fputs("…", printer->out);
}

static void print_answer(const struct printer *printer, bool yes) {
  if (printer->colours)
    fprintf(printer->out, "\x1b[%sm%-5s\x1b[0m", yes ? "32" : "31", yes ? "yes" : "no");
  else
    fprintf(printer->out, "%-5s", yes ? "yes" : "no");
}

static void print_condition(const struct printer *printer,
                            const struct explained_condition *explained, int depth) {
  const struct condition *condition = explained->condition;
  fprintf(printer->out, "  %*s", depth * 2, "");
  print_answer(printer, explained->holds);
  if (condition->kind != CONDITION_FIELD) {
    fprintf(printer->out, "%s of\n", kinds[condition->kind]);
    for (size_t i = 0; i < condition->child_count; i++)
      print_condition(printer, &explained->children[i], depth + 1);
    return;
  }
  struct buffer line = BUFFER_NONE;
  condition_field_write(condition, VALUES_SHOWN_MAX, &line);
  print_shown(printer, buffer_text(&line));
  buffer_free(&line);
  if (!condition->any_field) {
    fprintf(printer->out, "\n  %*s     ", depth * 2, "");
    if (explained->value.size) {
      fputs("is ", printer->out);
      print_shown(printer, explained->value);
    } else {
      fputs("is not there", printer->out);
    }
  }
  fputc('\n', printer->out);
}

static void print_call(const struct printer *printer, const struct explained_call *call) {
  fprintf(printer->out, "  %-14s", rule_function_names[call->function]);
  if (call->error.size)
    fputs("failed: ", printer->out);
  print_shown(printer, call->error.size ? call->error : call->result);
  fprintf(printer->out, "  (%lld instruction%s)\n", (long long)call->instructions,
          call->instructions == 1 ? "" : "s");
}

static void print_calls(const struct printer *printer, const struct explain_output *output) {
  const struct rule_explanation *explanation = output->explanation;
  if (!output->rule->functions)
    return;
  fputs("\nfunctions\n", printer->out);
  for (size_t i = 0; i < explanation->call_count; i++)
    print_call(printer, &explanation->calls[i]);
  if (explanation->call_count == 0)
    fprintf(printer->out, "  not called: %s\n",
            explanation->answers.words.size ? "a question's answer is no"
                                            : "the where does not hold");
}

/* A line for each question. */
static void print_questions(const struct printer *printer,
                            const struct rule_explanation *explanation) {
  struct text left = explanation->answers.words;
  if (left.size)
    fputs("\nquestions\n", printer->out);
  while (left.size) {
    const char *end = memchr(left.data, '\n', left.size);
    size_t size = end ? (size_t)(end - left.data) : left.size;
    fputs("  ", printer->out);
    print_shown(printer, (struct text){left.data, size});
    fputc('\n', printer->out);
    size += end != NULL;
    left = (struct text){left.data + size, left.size - size};
  }
}

/* What an answer rests upon. */
static void print_past(const struct printer *printer, const struct explain_past *past) {
  struct time_string first;
  if (!past)
    return;
  if (past->count == 0)
    fprintf(printer->out,
            "\nlearned from nothing: %s has no earlier events that this rule looks at, so this is "
            "taken for the first\n",
            past->where);
  else
    fprintf(printer->out, "\nlearned from %zu earlier event%s of %s, from %s on\n", past->count,
            past->count == 1 ? "" : "s", past->where, time_format(past->first, &first));
}

static void print_member(const struct printer *printer, const char *name, struct text text) {
  if (text.size == 0)
    return;
  fprintf(printer->out, "  %-14s", name);
  print_shown(printer, text);
  fputc('\n', printer->out);
}

static void print_outcome(const struct printer *printer, const struct explain_output *output) {
  const struct rule_outcome *outcome = &output->explanation->outcome;
  print_member(printer, "title", outcome->title);
  print_member(printer, "severity", text_from(severity_name(outcome->severity)));
  print_member(printer, "dedup", outcome->dedup);
  if (outcome->has_unique)
    print_member(printer, "unique", outcome->unique);
  if (output->rule->templates[RULE_FUNCTION_ALERT_CONTEXT])
    print_member(printer, "alert_context", outcome->context);
  for (size_t i = 0; i < output->notes->count; i++) {
    struct error_line line;
    print_member(printer, "note", text_from(error_line(&output->notes->items[i], &line)));
  }
  const struct rule_suppressor *suppressor = output->explanation->suppressor;
  struct rule_tuning_line place;
  if (suppressor)
    fprintf(printer->out, "  suppressed by %s\n",
            rule_tuning_place_words(&suppressor->place, &place));
}

/* Rules see these values as they came. */
static void print_schema_errors(const struct printer *printer, const struct event *event) {
  const struct schema_errors *errors = event->schema_errors;
  if (errors->count > 0)
    fputs("\nnot as the schema says\n", printer->out);
  for (size_t i = 0; i < errors->count; i++) {
    fputs("  ", printer->out);
    print_shown(printer, errors->items[i].path);
    fprintf(printer->out, ": %.*s\n", TEXT_ARGS(errors->items[i].reason));
  }
}

void explain_print_text(const struct explain_output *output, bool colours, FILE *out) {
  const struct rule_explanation *explanation = output->explanation;
  const struct printer printer = {out, colours};
  fprintf(out, "%.*s (%s) on an event of ", TEXT_ARGS(output->rule->id), output->rule->file);
  print_shown(&printer, output->event->log_type);
  fputc('\n', out);
  print_schema_errors(&printer, output->event);
  if (explanation->where) {
    fputs("\nwhere\n", out);
    print_condition(&printer, explanation->where, 0);
  }
  print_questions(&printer, explanation);
  print_past(&printer, output->past);
  print_calls(&printer, output);
  fprintf(out, "\n%s\n", verdicts[explanation->verdict]);
  if (explanation->verdict == RULE_MATCH) {
    print_outcome(&printer, output);
    if (output->sent_to.size > 0) {
      fputs("  sent to       ", out);
      print_shown(&printer, output->sent_to);
      fputc('\n', out);
    }
  } else if (explanation->verdict == RULE_FAILED) {
    struct error_line line;
    fprintf(out, "  %s\n", error_line(&explanation->error, &line));
  }
  rules_print_changes_of(output->rule, out);
}

/* ---- for programs ---- */

void explain_print_json(const struct explain_output *output, FILE *out) {
  struct buffer json = BUFFER_NONE, visible = BUFFER_NONE;
  explain_json_append(&json, output);
  buffer_append_char(&json, '\n');
  buffer_append_json_visible(&visible, buffer_text(&json));
  fwrite(visible.data, 1, visible.size, out);
  buffer_free(&json);
  buffer_free(&visible);
}
