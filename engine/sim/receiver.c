#include "sim/receiver.h"

#include "base/clock.h"
#include "base/memory.h"
#include "sim/chat_service.h"
#include "sim/fault_answer.h"
#include "sim/server.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct receiver {
  struct server *server;
  FILE *out; /* or NULL */

  pthread_mutex_t lock; /* guards the rest */
  struct fault_set faults;
  char **messages;
  size_t count, capacity;
  uint64_t requests;
  struct chat_service_state chats[CHAT_SERVICES];
};

/* Headers that are kept as they came. What authorises is only said to be there. */
static const char *const HEADERS[] = {"content-type", "user-agent",        "idempotency-key",
                                      "webhook-id",   "webhook-timestamp", "webhook-signature"};
static const char *const SECRET_HEADERS[] = {"authorization"};

static json_t *read_body(struct text body) {
  json_t *value = json_loadb(body.data, body.size,
                             JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
  if (value)
    return value;
  value = json_stringn(body.data, body.size);
  if (value)
    return value;
  /* Not UTF-8: shown as what it is not. */
  struct buffer shown = BUFFER_NONE;
  buffer_append_json_string(&shown, body);
  value = json_loadb(shown.data, shown.size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
  buffer_free(&shown);
  return value;
}

static char *message_line(const struct server_request *request, time_us now) {
  struct time_string received;
  json_t *headers = json_object();
  for (size_t i = 0; i < sizeof HEADERS / sizeof *HEADERS; i++) {
    const char *value = server_header(request, HEADERS[i]);
    if (value)
      json_object_set_new(headers, HEADERS[i], json_string(value));
  }
  for (size_t i = 0; i < sizeof SECRET_HEADERS / sizeof *SECRET_HEADERS; i++)
    if (server_header(request, SECRET_HEADERS[i]))
      json_object_set_new(headers, SECRET_HEADERS[i], json_string("present"));
  json_t *message = json_object();
  json_object_set_new(message, "received_at", json_string(time_format(now, &received)));
  json_object_set_new(message, "path", json_string(request->path));
  json_object_set_new(message, "headers", headers);
  json_object_set_new(message, "body", read_body(request->body));
  char *line = json_dumps(message, JSON_COMPACT);
  json_decref(message);
  return line;
}

/* False when the file cannot be written: the message is not accepted then. */
static bool keep_message(struct receiver *receiver, const struct server_request *request,
                         time_us now) {
  char *line = message_line(request, now);
  if (receiver->out && (fprintf(receiver->out, "%s\n", line) < 0 || fflush(receiver->out) != 0)) {
    free(line);
    return false;
  }
  receiver->messages = memory_reserve(receiver->messages, &receiver->capacity, receiver->count + 1,
                                      sizeof *receiver->messages);
  receiver->messages[receiver->count++] = line;
  return true;
}

static void answer_post(struct receiver *receiver, const struct server_request *request,
                        struct server_answer *answer) {
  receiver->requests++;
  const struct fault *fault = fault_set_strike(&receiver->faults, FAULT_ON_REPORTS, 0);
  struct clock clock = clock_system();
  time_us now = clock_now(&clock);
  if (fault_replaces(fault, now, answer))
    return;
  int chat = chat_service_of(request->path);
  answer->content_type = "text/plain";
  bool taken = chat < 0 || chat_service_answer(chat, &receiver->chats[chat], request, now, answer);
  if (taken && !keep_message(receiver, request, now)) {
    answer->status = 507;
    buffer_reset(&answer->body);
    buffer_append_string(&answer->body, "cannot write the message down");
  } else if (chat < 0) {
    buffer_append_string(&answer->body, "ok");
  }
  fault_damages(fault, answer);
}

/* Those of which something came. */
static void write_chats(const struct receiver *receiver, struct buffer *out) {
  const char *comma = "";
  buffer_append_string(out, "\"chats\": {");
  for (int i = 0; i < CHAT_SERVICES; i++) {
    const struct chat_service_state *chat = &receiver->chats[i];
    if (chat->messages + chat->refused + chat->limited == 0)
      continue;
    buffer_printf(out, "%s\"%s\": {\"messages\": %llu, \"refused\": %llu, \"limited\": %llu, ",
                  comma, chat_service_name(i), (unsigned long long)chat->messages,
                  (unsigned long long)chat->refused, (unsigned long long)chat->limited);
    buffer_append_string(out, "\"why\": ");
    buffer_append_json_string(out, text_from(chat->why));
    buffer_append_char(out, '}');
    comma = ", ";
  }
  buffer_append_string(out, "}, ");
}

static void write_stats(const struct receiver *receiver, struct buffer *out) {
  buffer_printf(out, "{\"requests\": %llu, \"accepted\": %zu, \"faults_injected\": %llu, ",
                (unsigned long long)receiver->requests, receiver->count,
                (unsigned long long)fault_set_struck(&receiver->faults));
  write_chats(receiver, out);
  buffer_append_string(out, "\"faults\": ");
  fault_set_json(&receiver->faults, out);
  buffer_append_char(out, '}');
}

static void answer_request(void *context, const struct server_request *request,
                           struct server_answer *answer) {
  struct receiver *receiver = context;
  bool get = strcmp(request->method, "GET") == 0;
  pthread_mutex_lock(&receiver->lock);
  if (get && strcmp(request->path, "/stats") == 0) {
    write_stats(receiver, &answer->body);
  } else if (get && strcmp(request->path, "/messages") == 0) {
    answer->content_type = "application/x-ndjson";
    for (size_t i = 0; i < receiver->count; i++)
      buffer_printf(&answer->body, "%s\n", receiver->messages[i]);
  } else if (strcmp(request->method, "POST") == 0 ||
             (strcmp(request->method, "PATCH") == 0 && chat_service_of(request->path) >= 0)) {
    answer_post(receiver, request, answer);
  } else {
    answer->status = get ? 404 : 405;
  }
  pthread_mutex_unlock(&receiver->lock);
}

struct receiver *receiver_start(const struct receiver_options *options, struct error *error) {
  struct receiver *receiver = memory_alloc(sizeof *receiver);
  pthread_mutex_init(&receiver->lock, NULL);
  if (!fault_set_parse(&receiver->faults, FAULT_RECEIVER, options->faults, options->fault_count,
                       options->seed, error))
    goto fail;
  if (options->out && !(receiver->out = fopen(options->out, "a"))) {
    error_set_at(error, options->out, 0, 0, "cannot open: %s", strerror(errno));
    goto fail;
  }
  receiver->server = server_start(options->port, answer_request, receiver, error);
  if (!receiver->server)
    goto fail;
  return receiver;
fail:
  receiver_stop(receiver);
  return NULL;
}

uint16_t receiver_port(const struct receiver *receiver) {
  return server_port(receiver->server);
}

void receiver_stop(struct receiver *receiver) {
  if (!receiver)
    return;
  server_stop(receiver->server);
  fault_set_free(&receiver->faults);
  for (size_t i = 0; i < receiver->count; i++)
    free(receiver->messages[i]);
  free(receiver->messages);
  if (receiver->out)
    fclose(receiver->out);
  pthread_mutex_destroy(&receiver->lock);
  free(receiver);
}

void receiver_stats(struct receiver *receiver, struct receiver_stats *stats) {
  pthread_mutex_lock(&receiver->lock);
  *stats = (struct receiver_stats){.requests = receiver->requests,
                                   .accepted = receiver->count,
                                   .faults_injected = fault_set_struck(&receiver->faults)};
  pthread_mutex_unlock(&receiver->lock);
}

void receiver_stats_json(struct receiver *receiver, struct buffer *out) {
  pthread_mutex_lock(&receiver->lock);
  write_stats(receiver, out);
  pthread_mutex_unlock(&receiver->lock);
}

bool receiver_message(struct receiver *receiver, size_t index, struct buffer *out) {
  pthread_mutex_lock(&receiver->lock);
  bool there = index < receiver->count;
  if (there)
    buffer_append_string(out, receiver->messages[index]);
  pthread_mutex_unlock(&receiver->lock);
  return there;
}
