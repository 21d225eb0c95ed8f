#include "alert/destination/service_fixture.h"

#include "alert/destination/incident/adf.h"

extern const struct destination_type destination_jira;

/* As the kind numbers them. */
enum {
  PART_SEARCH,
  PART_SEARCH_OPENED,
  PART_CREATE,
  PART_COMMENT,
  PART_LIST,
  PART_MOVE,
  PART_LOOK_DONE,
  PART_LOOK_STARTED,
  PART_LOOK_OPEN,
  PART_MOVES = 16
};

static const struct service service = {&destination_jira,
                                       {{"url", "https://example.atlassian.net/"},
                                        {"user", "margay@example.com"},
                                        {"token", "sesame"},
                                        {"project", "SEC"},
                                        {"issue_type", "Task"},
                                        {"acknowledge_transition", "in progress"},
                                        {"resolve_transition", "31"},
                                        {"reopen_transition", "To Do"}}};

#define API "https://example.atlassian.net/rest/api/3/"

static const struct {
  const char *id, *name, *state, *category;
} transitions[] = {{"11", "To Do", "to do", "new"},
                   {"21", "In Progress", "in progress", "indeterminate"},
                   {"31", "Done", "done", "done"}};

/* An issue's transitions lead to every state but its own. */
static long answer_issue(struct fake_incident *issue, const struct delivery_request *request,
                         const char *rest, const json_t *body, struct buffer *out) {
  bool get = request->method && strcmp(request->method, "GET") == 0;
  size_t count = sizeof transitions / sizeof *transitions;
  if (strcmp(rest, "/comment") == 0) {
    assert_non_null(json_object_get(json_object_get(body, "body"), "content"));
    issue->notes++;
    buffer_printf(out, "{\"id\":\"%d\"}", 10000 + issue->notes);
    return 201;
  }
  if (strcmp(rest, "?fields=status") == 0) {
    for (size_t i = 0; i < count; i++)
      if (strcmp(issue->state, transitions[i].state) == 0)
        buffer_printf(out, "{\"fields\":{\"status\":{\"statusCategory\":{\"key\":\"%s\"}}}}",
                      transitions[i].category);
    return 200;
  }
  assert_string_equal(rest, "/transitions");
  const char *wanted =
      json_string_value(json_object_get(json_object_get(body, "transition"), "id"));
  const char *comma = "{\"transitions\":[";
  for (size_t i = 0; i < count; i++) {
    if (strcmp(issue->state, transitions[i].state) == 0)
      continue;
    if (get)
      buffer_printf(out, "%s{\"id\":\"%s\",\"name\":\"%s\"}", comma, transitions[i].id,
                    transitions[i].name);
    comma = ",";
    if (!get && strcmp(wanted, transitions[i].id) == 0) {
      fake_set(issue, transitions[i].state);
      return 204;
    }
  }
  if (get)
    buffer_append_string(out, "]}");
  return get ? 200 : 400;
}

static long answer(struct fake *fake, const struct delivery_request *request, json_t *body,
                   struct buffer *out) {
  const char *path = request->url.data + strlen(API);
  assert_int_equal(strncmp(request->url.data, API, strlen(API)), 0);
  assert_string_equal(request_header(request, "Authorization"),
                      "Basic bWFyZ2F5QGV4YW1wbGUuY29tOnNlc2FtZQ==");
  if (strcmp(path, "search/jql") == 0) {
    const char *label = strstr(json_string_value(json_object_get(body, "jql")), "margay-");
    char key[64];
    snprintf(key, sizeof key, "%.39s", label);
    struct fake_incident *issue = fake_find(fake, key, "");
    buffer_printf(out, "{\"issues\":[%s%s%s]}", issue ? "{\"id\":\"" : "", issue ? issue->id : "",
                  issue ? "\"}" : "");
    return 200;
  }
  if (strcmp(path, "issue") == 0) {
    const json_t *fields = json_object_get(body, "fields");
    string_within(fields, "summary", 255);
    struct fake_incident *issue =
        fake_open(fake, json_string_value(json_array_get(json_object_get(fields, "labels"), 1)));
    fake_set(issue, "to do");
    buffer_printf(out, "{\"id\":\"%s\",\"key\":\"SEC-1\"}", issue->id);
    return 201;
  }
  const char *id = path + strlen("issue/");
  struct fake_incident *issue = fake_find_id(fake, id, strcspn(id, "/?"));
  return issue ? answer_issue(issue, request, id + strcspn(id, "/?"), body, out) : 404;
}

static const struct fake fresh = {.answer = answer};

static void an_issue_goes_through_its_alerts_life(void **state) {
  (void)state;
  static const struct talk_step steps[] = {
      {OCCASION_OPENED, ALERT_OPEN, "to do"},
      {OCCASION_GREW, ALERT_OPEN, "to do"},
      {OCCASION_ACKNOWLEDGED, ALERT_ACKNOWLEDGED, "in progress"},
      {OCCASION_NOTED, ALERT_ACKNOWLEDGED, "in progress"},
      {OCCASION_RESOLVED, ALERT_RESOLVED, "done"},
      {OCCASION_RESOLVED, ALERT_RESOLVED, "done"},
      {OCCASION_REOPENED, ALERT_OPEN, "to do"},
  };
  static const struct talk_step before[] = {{OCCASION_OPENED, ALERT_RESOLVED, "done"}};
  static const struct talk_step acknowledged[] = {
      {OCCASION_OPENED, ALERT_ACKNOWLEDGED, "in progress"}};
  SERVICE_TALK(&service, &fresh, steps, "jira.json");
  SERVICE_TALK(&service, &fresh, before, "jira_resolved_before.json");
  SERVICE_TALK(&service, &fresh, acknowledged, "jira_acknowledged_before.json");
}

static void an_update_finds_its_issue_or_opens_one(void **state) {
  (void)state;
  static const struct talk_step steps[] = {{OCCASION_GREW, ALERT_OPEN, "to do"},
                                           {OCCASION_RESOLVED, ALERT_RESOLVED, "done"}};
  SERVICE_TALK(&service, &fresh, steps, "jira_update_first.json");
  struct fake there = fresh;
  fake_set(fake_open(&there, "margay-00112233445566778899aabbccddeeff"), "to do");
  SERVICE_TALK(&service, &there, steps, "jira_update_found.json");
}

static void without_transitions_it_is_comments(void **state) {
  (void)state;
  static const struct service plain = {&destination_jira,
                                       {{"url", "https://example.atlassian.net"},
                                        {"user", "margay@example.com"},
                                        {"token", "sesame"},
                                        {"project", "SEC"},
                                        {"issue_type", "Task"}}};
  static const struct talk_step steps[] = {{OCCASION_OPENED, ALERT_OPEN, "to do"},
                                           {OCCASION_RESOLVED, ALERT_RESOLVED, "to do"}};
  SERVICE_TALK(&plain, &fresh, steps, "jira_comments.json");
}

static void an_issue_that_was_deleted_is_created_anew(void **state) {
  (void)state;
  static const struct judge_row rows[] = {
      {404, NULL, "{\"errorMessages\":[\"Issue does not exist\"]}", DELIVERY_MORE, NULL, 0,
       "0 k 10001", "0 0123456789abcdef0123456789abcdef ", PART_COMMENT},
      {404, NULL, "", DELIVERY_MORE, NULL, 0, "7 0123456789abcdef0123456789abcdef 10001",
       "0 0123456789abcdef0123456789abcdef ", PART_LIST},
      {404, NULL, "", DELIVERY_PARK, "404", 0, NULL, NULL, PART_SEARCH},
  };
  SERVICE_JUDGE(&destination_jira, rows);
}

#define KEY "0123456789abcdef0123456789abcdef"

static void answers_are_judged(void **state) {
  (void)state;
  static const struct judge_row rows[] = {
      {201, NULL, "{\"id\":\"10001\",\"key\":\"SEC-1\"}", DELIVERY_DONE, NULL, 0, NULL,
       "0 " KEY " 10001", PART_CREATE},
      {201, NULL, "{\"id\":\"10001\"}", DELIVERY_MORE, NULL, 0, NULL, "7 " KEY " 10001",
       PART_CREATE | PART_MOVES},
      {200, NULL, "<html>", DELIVERY_PARK, "an issue may be there", 0, NULL, NULL, PART_CREATE},
      {201, NULL, "{\"id\":\"../x\"}", DELIVERY_PARK, "without an issue's id", 0, NULL, NULL,
       PART_CREATE},
      {400, NULL,
       "{\"errorMessages\":[],\"errors\":{\"issuetype\":\"valid issue type is required\"}}",
       DELIVERY_PARK, "(issuetype: valid issue type is required)", 0, NULL, NULL, PART_CREATE},
      {400, NULL, "{\"errorMessages\":[\"No project SEC\"],\"errors\":{}}", DELIVERY_PARK,
       "(No project SEC)", 0, NULL, NULL, PART_SEARCH},
      {200, NULL, "{\"issues\":[],\"isLast\":true}", DELIVERY_MORE, NULL, 0, NULL, "1 " KEY " ",
       PART_SEARCH_OPENED},
      {200, NULL, "{\"issues\":[{\"id\":\"10001\"}]}", DELIVERY_DONE, NULL, 0, NULL,
       "0 " KEY " 10001", PART_SEARCH_OPENED},
      {200, NULL, "{\"issues\":[{\"id\":\"10001\"}]}", DELIVERY_MORE, NULL, 0, NULL,
       "7 " KEY " 10001", PART_SEARCH_OPENED | PART_MOVES},
      {200, NULL, "{\"issues\":[{\"id\":\"10001\"}]}", DELIVERY_MORE, NULL, 0, NULL,
       "0 " KEY " 10001", PART_SEARCH},
      {200, NULL, "{}", DELIVERY_PARK, "without issues", 0, NULL, NULL, PART_SEARCH},
      {201, NULL, "{\"id\":\"1\"}", DELIVERY_DONE, NULL, 0, "0 k 10001", "0 " KEY " 10001",
       PART_COMMENT},
      {200, NULL, "", DELIVERY_PARK, "without a comment's id", 0, "0 k 10001", NULL, PART_COMMENT},
      {200, NULL, "{\"transitions\":[{\"id\":\"31\",\"name\":\"Do;ne\"},{\"id\":\"/\"}]}",
       DELIVERY_MORE, NULL, 0, "7 " KEY " 10001", "8 " KEY " 10001 31=Do,ne;", PART_LIST},
      {200, NULL, "{}", DELIVERY_PARK, "without transitions", 0, "7 " KEY " 10001", NULL,
       PART_LIST},
      {204, NULL, "", DELIVERY_DONE, NULL, 0, "8 " KEY " 10001 31=Done;", NULL, PART_MOVE},
      {400, NULL, "{\"errorMessages\":[\"Field resolution is required\"]}", DELIVERY_MORE, NULL, 0,
       "8 " KEY " 10001 31=Done;", "7 " KEY " 10001 !", PART_MOVE},
      {200, NULL, "{\"transitions\":[{\"id\":\"31\",\"name\":\"Done\"}]}", DELIVERY_MORE, NULL, 0,
       "7 " KEY " 10001 !", "8 " KEY " 10001 !31=Done;", PART_LIST},
      {400, NULL, "{\"errorMessages\":[\"Field resolution is required\"]}", DELIVERY_PARK,
       "(Field resolution is required)", 0, "8 " KEY " 10001 !31=Done;", "7 " KEY " 10001",
       PART_MOVE},
      {200, NULL, "{\"fields\":{\"status\":{\"statusCategory\":{\"key\":\"new\"}}}}", DELIVERY_PARK,
       "no such transition", 0, "8 " KEY " 10001", "7 " KEY " 10001", PART_LOOK_DONE},
      {200, NULL, "{\"fields\":{\"status\":{\"statusCategory\":{\"key\":\"done\"}}}}",
       DELIVERY_DONE, NULL, 0, "8 " KEY " 10001", NULL, PART_LOOK_STARTED},
      {200, NULL, "{\"fields\":{\"status\":{\"statusCategory\":{\"key\":\"done\"}}}}",
       DELIVERY_PARK, "no such transition", 0, "8 " KEY " 10001", "7 " KEY " 10001",
       PART_LOOK_OPEN},
      {200, NULL, "<html>", DELIVERY_PARK, "no such transition", 0, NULL, NULL, PART_LOOK_OPEN},
      {401, NULL, "Client must be authenticated", DELIVERY_PARK, "401", 0, NULL, NULL, PART_SEARCH},
      {403, NULL, "", DELIVERY_PARK, "403", 0, NULL, NULL, PART_CREATE},
      {429, "Retry-After: 5", "", DELIVERY_RETRY, "429", 0, NULL, NULL, PART_CREATE},
      {503, NULL, "", DELIVERY_RETRY, "503", 0, NULL, NULL, PART_COMMENT},
  };
  SERVICE_JUDGE(&destination_jira, rows);
}

static void text_is_never_more_than_a_text_node(void **state) {
  (void)state;
  static const struct {
    const char *lines, *content;
  } rows[] = {
      {"", "[]"},
      {"\n\n", "[]"},
      {"a", "[{\"type\":\"paragraph\",\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}]"},
      {"[~x]\n{code}\n\n*b*",
       "[{\"type\":\"paragraph\",\"content\":[{\"type\":\"text\",\"text\":\"[~x]\"},"
       "{\"type\":\"hardBreak\"},{\"type\":\"text\",\"text\":\"{code}\"}]},"
       "{\"type\":\"paragraph\",\"content\":[{\"type\":\"text\",\"text\":\"*b*\"}]}]"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    json_t *document = adf_document(text_from(rows[i].lines), NULL);
    char *dump = json_dumps(json_object_get(document, "content"), JSON_COMPACT);
    assert_string_equal(dump, rows[i].content);
    free(dump);
    json_decref(document);
  }
  struct buffer many = BUFFER_NONE;
  for (int i = 0; i < 5000; i++)
    buffer_append_string(&many, i % 2 ? "x\n\n" : "x\n");
  json_t *document = adf_document(buffer_text(&many), NULL);
  char *dump = json_dumps(document, JSON_COMPACT);
  /* JSON writes a line break as two characters. */
  assert_true(strlen(dump) <= 2 * many.size + ADF_OVERHEAD_MAX);
  free(dump);
  json_decref(document);
  buffer_free(&many);
}

/* A text field takes 32,767 characters. */
static void assert_field(const json_t *field) {
  char *dump = json_dumps(field, JSON_COMPACT);
  assert_true(markup_length(text_from(dump)) <= 32767);
  free(dump);
}

static void look(const struct delivery_request *request, const json_t *body) {
  const json_t *fields = json_object_get(body, "fields"), *label;
  size_t i;
  if (!fields) {
    assert_non_null(strstr(request->url.data, "/comment"));
    assert_field(json_object_get(body, "body"));
    return;
  }
  assert_true(*string_within(fields, "summary", 255));
  assert_field(json_object_get(fields, "description"));
  json_array_foreach(json_object_get(fields, "labels"), i, label) {
    assert_null(strchr(json_string_value(label), ' '));
  }
}

static void hostile_alerts_stay_within_the_limits_and_dead(void **state) {
  (void)state;
  service_hostile(&(struct hostile_service){&service, look, NULL, 200 * 1000, false});
  service_hostile(&(struct hostile_service){&service, look, "0 k 10001", 200 * 1000, false});
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_issue_goes_through_its_alerts_life),
      cmocka_unit_test(an_update_finds_its_issue_or_opens_one),
      cmocka_unit_test(without_transitions_it_is_comments),
      cmocka_unit_test(an_issue_that_was_deleted_is_created_anew),
      cmocka_unit_test(answers_are_judged),
      cmocka_unit_test(text_is_never_more_than_a_text_node),
      cmocka_unit_test(hostile_alerts_stay_within_the_limits_and_dead),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
