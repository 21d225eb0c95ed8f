#include "alert/alert_fixture.h"
#include "alert/destination/destination_kinds.h"

static void every_kind_is_found_by_its_name(void **state) {
  (void)state;
  assert_true(destination_kinds.count >= 3);
  for (size_t i = 0; i < destination_kinds.count; i++) {
    const struct kind *kind = destination_kinds.items[i];
    assert_ptr_equal(kind_find(&destination_kinds, text_from(kind->name)), kind);
    assert_non_null(destination_type_of(kind)->render);
    for (size_t k = 0; k < i; k++)
      if (destination_kinds.items[k] == kind)
        fail_msg("%s is listed twice", kind->name);
  }
  assert_null(kind_find(&destination_kinds, TEXT("pigeon")));
  assert_null(kind_find(&destination_kinds, TEXT("")));
}

/* Something in every text of the options, and no more: enough for a request. */
static void fill_options(const struct destination_type *type, void *options) {
  for (size_t i = 0; i < type->kind.settings.count; i++) {
    const struct setting *row = &type->kind.settings.rows[i];
    bool is_url = row->kind == SETTING_URL || row->kind == SETTING_SECRET_URL;
    if (is_url || row->kind == SETTING_SECRET || row->kind == SETTING_TEXT)
      option_set(type, options, row->key,
                 is_url                      ? "https://a.example/"
                 : row->kind == SETTING_TEXT ? "!a@b.example"
                                             : "sesame");
  }
}

static bool has_tls(const struct destination_type *type) {
  for (size_t i = 0; i < type->kind.settings.count; i++)
    if (strcmp(type->kind.settings.rows[i].key, "ca_file") == 0)
      return true;
  return false;
}

static void requests_have_the_files_of_tls_that_are_configured(void **state) {
  (void)state;
  struct alert alert = alert_sample();
  for (size_t i = 0; i < destination_kinds.count; i++) {
    const struct destination_type *type = destination_type_of(destination_kinds.items[i]);
    if (!has_tls(type))
      continue;
    struct destination destination = destination_sample(type, "d", NULL);
    struct delivery_request request = {.headers = NULL};
    struct error error = ERROR_NONE;
    struct buffer memo = BUFFER_NONE;
    struct delivery_try attempt = try_sample(SAMPLE_TIME);
    attempt.memo = &memo;
    fill_options(type, destination.options);
    bool valid = type->kind.check(destination.options, &error);
    error = ERROR_NONE;
    option_set(type, destination.options, "ca_file", "ca.pem");
    option_set(type, destination.options, "cert_file", "cert.pem");
    if (!type->render(&destination, &alert, &attempt, &request, &error))
      fail_msg("%s: %s", type->kind.name, error.text);
    assert_string_equal(request.tls.ca_file, "ca.pem");
    assert_string_equal(request.tls.cert_file, "cert.pem");
    assert_null(request.tls.key_file);
    assert_false(type->kind.check(destination.options, &error));
    if (valid)
      assert_non_null(strstr(error.text, "ca_file cannot be read"));
    assert_null(strstr(error.text, "sesame"));
    delivery_request_free(&request);
    buffer_free(&memo);
    free(destination.options);
  }
}

static bool has_setting(const struct kind *kind, const char *key) {
  for (size_t i = 0; i < kind->settings.count; i++)
    if (strcmp(kind->settings.rows[i].key, key) == 0)
      return true;
  return false;
}

/* What is needed, and the defaults. */
static void set_texts(const struct destination *destination) {
  const struct settings_table *table = &destination->type->kind.settings;
  for (size_t i = 0; i < table->count; i++) {
    const struct setting *row = &table->rows[i];
    if (setting_is_text(row->kind) && (row->required || row->fallback))
      option_set(destination->type, destination->options, row->key,
                 row->fallback ? row->fallback : "https://a.example/");
  }
}

static void requests_of_every_service_have_the_files_of_tls(void **state) {
  static const char *const services[] = {
      "pagerduty",      "jira_service_management", "jira",       "servicenow",
      "splunk_on_call", "elasticsearch",           "splunk_hec", "datadog",
      "sentinel"};
  (void)state;
  struct alert alert = alert_sample();
  for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
    const struct kind *kind = kind_find(&destination_kinds, text_from(services[i]));
    struct destination destination = destination_sample(destination_type_of(kind), "d", NULL);
    struct delivery_request request = {.headers = NULL};
    struct error error = ERROR_NONE;
    const struct delivery_try attempt = try_sample(SAMPLE_TIME);
    set_texts(&destination);
    option_set(destination.type, destination.options, "ca_file", "ca.pem");
    assert_true(has_setting(kind, "key_file"));
    assert_true(destination.type->render(&destination, &alert, &attempt, &request, &error));
    assert_string_equal(request.tls.ca_file, "ca.pem");
    assert_false(kind->check(destination.options, &error));
    delivery_request_free(&request);
    free(destination.options);
  }
}

static bool note_template(void *context, const struct alert *alert,
                          const struct message_occasion *occasion, struct message *message,
                          struct arena *arena, struct error *error) {
  size_t *calls = context;
  (void)alert, (void)occasion, (void)message, (void)arena, (void)error;
  ++*calls;
  return true;
}

static void kinds_that_take_a_template_use_it(void **state) {
  (void)state;
  struct alert alert = alert_sample();
  for (size_t i = 0; i < destination_kinds.count; i++) {
    const struct destination_type *type = destination_type_of(destination_kinds.items[i]);
    size_t calls = 0;
    const struct message_template template = {.apply = note_template, .context = &calls};
    const struct alert_display display = {.template = &template};
    struct destination destination = destination_sample(type, "d", NULL);
    struct delivery_request request = {.headers = NULL};
    struct error error = ERROR_NONE;
    struct buffer memo = BUFFER_NONE;
    struct delivery_try attempt = try_sample(SAMPLE_TIME);
    attempt.memo = &memo;
    destination.display = &display;
    fill_options(type, destination.options);
    if (type->kind.check) /* it may complete the options */
      type->kind.check(destination.options, &error);
    error = ERROR_NONE;
    type->render(&destination, &alert, &attempt, &request, &error);
    /* ServiceNow is first asked whether the incident is there. */
    bool shows = type->takes_template && strcmp(type->kind.name, "servicenow") != 0;
    if ((calls > 0) != shows)
      fail_msg("%s: takes_template is wrong, or its first request shows nothing", type->kind.name);
    delivery_request_free(&request);
    buffer_free(&memo);
    free(destination.options);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kind_is_found_by_its_name),
      cmocka_unit_test(requests_have_the_files_of_tls_that_are_configured),
      cmocka_unit_test(requests_of_every_service_have_the_files_of_tls),
      cmocka_unit_test(kinds_that_take_a_template_use_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
