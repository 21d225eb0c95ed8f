#include "sim/chat_service.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#define PREFIX "/as/"

struct service {
  const char *name;
  int rate; /* requests … */
  int64_t per_us;
  /* Writes what breaks a limit, or nothing. */
  void (*check)(const json_t *body, size_t size, struct chat_service_state *state);
  void (*take)(struct chat_service_state *state, struct server_answer *answer);
  void (*refuse)(struct chat_service_state *state, struct server_answer *answer);
  void (*limit)(struct server_answer *answer);
};

/* ---- measures ----------------------------------------------------------------------------- */

static size_t units_of(const json_t *string) {
  const char *text = json_string_value(string);
  size_t size = json_string_length(string), units = 0;
  for (size_t i = 0; i < size;) {
    uint32_t code = 0;
    size_t taken = utf8_read(text + i, size - i, &code);
    i += taken ? taken : 1;
    units += code > 0xffff ? 2 : 1;
  }
  return units;
}

static void refuse_for(struct chat_service_state *state, const char *what) {
  if (!state->why[0])
    snprintf(state->why, sizeof state->why, "%s", what);
}

static void limit_text(struct chat_service_state *state, const json_t *string, size_t most,
                       const char *what) {
  if (string && (!json_is_string(string) || units_of(string) > most))
    refuse_for(state, what);
}

static void limit_items(struct chat_service_state *state, const json_t *array, size_t most,
                        const char *what) {
  if (array && (!json_is_array(array) || json_array_size(array) > most))
    refuse_for(state, what);
}

static void say(struct server_answer *answer, unsigned status, const char *type,
                const char *words) {
  answer->status = status;
  answer->content_type = type;
  buffer_append_string(&answer->body, words);
}

/* ---- Slack -------------------------------------------------------------------------------- */

static void check_slack_block(const json_t *block, struct chat_service_state *state) {
  const char *type = json_string_value(json_object_get(block, "type"));
  const json_t *text = json_object_get(json_object_get(block, "text"), "text");
  const json_t *fields = json_object_get(block, "fields");
  if (!type)
    refuse_for(state, "invalid_blocks: a block without type");
  else if (strcmp(type, "header") == 0)
    limit_text(state, text, 150, "invalid_blocks: header over 150 characters");
  else
    limit_text(state, text, 3000, "invalid_blocks: text over 3000 characters");
  limit_items(state, fields, 10, "invalid_blocks: over 10 fields");
  for (size_t i = 0; i < json_array_size(fields); i++)
    limit_text(state, json_object_get(json_array_get(fields, i), "text"), 2000,
               "invalid_blocks: field over 2000 characters");
  limit_items(state, json_object_get(block, "elements"), 25, "invalid_blocks: over 25 elements");
}

static void check_slack(const json_t *body, size_t size, struct chat_service_state *state) {
  const json_t *blocks = json_object_get(body, "blocks");
  (void)size;
  if (!json_object_get(body, "text") && !blocks)
    refuse_for(state, "no_text");
  limit_text(state, json_object_get(body, "text"), 40000, "msg_too_long");
  limit_items(state, blocks, 50, "invalid_blocks: over 50");
  for (size_t i = 0; i < json_array_size(blocks); i++)
    check_slack_block(json_array_get(blocks, i), state);
}

static void take_slack(struct chat_service_state *state, struct server_answer *answer) {
  (void)state;
  say(answer, 200, "text/html", "ok");
}

static void refuse_slack(struct chat_service_state *state, struct server_answer *answer) {
  say(answer, 400, "text/html", state->why);
  answer->body.size = strcspn(state->why, ":");
}

static void limit_slack(struct server_answer *answer) {
  say(answer, 429, "text/html", "rate_limited");
  server_answer_header(answer, "Retry-After", "1");
}

/* ---- Teams -------------------------------------------------------------------------------- */

static void check_teams(const json_t *body, size_t size, struct chat_service_state *state) {
  const json_t *first = json_array_get(json_object_get(body, "attachments"), 0);
  const char *type = json_string_value(json_object_get(first, "contentType"));
  if (size > (size_t)28 * 1024)
    refuse_for(state, "413");
  if (!type || strcmp(type, "application/vnd.microsoft.card.adaptive") != 0)
    refuse_for(state, "400");
}

static void fail_teams(struct server_answer *answer, const char *status) {
  say(answer, 200, "text/plain", "");
  buffer_printf(&answer->body,
                "Webhook message delivery failed with error: Microsoft Teams endpoint returned "
                "HTTP error %s with ContextId tcid=0,server=SIM,cv=0.",
                status);
}

static void take_teams(struct chat_service_state *state, struct server_answer *answer) {
  (void)state;
  say(answer, 200, "text/plain", "1");
}

static void refuse_teams(struct chat_service_state *state, struct server_answer *answer) {
  fail_teams(answer, state->why);
}

static void limit_teams(struct server_answer *answer) {
  fail_teams(answer, "429");
}

/* ---- Discord ------------------------------------------------------------------------------ */

static size_t check_discord_embed(const json_t *embed, struct chat_service_state *state) {
  static const struct {
    const char *key;
    size_t most;
    const char *what;
  } texts[] = {{"title", 256, "embed title over 256"},
               {"description", 4096, "embed description over 4096"}};
  const json_t *fields = json_object_get(embed, "fields");
  const json_t *footer = json_object_get(json_object_get(embed, "footer"), "text");
  size_t units = units_of(footer);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    limit_text(state, json_object_get(embed, texts[i].key), texts[i].most, texts[i].what);
    units += units_of(json_object_get(embed, texts[i].key));
  }
  limit_text(state, footer, 2048, "embed footer over 2048");
  limit_items(state, fields, 25, "over 25 embed fields");
  for (size_t i = 0; i < json_array_size(fields); i++) {
    const json_t *name = json_object_get(json_array_get(fields, i), "name");
    const json_t *value = json_object_get(json_array_get(fields, i), "value");
    limit_text(state, name, 256, "embed field name over 256");
    limit_text(state, value, 1024, "embed field value over 1024");
    if (units_of(name) == 0 || units_of(value) == 0)
      refuse_for(state, "embed field without name or value");
    units += units_of(name) + units_of(value);
  }
  return units;
}

static void check_discord(const json_t *body, size_t size, struct chat_service_state *state) {
  const json_t *embeds = json_object_get(body, "embeds");
  size_t units = 0;
  (void)size;
  limit_text(state, json_object_get(body, "content"), 2000, "content over 2000");
  limit_items(state, embeds, 10, "over 10 embeds");
  for (size_t i = 0; i < json_array_size(embeds); i++)
    units += check_discord_embed(json_array_get(embeds, i), state);
  if (units > 6000)
    refuse_for(state, "embeds over 6000 in all");
  if (!json_array_size(embeds) && units_of(json_object_get(body, "content")) == 0)
    refuse_for(state, "an empty message");
}

static void take_discord(struct chat_service_state *state, struct server_answer *answer) {
  say(answer, 200, "application/json", "");
  buffer_printf(&answer->body, "{\"id\":\"%" PRIu64 "\",\"type\":0}", state->messages);
}

static void refuse_discord(struct chat_service_state *state, struct server_answer *answer) {
  say(answer, 400, "application/json",
      "{\"message\":\"Invalid Form Body\",\"code\":50035,\"errors\":");
  buffer_append_json_string(&answer->body, text_from(state->why));
  buffer_append_char(&answer->body, '}');
}

static void limit_discord(struct server_answer *answer) {
  say(answer, 429, "application/json",
      "{\"message\":\"You are being rate limited.\",\"retry_after\":0.4,\"global\":false}");
}

/* ---- Google Chat -------------------------------------------------------------------------- */

static void check_google(const json_t *body, size_t size, struct chat_service_state *state) {
  if (size > 32000)
    refuse_for(state, "Message is too large.");
  if (!json_object_get(body, "text") && !json_object_get(body, "cardsV2"))
    refuse_for(state, "Message cannot be empty.");
}

static void take_google(struct chat_service_state *state, struct server_answer *answer) {
  say(answer, 200, "application/json", "");
  buffer_printf(&answer->body,
                "{\"name\":\"spaces/SIM/messages/%" PRIu64
                "\",\"thread\":{\"name\":\"spaces/SIM/threads/1\"}}",
                state->messages);
}

static void refuse_google(struct chat_service_state *state, struct server_answer *answer) {
  say(answer, 400, "application/json",
      "{\"error\":{\"code\":400,\"status\":\"INVALID_ARGUMENT\",\"message\":");
  buffer_append_json_string(&answer->body, text_from(state->why));
  buffer_append_string(&answer->body, "}}");
}

static void limit_google(struct server_answer *answer) {
  say(answer, 429, "application/json",
      "{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"message\":\"Resource has been "
      "exhausted (e.g. check quota).\"}}");
}

/* ---- Telegram ----------------------------------------------------------------------------- */

static void check_telegram(const json_t *body, size_t size, struct chat_service_state *state) {
  const json_t *text = json_object_get(body, "text");
  (void)size;
  if (!json_object_get(body, "chat_id"))
    refuse_for(state, "Bad Request: chat_id is empty");
  if (units_of(text) == 0)
    refuse_for(state, "Bad Request: message text is empty");
  limit_text(state, text, 4096, "Bad Request: message is too long");
  limit_items(state, json_object_get(body, "entities"), 100, "Bad Request: too many entities");
}

static void take_telegram(struct chat_service_state *state, struct server_answer *answer) {
  say(answer, 200, "application/json", "");
  buffer_printf(&answer->body,
                "{\"ok\":true,\"result\":{\"message_id\":%" PRIu64
                ",\"date\":1,\"chat\":{\"id\":1}}}",
                state->messages);
}

static void refuse_telegram(struct chat_service_state *state, struct server_answer *answer) {
  say(answer, 400, "application/json", "{\"ok\":false,\"error_code\":400,\"description\":");
  buffer_append_json_string(&answer->body, text_from(state->why));
  buffer_append_char(&answer->body, '}');
}

static void limit_telegram(struct server_answer *answer) {
  say(answer, 429, "application/json",
      "{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests: retry after "
      "1\",\"parameters\":{\"retry_after\":1}}");
}

/* ---- all of them -------------------------------------------------------------------------- */

static const struct service services[CHAT_SERVICES] = {
    {"slack", 1, US_PER_SECOND, check_slack, take_slack, refuse_slack, limit_slack},
    {"teams", 4, US_PER_SECOND, check_teams, take_teams, refuse_teams, limit_teams},
    {"discord", 5, 2 * US_PER_SECOND, check_discord, take_discord, refuse_discord, limit_discord},
    {"google_chat", 1, US_PER_SECOND, check_google, take_google, refuse_google, limit_google},
    {"telegram", 1, US_PER_SECOND, check_telegram, take_telegram, refuse_telegram, limit_telegram},
};

const char *chat_service_name(int service) {
  return services[service].name;
}

int chat_service_of(const char *path) {
  size_t prefix = sizeof PREFIX - 1;
  if (strncmp(path, PREFIX, prefix) != 0)
    return -1;
  struct text name = {path + prefix, strcspn(path + prefix, "/?")};
  for (int i = 0; i < CHAT_SERVICES; i++)
    if (text_is(name, services[i].name))
      return i;
  return -1;
}

/* Whether it is one request too many. */
static bool is_limited(const struct service *service, struct chat_service_state *state,
                       time_us now) {
  if (now - state->since >= service->per_us || now < state->since)
    state->since = now, state->count = 0;
  return state->count++ >= service->rate;
}

bool chat_service_answer(int index, struct chat_service_state *state,
                         const struct server_request *request, time_us now,
                         struct server_answer *answer) {
  const struct service *service = &services[index];
  if (is_limited(service, state, now)) {
    state->limited++;
    service->limit(answer);
    return false;
  }
  json_t *body = json_loadb(request->body.data, request->body.size, JSON_REJECT_DUPLICATES, NULL);
  state->why[0] = '\0';
  if (!json_is_object(body))
    refuse_for(state, "invalid_payload");
  else
    service->check(body, request->body.size, state);
  json_decref(body);
  if (state->why[0]) {
    state->refused++;
    service->refuse(state, answer);
    return false;
  }
  state->messages++;
  service->take(state, answer);
  return true;
}
