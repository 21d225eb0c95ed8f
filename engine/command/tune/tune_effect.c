#include "command/tune/tune_effect.h"

#include "api/backtest/outcome_json.h"
#include "base/json_member.h"
#include "command/backtest/output.h"
#include "command/terminal/progress.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#define ALERTS_SHOWN 10

struct compared {
  struct outcome before, after;
  struct outcome_alerts gone, stay, new;
};

static bool run(const struct tune_effect *effect, struct detection *detection,
                struct outcome *outcome, struct error *error) {
  struct progress *progress = progress_new(stderr, 0);
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  const struct outcome_request request = {.detection = detection,
                                          .store = effect->store,
                                          .chosen = effect->chosen,
                                          .since = effect->since,
                                          .until = effect->until,
                                          .workers = processors < 1 ? 1 : (unsigned)processors,
                                          .progress = progress_show,
                                          .context = progress};
  bool ok = outcome_run(&request, outcome, error);
  progress_free(progress);
  return ok;
}

static const char *plural(size_t count) {
  return count == 1 ? "" : "s";
}

static void write_alerts(const char *what, const struct outcome_alerts *alerts,
                         struct buffer *out) {
  if (alerts->count == 0)
    return;
  buffer_printf(out, "%s:\n", what);
  backtest_write_alerts(alerts, "  ", ALERTS_SHOWN, out);
}

/* Alerts that stay, but with another severity. */
static size_t count_changed(const struct compared *compared) {
  size_t changed = 0, k = 0;
  const struct outcome_alerts *old = &compared->before.alerts, *new = &compared->after.alerts;
  for (size_t i = 0; i < old->count; i++) {
    while (k < new->count &&new->items[k].first_event_time < old->items[i].first_event_time)
      k++;
    for (size_t m = k;
         m < new->count &&new->items[m].first_event_time == old->items[i].first_event_time; m++)
      changed += text_equal(new->items[m].rule_id, old->items[i].rule_id) &&
                 text_equal(new->items[m].dedup, old->items[i].dedup) &&
                 new->items[m].severity != old->items[i].severity;
  }
  return changed;
}

static void write_compared(const struct tune_effect *effect, const struct compared *compared,
                           struct buffer *out) {
  const struct outcome *before = &compared->before, *after = &compared->after;
  int64_t heard = before->matches - before->suppressed,
          silenced = heard - (after->matches - after->suppressed);
  size_t changed = count_changed(compared);
  struct time_string since;
  buffer_printf(out,
                "Since %s it would have silenced %" PRId64 " of %" PRId64
                " match%s and %zu of %zu alert%s.\n",
                time_format_date(effect->since, &since), silenced, heard, heard == 1 ? "" : "es",
                compared->gone.count, before->alerts.count, plural(before->alerts.count));
  if (changed > 0)
    buffer_printf(out, "%zu alert%s would have had another severity.\n", changed, plural(changed));
  if (silenced == 0 && changed == 0 && compared->gone.count == 0 && compared->new.count == 0)
    buffer_printf(out, "So it would have changed nothing%s.\n",
                  effect->excepts && heard > 0
                      ? ": `margay explain` and `margay schemas show` have "
                        "the names of fields"
                      : "");
  write_alerts("These stay", &compared->stay, out);
  write_alerts("These would be new", &compared->new, out);
}

static void write_json(const struct tune_effect *effect, const struct compared *compared,
                       struct buffer *out) {
  const struct outcome *before = &compared->before, *after = &compared->after;
  int64_t heard = before->matches - before->suppressed;
  json_member_time(out, "since", effect->since);
  json_member_time(out, "until", effect->until);
  buffer_printf(out,
                ",\"events\":%s,\"matches\":%" PRId64 ",\"matches_silenced\":%" PRId64
                ",\"alerts\":%zu,\"alerts_silenced\":%zu,\"severities_changed\":%zu",
                before->counts.first == TIME_NONE ? "false" : "true", heard,
                heard - (after->matches - after->suppressed), before->alerts.count,
                compared->gone.count, count_changed(compared));
  outcome_json_alerts(out, "silenced", &compared->gone, SIZE_MAX);
  outcome_json_alerts(out, "stay", &compared->stay, SIZE_MAX);
  outcome_json_alerts(out, "new", &compared->new, SIZE_MAX);
}

static void write_text(const struct tune_effect *effect, const struct compared *compared,
                       struct buffer *out) {
  struct time_string since;
  if (compared->before.counts.first == TIME_NONE)
    buffer_printf(out, "The archive has no events of these log types since %s.\n",
                  time_format_date(effect->since, &since));
  else
    write_compared(effect, compared, out);
}

bool tune_effect_write(const struct tune_effect *effect, bool json, struct buffer *out,
                       struct error *error) {
  struct compared compared = {.before = {.matches = 0}};
  bool ok = run(effect, effect->before, &compared.before, error) &&
            run(effect, effect->after, &compared.after, error);
  if (ok) {
    outcome_only(&compared.before.alerts, &compared.after.alerts, &compared.gone);
    outcome_only(&compared.after.alerts, &compared.before.alerts, &compared.new);
    outcome_only(&compared.after.alerts, &compared.new, &compared.stay);
    (json ? write_json : write_text)(effect, &compared, out);
  }
  outcome_clear(&compared.before);
  outcome_clear(&compared.after);
  free(compared.gone.items);
  free(compared.stay.items);
  free(compared.new.items);
  return ok;
}
