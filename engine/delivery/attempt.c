#include "delivery/attempt.h"

#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>

enum {
  TIMEOUT_MS = 20000,
  ANSWER_MAX = 256 * 1024, /* what a service answers is a word or a page that nobody reads */
};

static void end(struct attempt *attempt, enum delivery_verdict verdict) {
  attempt->stage = ATTEMPT_ENDED;
  attempt->verdict = verdict;
}

void attempt_prepare(struct attempt *attempt, const struct destination *destination,
                     const struct outbox_row *row, const struct alert *alert, time_us now,
                     bool terminal) {
  *attempt = (struct attempt){
      .stage = ATTEMPT_READY,
      .type = destination->type,
      .row_id = row->id,
      .number = row->attempts + 1,
      .alert_id = memory_copy_bytes(row->alert_id.data, row->alert_id.size),
      .destination_id = memory_copy_bytes(row->destination_id.data, row->destination_id.size),
      .request = {.terminal = terminal},
      .response = HTTP_RESPONSE_NONE,
  };
  if (!destination->type->render(destination, alert, row->idempotency_key, now, &attempt->request,
                                 &attempt->reason)) {
    error_prefix(&attempt->reason, "the message cannot be written");
    end(attempt, DELIVERY_PARK);
  }
}

static void print(struct attempt *attempt, FILE *console) {
  struct text body = buffer_text(&attempt->request.body);
  if (console && fwrite(body.data, 1, body.size, console) == body.size && fflush(console) == 0) {
    end(attempt, DELIVERY_DONE);
    return;
  }
  error_set(&attempt->reason, "cannot print: %s", console ? strerror(errno) : "there is no output");
  if (console) {
    __fpurge(console); /* or the next attempt would print it twice */
    clearerr(console);
  }
  end(attempt, DELIVERY_RETRY);
}

void attempt_start(struct attempt *attempt, CURLM *multi, FILE *console) {
  if (attempt->request.printed) {
    print(attempt, console);
    return;
  }
  const struct http_request request = {
      .method = "POST",
      .url = buffer_text(&attempt->request.url).data,
      .headers = attempt->request.headers,
      .body = buffer_text(&attempt->request.body),
      .timeout_ms = TIMEOUT_MS,
      .body_max = ANSWER_MAX,
  };
  attempt->handle = http_handle(&request, &attempt->response);
  if (attempt->handle && curl_easy_setopt(attempt->handle, CURLOPT_PRIVATE, attempt) == CURLE_OK &&
      curl_multi_add_handle(multi, attempt->handle) == CURLM_OK) {
    attempt->stage = ATTEMPT_UNDER_WAY;
    return;
  }
  curl_easy_cleanup(attempt->handle);
  attempt->handle = NULL;
  error_set(&attempt->reason, "libcurl cannot start the transfer");
  end(attempt, DELIVERY_RETRY);
}

static void leave(struct attempt *attempt, CURLM *multi) {
  if (!attempt->handle)
    return;
  curl_multi_remove_handle(multi, attempt->handle);
  curl_easy_cleanup(attempt->handle);
  attempt->handle = NULL;
}

void attempt_finish(struct attempt *attempt, CURLM *multi, CURLcode code) {
  struct http_response *response = &attempt->response;
  leave(attempt, multi);
  /* An answer that is longer than anyone reads has said its status. */
  if (code == CURLE_OK || code == CURLE_WRITE_ERROR) {
    enum delivery_verdict (*judge)(const struct http_response *, struct error *) =
        attempt->type->judge ? attempt->type->judge : delivery_verdict_of_status;
    end(attempt, judge(response, &attempt->reason));
    return;
  }
  response->status = 0;
  response->retry_after_us = -1;
  http_error(code, &attempt->reason);
  bool is_mistake = code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
  end(attempt, is_mistake ? DELIVERY_PARK : DELIVERY_RETRY);
}

void attempt_clear(struct attempt *attempt, CURLM *multi) {
  leave(attempt, multi);
  free(attempt->alert_id);
  free(attempt->destination_id);
  delivery_request_free(&attempt->request);
  http_response_free(&attempt->response);
  *attempt = (struct attempt){.stage = ATTEMPT_NONE};
}
