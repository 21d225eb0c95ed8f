/*
 * Reads a request's head out of libmicrohttpd, and refuses what it lets through: heads that
 * somebody else on the way may read in another way (two lengths, a length and chunks, a NUL), and
 * targets that nobody needs (control characters, "..").
 */
#include "http/internal.h"

#include "base/digest.h"
#include "base/memory.h"

#include <stdlib.h>
#include <strings.h>

enum { BAD = MHD_HTTP_BAD_REQUEST };

/* ---- percent-encoding (RFC 3986 section 2.1) ------------------------------------------------ */

/* False for a broken escape or an escaped NUL. `plus`: '+' is a space, as in forms. */
static bool decode(struct arena *arena, struct text encoded, bool plus, struct text *decoded) {
  char *out = arena_alloc(arena, encoded.size + 1);
  size_t size = 0;
  for (size_t i = 0; i < encoded.size; i++) {
    char c = encoded.data[i];
    if (c == '%') {
      int high = i + 2 < encoded.size ? hex_value(encoded.data[i + 1]) : -1;
      int low = high < 0 ? -1 : hex_value(encoded.data[i + 2]);
      if (low < 0 || (high == 0 && low == 0))
        return false;
      c = (char)(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus) {
      c = ' ';
    }
    out[size++] = c;
  }
  *decoded = (struct text){out, size};
  return true;
}

/* ---- the target (RFC 9112 section 3.2) ------------------------------------------------------- */

static bool is_control(char c) {
  return (uint8_t)c < 0x20 || c == 0x7f;
}

static bool has_dot_segment(struct text path) {
  for (size_t at = 0; at < path.size;) {
    const char *segment = path.data + at;
    const char *slash = memchr(segment, '/', path.size - at);
    size_t size = slash ? (size_t)(slash - segment) : path.size - at;
    if ((size == 1 && segment[0] == '.') || (size == 2 && memcmp(segment, "..", 2) == 0))
      return true;
    at += size + 1;
  }
  return false;
}

static bool read_path(struct exchange *exchange, struct text encoded) {
  struct text path;
  if (encoded.size == 0 || encoded.data[0] != '/' ||
      !decode(&exchange->memory, encoded, false, &path))
    return false;
  for (size_t i = 0; i < path.size; i++)
    if (is_control(path.data[i]))
      return false;
  exchange->visible.path = path;
  return text_is_utf8(path) && !has_dot_segment(path);
}

static bool read_parameter(struct exchange *exchange, struct text pair) {
  const char *equals = pair.size > 0 ? memchr(pair.data, '=', pair.size) : NULL;
  size_t name_size = equals ? (size_t)(equals - pair.data) : pair.size;
  struct text name, value = TEXT("");
  if (!decode(&exchange->memory, (struct text){pair.data, name_size}, true, &name) ||
      (equals && !decode(&exchange->memory, (struct text){equals + 1, pair.size - name_size - 1},
                         true, &value)))
    return false;
  exchange->parameters[exchange->parameter_count++] =
      (struct field){.name = name.data, .value = value.data};
  return true;
}

static bool read_query(struct exchange *exchange, struct text query) {
  size_t pairs = 1;
  exchange->visible.query = query;
  for (size_t i = 0; i < query.size; i++)
    pairs += query.data[i] == '&';
  exchange->parameters = arena_alloc(&exchange->memory, pairs * sizeof *exchange->parameters);
  for (size_t at = 0; at < query.size;) {
    const char *pair = query.data + at;
    const char *end = memchr(pair, '&', query.size - at);
    size_t size = end ? (size_t)(end - pair) : query.size - at;
    if (size > 0 && !read_parameter(exchange, (struct text){pair, size}))
      return false;
    at += size + 1;
  }
  return true;
}

/* "http://host/path" means "/path" (section 3.2.2). */
static struct text without_origin(struct text target) {
  size_t scheme = text_starts_folded(target, TEXT("http://"))    ? 7
                  : text_starts_folded(target, TEXT("https://")) ? 8
                                                                 : 0;
  if (scheme == 0)
    return target;
  size_t end = scheme;
  while (end < target.size && target.data[end] != '/' && target.data[end] != '?')
    end++;
  return end < target.size && target.data[end] == '/'
             ? (struct text){target.data + end, target.size - end}
             : (struct text){"/", 1};
}

static bool read_target(struct exchange *exchange) {
  struct text target = text_from(exchange->target);
  for (size_t i = 0; i < target.size; i++)
    if (is_control(target.data[i]) || target.data[i] == ' ')
      return false;
  target = without_origin(target);
  const char *mark = target.size > 0 ? memchr(target.data, '?', target.size) : NULL;
  size_t path_size = mark ? (size_t)(mark - target.data) : target.size;
  struct text query = mark ? (struct text){mark + 1, target.size - path_size - 1} : TEXT("");
  return read_path(exchange, (struct text){target.data, path_size}) && read_query(exchange, query);
}

/* ---- headers (RFC 9110 section 5) ------------------------------------------------------------ */

/* Without the white space around it that libmicrohttpd leaves (section 5.5). */
static enum MHD_Result add_header(void *context, enum MHD_ValueKind kind, const char *name,
                                  const char *value) {
  (void)kind;
  struct exchange *exchange = context;
  struct text trimmed = arena_copy(&exchange->memory, text_trim(text_from(value ? value : "")));
  exchange->headers[exchange->header_count++] =
      (struct field){.name = arena_copy_string(&exchange->memory, name), .value = trimmed.data};
  return MHD_YES;
}

bool head_is_token(const char *name) {
  static const char others[] = "!#$%&'*+-.^_`|~";
  for (const char *c = name; *c; c++)
    if (!((*c >= '0' && *c <= '9') || ((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z') ||
          strchr(others, *c)))
      return false;
  return *name != '\0';
}

bool head_is_value(const char *value) {
  for (const char *c = value; *c; c++)
    if (is_control(*c) && *c != '\t')
      return false;
  return true;
}

static size_t count_headers(const struct exchange *exchange, const char *name) {
  size_t count = 0;
  for (size_t i = 0; i < exchange->header_count; i++)
    count += strcasecmp(exchange->headers[i].name, name) == 0;
  return count;
}

/* Whether everybody agrees about where the body ends (RFC 9112 section 6.3). libmicrohttpd knows
 * "chunked" only as it stands here, without any white space after it. */
static bool has_clear_end(const struct exchange *exchange, const char *version) {
  size_t lengths = count_headers(exchange, "Content-Length");
  size_t encodings = count_headers(exchange, "Transfer-Encoding");
  if (encodings == 0)
    return lengths <= 1;
  const char *encoding =
      MHD_lookup_connection_value(exchange->handle, MHD_HEADER_KIND, "Transfer-Encoding");
  return encodings == 1 && lengths == 0 && encoding && strcasecmp(encoding, "chunked") == 0 &&
         strcmp(version, MHD_HTTP_VERSION_1_0) != 0;
}

static bool has_good_headers(const struct exchange *exchange, const char *version) {
  for (size_t i = 0; i < exchange->header_count; i++)
    if (!head_is_token(exchange->headers[i].name) || !head_is_value(exchange->headers[i].value))
      return false;
  size_t hosts = count_headers(exchange, "Host");
  return hosts == 1 || (hosts == 0 && strcmp(version, MHD_HTTP_VERSION_1_0) == 0);
}

/* ---- the whole head ------------------------------------------------------------------------ */

struct cursor {
  const char *at; /* where the next header must begin */
  bool follows;   /* so far, all do */
};

static enum MHD_Result step_over(void *context, enum MHD_ValueKind kind, const char *name,
                                 const char *value) {
  (void)kind;
  struct cursor *cursor = context;
  cursor->follows = cursor->follows && name == cursor->at && value;
  cursor->at = value ? value + strlen(value) + strlen("\r\n") : NULL;
  return MHD_YES;
}

/*
 * Whether the head's bytes are all in what libmicrohttpd makes of them. It cuts the head into
 * strings where it lies, and 0.9 drops much without a word: what follows a NUL, a line that begins
 * with ':' (which it takes for the end of the head), the fold between two lines. Somebody else on
 * the way reads such a head in another way. Each piece must begin where the one before it ends and
 * a CR LF after it. Later versions are strict themselves, and cut in other ways.
 */
static bool is_seamless(const struct exchange *exchange, const char *method, const char *version,
                        size_t size) {
  if (strncmp(MHD_get_version(), "0.9.", 4) != 0)
    return true;
  struct cursor cursor = {.at = version + strlen(version) + strlen("\r\n"), .follows = true};
  MHD_get_connection_values(exchange->handle, MHD_HEADER_KIND, step_over, &cursor);
  return version == exchange->target_end + 1 && cursor.follows &&
         cursor.at + strlen("\r\n") == method + size;
}

unsigned head_read(struct exchange *exchange, const char *method, const char *version,
                   bool *fatal) {
  struct MHD_Connection *handle = exchange->handle;
  size_t size =
      MHD_get_connection_info(handle, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
  int headers = MHD_get_connection_values(handle, MHD_HEADER_KIND, NULL, NULL);
  exchange->visible.method = text_from(arena_copy_string(&exchange->memory, method));
  exchange->headers =
      arena_alloc(&exchange->memory, (size_t)(headers + 1) * sizeof *exchange->headers);
  MHD_get_connection_values(handle, MHD_HEADER_KIND, add_header, exchange);
  *fatal = true;
  if (size > exchange->listener->limits.head_max)
    return MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE;
  if (!is_seamless(exchange, method, version, size) || !has_good_headers(exchange, version) ||
      !has_clear_end(exchange, version))
    return BAD;
  *fatal = false;
  return head_is_token(method) && read_target(exchange) ? 0 : BAD;
}

void head_find_client(struct exchange *exchange) {
  const struct http_proxies *proxies = &exchange->listener->proxies;
  if (!http_proxies_trust(proxies, &exchange->visible.client))
    return;
  const char **values =
      arena_alloc(&exchange->memory, (exchange->header_count + 1) * sizeof *values);
  size_t count = 0;
  for (size_t i = 0; i < exchange->header_count; i++)
    if (strcasecmp(exchange->headers[i].name, http_proxies_header(proxies)) == 0)
      values[count++] = exchange->headers[i].value;
  exchange->visible.client = http_proxies_client(proxies, &exchange->visible.client, values, count);
}

bool head_expects_continue(const struct exchange *exchange) {
  const char *expect = http_exchange_header(&exchange->visible, "Expect");
  return expect && strcasecmp(expect, "100-continue") == 0;
}

size_t head_body_size(const struct exchange *exchange) {
  if (count_headers(exchange, "Transfer-Encoding") > 0)
    return SIZE_MAX;
  const char *length = http_exchange_header(&exchange->visible, "Content-Length");
  size_t size = length ? strtoull(length, NULL, 10) : 0; /* libmicrohttpd has checked the digits */
  return size < SIZE_MAX ? size : SIZE_MAX - 1;
}

/* ---- for handlers -------------------------------------------------------------------------- */

const char *http_exchange_header(const struct http_exchange *exchange, const char *name) {
  const struct exchange *own = exchange_of(exchange);
  for (size_t i = 0; i < own->header_count; i++)
    if (strcasecmp(own->headers[i].name, name) == 0)
      return own->headers[i].value;
  return NULL;
}

const char *http_exchange_parameter(const struct http_exchange *exchange, const char *name) {
  const struct exchange *own = exchange_of(exchange);
  for (size_t i = 0; i < own->parameter_count; i++)
    if (strcmp(own->parameters[i].name, name) == 0)
      return own->parameters[i].value;
  return NULL;
}
