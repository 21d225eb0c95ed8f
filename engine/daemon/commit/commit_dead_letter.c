/* The stage that keeps records which were refused, and the system alert that reports them: one for
 * each source, log type and reason, for as long as there are dead letters of it. */
#include "base/digest.h"
#include "daemon/commit/commit_internal.h"

#include <inttypes.h>

#define SYSTEM_ALERT_ID_SIZE 32 /* as alert.h says */

/* From the number of the reason, which is never given to another. */
static const char *alert_id(int64_t reason_id, char id[SYSTEM_ALERT_ID_SIZE + 1]) {
  char name[64];
  uint8_t digest[DIGEST_SIZE];
  snprintf(name, sizeof name, DEAD_LETTER_RULE_ID " %" PRId64, reason_id);
  digest_sha256(text_from(name), digest);
  hex_encode(digest, SYSTEM_ALERT_ID_SIZE / 2, id);
  return id;
}

static bool open_alert(const struct commit_step *step, const struct dead_letter *letter,
                       int64_t reason_id, struct text id, struct error *error) {
  struct committer *committer = step->committer;
  const struct batch_source *source = step->result->batch->source;
  struct text label = source->label.size > 0 ? source->label : source->id;
  struct buffer title = BUFFER_NONE, context = BUFFER_NONE, runbook = BUFFER_NONE;
  char number[24];
  snprintf(number, sizeof number, "%" PRId64, reason_id);
  buffer_printf(&title, "Records from %.*s are refused: %.*s", TEXT_ARGS(label),
                TEXT_ARGS(letter->reason));
  buffer_printf(&context, "{\"dead_letters\":%s}", number);
  buffer_printf(&runbook,
                "`margay deadletters show %s` shows the records. Fix the schema or what sends "
                "them, then `margay deadletters retry %s` runs the rules on what was kept.",
                number, number);
  const struct alert alert = {
      .id = id,
      .type = ALERT_SYSTEM,
      .severity = ALERT_HEALTH_SEVERITY,
      .rule_id = TEXT(DEAD_LETTER_RULE_ID),
      .display_name = TEXT("Records are refused"),
      .log_type = letter->log_type,
      .source_id = source->id,
      .source_label = source->label,
      .dedup = text_from(number),
      .title = buffer_text(&title),
      .description = TEXT("No rule sees these records. They are kept as dead letters; later ones "
                          "with the same reason are counted here."),
      .runbook = buffer_text(&runbook),
      .tags = TEXT("[]"),
      .reports = TEXT("{}"),
      .context = buffer_text(&context),
      .event = TEXT("{}"),
      .created_at = clock_now(&committer->options.clock),
      .first_event_time = step->result->batch->received_at,
      .last_event_time = step->result->batch->received_at,
      .match_count = 1,
  };
  bool ok = committer_open_alert(committer, &alert, TEXT(""), error);
  buffer_free(&title);
  buffer_free(&context);
  buffer_free(&runbook);
  return ok;
}

static bool report(const struct commit_step *step, const struct dead_letter *letter,
                   int64_t reason_id, struct error *error) {
  char id[SYSTEM_ALERT_ID_SIZE + 1];
  struct text alert = text_from(alert_id(reason_id, id));
  const struct alert_join join = {.alert_id = alert,
                                  .event_time = step->result->batch->received_at,
                                  .severity = ALERT_HEALTH_SEVERITY,
                                  .reopens = true};
  struct alert_joined joined;
  return commit_join(step->committer, &join, &joined, error) &&
         (joined.joined || open_alert(step, letter, reason_id, alert, error));
}

/* What was a dead letter is one no more: what became of it is in the same transaction. */
static bool remove_retried(const struct commit_step *step, struct error *error) {
  const struct batch *batch = step->result->batch;
  for (size_t i = 0; batch->letters && i < batch->count; i++)
    if (!store_dead_letter_remove(step->committer->options.store, batch->letters[i], error))
      return false;
  return true;
}

bool commit_dead_letters(struct commit_step *step, struct error *error) {
  struct committer *committer = step->committer;
  const struct batch_result *result = step->result;
  time_us received_at = result->batch->received_at;
  for (size_t i = 0; i < result->dead_letter_count; i++) {
    const struct dead_letter *letter = &result->dead_letters[i];
    bool taken;
    if (!commit_take_row(step, letter->row_id, received_at, &taken, error))
      return false;
    if (!taken)
      continue;
    committer->counts.dead_letters++;
    const struct store_dead_letter row = {.source_id = step->source_id,
                                          .source_label = result->batch->source->label,
                                          .log_type = letter->log_type,
                                          .row_id = text_from(letter->row_id),
                                          .record = letter->record,
                                          .error = letter->error,
                                          .reason = letter->reason,
                                          .occurrence = letter->occurrence,
                                          .received_at = received_at};
    int64_t reason_id;
    if (!store_dead_letter_add(committer->options.store, &row, &reason_id, error) ||
        !report(step, letter, reason_id, error))
      return false;
  }
  return remove_retried(step, error);
}
