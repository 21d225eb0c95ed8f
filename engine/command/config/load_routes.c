/* What the configuration says of routes and only the rest of it, the rules and the schemas can
 * confirm. */
#include "alert/routing/routing.h"
#include "base/suggestion.h"
#include "command/config/config_settings.h"
#include "command/config/destination_ids.h"
#include "command/config/load.h"

struct check {
  const struct config *config;
  const struct detection *detection;
  const struct route_settings *settings; /* by route */
  struct problems *problems, *warnings;
  struct arena arena;
};

/* The item of the list below a key, or what stands there alone, or the entry. */
static const struct yaml_node *item_node(const struct route_settings *settings, const char *key,
                                         size_t index) {
  const struct yaml_node *list = yaml_get(settings->node, key);
  if (!list)
    return settings->node;
  return list->type == YAML_SEQUENCE ? list->items[index] : list;
}

/* ---- words that nothing has ---------------------------------------------------------------- */

/* What a word is compared with. */
struct words {
  const char **items;
  size_t count, capacity;
};

static void add_word(struct check *check, struct words *words, struct text word) {
  if (words->count == words->capacity) { /* what was there before stays in the arena */
    size_t capacity = words->capacity ? words->capacity * 2 : 64;
    const char **items = arena_alloc(&check->arena, capacity * sizeof *items);
    for (size_t i = 0; i < words->count; i++)
      items[i] = words->items[i];
    words->items = items;
    words->capacity = capacity;
  }
  words->items[words->count++] = arena_printf(&check->arena, "%.*s", TEXT_ARGS(word));
}

static void add_rules(struct check *check, struct words *words) {
  for (size_t i = 0; i < check->detection->rules->count; i++)
    add_word(check, words, check->detection->rules->rules[i].id);
}

static void add_log_types(struct check *check, struct words *words) {
  for (size_t i = 0; i < check->detection->schemas->count; i++)
    add_word(check, words, check->detection->schemas->schemas[i].name);
  add_word(check, words, TEXT(ALERT_CORRELATION_LOG_TYPE));
}

static void add_tags(struct check *check, struct words *words) {
  for (size_t i = 0; i < check->detection->rules->count; i++) {
    const struct rule *rule = &check->detection->rules->rules[i];
    for (size_t k = 0; k < rule->tags.count; k++)
      add_word(check, words, rule->tags.items[k]);
  }
}

static void add_packs(struct check *check, struct words *words) {
  for (size_t i = 0; i < check->detection->rules->count; i++)
    if (check->detection->rules->rules[i].pack.size > 0)
      add_word(check, words, check->detection->rules->rules[i].pack);
}

static void add_sources(struct check *check, struct words *words) {
  for (size_t i = 0; i < check->config->source_count; i++)
    add_word(check, words, check->config->sources[i].id);
}

/* What words of each ask can be; of actors nothing is known before. */
static const struct {
  void (*add)(struct check *check, struct words *words);
  const char *what;
} worlds[ROUTE_ASK_COUNT] = {[ROUTE_RULES] = {add_rules, "no rule"},
                             [ROUTE_LOG_TYPES] = {add_log_types, "no log type"},
                             [ROUTE_TAGS] = {add_tags, "no rule's tag"},
                             [ROUTE_PACKS] = {add_packs, "no rule's pack"},
                             [ROUTE_SOURCES] = {add_sources, "no source"}};

static bool is_known(struct text pattern, const struct words *words) {
  for (size_t i = 0; i < words->count; i++)
    if (route_pattern_fits(pattern, text_from(words->items[i])))
      return true;
  return false;
}

/* margay's own alerts have ids that no rule has. */
static bool is_own(enum route_ask ask, struct text pattern) {
  static const char own[] = "Margay.";
  struct text start = {pattern.data, sizeof own - 1};
  return ask == ROUTE_RULES && pattern.size >= start.size && text_equal_folded(start, TEXT(own));
}

/* Of rules whose files have mistakes, and of log types without schemas, nothing is known. */
static bool world_is_known(const struct check *check, enum route_ask ask) {
  const struct detection *detection = check->detection;
  if (ask == ROUTE_RULES || ask == ROUTE_TAGS || ask == ROUTE_PACKS)
    return detection->rules->mistakes.count == 0;
  return ask != ROUTE_LOG_TYPES || (detection->schemas && detection->schemas->count > 0);
}

static void check_words(struct check *check, size_t index, enum route_ask ask) {
  const struct route *route = &check->config->routes[index];
  const struct yaml_context context = {check->config->yaml, check->problems};
  struct words words = {.count = 0};
  struct suggestion suggestion;
  char shown[128];
  if (route->asks[ask].count == 0 || !worlds[ask].add || !world_is_known(check, ask))
    return;
  worlds[ask].add(check, &words);
  for (size_t i = 0; i < route->asks[ask].count; i++) {
    struct text pattern = route->asks[ask].items[i];
    if (!is_own(ask, pattern) && !is_known(pattern, &words))
      yaml_problem(&context, item_node(&check->settings[index], route_ask_keys[ask], i),
                   "routes: %s: '%s' is %s%s", route_ask_keys[ask],
                   text_printable(pattern, shown, sizeof shown), worlds[ask].what,
                   suggestion_find(pattern, words.items, words.count, &suggestion));
  }
}

/* ---- destinations -------------------------------------------------------------------------- */

static void check_destinations(struct check *check, size_t index) {
  const struct config *config = check->config;
  const struct yaml_context context = {config->yaml, check->problems};
  const struct route_list *send_to = &config->routes[index].send_to;
  struct arena arena = ARENA_NONE;
  const struct destination_ids ids = destination_ids_read(config, &arena);
  struct suggestion suggestion;
  char shown[128];
  for (size_t i = 0; i < send_to->count; i++)
    if (!destination_ids_have(&ids, send_to->items[i]))
      yaml_problem(&context, item_node(&check->settings[index], "send_to", i),
                   "routes: no destination '%s' is configured%s",
                   text_printable(send_to->items[i], shown, sizeof shown),
                   suggestion_find(send_to->items[i], ids.items, ids.count, &suggestion));
  arena_free(&arena);
}

/* ---- routes that take nothing -------------------------------------------------------------- */

static void check_order(struct check *check, size_t index) {
  const struct yaml_context context = {check->config->yaml, check->warnings};
  const struct route *routes = check->config->routes;
  for (size_t i = 0; i < index; i++)
    if (route_shadows(&routes[i], &routes[index])) {
      yaml_problem(&context, check->settings[index].node,
                   "warning: routes: this one never takes an alert: the one at line %u takes all "
                   "that it asks for: move it up, or give that one 'continue: true'",
                   routes[i].line);
      return;
    }
}

static void check_mute(struct check *check, size_t index) {
  const struct yaml_context context = {check->config->yaml, check->warnings};
  const struct route *route = &check->config->routes[index];
  const struct clock clock = clock_system();
  if (route->mutes && route->until != TIME_NONE && route->until <= clock_now(&clock))
    yaml_problem(&context, item_node(&check->settings[index], "mute_until", 0),
                 "warning: routes: this mute is over, and takes what comes late alone: remove the "
                 "route");
}

void load_check_routes(const struct detection *detection, const struct config *config,
                       struct problems *problems, struct problems *warnings) {
  const struct setting_entries *entries = &config->settings->routes;
  struct check check = {config, detection, entries->items, problems, warnings, ARENA_NONE};
  for (size_t i = 0; i < config->route_count; i++) {
    check_destinations(&check, i);
    for (enum route_ask ask = 0; ask < ROUTE_ASK_COUNT; ask++)
      check_words(&check, i, ask);
    check_order(&check, i);
    check_mute(&check, i);
  }
  arena_free(&check.arena);
}
