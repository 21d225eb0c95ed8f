#include "base/web/mail_client.h"

#include "base/web/http_internal.h"

enum { CONNECT_MS = 10000 };

static size_t give(char *room, size_t one, size_t size, void *context) {
  struct mail_transfer *transfer = context;
  size_t given = one * size < transfer->left.size ? one * size : transfer->left.size;
  if (given > 0)
    memcpy(room, transfer->left.data, given);
  transfer->left = (struct text){transfer->left.data + given, transfer->left.size - given};
  return given;
}

/* What a server says beside its code is not read. */
static size_t drop(char *bytes, size_t one, size_t size, void *context) {
  (void)bytes, (void)context;
  return one * size;
}

/* libcurl says what becomes of each recipient to those only who listen: it asks for one after the
 * other, and waits for each answer. */
static int note_line(CURL *handle, curl_infotype type, char *bytes, size_t size, void *context) {
  struct mail_transfer *transfer = context;
  struct text line = {bytes, size};
  (void)handle;
  if (type == CURLINFO_HEADER_OUT) {
    transfer->waits =
        text_starts_folded(line, TEXT("RCPT TO:")) && transfer->asked < MAIL_RECIPIENTS_MAX;
    transfer->asked += transfer->waits;
  } else if (type == CURLINFO_HEADER_IN && transfer->waits && size > 3 && bytes[3] != '-') {
    int code = 0;
    for (size_t i = 0; i < 3 && bytes[i] >= '0' && bytes[i] <= '9'; i++)
      code = code * 10 + (bytes[i] - '0');
    transfer->codes[transfer->asked - 1] = code;
    transfer->waits = false;
  }
  return 0;
}

static void send_to_those_who_are_taken(CURL *handle, struct mail_transfer *transfer) {
#if LIBCURL_VERSION_NUM >= 0x080200
  curl_easy_setopt(handle, CURLOPT_MAIL_RCPT_ALLOWFAILS, 1L);
#else
  curl_easy_setopt(handle, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
#endif
  curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, note_line);
  curl_easy_setopt(handle, CURLOPT_DEBUGDATA, transfer);
  curl_easy_setopt(handle, CURLOPT_VERBOSE, 1L);
}

CURL *mail_handle(const struct mail_request *request, struct mail_transfer *transfer) {
  CURL *handle = curl_easy_init();
  if (!handle)
    return NULL;
  *transfer = (struct mail_transfer){.left = request->message, .response = HTTP_RESPONSE_NONE};
  transfer->response.timeout_ms = request->timeout_ms;
  curl_easy_setopt(handle, CURLOPT_URL, request->url);
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(handle, CURLOPT_USE_SSL,
                   (long)(request->plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  http_apply_tls(handle, &request->tls);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700 /* 7.87.0; http_client.c says why */
  curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
#endif
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, transfer->response.curl_words);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, request->timeout_ms);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                   request->timeout_ms < CONNECT_MS ? request->timeout_ms : (long)CONNECT_MS);
  if (request->user) {
    curl_easy_setopt(handle, CURLOPT_USERNAME, request->user);
    curl_easy_setopt(handle, CURLOPT_PASSWORD, request->password ? request->password : "");
  }
  curl_easy_setopt(handle, CURLOPT_MAIL_FROM, request->from);
  curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, request->to);
  send_to_those_who_are_taken(handle, transfer);
  curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->message.size);
  curl_easy_setopt(handle, CURLOPT_READFUNCTION, give);
  curl_easy_setopt(handle, CURLOPT_READDATA, transfer);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, drop);
  if (request->guarded)
    http_guard_url(&transfer->response.guard, handle, request->url);
  return handle;
}

/* Codes of libcurl that mean that the server said no; the code of its last answer says for how
 * long. */
static const struct {
  CURLcode code;
  const char *words;
} refusals[] = {
    {CURLE_LOGIN_DENIED, "the mail server refuses the login"},
    {CURLE_SEND_ERROR, "the mail server refuses the sender, a recipient or the mail"},
    {CURLE_UPLOAD_FAILED, "the mail server refuses the sender, a recipient or the mail"},
    {CURLE_RECV_ERROR, "the mail server refuses the mail"},
    {CURLE_WEIRD_SERVER_REPLY, "the mail server refuses the mail"},
    {CURLE_QUOTE_ERROR, "the mail server refuses a command"},
};

enum mail_outcome mail_outcome(CURL *handle, CURLcode code, const struct mail_transfer *transfer,
                               struct error *reason) {
  long status = 0;
  if (code == CURLE_OK)
    return MAIL_TAKEN;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_USE_SSL_FAILED) {
    error_set(reason, "the mail server offers no STARTTLS (`tls` says how it is reached)");
    return MAIL_FAILED;
  }
  for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
    if (refusals[i].code == code && status >= 400 && status <= 599) {
      error_set(reason, "%s (%ld)", refusals[i].words, status);
      return status >= 500 ? MAIL_REFUSED : MAIL_FAILED;
    }
  enum http_outcome outcome = http_outcome(handle, code, &transfer->response, reason);
  return outcome == HTTP_MISTAKE ? MAIL_REFUSED : MAIL_FAILED;
}
