/* The state of the daemon, of sources and of destinations; alarms (statements.h). */

STATEMENT(
    STATEMENT_DAEMON_SET, "tiiiiiiiit",
    "INSERT INTO daemon (id, version, pid, started_at, beat_at, ended_at, commits, rules,"
    " rule_mistakes, rules_paused, destinations)"
    " VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
    " ON CONFLICT (id) DO UPDATE SET version = excluded.version, pid = excluded.pid,"
    " started_at = excluded.started_at, beat_at = excluded.beat_at, ended_at = excluded.ended_at,"
    " commits = excluded.commits, rules = excluded.rules, rule_mistakes = excluded.rule_mistakes,"
    " rules_paused = excluded.rules_paused, destinations = excluded.destinations")
STATEMENT(STATEMENT_DAEMON_GET, "",
          "SELECT version, pid, started_at, beat_at, ended_at, commits, rules, rule_mistakes,"
          " rules_paused, destinations FROM daemon WHERE id = 1")

STATEMENT(
    STATEMENT_SOURCE_HEALTH_SET, "ttttiiiiittiiiii",
    "INSERT INTO source_health (source_id, label, kind, state, known_since, last_event,"
    " last_event_at, last_success, watermark, fault, error, error_since, errors, day, rows_today,"
    " saved_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
    " ON CONFLICT (source_id) DO UPDATE SET label = excluded.label, kind = excluded.kind,"
    " state = excluded.state, known_since = excluded.known_since,"
    " last_event = excluded.last_event, last_event_at = excluded.last_event_at,"
    " last_success = excluded.last_success, watermark = excluded.watermark,"
    " fault = excluded.fault, error = excluded.error, error_since = excluded.error_since,"
    " errors = excluded.errors, day = excluded.day, rows_today = excluded.rows_today,"
    " saved_at = excluded.saved_at")
STATEMENT(STATEMENT_SOURCE_HEALTH_FORGET, "i", "DELETE FROM source_health WHERE saved_at <> ?1")
STATEMENT(
    STATEMENT_SOURCE_HEALTH_LIST, "",
    "SELECT source_id, label, kind, state, known_since, last_event, last_event_at, last_success,"
    " watermark, fault, error, error_since, errors, day, rows_today"
    " FROM source_health ORDER BY source_id")
STATEMENT(
    STATEMENT_DESTINATION_HEALTH_SET, "tiiiiiit",
    "INSERT OR REPLACE INTO destination_health (destination_id, circuit, failures, failing_since,"
    " probe_at, last_success, last_failure, last_error) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
STATEMENT(STATEMENT_DESTINATION_HEALTH_LIST, "",
          "SELECT destination_id, circuit, failures, failing_since, probe_at, last_success,"
          " last_failure, last_error FROM destination_health ORDER BY destination_id")

STATEMENT(
    STATEMENT_ALARM_BEGIN, "tttit",
    "INSERT INTO alarm (kind, subject, detail, since, alert_id) VALUES (?1, ?2, ?3, ?4, ?5)"
    " ON CONFLICT (kind, subject) DO UPDATE SET detail = excluded.detail, since = excluded.since,"
    " alert_id = excluded.alert_id")
STATEMENT(STATEMENT_ALARM_REWORD, "ttt",
          "UPDATE alarm SET detail = ?3 WHERE kind = ?1 AND subject = ?2")
STATEMENT(STATEMENT_ALARM_END, "tt", "DELETE FROM alarm WHERE kind = ?1 AND subject = ?2")
STATEMENT(STATEMENT_ALARM_LIST, "",
          "SELECT kind, subject, detail, since, alert_id FROM alarm ORDER BY since, kind, subject")
