/* Alerts, their life and their matches (statements.h). */

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

STATEMENT(
    STATEMENT_ALERT_ADD, "tiitttttttttttttttiii",
    "INSERT INTO alert (id, type, severity, rule_id, display_name, log_type, source_id,"
    " source_label, dedup, title, description, runbook, reference, tags, reports, context,"
    " event, actor, created_at, sums_up, held)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,"
    " ?19, ?20, ?21) ON CONFLICT (id) DO NOTHING")
STATEMENT(
    STATEMENT_ALERT_COUNT_ADD, "tiii",
    "INSERT INTO alert_count (number, first_event_time, last_event_time, match_count, announced)"
    " VALUES ((SELECT number FROM alert WHERE id = ?1), ?2, ?3, ?4, ?4)"
    " ON CONFLICT (number) DO UPDATE SET match_count = match_count + excluded.match_count,"
    " first_event_time = min(first_event_time, excluded.first_event_time),"
    " last_event_time = max(last_event_time, excluded.last_event_time)")
STATEMENT(
    STATEMENT_ALERT_JOIN, "tiii",
    "UPDATE alert_count SET match_count = match_count + 1 + ?3,"
    " first_event_time = min(first_event_time, ?4), last_event_time = max(last_event_time, ?2),"
    " announced = iif(announced > 0 AND match_count + 1 + ?3 >= 10 * announced,"
    " match_count + 1 + ?3, announced) WHERE number = (SELECT number FROM alert WHERE id = ?1)"
    " RETURNING announced = match_count, state,"
    " (SELECT severity FROM alert a WHERE a.number = alert_count.number)")
STATEMENT(STATEMENT_ALERT_RISE, "ti", "UPDATE alert SET severity = ?2 WHERE id = ?1 RETURNING held")
STATEMENT(STATEMENT_ALERT_RESTATE, "tittttttttttttttt",
          "UPDATE alert SET rule_id = ?3, display_name = ?4, log_type = ?5, source_id = ?6,"
          " source_label = ?7, dedup = ?8, title = ?9, description = ?10, runbook = ?11,"
          " reference = ?12, tags = ?13, reports = ?14, context = ?15, event = ?16, actor = ?17"
          " WHERE id = ?1 AND (log_type <> 'Margay.Correlation' OR severity < ?2)")
STATEMENT(STATEMENT_ALERT_WINDOW, "ti",
          "UPDATE alert_count SET ends_at = max(ifnull(ends_at, ?2), ?2)"
          " WHERE number = (SELECT number FROM alert WHERE id = ?1)")
STATEMENT(STATEMENT_ALERT_WINDOW_NEXT, "",
          "SELECT ends_at FROM alert_count WHERE ends_at IS NOT NULL AND match_count > announced"
          " ORDER BY ends_at LIMIT 1")
STATEMENT(STATEMENT_ALERT_WINDOWS_END, "ii",
          "SELECT a.id, c.state, c.number FROM alert_count c JOIN alert a USING (number)"
          " WHERE c.ends_at IS NOT NULL AND c.match_count > c.announced AND c.ends_at <= ?1"
          " ORDER BY c.ends_at LIMIT ?2")
STATEMENT(STATEMENT_ALERT_ANNOUNCE, "i",
          "UPDATE alert_count SET announced = match_count, ends_at = NULL WHERE number = ?1")

STATEMENT(STATEMENT_LIFE_GET, "t",
          "SELECT c.state, c.resolution, c.assignee, ifnull((SELECT h.who FROM alert_history h"
          " WHERE h.alert_id = a.id AND h.action IN (3, 4, 5) ORDER BY h.id DESC LIMIT 1), '')"
          " FROM alert a JOIN alert_count c USING (number) WHERE a.id = ?1")
STATEMENT(STATEMENT_LIFE_SET, "tiit",
          "UPDATE alert_count SET state = ?2, resolution = ?3, assignee = ?4"
          " WHERE number = (SELECT number FROM alert WHERE id = ?1)")
STATEMENT(STATEMENT_LIFE_HISTORY_ADD, "titiiitt",
          "INSERT INTO alert_history (alert_id, at, who, via, action, resolution, assignee, note)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
STATEMENT(STATEMENT_LIFE_REVISION, "t", "SELECT count(*) FROM alert_history WHERE alert_id = ?1")
STATEMENT(STATEMENT_LIFE_LAST, "", "SELECT max(id) FROM alert_history")
STATEMENT(STATEMENT_LIFE_CHANGED, "iii",
          "SELECT " ALERT_COLUMNS " FROM (SELECT DISTINCT alert_id FROM alert_history"
          " WHERE id > ?1 AND id <= ?2 LIMIT ?3) h JOIN alert a ON a.id = h.alert_id"
          " JOIN alert_count c USING (number)")
STATEMENT(STATEMENT_LIFE_HISTORY_LIST, "t",
          "SELECT at, who, via, action, resolution, assignee, note FROM alert_history"
          " WHERE alert_id = ?1 ORDER BY id")
STATEMENT(STATEMENT_LIFE_UNRESOLVED, "",
          "SELECT a.id, a.rule_id, a.dedup FROM alert a JOIN alert_count c ON c.number = a.number"
          " WHERE a.type = 1 AND c.state < 2")
STATEMENT(STATEMENT_LIFE_LETTERS_GONE, "ti",
          "SELECT a.id, a.rule_id, a.dedup FROM alert a JOIN alert_count c ON c.number = a.number"
          " WHERE a.rule_id = ?1 AND c.state < 2 AND NOT EXISTS"
          " (SELECT 1 FROM dead_letter d WHERE d.reason_id = CAST(a.dedup AS INTEGER)) LIMIT ?2")

STATEMENT(STATEMENT_ALERT_DAYS, "i",
          "SELECT created_at / 86400000000 AS day, severity, count(*) FROM alert"
          " WHERE created_at >= ?1 AND held = 0 GROUP BY day, severity")
STATEMENT(STATEMENT_ALERT_OPEN, "",
          "SELECT a.severity, count(*) FROM alert_count c CROSS JOIN alert a USING (number)"
          " WHERE c.state <> 2 AND a.held = 0 GROUP BY a.severity")
STATEMENT(STATEMENT_ALERT_ACTORS, "ii",
          "SELECT actor, '', max(severity), count(*) AS alerts, sum(" ALERT_POINTS ") AS score,"
          " sum(match_count) FROM alert JOIN alert_count USING (number)"
          " WHERE created_at >= ?1 AND held = 0 AND actor <> ''"
          " GROUP BY actor ORDER BY score DESC, alerts DESC, actor LIMIT ?2")
STATEMENT(
    STATEMENT_ALERT_RULES, "ii",
    "SELECT rule_id, max(display_name), max(severity), count(*) AS alerts,"
    " sum(" ALERT_POINTS ") AS score, sum(match_count)"
    " FROM alert JOIN alert_count USING (number) WHERE created_at >= ?1 AND held = 0 AND type = 0"
    " GROUP BY +rule_id ORDER BY alerts DESC, score DESC, rule_id LIMIT ?2")
STATEMENT(STATEMENT_ALERT_RELEASE, "t", "UPDATE alert SET held = 0 WHERE id = ?1 AND held <> 0")

STATEMENT(
    STATEMENT_HISTORY_LIST, "",
    "SELECT a.source_id, a.rule_id, max(a.source_label), max(a.display_name), max(a.log_type),"
    " max(a.severity), count(*), sum(c.match_count), min(c.first_event_time),"
    " max(c.last_event_time) FROM alert a JOIN alert_count c USING (number) WHERE a.held = 1"
    " GROUP BY a.source_id, a.rule_id")
STATEMENT(
    STATEMENT_HISTORY_ACTORS, "tti",
    "SELECT a.actor, sum(c.match_count) AS matches FROM alert a JOIN alert_count c USING (number)"
    " WHERE a.held = 1 AND a.source_id = ?1 AND a.rule_id = ?2 AND a.actor <> ''"
    " GROUP BY a.actor ORDER BY matches DESC, a.actor LIMIT ?3")
STATEMENT(STATEMENT_HISTORY_DONE, "tt",
          "UPDATE alert SET held = 2 WHERE held = 1 AND source_id = ?1 AND rule_id = ?2")

STATEMENT(STATEMENT_ALERT_LIST, "iiitttiitti",
          "SELECT " ALERT_COLUMNS " FROM alert a JOIN alert_count c USING (number)"
          " WHERE " ALERT_FILTER " ORDER BY a.created_at DESC, a.number DESC LIMIT ?11")
STATEMENT(STATEMENT_ALERT_LIST_RULE, "iiitttiittit",
          "SELECT " ALERT_COLUMNS " FROM alert a JOIN alert_count c USING (number)"
          " WHERE a.rule_id = ?12 AND " ALERT_FILTER
          " ORDER BY a.created_at DESC, a.number DESC LIMIT ?11")
STATEMENT(STATEMENT_ALERT_FOLLOW, "iiitttiittiit",
          "SELECT " ALERT_COLUMNS " FROM alert a JOIN alert_count c USING (number)"
          " WHERE a.number > ?11 AND a.number <= ?12 AND (?13 = '' OR a.rule_id = ?13)"
          " AND " ALERT_FILTER " ORDER BY a.number")

STATEMENT(
    STATEMENT_LIFE_FOLLOW, "iiitttiittiit",
    "SELECT h.at, h.who, h.via, h.action, h.resolution, h.assignee, h.note, " ALERT_COLUMNS
    " FROM alert_history h JOIN alert a ON a.id = h.alert_id JOIN alert_count c USING (number)"
    " WHERE h.id > ?11 AND h.id <= ?12 AND (?13 = '' OR a.rule_id = ?13)"
    " AND " ALERT_FILTER " ORDER BY h.id")

STATEMENT(STATEMENT_ALERT_NEXT_RULE, "t", "SELECT min(rule_id) FROM alert WHERE rule_id > ?1")
STATEMENT(STATEMENT_ALERT_FIND, "tt",
          "SELECT " ALERT_COLUMNS ", (SELECT count(*) FROM"
          " (SELECT 1 FROM alert WHERE id >= ?1 AND id < ?2 LIMIT 2))"
          " FROM alert a JOIN alert_count c USING (number)"
          " WHERE a.id >= ?1 AND a.id < ?2 ORDER BY a.id LIMIT 1")
STATEMENT(STATEMENT_ALERT_GET, "t",
          "SELECT " ALERT_COLUMNS " FROM alert a JOIN alert_count c USING (number) WHERE a.id = ?1")
STATEMENT(STATEMENT_ALERT_EVENTS, "ti",
          "WITH RECURSIVE type (name) AS (SELECT min(log_type) FROM event UNION ALL"
          " SELECT (SELECT min(log_type) FROM event WHERE log_type > name) FROM type"
          " WHERE name IS NOT NULL)"
          " SELECT " EVENT_COLUMNS " FROM rule_match m CROSS JOIN type CROSS JOIN event e"
          " ON e.log_type = name AND e.event_time = m.event_time AND e.row_id = m.row_id"
          " WHERE m.alert_id = ?1 ORDER BY m.event_time, m.id LIMIT ?2")

STATEMENT(STATEMENT_MATCH_ADD, "nttriiti",
          "INSERT INTO rule_match (alert_id, rule_id, dedup, row_id, event_time, added_at, actor,"
          " suppressed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
/* An hour of matches, as the index rule_match_by_hour has it, and the next one behind `n` that has
 * any. What is asked of a rule is looked for in each hour: some microseconds for one. */
#define MATCH_HOUR "event_time / 3600000000"
#define MATCH_HOUR_BEHIND "(SELECT min(" MATCH_HOUR ") FROM rule_match WHERE " MATCH_HOUR " > n)"

STATEMENT(
    STATEMENT_MATCH_CLAIM, "tttii",
    "WITH RECURSIVE hour (n) AS (SELECT ?4 / 3600000000 UNION ALL"
    " SELECT " MATCH_HOUR_BEHIND " FROM hour WHERE n < ?5 / 3600000000)"
    " UPDATE rule_match SET alert_id = ?1 WHERE id IN (SELECT m.id FROM hour CROSS JOIN rule_match"
    " m ON m." MATCH_HOUR " = n AND m.rule_id = ?2 AND m.dedup = ?3"
    " AND m.event_time BETWEEN ?4 AND ?5 WHERE m.alert_id IS NULL AND m.suppressed = 0)")
STATEMENT(STATEMENT_MATCH_LIST, "tii",
          "WITH RECURSIVE hour (n) AS (SELECT min(" MATCH_HOUR ") FROM rule_match UNION ALL"
          " SELECT " MATCH_HOUR_BEHIND " FROM hour WHERE n IS NOT NULL)"
          " SELECT m.row_id, m.id, m.dedup, m.actor, m.alert_id, a.title, m.event_time,"
          " m.suppressed FROM hour CROSS JOIN rule_match m ON m." MATCH_HOUR " = n"
          " AND m.rule_id = ?1 LEFT JOIN alert a ON a.id = m.alert_id"
          " WHERE m.id < ?2 ORDER BY m.id DESC LIMIT ?3")
STATEMENT(STATEMENT_MATCH_SUPPRESSED, "",
          "SELECT rule_id, count(*), max(event_time) FROM rule_match"
          " INDEXED BY rule_match_suppressed WHERE suppressed <> 0"
          " GROUP BY rule_id ORDER BY rule_id")

/* What failures of rules left has no actor, and an alert of another type. */
STATEMENT(STATEMENT_NOISE_MATCHES, "i",
          "SELECT m.rule_id, m.actor, m.event_time, m.suppressed <> 0 FROM rule_match m"
          " WHERE m." MATCH_HOUR " >= ?1 / 3600000000 AND m.event_time >= ?1"
          " AND (m.actor <> '' OR NOT EXISTS"
          " (SELECT 1 FROM alert a WHERE a.id = m.alert_id AND a.type <> 0))")
STATEMENT(
    STATEMENT_NOISE_ALERTS, "i",
    "SELECT a.rule_id, count(*), min(c.first_event_time),"
    " sum(c.state = 2 AND c.resolution = 0), sum(c.state = 2 AND c.resolution = 1),"
    " sum(c.state = 2 AND c.resolution = 2), sum(c.state = 2 AND c.resolution = 3) FROM alert a"
    " JOIN alert_count c USING (number) WHERE a.created_at >= ?1 AND c.first_event_time >= ?1"
    " AND a.type = 0 AND a.held = 0 GROUP BY +a.rule_id")

STATEMENT(STATEMENT_ATTRIBUTE_ADD, "itt",
          "INSERT OR IGNORE INTO match_attribute (match_id, name, value) VALUES (?1, ?2, ?3)")

STATEMENT(STATEMENT_ALERT_ATTRIBUTES, "ti",
          "SELECT t.name, t.value, count(*) AS matches FROM"
          " (SELECT id FROM rule_match WHERE alert_id = ?1 ORDER BY event_time LIMIT ?2) m"
          " CROSS JOIN match_attribute t ON t.match_id = m.id"
          " GROUP BY t.name, t.value ORDER BY t.name, matches DESC, t.value")

STATEMENT(STATEMENT_MATCH_OLDEST, "ii",
          "SELECT id, added_at FROM rule_match WHERE id > ?1 ORDER BY id LIMIT ?2")
STATEMENT(STATEMENT_MATCH_LAST, "", "SELECT max(id) FROM rule_match")
STATEMENT(STATEMENT_MATCH_DELETE, "i", "DELETE FROM rule_match WHERE id = ?1")

STATEMENT(STATEMENT_ALERT_OLDEST, "ii",
          "SELECT number, created_at FROM alert WHERE number > ?1 ORDER BY number LIMIT ?2")
STATEMENT(STATEMENT_ALERT_LAST, "", "SELECT max(number) FROM alert")
STATEMENT(STATEMENT_ALERT_IS_PAST, "ii",
          "SELECT 1 FROM alert a WHERE a.number = ?2 AND " ALERT_IS_PAST)
STATEMENT(
    STATEMENT_ALERT_MATCHES, "ii",
    "SELECT m.id FROM rule_match m WHERE m.alert_id = (SELECT id FROM alert WHERE number = ?1)"
    " LIMIT ?2")
STATEMENT(STATEMENT_ALERT_DELETE, "i", "DELETE FROM alert WHERE number = ?1")

#undef MATCH_HOUR_BEHIND
#undef MATCH_HOUR
#undef ALERT_IS_PAST
#undef ALERT_POINTS
#undef ALERT_FILTER
