/* Who may use the API: tokens, sessions, the audit (statements.h). */

STATEMENT(STATEMENT_ACCESS_TOKEN_ADD, "tttii",
          "INSERT INTO access_token (name, hash, role, created_at, expires_at, used_at)"
          " VALUES (?1, ?2, ?3, ?4, ?5, -9223372036854775807 - 1) ON CONFLICT DO NOTHING")
STATEMENT(
    STATEMENT_ACCESS_TOKEN_FIND, "t",
    "SELECT name, hash, role, created_at, expires_at, used_at FROM access_token WHERE hash = ?1")
STATEMENT(
    STATEMENT_ACCESS_TOKEN_LIST, "",
    "SELECT name, hash, role, created_at, expires_at, used_at FROM access_token ORDER BY name")
STATEMENT(STATEMENT_ACCESS_TOKEN_REVOKE, "t", "DELETE FROM access_token WHERE name = ?1")
STATEMENT(STATEMENT_ACCESS_TOKEN_USED, "ti", "UPDATE access_token SET used_at = ?2 WHERE hash = ?1")

STATEMENT(STATEMENT_ACCESS_SESSION_ADD, "tttttii",
          "INSERT INTO access_session (hash, name, role, via, token, created_at, expires_at)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
STATEMENT(STATEMENT_ACCESS_SESSION_FIND, "ti",
          "SELECT hash, name, role, via, token, created_at, expires_at FROM access_session"
          " WHERE hash = ?1 AND expires_at > ?2")
STATEMENT(STATEMENT_ACCESS_SESSION_END, "t", "DELETE FROM access_session WHERE hash = ?1")
STATEMENT(STATEMENT_ACCESS_SESSION_OF_TOKEN, "t", "DELETE FROM access_session WHERE token = ?1")
STATEMENT(STATEMENT_ACCESS_SESSION_EXPIRE, "i", "DELETE FROM access_session WHERE expires_at <= ?1")
STATEMENT(STATEMENT_ACCESS_SESSION_LIMIT, "i",
          "DELETE FROM access_session WHERE expires_at <= (SELECT expires_at FROM access_session"
          " ORDER BY expires_at DESC LIMIT 1 OFFSET ?1)")

STATEMENT(
    STATEMENT_AUDIT_ADD, "ittttttiti",
    "INSERT INTO audit (at, who, role, via, client, operation, what, status, outcome, stranger)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
STATEMENT(
    STATEMENT_AUDIT_LIMIT, "ii",
    "DELETE FROM audit WHERE stranger = ?1 AND id <= (SELECT id FROM audit WHERE stranger = ?1"
    " ORDER BY id DESC LIMIT 1 OFFSET ?2)")
STATEMENT(STATEMENT_AUDIT_LIST, "itii",
          "SELECT id, at, who, role, via, client, operation, what, status, outcome FROM audit"
          " WHERE id < ?1 AND (?2 = '' OR who = ?2) AND at >= ?3 ORDER BY id DESC LIMIT ?4")
