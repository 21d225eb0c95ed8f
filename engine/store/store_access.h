/*
 * Who may use the API, and who did what with it: tokens, sessions of browsers, and the audit log.
 * Of tokens and sessions only a hash is kept, so who reads the file cannot use them. The rules of
 * store.h hold.
 */
#ifndef STORE_STORE_ACCESS_H
#define STORE_STORE_ACCESS_H

#include "store/store.h"

/* ---- tokens ------------------------------------------------------------------------------- */

struct store_access_token {
  struct text name; /* unique among those that are there */
  struct text hash;
  struct text role; /* a word: the store does not know what it means */
  time_us created_at;
  time_us expires_at; /* TIME_NONE: never */
  time_us used_at;    /* about; TIME_NONE: never */
};
/* *added = false: there is one of that name. */
bool store_access_token_add(struct store *store, const struct store_access_token *token,
                            bool *added, struct error *error);
/* *known = false: there is none of this hash. */
bool store_access_token_find(struct store *store, struct text hash,
                             void (*found)(void *context, const struct store_access_token *token),
                             void *context, bool *known, struct error *error);
/* By their names. */
bool store_access_token_list(struct store *store,
                             void (*each)(void *context, const struct store_access_token *token),
                             void *context, struct error *error);
/* Deletes it, and the sessions that began with it. *known = false: there is none of that name. */
bool store_access_token_revoke(struct store *store, struct text name, bool *known,
                               struct error *error);
bool store_access_token_used(struct store *store, struct text hash, time_us at,
                             struct error *error);

/* ---- sessions ----------------------------------------------------------------------------- */

struct store_access_session {
  struct text hash;
  struct text name, role, via; /* via: a word */
  struct text token;           /* the name of the token that it began with; empty: none */
  time_us created_at, expires_at;
};
/* Keeps at most `most` sessions: those that have expired are forgotten, and then the oldest. */
bool store_access_session_add(struct store *store, const struct store_access_session *session,
                              int64_t most, struct error *error);
/* *known = false: there is none of this hash that expires after `now`. */
bool store_access_session_find(struct store *store, struct text hash, time_us now,
                               void (*found)(void *context,
                                             const struct store_access_session *session),
                               void *context, bool *known, struct error *error);
bool store_access_session_end(struct store *store, struct text hash, struct error *error);

/* ---- the audit log ------------------------------------------------------------------------ */

struct store_audit {
  int64_t id; /* given by the store */
  time_us at;
  struct text who, role, via; /* an empty `who`: nobody knows */
  struct text client;         /* an address; empty: none */
  struct text operation;      /* "alerts.change" */
  struct text what;           /* its parameters, as JSON */
  int64_t status;             /* of HTTP */
  struct text outcome;        /* in words; may be empty */
};
/* Keeps the latest `most` rows of those whose `who` is empty, and of the others: what strangers try
 * does not push out what people did. */
bool store_audit_add(struct store *store, const struct store_audit *audit, int64_t most,
                     struct error *error);
/* Those whose id is below `before` (0: all), the latest first. `who` empty: anybody. Each returns
 * false to stop. */
bool store_audit_list(struct store *store, struct text who, time_us since, int64_t before,
                      int64_t limit, bool (*each)(void *context, const struct store_audit *audit),
                      void *context, struct error *error);

#endif
