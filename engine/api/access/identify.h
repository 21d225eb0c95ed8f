/* Who sent a request, by what it brought along. Any thread that has the store's handle. */
#ifndef API_ACCESS_IDENTIFY_H
#define API_ACCESS_IDENTIFY_H

#include "api/api.h"

/* What of it matters; texts are the client's, so they are hostile. */
struct access_proof {
  struct text authorization; /* the header; empty: none */
  struct text cookies;       /* the header Cookie; empty: none */
};

enum access_result {
  ACCESS_NONE,    /* it brought nothing */
  ACCESS_KNOWN,   /* the caller is filled in; its texts live in the arena */
  ACCESS_REFUSED, /* a token or a session that is not, or not any more */
  ACCESS_FAILED   /* the store cannot be read: the error says why */
};

/* *used_at: when the token was used last, as the store has it; TIME_NONE for a session, too. */
enum access_result access_identify(struct store *store, const struct access_proof *proof,
                                   time_us now, struct arena *arena, struct api_caller *caller,
                                   time_us *used_at, struct error *error);

/* The token by itself: for a browser that logs in with it. */
struct api_token {
  struct text name, hash; /* in the arena */
  enum api_role role;
  time_us expires_at, used_at;
};
enum access_result api_token_check(struct store *store, struct text token, time_us now,
                                   struct arena *arena, struct api_token *found,
                                   struct error *error);

#endif
