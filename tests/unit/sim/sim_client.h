/* A real HTTP client for the tests of the simulator and the receiver. */
#ifndef SIM_CLIENT_H
#define SIM_CLIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>

#include "base/http_group.h"
#include "base/web/http_client.h"
#include "sim/receiver.h"
#include "sim/sim.h"

#define NOW "2024-03-21T12:00:00Z"

struct client {
  struct sim *sim;
  uint16_t port;
  time_us now;
  CURL *curl;
  char token[128];
  struct http_response response;
  json_t *json; /* of the last response's body, or NULL */
};

static inline struct sim_options client_options(struct client *client) {
  *client = (struct client){.response = HTTP_RESPONSE_NONE};
  assert_true(time_parse(TEXT(NOW), &client->now));
  struct sim_options options = sim_options_default();
  options.clock = clock_fixed(&client->now);
  return options;
}

static inline void client_start(struct client *client, const struct sim_options *options) {
  struct error error = ERROR_NONE;
  client->sim = sim_start(options, &error);
  assert_string_equal(error.text, "");
  assert_non_null(client->sim);
  client->port = sim_port(client->sim);
}

static inline void client_stop(struct client *client) {
  json_decref(client->json);
  http_response_free(&client->response);
  curl_easy_cleanup(client->curl);
  sim_stop(client->sim);
}

/* Sends; returns the status, or 0 when no whole answer came. */
static inline long client_send(struct client *client, const char *method, const char *path,
                               const char *user, const char *password, struct text body) {
  struct error error = ERROR_NONE;
  char url[1024], bearer[160];
  struct curl_slist *headers = NULL;
  snprintf(url, sizeof url, "http://127.0.0.1:%u%s", client->port, path);
  if (!user && *client->token) {
    snprintf(bearer, sizeof bearer, "Authorization: Bearer %s", client->token);
    headers = curl_slist_append(NULL, bearer);
  }
  struct http_request request = {.method = method,
                                 .url = url,
                                 .headers = headers,
                                 .user = user,
                                 .password = password,
                                 .body = body};
  http_response_reset(&client->response);
  bool answered = http_perform(&client->curl, &request, &client->response, &error);
  curl_slist_free_all(headers);
  json_decref(client->json);
  client->json = NULL;
  if (answered && client->response.body.size > 0)
    client->json =
        json_loadb(client->response.body.data, client->response.body.size, JSON_ALLOW_NUL, NULL);
  return answered ? client->response.status : 0;
}

static inline long client_get(struct client *client, const char *path) {
  return client_send(client, "GET", path, NULL, NULL, TEXT(""));
}

static inline const char *client_string(const struct client *client, const char *key) {
  const char *value = json_string_value(json_object_get(client->json, key));
  return value ? value : "";
}

static inline long client_code(const struct client *client) {
  return (long)json_integer_value(json_object_get(client->json, "code"));
}

#define TOKEN_PATH "/oauth/token?grant_type=account_credentials&account_id=" SIM_ACCOUNT_ID

static inline long client_mint(struct client *client) {
  long status = client_send(client, "POST", TOKEN_PATH, SIM_CLIENT_ID, SIM_CLIENT_SECRET, TEXT(""));
  if (status == 200)
    snprintf(client->token, sizeof client->token, "%s", client_string(client, "access_token"));
  return status;
}

#define OPERATIONS "/v2/report/operationlogs?from=2024-03-20&to=2024-03-21"
#define ACTIVITIES "/v2/report/activities?from=2024-03-20&to=2024-03-21"

static inline size_t client_rows(const struct client *client) {
  const json_t *rows = json_object_get(client->json, "operation_logs");
  if (!rows)
    rows = json_object_get(client->json, "activity_logs");
  if (!rows)
    rows = json_object_get(client->json, "meeting_activity_logs");
  return json_array_size(rows);
}

/* The path of the next page of the last response, or false at the end. */
static inline bool client_next(const struct client *client, const char *query, char *path,
                               size_t size) {
  const char *token = client_string(client, "next_page_token");
  snprintf(path, size, "%s&next_page_token=%s", query, token);
  return *token != '\0';
}

/* Reads all pages of a query; returns the number of rows. Every page must come at once. */
static inline size_t client_read_all(struct client *client, const char *query) {
  char path[512];
  assert_int_equal(client_get(client, query), 200);
  size_t rows = client_rows(client);
  while (client_next(client, query, path, sizeof path)) {
    assert_int_equal(client_get(client, path), 200);
    rows += client_rows(client);
  }
  return rows;
}

#endif
