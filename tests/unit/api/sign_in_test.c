/* A browser that logs in with an OpenID provider, which is played: what it is sent, what it must
 * bring back, and who it is then. */
#include "api/face/reply.h"
#include "api/face/sign_in.h"

#include "http/http_fixture.h"

#include "api/openid/provider_play.h"

#include "base/web/form.h"
#include "base/web/http_client.h"

#define CALLBACK "/api/v1/session/oidc/callback"

/* margay's side, and the provider's. */
struct world {
  struct play play;
  struct http_listener *provider, *margay;
  struct sign_in *sign_in;
  time_us now;
  struct error reason; /* of the last refusal */
  enum api_status status;
};

static EVP_PKEY *elliptic;

static void take_out(void *context, struct http_exchange *exchange) {
  struct world *world = context;
  struct api_answer answer = {.status = 200};
  if (!sign_in_begin(world->sign_in, &answer))
    world->reason = answer.refusal;
  reply_give(exchange, &answer);
}

/* What a session would be is in the header Location behind the place. */
static void take_back(void *context, struct http_exchange *exchange) {
  struct world *world = context;
  struct api_answer answer = {.status = 200};
  struct arena arena = ARENA_NONE;
  struct session_of session;
  bool ok = sign_in_finish(world->sign_in, exchange, world->now, &arena, &session, &answer);
  if (ok)
    buffer_printf(&answer.location, "?%.*s,%s,%s", TEXT_ARGS(session.name),
                  api_role_names[session.role], api_via_names[session.via]);
  world->reason = answer.refusal;
  world->status = (enum api_status)answer.status;
  reply_give(exchange, &answer);
  arena_free(&arena);
}

static void begin_world(struct world *world, enum api_role others) {
  static const struct sign_in_role roles[] = {
      {TEXT_INIT("groups"), TEXT_INIT("staff"), API_VIEWER},
      {TEXT_INIT("groups"), TEXT_INIT("soc"), API_ANALYST},
      {TEXT_INIT("realm.roles"), TEXT_INIT("lead"), API_ADMIN}};
  *world = (struct world){.now = 1800000000 * US_PER_SECOND};
  const struct http_route margay[] = {
      {.method = "GET", .path = "/out", .handler = take_out, .context = world},
      {.method = "GET", .path = CALLBACK, .handler = take_back, .context = world},
  };
  struct http_listener_options options = listener_options();
  world->provider = play_start(&world->play, elliptic);
  world->margay = listen_with(&options, margay, sizeof margay / sizeof *margay);
  world->sign_in = sign_in_new(&(struct sign_in_options){
      .provider = {.issuer = text_from(world->play.url),
                   .client_id = TEXT("margay"),
                   .client_secret = TEXT(""),
                   .scopes = TEXT("openid"),
                   .redirect = TEXT("https://margay.example.com" CALLBACK),
                   .ca_file = TEXT(""),
                   .clock = clock_fixed(&world->now)},
      .roles = roles,
      .role_count = sizeof roles / sizeof *roles,
      .others = others});
}

static void end_world(struct world *world) {
  http_listener_free(world->margay);
  http_listener_free(world->provider);
  sign_in_free(world->sign_in);
  play_end(&world->play);
}

/* Goes out, and keeps the cookie and the state. */
static void go_out(struct world *world, char *cookie, size_t cookie_size, char *state,
                   size_t state_size) {
  char place[2048], set[2048];
  struct buffer value = BUFFER_NONE;
  struct reply reply = ask_once(world->margay, GET("/out"));
  assert_int_equal(reply.status, 303);
  reply_header(&reply, "Location", place, sizeof place);
  reply_header(&reply, "Set-Cookie", set, sizeof set);
  assert_non_null(strstr(set, "margay_login="));
  assert_non_null(strstr(set, "; Max-Age=600; Path=/api/v1/session/oidc; HttpOnly; SameSite=Lax; "
                              "Secure"));
  snprintf(cookie, cookie_size, "%.*s", (int)strcspn(set, ";"), set);
  struct text query = text_from(strchr(place, '?') + 1);
  assert_true(form_find(query, "state", &value));
  snprintf(state, state_size, "%s", value.data);
  assert_true(form_find(query, "nonce", &value));
  snprintf(world->play.nonce, sizeof world->play.nonce, "%s", value.data);
  assert_null(strstr(cookie, state)); /* it is sealed */
  assert_null(strstr(cookie, world->play.nonce));
  buffer_free(&value);
  reply_free(&reply);
}

/* Comes back, and says where the browser goes on to. */
static const char *come_back(struct world *world, const char *cookie, const char *query) {
  static char place[512];
  struct buffer request = BUFFER_NONE;
  buffer_printf(&request, "GET " CALLBACK "?%s HTTP/1.1\r\nHost: test\r\nCookie: a=1; %s\r\n\r\n",
                query, cookie);
  struct reply reply = ask_once(world->margay, request.data);
  assert_int_equal(reply.status, 303);
  reply_header(&reply, "Location", place, sizeof place);
  buffer_free(&request);
  reply_free(&reply);
  return place;
}

static const char *log_in(struct world *world) {
  char cookie[1024], state[128], query[256];
  go_out(world, cookie, sizeof cookie, state, sizeof state);
  snprintf(query, sizeof query, "state=%s&code=c0de&session_state=x", state);
  return come_back(world, cookie, query);
}

static void claims_say_who_it_is_and_what_they_may(void **state) {
  static const struct {
    const char *claims, *place;
    enum api_role others;
  } rows[] = {
      {"\"groups\":[\"soc\"]", "/?lisa,analyst,oidc", API_ANYBODY},
      {"\"groups\":\"soc\"", "/?lisa,analyst,oidc", API_ANYBODY},
      {"\"groups\":[\"soc\",\"staff\"]", "/?lisa,analyst,oidc", API_ANYBODY},
      {"\"groups\":[\"staff\"],\"realm\":{\"roles\":[\"lead\"]}", "/?lisa,admin,oidc", API_ANYBODY},
      {"\"groups\":[\"SOC\"]", "/login?problem=role", API_ANYBODY},
      {"\"groups\":{\"soc\":true}", "/login?problem=role", API_ANYBODY},
      {"\"x\":1", "/login?problem=role", API_ANYBODY},
      {"\"x\":1", "/?lisa,viewer,oidc", API_VIEWER},
      {"\"groups\":[\"staff\"]", "/?lisa,analyst,oidc", API_ANALYST},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct world world;
    struct buffer claims = BUFFER_NONE;
    begin_world(&world, rows[i].others);
    buffer_printf(&claims,
                  CLAIMS_START "\"iat\":1800000000,\"exp\":1800000300,"
                               "\"preferred_username\":\"lisa\",%s}",
                  rows[i].claims);
    world.play.claims = claims.data;
    assert_string_equal(log_in(&world), rows[i].place);
    buffer_free(&claims);
    end_world(&world);
  }
}

static void only_the_browser_that_went_out_comes_back_in_time(void **state) {
  struct world world;
  char cookie[1024], other[1024], wanted[128], another[128], query[256];
  (void)state;
  begin_world(&world, API_VIEWER);
  go_out(&world, other, sizeof other, another, sizeof another);
  go_out(&world, cookie, sizeof cookie, wanted, sizeof wanted);
  snprintf(query, sizeof query, "state=%s&code=c0de", wanted);
  assert_string_equal(come_back(&world, "b=2", query), "/login?problem=late");
  assert_int_equal(world.status, API_UNAUTHORIZED);
  assert_string_equal(come_back(&world, other, query), "/login?problem=refused");
  assert_string_equal(come_back(&world, cookie, "state=guess&code=c0de"), "/login?problem=refused");
  assert_string_equal(come_back(&world, cookie, "code=c0de"), "/login?problem=refused");
  assert_string_equal(come_back(&world, cookie, "error=access_denied"), "/login?problem=refused");
  char *last = &cookie[strlen(cookie) - 6]; /* in the middle of the tag */
  *last = *last == 'A' ? 'B' : 'A';
  assert_string_equal(come_back(&world, cookie, query), "/login?problem=late");
  assert_int_equal(world.play.tokens, 0); /* nothing was asked of the provider */
  go_out(&world, cookie, sizeof cookie, wanted, sizeof wanted);
  snprintf(query, sizeof query, "state=%s&code=c0de", wanted);
  world.now += 601 * US_PER_SECOND;
  assert_string_equal(come_back(&world, cookie, query), "/login?problem=late");
  end_world(&world);
}

static void a_provider_that_is_down_or_signs_wrongly_lets_nobody_in(void **state) {
  struct world world;
  char place[512];
  (void)state;
  begin_world(&world, API_ADMIN);
  world.play.document = "{}";
  struct reply reply = ask_once(world.margay, GET("/out"));
  assert_int_equal(reply.status, 303);
  assert_string_equal(reply_header(&reply, "Location", place, sizeof place),
                      "/login?problem=provider");
  reply_free(&reply);
  end_world(&world);
  begin_world(&world, API_ADMIN);
  world.play.header = "{\"alg\":\"none\"}";
  assert_string_equal(log_in(&world), "/login?problem=refused");
  assert_int_equal(world.status, API_UNAUTHORIZED);
  assert_true(world.reason.set);
  end_world(&world);
}

static int make_key(void **state) {
  struct error error = ERROR_NONE;
  (void)state;
  elliptic = EVP_EC_gen("P-256");
  return elliptic && http_global_start(&error) ? 0 : -1;
}

static int free_key(void **state) {
  (void)state;
  http_global_stop();
  EVP_PKEY_free(elliptic);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(claims_say_who_it_is_and_what_they_may),
      cmocka_unit_test(only_the_browser_that_went_out_comes_back_in_time),
      cmocka_unit_test(a_provider_that_is_down_or_signs_wrongly_lets_nobody_in),
  };
  return cmocka_run_group_tests(tests, make_key, free_key);
}
