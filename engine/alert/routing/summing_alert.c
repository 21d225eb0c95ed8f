#include "alert/routing/summing_alert.h"

#include "alert/message/alert_steps.h"
#include "base/digest.h"
#include "base/json_member.h"

#include <inttypes.h>

#define ALERT_ID_CHARACTERS 32
#define DIGEST_RULE "Margay.Digest"
#define STORM_RULE "Margay.Storm"
#define STORM_OVER_RULE "Margay.Storm.Over"
#define ID_SHOWN 12 /* characters of an alert's id in a line; `margay alerts show` takes them */

/* ---- what they share ----------------------------------------------------------------------- */

static struct text id_of(const char *kind, const struct text *parts, size_t count,
                         struct arena *arena) {
  struct digest *digest = digest_new();
  uint8_t bytes[DIGEST_SIZE];
  char *id = arena_alloc(arena, ALERT_ID_CHARACTERS + 1);
  digest_update(digest, kind, strlen(kind) + 1);
  for (size_t i = 0; i < count; i++) {
    uint64_t size = parts[i].size;
    digest_update(digest, &size, sizeof size);
    digest_update(digest, parts[i].data, parts[i].size);
  }
  digest_final(digest, bytes);
  digest_free(digest);
  hex_encode(bytes, ALERT_ID_CHARACTERS / 2, id);
  return text_from(id);
}

static struct text kept(struct buffer *buffer, struct arena *arena) {
  struct text text = arena_copy(arena, buffer_text(buffer));
  buffer_free(buffer);
  return text;
}

static struct alert own_alert(const char *rule_id, const char *name, struct text destination_id,
                              time_us now) {
  return (struct alert){
      .type = ALERT_SYSTEM,
      .severity = ALERT_HEALTH_SEVERITY,
      .rule_id = text_from(rule_id),
      .display_name = text_from(name),
      .source_label = TEXT("margay"),
      .dedup = destination_id,
      .tags = TEXT("[]"),
      .reports = TEXT("{}"),
      .context = TEXT("{}"),
      .event = TEXT("{}"),
      .created_at = now,
      .first_event_time = now,
      .last_event_time = now,
  };
}

bool summing_alert_is(const struct alert *alert) {
  static const char *const ids[] = {DIGEST_RULE, STORM_RULE, STORM_OVER_RULE};
  bool is = false;
  for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
    is = is || text_is(alert->rule_id, ids[i]);
  return is && alert->type == ALERT_SYSTEM;
}

/* ---- digests ------------------------------------------------------------------------------- */

/* A rule, and which entries are its. */
struct group {
  struct text rule_id;
  size_t count;
  size_t shown[ALERT_STEP_EVENTS_MAX];
  size_t shown_count;
};

/* The last one takes the rules for which there is no room. */
struct groups {
  struct group items[ALERT_STEPS_MAX];
  size_t count, rules;
};

static struct group *group_of(struct groups *groups, struct text rule_id) {
  for (size_t i = 0; i < groups->count; i++)
    if (text_equal(groups->items[i].rule_id, rule_id))
      return &groups->items[i];
  if (groups->count == ALERT_STEPS_MAX)
    return &groups->items[ALERT_STEPS_MAX - 1];
  struct group *group = &groups->items[groups->count++];
  *group = (struct group){.rule_id = rule_id};
  if (groups->count == ALERT_STEPS_MAX)
    group->rule_id = TEXT("other rules");
  return group;
}

static void gather(struct groups *groups, const struct digest_entry *entries, size_t count) {
  for (size_t i = 0; i < count; i++) {
    struct group *group = group_of(groups, entries[i].rule_id);
    if (group->shown_count < ALERT_STEP_EVENTS_MAX)
      group->shown[group->shown_count++] = i;
    group->count++;
  }
}

/* "LOW  Title [3f9c21aa0000]" */
static void write_entry(struct buffer *out, const struct digest_entry *entry) {
  struct buffer line = BUFFER_NONE;
  buffer_printf(&line, "%s  ", severity_name(entry->severity));
  buffer_append_text(&line, entry->title.size ? entry->title : entry->rule_id);
  buffer_printf(&line, " [%.*s]", TEXT_ARGS(text_cut(entry->alert_id, ID_SHOWN)));
  buffer_append_char(out, '{');
  json_member_text(out, "rule_id", entry->rule_id);
  json_member_text(out, "title", buffer_text(&line));
  json_member_text(out, "actor", entry->actor);
  json_member_time(out, "p_event_time", entry->created_at);
  json_member_text(out, "p_row_id", entry->alert_id);
  buffer_append_char(out, '}');
  buffer_free(&line);
}

static struct text digest_event(const struct groups *groups, const struct digest_entry *entries,
                                struct arena *arena) {
  struct buffer out = BUFFER_NONE;
  buffer_append_string(&out, "{\"steps\":{");
  for (size_t i = 0; i < groups->count; i++) {
    const struct group *group = &groups->items[i];
    json_member_name(&out, group->rule_id);
    buffer_printf(&out, "{\"count\":%zu,\"events\":[", group->count);
    for (size_t k = 0; k < group->shown_count; k++) {
      buffer_append_string(&out, k ? "," : "");
      write_entry(&out, &entries[group->shown[k]]);
    }
    buffer_append_string(&out, "]}");
  }
  buffer_append_char(&out, '}');
  json_member_text(&out, "p_log_type", TEXT(ALERT_CORRELATION_LOG_TYPE));
  buffer_append_char(&out, '}');
  return kept(&out, arena);
}

static struct text digest_title(const struct digest_entry *entries, size_t count,
                                struct arena *arena) {
  size_t counts[SEVERITY_COUNT] = {0};
  struct buffer out = BUFFER_NONE;
  for (size_t i = 0; i < count; i++)
    counts[entries[i].severity]++;
  buffer_printf(&out, "Digest of %zu alert%s:", count, count == 1 ? "" : "s");
  const char *comma = "";
  for (int severity = SEVERITY_COUNT - 1; severity >= 0; severity--)
    if (counts[severity] > 0) {
      buffer_printf(&out, "%s %zu %s", comma, counts[severity],
                    severity_name((enum severity)severity));
      comma = ",";
    }
  return kept(&out, arena);
}

struct alert digest_alert(struct text destination_id, const struct digest_entry *entries,
                          size_t count, time_us now, struct arena *arena) {
  struct alert alert = own_alert(DIGEST_RULE, "Digest", destination_id, now);
  struct groups *groups = arena_alloc(arena, sizeof *groups);
  *groups = (struct groups){.count = 0};
  gather(groups, entries, count);
  const struct text parts[] = {destination_id, entries[0].alert_id, entries[count - 1].alert_id,
                               text_from(arena_printf(arena, "%" PRId64, now))};
  alert.id = id_of("digest", parts, sizeof parts / sizeof *parts, arena);
  alert.severity = entries[0].severity;
  alert.log_type = TEXT(ALERT_CORRELATION_LOG_TYPE);
  alert.title = digest_title(entries, count, arena);
  alert.description = TEXT("These alerts waited for the digest, and are sent in no other message.");
  alert.runbook = text_from(
      arena_printf(arena, "margay alerts show ID shows one of them; the ids stand in brackets."));
  alert.event = digest_event(groups, entries, arena);
  for (size_t i = 0; i < count; i++) {
    time_us at = entries[i].created_at;
    alert.first_event_time = at < alert.first_event_time ? at : alert.first_event_time;
  }
  return alert;
}

/* ---- storms -------------------------------------------------------------------------------- */

static struct alert storm_part(const struct storm *storm, const char *kind, const char *rule_id,
                               const char *name, time_us now, struct arena *arena) {
  struct alert alert = own_alert(rule_id, name, storm->destination_id, now);
  const struct text parts[] = {storm->destination_id,
                               text_from(arena_printf(arena, "%" PRId64, storm->began))};
  alert.id = id_of(kind, parts, sizeof parts / sizeof *parts, arena);
  alert.first_event_time = storm->began;
  alert.runbook = text_from(arena_printf(
      arena,
      "margay outbox list --state-filter held --destination %.*s lists what is held back. "
      "margay rules noise says which rules are loud; docs/tuning.md how to quieten "
      "them.",
      TEXT_ARGS(storm->destination_id)));
  return alert;
}

struct alert storm_alert(const struct storm *storm, time_us now, struct arena *arena) {
  struct alert alert = storm_part(storm, "storm", STORM_RULE, "Storm of alerts", now, arena);
  alert.title = text_from(
      arena_printf(arena, "Storm of alerts: more than %" PRId64 " messages a minute to %.*s",
                   storm->limit, TEXT_ARGS(storm->destination_id)));
  alert.description =
      TEXT("Until it is over, alerts below CRITICAL are kept and counted, and not sent here one by "
           "one. When it is over, this alert is resolved and says how many they were.");
  return alert;
}

struct text storm_over_words(const struct storm *storm, struct arena *arena) {
  return text_from(arena_printf(
      arena,
      "it is over: %" PRId64
      " message%s held back, and kept: margay outbox list --state-filter held "
      "--destination %.*s lists them",
      storm->held, storm->held == 1 ? " was" : "s were", TEXT_ARGS(storm->destination_id)));
}

struct alert storm_over_alert(const struct storm *storm, time_us now, struct arena *arena) {
  struct alert alert =
      storm_part(storm, "storm over", STORM_OVER_RULE, "Storm of alerts is over", now, arena);
  alert.severity = SEVERITY_MEDIUM;
  alert.title = text_from(
      arena_printf(arena, "Storm of alerts is over: %" PRId64 " message%s to %.*s %s held back",
                   storm->held, storm->held == 1 ? "" : "s", TEXT_ARGS(storm->destination_id),
                   storm->held == 1 ? "was" : "were"));
  alert.description = TEXT("They are kept, and were not sent here one by one.");
  return alert;
}
