/*
 * The tables, as a list of steps: a store's `user_version` is the number of steps that it has
 * taken. A step that was released is never changed; what comes later is a new step at the end.
 */
#include "store/sqlite/internal.h"

#include <assert.h>
#include <inttypes.h>

/* PRAGMA application_id: "marg". Distinguishes a store from other programs' databases. */
#define APPLICATION_ID INT64_C(0x6d617267)

static const char *const migrations[] = {
    "CREATE TABLE checkpoint ("
    " source_id TEXT PRIMARY KEY, checkpoint TEXT NOT NULL) STRICT, WITHOUT ROWID;"

    "CREATE TABLE token ("
    " key TEXT PRIMARY KEY, token TEXT NOT NULL, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;"

    "CREATE TABLE row ("
    " source_id TEXT NOT NULL, row_id ANY NOT NULL, event_time INTEGER NOT NULL,"
    " PRIMARY KEY (source_id, row_id)) STRICT, WITHOUT ROWID;"

    /* One index: it follows the order in which events come in (cheap), answers by time, and
     * finds a match's event, whose time and row id are both known. */
    "CREATE TABLE event ("
    " id INTEGER PRIMARY KEY, row_id ANY NOT NULL, source_id TEXT NOT NULL,"
    " log_type TEXT NOT NULL, event_time INTEGER NOT NULL, parse_time INTEGER NOT NULL,"
    " record TEXT NOT NULL) STRICT;"
    "CREATE INDEX event_by_time ON event (event_time, row_id);"

    "CREATE TABLE dead_letter ("
    " id INTEGER PRIMARY KEY, received_at INTEGER NOT NULL, source_id TEXT NOT NULL,"
    " log_type TEXT NOT NULL, row_id ANY NOT NULL, error TEXT NOT NULL, record BLOB NOT NULL)"
    " STRICT;"

    "CREATE TABLE rule_window ("
    " id INTEGER PRIMARY KEY, rule_id TEXT NOT NULL, dedup TEXT NOT NULL,"
    " last_event_time INTEGER NOT NULL, updated_at INTEGER NOT NULL, state BLOB NOT NULL,"
    " UNIQUE (rule_id, dedup)) STRICT;"
    "CREATE INDEX rule_window_by_time ON rule_window (last_event_time);"

    /* What changes with every match stands apart, so that a match does not write a long alert
     * again. */
    "CREATE TABLE alert ("
    " number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL,"
    " type INTEGER NOT NULL, severity INTEGER NOT NULL, rule_id TEXT NOT NULL,"
    " display_name TEXT NOT NULL, log_type TEXT NOT NULL, source_id TEXT NOT NULL,"
    " source_label TEXT NOT NULL, dedup TEXT NOT NULL, title TEXT NOT NULL,"
    " description TEXT NOT NULL, runbook TEXT NOT NULL, reference TEXT NOT NULL,"
    " tags TEXT NOT NULL, reports TEXT NOT NULL, actor TEXT NOT NULL, context TEXT NOT NULL,"
    " event TEXT NOT NULL) STRICT;"
    "CREATE INDEX alert_by_time ON alert (created_at);"
    "CREATE INDEX alert_by_rule ON alert (rule_id, created_at);"
    "CREATE TABLE alert_count ("
    " number INTEGER PRIMARY KEY REFERENCES alert (number) ON DELETE CASCADE,"
    " first_event_time INTEGER NOT NULL, last_event_time INTEGER NOT NULL,"
    " match_count INTEGER NOT NULL) STRICT;"

    /* Deferred: within a transaction a match may come before its alert. */
    "CREATE TABLE rule_match ("
    " id INTEGER PRIMARY KEY,"
    " alert_id TEXT REFERENCES alert (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,"
    " added_at INTEGER NOT NULL, event_time INTEGER NOT NULL, row_id ANY NOT NULL,"
    " rule_id TEXT NOT NULL, dedup TEXT NOT NULL) STRICT;"
    "CREATE INDEX rule_match_of_alert ON rule_match (alert_id, event_time)"
    " WHERE alert_id IS NOT NULL;"
    "CREATE INDEX rule_match_open ON rule_match (rule_id, dedup, event_time)"
    " WHERE alert_id IS NULL;"

    "CREATE TABLE outbox ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " alert_id TEXT NOT NULL REFERENCES alert (id) ON DELETE CASCADE"
    " DEFERRABLE INITIALLY DEFERRED,"
    " destination_id TEXT NOT NULL, idempotency_key TEXT NOT NULL, state INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL, due INTEGER NOT NULL, updated_at INTEGER NOT NULL,"
    " last_error TEXT NOT NULL, UNIQUE (alert_id, destination_id)) STRICT;"
    "CREATE INDEX outbox_pending ON outbox (destination_id, due) WHERE state = 0;"
    "CREATE INDEX outbox_parked ON outbox (id) WHERE state = 2;",

    /* kv_progress has one row. */
    "CREATE TABLE kv ("
    " id INTEGER PRIMARY KEY, rule_id TEXT NOT NULL, key TEXT NOT NULL, type INTEGER NOT NULL,"
    " expires_at INTEGER NOT NULL, expiry_given INTEGER NOT NULL, changed_at INTEGER NOT NULL,"
    " value BLOB NOT NULL, UNIQUE (rule_id, key)) STRICT;"
    "CREATE INDEX kv_by_expiry ON kv (expires_at);"
    "CREATE TABLE kv_progress ("
    " id INTEGER PRIMARY KEY CHECK (id = 1), latest_event_time INTEGER NOT NULL) STRICT;",

    /* The archive is asked for a log type's events of some time. Its one index follows the order in
     * which the events of each type come in (cheap), and still finds a match's event: there are few
     * types to look at. */
    "DROP INDEX event_by_time;"
    "CREATE INDEX event_by_type ON event (log_type, event_time, row_id);"
    /* With the severity, so that those below the one asked for are passed over in the index. */
    "DROP INDEX alert_by_time;"
    "CREATE INDEX alert_by_time ON alert (created_at, severity);"
    "DROP INDEX alert_by_rule;"
    "CREATE INDEX alert_by_rule ON alert (rule_id, created_at, severity);"
    "CREATE INDEX alert_by_type ON alert (log_type, created_at, severity);"
    "CREATE INDEX alert_by_actor ON alert (actor, created_at, severity);"
    "CREATE INDEX rule_match_by_rule ON rule_match (rule_id, event_time);"
    "DROP INDEX outbox_parked;"
    "CREATE INDEX outbox_by_state ON outbox (state);",

    /* What an alert sums up of its matches. */
    "CREATE TABLE match_attribute ("
    " match_id INTEGER NOT NULL REFERENCES rule_match (id) ON DELETE CASCADE, name TEXT NOT NULL,"
    " value TEXT NOT NULL, PRIMARY KEY (match_id, name, value)) STRICT, WITHOUT ROWID;"
    "ALTER TABLE alert ADD COLUMN sums_up INTEGER NOT NULL DEFAULT 0;",

    /* What correlations remember, by key; and how far the sources were read, which says when what
     * must not happen did not. */
    "CREATE TABLE correlation_state ("
    " id INTEGER PRIMARY KEY, rule_id TEXT NOT NULL, key TEXT NOT NULL, due INTEGER,"
    " expires_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, state BLOB NOT NULL,"
    " UNIQUE (rule_id, key)) STRICT;"
    "CREATE INDEX correlation_state_by_due ON correlation_state (rule_id, due)"
    " WHERE due IS NOT NULL;"
    "CREATE INDEX correlation_state_by_rule ON correlation_state (rule_id, expires_at);"
    "CREATE INDEX correlation_state_by_expiry ON correlation_state (expires_at);"
    "CREATE TABLE source_progress ("
    " source_id TEXT NOT NULL, log_type TEXT NOT NULL, latest_event_time INTEGER NOT NULL,"
    " complete_until INTEGER NOT NULL, PRIMARY KEY (source_id, log_type)) STRICT, WITHOUT ROWID;",

    /* No statement asks for them. */
    "DROP INDEX alert_by_type;"
    "DROP INDEX alert_by_actor;"
    "DROP INDEX rule_match_by_rule;"
    /* Who is sending a row, and until when; '' and 0: nobody. */
    "ALTER TABLE outbox ADD COLUMN lease_owner TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE outbox ADD COLUMN lease_end INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX outbox_leased ON outbox (lease_owner) WHERE lease_owner <> '';",

    "ALTER TABLE source_progress RENAME COLUMN complete_until TO watermark;",

    /* What a destination keeps of an alert: the id of a thread, of an incident. */
    "CREATE TABLE destination_state ("
    " alert_id TEXT NOT NULL REFERENCES alert (id) ON DELETE CASCADE"
    " DEFERRABLE INITIALLY DEFERRED,"
    " destination_id TEXT NOT NULL, state BLOB NOT NULL,"
    " PRIMARY KEY (alert_id, destination_id)) STRICT, WITHOUT ROWID;",

    /* Why records are refused, once for each source, log type and reason: dead letters are counted,
     * listed, retried and dropped by it. An id is never given twice: alerts are known by it. */
    "CREATE TABLE dead_letter_reason ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, source_id TEXT NOT NULL, source_label TEXT NOT NULL,"
    " log_type TEXT NOT NULL, reason TEXT NOT NULL, first_at INTEGER NOT NULL,"
    " UNIQUE (source_id, log_type, reason)) STRICT;"
    "ALTER TABLE dead_letter ADD COLUMN reason_id INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE dead_letter ADD COLUMN occurrence INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE dead_letter ADD COLUMN retry_at INTEGER;"
    "INSERT INTO dead_letter_reason (source_id, source_label, log_type, reason, first_at)"
    " SELECT source_id, '', log_type, 'kept by an earlier version of margay', min(received_at)"
    " FROM dead_letter GROUP BY source_id, log_type;"
    "UPDATE dead_letter SET reason_id = r.id FROM dead_letter_reason r"
    " WHERE r.source_id = dead_letter.source_id AND r.log_type = dead_letter.log_type;"
    "CREATE INDEX dead_letter_by_reason ON dead_letter (reason_id);"
    "CREATE INDEX dead_letter_to_retry ON dead_letter (reason_id) WHERE retry_at IS NOT NULL;",

    /* That of the alert, so that the gravest of what waits for a destination is found first. */
    "ALTER TABLE outbox ADD COLUMN severity INTEGER NOT NULL DEFAULT 0;"
    "UPDATE outbox SET severity = ifnull((SELECT max(0, min(4, a.severity)) FROM alert a"
    " WHERE a.id = alert_id), 0) WHERE state <> 1;"
    "DROP INDEX outbox_pending;"
    "CREATE INDEX outbox_pending ON outbox (destination_id, severity, due) WHERE state = 0;",

    /* Those that were followed by another one of the same delivery. */
    "ALTER TABLE outbox ADD COLUMN requests INTEGER NOT NULL DEFAULT 0;",

    /* What came of sources whose sender may send a record again. Records of one time are beside
     * each other, so that adding the next ones writes few pages. */
    "CREATE TABLE receipt ("
    " event_time INTEGER NOT NULL, row_id ANY NOT NULL, received_at INTEGER NOT NULL,"
    " PRIMARY KEY (event_time, row_id)) STRICT, WITHOUT ROWID;",

    /* How the daemon and its sources are, for other processes; and the alarms that have begun. */
    "CREATE TABLE daemon ("
    " id INTEGER PRIMARY KEY CHECK (id = 1), version TEXT NOT NULL, pid INTEGER NOT NULL,"
    " started_at INTEGER NOT NULL, beat_at INTEGER NOT NULL, ended_at INTEGER NOT NULL,"
    " commits INTEGER NOT NULL, rules INTEGER NOT NULL, rule_mistakes INTEGER NOT NULL,"
    " rules_paused INTEGER NOT NULL, destinations TEXT NOT NULL) STRICT;"
    "CREATE TABLE source_health ("
    " source_id TEXT PRIMARY KEY, label TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,"
    " known_since INTEGER NOT NULL, last_event INTEGER NOT NULL, last_event_at INTEGER NOT NULL,"
    " last_success INTEGER NOT NULL, watermark INTEGER NOT NULL, fault TEXT NOT NULL,"
    " error TEXT NOT NULL, error_since INTEGER NOT NULL, errors INTEGER NOT NULL,"
    " day INTEGER NOT NULL, rows_today INTEGER NOT NULL, saved_at INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE alarm ("
    " kind TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL, since INTEGER NOT NULL,"
    " alert_id TEXT NOT NULL, PRIMARY KEY (kind, subject)) STRICT, WITHOUT ROWID;",

    /* Checkpoints of the parts of a source: one file of many. */
    "CREATE TABLE checkpoint_part ("
    " source_id TEXT NOT NULL, part TEXT NOT NULL, checkpoint TEXT NOT NULL,"
    " PRIMARY KEY (source_id, part)) STRICT, WITHOUT ROWID;",

    /* The index of events by indicators (indicator_index.c). */
    "CREATE TABLE indicator_segment ("
    " first_event INTEGER PRIMARY KEY, last_event INTEGER NOT NULL, level INTEGER NOT NULL,"
    " entries INTEGER NOT NULL, last_time INTEGER NOT NULL) STRICT;"
    "CREATE INDEX indicator_segment_open ON indicator_segment (level, first_event)"
    " WHERE level < 99;"
    "CREATE TABLE indicator_page ("
    " segment INTEGER NOT NULL, first INTEGER NOT NULL, entries BLOB NOT NULL,"
    " PRIMARY KEY (segment, first)) STRICT, WITHOUT ROWID;",

    /* When a source was there first: what happened before is history. Sources of earlier versions
     * have none. `held`: 0 an alert like any other, 1 history that is to be summed up, 2 history
     * that was. */
    "CREATE TABLE source_start ("
    " source_id TEXT PRIMARY KEY, started_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "INSERT INTO source_start SELECT source_id, 0 FROM checkpoint;"
    "INSERT OR IGNORE INTO source_start SELECT source_id, 0 FROM source_progress;"
    "ALTER TABLE alert ADD COLUMN held INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX alert_to_sum_up ON alert (source_id, rule_id, severity) WHERE held = 1;",

    /* What somebody asked to be read once more, and how far that is. */
    "CREATE TABLE backfill ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, source_id TEXT NOT NULL, from_day INTEGER NOT NULL,"
    " to_day INTEGER NOT NULL, alerts INTEGER NOT NULL, state INTEGER NOT NULL,"
    " asked_at INTEGER NOT NULL, started_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,"
    " share INTEGER NOT NULL, records INTEGER NOT NULL, error TEXT NOT NULL,"
    " UNIQUE (source_id, from_day, to_day)) STRICT;",

    /* Who did it. Empty in matches from before. */
    "ALTER TABLE rule_match ADD COLUMN actor TEXT NOT NULL DEFAULT '';",

    /* Pages from before have none, and are not compared. */
    "ALTER TABLE indicator_page ADD COLUMN checksum INTEGER;",
    /* Why tuning keeps a match from alerts; 0: it does not. */
    "ALTER TABLE rule_match ADD COLUMN suppressed INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX rule_match_suppressed ON rule_match (rule_id, event_time)"
    " WHERE suppressed <> 0;",

    /* How far people are with an alert, beside what matches change. `announced`: how many matches
     * it had when an update was sent last; 0: an earlier version opened it, and sends none.
     * `ends_at`: when its window is over and the last update is sent, of which the index has those
     * to which matches were added. */
    "ALTER TABLE alert_count ADD COLUMN state INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE alert_count ADD COLUMN resolution INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE alert_count ADD COLUMN assignee TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE alert_count ADD COLUMN announced INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE alert_count ADD COLUMN ends_at INTEGER;"
    "CREATE INDEX alert_count_ending ON alert_count (ends_at)"
    " WHERE ends_at IS NOT NULL AND match_count > announced;"
    "CREATE TABLE alert_history ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, alert_id TEXT NOT NULL REFERENCES alert (id)"
    " ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, at INTEGER NOT NULL, who TEXT NOT NULL,"
    " via INTEGER NOT NULL, action INTEGER NOT NULL, resolution INTEGER NOT NULL,"
    " assignee TEXT NOT NULL, note TEXT NOT NULL) STRICT;"
    "CREATE INDEX alert_history_of_alert ON alert_history (alert_id);"
    /* What a row of the outbox is sent for, and what waits behind it (NULL: nothing). */
    "ALTER TABLE outbox ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE outbox ADD COLUMN occasion INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE outbox ADD COLUMN who TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE outbox ADD COLUMN note TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE outbox ADD COLUMN next_occasion INTEGER;"
    "ALTER TABLE outbox ADD COLUMN next_who TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE outbox ADD COLUMN next_note TEXT NOT NULL DEFAULT '';"
    /* The destinations that are configured, and of what they are sent updates, for processes that
     * read no configuration. */
    "CREATE TABLE destination ("
    " id TEXT PRIMARY KEY, occasions INTEGER NOT NULL) STRICT, WITHOUT ROWID;",

    /* Since when each attempt has failed, and how destinations were last. */
    "ALTER TABLE outbox ADD COLUMN failing_since INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE destination_health ("
    " destination_id TEXT PRIMARY KEY, circuit INTEGER NOT NULL, failures INTEGER NOT NULL,"
    " failing_since INTEGER NOT NULL, probe_at INTEGER NOT NULL, last_success INTEGER NOT NULL,"
    " last_failure INTEGER NOT NULL, last_error TEXT NOT NULL) STRICT, WITHOUT ROWID;",

    /* Alerts that a route of the configuration sends nowhere, and which one. */
    "CREATE TABLE alert_mute ("
    " alert_id TEXT PRIMARY KEY REFERENCES alert (id) ON DELETE CASCADE"
    " DEFERRABLE INITIALLY DEFERRED, route TEXT NOT NULL) STRICT, WITHOUT ROWID;",

    /* What a pending delivery waits for (enum hold_kind), and the storms that go on. */
    "ALTER TABLE outbox ADD COLUMN hold INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE storm ("
    " destination_id TEXT PRIMARY KEY, began INTEGER NOT NULL, held INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;",

    /* How many events of a log type each hour has (archive/event_count.c). */
    "CREATE TABLE event_count ("
    " log_type TEXT NOT NULL, hour INTEGER NOT NULL, events INTEGER NOT NULL,"
    " PRIMARY KEY (log_type, hour)) STRICT, WITHOUT ROWID;"
    "INSERT INTO event_count SELECT log_type, event_time / 3600000000 AS hour, count(*)"
    " FROM event GROUP BY log_type, hour;",

    /* Failures of rules, which are resolved when the rule is another one. */
    "CREATE INDEX alert_of_failures ON alert (type) WHERE type = 1;",

    /* Events as few bytes (archive/packer.h): their source and record are then in `packed`, and the
     * columns of these are empty. Those from before stay as they are. A dictionary's id is never
     * given to another. `tried_event`: the last event when a better one was looked for. */
    "ALTER TABLE event ADD COLUMN packed BLOB;"
    "CREATE TABLE event_dictionary ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, log_type TEXT NOT NULL, format INTEGER NOT NULL,"
    " made_at INTEGER NOT NULL, tried_event INTEGER NOT NULL, tries INTEGER NOT NULL,"
    " bytes BLOB NOT NULL, checksum INTEGER NOT NULL) STRICT;"
    "CREATE INDEX event_dictionary_of_type ON event_dictionary (log_type, id);",

    /* Who may use the API, and who did what with it. `stranger`: nobody knows who it was. */
    "CREATE TABLE access_token ("
    " name TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, role TEXT NOT NULL,"
    " created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE access_session ("
    " hash TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, via TEXT NOT NULL,"
    " token TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX access_session_of_token ON access_session (token);"
    "CREATE INDEX access_session_by_expiry ON access_session (expires_at);"
    "CREATE TABLE audit ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who TEXT NOT NULL,"
    " role TEXT NOT NULL, via TEXT NOT NULL, client TEXT NOT NULL, operation TEXT NOT NULL,"
    " what TEXT NOT NULL, status INTEGER NOT NULL, outcome TEXT NOT NULL,"
    " stranger INTEGER NOT NULL) STRICT;"
    "CREATE INDEX audit_by_stranger ON audit (stranger, id);",

    /* What rules did, counted by rule and actor from the index alone. */
    "CREATE INDEX rule_match_noise ON rule_match (rule_id, actor, event_time, suppressed);",

    /* Up to which event those of a log type that has a retention of its own are deleted; '': those
     * of all others (store_event_prune.c). */
    "CREATE TABLE event_pruned ("
    " log_type TEXT PRIMARY KEY, event INTEGER NOT NULL) STRICT, WITHOUT ROWID;",

    /* Events that were packed together (archive/block.h), and how many of them there still are. A
     * block's id is never given to another: handles keep some of them unpacked. */
    "CREATE TABLE event_block ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, events INTEGER NOT NULL, format INTEGER NOT NULL,"
    " packed BLOB NOT NULL) STRICT;",

    /* What questions remember has a place of its own: a log of what each transaction changed, and a
     * row for each state, which is brought up to date later. In kv a rule of questions had a
     * control character before its id, and a key was the meaning, a space and the state's name.
     * What the questions of a rule mean stays there. */
    "CREATE TABLE question ("
    " id INTEGER PRIMARY KEY, rule_id TEXT NOT NULL, meaning TEXT NOT NULL,"
    " UNIQUE (rule_id, meaning)) STRICT;"
    "CREATE TABLE question_state ("
    " question INTEGER NOT NULL, name BLOB NOT NULL, state BLOB NOT NULL,"
    " expires_at INTEGER NOT NULL, changed_at INTEGER NOT NULL,"
    " PRIMARY KEY (question, name)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX question_state_by_expiry ON question_state (expires_at);"
    "CREATE TABLE question_log ("
    " id INTEGER PRIMARY KEY, changes BLOB NOT NULL) STRICT;"
    "INSERT INTO question (rule_id, meaning) SELECT DISTINCT substr(rule_id, 2), substr(key, 1, 16)"
    " FROM kv WHERE type = 4 AND key <> 'questions';"
    "INSERT INTO question_state (question, name, state, expires_at, changed_at)"
    " SELECT q.id, substr(CAST(k.key AS BLOB), 18), k.value, k.expires_at, k.changed_at"
    " FROM kv k JOIN question q ON q.rule_id = substr(k.rule_id, 2)"
    " AND q.meaning = substr(k.key, 1, 16) WHERE k.type = 4 AND k.key <> 'questions'"
    " ORDER BY q.id, 2;"
    "DELETE FROM kv WHERE type = 4 AND key <> 'questions';",

    /* One index for both. Matches of an hour are beside each other, so that adding the next ones
     * writes few pages of it: by rule and key alone, each would write one of its own. The hour is
     * that of the statements. */
    "DROP INDEX rule_match_open;"
    "DROP INDEX rule_match_noise;"
    "CREATE INDEX rule_match_by_hour ON rule_match ("
    " event_time / 3600000000, rule_id, dedup, event_time, actor, suppressed);",
};
#define MIGRATION_COUNT (int64_t)(sizeof migrations / sizeof migrations[0])

static bool execute(struct store *store, const char *sql, struct error *error) {
  return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK || store_fail(store, error);
}

static bool version_read(struct store *store, int64_t *version, struct error *error) {
  int64_t tables, application;
  if (!statement_read_number(store, "PRAGMA user_version", version, error) ||
      !statement_read_number(store, "PRAGMA application_id", &application, error) ||
      !statement_read_number(store, "SELECT count(*) FROM sqlite_schema", &tables, error))
    return false;
  if (tables > 0 && application != APPLICATION_ID)
    return error_set(error,
                     "%s is the database of another program; name another file for the "
                     "state",
                     store->path);
  if (*version > MIGRATION_COUNT)
    return error_set(error,
                     "%s was written by a newer margay (its schema version is %" PRId64
                     ", this margay knows %" PRId64 "); update margay or name another file",
                     store->path, *version, MIGRATION_COUNT);
  return true;
}

bool store_is_current(struct store *store, struct error *error) {
  int64_t version;
  if (!version_read(store, &version, error))
    return false;
  return version == MIGRATION_COUNT ||
         error_set(error,
                   "%s was written by an older margay and is read-only: copy it, or let margay run "
                   "bring it up to date",
                   store->path);
}

bool store_migrate(struct store *store, struct error *error) {
  int64_t version;
  if (!version_read(store, &version, error))
    return false;
  if (version == MIGRATION_COUNT)
    return true;

  struct store_scope scope;
  if (!store_scope_begin(store, &scope, error))
    return false;
  /* Again: another process may have done it while this one waited for its turn. */
  bool ok = version_read(store, &version, error);
  for (int64_t i = version; ok && i < MIGRATION_COUNT; i++)
    ok = execute(store, migrations[i], error);
  if (ok) {
    char sql[128];
    sqlite3_snprintf(sizeof sql, sql, "PRAGMA application_id = %lld; PRAGMA user_version = %lld",
                     (long long)APPLICATION_ID, (long long)MIGRATION_COUNT);
    ok = execute(store, sql, error);
  }
  return store_scope_end(store, &scope, ok, error);
}
