/* Puts alerts on their way: a row of the outbox for each destination that takes them. */
#include "daemon/commit/commit_internal.h"
#include "store/store_outbox.h"
#include "store/store_routing.h"

struct outbox_route {
  struct committer *committer;
  const struct alert *alert;
  struct error *error;
  bool ok, taken;                    /* taken: by a destination */
  struct text about;                 /* a destination that the alert complains of; empty: none */
  const struct destination *avoided; /* the same, when it would take the alert */
};

static void put(struct outbox_route *route, const struct destination *destination) {
  struct committer *committer = route->committer;
  struct store *store = committer->options.store;
  const struct alert *alert = route->alert;
  struct hold hold = hold_of(destination->holds, alert->severity, alert->created_at);
  bool added = false;
  route->taken = true;
  route->ok =
      route->ok &&
      store_outbox_put(store, alert->id, destination->id, hold.until, &added, route->error) &&
      (!added || hold.kind == HOLD_NONE ||
       store_hold_set(store, alert->id, destination->id, hold.kind, hold.until, route->error));
  committer->counts.queued += added;
}

static void route_to(void *context, const struct destination *destination) {
  struct outbox_route *route = context;
  if (route->about.size > 0 && text_equal(destination->id, route->about))
    route->avoided = destination;
  else
    put(route, destination);
}

static void route_unknown(void *context, struct text name) {
  struct outbox_route *route = context;
  char shown[128];
  LOG_WARN(route->committer->options.log, "a rule names a destination that is not configured",
           LOG_TEXT("rule", route->alert->rule_id),
           LOG_STRING("destination", text_printable(name, shown, sizeof shown)));
}

/* What `margay alerts` shows in the place of deliveries: "weekend: migration, CHG-1234". */
static bool note_mute(struct committer *committer, const struct alert *alert,
                      const struct route *route, struct error *error) {
  struct buffer words = BUFFER_NONE;
  buffer_append_text(&words, route->name);
  if (route->reason.size > 0) {
    buffer_append_string(&words, ": ");
    buffer_append_text(&words, route->reason);
  }
  bool ok = store_alert_mute(committer->options.store, alert->id, buffer_text(&words), error);
  buffer_free(&words);
  committer->counts.muted += ok;
  return ok;
}

static bool route_past(struct committer *committer, const struct route_subject *subject,
                       const struct routing_names *names, struct text about, struct error *error) {
  struct outbox_route route = {committer, subject->alert, error, true, false, about, NULL};
  const struct routing_calls calls = {route_to, route_unknown, &route};
  const struct routing_outcome outcome =
      routing_choose(&committer->options.setup.routing, names, subject, &calls);
  if (!route.taken && route.avoided) /* nobody else takes it: it comes when that one works again */
    put(&route, route.avoided);
  if (route.ok && outcome.muted)
    return note_mute(committer, subject->alert, outcome.route, error);
  bool is_wanted = !names->given || names->count > 0; /* an empty list means nowhere */
  committer->counts.unrouted += is_wanted && !route.taken;
  return route.ok;
}

struct routing_names commit_names_of(const struct match *match) {
  return (struct routing_names){match->outcome.destinations_given,
                                match->outcome.destinations.items,
                                match->outcome.destinations.count};
}

bool commit_route_opened(struct committer *committer, const struct alert *alert,
                         const struct match *match, struct error *error) {
  const struct routing_names names =
      match->type == ALERT_RULE ? commit_names_of(match) : (struct routing_names){.given = false};
  const struct route_subject subject = {alert, match->rule->pack};
  return commit_route(committer, &subject, &names, error);
}

bool commit_route_match(struct committer *committer, const struct match *match,
                        struct text alert_id, struct error *error) {
  char id[ALERT_ID_SIZE + 1];
  snprintf(id, sizeof id, "%.*s", TEXT_ARGS(alert_id));
  struct match whole = *match;
  commit_describe(committer, &whole);
  const struct alert alert = match_alert(&whole, id, clock_now(&committer->options.clock));
  return commit_route_opened(committer, &alert, &whole, error);
}

bool commit_route(struct committer *committer, const struct route_subject *subject,
                  const struct routing_names *names, struct error *error) {
  return route_past(committer, subject, names, TEXT(""), error);
}

bool committer_open_alert(struct committer *committer, const struct alert *alert, struct text about,
                          struct error *error) {
  const struct routing_names names = {.given = false};
  const struct route_subject subject = {.alert = alert};
  bool ok = store_alert_add(committer->options.store, alert, error) &&
            route_past(committer, &subject, &names, about, error);
  committer->counts.alerts += ok;
  return ok;
}
