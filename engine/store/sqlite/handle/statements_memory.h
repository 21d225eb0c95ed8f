/* What rules remember: windows, key-value tables, correlations (statements.h). */

STATEMENT(STATEMENT_WINDOW_GET, "tt",
          "SELECT state FROM rule_window WHERE rule_id = ?1 AND dedup = ?2")
STATEMENT(STATEMENT_WINDOW_SET, "ttbii",
          "INSERT INTO rule_window (rule_id, dedup, state, last_event_time, updated_at)"
          " VALUES (?1, ?2, ?3, ?4, ?5)"
          " ON CONFLICT (rule_id, dedup) DO UPDATE SET state = excluded.state,"
          " last_event_time = excluded.last_event_time, updated_at = excluded.updated_at")

STATEMENT(STATEMENT_KV_GET, "tt",
          "SELECT type, value, expires_at, expiry_given FROM kv WHERE rule_id = ?1 AND key = ?2")
STATEMENT(STATEMENT_KV_SET, "ttibiii",
          "INSERT INTO kv (rule_id, key, type, value, expires_at, expiry_given, changed_at)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
          " ON CONFLICT (rule_id, key) DO UPDATE SET type = excluded.type, value = excluded.value,"
          " expires_at = excluded.expires_at, expiry_given = excluded.expiry_given,"
          " changed_at = excluded.changed_at")
STATEMENT(STATEMENT_KV_DELETE, "tt", "DELETE FROM kv WHERE rule_id = ?1 AND key = ?2")
STATEMENT(STATEMENT_KV_ADVANCE, "i",
          "INSERT INTO kv_progress (id, latest_event_time) VALUES (1, ?1)"
          " ON CONFLICT (id) DO UPDATE SET latest_event_time ="
          " max(latest_event_time, excluded.latest_event_time)")
STATEMENT(STATEMENT_KV_PAST, "iii",
          "SELECT id FROM (SELECT id, changed_at FROM kv WHERE expires_at <"
          " (SELECT latest_event_time FROM kv_progress) - ?1 ORDER BY expires_at LIMIT ?3)"
          " WHERE changed_at < ?2")
STATEMENT(STATEMENT_KV_DELETE_ID, "i", "DELETE FROM kv WHERE id = ?1")

STATEMENT(STATEMENT_QUESTION_GET, "tt",
          "SELECT id FROM question WHERE rule_id = ?1 AND meaning = ?2")
STATEMENT(STATEMENT_QUESTION_ADD, "tt", "INSERT INTO question (rule_id, meaning) VALUES (?1, ?2)")
STATEMENT(STATEMENT_QUESTION_STATE_GET, "ib",
          "SELECT state, expires_at FROM question_state WHERE question = ?1 AND name = ?2")
STATEMENT(STATEMENT_QUESTION_STATE_SET, "ibbii",
          "INSERT INTO question_state (question, name, state, expires_at, changed_at)"
          " VALUES (?1, ?2, ?3, ?4, ?5)"
          " ON CONFLICT (question, name) DO UPDATE SET state = excluded.state,"
          " expires_at = excluded.expires_at, changed_at = excluded.changed_at")
STATEMENT(STATEMENT_QUESTION_STATE_CHANGE, "ibbi",
          "UPDATE question_state SET state = ?3, changed_at = ?4"
          " WHERE question = ?1 AND name = ?2")
STATEMENT(STATEMENT_QUESTION_STATE_LIST, "i",
          "SELECT name, state, expires_at FROM question_state WHERE question = ?1 ORDER BY name")
STATEMENT(STATEMENT_QUESTION_STATE_PAST, "iii",
          "SELECT question, name FROM (SELECT question, name, changed_at FROM question_state"
          " WHERE expires_at < (SELECT latest_event_time FROM kv_progress) - ?1"
          " ORDER BY expires_at LIMIT ?3) WHERE changed_at < ?2")
STATEMENT(STATEMENT_QUESTION_STATE_DELETE, "ib",
          "DELETE FROM question_state WHERE question = ?1 AND name = ?2")
STATEMENT(STATEMENT_QUESTION_LOG_ADD, "b", "INSERT INTO question_log (changes) VALUES (?1)")
STATEMENT(STATEMENT_QUESTION_LOG_LIST, "", "SELECT id, changes FROM question_log ORDER BY id")
STATEMENT(STATEMENT_QUESTION_LOG_DROP, "i", "DELETE FROM question_log WHERE id <= ?1")

STATEMENT(STATEMENT_CORRELATION_GET, "tt",
          "SELECT state, due, expires_at FROM correlation_state WHERE rule_id = ?1 AND key = ?2")
STATEMENT(STATEMENT_CORRELATION_SET, "ttbiiii",
          "INSERT INTO correlation_state (rule_id, key, state, due, expires_at, changed_at)"
          " VALUES (?1, ?2, ?3, iif(?4, ?5, NULL), ?6, ?7)"
          " ON CONFLICT (rule_id, key) DO UPDATE SET state = excluded.state, due = excluded.due,"
          " expires_at = excluded.expires_at, changed_at = excluded.changed_at")
STATEMENT(STATEMENT_CORRELATION_DELETE, "tt",
          "DELETE FROM correlation_state WHERE rule_id = ?1 AND key = ?2")
STATEMENT(
    STATEMENT_CORRELATION_DUE, "tii",
    "SELECT key, due FROM correlation_state WHERE rule_id = ?1 AND due IS NOT NULL AND due < ?2"
    " ORDER BY due LIMIT ?3")
STATEMENT(
    STATEMENT_CORRELATION_BOUND, "ti",
    "DELETE FROM correlation_state WHERE id IN (SELECT id FROM correlation_state"
    " WHERE rule_id = ?1 ORDER BY expires_at LIMIT max(0, (SELECT count(*) FROM correlation_state"
    " WHERE rule_id = ?1) - ?2))")
STATEMENT(STATEMENT_CORRELATION_PAST, "iii",
          "SELECT id FROM (SELECT id, changed_at FROM correlation_state WHERE expires_at < ?1"
          " ORDER BY expires_at LIMIT ?3) WHERE changed_at < ?2")
STATEMENT(STATEMENT_CORRELATION_DELETE_ID, "i", "DELETE FROM correlation_state WHERE id = ?1")

STATEMENT(STATEMENT_WINDOW_PAST, "ii",
          "SELECT id FROM rule_window WHERE last_event_time < ?1 AND updated_at < ?1"
          " ORDER BY last_event_time LIMIT ?2")
STATEMENT(STATEMENT_WINDOW_DELETE, "i", "DELETE FROM rule_window WHERE id = ?1")
