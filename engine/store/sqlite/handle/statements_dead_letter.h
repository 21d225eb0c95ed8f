/* Dead letters and their reasons (statements.h). */

STATEMENT(
    STATEMENT_DEAD_LETTER_REASON_FIND, "ttt",
    "SELECT id FROM dead_letter_reason WHERE source_id = ?1 AND log_type = ?2 AND reason = ?3")
STATEMENT(STATEMENT_DEAD_LETTER_REASON_ADD, "tttti",
          "INSERT INTO dead_letter_reason (source_id, source_label, log_type, reason, first_at)"
          " VALUES (?1, ?2, ?3, ?4, ?5)")
STATEMENT(
    STATEMENT_DEAD_LETTER_REASON_LIST, "",
    "SELECT r.id, r.source_id, r.source_label, r.log_type, r.reason, r.first_at,"
    " (SELECT d.received_at FROM dead_letter d WHERE d.reason_id = r.id"
    " ORDER BY d.id DESC LIMIT 1),"
    " (SELECT count(*) FROM dead_letter d WHERE d.reason_id = r.id) AS letters,"
    " (SELECT count(*) FROM dead_letter d WHERE d.reason_id = r.id AND d.retry_at IS NOT NULL)"
    " FROM dead_letter_reason r WHERE letters > 0 ORDER BY r.id")
STATEMENT(STATEMENT_DEAD_LETTER_REASON_MARKED, "",
          "SELECT r.id, r.source_id, r.source_label, r.log_type, r.reason, r.first_at, 0, count(*),"
          " count(*) FROM dead_letter d JOIN dead_letter_reason r ON r.id = d.reason_id"
          " WHERE d.retry_at IS NOT NULL GROUP BY d.reason_id")
STATEMENT(STATEMENT_DEAD_LETTER_REASON_PRUNE, "",
          "DELETE FROM dead_letter_reason WHERE NOT EXISTS"
          " (SELECT 1 FROM dead_letter d WHERE d.reason_id = dead_letter_reason.id)")
STATEMENT(
    STATEMENT_DEAD_LETTER_ADD, "ttrbtiii",
    "INSERT INTO dead_letter (source_id, log_type, row_id, record, error, received_at, reason_id,"
    " occurrence) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
STATEMENT(STATEMENT_DEAD_LETTER_LIST, "ii",
          "SELECT " DEAD_LETTER_COLUMNS " FROM dead_letter d JOIN dead_letter_reason r"
          " ON r.id = d.reason_id WHERE d.reason_id = ?1 ORDER BY d.id DESC LIMIT ?2")
STATEMENT(STATEMENT_DEAD_LETTER_TO_RETRY, "iii",
          "SELECT " DEAD_LETTER_COLUMNS " FROM dead_letter d JOIN dead_letter_reason r"
          " ON r.id = d.reason_id WHERE d.reason_id = ?1 AND d.retry_at IS NOT NULL AND d.id > ?2"
          " ORDER BY d.id LIMIT ?3")
STATEMENT(STATEMENT_DEAD_LETTER_MARK, "iii",
          "UPDATE dead_letter SET retry_at = ?2 WHERE id IN (SELECT id FROM dead_letter"
          " WHERE reason_id = ?1 AND retry_at IS NULL LIMIT ?3)")
STATEMENT(STATEMENT_DEAD_LETTER_DROP, "ii",
          "DELETE FROM dead_letter WHERE id IN"
          " (SELECT id FROM dead_letter WHERE reason_id = ?1 LIMIT ?2)")
STATEMENT(STATEMENT_DEAD_LETTER_OLDEST, "ii",
          "SELECT id, received_at FROM dead_letter WHERE id > ?1 ORDER BY id LIMIT ?2")
STATEMENT(STATEMENT_DEAD_LETTER_LAST, "", "SELECT max(id) FROM dead_letter")
STATEMENT(STATEMENT_DEAD_LETTER_DELETE, "i", "DELETE FROM dead_letter WHERE id = ?1")
