/*
 * Jira Cloud, by its REST API, version 3: an issue with a label that names the alert. Later
 * occasions are comments, and move the issue where the configuration names transitions.
 *
 *   no issue is known ─▶ search by the label ─┬─▶ found: its id is kept
 *                                              └─▶ none: create, and keep the id
 *   an issue is known ─▶ comment ─▶ its transitions ─▶ move; or, where it has no such transition,
 *                        look whether it is there already: if not, the delivery is parked
 *
 * An answer that is lost is followed by a search, so no issue is there twice unless the search,
 * whose index is some seconds behind, does not know it yet; a comment may be there twice. An issue
 * that was deleted (404) is searched for again, and created.
 *
 * From developer.atlassian.com, "The Jira Cloud platform REST API" (issue, search/jql, comment,
 * transitions) and "Atlassian Document Format": a summary has 255 characters, a text field 32,767;
 * labels have no spaces. 429 comes with Retry-After.
 */
#include "alert/destination/destination_http.h"
#include "alert/destination/destination_tls.h"
#include "alert/destination/incident/adf.h"
#include "alert/destination/incident/incident.h"
#include "alert/message/alert_json.h"

#include <ctype.h>

enum {
  SUMMARY_MAX = 255,
  DESCRIPTION_MAX = 16000, /* with ADF_OVERHEAD_MAX and two links below 32,767 */
  COMMENT_MAX = 8000,
  LABEL_MAX = 64,         /* characters of the alert's id in its label */
  TRANSITIONS_MAX = 2000, /* bytes of a list of them in the state */
  TRANSITION_MAX = 60,
};

enum part {
  PART_SEARCH,        /* to go on with what is found */
  PART_SEARCH_OPENED, /* what is found is what an earlier try created */
  PART_CREATE,
  PART_COMMENT,
  PART_LIST, /* its transitions */
  PART_MOVE,
  PART_LOOK_DONE,    /* is it resolved? */
  PART_LOOK_STARTED, /* has somebody begun? */
  PART_LOOK_OPEN,    /* is it not resolved? */
  PART_MASK = 15,
  PART_MOVES = 16 /* beside SEARCH_OPENED, CREATE and COMMENT: then it is moved */
};

/* Steps with an issue that is known; without one they only count searches. */
enum { STEP_COMMENT = 0, STEP_LIST = 7, STEP_MOVE = 8 };

/* Before the list of transitions when a move by an earlier list was refused: it may have been made
 * by a request whose answer was lost. */
#define AGAIN "!"

struct jira_options {
  struct text url, user, token, project, issue_type;
  struct text acknowledge_transition, resolve_transition, reopen_transition;
  struct destination_tls tls;
};

#define PLACE(member) offsetof(struct jira_options, member)

static const struct setting settings[] = {
    {.key = "url",
     .kind = SETTING_URL,
     .offset = PLACE(url),
     .required = true,
     .help = "the site: `https://example.atlassian.net`"},
    {.key = "user",
     .kind = SETTING_TEXT,
     .offset = PLACE(user),
     .help = "the e-mail address of the account that the token is of; without it, the token is an "
             "OAuth access token"},
    {.key = "token",
     .kind = SETTING_SECRET,
     .offset = PLACE(token),
     .required = true,
     .help = "an API token of that account"},
    {.key = "project",
     .kind = SETTING_TEXT,
     .offset = PLACE(project),
     .required = true,
     .help = "the key of the project: `SEC`"},
    {.key = "issue_type",
     .kind = SETTING_TEXT,
     .offset = PLACE(issue_type),
     .fallback = "Task",
     .help = "the name of the issues' type"},
    {.key = "acknowledge_transition",
     .kind = SETTING_TEXT,
     .offset = PLACE(acknowledge_transition),
     .help = "the name or id of the transition for acknowledged alerts; none: a comment is all"},
    {.key = "resolve_transition",
     .kind = SETTING_TEXT,
     .offset = PLACE(resolve_transition),
     .help = "that for resolved alerts: `Done`"},
    {.key = "reopen_transition",
     .kind = SETTING_TEXT,
     .offset = PLACE(reopen_transition),
     .help = "that for reopened alerts: `To Do`"},
    DESTINATION_TLS_SETTINGS(offsetof(struct jira_options, tls)),
};

static bool check(const void *untyped, struct error *error) {
  const struct jira_options *options = untyped;
  for (size_t i = 0; i < options->project.size; i++)
    if (!isalnum((unsigned char)options->project.data[i]) && options->project.data[i] != '_')
      return error_set(error, "project: its key is needed, of letters, digits and '_'");
  return destination_tls_check(&options->tls, error);
}

/* ---- what is asked for ------------------------------------------------------------------------
 */

struct want {
  const struct jira_options *options;
  const struct alert *alert;
  const struct delivery_try *attempt;
  const struct message *message;
  struct incident_progress progress;
  struct text transition; /* that is wanted; empty: none */
  enum part look;         /* how to see whether it was made */
};

static void want_transition(struct want *want) {
  enum incident_action then, action;
  action = incident_action_of(want->alert, want->attempt->occasion.occasion, &then);
  if (then == INCIDENT_ACKNOWLEDGE) {
    want->transition = want->options->acknowledge_transition;
    want->look = PART_LOOK_STARTED;
  } else if (action == INCIDENT_RESOLVE) {
    want->transition = want->options->resolve_transition;
    want->look = PART_LOOK_DONE;
  } else if (action == INCIDENT_REOPEN) {
    want->transition = want->options->reopen_transition;
    want->look = PART_LOOK_OPEN;
  }
}

static int part_that_moves(const struct want *want, enum part part) {
  return (int)part | (want->transition.size > 0 ? PART_MOVES : 0);
}

/* "margay-0123…", of letters and digits. */
static void append_label(struct buffer *out, const struct alert *alert) {
  buffer_append_string(out, "margay-");
  size_t end = out->size + LABEL_MAX;
  for (size_t i = 0; i < alert->id.size && out->size < end; i++)
    if (isalnum((unsigned char)alert->id.data[i]))
      buffer_append_char(out, alert->id.data[i]);
}

static void append_issue(struct buffer *url, const struct want *want, const char *path) {
  destination_append_url(url, want->options->url, "/rest/api/3/issue/");
  buffer_append_text(url, want->progress.id);
  buffer_append_string(url, path);
}

/* ---- requests ---------------------------------------------------------------------------------
 */

static void render_search(const struct want *want, struct delivery_request *request) {
  struct buffer query = BUFFER_NONE;
  bool opened = want->attempt->occasion.occasion == OCCASION_OPENED;
  json_t *json = json_object(), *fields = json_array();
  request->part = opened ? part_that_moves(want, PART_SEARCH_OPENED) : PART_SEARCH;
  destination_append_url(&request->url, want->options->url, "/rest/api/3/search/jql");
  buffer_printf(&query, "project = \"%.*s\" AND labels = \"", TEXT_ARGS(want->options->project));
  append_label(&query, want->alert);
  buffer_append_string(&query, "\" ORDER BY created DESC");
  json_array_append_new(fields, json_string("status"));
  json_object_set_new(json, "jql", json_from_text(buffer_text(&query)));
  json_object_set_new(json, "maxResults", json_integer(1));
  json_object_set_new(json, "fields", fields);
  json_append_and_free(&request->body, json);
  buffer_free(&query);
}

static json_t *named(const char *key, struct text name) {
  json_t *json = json_object();
  json_object_set_new(json, key, json_from_text(name));
  return json;
}

static json_t *labels(const struct alert *alert) {
  struct buffer label = BUFFER_NONE;
  json_t *list = json_array();
  append_label(&label, alert);
  json_array_append_new(list, json_string("margay"));
  json_array_append_new(list, json_from_text(buffer_text(&label)));
  buffer_reset(&label);
  buffer_printf(&label, "severity-%s", severity_words[alert->severity]);
  json_array_append_new(list, json_from_text(buffer_text(&label)));
  buffer_free(&label);
  return list;
}

static void render_creation(const struct want *want, struct delivery_request *request) {
  struct buffer text = BUFFER_NONE;
  json_t *json = json_object(), *fields = json_object();
  request->part = part_that_moves(want, PART_CREATE);
  request->once = true;
  destination_append_url(&request->url, want->options->url, "/rest/api/3/issue");
  incident_append_body(&text, want->message, DESCRIPTION_MAX);
  json_object_set_new(fields, "project", named("key", want->options->project));
  json_object_set_new(fields, "issuetype", named("name", want->options->issue_type));
  incident_set(fields, "summary", incident_append_headline, want->message, SUMMARY_MAX);
  json_object_set_new(fields, "description", adf_document(buffer_text(&text), want->message));
  json_object_set_new(fields, "labels", labels(want->alert));
  json_object_set_new(json, "fields", fields);
  json_append_and_free(&request->body, json);
  buffer_free(&text);
}

static void render_comment(const struct want *want, struct delivery_request *request) {
  struct buffer text = BUFFER_NONE;
  json_t *json = json_object();
  request->part = part_that_moves(want, PART_COMMENT);
  append_issue(&request->url, want, "/comment");
  incident_append_news(&text, want->message, COMMENT_MAX);
  json_object_set_new(json, "body", adf_document(buffer_text(&text), NULL));
  json_append_and_free(&request->body, json);
  buffer_free(&text);
}

/* The id of the wanted transition in a list "31=Done;41=To Do;"; empty: it is not there. */
static struct text find_transition(struct text list, struct text wanted) {
  if (text_starts_folded(list, TEXT(AGAIN)))
    list = (struct text){list.data + 1, list.size - 1};
  while (list.size > 0) {
    const char *end = memchr(list.data, ';', list.size);
    struct text item = {list.data, end ? (size_t)(end - list.data) : list.size};
    const char *sign = memchr(item.data, '=', item.size);
    size_t taken = item.size + (end ? 1 : 0);
    list = (struct text){list.data + taken, list.size - taken};
    if (!sign)
      continue;
    struct text id = {item.data, (size_t)(sign - item.data)};
    struct text name = {sign + 1, item.size - id.size - 1};
    if (text_equal(id, wanted) || text_equal_folded(name, wanted))
      return id;
  }
  return TEXT("");
}

static void render_move(const struct want *want, struct delivery_request *request) {
  struct text id = find_transition(want->progress.rest, want->transition);
  if (id.size == 0) {
    request->method = "GET";
    request->part = (int)want->look;
    append_issue(&request->url, want, "?fields=status");
    return;
  }
  json_t *json = json_object();
  request->part = PART_MOVE;
  append_issue(&request->url, want, "/transitions");
  json_object_set_new(json, "transition", named("id", id));
  json_append_and_free(&request->body, json);
}

static void render_step(const struct want *want, struct delivery_request *request) {
  bool moves = want->transition.size > 0;
  if (want->progress.id.size == 0) {
    if (incident_may_open(want->attempt))
      render_creation(want, request);
    else
      render_search(want, request);
  } else if (moves && want->progress.step == STEP_LIST) {
    request->method = "GET";
    request->part = PART_LIST;
    append_issue(&request->url, want, "/transitions");
  } else if (moves && want->progress.step == STEP_MOVE) {
    render_move(want, request);
  } else {
    render_comment(want, request);
  }
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct jira_options *options = destination->options;
  struct arena arena = ARENA_NONE;
  struct message message;
  struct want want = {.options = options,
                      .alert = alert,
                      .attempt = attempt,
                      .message = &message,
                      .progress = incident_progress_read(attempt)};
  message_write(&message, alert, destination->display, &attempt->occasion, &arena);
  want_transition(&want);
  request->tls = destination_tls_files(&options->tls);
  render_step(&want, request);
  arena_free(&arena);
  return destination_json_headers(request, error) &&
         (options->user.size > 0 ? destination_basic(request, options->user, options->token, error)
                                 : destination_token(request, "Bearer", options->token, error));
}

/* ---- answers ----------------------------------------------------------------------------------
 */

static void keep(struct delivery_judgement *judgement, const struct delivery_try *attempt, int step,
                 struct text id, struct text rest) {
  const struct incident_progress progress = {.step = step, .id = id, .rest = rest};
  incident_progress_keep(judgement, attempt, &progress);
}

static void park(struct delivery_judgement *judgement, const char *reason) {
  judgement->verdict = DELIVERY_PARK;
  error_set(&judgement->reason, "%s", reason);
}

/* An issue is known: it is moved, or that was all. */
static void go_on_with(struct delivery_judgement *judgement, const struct delivery_try *attempt,
                       struct text id) {
  bool moves = attempt->part & PART_MOVES;
  keep(judgement, attempt, moves ? STEP_LIST : STEP_COMMENT, id, TEXT(""));
  judgement->verdict = moves ? DELIVERY_MORE : DELIVERY_DONE;
}

/* {"issues":[{"id"}]} */
static void judge_search(const struct delivery_try *attempt, const json_t *json,
                         struct delivery_judgement *judgement) {
  const json_t *issues = json_object_get(json, "issues");
  struct text id = text_from(ANSWER_STRING(json, "issues", "0", "id"));
  if (json_is_array(issues) && json_array_size(issues) == 0) {
    incident_found_none(judgement, attempt);
  } else if (!incident_is_id(id)) {
    park(judgement, "answered without issues: check the URL");
  } else if ((attempt->part & PART_MASK) == PART_SEARCH) {
    keep(judgement, attempt, STEP_COMMENT, id, TEXT(""));
    judgement->verdict = DELIVERY_MORE;
  } else {
    go_on_with(judgement, attempt, id);
  }
}

/* Appends "31=Done;" of what a state can hold. */
static void append_transition(struct buffer *list, const json_t *transition) {
  struct text id = text_from(ANSWER_STRING(transition, "id"));
  struct text name = text_cut(text_from(ANSWER_STRING(transition, "name")), TRANSITION_MAX);
  if (!incident_is_id(id) || list->size + id.size + name.size > TRANSITIONS_MAX)
    return;
  buffer_append_text(list, id);
  buffer_append_char(list, '=');
  for (size_t i = 0; i < name.size; i++)
    buffer_append_char(list, name.data[i] == ';' ? ',' : name.data[i]);
  buffer_append_char(list, ';');
}

static void judge_list(const struct delivery_try *attempt, const json_t *json,
                       struct delivery_judgement *judgement) {
  const json_t *transitions = json_object_get(json, "transitions"), *transition;
  struct incident_progress progress = incident_progress_read(attempt);
  struct buffer list = BUFFER_NONE;
  size_t i;
  if (!json_is_array(transitions)) {
    park(judgement, "answered without transitions: check the URL");
    return;
  }
  buffer_append_text(&list, progress.rest);
  json_array_foreach(transitions, i, transition) {
    append_transition(&list, transition);
  }
  keep(judgement, attempt, STEP_MOVE, progress.id, buffer_text(&list));
  judgement->verdict = DELIVERY_MORE;
  buffer_free(&list);
}

/* Whether the issue is where the transition would have brought it: its status is new,
 * indeterminate or done. */
static void judge_look(const struct delivery_try *attempt, const json_t *json,
                       struct delivery_judgement *judgement) {
  const char *category = ANSWER_STRING(json, "fields", "status", "statusCategory", "key");
  bool done = strcmp(category, "done") == 0, fresh = strcmp(category, "new") == 0;
  bool there = attempt->part == PART_LOOK_DONE      ? done
               : attempt->part == PART_LOOK_STARTED ? !fresh
                                                    : !done;
  if (!there || !*category)
    park(judgement, "the issue has no such transition: check the destination's transitions");
}

static void judge_done(const struct delivery_try *attempt, const json_t *json,
                       struct delivery_judgement *judgement) {
  struct incident_progress progress = incident_progress_read(attempt);
  struct text id = text_from(ANSWER_STRING(json, "id"));
  switch (attempt->part & PART_MASK) {
  case PART_SEARCH:
  case PART_SEARCH_OPENED:
    judge_search(attempt, json, judgement);
    break;
  case PART_CREATE:
    if (incident_is_id(id))
      go_on_with(judgement, attempt, id);
    else
      park(judgement, "answered without an issue's id: check the URL; an issue may be there");
    break;
  case PART_COMMENT:
    if (incident_is_id(id))
      go_on_with(judgement, attempt, progress.id);
    else
      park(judgement, "answered without a comment's id: check the URL");
    break;
  case PART_LIST:
    judge_list(attempt, json, judgement);
    break;
  case PART_MOVE: /* 204, without a body */
    break;
  default:
    judge_look(attempt, json, judgement);
    break;
  }
}

/* The first of {"errors":{"field":"what"}}, which names the field that a project demands. */
static void explain_field(const struct http_response *response,
                          struct delivery_judgement *judgement) {
  json_t *json = answer_load(response), *errors = json_object_get(json, "errors");
  void *first = json_object_iter(errors);
  if (first && json_is_string(json_object_iter_value(first))) {
    struct buffer said = BUFFER_NONE;
    buffer_printf(&said, "%s: %s", json_object_iter_key(first),
                  json_string_value(json_object_iter_value(first)));
    answer_explain(judgement, said.data);
    buffer_free(&said);
  }
  json_decref(json);
}

/* Errors are {"errorMessages":[…],"errors":{…}}. */
static void judge(const struct delivery_try *attempt, const struct http_response *response,
                  struct delivery_judgement *judgement) {
  static const char *const message[] = {"errorMessages", "0", NULL};
  static const char *const *const paths[] = {message, NULL};
  struct incident_progress progress = incident_progress_read(attempt);
  if (response->status == 404 && progress.id.size > 0) {
    keep(judgement, attempt, STEP_COMMENT, TEXT(""), TEXT(""));
    judgement->verdict = DELIVERY_MORE;
    return;
  }
  bool again = text_starts_folded(progress.rest, TEXT(AGAIN));
  if (attempt->part == PART_MOVE && response->status == 400 && !again) {
    keep(judgement, attempt, STEP_LIST, progress.id, TEXT(AGAIN));
    judgement->verdict = DELIVERY_MORE;
    return;
  }
  answer_judge(response, paths, judgement);
  if (judgement->verdict == DELIVERY_PARK)
    explain_field(response, judgement);
  if (judgement->verdict == DELIVERY_DONE) {
    json_t *json = answer_load(response);
    judge_done(attempt, json, judgement);
    json_decref(json);
  }
  /* Tried again by hand, it begins with the transitions that there are then. */
  if (judgement->verdict == DELIVERY_PARK && progress.step == STEP_MOVE)
    keep(judgement, attempt, STEP_LIST, progress.id, TEXT(""));
}

const struct destination_type destination_jira = {
    .kind = {.name = "jira",
             .help = "Jira Cloud: an issue with comments, moved as its alert is",
             .settings = SETTINGS(settings, struct jira_options),
             .check = check},
    .takes_template = true,
    .occasions = ALERT_WHEN_ALWAYS,
    .render = render,
    .judge = judge,
};
