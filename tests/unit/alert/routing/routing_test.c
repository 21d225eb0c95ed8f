#include "alert/alert_fixture.h"
#include "alert/routing/routing.h"

#define BIT(n) (1u << (n))
#define SEVERE (BIT(SEVERITY_HIGH) | BIT(SEVERITY_CRITICAL))

static void note(void *context, const struct destination *destination) {
  buffer_printf(context, "%.*s ", TEXT_ARGS(destination->id));
}

static void note_unknown(void *context, struct text name) {
  buffer_printf(context, "?%.*s ", TEXT_ARGS(name));
}

static void alerts_go_where_names_or_routing_say(void **state) {
  (void)state;
  const struct destination destinations[] = {
      {.id = TEXT("all"), .severities = UINT32_MAX, .alert_types = UINT32_MAX},
      {.id = TEXT("severe"), .severities = SEVERE, .alert_types = BIT(ALERT_RULE)},
      {.id = TEXT("errors"), .severities = UINT32_MAX, .alert_types = BIT(ALERT_RULE_ERROR)},
      {.id = TEXT("none"), .severities = 0, .alert_types = UINT32_MAX},
  };
  const struct text names[] = {TEXT("none"), TEXT("nobody"), TEXT("severe"), TEXT("none"),
                               TEXT("nobody")};
  const struct {
    struct routing_names names;
    enum severity severity;
    enum alert_type type;
    const char *where;
  } rows[] = {
      {{.given = false}, SEVERITY_INFO, ALERT_RULE, "all "},
      {{.given = false}, SEVERITY_HIGH, ALERT_RULE, "all severe "},
      {{.given = false}, SEVERITY_CRITICAL, ALERT_RULE_ERROR, "all errors "},
      {{.given = true}, SEVERITY_CRITICAL, ALERT_RULE, ""},
      {{true, names, 1}, SEVERITY_INFO, ALERT_RULE, "none "},
      {{true, names, 2}, SEVERITY_INFO, ALERT_RULE, "none ?nobody "},
      {{true, names, 5}, SEVERITY_INFO, ALERT_RULE_ERROR, "none ?nobody severe "},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct buffer where = BUFFER_NONE;
    buffer_append_string(&where, "");
    destinations_route(destinations, 4, &rows[i].names, rows[i].severity, rows[i].type, note,
                       note_unknown, &where);
    assert_string_equal(where.data, rows[i].where);
    buffer_free(&where);
  }
}

static void without_destinations_nothing_is_called(void **state) {
  (void)state;
  struct buffer where = BUFFER_NONE;
  destinations_route(NULL, 0, NULL, SEVERITY_HIGH, ALERT_RULE, note, NULL, &where);
  assert_int_equal(where.size, 0);
}

static void every_named_type_is_found(void **state) {
  (void)state;
  size_t count;
  const char *const *names = destination_type_names(&count);
  for (size_t i = 0; i < count; i++) {
    const struct destination_type *type = destination_type_find(text_from(names[i]));
    assert_non_null(type);
    assert_string_equal(type->name, names[i]);
    assert_non_null(type->render);
  }
  assert_null(destination_type_find(TEXT("pigeon")));
  assert_null(destination_type_find(TEXT("")));
}

static void a_status_says_whether_to_try_again(void **state) {
  (void)state;
  static const struct {
    long status;
    enum delivery_verdict verdict;
  } rows[] = {
      {200, DELIVERY_DONE},  {201, DELIVERY_DONE},  {202, DELIVERY_DONE},  {204, DELIVERY_DONE},
      {301, DELIVERY_PARK},  {304, DELIVERY_PARK},  {400, DELIVERY_PARK},  {401, DELIVERY_PARK},
      {403, DELIVERY_PARK},  {404, DELIVERY_PARK},  {408, DELIVERY_RETRY}, {410, DELIVERY_PARK},
      {413, DELIVERY_PARK},  {422, DELIVERY_PARK},  {425, DELIVERY_RETRY}, {429, DELIVERY_RETRY},
      {500, DELIVERY_RETRY}, {501, DELIVERY_RETRY}, {502, DELIVERY_RETRY}, {599, DELIVERY_RETRY},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct http_response response = HTTP_RESPONSE_NONE;
    struct error reason = ERROR_NONE;
    response.status = rows[i].status;
    assert_int_equal(delivery_verdict_of_status(&response, &reason), rows[i].verdict);
    assert_int_equal(reason.set, rows[i].verdict != DELIVERY_DONE);
  }
}

static void a_header_cannot_bring_another(void **state) {
  (void)state;
  struct delivery_request request = {.headers = NULL};
  struct error error = ERROR_NONE;
  assert_true(delivery_request_header(&request, "A", TEXT("b"), &error));
  assert_false(delivery_request_header(&request, "A", TEXT("b\r\nC: d"), &error));
  assert_false(delivery_request_header(&request, "A", TEXT("b\0c"), &error));
  assert_null(request.headers->next);
  delivery_request_free(&request);
  assert_null(request.headers);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(alerts_go_where_names_or_routing_say),
      cmocka_unit_test(without_destinations_nothing_is_called),
      cmocka_unit_test(every_named_type_is_found),
      cmocka_unit_test(a_status_says_whether_to_try_again),
      cmocka_unit_test(a_header_cannot_bring_another),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
