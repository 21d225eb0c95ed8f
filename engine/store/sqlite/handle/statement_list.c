/* The table of all SQL statements. */
#include "store/sqlite/handle/statement.h"

#include <assert.h>

/*
 * An alert `a` that was opened before ?1, that is on its way to nobody, and that no match can join
 * in the order of time: its window ended before ?1, too. A window is saved with the time until
 * which it is needed, one period after that of the saving.
 */
#define ALERT_IS_PAST                                                                              \
  "a.created_at < ?1 AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.alert_id = a.id"               \
  " AND o.state = 0) AND NOT EXISTS (SELECT 1 FROM rule_window w"                                  \
  " WHERE w.rule_id = a.rule_id || iif(a.type = 1, '%error', '') AND w.dedup = a.dedup"            \
  " AND a.created_at + w.last_event_time - w.updated_at >= ?1)"

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

/* By severity, as store_overview.h says. */
#define ALERT_POINTS                                                                               \
  "CASE severity WHEN 0 THEN 0 WHEN 1 THEN 1 WHEN 2 THEN 5 WHEN 3 THEN 20 ELSE 50 END"

/* Of a struct alert_filter: severity, times, patterns of GLOB in small letters, source, states,
 * types, words in small letters, and the alert before which it goes on. */
#define ALERT_FILTER                                                                               \
  "a.severity >= ?1 AND a.created_at >= ?2 AND a.created_at < ?3"                                  \
  " AND (?4 = '' OR lower(a.rule_id) GLOB ?4) AND (?5 = '' OR lower(a.actor) GLOB ?5)"             \
  " AND (?6 = '' OR a.source_id = ?6) AND (?7 >> c.state & 1) AND (?8 >> a.type & 1)"              \
  " AND (?9 = '' OR instr(lower(a.title || char(10) || a.display_name || char(10) || a.actor ||"   \
  " char(10) || a.rule_id || char(10) || a.dedup || char(10) || a.id), ?9))"                       \
  " AND (?10 = '' OR (a.created_at, a.number) <"                                                   \
  " (SELECT b.created_at, b.number FROM alert b WHERE b.id = ?10))"

const struct statement_definition statement_definitions[] = {
    /* IMMEDIATE: waiting for other writers happens here and never in the middle of a batch. */
    {STATEMENT_BEGIN, "", "BEGIN IMMEDIATE"},
    {STATEMENT_COMMIT, "", "COMMIT"},
    {STATEMENT_ROLLBACK, "", "ROLLBACK"},

    {STATEMENT_CHECKPOINT_GET, "t", "SELECT checkpoint FROM checkpoint WHERE source_id = ?1"},
    {STATEMENT_CHECKPOINT_SET, "tt",
     "INSERT INTO checkpoint (source_id, checkpoint) VALUES (?1, ?2)"
     " ON CONFLICT (source_id) DO UPDATE SET checkpoint = excluded.checkpoint"},
    {STATEMENT_CHECKPOINT_PART_SET, "ttt",
     "INSERT INTO checkpoint_part (source_id, part, checkpoint) VALUES (?1, ?2, ?3)"
     " ON CONFLICT (source_id, part) DO UPDATE SET checkpoint = excluded.checkpoint"},
    {STATEMENT_CHECKPOINT_PART_DELETE, "tt",
     "DELETE FROM checkpoint_part WHERE source_id = ?1 AND part = ?2"},
    {STATEMENT_CHECKPOINT_PART_LIST, "t",
     "SELECT part, checkpoint FROM checkpoint_part WHERE source_id = ?1 ORDER BY part"},
    {STATEMENT_SOURCE_START_ADD, "ti",
     "INSERT INTO source_start (source_id, started_at) VALUES (?1, ?2)"
     " ON CONFLICT (source_id) DO NOTHING"},
    {STATEMENT_SOURCE_START_GET, "t", "SELECT started_at FROM source_start WHERE source_id = ?1"},
    {STATEMENT_BACKFILL_ASK, "tiiii",
     "INSERT INTO backfill (source_id, from_day, to_day, alerts, state, asked_at, started_at,"
     " updated_at, share, records, error) VALUES (?1, ?2, ?3, ?4, 0, ?5, 0, ?5, 0, 0, '')"
     " ON CONFLICT (source_id, from_day, to_day) DO UPDATE SET alerts = excluded.alerts,"
     " share = iif(state = 1, 0, share), records = iif(state = 1, 0, records), state = 0,"
     " asked_at = excluded.asked_at, started_at = 0, updated_at = excluded.updated_at, error = ''"},
    {STATEMENT_BACKFILL_LIST, "",
     "SELECT id, source_id, from_day, to_day, alerts, state, started_at, updated_at, share,"
     " records, error FROM backfill ORDER BY id"},
    {STATEMENT_BACKFILL_UPDATE, "iiiiit",
     "UPDATE backfill SET state = ?2, started_at = iif(started_at = 0, ?3, started_at),"
     " updated_at = ?3, share = ?4, records = ?5, error = ?6 WHERE id = ?1 AND state = 0"},
    {STATEMENT_TOKEN_GET, "t", "SELECT token, expires FROM token WHERE key = ?1"},
    {STATEMENT_TOKEN_SET, "tti",
     "INSERT INTO token (key, token, expires) VALUES (?1, ?2, ?3)"
     " ON CONFLICT (key) DO UPDATE SET token = excluded.token, expires = excluded.expires"},

    {STATEMENT_ACCESS_TOKEN_ADD, "tttii",
     "INSERT INTO access_token (name, hash, role, created_at, expires_at, used_at)"
     " VALUES (?1, ?2, ?3, ?4, ?5, -9223372036854775807 - 1) ON CONFLICT DO NOTHING"},
    {STATEMENT_ACCESS_TOKEN_FIND, "t",
     "SELECT name, hash, role, created_at, expires_at, used_at FROM access_token WHERE hash = ?1"},
    {STATEMENT_ACCESS_TOKEN_LIST, "",
     "SELECT name, hash, role, created_at, expires_at, used_at FROM access_token ORDER BY name"},
    {STATEMENT_ACCESS_TOKEN_REVOKE, "t", "DELETE FROM access_token WHERE name = ?1"},
    {STATEMENT_ACCESS_TOKEN_USED, "ti", "UPDATE access_token SET used_at = ?2 WHERE hash = ?1"},
    {STATEMENT_ACCESS_SESSION_ADD, "tttttii",
     "INSERT INTO access_session (hash, name, role, via, token, created_at, expires_at)"
     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"},
    {STATEMENT_ACCESS_SESSION_FIND, "ti",
     "SELECT hash, name, role, via, token, created_at, expires_at FROM access_session"
     " WHERE hash = ?1 AND expires_at > ?2"},
    {STATEMENT_ACCESS_SESSION_END, "t", "DELETE FROM access_session WHERE hash = ?1"},
    {STATEMENT_ACCESS_SESSION_OF_TOKEN, "t", "DELETE FROM access_session WHERE token = ?1"},
    {STATEMENT_ACCESS_SESSION_EXPIRE, "i", "DELETE FROM access_session WHERE expires_at <= ?1"},
    {STATEMENT_ACCESS_SESSION_LIMIT, "i",
     "DELETE FROM access_session WHERE expires_at <= (SELECT expires_at FROM access_session"
     " ORDER BY expires_at DESC LIMIT 1 OFFSET ?1)"},
    {STATEMENT_AUDIT_ADD, "ittttttiti",
     "INSERT INTO audit (at, who, role, via, client, operation, what, status, outcome, stranger)"
     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"},
    {STATEMENT_AUDIT_LIMIT, "ii",
     "DELETE FROM audit WHERE stranger = ?1 AND id <= (SELECT id FROM audit WHERE stranger = ?1"
     " ORDER BY id DESC LIMIT 1 OFFSET ?2)"},
    {STATEMENT_AUDIT_LIST, "itii",
     "SELECT id, at, who, role, via, client, operation, what, status, outcome FROM audit"
     " WHERE id < ?1 AND (?2 = '' OR who = ?2) AND at >= ?3 ORDER BY id DESC LIMIT ?4"},
    {STATEMENT_ROW_ADD, "tri",
     "INSERT INTO row (source_id, row_id, event_time) VALUES (?1, ?2, ?3)"
     " ON CONFLICT DO NOTHING"},
    {STATEMENT_ROW_KNOWN, "tr", "SELECT 1 FROM row WHERE source_id = ?1 AND row_id = ?2"},
    {STATEMENT_ROW_FROM, "tri",
     "SELECT row_id, event_time FROM row WHERE source_id = ?1 AND row_id >= ?2"
     " ORDER BY row_id LIMIT ?3"},
    {STATEMENT_ROW_DELETE, "tr", "DELETE FROM row WHERE source_id = ?1 AND row_id = ?2"},
    {STATEMENT_RECEIPT_ADD, "iri",
     "INSERT INTO receipt (event_time, row_id, received_at) VALUES (?1, ?2, ?3)"
     " ON CONFLICT DO NOTHING"},
    {STATEMENT_RECEIPT_PRUNE, "ii",
     "DELETE FROM receipt WHERE (event_time, row_id) IN (SELECT event_time, row_id FROM receipt"
     " WHERE event_time < ?1 AND received_at < ?1 ORDER BY event_time, row_id LIMIT ?2)"},
    /* OR FAIL: the transaction is taken back in whole anyway, so nothing has to be kept that would
     * take back this statement alone. */
    {STATEMENT_EVENT_ADD, "",
     "INSERT OR FAIL INTO event (row_id, source_id, log_type, event_time, parse_time, record, "
     "packed)"
     " SELECT row_id, source_id, log_type, event_time, parse_time, record, packed FROM event_feed"},
    {STATEMENT_EVENT_COUNT_ADD, "tii",
     "INSERT INTO event_count (log_type, hour, events) VALUES (?1, ?2, ?3)"
     " ON CONFLICT (log_type, hour) DO UPDATE SET events = events + excluded.events"},
    {STATEMENT_EVENT_COUNT_OF, "i",
     "SELECT log_type, event_time / 3600000000 FROM event WHERE id = ?1"},
    {STATEMENT_EVENT_HOURS, "ii",
     "SELECT log_type, hour, events FROM event_count WHERE hour >= ?1 AND hour < ?2"
     " AND events > 0 ORDER BY log_type, hour"},
    {STATEMENT_EVENT_SPANS, "tiiii",
     "SELECT (event_time - ?4) / ?5 AS span, count(*) FROM event"
     " WHERE log_type = ?1 AND event_time >= ?2 AND event_time < ?3 GROUP BY span"},
    {STATEMENT_EVENT_LATEST, "tiii",
     "SELECT " EVENT_COLUMNS " FROM event e"
     " WHERE log_type = ?1 AND event_time >= ?2 AND event_time < ?3"
     " ORDER BY event_time DESC LIMIT ?4"},
    {STATEMENT_EVENT_RANGE, "iii",
     "SELECT " EVENT_COLUMNS " FROM event e"
     " WHERE id >= ?1 AND id <= ?2 AND event_time >= ?3 ORDER BY id DESC"},
    {STATEMENT_EVENT_OF_TYPE, "tiriii",
     "SELECT " EVENT_COLUMNS ", id FROM event e"
     " WHERE log_type = ?1 AND (event_time, row_id, id) > (?2, ?3, ?4) AND event_time < ?5"
     " ORDER BY event_time, row_id, id LIMIT ?6"},
    {STATEMENT_EVENT_LATEST_OF_TYPE, "ti",
     "SELECT " EVENT_COLUMNS " FROM event e WHERE log_type = ?1"
     " ORDER BY event_time DESC, row_id DESC LIMIT ?2"},
    {STATEMENT_EVENT_SAMPLE, "tii",
     "SELECT " EVENT_COLUMNS " FROM event e WHERE log_type = ?1 AND event_time >= ?2"
     " ORDER BY event_time, row_id LIMIT ?3"},
    {STATEMENT_EVENT_SPAN, "t",
     "SELECT (SELECT min(event_time) FROM event WHERE log_type = ?1),"
     " (SELECT max(event_time) FROM event WHERE log_type = ?1)"},
    {STATEMENT_EVENT_BEHIND, "ii",
     "SELECT " EVENT_COLUMNS ", id FROM event e WHERE id > ?1 ORDER BY id LIMIT ?2"},
    {STATEMENT_EVENT_LOG_TYPES, "",
     "WITH RECURSIVE type (name) AS (SELECT min(log_type) FROM event UNION ALL"
     " SELECT (SELECT min(log_type) FROM event WHERE log_type > name) FROM type"
     " WHERE name IS NOT NULL) SELECT name FROM type WHERE name IS NOT NULL"},
    {STATEMENT_EVENT_INTEGRITY, "", "PRAGMA integrity_check(event)"},
    {STATEMENT_EVENT_COUNT_CHECK, "",
     "SELECT log_type, ifnull(counted, 0), there FROM"
     " (SELECT log_type, count(*) AS there FROM event GROUP BY log_type) LEFT JOIN"
     " (SELECT log_type, sum(events) AS counted FROM event_count GROUP BY log_type)"
     " USING (log_type) WHERE counted IS NOT there"},
    {STATEMENT_DICTIONARY_ADD, "tiiiibi",
     "INSERT INTO event_dictionary (log_type, format, made_at, tried_event, tries, bytes, checksum)"
     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"},
    {STATEMENT_DICTIONARY_GET, "i",
     "SELECT " DICTIONARY_COLUMNS " FROM event_dictionary WHERE id = ?1"},
    {STATEMENT_DICTIONARY_LATEST, "t",
     "SELECT " DICTIONARY_COLUMNS " FROM event_dictionary WHERE log_type = ?1"
     " ORDER BY id DESC LIMIT 1"},
    {STATEMENT_DICTIONARY_LIST, "",
     "SELECT " DICTIONARY_COLUMNS ", log_type FROM event_dictionary ORDER BY id"},
    {STATEMENT_DICTIONARY_TRIED, "ii",
     "UPDATE event_dictionary SET tried_event = ?2, tries = tries + 1 WHERE id = ?1"},
    {STATEMENT_SEGMENT_ADD, "iiiii",
     "INSERT INTO indicator_segment (first_event, last_event, level, entries, last_time)"
     " VALUES (?1, ?2, ?3, ?4, ?5)"},
    {STATEMENT_SEGMENT_LIST, "",
     "SELECT " SEGMENT_COLUMNS " FROM indicator_segment ORDER BY first_event DESC"},
    {STATEMENT_SEGMENT_OF_LEVEL, "i",
     "SELECT " SEGMENT_COLUMNS " FROM indicator_segment"
     " WHERE level = ?1 AND level < 99 ORDER BY first_event"},
    {STATEMENT_SEGMENT_SEAL, "", "UPDATE indicator_segment SET level = 99 WHERE level < 99"},
    {STATEMENT_SEGMENT_DELETE, "ii",
     "DELETE FROM indicator_segment WHERE first_event >= ?1 AND first_event <= ?2"},
    {STATEMENT_SEGMENT_PAST, "",
     "SELECT " SEGMENT_COLUMNS
     " FROM (SELECT * FROM indicator_segment ORDER BY first_event LIMIT 1)"
     " WHERE last_event < ifnull((SELECT min(id) FROM event), 9223372036854775807)"},
    {STATEMENT_PAGE_ADD, "iibi",
     "INSERT INTO indicator_page (segment, first, entries, checksum) VALUES (?1, ?2, ?3, ?4)"},
    {STATEMENT_PAGE_LIST, "ii",
     "SELECT segment, first, entries, checksum FROM indicator_page"
     " WHERE segment >= ?1 AND segment <= ?2 ORDER BY segment, first"},
    {STATEMENT_PAGE_FIND, "iii",
     "SELECT segment, first, entries, checksum FROM indicator_page"
     " WHERE segment = ?1 AND first <= ?3 AND first >= ifnull((SELECT max(first) FROM "
     "indicator_page WHERE segment = ?1"
     " AND first <= ?2), 0) ORDER BY first"},
    {STATEMENT_PAGE_DELETE, "ii",
     "DELETE FROM indicator_page WHERE segment >= ?1 AND segment <= ?2"},
    {STATEMENT_DEAD_LETTER_REASON_FIND, "ttt",
     "SELECT id FROM dead_letter_reason WHERE source_id = ?1 AND log_type = ?2 AND reason = ?3"},
    {STATEMENT_DEAD_LETTER_REASON_ADD, "tttti",
     "INSERT INTO dead_letter_reason (source_id, source_label, log_type, reason, first_at)"
     " VALUES (?1, ?2, ?3, ?4, ?5)"},
    {STATEMENT_DEAD_LETTER_REASON_LIST, "",
     "SELECT r.id, r.source_id, r.source_label, r.log_type, r.reason, r.first_at,"
     " (SELECT d.received_at FROM dead_letter d WHERE d.reason_id = r.id ORDER BY d.id DESC LIMIT "
     "1),"
     " (SELECT count(*) FROM dead_letter d WHERE d.reason_id = r.id) AS letters,"
     " (SELECT count(*) FROM dead_letter d WHERE d.reason_id = r.id AND d.retry_at IS NOT NULL)"
     " FROM dead_letter_reason r WHERE letters > 0 ORDER BY r.id"},
    {STATEMENT_DEAD_LETTER_REASON_MARKED, "",
     "SELECT r.id, r.source_id, r.source_label, r.log_type, r.reason, r.first_at, 0, count(*),"
     " count(*) FROM dead_letter d JOIN dead_letter_reason r ON r.id = d.reason_id"
     " WHERE d.retry_at IS NOT NULL GROUP BY d.reason_id"},
    {STATEMENT_DEAD_LETTER_REASON_PRUNE, "",
     "DELETE FROM dead_letter_reason WHERE NOT EXISTS"
     " (SELECT 1 FROM dead_letter d WHERE d.reason_id = dead_letter_reason.id)"},
    {STATEMENT_DEAD_LETTER_ADD, "ttrbtiii",
     "INSERT INTO dead_letter (source_id, log_type, row_id, record, error, received_at, reason_id,"
     " occurrence) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"},
    {STATEMENT_DEAD_LETTER_LIST, "ii",
     "SELECT " DEAD_LETTER_COLUMNS " FROM dead_letter d JOIN dead_letter_reason r"
     " ON r.id = d.reason_id WHERE d.reason_id = ?1 ORDER BY d.id DESC LIMIT ?2"},
    {STATEMENT_DEAD_LETTER_TO_RETRY, "iii",
     "SELECT " DEAD_LETTER_COLUMNS " FROM dead_letter d JOIN dead_letter_reason r"
     " ON r.id = d.reason_id WHERE d.reason_id = ?1 AND d.retry_at IS NOT NULL AND d.id > ?2"
     " ORDER BY d.id LIMIT ?3"},
    {STATEMENT_DEAD_LETTER_MARK, "iii",
     "UPDATE dead_letter SET retry_at = ?2 WHERE id IN (SELECT id FROM dead_letter"
     " WHERE reason_id = ?1 AND retry_at IS NULL LIMIT ?3)"},
    {STATEMENT_DEAD_LETTER_DROP, "ii",
     "DELETE FROM dead_letter WHERE id IN"
     " (SELECT id FROM dead_letter WHERE reason_id = ?1 LIMIT ?2)"},

    {STATEMENT_WINDOW_GET, "tt", "SELECT state FROM rule_window WHERE rule_id = ?1 AND dedup = ?2"},
    {STATEMENT_WINDOW_SET, "ttbii",
     "INSERT INTO rule_window (rule_id, dedup, state, last_event_time, updated_at)"
     " VALUES (?1, ?2, ?3, ?4, ?5)"
     " ON CONFLICT (rule_id, dedup) DO UPDATE SET state = excluded.state,"
     " last_event_time = excluded.last_event_time, updated_at = excluded.updated_at"},

    {STATEMENT_KV_GET, "tt",
     "SELECT type, value, expires_at, expiry_given FROM kv WHERE rule_id = ?1 AND key = ?2"},
    {STATEMENT_KV_SET, "ttibiii",
     "INSERT INTO kv (rule_id, key, type, value, expires_at, expiry_given, changed_at)"
     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
     " ON CONFLICT (rule_id, key) DO UPDATE SET type = excluded.type, value = excluded.value,"
     " expires_at = excluded.expires_at, expiry_given = excluded.expiry_given,"
     " changed_at = excluded.changed_at"},
    {STATEMENT_KV_SET_VALUE, "ttibi",
     "UPDATE kv SET type = ?3, value = ?4, changed_at = ?5 WHERE rule_id = ?1 AND key = ?2"},
    {STATEMENT_KV_DELETE, "tt", "DELETE FROM kv WHERE rule_id = ?1 AND key = ?2"},
    {STATEMENT_KV_ADVANCE, "i",
     "INSERT INTO kv_progress (id, latest_event_time) VALUES (1, ?1)"
     " ON CONFLICT (id) DO UPDATE SET latest_event_time ="
     " max(latest_event_time, excluded.latest_event_time)"},
    {STATEMENT_KV_PAST, "iii",
     "SELECT id FROM (SELECT id, changed_at FROM kv WHERE expires_at <"
     " (SELECT latest_event_time FROM kv_progress) - ?1 ORDER BY expires_at LIMIT ?3)"
     " WHERE changed_at < ?2"},
    {STATEMENT_KV_DELETE_ID, "i", "DELETE FROM kv WHERE id = ?1"},

    {STATEMENT_CORRELATION_GET, "tt",
     "SELECT state, due, expires_at FROM correlation_state WHERE rule_id = ?1 AND key = ?2"},
    {STATEMENT_CORRELATION_SET, "ttbiiii",
     "INSERT INTO correlation_state (rule_id, key, state, due, expires_at, changed_at)"
     " VALUES (?1, ?2, ?3, iif(?4, ?5, NULL), ?6, ?7)"
     " ON CONFLICT (rule_id, key) DO UPDATE SET state = excluded.state, due = excluded.due,"
     " expires_at = excluded.expires_at, changed_at = excluded.changed_at"},
    {STATEMENT_CORRELATION_DELETE, "tt",
     "DELETE FROM correlation_state WHERE rule_id = ?1 AND key = ?2"},
    {STATEMENT_CORRELATION_DUE, "tii",
     "SELECT key, due FROM correlation_state WHERE rule_id = ?1 AND due IS NOT NULL AND due < ?2"
     " ORDER BY due LIMIT ?3"},
    {STATEMENT_CORRELATION_BOUND, "ti",
     "DELETE FROM correlation_state WHERE id IN (SELECT id FROM correlation_state"
     " WHERE rule_id = ?1 ORDER BY expires_at LIMIT max(0, (SELECT count(*) FROM correlation_state"
     " WHERE rule_id = ?1) - ?2))"},
    {STATEMENT_CORRELATION_PAST, "iii",
     "SELECT id FROM (SELECT id, changed_at FROM correlation_state WHERE expires_at < ?1"
     " ORDER BY expires_at LIMIT ?3) WHERE changed_at < ?2"},
    {STATEMENT_CORRELATION_DELETE_ID, "i", "DELETE FROM correlation_state WHERE id = ?1"},
    {STATEMENT_PROGRESS_LIST, "",
     "SELECT source_id, log_type, latest_event_time, watermark FROM source_progress"},
    {STATEMENT_PROGRESS_SET, "ttii",
     "INSERT INTO source_progress (source_id, log_type, latest_event_time, watermark)"
     " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (source_id, log_type) DO UPDATE SET"
     " latest_event_time = excluded.latest_event_time, watermark = excluded.watermark"},

    {STATEMENT_ALERT_ADD, "tiitttttttttttttttiii",
     "INSERT INTO alert (id, type, severity, rule_id, display_name, log_type, source_id,"
     " source_label, dedup, title, description, runbook, reference, tags, reports, context,"
     " event, actor, created_at, sums_up, held)"
     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,"
     " ?19, ?20, ?21) ON CONFLICT (id) DO NOTHING"},
    {STATEMENT_ALERT_COUNT_ADD, "tiii",
     "INSERT INTO alert_count (number, first_event_time, last_event_time, match_count, announced)"
     " VALUES ((SELECT number FROM alert WHERE id = ?1), ?2, ?3, ?4, ?4)"
     " ON CONFLICT (number) DO UPDATE SET match_count = match_count + excluded.match_count,"
     " first_event_time = min(first_event_time, excluded.first_event_time),"
     " last_event_time = max(last_event_time, excluded.last_event_time)"},
    {STATEMENT_ALERT_JOIN, "tiii",
     "UPDATE alert_count SET match_count = match_count + 1 + ?3,"
     " first_event_time = min(first_event_time, ?4), last_event_time = max(last_event_time, ?2),"
     " announced = iif(announced > 0 AND match_count + 1 + ?3 >= 10 * announced,"
     " match_count + 1 + ?3, announced) WHERE number = (SELECT number FROM alert WHERE id = ?1)"
     " RETURNING announced = match_count, state,"
     " (SELECT severity FROM alert a WHERE a.number = alert_count.number)"},
    {STATEMENT_ALERT_RISE, "ti", "UPDATE alert SET severity = ?2 WHERE id = ?1 RETURNING held"},
    {STATEMENT_ALERT_RESTATE, "tittttttttttttttt",
     "UPDATE alert SET rule_id = ?3, display_name = ?4, log_type = ?5, source_id = ?6,"
     " source_label = ?7, dedup = ?8, title = ?9, description = ?10, runbook = ?11,"
     " reference = ?12, tags = ?13, reports = ?14, context = ?15, event = ?16, actor = ?17"
     " WHERE id = ?1 AND (log_type <> 'Margay.Correlation' OR severity < ?2)"},
    {STATEMENT_ALERT_WINDOW, "ti",
     "UPDATE alert_count SET ends_at = max(ifnull(ends_at, ?2), ?2) WHERE number = (SELECT number "
     "FROM alert WHERE id = ?1)"},
    {STATEMENT_ALERT_WINDOW_NEXT, "",
     "SELECT ends_at FROM alert_count WHERE ends_at IS NOT NULL AND match_count > announced"
     " ORDER BY ends_at LIMIT 1"},
    {STATEMENT_ALERT_WINDOWS_END, "ii",
     "SELECT a.id, c.state, c.number FROM alert_count c JOIN alert a USING (number)"
     " WHERE c.ends_at IS NOT NULL AND c.match_count > c.announced AND c.ends_at <= ?1"
     " ORDER BY c.ends_at LIMIT ?2"},
    {STATEMENT_ALERT_ANNOUNCE, "i",
     "UPDATE alert_count SET announced = match_count, ends_at = NULL WHERE number = ?1"},
    {STATEMENT_LIFE_GET, "t",
     "SELECT c.state, c.resolution, c.assignee, ifnull((SELECT h.who FROM alert_history h"
     " WHERE h.alert_id = a.id AND h.action IN (3, 4, 5) ORDER BY h.id DESC LIMIT 1), '')"
     " FROM alert a JOIN alert_count c USING (number) WHERE a.id = ?1"},
    {STATEMENT_LIFE_SET, "tiit",
     "UPDATE alert_count SET state = ?2, resolution = ?3, assignee = ?4"
     " WHERE number = (SELECT number FROM alert WHERE id = ?1)"},
    {STATEMENT_LIFE_HISTORY_ADD, "titiiitt",
     "INSERT INTO alert_history (alert_id, at, who, via, action, resolution, assignee, note)"
     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"},
    {STATEMENT_LIFE_REVISION, "t", "SELECT count(*) FROM alert_history WHERE alert_id = ?1"},
    {STATEMENT_LIFE_LAST, "", "SELECT max(id) FROM alert_history"},
    {STATEMENT_LIFE_CHANGED, "iii",
     "SELECT " ALERT_COLUMNS " FROM (SELECT DISTINCT alert_id FROM alert_history"
     " WHERE id > ?1 AND id <= ?2 LIMIT ?3) h JOIN alert a ON a.id = h.alert_id"
     " JOIN alert_count c USING (number)"},
    {STATEMENT_LIFE_HISTORY_LIST, "t",
     "SELECT at, who, via, action, resolution, assignee, note FROM alert_history"
     " WHERE alert_id = ?1 ORDER BY id"},
    {STATEMENT_LIFE_UNRESOLVED, "",
     "SELECT a.id, a.rule_id, a.dedup FROM alert a JOIN alert_count c ON c.number = a.number"
     " WHERE a.type = 1 AND c.state < 2"},
    {STATEMENT_LIFE_LETTERS_GONE, "ti",
     "SELECT a.id, a.rule_id, a.dedup FROM alert a JOIN alert_count c ON c.number = a.number"
     " WHERE a.rule_id = ?1 AND c.state < 2 AND NOT EXISTS"
     " (SELECT 1 FROM dead_letter d WHERE d.reason_id = CAST(a.dedup AS INTEGER)) LIMIT ?2"},
    {STATEMENT_ALERT_DAYS, "i",
     "SELECT created_at / 86400000000 AS day, severity, count(*) FROM alert"
     " WHERE created_at >= ?1 AND held = 0 GROUP BY day, severity"},
    {STATEMENT_ALERT_OPEN, "",
     "SELECT a.severity, count(*) FROM alert_count c CROSS JOIN alert a USING (number)"
     " WHERE c.state <> 2 AND a.held = 0 GROUP BY a.severity"},
    {STATEMENT_ALERT_ACTORS, "ii",
     "SELECT actor, '', max(severity), count(*) AS alerts, sum(" ALERT_POINTS ") AS score,"
     " sum(match_count) FROM alert JOIN alert_count USING (number)"
     " WHERE created_at >= ?1 AND held = 0 AND actor <> ''"
     " GROUP BY actor ORDER BY score DESC, alerts DESC, actor LIMIT ?2"},
    {STATEMENT_ALERT_RULES, "ii",
     "SELECT rule_id, max(display_name), max(severity), count(*) AS alerts,"
     " sum(" ALERT_POINTS ") AS score, sum(match_count)"
     " FROM alert JOIN alert_count USING (number) WHERE created_at >= ?1 AND held = 0 AND type = 0"
     " GROUP BY +rule_id ORDER BY alerts DESC, score DESC, rule_id LIMIT ?2"},
    {STATEMENT_ALERT_RELEASE, "t", "UPDATE alert SET held = 0 WHERE id = ?1 AND held <> 0"},
    {STATEMENT_HISTORY_LIST, "",
     "SELECT a.source_id, a.rule_id, max(a.source_label), max(a.display_name), max(a.log_type),"
     " max(a.severity), count(*), sum(c.match_count), min(c.first_event_time),"
     " max(c.last_event_time) FROM alert a JOIN alert_count c USING (number) WHERE a.held = 1"
     " GROUP BY a.source_id, a.rule_id"},
    {STATEMENT_HISTORY_ACTORS, "tti",
     "SELECT a.actor, sum(c.match_count) AS matches FROM alert a JOIN alert_count c USING (number)"
     " WHERE a.held = 1 AND a.source_id = ?1 AND a.rule_id = ?2 AND a.actor <> ''"
     " GROUP BY a.actor ORDER BY matches DESC, a.actor LIMIT ?3"},
    {STATEMENT_HISTORY_DONE, "tt",
     "UPDATE alert SET held = 2 WHERE held = 1 AND source_id = ?1 AND rule_id = ?2"},
    {STATEMENT_ALERT_LIST, "iiitttiitti",
     "SELECT " ALERT_COLUMNS " FROM alert a JOIN alert_count c USING (number)"
     " WHERE " ALERT_FILTER " ORDER BY a.created_at DESC, a.number DESC LIMIT ?11"},
    {STATEMENT_ALERT_LIST_RULE, "iiitttiittit",
     "SELECT " ALERT_COLUMNS " FROM alert a JOIN alert_count c USING (number)"
     " WHERE a.rule_id = ?12 AND " ALERT_FILTER
     " ORDER BY a.created_at DESC, a.number DESC LIMIT ?11"},
    {STATEMENT_ALERT_FOLLOW, "iiitttiittiit",
     "SELECT " ALERT_COLUMNS " FROM alert a JOIN alert_count c USING (number)"
     " WHERE a.number > ?11 AND a.number <= ?12 AND (?13 = '' OR a.rule_id = ?13)"
     " AND " ALERT_FILTER " ORDER BY a.number"},
    {STATEMENT_LIFE_FOLLOW, "iiitttiittiit",
     "SELECT h.at, h.who, h.via, h.action, h.resolution, h.assignee, h.note, " ALERT_COLUMNS
     " FROM alert_history h JOIN alert a ON a.id = h.alert_id JOIN alert_count c USING (number)"
     " WHERE h.id > ?11 AND h.id <= ?12 AND (?13 = '' OR a.rule_id = ?13)"
     " AND " ALERT_FILTER " ORDER BY h.id"},
    {STATEMENT_ALERT_NEXT_RULE, "t", "SELECT min(rule_id) FROM alert WHERE rule_id > ?1"},
    {STATEMENT_ALERT_FIND, "tt",
     "SELECT " ALERT_COLUMNS ", (SELECT count(*) FROM"
     " (SELECT 1 FROM alert WHERE id >= ?1 AND id < ?2 LIMIT 2))"
     " FROM alert a JOIN alert_count c USING (number)"
     " WHERE a.id >= ?1 AND a.id < ?2 ORDER BY a.id LIMIT 1"},
    {STATEMENT_ALERT_GET, "t",
     "SELECT " ALERT_COLUMNS " FROM alert a JOIN alert_count c USING (number) WHERE a.id = ?1"},
    {STATEMENT_ALERT_EVENTS, "ti",
     "WITH RECURSIVE type (name) AS (SELECT min(log_type) FROM event UNION ALL"
     " SELECT (SELECT min(log_type) FROM event WHERE log_type > name) FROM type"
     " WHERE name IS NOT NULL)"
     " SELECT " EVENT_COLUMNS " FROM rule_match m CROSS JOIN type CROSS JOIN event e"
     " ON e.log_type = name AND e.event_time = m.event_time AND e.row_id = m.row_id"
     " WHERE m.alert_id = ?1 ORDER BY m.event_time, m.id LIMIT ?2"},
    {STATEMENT_EVENT_FIND, "r",
     "WITH RECURSIVE type (name) AS (SELECT min(log_type) FROM event UNION ALL"
     " SELECT (SELECT min(log_type) FROM event WHERE log_type > name) FROM type"
     " WHERE name IS NOT NULL)"
     " SELECT " EVENT_COLUMNS
     " FROM type CROSS JOIN event e ON e.log_type = name AND e.row_id = ?1 LIMIT 1"},
    {STATEMENT_EVENT_KNOWN, "tir",
     "SELECT 1 FROM event WHERE log_type = ?1 AND event_time = ?2 AND row_id = ?3 LIMIT 1"},
    {STATEMENT_MATCH_ADD, "nttriiti",
     "INSERT INTO rule_match (alert_id, rule_id, dedup, row_id, event_time, added_at, actor,"
     " suppressed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"},
    {STATEMENT_MATCH_CLAIM, "tttii",
     "UPDATE rule_match SET alert_id = ?1 WHERE alert_id IS NULL AND rule_id = ?2 AND dedup = ?3"
     " AND event_time BETWEEN ?4 AND ?5 AND suppressed = 0"},
    {STATEMENT_MATCH_LIST, "tii",
     "SELECT m.row_id, m.id, m.dedup, m.actor, m.alert_id, a.title, m.event_time, m.suppressed"
     " FROM rule_match m LEFT JOIN alert a ON a.id = m.alert_id"
     " WHERE m.rule_id = ?1 AND m.id < ?2 ORDER BY m.id DESC LIMIT ?3"},
    {STATEMENT_MATCH_SUPPRESSED, "",
     "SELECT rule_id, count(*), max(event_time) FROM rule_match"
     " INDEXED BY rule_match_suppressed WHERE suppressed <> 0"
     " GROUP BY rule_id ORDER BY rule_id"},

    /* What failures of rules left has no actor, and an alert of another type. */
    {STATEMENT_NOISE_MATCHES, "i",
     "SELECT m.rule_id, m.actor, count(*), min(m.event_time), sum(m.suppressed <> 0)"
     " FROM rule_match m"
     " WHERE m.event_time >= ?1 AND (m.actor <> '' OR NOT EXISTS"
     " (SELECT 1 FROM alert a WHERE a.id = m.alert_id AND a.type <> 0))"
     " GROUP BY m.rule_id, m.actor"},
    {STATEMENT_NOISE_ALERTS, "i",
     "SELECT a.rule_id, count(*), min(c.first_event_time),"
     " sum(c.state = 2 AND c.resolution = 0), sum(c.state = 2 AND c.resolution = 1),"
     " sum(c.state = 2 AND c.resolution = 2), sum(c.state = 2 AND c.resolution = 3) FROM alert a"
     " JOIN alert_count c USING (number) WHERE a.created_at >= ?1 AND c.first_event_time >= ?1"
     " AND a.type = 0 AND a.held = 0 GROUP BY +a.rule_id"},

    {STATEMENT_ATTRIBUTE_ADD, "itt",
     "INSERT OR IGNORE INTO match_attribute (match_id, name, value) VALUES (?1, ?2, ?3)"},
    {STATEMENT_ALERT_ATTRIBUTES, "ti",
     "SELECT t.name, t.value, count(*) AS matches FROM"
     " (SELECT id FROM rule_match WHERE alert_id = ?1 ORDER BY event_time LIMIT ?2) m"
     " CROSS JOIN match_attribute t ON t.match_id = m.id"
     " GROUP BY t.name, t.value ORDER BY t.name, matches DESC, t.value"},

    {STATEMENT_ALERT_MUTE, "tt",
     "INSERT INTO alert_mute (alert_id, route) VALUES (?1, ?2)"
     " ON CONFLICT (alert_id) DO UPDATE SET route = excluded.route"},
    {STATEMENT_ALERT_MUTED, "t", "SELECT route FROM alert_mute WHERE alert_id = ?1"},
    {STATEMENT_HOLD_SET, "ttii",
     "UPDATE outbox SET hold = ?3, due = ?4 WHERE alert_id = ?1 AND destination_id = ?2"
     " AND state = 0"},
    {STATEMENT_HOLD_PUT_OFF, "tiiii",
     "UPDATE outbox SET hold = ?4, due = ?5, failing_since = 0 WHERE state = 0 AND destination_id "
     "= ?1"
     " AND severity = ?2 AND due <= ?3 AND hold IN (0, 1) AND requests = 0 AND lease_owner = ''"},
    {STATEMENT_HOLD_FORGET, "tii",
     "UPDATE outbox SET hold = 0, due = min(due, ?2) WHERE state = 0 AND destination_id = ?1"
     " AND hold IN (1, 2) AND (?3 OR due > ?2)"},
    {STATEMENT_DIGEST_LIST, "tii",
     "SELECT a.id, a.severity, a.rule_id, a.title, a.actor, a.created_at"
     " FROM outbox o JOIN alert a ON a.id = o.alert_id WHERE " DIGEST_ROWS
     " ORDER BY o.severity DESC, o.id LIMIT ?3"},
    {STATEMENT_DIGEST_TAKE, "titi",
     "UPDATE outbox SET state = 3, hold = 0, updated_at = ?2, last_error = ?3, lease_owner = '',"
     " lease_end = 0 WHERE id IN (SELECT o.id FROM outbox o WHERE " DIGEST_ROWS
     " ORDER BY o.severity DESC, o.id LIMIT ?4)"},
    {STATEMENT_STORM_HOLD, "titii",
     STORM_HELD "(SELECT o.id FROM " STORM_ROWS " AND (" STORM_CAME ") >= ?5 LIMIT ?4)"},
    {STATEMENT_STORM_HOLD_BACKLOG, "titiii",
     STORM_HELD "(SELECT id FROM (SELECT o.id, row_number() OVER (PARTITION BY (" STORM_CAME
                ") / 60000000 ORDER BY o.severity DESC, o.id) AS place FROM " STORM_ROWS
                " AND (" STORM_CAME ") < ?6) WHERE place > ?5 LIMIT ?4)"},
    {STATEMENT_STORM_GET, "t", "SELECT began, held FROM storm WHERE destination_id = ?1"},
    {STATEMENT_STORM_SET, "tii",
     "INSERT OR REPLACE INTO storm (destination_id, began, held) VALUES (?1, ?2, ?3)"},
    {STATEMENT_STORM_END, "t", "DELETE FROM storm WHERE destination_id = ?1"},

    {STATEMENT_OUTBOX_ADD, "ttti",
     "INSERT INTO outbox (alert_id, destination_id, idempotency_key, state, attempts, due,"
     " updated_at, last_error, severity) VALUES (?1, ?2, ?3, 0, 0, ?4, ?4, '',"
     " ifnull((SELECT max(0, min(4, severity)) FROM alert WHERE id = ?1), 0))"
     " ON CONFLICT (alert_id, destination_id) DO NOTHING"},
    {STATEMENT_OUTBOX_DUE, "titii",
     "SELECT " OUTBOX_COLUMNS ", " ALERT_COLUMNS
     " FROM outbox o JOIN alert a ON a.id = o.alert_id JOIN alert_count c USING (number)"
     " WHERE o.state = 0 AND o.destination_id = ?1 AND o.severity = ?5 AND o.due <= ?2"
     " AND o.hold <> 2"
     " AND (o.lease_owner = '' OR (o.lease_end <= ?2 AND o.lease_owner <> ?3))"
     " ORDER BY o.due, o.id LIMIT ?4"},
    {STATEMENT_OUTBOX_LEASE, "iti",
     "UPDATE outbox SET lease_owner = ?2, lease_end = ?3 WHERE id = ?1"},
    {STATEMENT_OUTBOX_RELEASE, "t",
     "UPDATE outbox SET lease_owner = '', lease_end = 0 WHERE lease_owner = ?1"
     " AND lease_owner <> ''"},
    {STATEMENT_OUTBOX_RELEASE_ALL, "",
     "UPDATE outbox SET lease_owner = '', lease_end = 0 WHERE lease_owner <> ''"},
    /* From one destination to the next, so that a long backlog is not read through: by the index of
     * states, which SQLite would choose, it is. */
    {STATEMENT_OUTBOX_WAITING_DESTINATION, "t",
     "SELECT destination_id FROM outbox INDEXED BY outbox_pending WHERE state = 0"
     " AND destination_id > ?1"
     " ORDER BY destination_id LIMIT 1"},
    {STATEMENT_OUTBOX_WAITING, "tti",
     "SELECT due, lease_end FROM outbox WHERE state = 0 AND destination_id = ?1"
     " AND severity = ?3 AND (lease_owner = '' OR lease_owner <> ?2) ORDER BY due"},
    {STATEMENT_OUTBOX_RECORD, "itiiiti",
     "UPDATE outbox SET state = ?3, hold = iif(hold = 3, 3, 0), attempts = attempts + (?7 = 0), "
     "requests = requests + ?7, due "
     "= ?4, updated_at = ?5,"
     " last_error = ?6, lease_owner = '', lease_end = 0, failing_since = iif(?3 = 0 AND ?7 = 0,"
     " iif(failing_since = 0, ?5, failing_since), 0) WHERE id = ?1 AND lease_owner = ?2"},
    {STATEMENT_OUTBOX_BEHIND, "i",
     "SELECT " OUTBOX_NEWS_COLUMNS " FROM outbox o"
     " WHERE o.id = ?1 AND o.next_occasion IS NOT NULL"},
    {STATEMENT_OUTBOX_TO_UPDATE, "ti",
     "SELECT " OUTBOX_NEWS_COLUMNS " FROM outbox o JOIN destination d ON d.id = o.destination_id"
     " WHERE o.alert_id = ?1 AND d.occasions & ?2 ORDER BY o.id"},
    {STATEMENT_OUTBOX_REVISE, "iiittti",
     "UPDATE outbox SET state = 0, hold = 0, revision = ?2, occasion = ?3, who = ?4, note = ?5,"
     " idempotency_key = ?6, due = ?7, updated_at = ?7, attempts = 0, requests = 0,"
     " last_error = '', failing_since = 0, severity = ifnull((SELECT max(0, min(4, a.severity)) "
     "FROM alert a"
     " WHERE a.id = alert_id), 0), next_occasion = NULL, next_who = '', next_note = ''"
     " WHERE id = ?1"},
    {STATEMENT_OUTBOX_PUT_BEHIND, "iitt",
     "UPDATE outbox SET next_occasion = ?2, next_who = ?3, next_note = ?4 WHERE id = ?1"},
    {STATEMENT_OUTBOX_NOTHING_BEHIND, "i",
     "UPDATE outbox SET next_occasion = NULL, next_who = '', next_note = '' WHERE id = ?1"},
    {STATEMENT_OUTBOX_RISE, "ti",
     "UPDATE outbox SET severity = max(0, min(4, ?2)) WHERE alert_id = ?1 AND state = 0"},
    {STATEMENT_OUTBOX_PARK, "titii",
     "UPDATE outbox SET state = 2, due = ?2, updated_at = ?2, last_error = ?3, lease_owner = '',"
     " lease_end = 0 WHERE id IN (SELECT id FROM outbox WHERE state = 0 AND destination_id = ?1"
     " AND lease_end <= ?2 AND iif(failing_since = 0, updated_at, failing_since) <= ?5"
     " LIMIT ?4)"},
    {STATEMENT_OUTBOX_RETRY, "ttiiii",
     "UPDATE outbox SET hold = iif(state = 3, 3, 0), state = 0, due = ?6, updated_at = ?6,"
     " requests = 0, failing_since = 0"
     " WHERE id IN (SELECT o.id FROM outbox o WHERE o.state IN (2, 3) AND " OUTBOX_FILTER ")"},
    {STATEMENT_OUTBOX_DROP, "ttiiii",
     "DELETE FROM outbox WHERE id IN (SELECT o.id FROM outbox o WHERE o.lease_end <= ?6 AND"
     " " OUTBOX_FILTER ")"},
    {STATEMENT_OUTBOX_FIND, "ttiii",
     "SELECT " OUTBOX_COLUMNS " FROM outbox o WHERE " OUTBOX_FILTER},
    {STATEMENT_OUTBOX_HASTEN, "tii",
     "UPDATE outbox SET due = ?2 WHERE state = 0 AND destination_id = ?1 AND due > ?3"
     " AND hold IN (0, 3)"},
    {STATEMENT_OUTBOX_OF_ALERT, "t",
     "SELECT " OUTBOX_COLUMNS " FROM outbox o WHERE o.alert_id = ?1 ORDER BY o.id"},
    {STATEMENT_OUTBOX_IN_STATE, "i",
     "SELECT " OUTBOX_COLUMNS " FROM outbox o WHERE o.state = ?1 ORDER BY o.id"},
    {STATEMENT_OUTBOX_BACKLOG, "",
     "SELECT b.destination_id, b.waiting, b.retried, b.parked,"
     " (SELECT a.created_at FROM outbox o JOIN alert a ON a.id = o.alert_id WHERE o.id = b.oldest),"
     " (SELECT a.created_at FROM outbox o JOIN alert a ON a.id = o.alert_id"
     " WHERE o.id = b.oldest_retried), (SELECT o.last_error FROM outbox o WHERE o.id = b.failed)"
     " FROM (SELECT destination_id, sum(state = 0) AS waiting,"
     " sum(state = 0 AND attempts > 0 AND hold IN (0, 3)) AS retried, sum(state = 2) AS parked,"
     " min(iif(state = 0, id, NULL)) AS oldest,"
     " min(iif(state = 0 AND attempts > 0 AND hold IN (0, 3), id, NULL)) AS oldest_retried,"
     " max(iif(last_error <> '', id, NULL)) AS failed"
     " FROM outbox WHERE state IN (0, 2) GROUP BY destination_id) b"},

    {STATEMENT_DESTINATION_CLEAR, "", "DELETE FROM destination"},
    {STATEMENT_DESTINATION_ADD, "ti",
     "INSERT OR REPLACE INTO destination (id, occasions) VALUES (?1, ?2)"},
    {STATEMENT_DESTINATION_STATE_GET, "tt",
     "SELECT state FROM destination_state WHERE alert_id = ?1 AND destination_id = ?2"},
    {STATEMENT_DESTINATION_STATE_SET, "ttb",
     "INSERT INTO destination_state (alert_id, destination_id, state) VALUES (?1, ?2, ?3)"
     " ON CONFLICT (alert_id, destination_id) DO UPDATE SET state = excluded.state"},
    {STATEMENT_DESTINATION_STATE_DELETE, "tt",
     "DELETE FROM destination_state WHERE alert_id = ?1 AND destination_id = ?2"},

    {STATEMENT_DAEMON_SET, "tiiiiiiiit",
     "INSERT INTO daemon (id, version, pid, started_at, beat_at, ended_at, commits, rules,"
     " rule_mistakes, rules_paused, destinations)"
     " VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
     " ON CONFLICT (id) DO UPDATE SET version = excluded.version, pid = excluded.pid,"
     " started_at = excluded.started_at, beat_at = excluded.beat_at, ended_at = excluded.ended_at,"
     " commits = excluded.commits, rules = excluded.rules, rule_mistakes = excluded.rule_mistakes,"
     " rules_paused = excluded.rules_paused, destinations = excluded.destinations"},
    {STATEMENT_DAEMON_GET, "",
     "SELECT version, pid, started_at, beat_at, ended_at, commits, rules, rule_mistakes,"
     " rules_paused, destinations FROM daemon WHERE id = 1"},
    {STATEMENT_SOURCE_HEALTH_SET, "ttttiiiiittiiiii",
     "INSERT INTO source_health (source_id, label, kind, state, known_since, last_event,"
     " last_event_at, last_success, watermark, fault, error, error_since, errors, day, rows_today,"
     " saved_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
     " ON CONFLICT (source_id) DO UPDATE SET label = excluded.label, kind = excluded.kind,"
     " state = excluded.state, known_since = excluded.known_since,"
     " last_event = excluded.last_event, last_event_at = excluded.last_event_at,"
     " last_success = excluded.last_success, watermark = excluded.watermark,"
     " fault = excluded.fault, error = excluded.error, error_since = excluded.error_since,"
     " errors = excluded.errors, day = excluded.day, rows_today = excluded.rows_today,"
     " saved_at = excluded.saved_at"},
    {STATEMENT_SOURCE_HEALTH_FORGET, "i", "DELETE FROM source_health WHERE saved_at <> ?1"},
    {STATEMENT_SOURCE_HEALTH_LIST, "",
     "SELECT source_id, label, kind, state, known_since, last_event, last_event_at, last_success,"
     " watermark, fault, error, error_since, errors, day, rows_today"
     " FROM source_health ORDER BY source_id"},
    {STATEMENT_DESTINATION_HEALTH_SET, "tiiiiiit",
     "INSERT OR REPLACE INTO destination_health (destination_id, circuit, failures, failing_since,"
     " probe_at, last_success, last_failure, last_error) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"},
    {STATEMENT_DESTINATION_HEALTH_LIST, "",
     "SELECT destination_id, circuit, failures, failing_since, probe_at, last_success,"
     " last_failure, last_error FROM destination_health ORDER BY destination_id"},
    {STATEMENT_ALARM_BEGIN, "tttit",
     "INSERT INTO alarm (kind, subject, detail, since, alert_id) VALUES (?1, ?2, ?3, ?4, ?5)"
     " ON CONFLICT (kind, subject) DO UPDATE SET detail = excluded.detail, since = excluded.since,"
     " alert_id = excluded.alert_id"},
    {STATEMENT_ALARM_REWORD, "ttt",
     "UPDATE alarm SET detail = ?3 WHERE kind = ?1 AND subject = ?2"},
    {STATEMENT_ALARM_END, "tt", "DELETE FROM alarm WHERE kind = ?1 AND subject = ?2"},
    {STATEMENT_ALARM_LIST, "",
     "SELECT kind, subject, detail, since, alert_id FROM alarm ORDER BY since, kind, subject"},

    {STATEMENT_DATA_VERSION, "", "PRAGMA data_version"},
    {STATEMENT_TOTALS, "",
     "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM dead_letter),"
     " (SELECT count(*) FROM alert_count), (SELECT count(*) FROM rule_match)"},
    {STATEMENT_OUTBOX_TOTALS, "", "SELECT state, count(*) FROM outbox GROUP BY state"},

    /* Rows come in in the order of their ids, so the old ones are the first: looking at the next ?2
     * rows behind ?1 finds them without an index that every insert would have to pay for. */
    {STATEMENT_EVENT_OLDEST, "ii",
     "SELECT id, parse_time FROM event WHERE id > ?1 ORDER BY id LIMIT ?2"},
    {STATEMENT_EVENT_LAST, "", "SELECT max(id) FROM event"},
    {STATEMENT_EVENT_DELETE, "i", "DELETE FROM event WHERE id = ?1"},
    {STATEMENT_EVENT_TYPED, "ii",
     "SELECT id, parse_time, log_type FROM event WHERE id > ?1 ORDER BY id LIMIT ?2"},
    {STATEMENT_EVENT_TOTAL, "", "SELECT sum(events) FROM event_count"},
    {STATEMENT_EVENT_PRUNED_LIST, "", "SELECT log_type, event FROM event_pruned"},
    {STATEMENT_EVENT_PRUNED_SET, "ti",
     "INSERT INTO event_pruned (log_type, event) VALUES (?1, ?2)"
     " ON CONFLICT (log_type) DO UPDATE SET event = excluded.event"},
    {STATEMENT_EVENT_PRUNED_BOUND, "",
     "UPDATE event_pruned SET event = ifnull((SELECT max(id) FROM event), 0)"
     " WHERE event > ifnull((SELECT max(id) FROM event), 0)"},
    {STATEMENT_EVENT_PRUNED_FORGET, "t", "DELETE FROM event_pruned WHERE log_type = ?1"},
    {STATEMENT_DEAD_LETTER_OLDEST, "ii",
     "SELECT id, received_at FROM dead_letter WHERE id > ?1 ORDER BY id LIMIT ?2"},
    {STATEMENT_DEAD_LETTER_LAST, "", "SELECT max(id) FROM dead_letter"},
    {STATEMENT_DEAD_LETTER_DELETE, "i", "DELETE FROM dead_letter WHERE id = ?1"},
    {STATEMENT_MATCH_OLDEST, "ii",
     "SELECT id, added_at FROM rule_match WHERE id > ?1 ORDER BY id LIMIT ?2"},
    {STATEMENT_MATCH_LAST, "", "SELECT max(id) FROM rule_match"},
    {STATEMENT_MATCH_DELETE, "i", "DELETE FROM rule_match WHERE id = ?1"},
    {STATEMENT_ALERT_OLDEST, "ii",
     "SELECT number, created_at FROM alert WHERE number > ?1 ORDER BY number LIMIT ?2"},
    {STATEMENT_ALERT_LAST, "", "SELECT max(number) FROM alert"},
    {STATEMENT_ALERT_IS_PAST, "ii", "SELECT 1 FROM alert a WHERE a.number = ?2 AND " ALERT_IS_PAST},
    {STATEMENT_ALERT_MATCHES, "ii",
     "SELECT m.id FROM rule_match m WHERE m.alert_id = (SELECT id FROM alert WHERE number = ?1)"
     " LIMIT ?2"},
    {STATEMENT_ALERT_DELETE, "i", "DELETE FROM alert WHERE number = ?1"},
    {STATEMENT_WINDOW_PAST, "ii",
     "SELECT id FROM rule_window WHERE last_event_time < ?1 AND updated_at < ?1"
     " ORDER BY last_event_time LIMIT ?2"},
    {STATEMENT_WINDOW_DELETE, "i", "DELETE FROM rule_window WHERE id = ?1"},
};
static_assert(sizeof statement_definitions / sizeof statement_definitions[0] == STATEMENT_COUNT,
              "every statement has its row");
