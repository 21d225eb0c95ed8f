/* `margay destinations` and `margay alerts preview`: what they say of destinations, and that no
 * secret is in it. */
#include "command/command_run.h"

#include "base/http_group.h"
#include "delivery/delivery_receiver.h"
#include "store/store_health.h"

#include <jansson.h>

extern const struct command command_destinations, command_alerts;

#define ID "3f9c21aa00000000000000000000beef"

static void write_config(struct store_fixture *f, const char *destinations) {
  char path[160];
  snprintf(path, sizeof path, "%s/margay.yml", f->directory);
  FILE *file = fopen(path, "w");
  fprintf(file,
          "state: {path: margay.db}\nsources: [{id: f, type: file, path: none}]\n"
          "destinations:\n%s",
          destinations);
  fclose(file);
}

static struct ran run(struct store_fixture *f, const struct command *command,
                      const char *arguments) {
  char with_config[256];
  snprintf(with_config, sizeof with_config, "%s -c %s/margay.yml", arguments, f->directory);
  struct ran ran = run_on_store(command, f, with_config);
  assert_null(strstr(ran.out, "sesame"));
  assert_null(strstr(ran.error, "sesame"));
  return ran;
}

static json_t *line_of(const struct ran *ran, const char *id) {
  json_t *found = NULL;
  for (const char *line = ran->out; !found && *line; line = strchr(line, '\n') + 1) {
    json_t *json = json_loadb(line, strcspn(line, "\n"), 0, NULL);
    if (strcmp(json_string_value(json_object_get(json, "id")), id) == 0)
      found = json_incref(json);
    json_decref(json);
  }
  assert_non_null(found);
  return found;
}

static void assert_member(json_t *json, const char *key, const char *expected) {
  char *value = json_dumps(json_object_get(json, key), JSON_ENCODE_ANY);
  assert_string_equal(value, expected);
  free(value);
}

static void the_list_says_how_each_destination_is(void **state) {
  struct store_fixture *f = *state;
  write_config(f, "  - {id: web, type: webhook, url: \"http://127.0.0.1:1/sesame\",\n"
                  "     severities: [high, critical], max_per_second: 3}\n"
                  "  - {id: screen, type: console}\n");
  const struct alert alert = fixture_alert(ID);
  DONE(store_alert_add(f->store, &alert, &f->error));
  DONE(store_outbox_add(f->store, alert.id, TEXT("web"), NOON, &f->error));
  DONE(store_outbox_add(f->store, alert.id, TEXT("gone"), NOON, &f->error));
  fixture_record(f, 2, OUTBOX_PARKED, NOON, "not configured");
  const struct store_destination_health health = {.destination_id = TEXT("web"),
                                                  .circuit_open = true,
                                                  .failures = 4,
                                                  .failing_since = NOON,
                                                  .probe_at = INT64_MAX,
                                                  .last_success = TIME_NONE,
                                                  .last_failure = NOON + HOUR,
                                                  .last_error = TEXT("answered 503")};
  DONE(store_destination_health_set(f->store, &health, &f->error));

  struct ran ran = run(f, &command_destinations, "list -f json");
  assert_int_equal(ran.status, EXIT_DONE);
  json_t *web = line_of(&ran, "web"), *gone = line_of(&ran, "gone");
  assert_member(web, "kind", "\"webhook\"");
  assert_member(web, "gets", "\"HIGH, CRITICAL\"");
  assert_member(web, "circuit", "\"open\"");
  assert_member(web, "waiting", "1");
  assert_member(web, "max_per_second", "3");
  assert_member(web, "last_error", "\"answered 503\"");
  assert_member(web, "last_success", "null");
  assert_member(gone, "configured", "false");
  assert_member(gone, "parked", "1");
  json_decref(web);
  json_decref(gone);
  ran = run(f, &command_destinations, "");
  assert_non_null(strstr(ran.out, "everything"));
  assert_non_null(strstr(ran.out, "not configured"));
}

static void a_test_alert_is_sent_and_its_answer_printed(void **state) {
  static const struct {
    int answer, status;
    const char *said;
  } rows[] = {
      {200, EXIT_DONE, "answered 200: taken\n"},
      {404, EXIT_FAILURES, "answered 404: NOT TAKEN, and would be parked: answered 404"},
      {503, EXIT_FAILURES, "answered 503: NOT TAKEN, may work later: answered 503"},
  };
  struct store_fixture *f = *state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct receiver receiver;
    const struct receiver_step step = {.status = rows[i].answer};
    char destinations[256];
    receiver_start(&receiver, &step, 1);
    snprintf(destinations, sizeof destinations, "  - {id: web, type: webhook, url: \"%s\"}\n",
             receiver.url);
    write_config(f, destinations);
    struct ran ran = run(f, &command_destinations, "test web");
    assert_int_equal(ran.status, rows[i].status);
    if (!strstr(ran.out, rows[i].said) || strncmp(ran.out, "POST http://127.0.0.1:", 22) != 0)
      fail_msg("%s", ran.out);
    assert_int_equal(receiver_count(&receiver), 1);
    receiver_stop(&receiver);
  }
  assert_int_equal(run(f, &command_destinations, "test wbe").status, EXIT_USAGE);
  assert_int_equal(run(f, &command_destinations, "test").status, EXIT_USAGE);
}

static void a_preview_shows_each_occasion_and_no_secret(void **state) {
  struct store_fixture *f = *state;
  write_config(f,
               "  - {id: web, type: webhook, url: \"https://u:sesame@hooks.example/a/sesame\",\n"
               "     secret: sesame, headers: [\"Authorization: Bearer sesame\"]}\n"
               "  - {id: pager, type: pagerduty, routing_key: sesame78901234567890123456789012}\n");
  struct alert alert = fixture_alert(ID);
  alert.title = TEXT("\x1b[31mred");
  DONE(store_alert_add(f->store, &alert, &f->error));
  struct ran ran = run(f, &command_alerts, "preview 3f9c --destination web");
  assert_int_equal(ran.status, EXIT_DONE);
  assert_non_null(strstr(ran.out, "opened\nPOST https://hooks.example/"));
  assert_non_null(strstr(ran.out, "Authorization: ***\n"));
  assert_non_null(strstr(ran.out, "webhook-signature: ***\n"));
  assert_non_null(strstr(ran.out, "\"alert_id\": \"" ID "\""));
  assert_null(strchr(ran.out, '\x1b'));
  ran = run(f, &command_alerts, "preview --destination pager");
  assert_int_equal(ran.status, EXIT_DONE);
  assert_non_null(strstr(ran.out, "\"routing_key\": \"***\""));
  assert_non_null(strstr(ran.out, "acknowledged\n"));
  ran = run(f, &command_alerts, "preview --destination pager --occasion resolved");
  assert_null(strstr(ran.out, "opened\n"));
  assert_non_null(strstr(ran.out, "\"resolve\""));
  assert_int_equal(run(f, &command_alerts, "preview").status, EXIT_USAGE);
  assert_int_equal(run(f, &command_alerts, "preview ffff -d web").status, EXIT_FAILURES);
}

int main(void) {
#define DESTINATIONS_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_end)
  const struct CMUnitTest tests[] = {
      DESTINATIONS_TEST(the_list_says_how_each_destination_is),
      DESTINATIONS_TEST(a_test_alert_is_sent_and_its_answer_printed),
      DESTINATIONS_TEST(a_preview_shows_each_occasion_and_no_secret),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
