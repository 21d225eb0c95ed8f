#include "delivery/trial.h"

#include "delivery/attempt.h"

#include <inttypes.h>

struct trial_state {
  struct buffer state, memo, target;
  struct error template_error;
};

/* The scheme and the host. The rest of a URL may be what lets one post. */
static void write_target(const struct delivery_request *request, struct buffer *out) {
  const char *method = request->transport == DELIVERY_MAIL ? "mail by"
                       : request->method                   ? request->method
                                                           : "POST";
  struct text url = buffer_text(&request->url);
  const char *host = url.size > 0 ? strstr(url.data, "://") : NULL;
  size_t size = host ? (size_t)(host - url.data) + 3 : 0;
  size_t host_size = host ? strcspn(url.data + size, "/?#") : 0;
  struct text authority = {url.data + size, host_size};
  const char *at = host_size > 0 ? memchr(authority.data, '@', host_size) : NULL;
  if (at) /* a name and a password */
    authority = (struct text){at + 1, (size_t)(authority.data + host_size - (at + 1))};
  char shown[256];
  buffer_reset(out);
  buffer_printf(out, "%s %.*s%s, %zu bytes", method, (int)size, url.size > 0 ? url.data : "",
                text_printable(authority, shown, sizeof shown), request->body.size);
}

static void say(const struct trial *trial, const struct trial_state *state, long status,
                const struct delivery_judgement *judgement) {
  const struct trial_answer answer = {.target = state->target.size ? state->target.data : "",
                                      .status = status,
                                      .verdict = judgement->verdict,
                                      .reason = &judgement->reason,
                                      .template_error = &state->template_error};
  if (trial->each)
    trial->each(trial->context, &answer);
}

static void transfer(const struct trial *trial, const struct delivery_try *tried,
                     const struct delivery_request *rendered, long *status,
                     struct delivery_judgement *judgement) {
  const struct destination *destination = trial->destination;
  struct http_request request = delivery_http(rendered, destination, trial->transfer_us);
  request.stop = trial->stop;
  struct http_response response = HTTP_RESPONSE_NONE;
  CURL *handle = NULL;
  if (!http_perform(&handle, &request, &response, &judgement->reason)) {
    judgement->verdict = DELIVERY_RETRY;
    if (response.guard.refused.text[0])
      error_append(&judgement->reason, ": say `allow_private: true` if that is meant");
  } else if (destination->type->judge) {
    destination->type->judge(tried, &response, judgement);
  } else {
    delivery_judge_status(&response, judgement);
  }
  *status = response.status;
  curl_easy_cleanup(handle);
  http_response_free(&response);
}

static void send_mail(const struct trial *trial, const struct delivery_try *tried,
                      const struct delivery_request *request,
                      struct delivery_judgement *judgement) {
  struct mail_transfer transfer = {.left = TEXT("")};
  const struct mail_request mail = delivery_mail(request, trial->destination, trial->transfer_us);
  CURL *handle = mail_handle(&mail, &transfer);
  judgement->verdict = DELIVERY_RETRY;
  if (handle)
    delivery_judge_mail(handle, curl_easy_perform(handle), &transfer, tried, request, judgement);
  curl_easy_cleanup(handle);
}

/* One request; *judgement says what came of it. */
static void step(const struct trial *trial, struct trial_state *state,
                 struct delivery_judgement *judgement) {
  const struct destination *destination = trial->destination;
  struct delivery_try tried = {.idempotency_key = trial->idempotency_key,
                               .attempt = 1,
                               .state = buffer_text(&state->state),
                               .now = trial->now,
                               .occasion = trial->occasion,
                               .memo = &state->memo};
  struct delivery_request request = {.method = NULL};
  long status = 0;
  tried.occasion.template_error = &state->template_error;
  buffer_reset(&state->target);
  if (!destination->type->render(destination, trial->alert, &tried, &request, &judgement->reason)) {
    error_prefix(&judgement->reason, "the message cannot be written");
    judgement->verdict = DELIVERY_PARK;
  } else if (request.transport == DELIVERY_PRINT) {
    buffer_append_string(&state->target, "standard output");
    fwrite(request.body.data, 1, request.body.size, trial->console);
    fflush(trial->console);
  } else if (request.transport == DELIVERY_WORK) {
    char shown[256];
    buffer_printf(&state->target, "%s %s, %zu bytes", request.work.verb,
                  text_printable(buffer_text(&request.url), shown, sizeof shown),
                  request.body.size);
    judgement->verdict = work_do(&request, destination, trial->transfer_us, &judgement->reason);
  } else if (request.transport == DELIVERY_MAIL) {
    write_target(&request, &state->target);
    send_mail(trial, &tried, &request, judgement);
  } else {
    write_target(&request, &state->target);
    tried.part = request.part;
    transfer(trial, &tried, &request, &status, judgement);
  }
  say(trial, state, status, judgement);
  delivery_request_free(&request);
}

enum delivery_verdict trial_run(const struct trial *trial) {
  struct trial_state state = {.state = BUFFER_NONE, .memo = BUFFER_NONE, .target = BUFFER_NONE};
  enum delivery_verdict verdict = DELIVERY_MORE;
  for (int requests = 0; verdict == DELIVERY_MORE && requests < DELIVERY_REQUESTS_MAX; requests++) {
    struct delivery_judgement judgement = {.verdict = DELIVERY_DONE};
    step(trial, &state, &judgement);
    verdict = judgement.verdict;
    if (judgement.has_state) {
      buffer_reset(&state.state);
      buffer_append_text(&state.state, buffer_text(&judgement.state));
    } else if (verdict == DELIVERY_MORE) {
      verdict = DELIVERY_PARK; /* it would ask for the same again */
    }
    delivery_judgement_free(&judgement);
  }
  buffer_free(&state.state);
  buffer_free(&state.memo);
  buffer_free(&state.target);
  return verdict;
}

struct alert trial_alert(time_us now) {
  return (struct alert){
      .id = TEXT("00000000000000000000000000000000"),
      .type = ALERT_SYSTEM,
      .severity = SEVERITY_INFO,
      .rule_id = TEXT("margay.test"),
      .display_name = TEXT("margay test alert"),
      .title = TEXT("A test alert of margay: nothing has happened"),
      .description = TEXT("Somebody tries whether alerts arrive here."),
      .tags = TEXT("[]"),
      .reports = TEXT("{}"),
      .context = TEXT("{}"),
      .event = TEXT("{}"),
      .created_at = now,
      .first_event_time = now,
      .last_event_time = now,
      .match_count = 1,
  };
}
