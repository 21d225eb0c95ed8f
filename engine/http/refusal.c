#include "http/internal.h"

#include <stdio.h>
#include <stdlib.h>

#define REPORT_INTERVAL_US (10 * US_PER_MINUTE)

enum { MESSAGE_SIZE_MAX = 512 };

const char *const http_refusal_names[] = {
    [HTTP_REFUSED_CONNECTIONS] = "connections", [HTTP_REFUSED_PER_ADDRESS] = "per_address",
    [HTTP_REFUSED_HEAD_SIZE] = "head_size",     [HTTP_REFUSED_HEAD_TIME] = "head_time",
    [HTTP_REFUSED_BODY_SIZE] = "body_size",     [HTTP_REFUSED_BODY_TIME] = "body_time",
    [HTTP_REFUSED_ANSWER_TIME] = "answer_time", [HTTP_REFUSED_MALFORMED] = "malformed",
    [HTTP_REFUSED_STOPPING] = "stopping",       NULL,
};

static const struct {
  unsigned status;
  const char *line;
} LINES[] = {
    {400, "this is not a valid HTTP request"},
    {404, "there is nothing at this path"},
    {405, "this path does not take this method"},
    {408, "the request took too long"},
    {413, "the request's body is too large"},
    {431, "the request's headers are too large"},
    {503, "the server is stopping"},
};

const char *refusal_line(unsigned status) {
  for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++)
    if (LINES[i].status == status)
      return LINES[i].line;
  return "the request was refused";
}

static void report(struct http_listener *listener, enum http_refusal refusal,
                   const struct ip *client) {
  struct listener_counters *counters = &listener->counters;
  uint64_t total = atomic_load(&counters->refused[refusal]);
  uint64_t before = atomic_exchange(&counters->reported[refusal], total);
  struct ip_string address;
  LOG_WARN(listener->log, "http refused", LOG_STRING("limit", http_refusal_names[refusal]),
           LOG_INT("times", total > before ? total - before : 1),
           LOG_STRING("latest_client", client ? ip_format(client, &address) : "unknown"));
}

void refusal_count(struct http_listener *listener, enum http_refusal refusal,
                   const struct ip *client) {
  struct listener_counters *counters = &listener->counters;
  atomic_fetch_add(&counters->refused[refusal], 1);
  int64_t now = clock_monotonic();
  int64_t at = atomic_load(&counters->reported_at[refusal]);
  if (at != 0 && now - at < REPORT_INTERVAL_US)
    return;
  if (atomic_compare_exchange_strong(&counters->reported_at[refusal], &at, now))
    report(listener, refusal, client);
}

/* Refusals are known by this text of libmicrohttpd 0.9.75, connection.c. With another text they
 * are not counted, and nothing else changes. */
void refusal_take_message(void *context, const char *format, va_list arguments) {
  static const char mark[] = "HTTP response code is ";
  struct http_listener *listener = context;
  char message[MESSAGE_SIZE_MAX];
  vsnprintf(message, sizeof message, format, arguments);
  const char *code = strstr(message, mark);
  unsigned long status = code ? strtoul(code + sizeof mark - 1, NULL, 10) : 0;
  if (status < 400 || status > 599) {
    LOG_DEBUG(listener->log, "http library", LOG_TEXT("text", text_trim(text_from(message))));
    return;
  }
  atomic_fetch_add(&listener->counters.answers[status / 100], 1);
  enum http_refusal refusal = HTTP_REFUSED_MALFORMED;
  if (status == 414 || status == 431)
    refusal = HTTP_REFUSED_HEAD_SIZE;
  else if (status == 413)
    refusal = HTTP_REFUSED_BODY_SIZE;
  refusal_count(listener, refusal, NULL);
}
