/*
 * One mail out, over libcurl's SMTP (RFC 5321): with STARTTLS or TLS from the start, certificates
 * always verified as http_client.h has it. A mail is handed over whole, to those recipients whom
 * the server takes, or not at all.
 *
 * Threads: as in http_client.h.
 */
#ifndef BASE_WEB_MAIL_CLIENT_H
#define BASE_WEB_MAIL_CLIENT_H

#include "base/web/http_client.h"

/* All pointers stay the caller's and must outlive the transfer. */
struct mail_request {
  const char *url;             /* "smtp://host:587", or "smtps://host:465": TLS from the start */
  bool plain;                  /* of smtp: no STARTTLS; else it is required */
  const char *user, *password; /* NULL: no login */
  const char *from;            /* an address without its angle brackets */
  const struct curl_slist *to; /* the same; at least one */
  struct text message;         /* RFC 5322, lines end with CRLF; dots need no care */
  struct http_tls tls;
  long timeout_ms;
  bool guarded; /* private addresses are refused (http_guard.h) */
};

/* Recipients whose codes are kept; RFC 5321 4.5.3.1.8: as many a server has to take. */
#define MAIL_RECIPIENTS_MAX 100

/* What is being sent: zero at first; lives as long as the handle, and at one place. */
struct mail_transfer {
  struct text left;               /* of the message */
  int codes[MAIL_RECIPIENTS_MAX]; /* what the server answered for each recipient; 0: nothing */
  size_t asked;                   /* for how many it was asked */
  bool waits;                     /* the next answer is for the last of them */
  struct http_response response;
};

/* A handle for a multi or curl_easy_perform; released with curl_easy_cleanup. NULL: no memory. */
CURL *mail_handle(const struct mail_request *request, struct mail_transfer *transfer);

enum mail_outcome {
  MAIL_TAKEN,  /* the server has it, for one recipient at least: `codes` says for whom */
  MAIL_FAILED, /* it may work later: no answer, 4xx, a certificate that is not trusted */
  MAIL_REFUSED /* 5xx: the sender, a recipient, the login or the message */
};
/* What became of it; the reason is set unless it was taken, and holds the server's code at most. */
enum mail_outcome mail_outcome(CURL *handle, CURLcode code, const struct mail_transfer *transfer,
                               struct error *reason);

#endif
