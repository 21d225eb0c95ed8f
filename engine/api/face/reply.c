/* Answers as HTTP. */
#include "api/face/reply.h"

#include "api/face/gzip.h"
#include "base/digest.h"
#include "base/json_member.h"

/* Bytes of the digest that an entity tag shows: as many as nobody meets by chance. */
#define TAG_BYTES 16

/* Bodies from this size on are compressed: below it a packet is a packet. */
#define PACKED_MIN 1024

#define SEE_OTHER 303

void reply_add_headers(struct http_answer *answer) {
  static const struct {
    const char *name, *value;
  } headers[] = {
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src "
       "'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
       "require-trusted-types-for 'script'; trusted-types 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
  };
  for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
    http_answer_header(answer, headers[i].name, "%s", headers[i].value);
}

/* The reason phrases of RFC 9110 section 15, RFC 6585. */
static const char *title_of(unsigned status) {
  static const struct {
    unsigned status;
    const char *title;
  } rows[] = {
      {400, "Bad Request"},         {401, "Unauthorized"},       {403, "Forbidden"},
      {404, "Not Found"},           {405, "Method Not Allowed"}, {409, "Conflict"},
      {412, "Precondition Failed"}, {413, "Content Too Large"},  {415, "Unsupported Media Type"},
      {421, "Misdirected Request"}, {429, "Too Many Requests"},  {503, "Service Unavailable"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (rows[i].status == status)
      return rows[i].title;
  return "Internal Server Error";
}

static void write_problem(const struct api_answer *answer, struct http_answer *http) {
  struct buffer *json = &http->body;
  buffer_append_string(json, "{\"type\":\"about:blank\"");
  json_member_text(json, "title", text_from(title_of(answer->status)));
  buffer_printf(json, ",\"status\":%u", answer->status);
  json_member_text(json, "detail", text_from(answer->refusal.text));
  if (answer->parameter)
    json_member_text(json, "parameter", text_from(answer->parameter));
  if (answer->login && answer->status == API_UNAUTHORIZED)
    json_member_text(json, "login", text_from(answer->login));
  buffer_append_string(json, "}\n");
  http->content_type = "application/problem+json";
  if (answer->status == API_UNAUTHORIZED)
    http_answer_header(http, "WWW-Authenticate", "Bearer realm=\"margay\"");
  if (answer->status == API_UNAVAILABLE || answer->status == API_TOO_OFTEN)
    http_answer_header(http, "Retry-After", "%d", 1);
}

/* Whether If-None-Match has this tag, or any (RFC 9110 section 13.1.2). */
static bool has_tag(const char *header, const char *tag) {
  return header && (text_is(text_trim(text_from(header)), "*") || strstr(header, tag));
}

/* A tag of the body: what shows the same is the same. */
static void write_body(struct http_exchange *exchange, struct api_answer *answer,
                       struct http_answer *http) {
  uint8_t digest[DIGEST_SIZE];
  char hex[2 * TAG_BYTES + 1], tag[2 * TAG_BYTES + 3];
  bool reads = text_is(exchange->method, "GET") || text_is(exchange->method, "HEAD");
  if (answer->body.size > 0)
    http->content_type = "application/json";
  if (reads) {
    digest_sha256(buffer_text(&answer->body), digest);
    hex_encode(digest, TAG_BYTES, hex);
    snprintf(tag, sizeof tag, "\"%s\"", hex);
    http_answer_header(http, "ETag", "%s", tag);
  }
  if (reads && answer->status == 200 &&
      has_tag(http_exchange_header(exchange, "If-None-Match"), tag)) {
    http->status = 304;
    http->content_type = NULL;
    return;
  }
  http_answer_header(http, "Vary", "Accept-Encoding");
  if (answer->body.size >= PACKED_MIN &&
      gzip_accepted(http_exchange_header(exchange, "Accept-Encoding"))) {
    http_answer_header(http, "Content-Encoding", "gzip");
    gzip_pack(buffer_text(&answer->body), &http->body);
    return;
  }
  http->body = answer->body;
  answer->body = BUFFER_NONE;
}

static void add_cookies(struct http_answer *http, struct text cookies) {
  while (cookies.size > 0) {
    const char *end = memchr(cookies.data, '\n', cookies.size);
    size_t size = end ? (size_t)(end - cookies.data) : cookies.size;
    http_answer_header(http, "Set-Cookie", "%.*s", (int)size, cookies.data);
    size += end != NULL;
    cookies = (struct text){cookies.data + size, cookies.size - size};
  }
}

unsigned reply_give(struct http_exchange *exchange, struct api_answer *answer) {
  struct http_answer http = HTTP_ANSWER(answer->status);
  reply_add_headers(&http);
  http_answer_header(&http, "Cache-Control", "no-store");
  if (answer->allow)
    http_answer_header(&http, "Allow", "%s", answer->allow);
  add_cookies(&http, buffer_text(&answer->cookie));
  if (answer->location.size > 0) {
    http.status = SEE_OTHER;
    http_answer_header(&http, "Location", "%s", answer->location.data);
  } else if (answer->refusal.set) {
    write_problem(answer, &http);
  } else {
    write_body(exchange, answer, &http);
  }
  unsigned status = http.status;
  http_exchange_answer(exchange, &http);
  buffer_free(&answer->body);
  buffer_free(&answer->outcome);
  buffer_free(&answer->who);
  buffer_free(&answer->cookie);
  buffer_free(&answer->location);
  return status;
}
