/* A malicious Zoom: what it can make margay do is bounded. */
#include "source/source_world.h"
#include "source/zoom/zoom_answer.h"

#include "base/web/http_client.h"
#include "sim/server.h"
#include "source/zoom/zoom_report.h"

#include <stdio.h>

struct hostile {
  struct world world;
  struct server *server;
  const char *token; /* its answer to a request for one */
  void (*page)(uint64_t number, struct server_answer *answer);
  _Atomic uint64_t pages, injected; /* requests for a page; those with a header of its making */
};

static void answer_request(void *context, const struct server_request *request,
                           struct server_answer *answer) {
  struct hostile *hostile = context;
  if (strcmp(request->path, "/oauth/token") == 0) {
    buffer_append_string(&answer->body, hostile->token);
    return;
  }
  if (server_header(request, "x-injected"))
    hostile->injected++;
  hostile->page(++hostile->pages, answer);
}

static bool poll_hostile(struct hostile *hostile, struct error *error) {
  char settings[512];
  world_start(&hostile->world, "2024-03-21T12:00:00Z");
  hostile->server = server_start(0, answer_request, hostile, error);
  assert_string_equal(error->text, "");
  unsigned port = server_port(hostile->server);
  snprintf(settings, sizeof(settings),
           "account_id: springfield\nclient_id: margay\nclient_secret: sesame-sesame\n"
           "api_url: http://127.0.0.1:%u/v2/\ntoken_url: http://127.0.0.1:%u/oauth/token\n"
           "reports: [operation]\npoll_once: true\nretry_first: 1ms\n",
           port, port);
  world_options(&hostile->world, &source_zoom_reports, settings);
  struct source_run run = world_run(&hostile->world);
  return source_zoom_reports.run(&run, error);
}

static void end_hostile(struct hostile *hostile) {
  server_stop(hostile->server);
  assert_null(strstr(hostile->world.log_text ? hostile->world.log_text : "", "sesame"));
  world_end(&hostile->world);
}

#define GOOD_TOKEN "{\"access_token\":\"abc.def-_~+/=\",\"expires_in\":3600}"

static void write_page(struct server_answer *answer, unsigned row, const char *token) {
  buffer_printf(&answer->body,
                "{\"operation_logs\":[{\"time\":\"2024-03-21T07:09:03Z\",\"operator\":\"o%u\"}],"
                "\"next_page_token\":\"%s\"}",
                row, token);
}

static void the_same_page_again(uint64_t number, struct server_answer *answer) {
  (void)number;
  write_page(answer, 1, "same");
}

static void five_pages_in_a_circle(uint64_t number, struct server_answer *answer) {
  char token[8];
  snprintf(token, sizeof(token), "t%u", (unsigned)(number % 5));
  write_page(answer, (unsigned)(number % 5), token);
}

static void pages_that_circle_are_given_up(void **state) {
  (void)state;
  void (*const pages[])(uint64_t, struct server_answer *) = {the_same_page_again,
                                                             five_pages_in_a_circle};
  for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
    struct hostile hostile = {.token = GOOD_TOKEN, .page = pages[i]};
    struct error error = ERROR_NONE;
    assert_false(poll_hostile(&hostile, &error));
    assert_string_equal(error.text, "Zoom's pages do not end: the next page token circles");
    assert_true(hostile.pages <= 20);
    assert_int_equal(hostile.world.records, 0);
    end_hostile(&hostile);
  }
}

static void one_token_that_moves_on(uint64_t number, struct server_answer *answer) {
  write_page(answer, (unsigned)number, number < 40 ? "cursor" : "");
}

static void a_token_that_stays_while_the_pages_change_is_followed(void **state) {
  (void)state;
  struct hostile hostile = {.token = GOOD_TOKEN, .page = one_token_that_moves_on};
  struct error error = ERROR_NONE;
  assert_true(poll_hostile(&hostile, &error));
  assert_int_equal(hostile.world.added, 40);
  end_hostile(&hostile);
}

static void a_last_page(uint64_t number, struct server_answer *answer) {
  write_page(answer, (unsigned)number, "");
}

static void a_token_that_would_write_headers_is_not_used(void **state) {
  (void)state;
  static const char *const tokens[] = {
      "{\"access_token\":\"abc\\r\\nX-Injected: yes\"}",
      "{\"access_token\":\"abc\\u0000def\"}",
      "{\"access_token\":\"abc def\"}",
      "{\"access_token\":\"\\u00e9\"}",
      "{\"access_token\":\"\"}",
      "{\"access_token\":17}",
  };
  for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
    struct hostile hostile = {.token = tokens[i], .page = a_last_page};
    struct error error = ERROR_NONE;
    assert_false(poll_hostile(&hostile, &error));
    assert_string_equal(error.text, "Zoom's answer holds no access token");
    assert_int_equal(hostile.injected, 0);
    assert_int_equal(hostile.pages, 0);
    end_hostile(&hostile);
  }
}

static void redirect(uint64_t number, struct server_answer *answer) {
  (void)number;
  answer->status = 302;
  server_answer_header(answer, "Location", "/oauth/token");
}

static void web_page(uint64_t number, struct server_answer *answer) {
  (void)number;
  answer->content_type = "text/html";
  buffer_append_string(&answer->body, "<html>\x1b[2J\xc2\x9b"
                                      "31m</html>");
}

static void terminal_codes(uint64_t number, struct server_answer *answer) {
  (void)number;
  answer->status = 404;
  buffer_append_string(&answer->body,
                       "{\"code\":1,\"message\":\"\\u001b[2J\\u009b31m\\u202egone\\nnew line\"}");
}

static void answers_that_are_no_pages_are_reported_in_plain_text(void **state) {
  (void)state;
  void (*const pages[])(uint64_t, struct server_answer *) = {redirect, web_page, terminal_codes};
  for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
    struct hostile hostile = {.token = GOOD_TOKEN, .page = pages[i]};
    struct error error = ERROR_NONE;
    assert_false(poll_hostile(&hostile, &error));
    assert_true(error.set);
    assert_int_equal(hostile.world.records, 0);
    for (const char *c = error.text; *c; c++)
      assert_true(*c >= 0x20 && *c < 0x7f);
    end_hostile(&hostile);
  }
}

static void what_may_be_a_token_is_not_repeated(void **state) {
  (void)state;
  static const struct {
    const char *message, *shown;
  } rows[] = {
      {"Invalid access token.", ": Invalid access token."},
      {"bad token eyJhbGciOiJIUzI1NiJ9.eyJ1aWQiOjF9.c2lnbmF0dXJl-_A, sorry",
       ": bad token [hidden], sorry"},
      {"client_secret=abcdefghijklmnopqrstuvwxyz012345", ": [hidden]"},
      {"missing scopes:[report:read:operation_logs:admin]",
       ": missing scopes:[report:read:operation_logs:admin]"},
      {"", ""},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct json_reader *reader = json_reader_new();
    struct buffer body = BUFFER_NONE;
    struct error error = ERROR_NONE, answer = ERROR_NONE;
    buffer_printf(&body, "{\"message\":\"%s\"}", rows[i].message);
    const struct json_node *root = json_read_copy(reader, buffer_text(&body), &error);
    zoom_answer_of_grant(418, root, "check it", &answer);
    assert_true(text_ends_folded(text_from(answer.text), text_from(rows[i].shown)));
    buffer_free(&body);
    json_reader_free(reader);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pages_that_circle_are_given_up),
      cmocka_unit_test(a_token_that_stays_while_the_pages_change_is_followed),
      cmocka_unit_test(a_token_that_would_write_headers_is_not_used),
      cmocka_unit_test(answers_that_are_no_pages_are_reported_in_plain_text),
      cmocka_unit_test(what_may_be_a_token_is_not_repeated),
  };
  struct error error = ERROR_NONE;
  if (!http_global_start(&error))
    return 1;
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  http_global_stop();
  return failed;
}
