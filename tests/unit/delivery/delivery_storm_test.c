/*
 * Very many alerts to five destinations, of which one is down, one slow and one limits the rate, by
 * a process that is killed on the way: everything arrives, what arrives again has the same key, and
 * nobody waits for another. STORM=100000 in the environment (`make storm`) sends so many, instead
 * of a few.
 */
#include "delivery/delivery_fixture.h"

#include "delivery/lane.h"

#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/wait.h>

enum { USUAL = 100, KEY = 32, CONNECTIONS = 64, BURST = 50 };

/* ---- receivers --------------------------------------------------------------------------- */

struct storm_receiver {
  const char *id;
  int64_t slow_us;
  bool limits, down;
  int listener;
  char url[96];
  pthread_t thread, connections[CONNECTIONS];
  int sockets[CONNECTIONS];
  size_t connection_count;
  pthread_mutex_t mutex;                               /* guards what follows */
  char (*keys)[KEY + 1];                               /* of each alert; "": it has not arrived */
  int64_t alerts, arrived, repeated, others, requests; /* others: repeated with another key */
  int64_t critical_at; /* requests before the CRITICAL one; -1: it has not arrived */
  int64_t all_at;      /* monotonic: when the last one arrived */
};

struct storm_connection {
  struct storm_receiver *receiver;
  int socket;
};

/* True: take it. */
static bool storm_note(struct storm_receiver *receiver, const char *request) {
  char key[KEY + 1], id[KEY + 1] = "";
  const char *at = strstr(request, "\"alert_id\":\"");
  receiver_header(request, "\r\nwebhook-id: ", key, sizeof key);
  snprintf(id, sizeof id, "%.32s", at ? at + 12 : "0");
  long number = strtol(id, NULL, 10);
  pthread_mutex_lock(&receiver->mutex);
  int64_t requests = receiver->requests++;
  bool taken = !receiver->limits || requests % (BURST + 1) < BURST;
  if (taken && number < receiver->alerts) {
    char *known = receiver->keys[number];
    receiver->arrived += !*known;
    receiver->repeated += *known != '\0';
    receiver->others += *known && strcmp(known, key) != 0;
    snprintf(known, KEY + 1, "%s", key);
    if (strstr(request, "\"severity\":\"CRITICAL\"") && receiver->critical_at < 0)
      receiver->critical_at = requests;
    if (receiver->arrived == receiver->alerts)
      receiver->all_at = clock_monotonic();
  }
  pthread_mutex_unlock(&receiver->mutex);
  return taken;
}

static void *storm_connection(void *context) {
  struct storm_connection *connection = context;
  struct storm_receiver *receiver = connection->receiver;
  struct buffer request = BUFFER_NONE;
  static const char yes[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                    no[] = "HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n";
  while (receiver_read(connection->socket, &request)) {
    if (receiver->slow_us > 0)
      nanosleep(&(struct timespec){.tv_nsec = receiver->slow_us * 1000}, NULL);
    const char *answer = storm_note(receiver, request.data) ? yes : no;
    if (send(connection->socket, answer, strlen(answer), MSG_NOSIGNAL) <= 0)
      break;
  }
  shutdown(connection->socket, SHUT_RDWR);
  buffer_free(&request);
  free(connection);
  return NULL;
}

static void *storm_accept(void *context) {
  struct storm_receiver *receiver = context;
  int socket;
  while (receiver->connection_count < CONNECTIONS &&
         (socket = accept(receiver->listener, NULL, NULL)) >= 0) {
    struct storm_connection *connection = calloc(1, sizeof *connection);
    *connection = (struct storm_connection){receiver, socket};
    receiver->sockets[receiver->connection_count] = socket;
    pthread_create(&receiver->connections[receiver->connection_count++], NULL, storm_connection,
                   connection);
  }
  return NULL;
}

static void storm_start(struct storm_receiver *receiver, int64_t alerts) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  receiver->alerts = alerts;
  receiver->critical_at = -1;
  receiver->keys = calloc((size_t)alerts, sizeof *receiver->keys);
  pthread_mutex_init(&receiver->mutex, NULL);
  receiver->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(receiver->listener, (struct sockaddr *)&address, size), 0);
  assert_int_equal(getsockname(receiver->listener, (struct sockaddr *)&address, &size), 0);
  snprintf(receiver->url, sizeof receiver->url, "http://127.0.0.1:%u/", ntohs(address.sin_port));
  if (receiver->down)
    return; /* bound and not listening: refused, and nobody else can take the port */
  assert_int_equal(listen(receiver->listener, 64), 0);
  pthread_create(&receiver->thread, NULL, storm_accept, receiver);
}

static void storm_stop(struct storm_receiver *receiver) {
  if (!receiver->down) {
    shutdown(receiver->listener, SHUT_RDWR);
    pthread_join(receiver->thread, NULL);
  }
  for (size_t i = 0; i < receiver->connection_count; i++) {
    shutdown(receiver->sockets[i], SHUT_RDWR);
    pthread_join(receiver->connections[i], NULL);
    close(receiver->sockets[i]);
  }
  close(receiver->listener);
  free(receiver->keys);
  pthread_mutex_destroy(&receiver->mutex);
}

static int64_t storm_arrived(struct storm_receiver *receiver) {
  pthread_mutex_lock(&receiver->mutex);
  int64_t arrived = receiver->arrived;
  pthread_mutex_unlock(&receiver->mutex);
  return arrived;
}

/* ---- the process that delivers ----------------------------------------------------------- */

/* argv: "deliver", the store, and an id and a URL for each destination. Ends with its input. */
static int deliver(int argc, char **argv) {
  struct destination destinations[8];
  size_t count = 0;
  struct error error = ERROR_NONE;
  char byte;
  for (int i = 3; i + 1 < argc; i += 2)
    destinations[count++] = destination_sample(&destination_webhook, argv[i], argv[i + 1]);
  FILE *nowhere = fopen("/dev/null", "w");
  struct store *store = store_open(argv[2], &error);
  struct log *log = log_new(nowhere, LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, clock_system());
  const struct delivery_options options = {
      .setup = {.destinations = destinations, .destination_count = count},
      .store = store,
      .log = log,
      .clock = clock_system(),
      .retry_first_us = 50 * US_PER_MS,
      .retry_most_us = 200 * US_PER_MS};
  bool ok = store && http_global_start(&error) && store_outbox_release(store, TEXT(""), &error);
  struct delivery *delivery = ok ? delivery_start(&options, &error) : NULL;
  while (delivery && read(STDIN_FILENO, &byte, 1) > 0)
    delivery_wake(delivery);
  delivery_free(delivery);
  store_close(store);
  log_free(log);
  fclose(nowhere);
  for (size_t i = 0; i < count; i++)
    free(destinations[i].options);
  http_global_stop();
  return delivery ? 0 : 1;
}

struct child {
  pid_t pid;
  int input;
};

static struct child child_start(const struct fixture *f, struct storm_receiver *receivers,
                                size_t count) {
  char self[256] = "", name[] = "storm", word[] = "deliver", *argv[32] = {name, word};
  int argc = 2, pipe_ends[2];
  assert_true(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
  argv[argc++] = (char *)(uintptr_t)f->path;
  for (size_t i = 0; i < count; i++) {
    argv[argc++] = (char *)(uintptr_t)receivers[i].id;
    argv[argc++] = receivers[i].url;
  }
  assert_int_equal(pipe(pipe_ends), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[0], STDIN_FILENO);
  posix_spawn_file_actions_addclose(&actions, pipe_ends[1]);
  struct child child = {.input = pipe_ends[1]};
  assert_int_equal(posix_spawn(&child.pid, self, &actions, NULL, argv, environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  close(pipe_ends[0]);
  return child;
}

static void child_end(struct child *child, bool kills) {
  int status;
  if (kills)
    kill(child->pid, SIGKILL);
  close(child->input);
  assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
  assert_true(kills || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

/* The most memory that it has had, in KiB. */
static long child_memory(const struct child *child) {
  char path[64], line[128];
  long most = 0;
  snprintf(path, sizeof path, "/proc/%d/status", (int)child->pid);
  FILE *file = fopen(path, "r");
  while (file && fgets(line, sizeof line, file))
    if (strncmp(line, "VmHWM:", 6) == 0)
      most = strtol(line + 6, NULL, 10);
  if (file)
    fclose(file);
  return most;
}

/* ---- the storm --------------------------------------------------------------------------- */

static void add_storm(struct fixture *f, struct storm_receiver *receivers, size_t count,
                      int64_t first, int64_t end, enum severity severity) {
  done(f, store_begin(f->store, &f->error));
  for (int64_t i = first; i < end; i++) {
    char id[33];
    struct alert alert = alert_sample();
    snprintf(id, sizeof id, "%032lld", (long long)i);
    alert.id = text_from(id);
    alert.severity = severity;
    done(f, store_alert_add(f->store, &alert, &f->error));
    for (size_t k = 0; k < count; k++)
      done(f, store_outbox_add(f->store, alert.id, text_from(receivers[k].id), SAMPLE_TIME,
                               &f->error));
  }
  done(f, store_commit(f->store, &f->error));
}

static void wait_arrived(struct storm_receiver *receiver, int64_t wanted, int64_t steps) {
  for (int64_t i = 0; storm_arrived(receiver) < wanted; i++, nap())
    if (i == steps)
      fail_msg("%s: %lld of %lld arrived", receiver->id, (long long)storm_arrived(receiver),
               (long long)wanted);
}

static void everything_arrives_in_a_storm(void **state) {
  struct fixture *f = *state;
  const char *wish = getenv("STORM");
  int64_t alerts = wish ? strtol(wish, NULL, 10) : USUAL, steps = WAIT_STEPS + alerts * 20;
  struct storm_receiver receivers[] = {{.id = "dead", .down = true},
                                       {.id = "fast"},
                                       {.id = "limits", .limits = true},
                                       {.id = "plain"},
                                       {.id = "slow", .slow_us = 2 * US_PER_MS}};
  const size_t count = sizeof receivers / sizeof receivers[0];
  for (size_t i = 0; i < count; i++)
    storm_start(&receivers[i], alerts + 1);
  add_storm(f, receivers, count, 0, alerts, SEVERITY_LOW);

  int64_t start = clock_monotonic();
  struct child child = child_start(f, receivers, count);
  wait_arrived(&receivers[1], alerts / 4, steps);
  child_end(&child, true);
  child = child_start(f, receivers, count);
  wait_arrived(&receivers[1], alerts / 3, steps);
  long early = child_memory(&child);
  add_storm(f, receivers, count, alerts, alerts + 1, SEVERITY_CRITICAL);
  assert_int_equal(write(child.input, "w", 1), 1);
  pthread_mutex_lock(&receivers[4].mutex);
  int64_t before = receivers[4].requests;
  pthread_mutex_unlock(&receivers[4].mutex);

  for (size_t i = 1; i < count; i++)
    wait_arrived(&receivers[i], alerts + 1, steps);
  /* Behind what was claimed when it came; before nothing, if it was there at once. */
  int64_t behind = receivers[4].critical_at - before;
  long late = child_memory(&child);
  child_end(&child, false);
  for (size_t i = 1; i < count; i++) {
    assert_int_equal(receivers[i].arrived, alerts + 1);
    assert_int_equal(receivers[i].others, 0);
    assert_true(receivers[i].repeated <= 2 * LANE_AT_ONCE_MAX);
  }
  assert_true(behind <= 3 * LANE_AT_ONCE_MAX);
#ifndef __SANITIZE_ADDRESS__ /* it keeps what was freed */
  assert_true(late < early + 16 * 1024);
#endif
  struct store_counts stored = counts(f);
  assert_int_equal(stored.outbox_pending, alerts + 1); /* the dead one's */
  assert_int_equal(stored.outbox_delivered, (alerts + 1) * ((int64_t)count - 1));
  if (wish)
    for (size_t i = 1; i < count; i++)
      printf("%s: all %lld after %.1f s, %lld again\n", receivers[i].id, (long long)alerts + 1,
             (double)(receivers[i].all_at - start) / US_PER_SECOND,
             (long long)receivers[i].repeated);
  if (wish)
    printf("CRITICAL behind %lld of what waited at the slow one; memory %ld KiB early, %ld late\n",
           (long long)behind, early, late);
  for (size_t i = 0; i < count; i++)
    storm_stop(&receivers[i]);
}

int main(int argc, char **argv) {
  if (argc > 3 && strcmp(argv[1], "deliver") == 0)
    return deliver(argc, argv);
  const struct CMUnitTest tests[] = {DELIVERY_TEST(everything_arrives_in_a_storm)};
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
