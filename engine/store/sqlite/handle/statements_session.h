/* Transactions, and questions about the whole file (statements.h). */

/* IMMEDIATE: waiting for other writers happens here and never in the middle of a batch. */
STATEMENT(STATEMENT_BEGIN, "", "BEGIN IMMEDIATE")
STATEMENT(STATEMENT_COMMIT, "", "COMMIT")
STATEMENT(STATEMENT_ROLLBACK, "", "ROLLBACK")

STATEMENT(STATEMENT_DATA_VERSION, "", "PRAGMA data_version")
STATEMENT(STATEMENT_TOTALS, "",
          "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM dead_letter),"
          " (SELECT count(*) FROM alert_count), (SELECT count(*) FROM rule_match)")
STATEMENT(STATEMENT_OUTBOX_TOTALS, "", "SELECT state, count(*) FROM outbox GROUP BY state")
