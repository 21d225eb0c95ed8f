/*
 * One HTTP request out, over libcurl. The only place that sets up TLS: certificates are always
 * verified (against the system's store, or `ca_file`), redirects are not followed, only http and
 * https are spoken, and nothing is read from .netrc. `http` is meant for loopback and tests. The
 * environment's proxy settings hold, except that loopback is always reached directly.
 *
 * Threads: any; a handle, a request and a response serve one thread at a time, but any thread may
 * set `*stop`.
 */
#ifndef BASE_HTTP_CLIENT_H
#define BASE_HTTP_CLIENT_H

#include "base/buffer.h"
#include "base/error.h"

#include <curl/curl.h>
#include <stdatomic.h>

/* Call once from main before any thread starts, and once at the end. SIGPIPE is ignored from then
 * on: a server that closes a TLS connection would otherwise end the process. */
bool http_global_start(struct error *error);
void http_global_stop(void);

/* What one request needs; all pointers stay the caller's and must outlive the request. */
struct http_request {
  const char *method; /* "GET", or one that may have a body: "POST", "PUT", "PATCH", "DELETE" */
  const char *url;
  struct curl_slist *headers;  /* may be NULL */
  struct text body;            /* for all but GET */
  const char *user, *password; /* Basic authentication, or NULL */
  long timeout_ms;             /* the whole transfer; 0 = 30 s */
  size_t body_max;             /* larger answers are an error; 0 = 64 MiB */
  const char *ca_file;         /* PEM, or NULL for the system's store */
  const atomic_bool *stop;     /* becomes true: the transfer is given up; may be NULL */
};

struct http_response {
  long status;           /* 0 when no answer came */
  struct buffer headers; /* of the answer itself, a line each (http_response_header) */
  struct buffer body;
  int64_t retry_after_us; /* Retry-After as a delay from now (RFC 9110 10.2.3); -1 = none */
  size_t body_max;        /* set by http_handle and http_perform from the request */
  size_t header_size;     /* bytes of headers so far, and lines: too many end the transfer */
  size_t header_lines;
  bool head_ended; /* what follows are trailers, which nobody reads */
};

#define HTTP_RESPONSE_NONE ((struct http_response){.retry_after_us = -1})

/* The first header of that name, in any case, without white space around it; false when there is
 * none. The text lives in the response. Bounded as all headers are (256 KiB, 1000 lines), so it is
 * the server's, and hostile. */
bool http_response_header(const struct http_response *response, const char *name,
                          struct text *value);

/* Adds one to an answer that was not received, for tests of who reads it. */
void http_response_add_header(struct http_response *response, struct text line);

/* A handle ready for curl_easy_perform or a multi; the answer goes to `response`, which must
 * outlive it. The caller releases it with curl_easy_cleanup. */
CURL *http_handle(const struct http_request *request, struct http_response *response);

/* Performs on `handle` kept between calls for its connections (*handle NULL the first time; the
 * caller cleans it up). False only when no complete answer came: transport, TLS, timeout, too
 * large, cut off; any HTTP status is true. The error names the host and never the rest of the URL,
 * and the response is empty then. */
bool http_perform(CURL **handle, const struct http_request *request, struct http_response *response,
                  struct error *error);

/* What a finished transfer's CURLcode means in words, for a multi's user. */
bool http_error(CURLcode code, struct error *error);

void http_response_reset(struct http_response *response); /* keeps the body's memory */
void http_response_free(struct http_response *response);

#endif
