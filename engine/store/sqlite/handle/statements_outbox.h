/* The outbox: what is held back, what is due, what destinations keep (statements.h). */

/* What waits for a digest of destination ?1 that is due at ?2. */
#define DIGEST_ROWS                                                                                \
  "o.state = 0 AND o.destination_id = ?1 AND o.due <= ?2 AND o.hold = 2 AND o.lease_owner = ''"

/* What a storm may hold back, and when each of it came. */
#define STORM_HELD                                                                                 \
  "UPDATE outbox SET state = 3, hold = 0, updated_at = ?2, last_error = ?3, lease_owner = '',"     \
  " lease_end = 0 WHERE id IN "

#define STORM_ROWS                                                                                 \
  "outbox o JOIN alert a ON a.id = o.alert_id WHERE o.state = 0 AND o.destination_id = ?1"         \
  " AND o.severity < 4 AND o.due <= ?2 AND o.hold IN (0, 1) AND o.requests = 0"                    \
  " AND o.lease_owner = ''"

#define STORM_CAME "CASE o.occasion WHEN 0 THEN a.created_at ELSE o.due END"

/* Of a struct outbox_filter: its alert, destination, states, severity and limit. */
#define OUTBOX_FILTER                                                                              \
  "(?1 = '' OR o.alert_id = ?1) AND (?2 = '' OR o.destination_id = ?2) AND (?3 >> o.state & 1)"    \
  " AND o.severity >= ?4 ORDER BY o.id LIMIT ?5"

STATEMENT(STATEMENT_ALERT_MUTE, "tt",
          "INSERT INTO alert_mute (alert_id, route) VALUES (?1, ?2)"
          " ON CONFLICT (alert_id) DO UPDATE SET route = excluded.route")
STATEMENT(STATEMENT_ALERT_MUTED, "t", "SELECT route FROM alert_mute WHERE alert_id = ?1")

STATEMENT(STATEMENT_HOLD_SET, "ttii",
          "UPDATE outbox SET hold = ?3, due = ?4 WHERE alert_id = ?1 AND destination_id = ?2"
          " AND state = 0")
STATEMENT(STATEMENT_HOLD_PUT_OFF, "tiiii",
          "UPDATE outbox SET hold = ?4, due = ?5, failing_since = 0 WHERE state = 0"
          " AND destination_id = ?1 AND severity = ?2 AND due <= ?3 AND hold IN (0, 1)"
          " AND requests = 0 AND lease_owner = ''")
STATEMENT(STATEMENT_HOLD_FORGET, "tii",
          "UPDATE outbox SET hold = 0, due = min(due, ?2) WHERE state = 0 AND destination_id = ?1"
          " AND hold IN (1, 2) AND (?3 OR due > ?2)")
STATEMENT(STATEMENT_DIGEST_LIST, "tii",
          "SELECT a.id, a.severity, a.rule_id, a.title, a.actor, a.created_at"
          " FROM outbox o JOIN alert a ON a.id = o.alert_id WHERE " DIGEST_ROWS
          " ORDER BY o.severity DESC, o.id LIMIT ?3")
STATEMENT(
    STATEMENT_DIGEST_TAKE, "titi",
    "UPDATE outbox SET state = 3, hold = 0, updated_at = ?2, last_error = ?3, lease_owner = '',"
    " lease_end = 0 WHERE id IN (SELECT o.id FROM outbox o WHERE " DIGEST_ROWS
    " ORDER BY o.severity DESC, o.id LIMIT ?4)")
STATEMENT(STATEMENT_STORM_HOLD, "titii",
          STORM_HELD "(SELECT o.id FROM " STORM_ROWS " AND (" STORM_CAME ") >= ?5 LIMIT ?4)")
STATEMENT(STATEMENT_STORM_HOLD_BACKLOG, "titiii",
          STORM_HELD "(SELECT id FROM (SELECT o.id, row_number() OVER (PARTITION BY (" STORM_CAME
                     ") / 60000000 ORDER BY o.severity DESC, o.id) AS place FROM " STORM_ROWS
                     " AND (" STORM_CAME ") < ?6) WHERE place > ?5 LIMIT ?4)")
STATEMENT(STATEMENT_STORM_GET, "t", "SELECT began, held FROM storm WHERE destination_id = ?1")
STATEMENT(STATEMENT_STORM_SET, "tii",
          "INSERT OR REPLACE INTO storm (destination_id, began, held) VALUES (?1, ?2, ?3)")
STATEMENT(STATEMENT_STORM_END, "t", "DELETE FROM storm WHERE destination_id = ?1")

STATEMENT(STATEMENT_OUTBOX_ADD, "ttti",
          "INSERT INTO outbox (alert_id, destination_id, idempotency_key, state, attempts, due,"
          " updated_at, last_error, severity) VALUES (?1, ?2, ?3, 0, 0, ?4, ?4, '',"
          " ifnull((SELECT max(0, min(4, severity)) FROM alert WHERE id = ?1), 0))"
          " ON CONFLICT (alert_id, destination_id) DO NOTHING")
STATEMENT(STATEMENT_OUTBOX_DUE, "titii",
          "SELECT " OUTBOX_COLUMNS ", " ALERT_COLUMNS
          " FROM outbox o JOIN alert a ON a.id = o.alert_id JOIN alert_count c USING (number)"
          " WHERE o.state = 0 AND o.destination_id = ?1 AND o.severity = ?5 AND o.due <= ?2"
          " AND o.hold <> 2"
          " AND (o.lease_owner = '' OR (o.lease_end <= ?2 AND o.lease_owner <> ?3))"
          " ORDER BY o.due, o.id LIMIT ?4")
STATEMENT(STATEMENT_OUTBOX_LEASE, "iti",
          "UPDATE outbox SET lease_owner = ?2, lease_end = ?3 WHERE id = ?1")
STATEMENT(STATEMENT_OUTBOX_RELEASE, "t",
          "UPDATE outbox SET lease_owner = '', lease_end = 0 WHERE lease_owner = ?1"
          " AND lease_owner <> ''")
STATEMENT(STATEMENT_OUTBOX_RELEASE_ALL, "",
          "UPDATE outbox SET lease_owner = '', lease_end = 0 WHERE lease_owner <> ''")
/* From one destination to the next, so that a long backlog is not read through: by the index of
 * states, which SQLite would choose, it is. */
STATEMENT(STATEMENT_OUTBOX_WAITING_DESTINATION, "t",
          "SELECT destination_id FROM outbox INDEXED BY outbox_pending WHERE state = 0"
          " AND destination_id > ?1"
          " ORDER BY destination_id LIMIT 1")
STATEMENT(STATEMENT_OUTBOX_WAITING, "tti",
          "SELECT due, lease_end FROM outbox WHERE state = 0 AND destination_id = ?1"
          " AND severity = ?3 AND (lease_owner = '' OR lease_owner <> ?2) ORDER BY due")
STATEMENT(
    STATEMENT_OUTBOX_RECORD, "itiiiti",
    "UPDATE outbox SET state = ?3, hold = iif(hold = 3, 3, 0), attempts = attempts + (?7 = 0),"
    " requests = requests + ?7, due = ?4, updated_at = ?5,"
    " last_error = ?6, lease_owner = '', lease_end = 0, failing_since = iif(?3 = 0 AND ?7 = 0,"
    " iif(failing_since = 0, ?5, failing_since), 0) WHERE id = ?1 AND lease_owner = ?2")
STATEMENT(STATEMENT_OUTBOX_BEHIND, "i",
          "SELECT " OUTBOX_NEWS_COLUMNS " FROM outbox o"
          " WHERE o.id = ?1 AND o.next_occasion IS NOT NULL")
STATEMENT(STATEMENT_OUTBOX_TO_UPDATE, "ti",
          "SELECT " OUTBOX_NEWS_COLUMNS
          " FROM outbox o JOIN destination d ON d.id = o.destination_id"
          " WHERE o.alert_id = ?1 AND d.occasions & ?2 ORDER BY o.id")
STATEMENT(
    STATEMENT_OUTBOX_REVISE, "iiittti",
    "UPDATE outbox SET state = 0, hold = 0, revision = ?2, occasion = ?3, who = ?4, note = ?5,"
    " idempotency_key = ?6, due = ?7, updated_at = ?7, attempts = 0, requests = 0,"
    " last_error = '', failing_since = 0, severity = ifnull((SELECT max(0, min(4, a.severity))"
    " FROM alert a WHERE a.id = alert_id), 0), next_occasion = NULL, next_who = '', next_note = ''"
    " WHERE id = ?1")
STATEMENT(STATEMENT_OUTBOX_PUT_BEHIND, "iitt",
          "UPDATE outbox SET next_occasion = ?2, next_who = ?3, next_note = ?4 WHERE id = ?1")
STATEMENT(STATEMENT_OUTBOX_NOTHING_BEHIND, "i",
          "UPDATE outbox SET next_occasion = NULL, next_who = '', next_note = '' WHERE id = ?1")
STATEMENT(STATEMENT_OUTBOX_RISE, "ti",
          "UPDATE outbox SET severity = max(0, min(4, ?2)) WHERE alert_id = ?1 AND state = 0")
STATEMENT(
    STATEMENT_OUTBOX_PARK, "titii",
    "UPDATE outbox SET state = 2, due = ?2, updated_at = ?2, last_error = ?3, lease_owner = '',"
    " lease_end = 0 WHERE id IN (SELECT id FROM outbox WHERE state = 0 AND destination_id = ?1"
    " AND lease_end <= ?2 AND iif(failing_since = 0, updated_at, failing_since) <= ?5"
    " LIMIT ?4)")
STATEMENT(STATEMENT_OUTBOX_RETRY, "ttiiii",
          "UPDATE outbox SET hold = iif(state = 3, 3, 0), state = 0, due = ?6, updated_at = ?6,"
          " requests = 0, failing_since = 0"
          " WHERE id IN (SELECT o.id FROM outbox o WHERE o.state IN (2, 3) AND " OUTBOX_FILTER ")")
STATEMENT(STATEMENT_OUTBOX_DROP, "ttiiii",
          "DELETE FROM outbox WHERE id IN (SELECT o.id FROM outbox o WHERE o.lease_end <= ?6 AND"
          " " OUTBOX_FILTER ")")
STATEMENT(STATEMENT_OUTBOX_FIND, "ttiii",
          "SELECT " OUTBOX_COLUMNS " FROM outbox o WHERE " OUTBOX_FILTER)
STATEMENT(STATEMENT_OUTBOX_HASTEN, "tii",
          "UPDATE outbox SET due = ?2 WHERE state = 0 AND destination_id = ?1 AND due > ?3"
          " AND hold IN (0, 3)")
STATEMENT(STATEMENT_OUTBOX_OF_ALERT, "t",
          "SELECT " OUTBOX_COLUMNS " FROM outbox o WHERE o.alert_id = ?1 ORDER BY o.id")
STATEMENT(STATEMENT_OUTBOX_IN_STATE, "i",
          "SELECT " OUTBOX_COLUMNS " FROM outbox o WHERE o.state = ?1 ORDER BY o.id")
STATEMENT(
    STATEMENT_OUTBOX_BACKLOG, "",
    "SELECT b.destination_id, b.waiting, b.retried, b.parked,"
    " (SELECT a.created_at FROM outbox o JOIN alert a ON a.id = o.alert_id WHERE o.id = b.oldest),"
    " (SELECT a.created_at FROM outbox o JOIN alert a ON a.id = o.alert_id"
    " WHERE o.id = b.oldest_retried), (SELECT o.last_error FROM outbox o WHERE o.id = b.failed)"
    " FROM (SELECT destination_id, sum(state = 0) AS waiting,"
    " sum(state = 0 AND attempts > 0 AND hold IN (0, 3)) AS retried, sum(state = 2) AS parked,"
    " min(iif(state = 0, id, NULL)) AS oldest,"
    " min(iif(state = 0 AND attempts > 0 AND hold IN (0, 3), id, NULL)) AS oldest_retried,"
    " max(iif(last_error <> '', id, NULL)) AS failed"
    " FROM outbox WHERE state IN (0, 2) GROUP BY destination_id) b")

STATEMENT(STATEMENT_DESTINATION_CLEAR, "", "DELETE FROM destination")
STATEMENT(STATEMENT_DESTINATION_ADD, "ti",
          "INSERT OR REPLACE INTO destination (id, occasions) VALUES (?1, ?2)")
STATEMENT(STATEMENT_DESTINATION_STATE_GET, "tt",
          "SELECT state FROM destination_state WHERE alert_id = ?1 AND destination_id = ?2")
STATEMENT(STATEMENT_DESTINATION_STATE_SET, "ttb",
          "INSERT INTO destination_state (alert_id, destination_id, state) VALUES (?1, ?2, ?3)"
          " ON CONFLICT (alert_id, destination_id) DO UPDATE SET state = excluded.state")
STATEMENT(STATEMENT_DESTINATION_STATE_DELETE, "tt",
          "DELETE FROM destination_state WHERE alert_id = ?1 AND destination_id = ?2")

#undef OUTBOX_FILTER
#undef DIGEST_ROWS
#undef STORM_HELD
#undef STORM_ROWS
#undef STORM_CAME
