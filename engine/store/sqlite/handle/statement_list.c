#include "store/sqlite/handle/statement.h"

const struct statement_definition statement_definitions[STATEMENT_COUNT] = {
#define STATEMENT(id, arguments, sql) [id] = {arguments, sql},
#include "store/sqlite/handle/statements.h"
#undef STATEMENT
};
