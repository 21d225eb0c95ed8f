#include "alert/alert_fixture.h"
#include "alert/routing/routing.h"

#define BIT(n) (1u << (n))
#define SEVERE (BIT(SEVERITY_HIGH) | BIT(SEVERITY_CRITICAL))
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct destination destinations[] = {
    {.id = TEXT_INIT("all"), .severities = UINT32_MAX, .alert_types = UINT32_MAX},
    {.id = TEXT_INIT("severe"), .severities = SEVERE, .alert_types = BIT(ALERT_RULE)},
    {.id = TEXT_INIT("errors"), .severities = UINT32_MAX, .alert_types = BIT(ALERT_RULE_ERROR)},
    {.id = TEXT_INIT("none"), .severities = 0, .alert_types = UINT32_MAX},
};

static void note(void *context, const struct destination *destination) {
  buffer_printf(context, "%.*s ", TEXT_ARGS(destination->id));
}

static void note_unknown(void *context, struct text name) {
  buffer_printf(context, "?%.*s ", TEXT_ARGS(name));
}

static void check(const struct routing *routing, const struct routing_names *names,
                  const struct route_subject *subject, const char *where) {
  struct buffer out = BUFFER_NONE;
  const struct routing_calls calls = {note, note_unknown, &out};
  buffer_append_string(&out, "");
  struct routing_outcome outcome = routing_choose(routing, names, subject, &calls);
  if (outcome.muted)
    buffer_printf(&out, "muted by %.*s", TEXT_ARGS(outcome.route->name));
  assert_string_equal(out.data, where);
  buffer_free(&out);
}

static void alerts_go_where_names_or_routing_say(void **state) {
  (void)state;
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
  const struct routing routing = {.destinations = destinations, .destination_count = 4};
  for (size_t i = 0; i < COUNT(rows); i++) {
    struct alert alert = alert_sample();
    alert.severity = rows[i].severity;
    alert.type = rows[i].type;
    const struct route_subject subject = {.alert = &alert};
    check(&routing, &rows[i].names, &subject, rows[i].where);
  }
}

static void without_destinations_nothing_is_called(void **state) {
  (void)state;
  const struct routing routing = {.destinations = NULL};
  const struct alert alert = alert_sample();
  const struct route_subject subject = {.alert = &alert};
  check(&routing, NULL, &subject, "");
}

/* ---- routes -------------------------------------------------------------------------------- */

/* What a row's routes are made of. */
struct made {
  struct route routes[4];
  struct text words[4][2]; /* of one ask, and of send_to */
};

#define END_OF_MUTE (SAMPLE_TIME + US_PER_DAY)

/* "rules=Zoom.*>severe" sends, "+" in the place of ">" goes on, "!" mutes, "~" mutes for a day;
 * several are parted by spaces. "*" asks for nothing. */
static size_t make_routes(const char *text, struct made *made) {
  static const char *const names[] = {"r1", "r2", "r3", "r4"};
  size_t count = 0;
  while (*text) {
    struct route *route = &made->routes[count];
    struct text *words = made->words[count];
    size_t size = strcspn(text, " "), end = strcspn(text, ">+!~"), equal = strcspn(text, "=");
    *route = (struct route){.name = text_from(names[count]),
                            .severities = ROUTE_ANY,
                            .alert_types = ROUTE_ANY,
                            .until = TIME_NONE};
    words[0] = (struct text){text + equal + 1, end - equal - 1};
    words[1] = (struct text){text + end + 1, size - end - 1};
    for (int ask = 0; equal < end && ask < ROUTE_ASK_COUNT; ask++)
      if (text_is((struct text){text, equal}, route_ask_keys[ask]))
        route->asks[ask] = (struct route_list){&words[0], 1};
    if (equal < end && text_is((struct text){text, equal}, "severity"))
      for (int i = 0; i < SEVERITY_COUNT; i++)
        if (text_is(words[0], severity_words[i]))
          route->severities = BIT(i);
    if (equal < end && text_is((struct text){text, equal}, "type"))
      for (int i = 0; i < ALERT_TYPE_COUNT; i++)
        if (text_is(words[0], alert_type_name((enum alert_type)i)))
          route->alert_types = BIT(i);
    route->mutes = text[end] == '!' || text[end] == '~';
    route->until = text[end] == '~' ? END_OF_MUTE : TIME_NONE;
    route->goes_on = text[end] == '+';
    if (words[1].size > 0)
      route->send_to = (struct route_list){&words[1], 1};
    count++;
    text += size + strspn(text + size, " ");
  }
  return count;
}

/* The alert is the sample's: HIGH, Zoom.PasscodeDisabled, Zoom.Operation, of source zoom, by
 * homer@example.com, with tags zoom and settings, of the pack zoom-core. */
static void the_first_route_that_takes_an_alert_counts(void **state) {
  (void)state;
  static const struct {
    const char *routes, *where;
  } rows[] = {
      {"", "all severe "},
      {"*>none", "none "},
      {"rules=Zoom.PasscodeDisabled>none", "none "},
      {"rules=zoom.passcodedisabled>none", "none "},
      {"rules=Zoom.Pass*>none", "none "},
      {"rules=*.*Dis?bled>none", "none "},
      {"rules=Zoom.Pass>none", "all severe "},
      {"rules=Zoom.PasscodeDisabled?>none", "all severe "},
      {"log_types=Zoom.Operation>none", "none "},
      {"log_types=Zoom.Activity>none", "all severe "},
      {"tags=settings>none", "none "},
      {"tags=SET*>none", "none "},
      {"tags=set>none", "all severe "},
      {"packs=zoom-core>none", "none "},
      {"packs=zoom-audit>none", "all severe "},
      {"sources=zoom>none", "none "},
      {"sources=other>none", "all severe "},
      {"actors=*@example.com>none", "none "},
      {"actors=*@example.org>none", "all severe "},
      {"severity=high>none", "none "},
      {"severity=critical>none", "all severe "},
      {"type=rule>none", "none "},
      {"type=system>none", "all severe "},
      {"sources=other>none *>errors", "errors "},
      {"*>errors *>none", "errors "},
      {"*+errors *>none", "errors none "},
      {"*+none *>none", "none "},
      {"*+errors", "errors "},
      {"*+errors sources=other>none", "errors "},
      {"*+errors *+none *+all", "all errors none "},
      {"*!", "muted by r1"},
      {"*~", "muted by r1"},
      {"sources=other! rules=Zoom.*~ *>none", "muted by r2"},
      {"*+errors *! *>none", "errors "},
      {"*>errors *!", "errors "},
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    struct made made = {.routes = {{.name = {NULL, 0}}}};
    struct alert alert = alert_sample();
    alert.actor = TEXT("homer@example.com");
    const struct route_subject subject = {&alert, TEXT("zoom-core")};
    const struct routing routing = {destinations, 4, made.routes,
                                    make_routes(rows[i].routes, &made)};
    check(&routing, NULL, &subject, rows[i].where);
  }
}

static void what_a_rule_names_comes_before_routes(void **state) {
  (void)state;
  struct made made = {.routes = {{.name = {NULL, 0}}}};
  const struct alert alert = alert_sample();
  const struct route_subject subject = {.alert = &alert};
  const struct text names[] = {TEXT("errors"), TEXT("nobody")};
  const struct routing routing = {destinations, 4, made.routes, make_routes("*!", &made)};
  check(&routing, &(struct routing_names){true, names, 1}, &subject, "errors ");
  check(&routing, &(struct routing_names){true, names, 0}, &subject, "");
  check(&routing, &(struct routing_names){true, names + 1, 1}, &subject, "?nobody muted by r1");
}

static void a_mute_ends_by_itself(void **state) {
  (void)state;
  struct made made = {.routes = {{.name = {NULL, 0}}}};
  struct alert alert = alert_sample();
  const struct route_subject subject = {.alert = &alert};
  const struct routing routing = {destinations, 4, made.routes, make_routes("*~", &made)};
  alert.first_event_time = END_OF_MUTE - 1;
  check(&routing, NULL, &subject, "muted by r1");
  alert.first_event_time = END_OF_MUTE;
  check(&routing, NULL, &subject, "all severe ");
}

static void what_an_alert_does_not_have_fits_no_pattern(void **state) {
  (void)state;
  static const char *const asks[] = {"packs=*>none", "actors=*>none", "sources=*>none",
                                     "tags=*>none"};
  for (size_t i = 0; i < COUNT(asks); i++) {
    struct made made = {.routes = {{.name = {NULL, 0}}}};
    struct alert alert = alert_sample();
    alert.actor = alert.source_id = TEXT("");
    alert.tags = TEXT("[]");
    const struct route_subject subject = {.alert = &alert};
    const struct routing routing = {destinations, 4, made.routes, make_routes(asks[i], &made)};
    check(&routing, NULL, &subject, "all severe ");
  }
}

static void a_route_shadows_what_it_takes_before(void **state) {
  (void)state;
  static const struct {
    const char *routes;
    bool shadows;
  } rows[] = {
      {"*>all *>all", true},
      {"*>all rules=Zoom.X>all", true},
      {"rules=Zoom.X>all *>all", false},
      {"rules=Zoom.*>all rules=Zoom.X*>all", true},
      {"rules=zoom.x>all rules=Zoom.X>all", true},
      {"rules=Zoom.X*>all rules=Zoom.*>all", false},
      {"rules=Zoom.?>all rules=Zoom.*>all", false},
      {"rules=Zoom.?>all rules=Zoom.X>all", true},
      {"rules=Zoom.*>all tags=x>all", false},
      {"severity=high>all severity=high>all", true},
      {"severity=high>all severity=low>all", false},
      {"severity=high>all *>all", false},
      {"type=rule>all type=system>all", false},
      {"*+all *>all", false},
      {"*! *>all", true},
      {"*~ *>all", false},
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    struct made made = {.routes = {{.name = {NULL, 0}}}};
    assert_int_equal(make_routes(rows[i].routes, &made), 2);
    if (route_shadows(&made.routes[0], &made.routes[1]) != rows[i].shadows)
      fail_msg("%s", rows[i].routes);
  }
}

static void patterns_know_letters_and_characters(void **state) {
  (void)state;
  static const struct {
    struct text pattern, word;
    bool fits;
  } rows[] = {
      {TEXT_INIT(""), TEXT_INIT(""), true},        {TEXT_INIT(""), TEXT_INIT("a"), false},
      {TEXT_INIT("*"), TEXT_INIT(""), true},       {TEXT_INIT("**a"), TEXT_INIT("ba"), true},
      {TEXT_INIT("?"), TEXT_INIT("é"), true},      {TEXT_INIT("??"), TEXT_INIT("é"), false},
      {TEXT_INIT("É*"), TEXT_INIT("éa"), true},    {TEXT_INIT("a*b*c"), TEXT_INIT("aXbYbc"), true},
      {TEXT_INIT("a*b"), TEXT_INIT("ab "), false}, {TEXT_INIT("a?"), TEXT_INIT("a"), false},
  };
  for (size_t i = 0; i < COUNT(rows); i++)
    if (route_pattern_fits(rows[i].pattern, rows[i].word) != rows[i].fits)
      fail_msg("%s %s", rows[i].pattern.data, rows[i].word.data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(alerts_go_where_names_or_routing_say),
      cmocka_unit_test(without_destinations_nothing_is_called),
      cmocka_unit_test(the_first_route_that_takes_an_alert_counts),
      cmocka_unit_test(what_a_rule_names_comes_before_routes),
      cmocka_unit_test(a_mute_ends_by_itself),
      cmocka_unit_test(what_an_alert_does_not_have_fits_no_pattern),
      cmocka_unit_test(a_route_shadows_what_it_takes_before),
      cmocka_unit_test(patterns_know_letters_and_characters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
