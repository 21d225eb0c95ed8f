#include "source/zoom/zoom_client.h"

#include "base/backoff.h"
#include "base/digest.h"
#include "base/memory.h"
#include "base/web/form.h"
#include "source/zoom/zoom_limit.h"
#include "source/zoom/zoom_token.h"

#include <stdlib.h>

/* Zoom's are some 40 characters; servers refuse URLs of more than 8 KiB. */
#define PAGE_TOKEN_MAX 2048
#define FAULTS_A_PAGE 6    /* in a row: about half a minute of pauses when the first is a second */
#define FAULTS_A_WINDOW 60 /* in all */
#define BUSY_A_PAGE 20     /* in a row */
#define PAUSE_MAX (5 * US_PER_MINUTE)
#define FAULT_PAUSE US_PER_MINUTE /* a wait that long is reported with its cause */

struct zoom_client {
  const struct source_run *run;
  const struct zoom_options *options;
  struct zoom_token token;
  CURL *api_handle, *token_handle;
  struct http_response response;
  struct json_reader *reader;
  struct buffer url;
  unsigned window_faults;
  bool locked_out;         /* the last answer was the token endpoint's */
  enum source_fault fault; /* of the last request */
  struct zoom_budget budget;
  void (*closed)(void *context); /* NULL: nobody wants to know */
  void *closed_context;
  zoom_day slowed; /* the day on which it was last said that the budget slows */
};

struct zoom_client *zoom_client_new(const struct source_run *run) {
  struct zoom_client *client = memory_alloc(sizeof(*client));
  client->run = run;
  client->options = run->source->options;
  client->response = HTTP_RESPONSE_NONE;
  client->reader = json_reader_new();
  client->url = BUFFER_NONE;
  client->slowed = ZOOM_DAY_NONE;
  zoom_token_start(&client->token, client->options);
  zoom_budget_start(&client->budget, run, client->options);
  return client;
}

void zoom_client_free(struct zoom_client *client) {
  if (!client)
    return;
  curl_easy_cleanup(client->api_handle);
  curl_easy_cleanup(client->token_handle);
  zoom_token_free(&client->token);
  zoom_budget_free(&client->budget);
  http_response_free(&client->response);
  json_reader_free(client->reader);
  buffer_free(&client->url);
  free(client);
}

struct text zoom_client_scopes(const struct zoom_client *client) {
  return buffer_text(&client->token.scope);
}

struct zoom_budget *zoom_client_budget(struct zoom_client *client) {
  return &client->budget;
}

void zoom_client_on_close(struct zoom_client *client, void (*closed)(void *context),
                          void *context) {
  client->closed = closed;
  client->closed_context = context;
}

void zoom_client_start_window(struct zoom_client *client) {
  client->window_faults = 0;
}

static int64_t page_size(const struct zoom_report *report, int64_t wanted) {
  if (wanted > report->page_max)
    return report->page_max;
  return wanted < report->page_min ? report->page_min : wanted;
}

static const char *build_url(struct zoom_client *client, const struct zoom_page_request *request) {
  const struct zoom_options *options = client->options;
  const struct zoom_report *report = request->report;
  struct buffer *url = &client->url;
  struct time_string from, to;
  struct text base = options->api_url;
  while (base.size > 0 && base.data[base.size - 1] == '/')
    base.size--;
  buffer_reset(url);
  buffer_append_text(url, base);
  buffer_printf(url, "%s?%s=%s&%s=%s&page_size=%lld", report->path, report->from,
                zoom_day_format(request->window.from, &from), report->to,
                zoom_day_format(request->window.to, &to),
                (long long)page_size(report, options->page_size));
  if (report->filter_key && request->filter.size > 0)
    form_append(url, report->filter_key, request->filter);
  if (request->page_token.size > 0)
    form_append(url, "next_page_token", request->page_token);
  return url->data;
}

enum source_fault zoom_client_fault(const struct zoom_client *client) {
  return client->fault;
}

static bool perform(struct zoom_client *client, const char *url, struct error *error) {
  struct buffer header = BUFFER_NONE;
  buffer_append_string(&header, "Authorization: Bearer ");
  buffer_append_text(&header, buffer_text(&client->token.text));
  struct curl_slist *headers = curl_slist_append(NULL, header.data);
  struct text ca_file = client->options->ca_file;
  struct http_request request = {.method = "GET",
                                 .url = url,
                                 .headers = headers,
                                 .timeout_ms = (long)(client->options->request_timeout / US_PER_MS),
                                 .body_max = (size_t)JSON_SIZE_MAX,
                                 .ca_file = ca_file.size > 0 ? ca_file.data : NULL,
                                 .stop = client->run->stop};
  http_response_reset(&client->response);
  time_us asked_at = clock_now(&client->run->clock);
  bool answered = http_perform(&client->api_handle, &request, &client->response, error);
  source_compares(client->run, asked_at, http_response_date(&client->response));
  curl_slist_free_all(headers);
  buffer_free(&header);
  return answered;
}

/* Nothing but a text says where to go on; what is wrong there must not pass for the last page. */
static bool read_next_page_token(const struct json_node *root, struct text *token,
                                 struct error *error) {
  const struct json_node *next = json_get(root, TEXT("next_page_token"));
  *token = TEXT("");
  if (!next || next->type == JSON_TYPE_NULL)
    return true;
  if (next->type != JSON_TYPE_STRING)
    return error_set(error, "Zoom's answer holds a next_page_token that is no text");
  *token = json_text(next);
  return token->size <= PAGE_TOKEN_MAX ||
         error_set(error, "Zoom's answer holds a next_page_token of more than %d bytes",
                   PAGE_TOKEN_MAX);
}

static enum zoom_answer read_page(struct zoom_client *client, const struct zoom_report *report,
                                  struct zoom_page *page, struct error *error) {
  struct error parse_error = ERROR_NONE;
  const struct json_node *root =
      zoom_answer_parse(client->reader, &client->response.body, &parse_error);
  if (!root && client->response.status == 200) {
    error_set(error, "Zoom's answer cannot be read: %s", parse_error.text);
    return ZOOM_ANSWER_BROKEN;
  }
  enum zoom_answer answer = zoom_answer_of_report(report, &client->response, root, error);
  if (answer != ZOOM_ANSWER_GOOD)
    return answer;
  page->body = buffer_text(&client->response.body);
  page->rows = json_get(root, text_from(report->array));
  return read_next_page_token(root, &page->next_page_token, error) ? ZOOM_ANSWER_GOOD
                                                                   : ZOOM_ANSWER_BROKEN;
}

enum zoom_answer zoom_client_try_token(struct zoom_client *client, struct error *error) {
  http_response_reset(&client->response);
  return zoom_token_take(&client->token, client->run, &client->token_handle, &client->response,
                         error);
}

enum zoom_answer zoom_client_try(struct zoom_client *client,
                                 const struct zoom_page_request *request, struct zoom_page *page,
                                 struct error *error) {
  enum zoom_answer answer = zoom_client_try_token(client, error);
  client->fault = answer == ZOOM_ANSWER_REFUSED ? SOURCE_FAULT_CREDENTIALS : SOURCE_FAULT_OTHER;
  client->locked_out = answer != ZOOM_ANSWER_GOOD;
  if (client->locked_out)
    return answer;
  if (!perform(client, build_url(client, request), error))
    return atomic_load(client->run->stop) ? ZOOM_ANSWER_STOPPED : ZOOM_ANSWER_BROKEN;
  answer = read_page(client, request->report, page, error);
  if (answer == ZOOM_ANSWER_TOKEN)
    client->fault = SOURCE_FAULT_CREDENTIALS;
  else if (answer == ZOOM_ANSWER_REFUSED && client->response.status >= 400 &&
           client->response.status <= 403)
    client->fault = SOURCE_FAULT_SCOPE;
  return answer;
}

/* As long as the answer says, or as long as it seems wise. */
static int64_t pause_for(const struct zoom_client *client, enum zoom_answer answer,
                         unsigned times) {
  uint32_t random;
  random_bytes(&random, sizeof random);
  int64_t asked = zoom_limit_pause(&client->response, answer == ZOOM_ANSWER_BUSY_TODAY,
                                   clock_now(&client->run->clock));
  if (asked > 0)
    return asked;
  return backoff_delay(client->options->retry_first, PAUSE_MAX, times, random);
}

static bool wait_again(const struct zoom_client *client, const struct zoom_page_request *request,
                       int64_t pause, const struct error *error) {
  LOG_INFO(client->run->log, "asking Zoom again", LOG_TEXT("source", client->run->source->id),
           LOG_STRING("report", request->report->name),
           LOG_REAL("after_seconds", (double)pause / US_PER_SECOND), LOG_ERROR_LINE(error));
  if (pause >= FAULT_PAUSE) /* a limit of requests a second is no fault */
    source_fails(client->run, request->report->name, client->fault, error);
  return source_wait(client->run, pause);
}

/* The limit of the day is that of all sources of the account. */
static void close_budget(struct zoom_client *client, const struct zoom_report *report,
                         int64_t pause) {
  time_us now = clock_now(&client->run->clock);
  if (report->light)
    return;
  zoom_budget_close(&client->budget, now + pause - US_PER_SECOND, now); /* this one waits anyway */
  if (client->closed)
    client->closed(client->closed_context);
}

/* Once a day. */
static void note_slow(struct zoom_client *client, const struct zoom_report *report, time_us now) {
  const struct source_run *run = client->run;
  if (client->slowed == zoom_day_of(now))
    return;
  client->slowed = zoom_day_of(now);
  if (zoom_budget_is_closed(&client->budget, now))
    LOG_WARN(run->log, "waiting for the end of Zoom's limit of the day",
             LOG_TEXT("source", run->source->id), LOG_STRING("report", report->name));
  else
    LOG_WARN(run->log, "the request budget slows reading", LOG_TEXT("source", run->source->id),
             LOG_STRING("report", report->name),
             LOG_INT("requests_today", zoom_budget_used(&client->budget, now)),
             LOG_INT("request_budget", client->options->request_budget));
}

/* Waits until the budget allows a request, and counts it. False: stop now. */
static bool take_from_budget(struct zoom_client *client, const struct zoom_report *report) {
  const struct source_run *run = client->run;
  while (!report->light) {
    time_us now = clock_now(&run->clock);
    int64_t wait = zoom_budget_take(&client->budget, now);
    if (wait == 0)
      break;
    source_count(run, SOURCE_BUDGET_WAITS);
    note_slow(client, report, now);
    if (!source_wait(run, wait))
      return false;
  }
  return true;
}

/* Whether to ask again at once, with another token; not when that was refused, too. */
static bool renews_token(struct zoom_client *client, bool *renewed, const struct error *cause) {
  zoom_token_refuse(&client->token);
  *renewed = !*renewed;
  if (*renewed)
    LOG_INFO(client->run->log, "the access token ended early, taking another one",
             LOG_TEXT("source", client->run->source->id), LOG_ERROR_LINE(cause));
  return *renewed;
}

/* What needs no further attempt; ZOOM_MORE: the rest. */
static enum zoom_result result_of(const struct zoom_client *client,
                                  const struct zoom_page_request *request,
                                  enum zoom_answer answer) {
  switch (answer) {
  case ZOOM_ANSWER_GOOD:
    return ZOOM_DONE;
  case ZOOM_ANSWER_STOPPED:
    return ZOOM_STOPPED;
  case ZOOM_ANSWER_PAGE_TOKEN:
    return request->page_token.size > 0 ? ZOOM_RESTART : ZOOM_INVALID;
  case ZOOM_ANSWER_INVALID:
    return ZOOM_INVALID;
  case ZOOM_ANSWER_REFUSED:
    return client->locked_out ? ZOOM_LOCKED_OUT : ZOOM_REFUSED;
  case ZOOM_ANSWER_BUSY:
  case ZOOM_ANSWER_BUSY_TODAY:
  case ZOOM_ANSWER_TOKEN:
  case ZOOM_ANSWER_BROKEN:
    break;
  }
  return ZOOM_MORE;
}

enum zoom_result zoom_client_page(struct zoom_client *client,
                                  const struct zoom_page_request *request, struct zoom_page *page,
                                  struct error *error) {
  unsigned faults = 0, busy = 0;
  bool token_renewed = false;
  for (;;) {
    struct error cause = ERROR_NONE;
    int64_t pause;
    if (!take_from_budget(client, request->report))
      return ZOOM_STOPPED;
    enum zoom_answer answer = zoom_client_try(client, request, page, &cause);
    source_count(client->run, SOURCE_REQUESTS);
    enum zoom_result result = result_of(client, request, answer);
    if (result != ZOOM_MORE) {
      if (result != ZOOM_DONE && result != ZOOM_STOPPED)
        error_set(error, "%s", cause.text);
      return result;
    }
    if (answer == ZOOM_ANSWER_BUSY || answer == ZOOM_ANSWER_BUSY_TODAY) {
      source_count(client->run, SOURCE_LIMITED);
      pause = pause_for(client, answer, ++busy);
      if (answer == ZOOM_ANSWER_BUSY_TODAY)
        close_budget(client, request->report, pause);
    } else {
      if (answer == ZOOM_ANSWER_TOKEN && renews_token(client, &token_renewed, &cause))
        continue;
      client->window_faults++;
      pause = pause_for(client, answer, ++faults);
    }
    if (faults >= FAULTS_A_PAGE || client->window_faults >= FAULTS_A_WINDOW ||
        busy >= BUSY_A_PAGE) {
      error_set(error, "%s", cause.text);
      return ZOOM_FAILED;
    }
    if (!wait_again(client, request, pause, &cause))
      return ZOOM_STOPPED;
  }
}
