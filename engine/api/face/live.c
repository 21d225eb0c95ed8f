#include "api/face/live.h"

#include "api/face/reply.h"
#include "api/pass/pass.h"
#include "base/json_member.h"
#include "base/memory.h"
#include "daemon/metrics.h"
#include "store/store_health.h"
#include "store/store_lifecycle.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

/* How often it is looked whether anything was written: people see no difference to at once. */
#define LOOK_US (200 * US_PER_MS)
#define COUNTS_US (5 * US_PER_SECOND)
/* Proxies cut connections on which nothing goes for a minute or so. */
#define COMMENT_US (15 * US_PER_SECOND)
#define AGE_MAX_US (15 * US_PER_MINUTE)
/* Alerts and changes that are sent one by one; with more, a list is better read again. */
#define NEWS_MAX 200

/* How far somebody has read: the numbers of the last alert and of the last change. */
struct position {
  int64_t alert, change;
};

struct client {
  struct client *next;
  struct http_stream *stream;
  struct position from; /* of a newcomer: where it was */
  bool resumes;         /* it was somewhere */
  time_us began;        /* monotonic */
  struct pass pass;
};

struct live {
  struct live_options options;
  pthread_t thread;
  bool has_thread;
  atomic_bool needs_login;

  pthread_mutex_t mutex; /* guards what follows */
  pthread_cond_t changed;
  struct client *newcomers;
  size_t count; /* newcomers included */
  bool ending;

  /* The thread's own. */
  struct client *clients;
  struct store *store;
  bool knows; /* the position is known */
  struct position position;
  struct gauge *streams;
  struct counter *cut;
  struct buffer counts, health; /* as they were sent last */
  time_us counts_next, comment_next, passes_next;
};

/* ---- messages ------------------------------------------------------------------------------ */

struct news {
  struct live *live;
  struct buffer *out;
  int64_t count;
  struct error *error;
  bool ok;
};

static bool append_alert(void *context, const struct alert *alert) {
  struct news *news = context;
  struct buffer *out = news->out;
  int64_t revision = 0;
  if (alert->held)
    return true;
  if (news->count++ == NEWS_MAX) {
    buffer_append_string(out, "event: reset\ndata: {}\n\n");
    return false;
  }
  news->ok = store_alert_revision(news->live->store, alert->id, &revision, news->error);
  buffer_append_string(out, "event: alert\ndata: {");
  json_member_text(out, "id", alert->id);
  buffer_printf(out, ",\"revision\":\"%" PRId64 "\"", revision);
  json_member_text(out, "status", text_from(alert_state_name(alert->state)));
  json_member_text(out, "severity", text_from(severity_name(alert->severity)));
  json_member_text(out, "title", alert->title);
  json_member_text(out, "rule", alert->rule_id);
  json_member_text(out, "actor", alert->actor);
  json_member_time(out, "opened_at", alert->created_at);
  buffer_append_string(out, "}\n\n");
  return news->ok;
}

/* Appends what came after a position, which becomes that of the end. */
static bool append_news(struct live *live, struct position *from, struct buffer *out,
                        struct error *error) {
  const struct alert_filter all = {.since = TIME_NONE, .until = TIME_NONE};
  struct news news = {live, out, 0, error, true};
  bool ok =
      store_alert_follow(live->store, &all, &from->alert, append_alert, &news, error) && news.ok &&
      store_alert_changes(live->store, &from->change, NEWS_MAX + 1, append_alert, &news, error) &&
      news.ok;
  if (ok)
    buffer_printf(out, "id: %" PRId64 ".%" PRId64 "\n\n", from->alert, from->change);
  return ok;
}

static void append_alarm(void *context, const struct store_alarm *alarm) {
  struct buffer *out = context;
  buffer_append_string(out, out->data[out->size - 1] == '[' ? "{" : ",{");
  json_member_text(out, "kind", alarm->kind);
  json_member_text(out, "subject", alarm->subject);
  json_member_text(out, "detail", alarm->detail);
  json_member_time(out, "since", alarm->since);
  buffer_append_char(out, '}');
}

static bool append_health(struct live *live, struct buffer *out, struct error *error) {
  buffer_append_string(out, "event: health\ndata: {\"alarms\":[");
  bool ok = store_alarm_list(live->store, append_alarm, out, error);
  buffer_append_string(out, "]}\n\n");
  return ok;
}

struct sums {
  int64_t events, matches, alerts;
};

static void add_sample(void *context, const struct metric_sample *sample) {
  struct sums *sums = context;
  if (sample->metric == &daemon_metrics[METRIC_EVENTS])
    sums->events += sample->value;
  else if (sample->metric == &daemon_metrics[METRIC_MATCHES])
    sums->matches += sample->value;
  else if (sample->metric == &daemon_metrics[METRIC_ALERTS])
    sums->alerts += sample->value;
}

static void append_counts(struct live *live, struct buffer *out) {
  struct sums sums = {0, 0, 0};
  if (!live->options.counters)
    return;
  counters_each(live->options.counters, add_sample, &sums);
  buffer_printf(out,
                "event: counts\ndata: {\"events\":%" PRId64 ",\"matches\":%" PRId64
                ",\"alerts\":%" PRId64 "}\n\n",
                sums.events, sums.matches, sums.alerts);
}

/* Appends `now` if it is not what was sent last, and remembers it. */
static void append_changed(struct buffer *last, struct buffer *now, struct buffer *out) {
  if (!text_equal(buffer_text(last), buffer_text(now)))
    buffer_append_text(out, buffer_text(now));
  buffer_free(last);
  *last = *now;
  *now = BUFFER_NONE;
}

/* ---- clients ------------------------------------------------------------------------------- */

static void client_free(struct live *live, struct client *client) {
  http_stream_end(client->stream);
  free(client);
  pthread_mutex_lock(&live->mutex);
  gauge_set(live->streams, (int64_t)--live->count);
  pthread_mutex_unlock(&live->mutex);
}

/* It ends with the next thing that is sent. */
static void end_soon(struct client *client) {
  client->began = clock_monotonic() - AGE_MAX_US;
}

/* Ends the streams of those who may no longer have them. */
static bool look_at_passes(struct live *live, struct error *error) {
  const time_us now = clock_now(&live->options.clock);
  const bool needs_login = atomic_load(&live->needs_login);
  bool ok = true, holds;
  for (struct client *client = live->clients; client && ok; client = client->next) {
    ok = pass_check(live->store, &client->pass, now, &holds, error);
    if (ok && (!holds || (needs_login && client->pass.kind == PASS_NONE)))
      end_soon(client);
  }
  return ok;
}

/* Sends to all; those that are gone, slow or old are let go. */
static void send_all(struct live *live, struct text text) {
  time_us now = clock_monotonic();
  for (struct client **link = &live->clients; *link;) {
    struct client *client = *link;
    enum http_stream_result result =
        text.size == 0 ? HTTP_STREAM_TAKEN : http_stream_write(client->stream, text);
    bool stays = now - client->began < AGE_MAX_US && result == HTTP_STREAM_TAKEN;
    counter_add(live->cut, result == HTTP_STREAM_FULL);
    if (stays) {
      link = &client->next;
    } else {
      *link = client->next;
      client_free(live, client);
    }
  }
}

/* What a newcomer missed, and how everything is. */
static void welcome(struct live *live, struct client *client) {
  struct error error = ERROR_NONE;
  struct buffer out = BUFFER_NONE;
  buffer_append_string(&out, "retry: 2000\n\n");
  bool ok = true;
  /* Of another state file, which this one took the place of. */
  bool ahead = client->resumes && (client->from.alert > live->position.alert ||
                                   client->from.change > live->position.change);
  if (ahead)
    buffer_append_string(&out, "event: reset\ndata: {}\n\n");
  if (client->resumes && !ahead &&
      (client->from.alert < live->position.alert || client->from.change < live->position.change))
    ok = append_news(live, &client->from, &out, &error);
  else
    buffer_printf(&out, "id: %" PRId64 ".%" PRId64 "\n\n", live->position.alert,
                  live->position.change);
  append_counts(live, &out);
  ok = ok && append_health(live, &out, &error);
  ok = ok && http_stream_write(client->stream, buffer_text(&out)) == HTTP_STREAM_TAKEN;
  buffer_free(&out);
  client->next = live->clients;
  live->clients = client;
  if (!ok)
    end_soon(client); /* it comes again */
}

/* ---- the thread ---------------------------------------------------------------------------- */

static bool skip(void *context, const struct alert *alert) {
  (void)context;
  (void)alert;
  return false;
}

/* Opens the store, and finds out where the end is. */
static bool begin(struct live *live, struct error *error) {
  const struct alert_filter all = {.since = TIME_NONE, .until = TIME_NONE};
  if (!live->store)
    live->store = store_open_to_read(live->options.state_path, error);
  if (live->store && !live->knows)
    live->knows = store_alert_follow(live->store, &all, &live->position.alert, skip, NULL, error) &&
                  store_alert_changes(live->store, &live->position.change, 1, skip, NULL, error);
  return live->store && live->knows;
}

static void look(struct live *live, struct client *newcomers) {
  struct error error = ERROR_NONE;
  struct buffer out = BUFFER_NONE, now = BUFFER_NONE;
  time_us at = clock_monotonic();
  bool wrote = false, ok = begin(live, &error);
  ok = ok && store_others_wrote(live->store, &wrote, &error);
  if (ok && wrote) {
    ok = append_news(live, &live->position, &out, &error) && append_health(live, &now, &error);
    append_changed(&live->health, &now, &out);
  }
  if (ok && at >= live->passes_next) {
    live->passes_next = at + PASS_LOOK_US;
    ok = look_at_passes(live, &error);
  }
  if (at >= live->counts_next) {
    live->counts_next = at + COUNTS_US;
    append_counts(live, &now);
    append_changed(&live->counts, &now, &out);
  }
  if (at >= live->comment_next) {
    live->comment_next = at + COMMENT_US;
    buffer_append_string(&out, ":\n\n");
  }
  send_all(live, buffer_text(&out));
  while (newcomers) {
    struct client *client = newcomers;
    newcomers = client->next;
    welcome(live, client);
  }
  if (!ok)
    LOG_WARN(live->options.log, "what is new cannot be sent", LOG_ERROR_LINE(&error));
  buffer_free(&out);
  buffer_free(&now);
}

/* Waits for the next look, or while there is nobody for the first client. False: it ends. */
static bool wait_for_look(struct live *live, struct client **newcomers) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  int64_t nanoseconds = until.tv_nsec + LOOK_US * 1000;
  until.tv_sec += nanoseconds / 1000000000;
  until.tv_nsec = nanoseconds % 1000000000;
  pthread_mutex_lock(&live->mutex);
  bool over = false;
  while (!live->ending && !live->newcomers && !over)
    over = live->count == 0 ? pthread_cond_wait(&live->changed, &live->mutex) != 0
                            : pthread_cond_timedwait(&live->changed, &live->mutex, &until) != 0;
  *newcomers = live->newcomers;
  live->newcomers = NULL;
  bool goes_on = !live->ending;
  pthread_mutex_unlock(&live->mutex);
  return goes_on;
}

static void end_list(struct live *live, struct client *clients) {
  while (clients) {
    struct client *client = clients;
    clients = client->next;
    client_free(live, client);
  }
}

static void *run(void *context) {
  struct live *live = context;
  struct client *newcomers;
  while (wait_for_look(live, &newcomers))
    look(live, newcomers);
  end_list(live, newcomers);
  end_list(live, live->clients);
  store_close(live->store);
  return NULL;
}

/* ---- the life ------------------------------------------------------------------------------ */

struct live *live_new(const struct live_options *options, struct error *error) {
  struct live *live = memory_alloc(sizeof *live);
  pthread_condattr_t monotonic;
  live->options = *options;
  pthread_mutex_init(&live->mutex, NULL);
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&live->changed, &monotonic);
  pthread_condattr_destroy(&monotonic);
  live->streams = gauge_open(options->counters, METRIC_API_STREAMS, METRIC_NO_VALUES);
  live->cut = counter_open(options->counters, METRIC_API_STREAMS_CUT, METRIC_NO_VALUES, 0);
  live->has_thread = pthread_create(&live->thread, NULL, run, live) == 0;
  if (live->has_thread)
    return live;
  live_free(live);
  error_set(error, "cannot start a thread for what is new");
  return NULL;
}

void live_free(struct live *live) {
  if (!live)
    return;
  pthread_mutex_lock(&live->mutex);
  live->ending = true;
  pthread_cond_signal(&live->changed);
  pthread_mutex_unlock(&live->mutex);
  if (live->has_thread)
    pthread_join(live->thread, NULL);
  gauge_close(live->streams);
  counter_close(live->cut);
  buffer_free(&live->counts);
  buffer_free(&live->health);
  pthread_mutex_destroy(&live->mutex);
  pthread_cond_destroy(&live->changed);
  free(live);
}

void live_need_login(struct live *live) {
  atomic_store(&live->needs_login, true);
}

/* "17.4": the number of an alert, and that of a change. */
static bool read_position(struct text last_id, struct position *position) {
  char id[48], *dot, *end;
  if (last_id.size == 0 || last_id.size >= sizeof id)
    return false;
  memcpy(id, last_id.data, last_id.size);
  id[last_id.size] = '\0';
  position->alert = strtoll(id, &dot, 10);
  if (*dot != '.')
    return false;
  position->change = strtoll(dot + 1, &end, 10);
  return *end == '\0' && position->alert >= 0 && position->change >= 0;
}

bool live_add(struct live *live, struct http_exchange *exchange, const struct api_caller *caller,
              struct text last_id, struct api_answer *answer) {
  struct client *client = memory_alloc(sizeof *client);
  client->resumes = read_position(last_id, &client->from);
  client->began = clock_monotonic();
  client->pass = pass_of(caller->token, caller->session, api_role_names[caller->role]);
  pthread_mutex_lock(&live->mutex);
  bool taken = live->count < LIVE_CLIENTS_MAX && !live->ending;
  live->count += taken;
  gauge_set(live->streams, (int64_t)live->count);
  pthread_mutex_unlock(&live->mutex);
  if (!taken) {
    free(client);
    return api_refuse(answer, API_UNAVAILABLE, NULL, "too many streams: close one");
  }
  struct http_answer http = HTTP_ANSWER(200);
  http.content_type = "text/event-stream";
  reply_add_headers(&http);
  http_answer_header(&http, "Cache-Control", "no-store");
  http_answer_header(&http, "X-Accel-Buffering", "no"); /* nginx would hold it back */
  client->stream = http_exchange_stream(exchange, &http);
  pthread_mutex_lock(&live->mutex);
  client->next = live->newcomers;
  live->newcomers = client;
  pthread_cond_signal(&live->changed);
  pthread_mutex_unlock(&live->mutex);
  return true;
}
