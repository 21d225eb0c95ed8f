/*
 * What the listener's own files share.
 *
 * The life of a request, by the thread that acts:
 *
 *   phase      set when                        by              deadline
 *   HEAD       the connection is accepted      accept thread   head_timeout_us
 *   LINE       the request line is read        pool            head_timeout_us, anew after IDLE
 *   BODY       the head is whole               pool            body_timeout_us
 *   HANDLER    the body is whole               pool            none
 *   ANSWER     the answer is given to MHD      pool            answer_timeout_us
 *   STREAM     the same for a stream           pool            see http_stream
 *   IDLE       the answer is sent              pool            idle_timeout_us
 *
 * Locks, in the order in which they may be taken: listener->lock, exchange->lock, and then, one at
 * a time, the lock of connections, of tls, or one of libmicrohttpd's.
 */
#ifndef HTTP_INTERNAL_H
#define HTTP_INTERNAL_H

#include "base/arena.h"
#include "http/exchange.h"
#include "http/listener.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

/* ---- counters (refusal.c) ------------------------------------------------------------------ */

struct listener_counters {
  atomic_uint_least64_t connections, requests, answers[6], aborted, refused[HTTP_REFUSALS];
  atomic_uint_least64_t open_connections, open_requests;
  atomic_uint_least64_t reported[HTTP_REFUSALS]; /* of refused, in the log */
  atomic_int_least64_t reported_at[HTTP_REFUSALS];
};

/* Counts, and writes the line of the log when one is due. `client` may be NULL. */
void refusal_count(struct http_listener *listener, enum http_refusal refusal,
                   const struct ip *client);

/* The line of plain text for a status that the listener itself answers. */
const char *refusal_line(unsigned status);

/* libmicrohttpd's messages, with the listener for context: its own refusals are counted, the rest
 * is for debugging. */
void refusal_take_message(void *context, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* ---- connections (connection.c) ------------------------------------------------------------ */

enum phase {
  PHASE_HEAD,
  PHASE_LINE,
  PHASE_BODY,
  PHASE_HANDLER,
  PHASE_ANSWER,
  PHASE_STREAM,
  PHASE_IDLE
};

struct certificate; /* tls.h */

struct connection {
  struct http_listener *listener;
  struct connection *next, **link;
  int socket;
  unsigned daemon; /* index of the thread that serves it */
  struct ip client;
  bool started;     /* libmicrohttpd has notified about it: the socket is sure to be its own */
  bool cut;         /* shut down by the listener */
  bool had_request; /* a request line was read */
  enum phase phase;
  time_us deadline;                /* monotonic; TIME_NONE = none */
  struct certificate *certificate; /* used in its handshake, or NULL; the serving thread's */
};

struct connections {
  pthread_mutex_t lock; /* guards everything here and in each connection */
  struct connection *first;
  struct connection **by_socket; /* by descriptor; NULL = none */
  size_t by_socket_capacity;
  unsigned count;
  unsigned *loads; /* connections of each daemon */
};

/* NULL when a limit refuses it; the socket stays the caller's. */
struct connection *connection_add(struct http_listener *listener, int fd,
                                  const struct sockaddr *address);
void connection_remove(struct connection *connection);
void connection_enter(struct connection *connection, enum phase phase);

/* For a stream: what it has must be taken from now on, or (false) it has nothing. */
void connection_expect_progress(struct connection *connection, bool expect);

/* Shuts down whatever is past its deadline. */
void connections_expire(struct http_listener *listener);

/* libmicrohttpd's callbacks; the context is the listener. */
void connection_notify(void *context, struct MHD_Connection *handle, void **place,
                       enum MHD_ConnectionNotificationCode code);
static inline struct connection *connection_of(struct MHD_Connection *handle) {
  return MHD_get_connection_info(handle, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* ---- routes (route.c) ---------------------------------------------------------------------- */

struct route_table;

/* With one reference, and nothing to release; NULL with the reason. */
struct route_table *route_table_new(const struct http_routes *routes, struct error *error);
/* Makes the table release what `routes` says with its last reference. */
void route_table_own(struct route_table *table, const struct http_routes *routes);
struct route_table *route_table_hold(struct route_table *table);
void route_table_release(struct route_table *table); /* NULL is fine */

/* The row for a request, or NULL and the status, 404 or 405; for 405 `allow` is filled in. */
const struct http_route *route_table_find(const struct route_table *table, struct text method,
                                          struct text path, unsigned *status, struct buffer *allow);

/* ---- exchanges (exchange*.c, head.c, answer*.c, stream.c) ------------------------------------ */

struct field {
  const char *name, *value;
};

struct body_stream {
  struct buffer pending; /* from `sent` on */
  size_t sent;
  bool ended;     /* nothing more will be written */
  bool suspended; /* until something is written */
};

/* Shared by its owner (a handler, or whoever it gave it to) and by the connection that it came on;
 * each has a reference. */
struct exchange {
  struct http_exchange visible; /* first: http_exchange pointers are these */
  struct arena memory;          /* of everything that `visible` points to but the body */
  struct buffer body;
  struct field *headers, *parameters;
  size_t header_count, parameter_count;

  /* The serving thread's. */
  struct http_listener *listener;
  struct connection *connection;
  struct MHD_Connection *handle;
  struct exchange *next, **link;   /* in the listener's list, under its lock */
  const char *target, *target_end; /* the request line's; the end in libmicrohttpd's memory */
  struct route_table *routes;
  const struct http_route *route;
  size_t body_max, dropped;
  bool has_head, has_called, is_damaged;
  unsigned refused; /* status to answer with in the place of a handler; 0 = none */
  struct buffer allow;

  atomic_uint references;
  pthread_mutex_t lock; /* guards the rest */
  bool called;          /* a handler has been called, or is */
  bool answered;        /* `answer` is final */
  bool suspended;       /* waits for the answer */
  bool gone; /* the connection has ended its part; `handle` and `connection` are invalid */
  bool is_stream;
  struct http_answer answer;
  struct body_stream stream;
};

static inline struct exchange *exchange_of(const struct http_exchange *visible) {
  return (struct exchange *)(uintptr_t)visible;
}

void exchange_release(struct exchange *exchange);

/* Settles what is open for the stop: streams end, and with `all` what is kept is answered. The
 * listener's lock is held. */
void exchanges_settle(struct http_listener *listener, bool all);

/* libmicrohttpd's callbacks; the context is the listener. */
void *exchange_begin(void *context, const char *target, struct MHD_Connection *handle);
enum MHD_Result exchange_access(void *context, struct MHD_Connection *handle, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *size, void **place);
void exchange_completed(void *context, struct MHD_Connection *handle, void **place,
                        enum MHD_RequestTerminationCode code);

/* Reads method, target and headers into the exchange. Returns 0, or the status to refuse it with;
 * `*fatal`: the end of its body cannot be trusted. */
unsigned head_read(struct exchange *exchange, const char *method, const char *version, bool *fatal);

/* Whom the request comes from, by the word of trusted proxies; after head_read. */
void head_find_client(struct exchange *exchange);

/* Whether the client waits for a word before it sends the body (RFC 9110 section 10.1.1). */
bool head_expects_continue(const struct exchange *exchange);

/* The body's size by the head; 0 without one, SIZE_MAX when it is not known (chunks). */
size_t head_body_size(const struct exchange *exchange);

/* As the headers of requests and of answers must be (RFC 9110 section 5). */
bool head_is_token(const char *name);
bool head_is_value(const char *value);

/* Sets the answer when there is none yet, or frees it. The exchange's lock is held. */
void answer_set(struct exchange *exchange, struct http_answer *answer);
void answer_seal(struct http_answer *answer); /* what is not to be valid any longer is copied */
void answer_make_line(struct http_answer *answer, unsigned status, const char *line);

/* Gives the answer to libmicrohttpd. Serving thread, without locks. */
enum MHD_Result answer_queue(struct exchange *exchange, struct http_answer *answer);

/* The body of a stream for libmicrohttpd; the context is the exchange. */
ssize_t body_stream_supply(void *context, uint64_t position, char *out, size_t max);
void body_stream_end(struct exchange *exchange); /* the exchange's lock is held */

/* ---- the listener (listener.c, accept.c) --------------------------------------------------- */

struct tls; /* tls.h */

struct http_listener {
  struct http_limits limits;
  struct http_proxies proxies;
  struct log *log;
  struct tls *tls; /* NULL = plain HTTP */
  struct listener_counters counters;
  struct connections connections;
  struct MHD_Daemon **daemons; /* limits.threads of them */

  int socket; /* the accept thread's; -1 when closed */
  int wake;   /* eventfd: something of the next two has changed */
  atomic_bool stopping;
  atomic_bool ended; /* the accept thread is to end, nothing may be kept any longer */
  uint16_t port;
  pthread_t accept_thread;
  bool has_accept_thread, stopped;

  pthread_mutex_t lock; /* guards the rest */
  pthread_cond_t idle;  /* exchange_count has become 0, or the socket is closed */
  struct route_table *routes;
  struct exchange *exchanges;
  size_t exchange_count;
  bool socket_closed;
};

/* The bound, listening socket, or -1. */
int accept_open(const char *text, uint16_t port, uint16_t *bound, struct error *error);
void *accept_run(void *context); /* the thread; of a listener */

#endif
