#include "base/web/stream_client.h"

#include "base/memory.h"
#include "base/web/http_internal.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  CONNECT_MS = 10000,
  CLOSE_MS = 2000, /* a server that reads closes at once */
  REFUSAL_MS = 400,
  CLOSED_PORT_MS = 50, /* ICMP of a host nearby */
};

/* ---- waiting ----------------------------------------------------------------------------- */

static int left_ms(const struct stream_request *request, int most) {
  int64_t left = (request->until - clock_monotonic()) / US_PER_MS;
  return left < 0 ? 0 : left < most ? (int)left : most;
}

static bool is_stopped(const struct stream_request *request) {
  struct pollfd stop = {.fd = request->stop_fd, .events = POLLIN};
  return poll(&stop, 1, 0) > 0;
}

/* False when nothing came of it in that time, or it is to be given up. */
static bool wait_for(const struct stream_request *request, int fd, short events, int ms) {
  struct pollfd fds[] = {{.fd = fd, .events = events}, {.fd = request->stop_fd, .events = POLLIN}};
  int ready = poll(fds, 2, left_ms(request, ms));
  return ready > 0 && fds[1].revents == 0;
}

/* ---- TLS and TCP ------------------------------------------------------------------------- */

static int stops(void *context, curl_off_t all_down, curl_off_t down, curl_off_t all_up,
                 curl_off_t up) {
  (void)all_down, (void)down, (void)all_up, (void)up;
  return is_stopped(context);
}

static void apply_route(CURL *handle, const struct stream_request *request,
                        struct http_response *response, const char *url) {
  curl_easy_setopt(handle, CURLOPT_PROXY, request->proxy ? request->proxy : "");
  curl_easy_setopt(handle, CURLOPT_HTTPPROXYTUNNEL, (long)(request->proxy != NULL));
  if (!request->guarded)
    return;
  if (!request->proxy) {
    http_guard_url(&response->guard, handle, url);
    return;
  }
  const char *colon = strrchr(request->server, ':');
  size_t size = colon ? (size_t)(colon - request->server) : strlen(request->server);
  char *host = memory_copy_bytes(request->server, size);
  http_guard_apply(&response->guard, handle, host, true);
  free(host);
}

static CURL *handle_of(const struct stream_request *request, struct http_response *response) {
  CURL *handle = curl_easy_init();
  struct buffer url = BUFFER_NONE;
  if (!handle)
    return NULL;
  buffer_printf(&url, "%s://%s", request->kind == STREAM_TLS ? "https" : "http", request->server);
  response->timeout_ms = left_ms(request, INT32_MAX);
  curl_easy_setopt(handle, CURLOPT_URL, url.data);
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_ENABLE_ALPN, 0L); /* it is not HTTP */
  http_apply_tls(handle, &request->tls);
  apply_route(handle, request, response, url.data);
  curl_easy_setopt(handle, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700 /* 7.87.0; http_client.c says why */
  curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
#endif
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, response->curl_words);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, (long)left_ms(request, CONNECT_MS) + 1);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, stops);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, request);
  buffer_free(&url);
  return handle;
}

static bool push(CURL *handle, int fd, const struct stream_request *request, struct error *reason) {
  struct text left = request->bytes;
  while (left.size > 0) {
    size_t sent = 0;
    CURLcode code = curl_easy_send(handle, left.data, left.size, &sent);
    left = (struct text){left.data + sent, left.size - sent};
    if (code == CURLE_AGAIN && !wait_for(request, fd, POLLOUT, INT32_MAX))
      return error_set(reason, "the server does not read what is sent");
    if (code != CURLE_OK && code != CURLE_AGAIN)
      return error_set(reason, "the server closed the connection");
  }
  return true;
}

/* Reads, and drops, until the server closes (true), it refuses (false), or the time is over. */
static bool listen_for_end(CURL *handle, int fd, const struct stream_request *request, int ms,
                           bool may_close, struct error *reason) {
  int64_t until = clock_monotonic() + ms * US_PER_MS;
  for (;;) {
    char bytes[1024];
    size_t size = 0;
    CURLcode code = curl_easy_recv(handle, bytes, sizeof bytes, &size);
    if (code == CURLE_OK && size == 0 && may_close)
      return true;
    if (code != CURLE_AGAIN && (code != CURLE_OK || size == 0))
      return error_set(reason, "the server closed the connection when it had the message");
    int64_t left = (until - clock_monotonic()) / US_PER_MS;
    if (left <= 0)
      return true;
    if (code == CURLE_AGAIN && !wait_for(request, fd, POLLIN, (int)left))
      return !is_stopped(request) || error_set(reason, "it was given up");
  }
}

static enum stream_outcome send_stream(const struct stream_request *request, struct error *reason) {
  struct http_response response = HTTP_RESPONSE_NONE;
  CURL *handle = handle_of(request, &response);
  enum stream_outcome outcome = STREAM_FAILED;
  curl_socket_t fd = CURL_SOCKET_BAD;
  if (!handle) {
    error_set(reason, "libcurl cannot start a connection");
    return STREAM_FAILED;
  }
  CURLcode code = curl_easy_perform(handle);
  if (code == CURLE_OK)
    code = curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &fd);
  bool is_tcp = request->kind == STREAM_TCP;
  if (code != CURLE_OK) {
    outcome = http_outcome(handle, code, &response, reason) == HTTP_REFUSED ? STREAM_PRIVATE
                                                                            : STREAM_FAILED;
  } else if (push(handle, fd, request, reason)) {
    if (is_tcp)
      shutdown(fd, SHUT_WR);
    if (listen_for_end(handle, fd, request, is_tcp ? CLOSE_MS : REFUSAL_MS, is_tcp, reason))
      outcome = STREAM_SENT;
  }
  curl_easy_cleanup(handle);
  http_response_free(&response);
  return outcome;
}

/* ---- UDP --------------------------------------------------------------------------------- */

static enum stream_outcome send_datagram(const struct stream_request *request,
                                         const struct addrinfo *address, struct error *reason) {
  int fd = socket(address->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int code = 0;
  socklen_t size = sizeof code;
  if (fd < 0 || connect(fd, address->ai_addr, address->ai_addrlen) != 0 ||
      send(fd, request->bytes.data, request->bytes.size, MSG_NOSIGNAL) < 0)
    code = errno;
  else if (wait_for(request, fd, POLLIN, CLOSED_PORT_MS))
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size);
  if (fd >= 0)
    close(fd);
  if (code == EMSGSIZE)
    error_set(reason, "the message is too large for a datagram: lower `max_size`");
  else if (code)
    error_set(reason, "the datagram cannot be sent: %s", strerror(code));
  return code == EMSGSIZE ? STREAM_TOO_LARGE : code ? STREAM_FAILED : STREAM_SENT;
}

static char *host_of(const char *server, const char **port) {
  const char *colon = strrchr(server, ':');
  size_t size = colon ? (size_t)(colon - server) : strlen(server);
  *port = colon ? colon + 1 : "";
  if (size > 2 && server[0] == '[' && server[size - 1] == ']')
    return memory_copy_bytes(server + 1, size - 2);
  return memory_copy_bytes(server, size);
}

static enum stream_outcome send_packet(const struct stream_request *request, struct error *reason) {
  static const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
  struct addrinfo *addresses = NULL;
  struct http_guard guard = {.is_loopback = false};
  enum stream_outcome outcome = STREAM_FAILED;
  const char *port;
  char *host = host_of(request->server, &port);
  int code = getaddrinfo(host, port, &hints, &addresses);
  if (code != 0)
    error_set(reason, "its name cannot be resolved: %s", gai_strerror(code));
  else if (request->guarded && !http_guard_allows(&guard, host, addresses->ai_addr)) {
    error_set(reason, "its address %s is private", guard.refused.text);
    outcome = STREAM_PRIVATE;
  } else {
    outcome = send_datagram(request, addresses, reason);
  }
  if (addresses)
    freeaddrinfo(addresses);
  free(host);
  return outcome;
}

enum stream_outcome stream_send(const struct stream_request *request, struct error *reason) {
  return request->kind == STREAM_UDP ? send_packet(request, reason) : send_stream(request, reason);
}
