#include "api/backtest/jobs.h"

#include "api/backtest/outcome_json.h"
#include "base/json_member.h"
#include "base/memory.h"
#include "rule/tuning/tuning.h"
#include "store/store.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

enum job_state { JOB_QUEUED, JOB_RUNNING, JOB_DONE, JOB_FAILED, JOB_CANCELLED };
static const char *const state_words[] = {"queued", "running", "done", "failed", "cancelled"};

struct job {
  struct job *next; /* in the order in which they were asked for */
  struct job_id id;
  enum job_state state;
  char *rule, *source; /* NULL: not given; owned */
  bool sigma;
  time_us since, until;
  struct pass pass;
  time_us ended_at; /* monotonic */
  atomic_bool cancelled;
  atomic_uint_fast64_t events, done, total; /* how far it is */
  struct buffer result;                     /* JSON, of one that is done */
  char error[1100];                         /* of one that failed */
};

struct api_jobs {
  char *state_path;
  struct rule_loader loader;
  unsigned workers;
  pthread_mutex_t mutex; /* over all that follows, and over the jobs' states, results and errors */
  pthread_cond_t asked;
  pthread_t thread;
  bool started, ending;
  struct job *first;
};

/* NULL for an empty text. */
static char *copy_text(struct text text) {
  char *copy = text.size > 0 ? memory_alloc(text.size + 1) : NULL;
  if (copy)
    memcpy(copy, text.data, text.size);
  return copy;
}

struct api_jobs *api_jobs_new(const char *state_path, const struct rule_loader *loader,
                              unsigned workers) {
  struct api_jobs *jobs = memory_alloc(sizeof *jobs);
  jobs->state_path = copy_text(text_from(state_path));
  jobs->loader = *loader;
  jobs->workers = workers < 1 ? 1 : workers;
  pthread_mutex_init(&jobs->mutex, NULL);
  pthread_cond_init(&jobs->asked, NULL);
  return jobs;
}

static void free_job(struct job *job) {
  buffer_free(&job->result);
  free(job->rule);
  free(job->source);
  free(job);
}

/* ---- one backtest -------------------------------------------------------------------------- */

/* What it works with, on the jobs' thread. */
struct run {
  struct api_jobs *jobs;
  struct job *job;
  struct rules_loaded loaded;
  struct store *store;
  struct store *access; /* a handle of its own, as another thread reads events with `store` */
  time_us look_next;    /* when the pass is looked at again; monotonic */
  bool *chosen;         /* by rule->index */
  struct outcome outcome;
  struct outcome_comparison comparison;
};

/* What an error in a rule's text names as its file: nobody who asks knows of one. */
#define GIVEN_LUA "<text>.lua"
#define GIVEN_SIGMA "<text>.yml"

static bool load_rules(struct run *run, struct error *error) {
  const struct job *job = run->job;
  const struct rule_file given = {.path = job->sigma ? GIVEN_SIGMA : GIVEN_LUA,
                                  .source = text_from(job->source)};
  const struct rule_load wanted = {.given = job->source ? &given : NULL};
  const struct rule_loader *loader = &run->jobs->loader;
  struct problems problems = PROBLEMS_NONE;
  bool ok = loader->load(loader->context, &wanted, &run->loaded, &problems);
  if (!ok && problems.count > 0) {
    *error = problems.items[0];
    if (strcmp(error->file, given.path) == 0)
      error->file[0] = '\0';
  }
  problems_clear(&problems);
  return ok || error_set(error, "the rules could not be read");
}

/* Switches all others off. */
static bool choose(struct run *run, struct error *error) {
  struct rule_set *rules = run->loaded.detection->rules;
  const struct tuning_entry entry = {.rule =
                                         run->job->rule ? text_from(run->job->rule) : TEXT("*")};
  struct arena *arena = &run->loaded.arena;
  struct text *ids = arena_alloc(arena, (rules->count + 1) * sizeof *ids);
  size_t count = 0, off = 0;
  run->chosen = arena_alloc(arena, rules->count + 1);
  for (size_t i = 0; i < rules->count; i++) {
    run->chosen[i] = tuning_names(&entry, rules->rules[i].id);
    if (!run->chosen[i])
      continue;
    ids[count++] = rules->rules[i].id;
    off += !rules->rules[i].enabled;
  }
  if (count == 0)
    return error_set(error, "there is no such rule");
  if (off == count)
    return error_set(error, "the rule is off: let it be a signal or an alert first");
  rule_set_select(rules, ids, count);
  return true;
}

/* Cancels it when who asked for it may no longer. When that cannot be found out, it goes on. */
static void look_at_pass(struct run *run) {
  const struct clock clock = clock_system();
  struct error error = ERROR_NONE;
  bool holds = true;
  if (clock_monotonic() < run->look_next)
    return;
  run->look_next = clock_monotonic() + PASS_LOOK_US;
  if (pass_check(run->access, &run->job->pass, clock_now(&clock), &holds, &error) && !holds)
    atomic_store(&run->job->cancelled, true);
}

static void take_progress(void *context, uint64_t events, uint64_t done, uint64_t total) {
  struct run *run = context;
  struct job *job = run->job;
  atomic_store(&job->events, events);
  atomic_store(&job->done, done);
  atomic_store(&job->total, total);
  look_at_pass(run);
}

static bool try_rules(struct run *run, struct error *error) {
  struct job *job = run->job;
  run->store = store_open_to_read(run->jobs->state_path, error);
  run->access = run->store ? store_open_to_read(run->jobs->state_path, error) : NULL;
  if (!run->access)
    return false;
  look_at_pass(run);
  if (atomic_load(&job->cancelled) || !load_rules(run, error) || !choose(run, error))
    return false;
  const struct outcome_request request = {.detection = run->loaded.detection,
                                          .store = run->store,
                                          .chosen = run->chosen,
                                          .since = job->since,
                                          .until = job->until,
                                          .workers = run->jobs->workers,
                                          .progress = take_progress,
                                          .context = run,
                                          .cancelled = &job->cancelled,
                                          .most = JOB_ALERTS_MAX};
  return outcome_run(&request, &run->outcome, error) &&
         outcome_compare(&request, &run->outcome, &run->comparison, error);
}

static void run_job(struct api_jobs *jobs, struct job *job) {
  struct run run = {.jobs = jobs, .job = job};
  struct buffer result = BUFFER_NONE;
  struct error error = ERROR_NONE;
  struct error_line line;
  bool ok = try_rules(&run, &error);
  bool cancelled = atomic_load(&job->cancelled) && !run.outcome.too_many;
  if (ok)
    outcome_json_append(&result, &run.outcome, &run.comparison, JOB_ITEMS_MAX);
  outcome_clear(&run.outcome);
  outcome_comparison_clear(&run.comparison);
  store_close(run.store);
  store_close(run.access);
  rules_loaded_clear(&run.loaded);
  pthread_mutex_lock(&jobs->mutex);
  job->result = result;
  job->state = ok ? JOB_DONE : cancelled ? JOB_CANCELLED : JOB_FAILED;
  job->ended_at = clock_monotonic();
  if (!ok)
    snprintf(job->error, sizeof job->error, "%s", error_line(&error, &line));
  pthread_mutex_unlock(&jobs->mutex);
}

/* ---- the queue ------------------------------------------------------------------------------ */

static struct job *find_state(struct api_jobs *jobs, enum job_state state) {
  struct job *job = jobs->first;
  while (job && job->state != state)
    job = job->next;
  return job;
}

static void *work(void *context) {
  struct api_jobs *jobs = context;
  pthread_mutex_lock(&jobs->mutex);
  while (!jobs->ending) {
    struct job *job = find_state(jobs, JOB_QUEUED);
    if (!job) {
      pthread_cond_wait(&jobs->asked, &jobs->mutex);
      continue;
    }
    job->state = JOB_RUNNING;
    pthread_mutex_unlock(&jobs->mutex);
    run_job(jobs, job);
    pthread_mutex_lock(&jobs->mutex);
  }
  pthread_mutex_unlock(&jobs->mutex);
  return NULL;
}

static bool is_over(const struct job *job) {
  return job->state != JOB_QUEUED && job->state != JOB_RUNNING;
}

/* Forgets those that ended long ago, or are too many. */
static void forget_old(struct api_jobs *jobs) {
  const time_us now = clock_monotonic();
  size_t over = 0;
  for (const struct job *job = jobs->first; job; job = job->next)
    over += is_over(job);
  for (struct job **link = &jobs->first; *link;) {
    struct job *job = *link;
    if (!is_over(job) || (over <= JOBS_KEPT_MAX && now - job->ended_at < JOBS_KEPT_US)) {
      link = &job->next;
      continue;
    }
    over--;
    *link = job->next;
    free_job(job);
  }
}

static void make_id(struct job_id *id) {
  unsigned char bytes[JOB_ID_SIZE / 2];
  while (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
  }
  for (size_t i = 0; i < sizeof bytes; i++)
    snprintf(id->text + 2 * i, 3, "%02x", bytes[i]);
}

/* Takes the job over unless it is false: so many wait already, or there is no thread. */
static bool add_job(struct api_jobs *jobs, struct job *job) {
  struct job **link = &jobs->first;
  size_t waiting = 0;
  forget_old(jobs);
  for (; *link; link = &(*link)->next)
    waiting += (*link)->state == JOB_QUEUED;
  if (waiting >= JOBS_WAITING_MAX || jobs->ending)
    return false;
  if (!jobs->started && pthread_create(&jobs->thread, NULL, work, jobs) != 0)
    return false;
  jobs->started = true;
  *link = job;
  pthread_cond_signal(&jobs->asked);
  return true;
}

bool api_jobs_start(struct api_jobs *jobs, const struct job_ask *ask, struct job_id *id) {
  const struct clock clock = clock_system();
  struct job *job = memory_alloc(sizeof *job);
  job->rule = copy_text(ask->rule);
  job->source = copy_text(ask->source);
  job->sigma = ask->sigma;
  job->since = ask->since;
  job->pass = ask->pass;
  job->until = clock_now(&clock);
  make_id(&job->id);
  *id = job->id;
  pthread_mutex_lock(&jobs->mutex);
  bool added = add_job(jobs, job);
  pthread_mutex_unlock(&jobs->mutex);
  if (!added)
    free_job(job);
  return added;
}

static struct job *find_job(struct api_jobs *jobs, struct text id) {
  struct job *job = jobs->first;
  while (job && !text_is(id, job->id.text))
    job = job->next;
  return job;
}

static void write_progress(struct job *job, struct buffer *json) {
  const uint64_t total = atomic_load(&job->total);
  buffer_printf(json, ",\"progress\":{\"events\":%" PRIuFAST64, atomic_load(&job->events));
  if (total > 0)
    buffer_printf(json, ",\"done\":%.4f", (double)atomic_load(&job->done) / (double)total);
  buffer_append_char(json, '}');
}

static void write_job(struct job *job, struct buffer *json) {
  json_member_text(json, "id", text_from(job->id.text));
  json_member_text(json, "state", text_from(state_words[job->state]));
  if (job->rule)
    json_member_text(json, "rule", text_from(job->rule));
  json_member_time(json, "since", job->since);
  json_member_time(json, "until", job->until);
  if (job->state == JOB_RUNNING)
    write_progress(job, json);
  if (job->state == JOB_FAILED)
    json_member_text(json, "error", text_from(job->error));
  if (job->state != JOB_DONE)
    return;
  json_member_name(json, TEXT("result"));
  buffer_append_text(json, buffer_text(&job->result));
}

bool api_jobs_show(struct api_jobs *jobs, struct text id, struct buffer *json) {
  pthread_mutex_lock(&jobs->mutex);
  forget_old(jobs);
  struct job *job = find_job(jobs, id);
  if (job)
    write_job(job, json);
  pthread_mutex_unlock(&jobs->mutex);
  return job != NULL;
}

bool api_jobs_cancel(struct api_jobs *jobs, struct text id) {
  pthread_mutex_lock(&jobs->mutex);
  struct job *job = find_job(jobs, id);
  if (job)
    atomic_store(&job->cancelled, true);
  if (job && job->state == JOB_QUEUED) {
    job->state = JOB_CANCELLED;
    job->ended_at = clock_monotonic();
  }
  pthread_mutex_unlock(&jobs->mutex);
  return job != NULL;
}

void api_jobs_end(struct api_jobs *jobs) {
  if (!jobs)
    return;
  pthread_mutex_lock(&jobs->mutex);
  jobs->ending = true;
  for (struct job *job = jobs->first; job; job = job->next)
    atomic_store(&job->cancelled, true);
  pthread_cond_broadcast(&jobs->asked);
  pthread_mutex_unlock(&jobs->mutex);
}

void api_jobs_free(struct api_jobs *jobs) {
  if (!jobs)
    return;
  api_jobs_end(jobs);
  if (jobs->started)
    pthread_join(jobs->thread, NULL);
  while (jobs->first) {
    struct job *job = jobs->first;
    jobs->first = job->next;
    free_job(job);
  }
  free(jobs->state_path);
  pthread_cond_destroy(&jobs->asked);
  pthread_mutex_destroy(&jobs->mutex);
  free(jobs);
}
