/* Alerts about margay's own work that are over: the dead letters are gone, the rule that failed is
 * another one. (Alarms end by themselves: daemon/health/alarms.h.) */
#include "daemon/commit/commit_internal.h"

enum { ENDED_MAX = 500 }; /* in one transaction, which other writers wait for */

struct ended {
  struct arena arena;
  const struct rule_set *rules;
  struct {
    struct text id;
    const char *why;
  } items[ENDED_MAX];
  size_t count;
};

static void add(struct ended *ended, struct text id, const char *why) {
  if (ended->count == ENDED_MAX)
    return;
  ended->items[ended->count].id = arena_copy(&ended->arena, id);
  ended->items[ended->count++].why = why;
}

static void add_letters(void *context, const struct alert_unresolved *alert) {
  add(context, alert->id,
      "no record with this reason is left: they were retried, dropped, or kept for long enough");
}

/* The alert's id is made of the rule's version and the reason, so it says which version failed. */
static void add_failure(void *context, const struct alert_unresolved *alert) {
  struct ended *ended = context;
  const struct rule *rule = rule_set_find(ended->rules, alert->rule_id);
  char id[ALERT_ID_SIZE + 1];
  const struct match match = {
      .type = ALERT_RULE_ERROR, .rule = rule, .outcome = {.dedup = alert->dedup}};
  if (!rule) {
    add(ended, alert->id, "there is no such rule any more");
    return;
  }
  match_alert_id(&match, id);
  if (!text_is(alert->id, id))
    add(ended, alert->id, "the rule was changed since");
  else if (!rule->enabled)
    add(ended, alert->id, "the rule is off");
}

static bool resolve(struct committer *committer, const void *context, struct error *error) {
  const struct ended *ended = context;
  for (size_t i = 0; i < ended->count; i++)
    if (!committer_resolve_alert(committer, ended->items[i].id, text_from(ended->items[i].why),
                                 error))
      return false;
  return true;
}

bool committer_end_causes(struct committer *committer, const struct rule_set *rules, bool *wrote,
                          struct error *error) {
  struct store *store = committer->options.store;
  struct ended ended = {.arena = ARENA_NONE, .rules = rules};
  bool ok = store_alert_letters_gone(store, TEXT(DEAD_LETTER_RULE_ID), ENDED_MAX, add_letters,
                                     &ended, error) &&
            store_alert_failures(store, add_failure, &ended, error) &&
            (ended.count == 0 || committer_write(committer, resolve, &ended, error));
  *wrote = ok && ended.count > 0;
  arena_free(&ended.arena);
  return ok;
}
