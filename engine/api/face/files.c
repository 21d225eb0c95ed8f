#include "api/face/files.h"

#include "api/face/gzip.h"
#include "api/face/reply.h"

struct web_file {
  const char *path;
  const char *tag;
  const unsigned char *bytes; /* of gzip */
  size_t size, plain_size;
};

#include <web_files.h>

/* What the paths of pages begin with; `/` is a page, too. */
static const char *const pages[] = {"alerts", "search", "events", "rules",
                                    "attack", "health", "login"};

static const struct web_file *find(struct text path) {
  for (const struct web_file *file = web_files; file->path; file++)
    if (text_is(path, file->path))
      return file;
  return NULL;
}

/* Whether the first segment is that of a page. */
static bool is_page(struct text path) {
  const char *slash = path.size > 1 ? memchr(path.data + 1, '/', path.size - 1) : NULL;
  struct text first = {path.data + 1, slash ? (size_t)(slash - path.data) - 1 : path.size - 1};
  bool is = path.size == 1;
  for (size_t i = 0; i < sizeof pages / sizeof *pages && !is; i++)
    is = text_is(first, pages[i]);
  return is;
}

static const char *type_of(const char *path) {
  static const struct {
    const char *ending, *type;
  } rows[] = {{".html", "text/html; charset=utf-8"},
              {".css", "text/css; charset=utf-8"},
              {".js", "text/javascript; charset=utf-8"},
              {".json", "application/json"},
              {".svg", "image/svg+xml"},
              {".png", "image/png"},
              {".ico", "image/vnd.microsoft.icon"},
              {".woff2", "font/woff2"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (text_ends_folded(text_from(path), text_from(rows[i].ending)))
      return rows[i].type;
  return "application/octet-stream";
}

/* What does not say that it takes gzip gets the file as it was. */
static void answer_file(struct http_exchange *exchange, const struct web_file *file) {
  const char *known = http_exchange_header(exchange, "If-None-Match");
  bool packed = gzip_accepted(http_exchange_header(exchange, "Accept-Encoding"));
  struct http_answer answer = HTTP_ANSWER(200);
  reply_add_headers(&answer);
  http_answer_header(&answer, "Cache-Control", "no-cache");
  http_answer_header(&answer, "Vary", "Accept-Encoding");
  http_answer_header(&answer, "ETag", "\"%s%s\"", file->tag, packed ? "-gzip" : "");
  if (known && strstr(known, file->tag)) {
    answer.status = 304;
  } else {
    answer.content_type = type_of(file->path);
    if (packed) {
      http_answer_header(&answer, "Content-Encoding", "gzip");
      buffer_append(&answer.body, file->bytes, file->size);
    } else {
      gzip_unpack((struct text){(const char *)file->bytes, file->size}, file->plain_size,
                  &answer.body);
    }
  }
  http_exchange_answer(exchange, &answer);
}

static void answer_nothing(struct http_exchange *exchange) {
  struct http_answer answer = HTTP_ANSWER(404);
  reply_add_headers(&answer);
  answer.content_type = "text/plain; charset=utf-8";
  buffer_append_string(&answer.body, "there is nothing at this path\n");
  http_exchange_answer(exchange, &answer);
}

void files_answer(void *context, struct http_exchange *exchange) {
  const struct web_file *file = find(exchange->path);
  (void)context;
  if (!file && is_page(exchange->path))
    file = find(TEXT("/index.html"));
  if (file)
    answer_file(exchange, file);
  else
    answer_nothing(exchange);
}

void files_refuse(void *context, struct http_exchange *exchange) {
  (void)context;
  answer_nothing(exchange);
}
