#include "command/rules/rules_routes.h"

#include "alert/message/markup.h"
#include "base/map.h"
#include "base/memory.h"
#include "command/config/config.h"
#include "command/terminal/table.h"
#include "command/terminal/terminal.h"

#include <stdlib.h>

#define LINE_MAX_SHOWN 1000 /* characters */

struct rules_routes {
  struct config *config;
  struct routing routing;
  time_us now; /* for mutes that are over */
};

struct rules_routes *rules_routes_read(const char *config_path) {
  struct problems ignored = PROBLEMS_NONE;
  const struct clock clock = clock_system();
  struct config *config = config_path ? config_load(config_path, &ignored) : NULL;
  problems_clear(&ignored);
  if (!config || config->destination_count == 0) {
    config_free(config);
    return NULL;
  }
  struct rules_routes *routes = memory_alloc(sizeof *routes);
  *routes = (struct rules_routes){
      config,
      {config->destinations, config->destination_count, config->routes, config->route_count},
      clock_now(&clock)};
  return routes;
}

void rules_routes_free(struct rules_routes *routes) {
  if (routes)
    config_free(routes->config);
  free(routes);
}

/* ---- one alert ----------------------------------------------------------------------------- */

static void append_destination(void *context, const struct destination *destination) {
  struct buffer *out = context;
  buffer_append_string(out, out->size > 0 ? ", " : "");
  buffer_append_text(out, destination->id);
}

static void append_way(struct buffer *out, const struct routing_outcome *outcome, bool nowhere) {
  switch (outcome->way) {
  case ROUTING_BY_RULE:
    buffer_append_string(out, nowhere ? " (its rule names no destination)" : " (its rule says so)");
    break;
  case ROUTING_BY_ROUTE:
    buffer_printf(out, " (%s%.*s", outcome->muted ? "muted by " : "",
                  TEXT_ARGS(outcome->route->name));
    if (outcome->muted && outcome->route->reason.size > 0)
      buffer_printf(out, ": %.*s", TEXT_ARGS(outcome->route->reason));
    buffer_append_char(out, ')');
    break;
  case ROUTING_BY_SEVERITY:
    buffer_append_string(out, " (by severity and type)");
    break;
  }
}

static void append_outcome(const struct routing *routing, const struct routing_names *names,
                           const struct route_subject *subject, struct buffer *out) {
  struct buffer ids = BUFFER_NONE;
  const struct routing_calls calls = {.each = append_destination, .context = &ids};
  struct routing_outcome outcome = routing_choose(routing, names, subject, &calls);
  if (ids.size > 0)
    buffer_append_text(out, buffer_text(&ids));
  else
    buffer_append_string(out, "nowhere");
  append_way(out, &outcome, ids.size == 0);
  buffer_free(&ids);
}

void rules_routes_append(const struct rules_routes *routes, const struct routing_names *names,
                         const struct route_subject *subject, struct buffer *out) {
  if (routes)
    append_outcome(&routes->routing, names, subject, out);
}

/* ---- a rule -------------------------------------------------------------------------------- */

static struct text log_type_of(const struct rule *rule) {
  if (rule->correlation)
    return TEXT(ALERT_CORRELATION_LOG_TYPE);
  return rule->log_types.count > 0 ? rule->log_types.items[0] : TEXT("");
}

/* What is only known of an alert: "some actors", "some sources", both; NULL: nothing. A rule of
 * several log types is looked at as of the first one. */
static const char *condition_of(const struct route *route) {
  bool actors = route->asks[ROUTE_ACTORS].count > 0, sources = route->asks[ROUTE_SOURCES].count > 0;
  if (actors && sources)
    return "some actors of some sources";
  return actors ? "some actors" : sources ? "some sources" : NULL;
}

/* As if the actor and the source were the ones that it asks for. */
static struct route without_condition(const struct route *route) {
  struct route plain = *route;
  plain.asks[ROUTE_ACTORS].count = plain.asks[ROUTE_SOURCES].count = 0;
  return plain;
}

void rules_routes_append_rule(const struct rules_routes *routes, const struct rule *rule,
                              struct buffer *out) {
  const struct alert alert = {.type = ALERT_RULE,
                              .severity = rule->severity,
                              .rule_id = rule->id,
                              .log_type = log_type_of(rule),
                              .tags = rule->tags_json,
                              .first_event_time = routes ? routes->now : 0};
  const struct route_subject subject = {&alert, rule->pack};
  const struct routing_names names = {rule->has_destinations, rule->destinations.items,
                                      rule->destinations.count};
  if (!routes)
    return;
  bool names_count = names.given && destinations_known(&routes->routing, &names);
  for (size_t i = 0; !names_count && i < routes->routing.route_count; i++) {
    const struct route *route = &routes->routing.routes[i];
    const char *condition = condition_of(route);
    struct route plain = without_condition(route);
    struct routing alone = routes->routing;
    alone.routes = &plain;
    alone.route_count = 1;
    if (!condition || !route_fits(&plain, &subject))
      continue;
    buffer_printf(out, "for %s: ", condition);
    append_outcome(&alone, NULL, &subject, out);
    buffer_append_char(out, '\n');
  }
  append_outcome(&routes->routing, &names, &subject, out);
  buffer_append_char(out, '\n');
}

/* ---- for people ---------------------------------------------------------------------------- */

void rules_routes_print_rule(const struct rules_routes *routes, const struct rule *rule,
                             FILE *out) {
  struct buffer lines = BUFFER_NONE, shown = BUFFER_NONE;
  rules_routes_append_rule(routes, rule, &lines);
  for (size_t at = 0; at < lines.size;) {
    size_t size =
        (size_t)((const char *)memchr(lines.data + at, '\n', lines.size - at) - (lines.data + at));
    buffer_append_string(&shown, "  ");
    markup_append(&shown, &markup_line, (struct text){lines.data + at, size}, LINE_MAX_SHOWN);
    buffer_append_char(&shown, '\n');
    at += size + 1;
  }
  if (shown.size > 0)
    fprintf(out, "\nsent to\n%.*s", (int)shown.size, shown.data);
  buffer_free(&lines);
  buffer_free(&shown);
}

static void count_free(void *value) {
  free(value);
}

void rules_routes_print_table(const struct rules_routes *routes, const struct rule_list *rules,
                              FILE *out) {
  static const char *const headings[] = {"RULES", "THEIR ALERTS GO TO"};
  struct map counts = MAP_NONE;
  for (size_t i = 0; routes && i < rules->count; i++) {
    struct buffer lines = BUFFER_NONE;
    if (!rules->items[i]->enabled || !rules->items[i]->create_alert)
      continue;
    rules_routes_append_rule(routes, rules->items[i], &lines);
    struct text key = text_trim(buffer_text(&lines));
    int64_t *count = map_get(&counts, key);
    if (!count)
      map_put(&counts, key, count = memory_alloc(sizeof *count));
    ++*count;
    buffer_free(&lines);
  }
  struct table *table = table_new(headings, sizeof headings / sizeof *headings);
  struct buffer page = BUFFER_NONE;
  for (size_t i = 0; i < counts.count; i++) {
    table_add_number(table, *(const int64_t *)counts.entries[i].value);
    table_add(table, counts.entries[i].key, NULL);
  }
  table_align_right(table, 0);
  if (counts.count > 0) {
    buffer_append_char(&page, '\n');
    table_write(table, terminal_colours(out), terminal_width(out), &page);
    fwrite(page.data, 1, page.size, out);
  }
  buffer_free(&page);
  table_free(table);
  map_clear(&counts, count_free);
}
