/*
 * The simulator's tokens: access tokens, and page tokens that remember a query. Not thread-safe:
 * the simulator's lock is held.
 */
#ifndef SIM_TOKENS_H
#define SIM_TOKENS_H

#include "base/clock.h"
#include "sim/sim.h"

#define TOKEN_SIZE 40 /* hex characters of what cannot be guessed */

struct access_token {
  char text[TOKEN_SIZE + 1];
  time_us expires;
  bool revoked; /* still known, so that the answer can say what is wrong */
};

struct access_tokens {
  struct access_token *tokens;
  size_t count, capacity;
};

/* Writes a text that cannot be guessed. */
void token_text(char text[TOKEN_SIZE + 1]);

enum token_state { TOKEN_GOOD, TOKEN_EXPIRED, TOKEN_UNKNOWN };

/* The text lives until the next call that mints. */
const char *access_token_mint(struct access_tokens *tokens, time_us now, int64_t lifetime_us,
                              bool revoke_others);
void access_token_revoke_all(struct access_tokens *tokens);
/* The state of what an Authorization header holds (NULL: none came). */
enum token_state access_token_check(const struct access_tokens *tokens, const char *authorization,
                                    time_us now);
void access_tokens_free(struct access_tokens *tokens);

/* A query as it was first asked, and where the next page starts. */
struct report_query {
  enum sim_report report;
  time_us from, to; /* as asked, both days */
  uint64_t page_size;
  char category[64];
};

struct page_token {
  char text[TOKEN_SIZE + 1];
  struct report_query query;
  time_us expires;
  time_us as_of;   /* the first page's now: rows that happen later are not on later pages */
  bool with_late;  /* held back rows were there at the first page */
  size_t position; /* of the first row that is not on an earlier page */
  int64_t number;  /* of the page that it asks for; the first page is 1 and has no token */
};

struct page_tokens {
  struct page_token *tokens;
  size_t count, capacity;
};

/* Adds a copy, gives it its text, and forgets those that expired. Valid until the next call. */
const struct page_token *page_token_add(struct page_tokens *tokens, const struct page_token *token,
                                        time_us now);
/* NULL when it is unknown; may be expired. */
struct page_token *page_token_find(struct page_tokens *tokens, const char *text);
void page_tokens_free(struct page_tokens *tokens);

#endif
