/*
 * Every SQL statement of the store, in a table for each subject. A row is STATEMENT(id, how its
 * arguments are bound, SQL).
 *
 * Who includes this header has defined STATEMENT to take from a row what it needs: statement.h the
 * ids, statement_list.c the definitions. So a statement is written in one place, and neither this
 * header nor the tables have a guard.
 */
#include "store/sqlite/handle/statements_access.h"
#include "store/sqlite/handle/statements_alert.h"
#include "store/sqlite/handle/statements_archive.h"
#include "store/sqlite/handle/statements_dead_letter.h"
#include "store/sqlite/handle/statements_health.h"
#include "store/sqlite/handle/statements_memory.h"
#include "store/sqlite/handle/statements_outbox.h"
#include "store/sqlite/handle/statements_session.h"
#include "store/sqlite/handle/statements_source.h"
