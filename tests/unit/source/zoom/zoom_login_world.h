/* A source of a General app over a store in a file, and a simulated Zoom whose user lets it in. */
#ifndef ZOOM_LOGIN_WORLD_H
#define ZOOM_LOGIN_WORLD_H

#include "source/source_world.h"

#include "base/http_group.h"
#include "base/web/http_client.h"
#include "sim/sim.h"
#include "source/zoom/zoom_login.h"
#include "source/zoom/zoom_token.h"

#define NOW "2024-03-21T12:00:00Z"
#define REDIRECT "http://127.0.0.1:9/zoom"

struct login_world {
  struct world world;
  struct sim *sim;
  char state_path[96];
};

static inline struct sim_options login_world_options(struct login_world *login) {
  *login = (struct login_world){.sim = NULL};
  world_start(&login->world, NOW);
  struct sim_options options = sim_options_default();
  options.clock = clock_fixed(&login->world.now);
  options.count[SIM_OPERATION] = 5;
  return options;
}

/* Puts the world's store into a file, sealed when there is a key. */
static inline void login_world_keep(struct login_world *login, const char *key) {
  struct world *world = &login->world;
  struct error error = ERROR_NONE;
  snprintf(login->state_path, sizeof login->state_path, "%s/state.db", world->folder);
  source_store_free(world->memory);
  store_close(world->store);
  token_seal_free(world->seal);
  world->store = store_open(login->state_path, &error);
  assert_string_equal(error.text, "");
  world->seal = token_seal_new(text_from(key));
  world->memory = source_store_new(world->store, world->source.id, world->seal, world->log);
  source_store_share(world->memory, login->state_path);
}

static inline void login_world_start(struct login_world *login, const struct sim_options *options,
                                     bool poll_once) {
  struct error error = ERROR_NONE;
  char settings[1024];
  login->sim = sim_start(options, &error);
  assert_string_equal(error.text, "");
  unsigned port = sim_port(login->sim);
  snprintf(settings, sizeof settings,
           "grant: authorization_code\nclient_id: " SIM_PUBLIC_CLIENT_ID "\n"
           "api_url: http://127.0.0.1:%u/v2\ntoken_url: http://127.0.0.1:%u/oauth/token\n"
           "authorize_url: http://127.0.0.1:%u/oauth/authorize\nredirect_url: " REDIRECT "\n"
           "reports: [operation]\nretry_first: 1ms\npoll_once: %s\n",
           port, port, port, poll_once ? "true" : "false");
  world_options(&login->world, &source_zoom_reports, settings);
  login_world_keep(login, "");
}

static inline void login_world_end(struct login_world *login) {
  sim_stop(login->sim);
  world_end(&login->world);
}

static inline struct sim_stats login_world_stats(struct login_world *login) {
  struct sim_stats stats;
  sim_stats(login->sim, &stats);
  return stats;
}

/* What the browser would be sent to. */
static inline void login_world_browse(const struct zoom_login *login, struct buffer *location) {
  struct http_response response = HTTP_RESPONSE_NONE;
  struct error error = ERROR_NONE;
  CURL *handle = NULL;
  struct text found;
  const struct http_request request = {.method = "GET", .url = login->url.data};
  assert_true(http_perform(&handle, &request, &response, &error));
  assert_int_equal(response.status, 302);
  assert_true(http_response_header(&response, "Location", &found));
  buffer_append_text(location, found);
  curl_easy_cleanup(handle);
  http_response_free(&response);
}

static inline void login_world_log_in(struct login_world *world) {
  struct source_run run = world_run(&world->world);
  struct zoom_login login;
  struct zoom_token_record record = ZOOM_TOKEN_RECORD_NONE;
  struct buffer location = BUFFER_NONE, code = BUFFER_NONE;
  struct error error = ERROR_NONE;
  zoom_login_begin(&login, &world->world.source, TEXT(REDIRECT), true);
  login_world_browse(&login, &location);
  assert_int_equal(zoom_login_read_pasted(&login, buffer_text(&location), &code, &error),
                   ZOOM_LOGIN_CODE);
  if (!zoom_login_finish(&login, &run, buffer_text(&code), &record, &error))
    fail_msg("%s", error.text);
  zoom_login_free(&login);
  zoom_token_record_free(&record);
  buffer_free(&location);
  buffer_free(&code);
}

/* Takes a token as a process does that has just started. */
static inline enum zoom_answer login_world_take(struct login_world *login,
                                                const struct source_memory *memory,
                                                struct error *error) {
  struct source_run run = world_run(&login->world);
  struct zoom_token token;
  struct http_response response = HTTP_RESPONSE_NONE;
  CURL *handle = NULL;
  if (memory)
    run.memory = *memory;
  zoom_token_start(&token, run.source->options);
  enum zoom_answer answer = zoom_token_take(&token, &run, &handle, &response, error);
  zoom_token_free(&token);
  curl_easy_cleanup(handle);
  http_response_free(&response);
  return answer;
}

#endif
