/*
 * The room api is what one can ask margay for and have it do, whoever asks: by HTTP
 * (api/face/server.h), or as a tool of a language model.
 *
 * An operation is one constant struct: its name, its place in HTTP, who may use it, its parameters,
 * what it answers, and a function. Each family of operations is one file in api/operation/, and
 * api/operation/list.c lists them, one line each. Whoever calls it has checked the parameters
 * against their rows, and the caller's role. So a function reads values, asks the store, and writes
 * JSON:
 *
 *   static bool show(const struct api_world *world, const struct api_request *request,
 *                    struct api_answer *answer) {
 *     struct error error = ERROR_NONE;
 *     if (!store_alert_show(world->store, api_text(request, "id"), write_alert, answer, &error))
 *       return api_refuse(answer, API_NOT_FOUND, "id", "%s", error.text);
 *     return true;
 *   }
 *
 * Texts of events in an answer are an attacker's: they go through buffer_append_json_string or
 * json_from_text, and are otherwise left as they are.
 *
 * Threads: a function runs on whatever thread called it, several at once. It shares nothing but
 * what a world's members say.
 */
#ifndef API_API_H
#define API_API_H

#include "api/rules/rule_loader.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log/log.h"
#include "daemon/engine.h"
#include "store/store.h"

#include <jansson.h>
#include <stdatomic.h>

/* ---- who ----------------------------------------------------------------------------------- */

/* Each may do what those before it may. */
enum api_role {
  API_ANYBODY, /* without a login: only to log in */
  API_VIEWER,  /* reads */
  API_ANALYST, /* works with alerts, tests rules */
  API_ADMIN    /* changes what margay does, sees who did what */
};
#define API_ROLE_COUNT 4
extern const char *const api_role_names[API_ROLE_COUNT + 1]; /* "anybody", …; ends with NULL */

/* How a caller proved who it is. */
enum api_via {
  API_VIA_NOBODY,  /* it did not */
  API_VIA_LOCAL,   /* it is on this machine, and no login is asked for */
  API_VIA_TOKEN,   /* of `margay token` */
  API_VIA_SESSION, /* a browser that logged in with one */
  API_VIA_OIDC,    /* a browser that logged in with OpenID Connect */
  API_VIA_MCP      /* a program that started `margay mcp` */
};
#define API_VIA_COUNT 6
extern const char *const api_via_names[API_VIA_COUNT + 1]; /* "nobody", …; ends with NULL */

/* How one logs in. */
enum api_login {
  API_LOGIN_NONE,  /* whoever reaches the listener is an admin: for loopback alone */
  API_LOGIN_TOKEN, /* with a token */
  API_LOGIN_OIDC   /* with OpenID Connect, or a token */
};
#define API_LOGIN_COUNT 3
extern const char *const api_login_names[API_LOGIN_COUNT + 1]; /* "none", …; ends with NULL */

struct api_caller {
  struct text name; /* for histories and the audit log */
  enum api_role role;
  enum api_via via;
  struct text session, token; /* the hash of what it brought; empty: nothing */
};

/* ---- parameters ---------------------------------------------------------------------------- */

enum api_place {
  API_PATH,  /* {name} in the path */
  API_QUERY, /* ?name=value */
  API_BODY   /* a member of the JSON object that is the body */
};

/* Of parameters, and of what is answered. */
enum api_type {
  API_TEXT,    /* UTF-8 without control characters but tab and newline; at most `max` bytes */
  API_INTEGER, /* from `min` to `max` */
  API_BOOLEAN, /* true or false */
  API_TIME,    /* RFC 3339, or a day (2024-03-21), or how long ago (7d); answers: RFC 3339 */
  API_LIST,    /* texts: in a query the parameter again for each, in a body an array */
  API_CHOICE,  /* one of `choices`, in any case of letters */
  API_OBJECT,  /* parameters: in a body only, any JSON object */
  API_NUMBER,  /* answers only */
  API_ANY      /* answers only: whatever an event or an alert holds */
};

/* The most bytes of a text that says no `max`, and the most texts of a list. */
#define API_TEXT_MAX 4096
#define API_LIST_MAX 32

struct api_parameter {
  const char *name;
  enum api_place place;
  enum api_type type;
  bool required;    /* and then not empty; those in a path always are */
  bool secret;      /* never in the audit log */
  const char *help; /* a sentence without its full stop */
  int64_t min, max; /* of an integer; max also bytes of a text, or of each text of a list */
  const char *const *choices; /* of a choice, and if not NULL of a list; ends with NULL */
};

/* What an operation answers: the members of an object. */
struct api_field {
  const char *name; /* NULL: after the last one */
  enum api_type type;
  const char *help;               /* a sentence without its full stop; NULL: the name says it */
  const struct api_field *fields; /* of an object, or of a list's objects; NULL: texts, or any */
  bool optional;                  /* may be missing, or null */
};

/* ---- what an operation works with ----------------------------------------------------------- */

struct api_jobs;
struct api_operation;

/* An entry of tuning that is to be written. */
struct api_tuning {
  struct text rule_id;
  time_us mute_until;   /* TIME_NONE: it is an exception */
  const json_t *except; /* an object: a field (with a modifier) and its value; NULL: a mute */
  struct text reason, who;
};

/* What a daemon does for operations, on the thread of the operation; NULL members: it cannot. */
struct api_hooks {
  void *context;
  /* Writes an entry for this rule into the configuration's tuning, and asks the daemon for a
   * reload: a mute until a time, or (TIME_NONE) an exception of `except`. False with the reason. */
  bool (*tune)(void *context, const struct api_tuning *tuning, struct error *error);
  /* Reads rules anew; its `load` is NULL where nobody can. */
  struct rule_loader loader;
};

/* Made for each request; lives during it. */
struct api_world {
  /* Its own handle; only of an operation that `writes` one that can write. */
  struct store *store;
  const char *state_path;
  /* What the configuration says, held meanwhile: sources, destinations, rules, schemas. */
  const struct engine_setup *setup;
  const struct api_hooks *hooks; /* NULL: there is no daemon here (margay mcp) */
  struct api_jobs *jobs;         /* what goes on after the answer; NULL: nothing can */
  struct log *log;               /* NULL is fine */
  struct counters *counters;     /* the daemon's (daemon/metrics.h); NULL: there is none */
  enum api_login login;
  time_us deadline;          /* monotonic; see api_is_late */
  const atomic_bool *ending; /* NULL: nobody ends it */
};

/* Whether it should end with what it has: its time is over, or the daemon ends. */
bool api_is_late(const struct api_world *world);

struct api_value {
  bool given;
  struct text text;   /* TEXT; CHOICE: the word */
  int64_t integer;    /* INTEGER; BOOLEAN; CHOICE: its index; TIME */
  struct text *items; /* LIST */
  size_t count;
  json_t *json; /* OBJECT */
};

struct api_request {
  const struct api_operation *operation;
  const struct api_value *values; /* one a parameter of the operation, in their order */
  const struct api_caller *caller;
  struct text if_match; /* the revision that is to be changed; empty: whichever there is */
  bool secure;          /* a browser came by TLS, to here or to a proxy in front */
  time_us now;
};

/* Values by name. The name must be one of the operation's parameters, of the type that is asked
 * for. Texts live as long as the request. */
bool api_has(const struct api_request *request, const char *name);
struct text api_text(const struct api_request *request, const char *name); /* empty: not given */
int64_t api_integer(const struct api_request *request, const char *name, int64_t missing);
bool api_boolean(const struct api_request *request, const char *name, bool missing);
time_us api_time(const struct api_request *request, const char *name); /* TIME_NONE: not given */
int api_choice(const struct api_request *request, const char *name);   /* index; -1: not given */
const json_t *api_object(const struct api_request *request, const char *name); /* NULL: not given */
/* Returns the texts of a list, and how many. */
const struct text *api_list(const struct api_request *request, const char *name, size_t *count);

/* ---- what it answers ------------------------------------------------------------------------ */

/* Statuses of refusals (RFC 9110 section 15, RFC 6585). */
enum api_status {
  API_BAD = 400,          /* a parameter makes no sense */
  API_UNAUTHORIZED = 401, /* nobody knows who asks */
  API_FORBIDDEN = 403,    /* it is known who asks, and they may not */
  API_NOT_FOUND = 404,    /* there is no such thing */
  API_NO_METHOD = 405,    /* not with this method */
  API_CONFLICT = 409,     /* not in this state, or not without a running margay */
  API_CHANGED = 412,      /* it is not the revision that is to be changed */
  API_WRONG_TYPE = 415,   /* the body is of another type */
  API_WRONG_HOST = 421,   /* the host is not this one */
  API_TOO_OFTEN = 429,    /* too many refused logins */
  API_FAILED = 500,       /* the store cannot be read or written */
  API_UNAVAILABLE = 503   /* too much at once, or too long */
};

struct api_answer {
  unsigned status;    /* 200, 201, 202 or 204; or that of the refusal */
  struct buffer body; /* one JSON value; empty with 204 */
  int64_t items;      /* of a list that is being written */
  /* A refusal: for people, and the parameter that is wrong, or NULL. */
  struct error refusal;
  const char *parameter;
  /* For the audit log, beside the parameters: what became of it, and who it turned out to be that
   * logged in. May be empty. */
  struct buffer outcome, who;
  /* For browsers alone: the headers Set-Cookie, a line each, and where they go on (status 303);
   * empty: none. */
  struct buffer cookie, location;
  /* For api/face alone: beside a 405 and a 401. */
  const char *allow, *login;
};

/* Refuses; what was written into the body is dropped. The text says what is wrong and what to do,
 * in one line. Always returns false. */
bool api_refuse(struct api_answer *answer, enum api_status status, const char *parameter,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Refuses with API_FAILED and the reason. Always returns false. */
bool api_fail(struct api_answer *answer, const struct error *error);

/* A list: {"items":[…],"next":"…"}. Begin; before each item api_list_next; at the end api_list_end,
 * which leaves the object open for further members, or api_list_close. `next`: the cursor of what
 * follows; empty: nothing does. */
void api_list_begin(struct api_answer *answer);
struct buffer *api_list_next(struct api_answer *answer); /* where the item is appended */
void api_list_end(struct api_answer *answer, struct text next);
void api_list_close(struct api_answer *answer, struct text next);

/* ---- the operation --------------------------------------------------------------------------- */

/* What no function of an operation can answer. */
enum api_special {
  API_ORDINARY,  /* `run` answers */
  API_STREAMS,   /* over HTTP alone: what is new, without an end (api/face/live.h) */
  API_DESCRIBES, /* over HTTP alone: the operations themselves */
  API_SIGNS_IN,  /* browsers alone: to an OpenID provider, … */
  API_SIGNED_IN  /* … and back (api/face/sign_in.h) */
};

struct api_operation {
  const char *name;    /* "alerts.list": a family and a verb */
  const char *method;  /* "GET", "POST", "DELETE" */
  const char *path;    /* below /api/v1: "/alerts/{id}" */
  enum api_role role;  /* the least that may */
  const char *summary; /* what it does: one line, imperative, without a full stop */
  const char *help;    /* more of it, in sentences; NULL: there is no more */
  const struct api_parameter *parameters;
  size_t parameter_count;
  const struct api_field *fields; /* of the answer, or of a list's items; NULL: 204, or any */
  bool lists;                     /* answers a list of what `fields` says */
  const struct api_field *beside; /* what a list has beside `items` and `next`; NULL: nothing */
  bool writes;                    /* changes something: in the audit log, and never a GET */
  bool waits;                     /* writes nothing into the store, and waits for others: without
                                     the turn to write, which all the others would wait for */
  bool needs_daemon;              /* answers 409 where no daemon runs */
  enum api_special special;
  /* Fills the answer. False: it was refused (api_refuse, api_fail). NULL for what is special. */
  bool (*run)(const struct api_world *world, const struct api_request *request,
              struct api_answer *answer);
};

/* For the initializers of an operation. */
#define API_PARAMETERS(table)                                                                      \
  .parameters = (table), .parameter_count = sizeof(table) / sizeof *(table)

/* Rows of parameters that lists share. A list answers API_LIMIT_DEFAULT items when nobody says how
 * many. A cursor is what the last answer's `next` was: each operation makes its own. */
#define API_LIMIT_DEFAULT 50
#define API_LIMIT_MAX 500
#define API_LIMIT_ROW                                                                              \
  {                                                                                                \
    .name = "limit", .place = API_QUERY, .type = API_INTEGER, .min = 1, .max = API_LIMIT_MAX,      \
    .help = "At most so many items; 50 when not given"                                             \
  }
#define API_CURSOR_ROW                                                                             \
  {                                                                                                \
    .name = "cursor", .place = API_QUERY, .type = API_TEXT, .max = 256,                            \
    .help = "`next` of the answer before, for the items that follow"                               \
  }
#define API_SINCE_ROW                                                                              \
  { .name = "since", .place = API_QUERY, .type = API_TIME, .help = "Then or later" }
#define API_UNTIL_ROW                                                                              \
  { .name = "until", .place = API_QUERY, .type = API_TIME, .help = "Before that time" }

#endif
