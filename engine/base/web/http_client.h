/*
 * One HTTP request out, over libcurl. The only place that sets up TLS: certificates are always
 * verified (against the system's store, or `ca_file`), redirects are not followed, only http and
 * https are spoken, and nothing is read from .netrc. `http` is meant for loopback and tests. The
 * environment's proxy settings hold unless the request names a proxy, and loopback is always
 * reached directly.
 *
 * Threads: any; a handle, a request and a response serve one thread at a time, but any thread may
 * set `*stop`.
 */
#ifndef BASE_WEB_HTTP_CLIENT_H
#define BASE_WEB_HTTP_CLIENT_H

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/web/http_guard.h"

#include <curl/curl.h>
#include <stdatomic.h>

/* Call once from main before any thread starts, and once at the end. SIGPIPE is ignored from then
 * on: a server that closes a TLS connection would otherwise end the process. */
bool http_global_start(struct error *error);
void http_global_stop(void);

/* Files in PEM, read at every new connection. */
struct http_tls {
  const char *ca_file;   /* NULL: the system's store */
  const char *cert_file; /* the client's certificate and its chain; NULL: none is shown */
  const char *key_file;  /* its key, without a passphrase; NULL: it is in cert_file */
};

/* Whether the files can be read, hold what they should, and belong together. False with the reason,
 * which names the file. */
bool http_tls_check(const struct http_tls *tls, struct error *error);

/* What one request needs; all pointers stay the caller's and must outlive the request. */
struct http_request {
  const char *method; /* "GET", or one that may have a body: "POST", "PUT", "PATCH", "DELETE" */
  const char *url;
  struct curl_slist *headers;  /* may be NULL */
  struct text body;            /* for all but GET */
  const char *user, *password; /* Basic authentication, or NULL */
  long timeout_ms;             /* the whole transfer; 0 = 30 s */
  size_t body_max;             /* larger answers are an error; 0 = 64 MiB */
  /* Over a connection of its own: libcurl repeats by itself a request, a POST too, over a kept
   * connection that was closed before an answer came, though the server may have worked on it. */
  bool once;
  bool plain;          /* asks for no compressed answer: where answers are a word */
  const char *ca_file; /* as in struct http_tls, all three */
  const char *cert_file, *key_file;
  const char *proxy;       /* its URL; NULL: the environment's */
  bool guarded;            /* private addresses are refused (http_guard.h) */
  const atomic_bool *stop; /* becomes true: the transfer is given up; may be NULL */
};

/* Why a transfer was ended before the answer was whole. */
enum http_cut {
  HTTP_CUT_NOTHING,
  HTTP_CUT_BODY,    /* longer than body_max; the status and the headers are known */
  HTTP_CUT_HEADERS, /* the headers are larger than 256 KiB, */
  HTTP_CUT_LINES,   /* or of more than 1000 lines */
  HTTP_CUT_INTERIM, /* too many answers of 1xx came before the one that counts */
  HTTP_CUT_STATUS,  /* the first line has no status of three digits from 100 to 599 */
};

struct http_response {
  long status;           /* 0 when no answer came */
  struct buffer headers; /* of the answer itself, a line each (http_response_header) */
  struct buffer body;
  int64_t retry_after_us; /* Retry-After as a delay from now (RFC 9110 10.2.3); -1 = none */
  size_t body_max;        /* set by http_handle and http_perform from the request */
  size_t header_size;     /* bytes of headers so far, and lines: too many end the transfer */
  size_t header_lines;
  size_t heads;    /* status lines so far: 1xx, and the one that counts */
  bool head_ended; /* what follows are trailers, which nobody reads */
  enum http_cut cut;
  long timeout_ms;                  /* of the request */
  struct http_guard guard;          /* of a request that is guarded */
  char curl_words[CURL_ERROR_SIZE]; /* what libcurl says of a failure; "" when nothing */
};

#define HTTP_RESPONSE_NONE ((struct http_response){.retry_after_us = -1})

/* The first header of that name, in any case, without white space around it; false when there is
 * none. The text lives in the response. Bounded as all headers are (256 KiB, 1000 lines), so it is
 * the server's, and hostile. */
bool http_response_header(const struct http_response *response, const char *name,
                          struct text *value);

/* When the server says it answered (the header Date); TIME_NONE: it does not say. To the second. */
time_us http_response_date(const struct http_response *response);

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

enum http_outcome {
  HTTP_ANSWERED,     /* a whole answer */
  HTTP_ANSWERED_CUT, /* its body is longer than body_max; what came before is in the response */
  HTTP_FAILED,       /* no whole answer: the same request may work later */
  HTTP_REFUSED,      /* the host is at a private address, and the request is guarded */
  HTTP_MISTAKE,      /* the request itself: it cannot work before the URL is another one */
};

/* What became of a transfer, for a multi's user: the handle is still what http_handle gave. The
 * reason is filled unless it was answered; it holds neither the URL nor what the server sent. */
enum http_outcome http_outcome(CURL *handle, CURLcode code, const struct http_response *response,
                               struct error *reason);

void http_response_reset(struct http_response *response); /* keeps the body's memory */
void http_response_free(struct http_response *response);

#endif
