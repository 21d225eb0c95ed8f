/* The archive: rows, receipts, events, dictionaries, the index of indicators (statements.h). */

STATEMENT(STATEMENT_ROW_ADD, "tri",
          "INSERT INTO row (source_id, row_id, event_time) VALUES (?1, ?2, ?3)"
          " ON CONFLICT DO NOTHING")
STATEMENT(STATEMENT_ROW_KNOWN, "tr", "SELECT 1 FROM row WHERE source_id = ?1 AND row_id = ?2")
STATEMENT(STATEMENT_ROW_FROM, "tri",
          "SELECT row_id, event_time FROM row WHERE source_id = ?1 AND row_id >= ?2"
          " ORDER BY row_id LIMIT ?3")
STATEMENT(STATEMENT_ROW_DELETE, "tr", "DELETE FROM row WHERE source_id = ?1 AND row_id = ?2")
STATEMENT(STATEMENT_RECEIPT_ADD, "iri",
          "INSERT INTO receipt (event_time, row_id, received_at) VALUES (?1, ?2, ?3)"
          " ON CONFLICT DO NOTHING")
STATEMENT(
    STATEMENT_RECEIPT_PRUNE, "ii",
    "DELETE FROM receipt WHERE (event_time, row_id) IN (SELECT event_time, row_id FROM receipt"
    " WHERE event_time < ?1 AND received_at < ?1 ORDER BY event_time, row_id LIMIT ?2)")

/* OR FAIL: the transaction is taken back in whole anyway, so nothing has to be kept that would
 * take back this statement alone. */
STATEMENT(
    STATEMENT_EVENT_ADD, "",
    "INSERT OR FAIL INTO event (row_id, source_id, log_type, event_time, parse_time, record,"
    " packed)"
    " SELECT row_id, source_id, log_type, event_time, parse_time, record, packed FROM event_feed")
STATEMENT(STATEMENT_EVENT_ADD_ALIKE, "ti",
          "INSERT OR FAIL INTO event (row_id, source_id, log_type, event_time, parse_time, record,"
          " packed)"
          " SELECT row_id, '', ?1, event_time, ?2, '', packed FROM event_feed")
STATEMENT(STATEMENT_EVENT_COUNT_ADD, "tii",
          "INSERT INTO event_count (log_type, hour, events) VALUES (?1, ?2, ?3)"
          " ON CONFLICT (log_type, hour) DO UPDATE SET events = events + excluded.events")
STATEMENT(STATEMENT_EVENT_TAKEN, "i",
          "SELECT log_type, event_time / 3600000000, CASE WHEN length(packed) <= 12 THEN packed END"
          " FROM event WHERE id = ?1")
STATEMENT(STATEMENT_EVENT_HOURS, "ii",
          "SELECT log_type, hour, events FROM event_count WHERE hour >= ?1 AND hour < ?2"
          " AND events > 0 ORDER BY log_type, hour")
STATEMENT(STATEMENT_EVENT_SPANS, "tiiii",
          "SELECT (event_time - ?4) / ?5 AS span, count(*) FROM event"
          " WHERE log_type = ?1 AND event_time >= ?2 AND event_time < ?3 GROUP BY span")
STATEMENT(STATEMENT_EVENT_LATEST, "tiii",
          "SELECT " EVENT_COLUMNS " FROM event e"
          " WHERE log_type = ?1 AND event_time >= ?2 AND event_time < ?3"
          " ORDER BY event_time DESC LIMIT ?4")
STATEMENT(STATEMENT_EVENT_RANGE, "iii",
          "SELECT " EVENT_COLUMNS " FROM event e"
          " WHERE id >= ?1 AND id <= ?2 AND event_time >= ?3 ORDER BY id DESC")
STATEMENT(STATEMENT_EVENT_OF_TYPE, "tiriii",
          "SELECT " EVENT_COLUMNS ", id FROM event e"
          " WHERE log_type = ?1 AND (event_time, row_id, id) > (?2, ?3, ?4) AND event_time < ?5"
          " ORDER BY event_time, row_id, id LIMIT ?6")
STATEMENT(STATEMENT_EVENT_LATEST_OF_TYPE, "ti",
          "SELECT " EVENT_COLUMNS " FROM event e WHERE log_type = ?1"
          " ORDER BY event_time DESC, row_id DESC LIMIT ?2")
STATEMENT(STATEMENT_EVENT_SAMPLE, "tii",
          "SELECT " EVENT_COLUMNS " FROM event e WHERE log_type = ?1 AND event_time >= ?2"
          " ORDER BY event_time, row_id LIMIT ?3")
STATEMENT(STATEMENT_EVENT_SPAN, "t",
          "SELECT (SELECT min(event_time) FROM event WHERE log_type = ?1),"
          " (SELECT max(event_time) FROM event WHERE log_type = ?1)")
STATEMENT(STATEMENT_EVENT_BEHIND, "ii",
          "SELECT " EVENT_COLUMNS ", id FROM event e WHERE id > ?1 ORDER BY id LIMIT ?2")
STATEMENT(STATEMENT_EVENT_LOG_TYPES, "",
          "WITH RECURSIVE type (name) AS (SELECT min(log_type) FROM event UNION ALL"
          " SELECT (SELECT min(log_type) FROM event WHERE log_type > name) FROM type"
          " WHERE name IS NOT NULL) SELECT name FROM type WHERE name IS NOT NULL")
STATEMENT(STATEMENT_EVENT_INTEGRITY, "", "PRAGMA integrity_check(event)")
STATEMENT(STATEMENT_EVENT_COUNT_CHECK, "",
          "SELECT log_type, ifnull(counted, 0), there FROM"
          " (SELECT log_type, count(*) AS there FROM event GROUP BY log_type) LEFT JOIN"
          " (SELECT log_type, sum(events) AS counted FROM event_count GROUP BY log_type)"
          " USING (log_type) WHERE counted IS NOT there")

STATEMENT(
    STATEMENT_DICTIONARY_ADD, "tiiiibi",
    "INSERT INTO event_dictionary (log_type, format, made_at, tried_event, tries, bytes, checksum)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
STATEMENT(STATEMENT_DICTIONARY_GET, "i",
          "SELECT " DICTIONARY_COLUMNS " FROM event_dictionary WHERE id = ?1")
STATEMENT(STATEMENT_DICTIONARY_LATEST, "t",
          "SELECT " DICTIONARY_COLUMNS " FROM event_dictionary WHERE log_type = ?1"
          " ORDER BY id DESC LIMIT 1")
STATEMENT(STATEMENT_DICTIONARY_LIST, "",
          "SELECT " DICTIONARY_COLUMNS ", log_type FROM event_dictionary ORDER BY id")
STATEMENT(STATEMENT_DICTIONARY_TRIED, "ii",
          "UPDATE event_dictionary SET tried_event = ?2, tries = tries + 1 WHERE id = ?1")
STATEMENT(STATEMENT_BLOCK_ADD, "iib",
          "INSERT INTO event_block (events, format, packed) VALUES (?1, ?2, ?3)")
STATEMENT(STATEMENT_BLOCK_GET, "i", "SELECT format, packed FROM event_block WHERE id = ?1")
STATEMENT(STATEMENT_BLOCK_DELETE, "ii", "DELETE FROM event_block WHERE id = ?1 AND events <= ?2")
STATEMENT(STATEMENT_BLOCK_TAKE, "ii", "UPDATE event_block SET events = events - ?2 WHERE id = ?1")
STATEMENT(STATEMENT_BLOCK_CHECK, "",
          "SELECT counted, there FROM"
          " (SELECT ifnull(sum(events), 0) AS counted FROM event_block),"
          " (SELECT count(*) AS there FROM event WHERE substr(packed, 1, 1) = x'00'"
          " AND length(packed) >= 4) WHERE counted < there")

STATEMENT(STATEMENT_SEGMENT_ADD, "iiiii",
          "INSERT INTO indicator_segment (first_event, last_event, level, entries, last_time)"
          " VALUES (?1, ?2, ?3, ?4, ?5)")
STATEMENT(STATEMENT_SEGMENT_LIST, "",
          "SELECT " SEGMENT_COLUMNS " FROM indicator_segment ORDER BY first_event DESC")
STATEMENT(STATEMENT_SEGMENT_OF_LEVEL, "i",
          "SELECT " SEGMENT_COLUMNS " FROM indicator_segment"
          " WHERE level = ?1 AND level < 99 ORDER BY first_event")
STATEMENT(STATEMENT_SEGMENT_SEAL, "", "UPDATE indicator_segment SET level = 99 WHERE level < 99")
STATEMENT(STATEMENT_SEGMENT_DELETE, "ii",
          "DELETE FROM indicator_segment WHERE first_event >= ?1 AND first_event <= ?2")
STATEMENT(STATEMENT_SEGMENT_PAST, "",
          "SELECT " SEGMENT_COLUMNS
          " FROM (SELECT * FROM indicator_segment ORDER BY first_event LIMIT 1)"
          " WHERE last_event < ifnull((SELECT min(id) FROM event), 9223372036854775807)")
STATEMENT(STATEMENT_PAGE_ADD, "iibi",
          "INSERT INTO indicator_page (segment, first, entries, checksum) VALUES (?1, ?2, ?3, ?4)")
STATEMENT(STATEMENT_PAGE_LIST, "ii",
          "SELECT segment, first, entries, checksum FROM indicator_page"
          " WHERE segment >= ?1 AND segment <= ?2 ORDER BY segment, first")
STATEMENT(STATEMENT_PAGE_FIND, "iii",
          "SELECT segment, first, entries, checksum FROM indicator_page"
          " WHERE segment = ?1 AND first <= ?3 AND first >= ifnull((SELECT max(first)"
          " FROM indicator_page WHERE segment = ?1 AND first <= ?2), 0) ORDER BY first")
STATEMENT(STATEMENT_PAGE_DELETE, "ii",
          "DELETE FROM indicator_page WHERE segment >= ?1 AND segment <= ?2")

STATEMENT(STATEMENT_EVENT_FIND, "r",
          "WITH RECURSIVE type (name) AS (SELECT min(log_type) FROM event UNION ALL"
          " SELECT (SELECT min(log_type) FROM event WHERE log_type > name) FROM type"
          " WHERE name IS NOT NULL)"
          " SELECT " EVENT_COLUMNS
          " FROM type CROSS JOIN event e ON e.log_type = name AND e.row_id = ?1 LIMIT 1")
STATEMENT(STATEMENT_EVENT_KNOWN, "tir",
          "SELECT 1 FROM event WHERE log_type = ?1 AND event_time = ?2 AND row_id = ?3 LIMIT 1")
/* Rows come in in the order of their ids, so the old ones are the first: looking at the next ?2
 * rows behind ?1 finds them without an index that every insert would have to pay for. */
STATEMENT(STATEMENT_EVENT_OLDEST, "ii",
          "SELECT id, parse_time FROM event WHERE id > ?1 ORDER BY id LIMIT ?2")
STATEMENT(STATEMENT_EVENT_LAST, "", "SELECT max(id) FROM event")
STATEMENT(STATEMENT_EVENT_DELETE, "i", "DELETE FROM event WHERE id = ?1")
STATEMENT(STATEMENT_EVENT_TYPED, "ii",
          "SELECT id, parse_time, log_type FROM event WHERE id > ?1 ORDER BY id LIMIT ?2")
STATEMENT(STATEMENT_EVENT_TOTAL, "", "SELECT sum(events) FROM event_count")
STATEMENT(STATEMENT_EVENT_PRUNED_LIST, "", "SELECT log_type, event FROM event_pruned")
STATEMENT(STATEMENT_EVENT_PRUNED_SET, "ti",
          "INSERT INTO event_pruned (log_type, event) VALUES (?1, ?2)"
          " ON CONFLICT (log_type) DO UPDATE SET event = excluded.event")
STATEMENT(STATEMENT_EVENT_PRUNED_BOUND, "",
          "UPDATE event_pruned SET event = ifnull((SELECT max(id) FROM event), 0)"
          " WHERE event > ifnull((SELECT max(id) FROM event), 0)")
STATEMENT(STATEMENT_EVENT_PRUNED_FORGET, "t", "DELETE FROM event_pruned WHERE log_type = ?1")
