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
      {{true, names + 1, 1}, SEVERITY_HIGH, ALERT_RULE, "?nobody all severe "},
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(alerts_go_where_names_or_routing_say),
      cmocka_unit_test(without_destinations_nothing_is_called),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
