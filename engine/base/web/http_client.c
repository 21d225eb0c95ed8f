#include "base/web/http_client.h"

#include "base/clock.h"
#include "base/file_text.h"
#include "base/web/http_internal.h"

#include <openssl/x509.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum {
  TIMEOUT_MS = 30000,
  CONNECT_TIMEOUT_MS = 10000,
  BODY_MAX = 64 << 20,
  HEADERS_MAX = 256 << 10,            /* bytes of all headers of an answer */
  HEADER_LINES_MAX = 1000,            /* and lines; services send some dozens */
  INTERIM_MAX = 16,                   /* answers of 1xx before the one that counts; one is usual */
  RETRY_AFTER_MAX_S = 366 * 24 * 3600 /* longer waits mean nothing; keeps the sum in range */
};

bool http_global_start(struct error *error) {
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  sigaction(SIGPIPE, &ignore, NULL);
  CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  return code == CURLE_OK ||
         error_set(error, "libcurl does not start: %s", curl_easy_strerror(code));
}

void http_global_stop(void) {
  curl_global_cleanup();
}

void http_response_reset(struct http_response *response) {
  response->status = 0;
  response->retry_after_us = -1;
  response->head_ended = false;
  buffer_reset(&response->headers);
  buffer_reset(&response->body);
}

void http_response_free(struct http_response *response) {
  buffer_free(&response->headers);
  buffer_free(&response->body);
  *response = HTTP_RESPONSE_NONE;
}

static size_t receive_body(char *bytes, size_t one, size_t size, void *context) {
  struct http_response *response = context;
  (void)one;
  if (size > response->body_max - response->body.size) {
    response->cut = HTTP_CUT_BODY;
    return 0; /* any other number than `size` ends the transfer */
  }
  buffer_append(&response->body, bytes, size);
  return size;
}

/* Seconds, or a date (RFC 9110 10.2.3). */
static int64_t read_retry_after(struct text value) {
  char string[64];
  int64_t seconds = 0;
  value = text_trim(value);
  if (value.size == 0 || value.size >= sizeof string)
    return -1;
  memcpy(string, value.data, value.size);
  string[value.size] = '\0';
  if (strspn(string, "0123456789") == value.size) {
    for (size_t i = 0; i < value.size && seconds < RETRY_AFTER_MAX_S; i++)
      seconds = seconds * 10 + (string[i] - '0');
  } else {
    time_t date = curl_getdate(string, NULL);
    if (date < 0)
      return -1;
    struct clock clock = clock_system();
    seconds = date - clock_now(&clock) / US_PER_SECOND;
  }
  if (seconds > RETRY_AFTER_MAX_S)
    seconds = RETRY_AFTER_MAX_S;
  return seconds > 0 ? seconds * US_PER_SECOND : 0;
}

time_us http_response_date(const struct http_response *response) {
  char string[64];
  struct text value;
  if (!http_response_header(response, "Date", &value) || value.size >= sizeof string)
    return TIME_NONE;
  memcpy(string, value.data, value.size);
  string[value.size] = '\0';
  time_t date = curl_getdate(string, NULL);
  return date > 0 && date < TIME_END / US_PER_SECOND ? date * US_PER_SECOND : TIME_NONE;
}

/* "HTTP/1.1 200 OK": the three digits after the first space; 0 for what is no status (RFC 9110
 * 15). libcurl reads three digits of a longer number. */
static long read_status(struct text line) {
  const char *space = memchr(line.data, ' ', line.size);
  struct text rest = {space, space ? (size_t)(line.data + line.size - space) : 0};
  rest = text_trim(rest);
  long status = 0;
  size_t digits = 0;
  for (; digits < rest.size && (uint8_t)(rest.data[digits] - '0') <= 9 && digits < 4; digits++)
    status = status * 10 + (rest.data[digits] - '0');
  bool ends = digits == rest.size || rest.data[digits] == ' ';
  return digits == 3 && ends && status >= 100 && status <= 599 ? status : 0;
}

void http_response_add_header(struct http_response *response, struct text line) {
  buffer_append_text(&response->headers, text_trim(line));
  buffer_append_char(&response->headers, '\n');
}

bool http_response_header(const struct http_response *response, const char *name,
                          struct text *value) {
  struct text rest = buffer_text(&response->headers), wanted = text_from(name);
  while (rest.size > 0) {
    const char *end = memchr(rest.data, '\n', rest.size);
    struct text line = {rest.data, (size_t)(end - rest.data)};
    if (line.size > wanted.size && line.data[wanted.size] == ':' &&
        text_starts_folded(line, wanted)) {
      size_t start = wanted.size + 1;
      *value = text_trim((struct text){line.data + start, line.size - start});
      return true;
    }
    rest = (struct text){end + 1, rest.size - line.size - 1};
  }
  return false;
}

/* A status line begins an answer; within one it is a header like any other. */
static bool begins_answer(const struct http_response *response, struct text line) {
  return (response->header_lines == 1 || response->head_ended) &&
         text_starts_folded(line, TEXT("http/"));
}

static void take_status(struct http_response *response, struct text line) {
  http_response_reset(response); /* an answer of 100 may come first */
  response->status = read_status(line);
  response->heads++;
  if (response->status == 0)
    response->cut = HTTP_CUT_STATUS;
  else if (response->heads > INTERIM_MAX + 1)
    response->cut = HTTP_CUT_INTERIM;
}

static void take_header(struct http_response *response, struct text line) {
  struct text retry_after;
  if (begins_answer(response, line)) {
    take_status(response, line);
  } else if (text_trim(line).size == 0) {
    response->head_ended = true;
    if (http_response_header(response, "retry-after", &retry_after))
      response->retry_after_us = read_retry_after(retry_after);
  } else if (!response->head_ended && *line.data != ' ' && *line.data != '\t') {
    http_response_add_header(response, line); /* and not what obsolete folding added to it */
  }
}

static size_t receive_header(char *bytes, size_t one, size_t size, void *context) {
  struct http_response *response = context;
  (void)one;
  response->header_size += size;
  response->header_lines++;
  if (response->header_size > HEADERS_MAX)
    response->cut = HTTP_CUT_HEADERS;
  else if (response->header_lines > HEADER_LINES_MAX)
    response->cut = HTTP_CUT_LINES;
  else
    take_header(response, (struct text){bytes, size});
  return response->cut == HTTP_CUT_NOTHING ? size : 0;
}

static int should_stop(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
  (void)a, (void)b, (void)c, (void)d;
  return atomic_load((const atomic_bool *)context);
}

/* The URL's host, with its port when one is written; "" when the URL cannot be read. */
struct host {
  char name[256], port[8];
};

static void read_host(const char *url, struct host *host) {
  char *name = NULL, *port = NULL;
  *host = (struct host){.name = ""};
  CURLU *parts = curl_url();
  if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
      curl_url_get(parts, CURLUPART_HOST, &name, 0) == CURLUE_OK) {
    text_printable(text_from(name), host->name, sizeof host->name);
    if (curl_url_get(parts, CURLUPART_PORT, &port, 0) == CURLUE_OK)
      snprintf(host->port, sizeof host->port, ":%.6s", port);
  }
  curl_free(name);
  curl_free(port);
  curl_url_cleanup(parts);
}

static bool is_loopback(const struct host *host) {
  return strncmp(host->name, "127.", 4) == 0 || strcmp(host->name, "[::1]") == 0 ||
         strcmp(host->name, "localhost") == 0;
}

/* ---- the transfer -------------------------------------------------------------------------- */

static void apply_method(CURL *handle, const struct http_request *request) {
  if (strcmp(request->method, "GET") == 0) {
    curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
    return;
  }
  curl_easy_setopt(handle, CURLOPT_POST, 1L);
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request->body.size ? request->body.data : "");
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.size);
  if (strcmp(request->method, "POST") != 0)
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request->method);
}

/* Whom it connects to. Where addresses are checked, it must be known whether a proxy is used. */
static void apply_route(CURL *handle, const struct http_request *request,
                        struct http_response *response) {
  struct host host;
  read_host(request->url, &host);
  const char *proxy = is_loopback(&host) ? "" : request->proxy;
  response->guard.refused.text[0] = '\0';
  if (request->guarded) {
    if (!proxy)
      proxy = http_environment_proxy(request->url, host.name);
    proxy = proxy ? proxy : "";
    http_guard_apply(&response->guard, handle, host.name, *proxy);
  }
  if (!proxy)
    return; /* the environment's */
  curl_easy_setopt(handle, CURLOPT_PROXY, proxy);
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "");
}

void http_guard_url(struct http_guard *guard, CURL *handle, const char *url) {
  struct host host;
  read_host(url, &host);
  http_guard_apply(guard, handle, host.name, false);
}

static void apply_request(CURL *handle, const struct http_request *request,
                          struct http_response *response) {
  long timeout = request->timeout_ms ? request->timeout_ms : TIMEOUT_MS;
  response->header_size = response->header_lines = response->heads = 0;
  response->cut = HTTP_CUT_NOTHING;
  response->timeout_ms = timeout;
  response->curl_words[0] = '\0';
  response->body_max = request->body_max ? request->body_max : BODY_MAX;
  http_response_reset(response);
  curl_easy_setopt(handle, CURLOPT_URL, request->url);
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
  const struct http_tls tls = {request->ca_file, request->cert_file, request->key_file};
  http_apply_tls(handle, &tls);
  apply_route(handle, request, response);
  curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, (long)request->once);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700 /* 7.87.0 */
  /* Or the end of a transfer waits for the thread that resolves its host, however long DNS takes.
   */
  curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
#endif
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "margay");
  curl_easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, request->plain ? NULL : "");
  curl_easy_setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's are no answer */
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, response->curl_words);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, timeout);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                   timeout < CONNECT_TIMEOUT_MS ? timeout : (long)CONNECT_TIMEOUT_MS);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, request->headers);
  apply_method(handle, request);
  if (request->user) {
    curl_easy_setopt(handle, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    curl_easy_setopt(handle, CURLOPT_USERNAME, request->user);
    curl_easy_setopt(handle, CURLOPT_PASSWORD, request->password ? request->password : "");
  }
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, receive_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, response);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, receive_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, response);
  if (request->stop) {
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, should_stop);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, request->stop);
  }
}

CURL *http_handle(const struct http_request *request, struct http_response *response) {
  CURL *handle = curl_easy_init();
  if (handle)
    apply_request(handle, request, response);
  return handle;
}

/* What the codes of libcurl mean. What is not in the table may pass, in libcurl's words. */
static const struct code_row {
  CURLcode code;
  enum http_outcome outcome;
  bool detailed; /* libcurl knows more: the alert of TLS, what is wrong with the answer */
  const char *words;
} code_rows[] = {
    {CURLE_URL_MALFORMAT, HTTP_MISTAKE, false, "the URL is not valid"},
    {CURLE_UNSUPPORTED_PROTOCOL, HTTP_MISTAKE, false, "only http and https URLs can be used"},
    {CURLE_COULDNT_RESOLVE_HOST, HTTP_FAILED, false,
     "could not resolve the host name (is it right, and is DNS up?)"},
    {CURLE_COULDNT_RESOLVE_PROXY, HTTP_FAILED, false, "could not resolve the proxy's host name"},
    {CURLE_COULDNT_CONNECT, HTTP_FAILED, false,
     "could not connect: refused, nothing is reachable there, or there are no more sockets (a "
     "limit "
     "of open files?)"},
    {CURLE_OPERATION_TIMEDOUT, HTTP_FAILED, false, "timed out"},
    {CURLE_PEER_FAILED_VERIFICATION, HTTP_FAILED, false,
     "the server's TLS certificate is not trusted"},
    {CURLE_SSL_CACERT_BADFILE, HTTP_FAILED, false,
     "the file of trusted certificates cannot be read"},
    {CURLE_SSL_CONNECT_ERROR, HTTP_FAILED, true,
     "the TLS handshake failed: does the server speak TLS on this port?"},
    {CURLE_SSL_CERTPROBLEM, HTTP_FAILED, false, "the TLS client certificate cannot be used"},
    {CURLE_PARTIAL_FILE, HTTP_FAILED, false, "the answer was cut off"},
    {CURLE_RECV_ERROR, HTTP_FAILED, true, "the connection broke while the answer came"},
    {CURLE_SEND_ERROR, HTTP_FAILED, true, "the connection broke while the request was sent"},
    {CURLE_GOT_NOTHING, HTTP_FAILED, false, "the server closed the connection without an answer"},
    {CURLE_WEIRD_SERVER_REPLY, HTTP_FAILED, true, "the answer is not HTTP"},
    {CURLE_HTTP2, HTTP_FAILED, true, "the answer breaks the rules of HTTP/2"},
    {CURLE_HTTP2_STREAM, HTTP_FAILED, true, "the answer breaks the rules of HTTP/2"},
    {CURLE_BAD_CONTENT_ENCODING, HTTP_FAILED, false, "the answer's compression cannot be read"},
    {CURLE_WRITE_ERROR, HTTP_FAILED, false, "the answer is larger than allowed"},
    {CURLE_FILESIZE_EXCEEDED, HTTP_FAILED, false, "the answer is larger than allowed"},
    {CURLE_ABORTED_BY_CALLBACK, HTTP_FAILED, false, "given up, because the program is stopping"},
    {CURLE_OUT_OF_MEMORY, HTTP_FAILED, false,
     "a line of the answer is too long, or memory is short"},
};

static bool is_http(CURL *handle) {
  const char *url = NULL;
  return curl_easy_getinfo(handle, CURLINFO_EFFECTIVE_URL, &url) == CURLE_OK && url &&
         (text_starts_folded(text_from(url), TEXT("http://")) ||
          text_starts_folded(text_from(url), TEXT("https://")));
}

/* One code of libcurl stands for a URL that it does not speak, and for an answer in a version of
 * HTTP that it does not speak (0.9, or one that does not exist). */
static CURLcode exact_code(CURL *handle, CURLcode code) {
  return code == CURLE_UNSUPPORTED_PROTOCOL && is_http(handle) ? CURLE_WEIRD_SERVER_REPLY : code;
}

static enum http_outcome outcome_of_code(CURLcode code, const struct http_response *response,
                                         struct error *reason) {
  for (size_t i = 0; i < sizeof code_rows / sizeof code_rows[0]; i++) {
    const struct code_row *row = &code_rows[i];
    if (row->code != code)
      continue;
    char shown[CURL_ERROR_SIZE];
    if (row->detailed && response->curl_words[0])
      error_set(reason, "%s (%s)", row->words,
                text_printable(text_from(response->curl_words), shown, sizeof shown));
    else
      error_set(reason, "%s", row->words);
    return row->outcome;
  }
  error_set(reason, "%s", curl_easy_strerror(code));
  return HTTP_FAILED;
}

/* What receive_header and receive_body ended. */
static enum http_outcome outcome_of_cut(const struct http_response *response,
                                        struct error *reason) {
  switch (response->cut) {
  case HTTP_CUT_HEADERS:
    error_set(reason, "the answer's headers are larger than %d KiB", HEADERS_MAX >> 10);
    return HTTP_FAILED;
  case HTTP_CUT_LINES:
    error_set(reason, "the answer has more than %d header lines", HEADER_LINES_MAX);
    return HTTP_FAILED;
  case HTTP_CUT_INTERIM:
    error_set(reason, "more than %d answers of 1xx came, and none that counts", INTERIM_MAX);
    return HTTP_FAILED;
  case HTTP_CUT_STATUS:
    error_set(reason, "the answer is not HTTP (its status is not a number from 100 to 599)");
    return HTTP_FAILED;
  case HTTP_CUT_BODY:
  case HTTP_CUT_NOTHING:
    break;
  }
  error_set(reason, "the answer is larger than %zu bytes", response->body_max);
  return HTTP_ANSWERED_CUT;
}

/* The chain of certificates is good when it is libcurl that compares the names. */
static bool add_verify_result(CURL *handle, struct error *reason) {
  long number = 0;
  if (curl_easy_getinfo(handle, CURLINFO_SSL_VERIFYRESULT, &number) != CURLE_OK)
    return false;
  bool other_host = number == X509_V_OK || number == X509_V_ERR_UNSPECIFIED;
  return error_set(reason, "the server's TLS certificate is not trusted (%s)",
                   other_host ? "it is not for this host name"
                              : X509_verify_cert_error_string(number));
}

/* What a proxy of the environment (http_proxy, HTTPS_PROXY …) refuses, with the reason. A server
 * never answers 407. */
static bool proxy_failed(CURL *handle, CURLcode code, const struct http_response *response,
                         struct error *reason) {
  const char *url = NULL;
  long tunnel = 0;
  struct host host;
  if (curl_easy_getinfo(handle, CURLINFO_EFFECTIVE_URL, &url) != CURLE_OK || !url)
    return false;
  read_host(url, &host);
  if (is_loopback(&host)) /* reached past any proxy */
    return false;
  curl_easy_getinfo(handle, CURLINFO_HTTP_CONNECTCODE, &tunnel);
  if ((code == CURLE_OK ? response->status : tunnel) == 407)
    error_set(reason, "the proxy asks for a name and a password (407): put them into its URL, "
                      "http://NAME:PASSWORD@…");
  else if (code != CURLE_OK && tunnel >= 300)
    error_set(reason, "the proxy does not let the connection through (status %ld)", tunnel);
  else if (code == CURLE_COULDNT_CONNECT && response->curl_words[0] && host.name[0] != '[' &&
           !strstr(response->curl_words, host.name)) /* it names whom it could not reach */
    error_set(reason, "could not connect to the proxy that its settings or the environment name");
  else
    return false;
  return true;
}

enum http_outcome http_outcome(CURL *handle, CURLcode code, const struct http_response *response,
                               struct error *reason) {
  long number = 0;
  char words[128];
  if (code != CURLE_OK && response->guard.refused.text[0]) {
    error_set(reason, "its host is at the private address %s", response->guard.refused.text);
    return HTTP_REFUSED;
  }
  if (proxy_failed(handle, code, response, reason))
    return HTTP_FAILED;
  if (code == CURLE_OK && response->head_ended)
    return HTTP_ANSWERED;
  if (code == CURLE_OK) { /* libcurl does not mind */
    error_set(reason, "the answer was cut off within its headers");
    return HTTP_FAILED;
  }
  if (code == CURLE_WRITE_ERROR && response->cut != HTTP_CUT_NOTHING)
    return outcome_of_cut(response, reason);
  if (code == CURLE_OPERATION_TIMEDOUT)
    error_set(reason, "timed out after %ld ms", response->timeout_ms);
  else if (code == CURLE_COULDNT_CONNECT &&
           curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &number) == CURLE_OK && number)
    error_set(reason, "could not connect: %s", strerror_r((int)number, words, sizeof words));
  else if (code == CURLE_PEER_FAILED_VERIFICATION)
    add_verify_result(handle, reason);
  return outcome_of_code(exact_code(handle, code), response, reason);
}

/* libcurl would wait for a FIFO. */
static bool check_ca_file(const char *path, struct error *error) {
  struct error cause = ERROR_NONE;
  int file = path ? file_open(path, FILE_REGULAR, NULL, &cause) : -1;
  if (file >= 0)
    close(file);
  return !cause.set || error_set(error, "the file of trusted certificates cannot be read: %s: %s",
                                 path, cause.text);
}

bool http_perform(CURL **handle, const struct http_request *request, struct http_response *response,
                  struct error *error) {
  struct error cause = ERROR_NONE;
  struct host host;
  if (!check_ca_file(request->ca_file, error))
    return false;
  if (*handle) {
    curl_easy_reset(*handle); /* the options only: connections stay */
    apply_request(*handle, request, response);
  } else if (!(*handle = http_handle(request, response))) {
    return error_set(error, "out of memory");
  }
  CURLcode code = curl_easy_perform(*handle);
  if (http_outcome(*handle, code, response, &cause) == HTTP_ANSWERED)
    return true;
  http_response_reset(response);
  read_host(request->url, &host);
  if (*host.name)
    error_prefix(&cause, "%s%s", host.name, host.port);
  return error_set(error, "%s", cause.text);
}
