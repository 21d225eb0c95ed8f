/* Answers of a raw Zoom (raw_zoom.h) that need more than a text: endless, late, broken off, large.
 */
#ifndef RAW_ANSWERS_H
#define RAW_ANSWERS_H

#include "source/zoom/raw_zoom.h"

#define GOOD_TOKEN                                                                                 \
  { .body = "{\"access_token\":\"" RAW_TOKEN "\",\"expires_in\":3600}" }
#define ROW "{\"time\":\"2024-03-21T07:09:03Z\",\"operator\":\"o\"}"
#define LAST_PAGE                                                                                  \
  { .body = "{\"operation_logs\":[" ROW "],\"next_page_token\":\"\"}" }
#define JSON_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

static inline void reset_connection(struct raw_talk *talk) {
  struct linger now = {.l_onoff = 1, .l_linger = 0};
  setsockopt(talk->socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static inline void reset_in_body(struct raw_talk *talk) {
  raw_say(talk, JSON_HEAD "Content-Length: 1000\r\n\r\n{\"operation_logs\":[");
  reset_connection(talk);
}

static inline void say_for_ever(struct raw_talk *talk, const char *head, const char *block) {
  bool more = raw_say(talk, head);
  while (more)
    more = raw_say(talk, block);
}

static inline void continue_for_ever(struct raw_talk *talk) {
  say_for_ever(talk, "", "HTTP/1.1 100 Continue\r\n\r\n");
}

static inline void headers_for_ever(struct raw_talk *talk) {
  say_for_ever(talk, "HTTP/1.1 200 OK\r\n", "X-Header: a value that says nothing at all\r\n");
}

static inline void header_for_ever(struct raw_talk *talk) {
  say_for_ever(talk, "HTTP/1.1 200 OK\r\nX-Header: ", "a value that does not end ");
}

/* Filled in by raw_answers_start. */
static char spaces[65537];

static inline void body_for_ever(struct raw_talk *talk) {
  say_for_ever(talk, JSON_HEAD "\r\n", spaces);
}

static char chunk[16 + 65536];

static inline void chunks_for_ever(struct raw_talk *talk) {
  say_for_ever(talk, JSON_HEAD "Transfer-Encoding: chunked\r\n\r\n", chunk);
}

static inline void trailers_for_ever(struct raw_talk *talk) {
  say_for_ever(talk, JSON_HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n",
               "X-Trailer: more\r\n");
}

static inline void drip(struct raw_talk *talk) {
  struct timespec pause = {.tv_nsec = 20000000};
  raw_say(talk, JSON_HEAD "\r\n");
  while (raw_say(talk, " "))
    nanosleep(&pause, NULL);
}

static inline void say_nothing(struct raw_talk *talk) {
  struct pollfd gone = {.fd = talk->socket, .events = POLLIN};
  while (!talk->zoom->ending && poll(&gone, 1, 20) == 0)
    continue;
}

/* 64 KiB of spaces, deflated and flushed, so that it can stand any number of times. */
static const char deflated[] =
    "\xec\xc1\x81\x00\x00\x00\x00\x80\x20\x95\xfd\x29\x17\xa9\x0a\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x6a\x00"
    "\x00\x00\xff\xff";

static inline void gzip_bomb(struct raw_talk *talk) {
  static const char header[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03";
  bool more = raw_say(talk, JSON_HEAD "Content-Encoding: gzip\r\n\r\n") &&
              raw_send(talk, header, sizeof header - 1);
  while (more)
    more = raw_send(talk, deflated, sizeof deflated - 1);
}

/* `count` times `unit` between two texts. */
static inline void repeat(struct raw_talk *talk, const char *before, const char *unit, size_t count,
                          const char *after) {
  struct buffer body = BUFFER_NONE;
  buffer_append_string(&body, before);
  for (size_t i = 0; i < count; i++)
    buffer_append_string(&body, unit);
  buffer_append_string(&body, after);
  raw_body(talk, buffer_text(&body));
  buffer_free(&body);
}

static inline void nest_deeply(struct raw_talk *talk) {
  repeat(talk, "{\"operation_logs\":", "[", 1000000, "");
}

static inline void nest_objects(struct raw_talk *talk) {
  repeat(talk, "{\"operation_logs\":[", "{\"a\":", 100000, "");
}

static inline void many_rows(struct raw_talk *talk) {
  repeat(talk, "{\"operation_logs\":[1", ",\"twenty bytes of text\"", 99999, "]}");
}

static inline void long_page_token(struct raw_talk *talk) {
  repeat(talk, "{\"operation_logs\":[" ROW "],\"next_page_token\":\"", "0123456789", 100000, "\"}");
}

static inline void long_access_token(struct raw_talk *talk) {
  repeat(talk, "{\"access_token\":\"", "0123456789", 1000, "\"}");
}

static inline void empty_pages_for_ever(struct raw_talk *talk) {
  char body[100];
  snprintf(body, sizeof body, "{\"operation_logs\":[],\"next_page_token\":\"t%u\"}", talk->number);
  raw_body(talk, text_from(body));
}

static inline void a_page_twice(struct raw_talk *talk) {
  char body[200];
  snprintf(body, sizeof body, "{\"operation_logs\":[" ROW "],\"next_page_token\":\"%s\"}",
           talk->number == 1 ? "next" : "");
  raw_body(talk, text_from(body));
}

/* A page token must come back percent-encoded, whatever is in it. */
static inline void a_page_token_of_markup(struct raw_talk *talk) {
  static const char body[] = "{\"operation_logs\":[" ROW "],"
                             "\"next_page_token\":\"a&to=x b\\r\\nX-Injected: 1#\\u00e9\"}";
  if (talk->number == 1) {
    raw_body(talk, text_from(body));
    return;
  }
  assert_non_null(strstr(talk->query, "a%26to%3Dx%20b%0D%0AX-Injected%3A%201%23%C3%A9 HTTP/1.1"));
  raw_body(talk, TEXT("{\"operation_logs\":[]}"));
}

static inline void redirect_to(struct raw_talk *talk, const char *url) {
  char answer[300];
  snprintf(answer, sizeof answer, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
           url);
  raw_say(talk, answer);
}

static inline void redirect_elsewhere(struct raw_talk *talk) {
  char url[64];
  snprintf(url, sizeof url, "http://localhost:%u/elsewhere", talk->zoom->port);
  redirect_to(talk, url);
}

static inline void redirect_to_itself(struct raw_talk *talk) {
  redirect_to(talk, "/v2/report/operationlogs");
}

static inline void redirect_to_file(struct raw_talk *talk) {
  redirect_to(talk, "file:///etc/passwd");
}

/* Call once, before any answer. */
static inline void raw_answers_start(void) {
  memset(spaces, ' ', sizeof spaces - 1);
  snprintf(chunk, sizeof chunk, "%x\r\n%s\r\n", (unsigned)sizeof spaces - 1, spaces);
}

#endif
