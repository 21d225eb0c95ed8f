#include "daemon/interaction.h"

#include "base/memory.h"
#include "http/exchange.h"
#include "store/store_lifecycle.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
  WAITING_MAX = 100,     /* people do not press faster than the store writes */
  BODY_MAX = 256 * 1024, /* a payload has the whole message in it */
};

struct job {
  struct job *next;
  struct http_exchange *exchange;
  struct arena arena;
  struct destination_press press;
  char *destination_id;
};

struct interaction_hub {
  struct interaction_options options;
  char *state_path;
  pthread_t thread;

  pthread_mutex_t mutex; /* guards what follows */
  pthread_cond_t changed;
  const struct destination *destinations;
  size_t destination_count;
  struct job *first, **last;
  size_t waiting;
  bool ending;
  int64_t refused, refused_said, refused_said_at; /* so often; what of it the log knows, and since
                                                     when (monotonic) */
};

/* ---- on the listener's threads ------------------------------------------------------------ */

static const char *header(void *context, const char *name) {
  return http_exchange_header(context, name);
}

/* The mutex is held, so the destination stays. */
static const struct destination *find(const struct interaction_hub *hub, struct text id) {
  for (size_t i = 0; i < hub->destination_count; i++)
    if (text_equal(hub->destinations[i].id, id) && hub->destinations[i].type->pressed)
      return &hub->destinations[i];
  return NULL;
}

static void job_free(struct job *job) {
  arena_free(&job->arena);
  free(job->destination_id);
  free(job);
}

enum whereabouts { KNOWN, UNKNOWN, NOT_READY };

static enum destination_pressed read_press(struct interaction_hub *hub, struct job *job,
                                           enum whereabouts *where, struct error *error) {
  const struct http_exchange *exchange = job->exchange;
  struct text id = {exchange->path.data + strlen(INTERACTION_PATH),
                    exchange->path.size - strlen(INTERACTION_PATH)};
  const struct destination_callback callback = {.body = exchange->body,
                                                .now = clock_now(&hub->options.clock),
                                                .header = header,
                                                .context = job->exchange};
  enum destination_pressed pressed = DESTINATION_PRESS_REFUSED;
  job->destination_id = memory_copy_bytes(id.data, id.size);
  pthread_mutex_lock(&hub->mutex);
  const struct destination *destination = find(hub, id);
  *where = destination ? KNOWN : hub->destinations ? UNKNOWN : NOT_READY;
  if (destination)
    pressed = destination->type->pressed(destination, &callback, &job->arena, &job->press, error);
  pthread_mutex_unlock(&hub->mutex);
  return pressed;
}

/* False: too many wait. */
static bool queue(struct interaction_hub *hub, struct job *job) {
  pthread_mutex_lock(&hub->mutex);
  bool taken = hub->waiting < WAITING_MAX && !hub->ending;
  if (taken) {
    *hub->last = job;
    hub->last = &job->next;
    hub->waiting++;
    pthread_cond_signal(&hub->changed);
  }
  pthread_mutex_unlock(&hub->mutex);
  return taken;
}

static void answer(struct job *job, unsigned status, const char *line) {
  http_exchange_text(job->exchange, status, line);
  job_free(job);
}

/* Anybody can send what is refused, so the log hears of the first, and then once a minute. */
static void report_refused(struct interaction_hub *hub, const struct job *job,
                           const struct error *reason) {
  int64_t now = clock_monotonic();
  pthread_mutex_lock(&hub->mutex);
  hub->refused++;
  int64_t news = hub->refused - hub->refused_said;
  bool says = hub->refused_said == 0 || now - hub->refused_said_at >= US_PER_MINUTE;
  if (says) {
    hub->refused_said = hub->refused;
    hub->refused_said_at = now;
  }
  pthread_mutex_unlock(&hub->mutex);
  if (says)
    LOG_WARN(hub->options.log, "what claims to come from a message was refused",
             LOG_STRING("destination", job->destination_id), LOG_INT("requests", news),
             LOG_ERROR_LINE(reason));
}

static void handle(void *context, struct http_exchange *exchange) {
  struct interaction_hub *hub = context;
  struct job *job = memory_alloc(sizeof *job);
  struct error error = ERROR_NONE;
  enum whereabouts where;
  job->exchange = exchange;
  enum destination_pressed pressed = read_press(hub, job, &where, &error);
  if (where == NOT_READY) {
    answer(job, 503, "not ready: press it again");
  } else if (where == UNKNOWN) {
    answer(job, 404, "no such destination");
  } else if (pressed == DESTINATION_PRESS_REFUSED) {
    report_refused(hub, job, &error);
    answer(job, 401, "refused");
  } else if (pressed == DESTINATION_PRESSED_NOTHING) {
    answer(job, 200, "");
  } else if (!queue(hub, job)) {
    answer(job, 503, "too much at once: press it again");
  }
}

/* ---- on the hub's thread ------------------------------------------------------------------ */

static void take_rule(void *context, const struct alert *alert) {
  buffer_append_text(context, alert->rule_id);
}

static bool mute(struct interaction_hub *hub, struct store *store, struct job *job,
                 struct alert_changed *changed, struct error *error) {
  struct buffer rule = BUFFER_NONE;
  const struct destination_press *press = &job->press;
  const struct alert_change note = {.alert_id = press->alert_id,
                                    .action = OCCASION_NOTED,
                                    .note = TEXT("muted the rule for a day"),
                                    .who = press->who,
                                    .via = ALERT_VIA_BUTTON};
  bool ok = store_alert_show(store, press->alert_id, take_rule, &rule, error) &&
            hub->options.mute(hub->options.context, buffer_text(&rule), press->who, error) &&
            store_alert_change(store, &note, changed, error);
  buffer_free(&rule);
  return ok;
}

static bool change(struct interaction_hub *hub, struct store *store, struct job *job,
                   struct alert_changed *changed, struct error *error) {
  const struct destination_press *press = &job->press;
  const struct alert_change wanted = {.alert_id = press->alert_id,
                                      .action = press->action,
                                      .resolution = press->resolution,
                                      .who = press->who,
                                      .via = ALERT_VIA_BUTTON};
  return press->mutes ? mute(hub, store, job, changed, error)
                      : store_alert_change(store, &wanted, changed, error);
}

/* The answer says that the request was taken, also where the alert was not changed: somebody was
 * quicker, and the message shows that within a second. */
static void work(struct interaction_hub *hub, struct store *store, struct job *job,
                 struct error *error) {
  struct alert_changed changed = {.known = false};
  struct log *log = hub->options.log;
  if (!store || !change(hub, store, job, &changed, error)) {
    LOG_ERROR(log, "a button could not be obeyed", LOG_STRING("destination", job->destination_id),
              LOG_TEXT("alert", job->press.alert_id), LOG_ERROR_LINE(error));
    answer(job, 503, "not now: press it again");
    return;
  }
  if (changed.done)
    LOG_INFO(log, "an alert was changed by a button",
             LOG_STRING("destination", job->destination_id), LOG_TEXT("alert", job->press.alert_id),
             LOG_TEXT("who", job->press.who));
  else
    LOG_INFO(log, "a button changed nothing", LOG_STRING("destination", job->destination_id),
             LOG_TEXT("alert", job->press.alert_id), LOG_TEXT("who", job->press.who),
             LOG_STRING("reason", changed.known ? changed.reason.text : "there is no such alert"));
  answer(job, 200, "");
}

/* NULL when the hub ends. */
static struct job *next_job(struct interaction_hub *hub) {
  pthread_mutex_lock(&hub->mutex);
  while (!hub->first && !hub->ending)
    pthread_cond_wait(&hub->changed, &hub->mutex);
  struct job *job = hub->ending ? NULL : hub->first;
  if (job) {
    hub->first = job->next;
    if (!hub->first)
      hub->last = &hub->first;
    hub->waiting--;
  }
  pthread_mutex_unlock(&hub->mutex);
  return job;
}

/* The store is there by the time that a message was sent, so it is opened with the first job. */
static void *run(void *context) {
  struct interaction_hub *hub = context;
  struct store *store = NULL;
  struct job *job;
  while ((job = next_job(hub)) != NULL) {
    struct error error = ERROR_NONE;
    if (!store)
      store = store_open(hub->state_path, &error);
    work(hub, store, job, &error);
  }
  store_close(store);
  return NULL;
}

/* ---- the hub ------------------------------------------------------------------------------ */

struct interaction_hub *interaction_hub_new(const struct interaction_options *options,
                                            struct error *error) {
  struct interaction_hub *hub = memory_alloc(sizeof *hub);
  hub->options = *options;
  hub->state_path = memory_copy_bytes(options->state_path, strlen(options->state_path));
  hub->last = &hub->first;
  pthread_mutex_init(&hub->mutex, NULL);
  pthread_cond_init(&hub->changed, NULL);
  if (pthread_create(&hub->thread, NULL, run, hub) == 0)
    return hub;
  error_set(error, "cannot start a thread for what is pressed in messages");
  pthread_mutex_destroy(&hub->mutex);
  pthread_cond_destroy(&hub->changed);
  free(hub->state_path);
  free(hub);
  return NULL;
}

void interaction_hub_free(struct interaction_hub *hub) {
  if (!hub)
    return;
  pthread_mutex_lock(&hub->mutex);
  hub->ending = true;
  pthread_cond_signal(&hub->changed);
  pthread_mutex_unlock(&hub->mutex);
  pthread_join(hub->thread, NULL);
  while (hub->first) {
    struct job *job = hub->first;
    hub->first = job->next;
    answer(job, 503, "the daemon ends: press it again");
  }
  pthread_mutex_destroy(&hub->mutex);
  pthread_cond_destroy(&hub->changed);
  free(hub->state_path);
  free(hub);
}

void interaction_hub_use(struct interaction_hub *hub, const struct destination *destinations,
                         size_t count) {
  if (!hub)
    return;
  pthread_mutex_lock(&hub->mutex);
  hub->destinations = destinations;
  hub->destination_count = count;
  pthread_mutex_unlock(&hub->mutex);
}

struct http_route interaction_hub_route(struct interaction_hub *hub) {
  return (struct http_route){.method = "POST",
                             .path = INTERACTION_PATH,
                             .prefix = true,
                             .handler = handle,
                             .context = hub,
                             .body_max = BODY_MAX};
}
