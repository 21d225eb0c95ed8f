/* Giving an answer to a request, by whoever owns the exchange. */
#include "http/internal.h"

void answer_set(struct exchange *exchange, struct http_answer *answer) {
  if (exchange->answered) {
    http_answer_free(answer);
    return;
  }
  exchange->answer = *answer;
  exchange->answered = true;
  *answer = HTTP_ANSWER(0);
  if (exchange->suspended) {
    exchange->suspended = false;
    MHD_resume_connection(exchange->handle);
  }
}

void http_exchange_answer(struct http_exchange *exchange, struct http_answer *answer) {
  struct exchange *own = exchange_of(exchange);
  answer_seal(answer);
  pthread_mutex_lock(&own->lock);
  answer_set(own, answer);
  pthread_mutex_unlock(&own->lock);
  exchange_release(own);
}

void http_exchange_text(struct http_exchange *exchange, unsigned status, const char *line) {
  struct http_answer answer;
  answer_make_line(&answer, status, line);
  http_exchange_answer(exchange, &answer);
}
