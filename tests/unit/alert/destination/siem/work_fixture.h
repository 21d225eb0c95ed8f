/* What the tests of kinds share whose requests are work: a rendered one, done at once. */
#ifndef TESTS_WORK_FIXTURE_H
#define TESTS_WORK_FIXTURE_H

#include "alert/destination/service_fixture.h"

/* Does it within `most_us`; the reason must hold `words` (NULL: there is none). Frees the request.
 */
static inline void work_judge_request(const char *row, struct delivery_request *request,
                                      int64_t most_us, enum delivery_verdict verdict,
                                      const char *words) {
  struct error reason = ERROR_NONE;
  assert_int_equal(request->transport, DELIVERY_WORK);
  const struct delivery_work work = {.target = buffer_text(&request->url),
                                     .arguments = buffer_text(&request->work.arguments),
                                     .body = buffer_text(&request->body),
                                     .tls = request->tls,
                                     .guarded = true,
                                     .stop_fd = -1,
                                     .until = clock_monotonic() + most_us};
  enum delivery_verdict found = request->work.run(&work, &reason);
  if (found != verdict || reason.set != !!words || !strstr(reason.text, words ? words : ""))
    fail_msg("%s: verdict %d, '%s'", row, found, reason.text);
  delivery_request_free(request);
}

/* The same for the sample alert. */
static inline void work_judge(const char *row, const struct service *service, int64_t most_us,
                              enum delivery_verdict verdict, const char *words) {
  const struct alert alert = alert_sample();
  const struct delivery_try attempt = try_sample(SAMPLE_TIME);
  struct delivery_request request = service_render(service, &alert, &attempt);
  work_judge_request(row, &request, most_us, verdict, words);
}

#endif
