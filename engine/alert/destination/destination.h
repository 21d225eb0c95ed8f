/*
 * The room alert/destination holds the kinds of destinations: one file renders an alert for one
 * service and judges its answer. Sorts of which there are many have rooms of their own in it.
 *
 * Destinations: where alerts go. A kind is one file with one static struct destination_type, and
 * one line in destination_kinds.c.
 */
#ifndef ALERT_DESTINATION_DESTINATION_H
#define ALERT_DESTINATION_DESTINATION_H

#include "alert/alert.h"
#include "alert/message/message.h"
#include "base/settings/kind.h"
#include "base/web/http_client.h"

struct destination_holds;

struct destination {
  const struct destination_type *type;
  struct text id;
  void *options;          /* the type's options struct */
  uint32_t severities;    /* bit 1 << severity that routing gives it */
  uint32_t alert_types;   /* bit 1 << alert_type */
  uint32_t occasions;     /* ALERT_WHEN it is sent an update; the type's unless set */
  int64_t max_per_second; /* the type's own limit unless configured; 0 = none */
  int64_t retry_for;      /* microseconds after which an alert that fails is given up; 0 = never */
  bool allow_private;     /* its host may be at a private address */
  const char *proxy;      /* NULL: the environment's */
  int64_t storm_limit;    /* messages a minute, past which they are held back; 0 = none */
  const struct destination_holds *holds; /* alert/routing/hold.h; NULL: nothing waits */
  const struct alert_display *display;   /* NULL: in UTC, without links to margay */
};

/*
 * The life of a delivery (one alert, one destination), as its kind sees it:
 *
 *   render ─▶ request ─▶ answer ─▶ judge ─▶ DONE, or PARK: the end
 *     ▲                              ├───▶ RETRY: later, from the same state
 *     └───── state, if any ◀─────────┴───▶ MORE: another request follows, at once
 *
 * A kind that needs several requests (a text in parts, an incident and then its note) asks for MORE
 * after each but the last, and the state says where it is. What judge gives as the state is
 * kept with the result of the request, in one transaction; the next render of the same alert and
 * destination gets it, however much later that is: an update of the alert finds its thread by it. A
 * crash between the answer and that transaction repeats the request, with the same idempotency key.
 *
 * render and judge run on the delivery thread. They may be called again for the same alert at any
 * time, they do not block, and what they are given lives during the call.
 */

#define DELIVERY_STATE_MAX 4096 /* bytes: ids of threads, messages and incidents, not documents */
/* Requests for one alert and destination that may follow each other by MORE: a long text is some
 * ten parts. The delivery is parked when the last of them asks for another one; trying it again by
 * hand goes on from its state, with as many again. */
#define DELIVERY_REQUESTS_MAX 100

#define DELIVERY_MEMO_MAX 16384 /* bytes: a token, not a document */

/* What a delivery is tried with, beside the alert. */
struct delivery_try {
  struct text idempotency_key; /* the same in every request of this alert, destination, occasion */
  int64_t attempt;             /* from 1; MORE goes on with the same one, RETRY begins another */
  struct text state;           /* what judge gave last; empty: nothing */
  time_us now;                 /* for signatures */
  bool terminal;               /* what is printed goes to a terminal that shows colours */
  struct message_occasion occasion;
  /* What the deliveries of one destination share while the daemon runs, such as an access token.
   * render and judge may read and write it. It is empty at first and after a reload, and is never
   * stored: what must survive a restart belongs into the state. NULL: nothing is to be sent (a
   * preview), or the destination has gone. More than DELIVERY_MEMO_MAX are not kept. */
  struct buffer *memo;
  int part; /* for judge: that of the request which was answered */
};

enum delivery_transport {
  DELIVERY_HTTP,  /* method, url, headers, body */
  DELIVERY_PRINT, /* the body is printed, and no answer is judged */
  DELIVERY_MAIL,  /* the body is a mail, and the server's codes are judged by the transport */
  DELIVERY_WORK   /* `work` does and judges it, on a thread of its own */
};

enum delivery_verdict {
  DELIVERY_DONE,
  DELIVERY_RETRY, /* the same request may work later */
  DELIVERY_PARK,  /* it never will: kept and shown */
  DELIVERY_MORE   /* done; render is called again, with a state that differs from the one before */
};

/* What a DELIVERY_WORK does its work with: copies, since the destination may have gone. */
struct delivery_work {
  struct text target, arguments, body; /* the request's `url`, `work.arguments` and `body` */
  struct http_tls tls;
  const char *proxy; /* NULL: the environment's */
  bool guarded;      /* private addresses are refused (http_guard.h) */
  int stop_fd;       /* readable: the work is to be given up at once; -1: never */
  int64_t until;     /* monotonic: it is to be given up then */
};

/* Does it; it may block until then. DONE, RETRY or PARK, those two with the reason. */
typedef enum delivery_verdict delivery_work_run(const struct delivery_work *work,
                                                struct error *reason);

/* One rendered request, zero at first. Released with delivery_request_free. */
struct delivery_request {
  enum delivery_transport transport;
  int part; /* which of the kind's requests it is, for judge; the numbers are the kind's */
  const char *method; /* NULL = "POST"; others: base/web/http_client.h */
  bool once;          /* what a repeated request would do twice: as in struct http_request */
  struct buffer url;
  struct curl_slist *headers; /* delivery_request_header */
  struct buffer body;
  struct http_tls tls; /* the paths live as long as the destination's options */
  struct {             /* of DELIVERY_MAIL; the texts live as the paths do */
    const char *from, *user, *password;
    struct curl_slist *to; /* freed with the request */
    bool plain;            /* no TLS */
  } mail;
  struct { /* of DELIVERY_WORK */
    delivery_work_run *run;
    const char *verb;        /* "append to", for people: static */
    struct buffer arguments; /* the kind's own; any bytes */
  } work;
};

/* What judge says of an answer, zero at first. */
struct delivery_judgement {
  enum delivery_verdict verdict;
  struct error reason; /* of RETRY, PARK and what is not done for all; for people: no secret, and no
                          text that is long */
  int64_t delay_us;    /* RETRY: how long to wait; 0: as Retry-After says, or a backoff */
  bool has_state;      /* the state that follows replaces the one before; an empty one ends it */
  struct buffer state; /* any bytes; more than DELIVERY_STATE_MAX are not kept */
  size_t left_out;     /* of DONE: recipients who were refused, which the reason names */
};

/* As many as people take notice of in a minute, and more than a chat shows at a time. */
#define STORM_LIMIT_OF_CHATS 30

/* A request that came to /interactions/ID: somebody pressed something in a message. */
struct destination_callback {
  struct text body;
  time_us now;
  const char *(*header)(void *context, const char *name); /* NULL: there is none */
  void *context;
};

/* What they want. Texts live in the arena that they were given. */
struct destination_press {
  struct text alert_id, who;
  enum alert_occasion action;       /* ACKNOWLEDGED, RESOLVED or REOPENED; of no meaning if: */
  bool mutes;                       /* the alert's rule, for a day */
  enum alert_resolution resolution; /* RESOLVED: as what */
};

enum destination_pressed {
  DESTINATION_PRESSED,
  DESTINATION_PRESSED_NOTHING, /* it is the service's, and means nothing here */
  DESTINATION_PRESS_REFUSED    /* it is not the service's: the error says why */
};

struct destination_type {
  struct kind kind;       /* first, for destination_type_of */
  bool runs_programs;     /* the configuration must allow it: `allow_exec` */
  bool takes_template;    /* it shows a struct message of the destination's display */
  int64_t max_per_second; /* requests that the service allows (its docs), 0 = no limit known */
  int64_t storm_limit;    /* messages a minute unless configured; 0 = none: machines read them */
  /* ALERT_WHEN of the occasions beside OCCASION_OPENED that are worth a request: those by which
   * a message can be changed or answered, and for what cannot (a mail, a plain webhook of a chat)
   * those that a person wants a further message for. */
  uint32_t occasions;
  /* Where that depends on the options: those of a destination. NULL: `occasions`. Ask
   * destination_occasions. */
  uint32_t (*occasions_of)(const void *options);
  /* Writes the next request for one alert; clamped to the service's limits and escaped for its
   * markup. False with the reason: the delivery is parked. */
  bool (*render)(const struct destination *destination, const struct alert *alert,
                 const struct delivery_try *attempt, struct delivery_request *request,
                 struct error *error);
  /* Judges a complete answer: some services hide errors in a 200. The destination may have gone
   * since the request was rendered, so what is needed of it must be in the state. NULL:
   * delivery_judge_status. */
  void (*judge)(const struct delivery_try *attempt, const struct http_response *response,
                struct delivery_judgement *judgement);
  /* Reads what came back from a message, if the service signed it. Any thread. NULL: nothing in its
   * messages can be pressed. */
  enum destination_pressed (*pressed)(const struct destination *destination,
                                      const struct destination_callback *callback,
                                      struct arena *arena, struct destination_press *press,
                                      struct error *error);
  /* Whether anything in this one's messages can be pressed, so that its service reaches margay. Any
   * thread. NULL: as above. */
  bool (*has_buttons)(const struct destination *destination);
};

static inline const struct destination_type *destination_type_of(const struct kind *kind) {
  return (const struct destination_type *)kind;
}

/* ALERT_WHEN of what a destination gets beside OCCASION_OPENED. */
uint32_t destination_occasions(const struct destination *destination);

/* 2xx done; 1xx, 408, 425, 429 and 5xx retry; every other status park. */
void delivery_judge_status(const struct http_response *response,
                           struct delivery_judgement *judgement);

/* Sets the state that is kept. */
void delivery_judgement_keep(struct delivery_judgement *judgement, struct text state);
void delivery_judgement_free(struct delivery_judgement *judgement);

/* Adds a header. False for a name or value that a request cannot carry (control characters). */
bool delivery_request_header(struct delivery_request *request, const char *name, struct text value,
                             struct error *error);
void delivery_request_free(struct delivery_request *request);

#endif
