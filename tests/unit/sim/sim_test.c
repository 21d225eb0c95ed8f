#include "sim/sim_client.h"

#include <stdlib.h>
#include <unistd.h>

static void start_with(struct client *client, uint64_t operations, uint64_t activities) {
  struct sim_options options = client_options(client);
  options.count[SIM_OPERATION] = operations;
  options.count[SIM_ACTIVITY] = activities;
  client_start(client, &options);
  assert_int_equal(client_mint(client), 200);
}

static void a_token_is_minted_for_the_right_credentials_only(void **state) {
  (void)state;
  static const struct {
    const char *path, *user, *password, *body;
    long status;
    const char *error;
  } cases[] = {
      {TOKEN_PATH, SIM_CLIENT_ID, SIM_CLIENT_SECRET, "", 200, ""},
      {"/oauth/token", SIM_CLIENT_ID, SIM_CLIENT_SECRET,
       "grant_type=account_credentials&account_id=spring%66ield", 200, ""},
      {TOKEN_PATH, SIM_CLIENT_ID, "wrong", "", 400, "invalid_client"},
      {TOKEN_PATH, "other", SIM_CLIENT_SECRET, "", 400, "invalid_client"},
      {TOKEN_PATH, NULL, NULL, "", 400, "invalid_client"},
      {"/oauth/token?grant_type=password&account_id=springfield", SIM_CLIENT_ID, SIM_CLIENT_SECRET,
       "", 400, "unsupported_grant_type"},
      {"/oauth/token?grant_type=account_credentials&account_id=other", SIM_CLIENT_ID,
       SIM_CLIENT_SECRET, "", 400, "invalid_request"},
  };
  struct client client;
  struct sim_options options = client_options(&client);
  client_start(&client, &options);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_int_equal(client_send(&client, "POST", cases[i].path, cases[i].user, cases[i].password,
                                 text_from(cases[i].body)),
                     cases[i].status);
    assert_string_equal(client_string(&client, "error"), cases[i].error);
  }
  struct sim_stats stats;
  sim_stats(client.sim, &stats);
  assert_int_equal(stats.tokens_minted, 2);
  assert_int_equal(stats.tokens_refused, 5);
  client_stop(&client);
}

static void reports_need_a_token(void **state) {
  (void)state;
  struct client client;
  struct sim_options options = client_options(&client);
  client_start(&client, &options);
  assert_int_equal(client_get(&client, OPERATIONS), 401);
  assert_int_equal(client_code(&client), 124);
  assert_int_equal(client_mint(&client), 200);
  assert_int_equal(client_get(&client, OPERATIONS), 200);
  client_stop(&client);
}

static void a_token_expires(void **state) {
  (void)state;
  struct client client;
  start_with(&client, 1, 0);
  client.now += US_PER_HOUR - 1;
  assert_int_equal(client_get(&client, OPERATIONS), 200);
  client.now += 1;
  assert_int_equal(client_get(&client, OPERATIONS), 401);
  client_stop(&client);
}

static void a_new_token_invalidates_the_one_before(void **state) {
  (void)state;
  for (int coexist = 0; coexist < 2; coexist++) {
    struct client client;
    struct sim_options options = client_options(&client);
    options.tokens_coexist = coexist;
    client_start(&client, &options);
    client_mint(&client);
    char first[sizeof client.token];
    memcpy(first, client.token, sizeof first);
    client_mint(&client);
    assert_int_equal(client_get(&client, OPERATIONS), 200);
    memcpy(client.token, first, sizeof first);
    assert_int_equal(client_get(&client, OPERATIONS), coexist ? 200 : 401);
    client_stop(&client);
  }
}

static void all_pages_together_hold_every_row_once_newest_first(void **state) {
  (void)state;
  struct client client;
  char path[512], last[32] = "9";
  start_with(&client, 1000, 0);
  static const char query[] = OPERATIONS "&page_size=300";
  size_t rows = 0, pages = 0;
  long status = client_get(&client, query);
  for (;; status = client_get(&client, path)) {
    assert_int_equal(status, 200);
    pages++;
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(client.json, "operation_logs"), i, row) {
      const char *time = json_string_value(json_object_get(row, "time"));
      assert_true(strcmp(time, last) <= 0);
      snprintf(last, sizeof last, "%s", time);
      rows++;
    }
    if (!client_next(&client, query, path, sizeof path))
      break;
  }
  assert_int_equal(rows, 1000);
  assert_int_equal(pages, 4);
  client_stop(&client);
}

static void a_page_looks_as_zooms(void **state) {
  (void)state;
  struct client client;
  start_with(&client, 40, 0);
  assert_int_equal(client_get(&client, OPERATIONS), 200);
  assert_string_equal(client_string(&client, "from"), "2024-03-20");
  assert_string_equal(client_string(&client, "to"), "2024-03-21");
  assert_int_equal(json_integer_value(json_object_get(client.json, "page_size")), 30);
  assert_int_equal(client_rows(&client), 30);
  assert_true(strlen(client_string(&client, "next_page_token")) >= 20);
  client_stop(&client);
}

static void each_report_has_its_own_rows(void **state) {
  (void)state;
  struct client client;
  struct sim_options options = client_options(&client);
  for (int i = 0; i < SIM_REPORTS; i++)
    options.count[i] = 10 + (uint64_t)i;
  client_start(&client, &options);
  client_mint(&client);
  assert_int_equal(client_read_all(&client, OPERATIONS), 10);
  assert_int_equal(client_read_all(&client, ACTIVITIES), 11);
  assert_int_equal(
      client_read_all(&client, "/v2/report/meeting_activities?from=2024-03-20&to=2024-03-21"), 12);
  client_stop(&client);
}

static void wrong_queries_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *query;
    long status;
  } cases[] = {
      {"", 400},
      {"?from=2024-03-20", 400},
      {"?to=2024-03-20", 400},
      {"?from=2024-3-20&to=2024-03-21", 400},
      {"?from=yesterday&to=2024-03-21", 400},
      {"?from=2024-03-21&to=2024-03-20", 400},
      {"?from=2024-02-21&to=2024-03-21", 200},
      {"?from=2024-02-19&to=2024-03-21", 400},
      {"?from=2023-09-21&to=2023-10-20", 200},
      {"?from=2023-09-20&to=2023-10-20", 400},
      {"?from=2024-03-20&to=2024-03-21&page_size=300", 200},
      {"?from=2024-03-20&to=2024-03-21&page_size=301", 400},
      {"?from=2024-03-20&to=2024-03-21&page_size=0", 400},
      {"?from=2024-03-20&to=2024-03-21&page_size=ten", 400},
      {"?from=2024-03-20&to=2024-03-21&category_type=user", 200},
      {"?from=2024-03-20&to=2024-03-21&category_type=nothing", 400},
      {"?from=2024-03-20&to=2024-03-21&next_page_token=made-up", 400},
      {"?from=2024-03-20&to=2024-03-21&next_page_token=", 200},
  };
  struct client client;
  start_with(&client, 10, 0);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char path[256];
    snprintf(path, sizeof path, "/v2/report/operationlogs%s", cases[i].query);
    assert_int_equal(client_get(&client, path), cases[i].status);
    assert_int_equal(client_code(&client), cases[i].status == 200 ? 0 : 300);
  }
  client_stop(&client);
}

static void the_last_day_is_included_unless_asked_otherwise(void **state) {
  (void)state;
  for (int exclusive = 0; exclusive < 2; exclusive++) {
    struct client client;
    struct sim_options options = client_options(&client);
    options.count[SIM_OPERATION] = 25;
    options.start = client.now - US_PER_HOUR;
    options.end = client.now;
    options.to_exclusive = exclusive;
    client_start(&client, &options);
    client_mint(&client);
    assert_int_equal(client_read_all(&client, OPERATIONS), exclusive ? 0 : 25);
    client_stop(&client);
  }
}

static void rows_that_have_not_happened_yet_are_not_there(void **state) {
  (void)state;
  struct client client;
  struct sim_options options = client_options(&client);
  options.count[SIM_OPERATION] = 100;
  options.start = client.now;
  options.end = client.now + US_PER_HOUR;
  client_start(&client, &options);
  client_mint(&client);
  size_t before = client_read_all(&client, OPERATIONS);
  assert_in_range(before, 0, 2);
  client.now += US_PER_HOUR - 1;
  size_t almost = client_read_all(&client, OPERATIONS);
  assert_in_range(almost, 90, 99);
  client_mint(&client);
  client.now += 1;
  client_mint(&client);
  assert_int_equal(client_read_all(&client, OPERATIONS), 100);
  client_stop(&client);
}

static void rows_can_be_asked_for_by_category(void **state) {
  (void)state;
  struct client client;
  start_with(&client, 500, 0);
  size_t all = client_read_all(&client, OPERATIONS "&category_type=all&page_size=300");
  size_t user = client_read_all(&client, OPERATIONS "&category_type=user&page_size=300");
  size_t i;
  json_t *row;
  json_array_foreach(json_object_get(client.json, "operation_logs"), i, row) {
    assert_string_equal(json_string_value(json_object_get(row, "category_type")), "User");
  }
  assert_int_equal(all, 500);
  assert_in_range(user, 50, 400);
  client_stop(&client);
}

static void a_page_token_expires_and_belongs_to_its_query(void **state) {
  (void)state;
  struct client client;
  char path[512], other[600];
  start_with(&client, 100, 100);
  assert_int_equal(client_get(&client, OPERATIONS), 200);
  client_next(&client, OPERATIONS, path, sizeof path);
  snprintf(other, sizeof other, "%s&category_type=user", path);
  assert_int_equal(client_get(&client, other), 400);
  snprintf(other, sizeof other, ACTIVITIES "%s", strchr(path, '&') + strlen("&to=2024-03-21"));
  assert_int_equal(client_get(&client, other), 400);
  client.now += 15 * US_PER_MINUTE - 1;
  assert_int_equal(client_get(&client, path), 200);
  assert_int_equal(client_get(&client, path), 200);
  client.now += 1;
  assert_int_equal(client_get(&client, path), 400);
  client_stop(&client);
}

static void a_missing_scope_is_reported_by_its_name(void **state) {
  (void)state;
  struct client client;
  struct sim_options options = client_options(&client);
  options.no_scope[SIM_OPERATION] = true;
  client_start(&client, &options);
  client_mint(&client);
  assert_int_equal(client_get(&client, OPERATIONS), 400);
  assert_int_equal(client_code(&client), 200);
  assert_non_null(strstr(client_string(&client, "message"), "report:read:operation_logs:admin"));
  assert_int_equal(client_get(&client, ACTIVITIES), 200);
  client_stop(&client);
}

static void other_paths_and_methods_are_refused(void **state) {
  (void)state;
  struct client client;
  start_with(&client, 0, 0);
  assert_int_equal(client_get(&client, "/v2/users"), 404);
  assert_int_equal(client_get(&client, "/oauth/token"), 405);
  assert_int_equal(client_send(&client, "POST", OPERATIONS, NULL, NULL, TEXT("x")), 405);
  client_stop(&client);
}

static void statistics_say_what_was_served(void **state) {
  (void)state;
  struct client client;
  start_with(&client, 70, 20);
  client_read_all(&client, OPERATIONS);
  client_read_all(&client, ACTIVITIES);
  client_get(&client, "/v2/report/operationlogs");
  assert_int_equal(client_get(&client, "/stats"), 200);
  struct sim_stats stats;
  sim_stats(client.sim, &stats);
  assert_int_equal(stats.requests, 6);
  assert_int_equal(stats.tokens_minted, 1);
  assert_int_equal(stats.refused, 1);
  assert_int_equal(stats.pages, 4);
  assert_int_equal(stats.rows_served, 90);
  assert_int_equal(stats.reports[SIM_OPERATION].rows, 70);
  assert_int_equal(stats.reports[SIM_OPERATION].pages, 3);
  assert_int_equal(json_integer_value(json_object_get(client.json, "rows_served")), 90);
  const json_t *reports = json_object_get(client.json, "reports");
  const json_t *activity = json_object_get(reports, "activity");
  assert_int_equal(json_integer_value(json_object_get(activity, "rows")), 20);
  client_stop(&client);
}

/* A file in a folder of its own. */
struct folder {
  char path[64], file[96];
};

static void folder_make(struct folder *folder, const char *content) {
  snprintf(folder->path, sizeof folder->path, "/tmp/margay-sim-XXXXXX");
  assert_non_null(mkdtemp(folder->path));
  snprintf(folder->file, sizeof folder->file, "%s/records.json", folder->path);
  FILE *file = fopen(folder->file, "w");
  assert_non_null(file);
  assert_true(fputs(content, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static void folder_remove(const struct folder *folder) {
  assert_int_equal(unlink(folder->file), 0);
  assert_int_equal(rmdir(folder->path), 0);
}

#define RECORD(time, detail)                                                                       \
  "{\"time\":\"" time "\",\"operator\":\"homer@example.com\",\"category_type\":\"User\","          \
  "\"action\":\"Update\",\"operation_detail\":\"" detail "\"}"

static void records_come_from_every_form_of_file(void **state) {
  (void)state;
  static const struct {
    const char *content;
    size_t operations, activities;
  } cases[] = {
      {RECORD("2024-03-21T07:00:00Z", "a"), 1, 0},
      {RECORD("2024-03-21T07:00:00Z", "a") "\n" RECORD("2024-03-20 07:00:00", "b") "\n\n", 2, 0},
      {"[" RECORD("2024-03-21T07:00:00Z", "a") ",\n" RECORD("2024-03-21T08:00:00Z", "b") "]", 2, 0},
      {"{\"from\":\"2024-03-01\",\"operation_logs\":[" RECORD("2024-03-21T07:00:00Z", "a") "]}", 1,
       0},
      {"{\"time\":\"2024-03-21T07:00:00Z\",\"email\":\"homer@example.com\"}", 0, 1},
      {"{\"time\":\"no time\",\"operation_detail\":\"nul \\u0000 in it\"}", 1, 0},
      {"", 0, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct folder folder;
    struct client client;
    folder_make(&folder, cases[i].content);
    for (int by_folder = 0; by_folder < 2; by_folder++) {
      struct sim_options options = client_options(&client);
      options.paths = &(const char *){by_folder ? folder.path : folder.file};
      options.path_count = 1;
      client_start(&client, &options);
      client_mint(&client);
      assert_int_equal(client_read_all(&client, OPERATIONS), cases[i].operations);
      assert_int_equal(client_read_all(&client, ACTIVITIES), cases[i].activities);
      client_stop(&client);
    }
    folder_remove(&folder);
  }
}

static void files_that_are_wrong_are_reported_with_their_line(void **state) {
  (void)state;
  static const struct {
    const char *content, *reported;
    unsigned line;
  } cases[] = {
      {RECORD("2024-03-21T07:00:00Z", "a") "\n{\"time\":}\n", "not JSON", 2},
      {"\n\n{\"name\":\"homer\"}\n", "neither an operation", 3},
      {"12", "not JSON", 1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct folder folder;
    struct client client;
    struct error error = ERROR_NONE;
    folder_make(&folder, cases[i].content);
    struct sim_options options = client_options(&client);
    options.paths = &(const char *){folder.file};
    options.path_count = 1;
    assert_null(sim_start(&options, &error));
    assert_non_null(strstr(error.text, cases[i].reported));
    assert_int_equal(error.line, cases[i].line);
    assert_string_equal(error.file, folder.file);
    folder_remove(&folder);
  }
}

static void a_missing_file_is_reported(void **state) {
  (void)state;
  struct client client;
  struct error error = ERROR_NONE;
  struct sim_options options = client_options(&client);
  options.paths = &(const char *){"/tmp/margay-no-such-file"};
  options.path_count = 1;
  assert_null(sim_start(&options, &error));
  assert_non_null(strstr(error.text, "No such file"));
}

static void records_can_be_moved_so_that_the_newest_is_at_the_end(void **state) {
  (void)state;
  struct folder folder;
  struct client client;
  folder_make(&folder, RECORD("2022-12-16 18:00:00", "a") RECORD("2022-12-16 17:00:00", "b")
                           RECORD("no time", "c"));
  struct sim_options options = client_options(&client);
  options.paths = &(const char *){folder.path};
  options.path_count = 1;
  options.shift = true;
  options.end = client.now - US_PER_HOUR;
  client_start(&client, &options);
  client_mint(&client);
  assert_int_equal(client_read_all(&client, OPERATIONS), 3);
  const json_t *rows = json_object_get(client.json, "operation_logs");
  static const char *const times[] = {"no time", "2024-03-21T11:00:00Z", "2024-03-21T10:00:00Z"};
  for (size_t i = 0; i < 3; i++)
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, i), "time")),
                        times[i]);
  client_stop(&client);
  folder_remove(&folder);
}

static void the_bundled_fixtures_can_be_served(void **state) {
  (void)state;
  struct client client;
  struct sim_options options = client_options(&client);
  static const char *const paths[] = {"fixtures/zoom/operation", "fixtures/zoom/activity",
                                      "fixtures/zoom/meeting_activity"};
  options.paths = paths;
  options.path_count = 3;
  client_start(&client, &options);
  client_mint(&client);
  assert_in_range(client_read_all(&client, OPERATIONS), 50, 500);
  assert_in_range(client_read_all(&client, ACTIVITIES), 10, 100);
  client_stop(&client);
}

static void a_port_that_is_taken_is_reported(void **state) {
  (void)state;
  struct client client;
  struct error error = ERROR_NONE;
  struct sim_options options = client_options(&client);
  client_start(&client, &options);
  options.port = client.port;
  assert_null(sim_start(&options, &error));
  assert_non_null(strstr(error.text, "cannot listen on 127.0.0.1:"));
  assert_non_null(
      strstr(error.text, ": end the program that has the port, or take another --port"));
  client_stop(&client);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_token_is_minted_for_the_right_credentials_only),
      cmocka_unit_test(reports_need_a_token),
      cmocka_unit_test(a_token_expires),
      cmocka_unit_test(a_new_token_invalidates_the_one_before),
      cmocka_unit_test(all_pages_together_hold_every_row_once_newest_first),
      cmocka_unit_test(a_page_looks_as_zooms),
      cmocka_unit_test(each_report_has_its_own_rows),
      cmocka_unit_test(wrong_queries_are_refused),
      cmocka_unit_test(the_last_day_is_included_unless_asked_otherwise),
      cmocka_unit_test(rows_that_have_not_happened_yet_are_not_there),
      cmocka_unit_test(rows_can_be_asked_for_by_category),
      cmocka_unit_test(a_page_token_expires_and_belongs_to_its_query),
      cmocka_unit_test(a_missing_scope_is_reported_by_its_name),
      cmocka_unit_test(other_paths_and_methods_are_refused),
      cmocka_unit_test(statistics_say_what_was_served),
      cmocka_unit_test(records_come_from_every_form_of_file),
      cmocka_unit_test(files_that_are_wrong_are_reported_with_their_line),
      cmocka_unit_test(a_missing_file_is_reported),
      cmocka_unit_test(records_can_be_moved_so_that_the_newest_is_at_the_end),
      cmocka_unit_test(the_bundled_fixtures_can_be_served),
      cmocka_unit_test(a_port_that_is_taken_is_reported),
  };
  return cmocka_run_group_tests(tests, start_http, stop_http);
}
