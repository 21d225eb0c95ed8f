/* Why a rule matches an event, or why it does not. */
#include "api/api.h"
#include "api/explain/runner.h"

static const struct api_parameter parameters[] = {
    {.name = "id", .place = API_PATH, .type = API_TEXT, .max = 256, .help = "The rule's id"},
    {.name = "row_id",
     .place = API_QUERY,
     .type = API_TEXT,
     .required = true,
     .max = 256,
     .help = "The event, as search gives it"},
};

/* An event, with padding behind its record. */
struct stored {
  struct buffer record, log_type;
  time_us event_time, parse_time;
};

static void copy_stored(void *context, const struct store_event *event) {
  struct stored *stored = context;
  buffer_append_text(&stored->record, event->record);
  buffer_append_text(&stored->log_type, event->log_type);
  memset(buffer_reserve(&stored->record, JSON_PADDING), 0, JSON_PADDING);
  stored->event_time = event->event_time;
  stored->parse_time = event->parse_time;
}

static bool is_late(const void *world) {
  return api_is_late(world);
}

static bool explain_event(const struct api_world *world, const struct rule *rule,
                          const struct api_request *request, const struct stored *stored,
                          struct api_answer *answer) {
  struct explain_runner runner;
  struct arena arena = ARENA_NONE;
  struct error error = ERROR_NONE;
  struct rule_explanation explanation;
  bool remembers = explain_remembers(rule);
  explain_start(&runner, world->setup->detection, rule, TEXT(""), false);
  bool ok = !remembers || explain_learn_past(&runner, world->store, stored->event_time,
                                             api_text(request, "row_id"), is_late, world, &error);
  const struct event *event = NULL;
  if (!ok)
    api_fail(answer, &error);
  else if (remembers && api_is_late(world))
    ok = api_refuse(answer, API_UNAVAILABLE, NULL,
                    "the rule looks back over more events than there is time for: `margay explain` "
                    "takes as long as it takes");
  else if (!(event = event_read(runner.reader, buffer_text(&stored->record),
                                buffer_text(&stored->log_type), stored->parse_time, &error)))
    ok = api_refuse(answer, API_CONFLICT, "row_id", "no schema takes the event today: %s",
                    error.text);
  if (ok) {
    explain_run(&runner, event, &arena, &explanation);
    const struct explain_output output = {.rule = rule,
                                          .event = event,
                                          .explanation = &explanation,
                                          .notes = &runner.notes,
                                          .past = remembers ? &runner.past : NULL};
    explain_json_append(&answer->body, &output);
  }
  explain_stop(&runner);
  arena_free(&arena);
  return ok;
}

static bool explain(const struct api_world *world, const struct api_request *request,
                    struct api_answer *answer) {
  const struct rule *rule =
      rule_set_find_folded(world->setup->detection->rules, api_text(request, "id"));
  struct stored stored = {.record = BUFFER_NONE};
  struct error error = ERROR_NONE;
  bool known = false;
  if (!rule)
    return api_refuse(answer, API_NOT_FOUND, "id", "there is no such rule");
  if (rule->correlation)
    return api_refuse(answer, API_BAD, "id",
                      "the rule looks at several events: `margay explain` takes a file of them");
  bool ok = store_event_find(world->store, api_text(request, "row_id"), copy_stored, &stored,
                             &known, &error);
  if (!ok)
    api_fail(answer, &error);
  else if (!known)
    ok = api_refuse(answer, API_NOT_FOUND, "row_id",
                    "no event has this row id: those past their retention are gone");
  else if (!explain_takes(rule, buffer_text(&stored.log_type)))
    ok = api_refuse(answer, API_BAD, "row_id", "the rule does not look at events of %s",
                    stored.log_type.data);
  else
    ok = explain_event(world, rule, request, &stored, answer);
  buffer_free(&stored.record);
  buffer_free(&stored.log_type);
  return ok;
}

static const struct api_field fields[] = {
    {.name = "rule_id", .type = API_TEXT},
    {.name = "log_type", .type = API_TEXT},
    {.name = "schema_errors", .type = API_ANY, .optional = true},
    {.name = "verdict", .type = API_TEXT, .help = "match, no match or rule error"},
    {.name = "where", .type = API_ANY, .optional = true, .help = "Each part, and what it came to"},
    {.name = "answers", .type = API_ANY, .optional = true, .help = "Of questions about the past"},
    {.name = "learned",
     .type = API_INTEGER,
     .optional = true,
     .help = "From so many events before, of a rule that remembers"},
    {.name = "learned_from", .type = API_TIME, .optional = true},
    {.name = "functions", .type = API_ANY, .help = "What each returned, and what it cost"},
    {.name = "title", .type = API_TEXT, .optional = true, .help = "Of a match, as the next four"},
    {.name = "severity", .type = API_TEXT, .optional = true},
    {.name = "dedup", .type = API_TEXT, .optional = true},
    {.name = "unique", .type = API_TEXT, .optional = true},
    {.name = "alert_context", .type = API_ANY, .optional = true},
    {.name = "notes",
     .type = API_ANY,
     .optional = true,
     .help = "What optional functions did wrong"},
    {.name = "suppressed",
     .type = API_ANY,
     .optional = true,
     .help = "Which tuning keeps it from alerts"},
    {.name = "error", .type = API_TEXT, .optional = true},
    {.name = NULL},
};

const struct api_operation api_rules_explain = {
    .name = "rules.explain",
    .method = "GET",
    .path = "/rules/{id}/explanation",
    .role = API_VIEWER,
    .summary = "Show why a rule matches an event of the archive, or why it does not",
    .help = "This is what `margay explain RULE --row ID --format json` prints, but for where the "
            "alert would be sent.",
    API_PARAMETERS(parameters),
    .fields = fields,
    .run = explain,
};
