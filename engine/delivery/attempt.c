#include "delivery/attempt.h"

#include "alert/destination/email_recipients.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>

enum {
  ANSWER_MAX = 256 * 1024, /* what a service answers is a word or a page that nobody reads */
};

static void end(struct attempt *attempt, enum delivery_verdict verdict) {
  attempt->stage = ATTEMPT_ENDED;
  attempt->judgement.verdict = verdict;
}

static struct delivery_try try_of(struct attempt *attempt, time_us now, bool terminal,
                                  struct buffer *memo) {
  return (struct delivery_try){
      .idempotency_key = text_from(attempt->idempotency_key),
      .attempt = attempt->number,
      .state = buffer_text(&attempt->state),
      .now = now,
      .terminal = terminal,
      .memo = memo,
      .part = attempt->request.part,
      .occasion = {attempt->occasion, attempt->who, attempt->note, &attempt->template_error}};
}

static struct text own(struct text text) {
  return (struct text){memory_copy_bytes(text.data, text.size), text.size};
}

void attempt_prepare(struct attempt *attempt, const struct destination *destination,
                     const struct outbox_row *row, const struct alert *alert, struct store *store,
                     struct buffer *memo, time_us now, bool terminal) {
  *attempt = (struct attempt){
      .stage = ATTEMPT_READY,
      .type = destination->type,
      .row_id = row->id,
      .number = row->attempts + 1,
      .requests = row->requests,
      .failing_since = row->failing_since,
      .due = row->due,
      .alert_id = memory_copy_bytes(row->alert_id.data, row->alert_id.size),
      .destination_id = memory_copy_bytes(row->destination_id.data, row->destination_id.size),
      .idempotency_key = memory_copy_bytes(row->idempotency_key.data, row->idempotency_key.size),
      .occasion = row->occasion,
      .who = own(row->who),
      .note = own(row->note),
      .response = HTTP_RESPONSE_NONE,
  };
  struct error *reason = &attempt->judgement.reason;
  if (!store_destination_state_get(store, row->alert_id, row->destination_id, &attempt->state,
                                   reason)) {
    error_prefix(reason, "what was kept for the delivery cannot be read");
    end(attempt, DELIVERY_RETRY);
    return;
  }
  const struct delivery_try tried = try_of(attempt, now, terminal, memo);
  if (!destination->type->render(destination, alert, &tried, &attempt->request, reason)) {
    error_prefix(reason, "the message cannot be written");
    end(attempt, DELIVERY_PARK);
  }
}

static void note_print(void *context, int code) {
  struct attempt *attempt = context;
  CURLM *multi = attempt->multi;
  atomic_store(&attempt->print_end, 1 + code); /* the attempt may be gone from here on */
  curl_multi_wakeup(multi);
}

static void print(struct attempt *attempt, struct writer *console) {
  attempt->stage = ATTEMPT_UNDER_WAY;
  if (console && writer_put(console, buffer_text(&attempt->request.body), note_print, attempt))
    return;
  error_set(&attempt->judgement.reason, "cannot print: %s",
            console ? "too much waits to be printed" : "there is no output");
  end(attempt, DELIVERY_RETRY);
}

bool attempt_finish_print(struct attempt *attempt) {
  int print_end = attempt_prints(attempt) ? atomic_load(&attempt->print_end) : 0;
  if (print_end == 0)
    return false;
  int code = print_end - 1;
  if (code)
    error_set(&attempt->judgement.reason, "cannot print: %s%s", strerror(code),
              code == EPIPE ? " (who read standard output has gone)" : "");
  end(attempt, code ? DELIVERY_RETRY : DELIVERY_DONE);
  return true;
}

static void work(struct attempt *attempt, const struct attempt_means *means) {
  attempt->work = work_start(&attempt->request, means->destination, means->transfer_us,
                             means->multi, &attempt->judgement.reason);
  if (attempt->work)
    attempt->stage = ATTEMPT_UNDER_WAY;
  else
    end(attempt, DELIVERY_RETRY);
}

bool attempt_finish_work(struct attempt *attempt, int64_t late_since) {
  enum delivery_verdict verdict = DELIVERY_RETRY;
  if (!attempt->work || attempt->stage != ATTEMPT_UNDER_WAY)
    return false;
  bool ended = work_ended(attempt->work, &verdict, &attempt->judgement.reason);
  if (!ended && attempt->started_at >= late_since)
    return false;
  if (!ended)
    error_set(&attempt->judgement.reason, "it hangs, in spite of its time-out");
  work_stop(attempt->work, 0);
  attempt->work = NULL;
  end(attempt, verdict);
  return true;
}

struct mail_request delivery_mail(const struct delivery_request *request,
                                  const struct destination *destination, int64_t transfer_us) {
  return (struct mail_request){.url = buffer_text(&request->url).data,
                               .plain = request->mail.plain,
                               .user = request->mail.user,
                               .password = request->mail.password,
                               .from = request->mail.from,
                               .to = request->mail.to,
                               .message = buffer_text(&request->body),
                               .tls = request->tls,
                               .timeout_ms = (long)(transfer_us / US_PER_MS),
                               .guarded = !destination->allow_private};
}

struct http_request delivery_http(const struct delivery_request *request,
                                  const struct destination *destination, int64_t transfer_us) {
  return (struct http_request){.method = request->method ? request->method : "POST",
                               .url = buffer_text(&request->url).data,
                               .headers = request->headers,
                               .body = buffer_text(&request->body),
                               .timeout_ms = (long)(transfer_us / US_PER_MS),
                               .body_max = ANSWER_MAX,
                               .once = request->once,
                               .plain = true,
                               .ca_file = request->tls.ca_file,
                               .cert_file = request->tls.cert_file,
                               .key_file = request->tls.key_file,
                               .proxy = destination->proxy,
                               .guarded = !destination->allow_private};
}

static CURL *http_handle_of(struct attempt *attempt, const struct attempt_means *means) {
  const struct http_request request =
      delivery_http(&attempt->request, means->destination, means->transfer_us);
  return http_handle(&request, &attempt->response);
}

void attempt_start(struct attempt *attempt, const struct attempt_means *means) {
  struct delivery_request *request = &attempt->request;
  attempt->multi = means->multi;
  attempt->started_at = clock_monotonic();
  if (request->transport == DELIVERY_PRINT) {
    print(attempt, means->console);
    return;
  }
  if (request->transport == DELIVERY_WORK) {
    work(attempt, means);
    return;
  }
  if (request->transport == DELIVERY_MAIL) {
    const struct mail_request mail = delivery_mail(request, means->destination, means->transfer_us);
    attempt->handle = mail_handle(&mail, &attempt->mail);
  } else {
    attempt->handle = http_handle_of(attempt, means);
  }
  if (attempt->handle && curl_easy_setopt(attempt->handle, CURLOPT_PRIVATE, attempt) == CURLE_OK &&
      curl_multi_add_handle(means->multi, attempt->handle) == CURLM_OK) {
    attempt->stage = ATTEMPT_UNDER_WAY;
    return;
  }
  curl_easy_cleanup(attempt->handle);
  attempt->handle = NULL;
  error_set(&attempt->judgement.reason, "libcurl cannot start the transfer");
  end(attempt, DELIVERY_RETRY);
}

static void leave(struct attempt *attempt, CURLM *multi) {
  if (!attempt->handle)
    return;
  curl_multi_remove_handle(multi, attempt->handle);
  curl_easy_cleanup(attempt->handle);
  attempt->handle = NULL;
}

/* What a kind may not say: the request that follows must be another one, the state small, and there
 * must be an end. */
static void check_judgement(struct attempt *attempt) {
  struct delivery_judgement *judgement = &attempt->judgement;
  bool goes_on = judgement->has_state &&
                 !text_equal(buffer_text(&judgement->state), buffer_text(&attempt->state));
  if (judgement->state.size > DELIVERY_STATE_MAX) {
    attempt->state_is_too_large = true;
    judgement->has_state = goes_on = false;
  }
  if (judgement->verdict == DELIVERY_MORE && !goes_on) {
    error_set(&judgement->reason, "the answer leads to the same request again");
    judgement->verdict = DELIVERY_PARK;
  }
  if (judgement->verdict == DELIVERY_MORE && attempt->requests + 1 >= DELIVERY_REQUESTS_MAX) {
    error_set(&judgement->reason, "%d requests for one alert did not deliver it",
              DELIVERY_REQUESTS_MAX);
    judgement->verdict = DELIVERY_PARK;
  }
}

static void judge(struct attempt *attempt, struct buffer *memo, time_us now) {
  const struct delivery_try tried = try_of(attempt, now, false, memo);
  if (attempt->type->judge)
    attempt->type->judge(&tried, &attempt->response, &attempt->judgement);
  else
    delivery_judge_status(&attempt->response, &attempt->judgement);
  if (memo && memo->size > DELIVERY_MEMO_MAX)
    buffer_reset(memo);
  check_judgement(attempt);
  attempt->stage = ATTEMPT_ENDED;
}

void delivery_judge_mail(CURL *handle, CURLcode code, const struct mail_transfer *transfer,
                         const struct delivery_try *tried, const struct delivery_request *request,
                         struct delivery_judgement *judgement) {
  static const enum delivery_verdict verdicts[] = {
      [MAIL_TAKEN] = DELIVERY_DONE, [MAIL_FAILED] = DELIVERY_RETRY, [MAIL_REFUSED] = DELIVERY_PARK};
  judgement->verdict = verdicts[mail_outcome(handle, code, transfer, &judgement->reason)];
  if (transfer->response.guard.refused.text[0] && judgement->verdict != DELIVERY_DONE)
    error_append(&judgement->reason, ": say `allow_private: true` if that is meant");
  email_recipients_judge(tried, request->mail.to, transfer->codes, judgement);
}

static void finish_mail(struct attempt *attempt, CURLM *multi, CURLcode code, time_us now) {
  const struct delivery_try tried = try_of(attempt, now, false, NULL);
  delivery_judge_mail(attempt->handle, code, &attempt->mail, &tried, &attempt->request,
                      &attempt->judgement);
  leave(attempt, multi);
  check_judgement(attempt);
  attempt->stage = ATTEMPT_ENDED;
}

void attempt_finish(struct attempt *attempt, CURLM *multi, CURLcode code, struct buffer *memo,
                    time_us now) {
  struct error reason = ERROR_NONE;
  if (attempt->request.transport == DELIVERY_MAIL) {
    finish_mail(attempt, multi, code, now);
    return;
  }
  enum http_outcome outcome = http_outcome(attempt->handle, code, &attempt->response, &reason);
  leave(attempt, multi);
  /* An answer that is longer than anyone reads has said its status. */
  if (outcome == HTTP_ANSWERED || outcome == HTTP_ANSWERED_CUT) {
    judge(attempt, memo, now);
    return;
  }
  if (outcome == HTTP_REFUSED)
    error_append(&reason, ": say `allow_private: true` if that is meant");
  http_response_reset(&attempt->response);
  attempt->judgement.reason = reason;
  end(attempt, outcome == HTTP_MISTAKE ? DELIVERY_PARK : DELIVERY_RETRY);
}

int64_t attempt_delay(const struct attempt *attempt) {
  return attempt->judgement.delay_us > 0 ? attempt->judgement.delay_us
                                         : attempt->response.retry_after_us;
}

void attempt_clear(struct attempt *attempt, CURLM *multi) {
  leave(attempt, multi);
  work_stop(attempt->work, WORK_STOP_US);
  free(attempt->alert_id);
  free(attempt->destination_id);
  free(attempt->idempotency_key);
  free((char *)(uintptr_t)attempt->who.data);
  free((char *)(uintptr_t)attempt->note.data);
  buffer_free(&attempt->state);
  delivery_judgement_free(&attempt->judgement);
  delivery_request_free(&attempt->request);
  http_response_free(&attempt->response);
  *attempt = (struct attempt){.stage = ATTEMPT_NONE};
}
