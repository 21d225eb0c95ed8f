/* Tokens, sessions and the audit log of the API. */
#include "store/store_access.h"

#include "store/sqlite/internal.h"

/* ---- tokens ------------------------------------------------------------------------------- */

bool store_access_token_add(struct store *store, const struct store_access_token *token,
                            bool *added, struct error *error) {
  bool ok = statement_run(store, STATEMENT_ACCESS_TOKEN_ADD, error,
                          STATEMENT_ARGUMENTS(AS_TEXT(token->name), AS_TEXT(token->hash),
                                              AS_TEXT(token->role), AS_INTEGER(token->created_at),
                                              AS_INTEGER(token->expires_at)));
  *added = ok && sqlite3_changes(store->db) > 0;
  return ok;
}

static struct store_access_token token_of(sqlite3_stmt *statement) {
  return (struct store_access_token){.name = column_text(statement, 0),
                                     .hash = column_text(statement, 1),
                                     .role = column_text(statement, 2),
                                     .created_at = sqlite3_column_int64(statement, 3),
                                     .expires_at = sqlite3_column_int64(statement, 4),
                                     .used_at = sqlite3_column_int64(statement, 5)};
}

bool store_access_token_find(struct store *store, struct text hash,
                             void (*found)(void *context, const struct store_access_token *token),
                             void *context, bool *known, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_ACCESS_TOKEN_FIND, error,
                                            STATEMENT_ARGUMENTS(AS_TEXT(hash)));
  *known = false;
  bool ok = statement && statement_next(store, statement, known, error);
  if (ok && *known) {
    const struct store_access_token token = token_of(statement);
    found(context, &token);
  }
  statement_end(statement);
  return ok;
}

bool store_access_token_list(struct store *store,
                             void (*each)(void *context, const struct store_access_token *token),
                             void *context, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_ACCESS_TOKEN_LIST, error, NULL, 0);
  bool ok = statement, row = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    const struct store_access_token token = token_of(statement);
    each(context, &token);
  }
  statement_end(statement);
  return ok;
}

bool store_access_token_revoke(struct store *store, struct text name, bool *known,
                               struct error *error) {
  struct store_scope scope;
  *known = false;
  if (!store_scope_begin(store, &scope, error))
    return false;
  bool ok = statement_run(store, STATEMENT_ACCESS_TOKEN_REVOKE, error,
                          STATEMENT_ARGUMENTS(AS_TEXT(name)));
  *known = ok && sqlite3_changes(store->db) > 0;
  ok = ok && statement_run(store, STATEMENT_ACCESS_SESSION_OF_TOKEN, error,
                           STATEMENT_ARGUMENTS(AS_TEXT(name)));
  return store_scope_end(store, &scope, ok, error);
}

bool store_access_token_used(struct store *store, struct text hash, time_us at,
                             struct error *error) {
  return statement_run(store, STATEMENT_ACCESS_TOKEN_USED, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(hash), AS_INTEGER(at)));
}

/* ---- sessions ----------------------------------------------------------------------------- */

bool store_access_session_add(struct store *store, const struct store_access_session *session,
                              int64_t most, struct error *error) {
  struct store_scope scope;
  if (!store_scope_begin(store, &scope, error))
    return false;
  bool ok =
      statement_run(store, STATEMENT_ACCESS_SESSION_ADD, error,
                    STATEMENT_ARGUMENTS(AS_TEXT(session->hash), AS_TEXT(session->name),
                                        AS_TEXT(session->role), AS_TEXT(session->via),
                                        AS_TEXT(session->token), AS_INTEGER(session->created_at),
                                        AS_INTEGER(session->expires_at))) &&
      statement_run(store, STATEMENT_ACCESS_SESSION_EXPIRE, error,
                    STATEMENT_ARGUMENTS(AS_INTEGER(session->created_at))) &&
      statement_run(store, STATEMENT_ACCESS_SESSION_LIMIT, error,
                    STATEMENT_ARGUMENTS(AS_INTEGER(most)));
  return store_scope_end(store, &scope, ok, error);
}

bool store_access_session_find(struct store *store, struct text hash, time_us now,
                               void (*found)(void *context,
                                             const struct store_access_session *session),
                               void *context, bool *known, struct error *error) {
  sqlite3_stmt *statement = statement_start(store, STATEMENT_ACCESS_SESSION_FIND, error,
                                            STATEMENT_ARGUMENTS(AS_TEXT(hash), AS_INTEGER(now)));
  *known = false;
  bool ok = statement && statement_next(store, statement, known, error);
  if (ok && *known) {
    const struct store_access_session session = {
        .hash = column_text(statement, 0),
        .name = column_text(statement, 1),
        .role = column_text(statement, 2),
        .via = column_text(statement, 3),
        .token = column_text(statement, 4),
        .created_at = sqlite3_column_int64(statement, 5),
        .expires_at = sqlite3_column_int64(statement, 6),
    };
    found(context, &session);
  }
  statement_end(statement);
  return ok;
}

bool store_access_session_end(struct store *store, struct text hash, struct error *error) {
  return statement_run(store, STATEMENT_ACCESS_SESSION_END, error,
                       STATEMENT_ARGUMENTS(AS_TEXT(hash)));
}

/* ---- the audit log ------------------------------------------------------------------------ */

bool store_audit_add(struct store *store, const struct store_audit *audit, int64_t most,
                     struct error *error) {
  struct store_scope scope;
  bool stranger = audit->who.size == 0;
  if (!store_scope_begin(store, &scope, error))
    return false;
  bool ok = statement_run(store, STATEMENT_AUDIT_ADD, error,
                          STATEMENT_ARGUMENTS(AS_INTEGER(audit->at), AS_TEXT(audit->who),
                                              AS_TEXT(audit->role), AS_TEXT(audit->via),
                                              AS_TEXT(audit->client), AS_TEXT(audit->operation),
                                              AS_TEXT(audit->what), AS_INTEGER(audit->status),
                                              AS_TEXT(audit->outcome), AS_INTEGER(stranger))) &&
            statement_run(store, STATEMENT_AUDIT_LIMIT, error,
                          STATEMENT_ARGUMENTS(AS_INTEGER(stranger), AS_INTEGER(most)));
  return store_scope_end(store, &scope, ok, error);
}

bool store_audit_list(struct store *store, struct text who, time_us since, int64_t before,
                      int64_t limit, bool (*each)(void *context, const struct store_audit *audit),
                      void *context, struct error *error) {
  sqlite3_stmt *statement =
      statement_start(store, STATEMENT_AUDIT_LIST, error,
                      STATEMENT_ARGUMENTS(AS_INTEGER(before > 0 ? before : INT64_MAX), AS_TEXT(who),
                                          AS_INTEGER(since), AS_INTEGER(limit)));
  bool ok = statement, row = statement;
  while (ok && row && (ok = statement_next(store, statement, &row, error)) && row) {
    const struct store_audit audit = {
        .id = sqlite3_column_int64(statement, 0),
        .at = sqlite3_column_int64(statement, 1),
        .who = column_text(statement, 2),
        .role = column_text(statement, 3),
        .via = column_text(statement, 4),
        .client = column_text(statement, 5),
        .operation = column_text(statement, 6),
        .what = column_text(statement, 7),
        .status = sqlite3_column_int64(statement, 8),
        .outcome = column_text(statement, 9),
    };
    row = each(context, &audit);
  }
  statement_end(statement);
  return ok;
}
