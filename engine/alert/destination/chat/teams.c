/*
 * Microsoft Teams, by a workflow that starts "When a Teams webhook request is received": the URL is
 * the secret and names the channel. The message is an Adaptive Card 1.4.
 *
 * Sources: learn.microsoft.com, "Create incoming webhooks with Workflows", "Microsoft Teams"
 * connector (a message has about 28 KB, all markup included), "Incoming webhook" (four requests a
 * second); adaptivecards.io, Schema Explorer: a TextBlock reads Markdown, a TextRun of a
 * RichTextBlock does not, but for {{DATE(…)}} and {{TIME(…)}}.
 *
 * A workflow answers 202 with no body. The connectors of Office 365, which are being retired,
 * answer 200 with the body "1", and any failure with 200 and a sentence.
 */
#include "alert/destination/chat/chat.h"
#include "alert/destination/destination_tls.h"
#include "alert/message/alert_json.h"
#include "alert/message/markup_chat.h"

enum {
  PAYLOAD_MAX = 28 * 1000, /* bytes */
  HEADLINE_MAX = 300,
  FOOTER_MAX = 300,
};

struct teams_options {
  struct text url;
  struct destination_tls tls;
};

static const struct setting settings[] = {
    {.key = "url",
     .kind = SETTING_SECRET_URL,
     .offset = offsetof(struct teams_options, url),
     .required = true,
     .help = "the workflow's URL, with which anyone can post"},
    DESTINATION_TLS_SETTINGS(offsetof(struct teams_options, tls)),
};

static bool check(const void *untyped, struct error *error) {
  const struct teams_options *options = untyped;
  return destination_tls_check(&options->tls, error);
}

/* ---- the card ----------------------------------------------------------------------------- */

static json_t *text_run(const struct markup *markup, struct text text, size_t limit) {
  struct buffer run = BUFFER_NONE;
  markup_append(&run, markup, text, limit);
  json_t *json = json_pack("{s:s, s:o}", "type", "TextRun", "text", chat_json_string(&run));
  buffer_free(&run);
  return json;
}

static json_t *strong_run(struct text text, size_t limit) {
  json_t *run = text_run(&markup_still_line, text, limit);
  json_object_set_new(run, "weight", json_string("Bolder"));
  return run;
}

/* A paragraph of runs; the caller adds them. `apart`: with space above it. */
static json_t *add_block(json_t *body, bool apart) {
  json_t *runs = json_array();
  json_t *block = json_pack("{s:s, s:o}", "type", "RichTextBlock", "inlines", runs);
  if (!apart)
    json_object_set_new(block, "spacing", json_string("None"));
  json_array_append_new(body, block);
  return runs;
}

static void add_run(json_t *runs, json_t *run) {
  json_array_append_new(runs, run);
}

/* A line is a paragraph: nothing says what a line break in a run becomes. */
static void add_words(json_t *body, const char *label, struct text words, size_t limit) {
  bool apart = true;
  if (words.size > 0 && label) {
    add_run(add_block(body, apart), strong_run(text_from(label), limit));
    apart = false;
  }
  struct buffer lines = BUFFER_NONE;
  markup_append(&lines, &markup_still_lines, words, limit);
  for (struct text left = buffer_text(&lines); left.size > 0;) {
    const char *end = memchr(left.data, '\n', left.size);
    struct text line = {left.data, end ? (size_t)(end - left.data) : left.size};
    if (line.size > 0)
      add_run(add_block(body, apart),
              json_pack("{s:s, s:o}", "type", "TextRun", "text", json_from_text(line)));
    apart = line.size == 0;
    left.data += line.size + (end != NULL);
    left.size -= line.size + (end != NULL);
  }
  buffer_free(&lines);
}

static void add_pair(json_t *body, bool apart, const struct alert_field *field,
                     const struct chat_detail *detail, bool strong) {
  json_t *runs = add_block(body, apart);
  add_run(runs, strong ? strong_run(field->label, detail->label)
                       : text_run(&markup_still_line, field->label, detail->label));
  add_run(runs, text_run(&markup_line, text_from(strong ? " " : ": "), 2));
  json_t *value =
      text_run(&markup_still_line, field->value, detail->value > 60 ? detail->value : 60);
  json_object_set_new(value, "fontType", json_string(strong ? "Default" : "Monospace"));
  add_run(runs, value);
}

static void add_more(json_t *body, size_t shown, size_t all, const char *what) {
  struct buffer more = BUFFER_NONE;
  chat_append_more(&more, shown, all);
  if (more.size > 0) {
    buffer_append_string(&more, what);
    add_run(add_block(body, false), text_run(&markup_line, buffer_text(&more), 60));
  }
  buffer_free(&more);
}

static const struct chat_style event_style = {.line = &markup_still_line,
                                              .lines = &markup_still_lines,
                                              .value = &markup_still_line,
                                              .value_open = "",
                                              .value_close = ""};

static void add_step(json_t *body, const struct alert_step *step,
                     const struct chat_detail *detail) {
  struct buffer text = BUFFER_NONE;
  alert_step_append_heading(&text, step);
  add_run(add_block(body, true), strong_run(buffer_text(&text), detail->label + detail->value));
  size_t shown = step->event_count < detail->events ? step->event_count : detail->events;
  for (size_t i = 0; i < shown; i++) {
    buffer_reset(&text);
    buffer_append_string(&text, "\xe2\x80\xa2 "); /* U+2022, bullet */
    chat_append_event(&text, &step->events[i], &event_style, detail);
    add_run(add_block(body, false),
            json_pack("{s:s, s:o}", "type", "TextRun", "text", chat_json_string(&text)));
  }
  if (shown > 0)
    add_more(body, shown, (size_t)step->count, "");
  buffer_free(&text);
}

static json_t *headline(const struct message *message) {
  static const char *const colours[SEVERITY_COUNT] = {"Default", "Accent", "Warning", "Warning",
                                                      "Attention"};
  struct buffer text = BUFFER_NONE;
  chat_append_headline(&text, message, &markup_still_line, HEADLINE_MAX);
  json_t *run =
      json_pack("{s:s, s:o, s:s, s:s, s:s}", "type", "TextRun", "text", chat_json_string(&text),
                "size", "Large", "weight", "Bolder", "color", colours[message->severity]);
  buffer_free(&text);
  return run;
}

static json_t *body_of(const struct message *message, const struct chat_detail *detail) {
  json_t *body = json_array();
  add_run(add_block(body, true), headline(message));
  add_words(body, NULL, message->news, detail->words);
  for (size_t i = 0; i < message->fact_count; i++)
    add_pair(body, i == 0, &message->facts[i], detail, true);
  add_words(body, NULL, message->why, detail->words);
  size_t fields = message->field_count < detail->fields ? message->field_count : detail->fields;
  for (size_t i = 0; i < fields; i++)
    add_pair(body, i == 0, &message->fields[i], detail, false);
  add_more(body, fields, message->field_count, " fields");
  size_t steps = message->step_count < detail->steps ? message->step_count : detail->steps;
  for (size_t i = 0; i < steps; i++)
    add_step(body, &message->steps[i], detail);
  add_more(body, steps, message->step_count, " steps");
  add_words(body, "Runbook", message->runbook, detail->words);
  add_words(body, "Reference", message->reference, detail->words);
  for (size_t i = 0; i < message->link_count; i++)
    if (message->links[i].url.size > detail->link)
      add_words(body, message->links[i].label, message->links[i].url, detail->words);
  json_t *footer = text_run(&markup_still_line, message->footer, FOOTER_MAX);
  json_object_set_new(footer, "size", json_string("Small"));
  json_object_set_new(footer, "isSubtle", json_true());
  add_run(add_block(body, true), footer);
  return body;
}

static json_t *actions_of(const struct message *message, const struct chat_detail *detail) {
  json_t *actions = json_array();
  for (size_t i = 0; i < message->link_count; i++)
    if (message->links[i].url.size <= detail->link)
      json_array_append_new(actions, json_pack("{s:s, s:s, s:o}", "type", "Action.OpenUrl", "title",
                                               message->links[i].label, "url",
                                               json_from_text(message->links[i].url)));
  return actions;
}

static json_t *payload(const struct message *message, const struct chat_detail *detail,
                       void *context) {
  (void)context;
  json_t *card = json_pack("{s:s, s:s, s:s, s:{s:s}, s:o, s:o}", "$schema",
                           "http://adaptivecards.io/schemas/adaptive-card.json", "type",
                           "AdaptiveCard", "version", "1.4", "msteams", "width", "Full", "body",
                           body_of(message, detail), "actions", actions_of(message, detail));
  return json_pack("{s:s, s:[{s:s, s:n, s:o}]}", "type", "message", "attachments", "contentType",
                   "application/vnd.microsoft.card.adaptive", "contentUrl", "content", card);
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct teams_options *options = destination->options;
  buffer_append_text(&request->url, options->url);
  request->tls = destination_tls_files(&options->tls);
  struct arena arena = ARENA_NONE;
  struct message message;
  message_write(&message, alert, destination->display, &attempt->occasion, &arena);
  chat_append_fitting_json(&request->body, &message, payload, NULL, PAYLOAD_MAX);
  arena_free(&arena);
  return chat_headers(request, attempt, error);
}

/* ---- answers ------------------------------------------------------------------------------ */

/* `error.code` of Power Automate and Logic Apps (learn.microsoft.com, "Troubleshoot flow errors").
 */
static const struct chat_answer answers[] = {
    {"TriggerInputSchemaMismatch", DELIVERY_PARK, "the workflow expects another kind of message"},
    {"WorkflowTriggerIsNotEnabled", DELIVERY_RETRY, "the workflow is turned off"},
    {"WorkflowNotFound", DELIVERY_PARK, "the workflow does not exist any more"},
    {"WorkflowTriggerNotFound", DELIVERY_PARK, "the workflow has no webhook any more"},
    {"DirectApiAuthorizationRequired", DELIVERY_PARK,
     "the URL is an old one without its signature: copy it from the workflow again"},
    {"DirectApiRequestHasMoreThanOneAuthorization", DELIVERY_PARK, "the URL is not the workflow's"},
    {"RequestEntityTooLarge", DELIVERY_PARK, "the message is too large for Teams"},
};

/* A connector's sentence: "Webhook message delivery failed with error: Microsoft Teams endpoint
 * returned HTTP error 429 with ContextId …". */
static void judge_sentence(struct text body, struct delivery_judgement *judgement) {
  static const char marker[] = "HTTP error ";
  long status = 0;
  for (size_t i = 0; i + sizeof marker + 2 <= body.size && status == 0; i++)
    if (text_starts_folded((struct text){body.data + i, body.size - i}, text_from(marker)))
      status = strtol(body.data + i + sizeof marker - 1, NULL, 10);
  bool passes = status == 408 || status == 429 || status >= 500;
  judgement->verdict = passes ? DELIVERY_RETRY : DELIVERY_PARK;
  if (status >= 100 && status <= 599)
    error_set(&judgement->reason, "answered 200, but Teams refused it with %ld", status);
  else
    error_set(&judgement->reason, "answered 200, but with a failure in words");
}

static void judge(const struct delivery_try *attempt, const struct http_response *response,
                  struct delivery_judgement *judgement) {
  (void)attempt;
  struct text body = text_trim(buffer_text(&response->body));
  if (response->status == 200 && body.size > 0 && !text_is(body, "1")) {
    judge_sentence(body, judgement);
    return;
  }
  json_t *json = chat_answer_json(response);
  struct text code = chat_answer_code(json_object_get(json, "error"), "code");
  if (response->status < 400 || !chat_judge_code(answers, sizeof answers / sizeof answers[0], code,
                                                 response->status, judgement))
    delivery_judge_status(response, judgement);
  json_decref(json);
}

const struct destination_type destination_teams = {
    .kind = {.name = "teams",
             .help = "a channel or chat of Microsoft Teams, by a workflow",
             .settings = SETTINGS(settings, struct teams_options),
             .check = check},
    .takes_template = true,
    .max_per_second = 4,
    .storm_limit = STORM_LIMIT_OF_CHATS,
    .occasions = CHAT_OCCASIONS_PLAIN,
    .render = render,
    .judge = judge,
};
