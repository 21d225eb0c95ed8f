#include "sim/fault_answer.h"

#include "sim/error_answer.h"

#include <time.h>

static const struct {
  unsigned status;
  int code;
  const char *message;
} MESSAGES[] = {
    {400, 300, "Request was refused."},
    {401, 124, "Invalid access token."},
    {403, 403, "Forbidden."},
    {404, 404, "Not found."},
    {429, 429, "You have reached the maximum per-second rate limit for this API. Try again later."},
};

static void add_retry_after(const struct fault *fault, time_us now, struct server_answer *answer) {
  if (fault->reset >= 0)
    server_answer_header(answer, "X-RateLimit-Reset", "%lld",
                         (long long)now / US_PER_SECOND + fault->reset);
  if (fault->daily)
    server_answer_header(answer, "X-RateLimit-Type", "Daily-limit");
  if (fault->retry_after < 0)
    return;
  if (fault->retry_after_time) {
    struct time_string time;
    server_answer_header(answer, "Retry-After", "%s",
                         time_format(now + fault->retry_after * US_PER_SECOND, &time));
    return;
  }
  if (!fault->retry_after_date) {
    server_answer_header(answer, "Retry-After", "%lld", (long long)fault->retry_after);
    return;
  }
  char date[40];
  time_t at = (time_t)(now / US_PER_SECOND + fault->retry_after);
  struct tm parts;
  gmtime_r(&at, &parts);
  strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  server_answer_header(answer, "Retry-After", "%s", date);
}

bool fault_replaces(const struct fault *fault, time_us now, struct server_answer *answer) {
  if (!fault || (fault->kind != FAULT_STATUS && fault->kind != FAULT_CLOSE))
    return false;
  if (fault->kind == FAULT_CLOSE) {
    answer->close = true;
    return true;
  }
  int code = (int)fault->status;
  const char *message = "Something went wrong on purpose.";
  for (size_t i = 0; i < sizeof MESSAGES / sizeof *MESSAGES; i++)
    if (MESSAGES[i].status == fault->status) {
      code = MESSAGES[i].code;
      message = MESSAGES[i].message;
    }
  if (fault->daily)
    message = "You have reached the maximum daily rate limit for this API. Refer to the response "
              "header for details on when you can make another request.";
  sim_answer_error(answer, fault->status, code, message);
  add_retry_after(fault, now, answer);
  return true;
}

bool fault_damages(const struct fault *fault, struct server_answer *answer) {
  if (!fault)
    return false;
  switch (fault->kind) {
  case FAULT_SLOW:
    answer->delay_us += fault->delay_us;
    return false;
  case FAULT_CUT:
    answer->cut = true;
    return true;
  case FAULT_JSON:
    /* A whole body of the right length that lacks its last brace. */
    if (answer->body.size > 0)
      answer->body.data[--answer->body.size] = '\0';
    return true;
  default:
    return false;
  }
}
