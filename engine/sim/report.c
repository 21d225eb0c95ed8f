/* The report API: https://developers.zoom.us/docs/api/ (Reports). */
#include "sim/error_answer.h"
#include "sim/report_kind.h"
#include "sim/state.h"

#include <stdio.h>
#include <time.h>

/* What Zoom answers: the code is in the body, the status is 400, but for 4700. */
#define CODE_NO_PERMISSION 200
#define CODE_VALIDATION 300
#define CODE_NO_SCOPES 4700

/* The daily limit of a Business account, for the header only; the `429` fault is the limit. */
#define DAILY_LIMIT 60000

static const char *const CATEGORIES[] = {
    "all",     "user",        "user_settings", "account", "billing",        "im", "recording",
    "webinar", "sub_account", "zoom_rooms",    "role",    "phone_contacts", NULL};
static const char *const ACTIVITIES[] = {"All Activities", "Meeting Created", "Meeting Started",
                                         "Meeting Ended",  "User Join",       "User Left",
                                         "Remote Control", "In-Meeting Chat", NULL};

static bool refuse(struct server_answer *answer, const char *message) {
  sim_answer_error(answer, 400, CODE_VALIDATION, message);
  return false;
}

/* "2024-03-21", and nothing shorter. */
static bool read_date(const char *text, time_us *date) {
  return text && strlen(text) == 10 && time_parse_strftime(text_from(text), "%Y-%m-%d", date);
}

static time_us add_months(time_us date, int months) {
  time_t seconds = (time_t)(date / US_PER_SECOND);
  struct tm parts;
  gmtime_r(&seconds, &parts);
  parts.tm_mon += months;
  return (time_us)timegm(&parts) * US_PER_SECOND;
}

/* A month reaches to the same day of the next month, and 30 days where that is shorter. */
static time_us last_day(const struct report_query *query) {
  int days = report_kinds[query->report].span_days;
  if (days > 0)
    return query->from + (days - 1) * US_PER_DAY;
  time_us last = add_months(query->from, 1);
  return last < query->from + 30 * US_PER_DAY ? query->from + 30 * US_PER_DAY : last;
}

static bool check_span(const struct report_query *query, time_us now,
                       struct server_answer *answer) {
  time_us today = now - now % US_PER_DAY;
  if (query->from > query->to)
    return refuse(answer, "Invalid date range: from is after to.");
  if (query->to > last_day(query))
    return refuse(answer, "Invalid date range: it is too long.");
  if (query->from < add_months(today, -6))
    return refuse(answer, "Invalid date range: only the last six months can be asked for.");
  return true;
}

static bool read_page_size(const char *text, const struct report_kind *kind, uint64_t *size) {
  *size = kind->page_default;
  if (!text)
    return true;
  *size = 0;
  for (; *text >= '0' && *text <= '9' && *size <= kind->page_max; text++)
    *size = *size * 10 + (uint64_t)(*text - '0');
  return *text == '\0' && *size >= 1 && *size <= kind->page_max;
}

/* Which rows are asked for: a known category or activity, or all of them. */
static bool read_category(const struct server_request *request, const struct report_kind *kind,
                          struct report_query *query) {
  const char *category = kind->category ? server_query(request, kind->category) : NULL;
  if (!category || !*category)
    return true;
  const char *const *known = CATEGORIES;
  if (query->report == SIM_MEETING_ACTIVITY)
    known = ACTIVITIES;
  for (size_t i = 0; known[i]; i++)
    if (strcmp(category, known[i]) == 0) {
      struct arena arena = ARENA_NONE;
      struct text written = row_category(&arena, text_from(category));
      snprintf(query->category, sizeof query->category, "%.*s", TEXT_ARGS(written));
      if (i == 0)
        *query->category = '\0';
      arena_free(&arena);
      return true;
    }
  return false;
}

static bool read_query(const struct server_request *request, enum sim_report report, time_us now,
                       struct report_query *query, struct server_answer *answer) {
  const struct report_kind *kind = &report_kinds[report];
  char message[96];
  *query = (struct report_query){.report = report};
  snprintf(message, sizeof message, "Invalid field: %s and %s must be dates, yyyy-mm-dd.",
           kind->from, kind->to);
  if (!read_date(server_query(request, kind->from), &query->from) ||
      !read_date(server_query(request, kind->to), &query->to))
    return refuse(answer, message);
  if (!check_span(query, now, answer))
    return false;
  snprintf(message, sizeof message, "Invalid field: page_size must be 1 to %u.", kind->page_max);
  if (!read_page_size(server_query(request, "page_size"), kind, &query->page_size))
    return refuse(answer, message);
  snprintf(message, sizeof message, "Invalid field: %s.", kind->category ? kind->category : "");
  return read_category(request, kind, query) || refuse(answer, message);
}

static bool same_query(const struct report_query *a, const struct report_query *b) {
  return a->report == b->report && a->from == b->from && a->to == b->to &&
         a->page_size == b->page_size && strcmp(a->category, b->category) == 0;
}

static const char *page_token_of(const struct server_request *request) {
  const char *text = server_query(request, "next_page_token");
  return text && *text ? text : NULL;
}

int64_t report_page(struct sim *sim, const struct server_request *request) {
  const char *text = page_token_of(request);
  const struct page_token *token = text ? page_token_find(&sim->pages, text) : NULL;
  return token ? token->number : 1;
}

/* Where the page starts and what it can see. */
static bool find_place(struct sim *sim, const struct server_request *request, bool expired,
                       time_us now, struct page_token *place, struct server_answer *answer) {
  const char *text = page_token_of(request);
  if (!text) {
    const struct fault *late = fault_set_find(&sim->faults, FAULT_LATE);
    place->number = 1;
    place->as_of = now;
    place->position = 0;
    place->with_late =
        !late || (late->after && sim->stats.reports[place->query.report].pages >= late->after) ||
        (late->seconds && clock_monotonic() - sim->started >= late->seconds * US_PER_SECOND);
    return true;
  }
  struct page_token *token = page_token_find(&sim->pages, text);
  if (token && expired)
    token->expires = now;
  if (!token || token->expires <= now)
    return refuse(answer, "The next page token is invalid or expired.");
  if (!same_query(&token->query, &place->query))
    return refuse(answer, "The next page token belongs to another query.");
  *place = *token;
  return true;
}

static bool row_visible(const struct sim *sim, const struct page_token *place,
                        const struct row *row) {
  const struct report_query *query = &place->query;
  time_us end = query->to + (sim->options.to_exclusive ? 0 : US_PER_DAY);
  return row->time >= query->from && row->time < end && row->appears <= place->as_of &&
         (place->with_late || !row->late) &&
         (!*query->category || text_is(row->category, query->category));
}

/* Writes the page and returns its number of rows. */
static int64_t write_page(struct sim *sim, struct page_token *place, time_us now,
                          struct buffer *out) {
  const struct rows *rows = &sim->rows.reports[place->query.report];
  struct buffer records = BUFFER_NONE;
  uint64_t count = 0;
  const char *next = "";
  for (size_t i = place->position; i < rows->count; i++) {
    if (!row_visible(sim, place, &rows->rows[i]))
      continue;
    if (count == place->query.page_size) {
      place->position = i;
      place->number++;
      place->expires = now + sim->options.page_token_lifetime_us;
      next = page_token_add(&sim->pages, place, now)->text;
      break;
    }
    if (count++ > 0)
      buffer_append_char(&records, ',');
    buffer_append_text(&records, rows->rows[i].json);
  }
  struct time_string from, to;
  buffer_printf(out,
                "{\"from\":\"%s\",\"to\":\"%s\",\"page_size\":%llu,\"next_page_token\":\"%s\","
                "\"%s\":[",
                time_format_date(place->query.from, &from), time_format_date(place->query.to, &to),
                (unsigned long long)place->query.page_size, next,
                report_kinds[place->query.report].array);
  buffer_append_text(out, buffer_text(&records));
  buffer_append_string(out, "]}");
  buffer_free(&records);
  return (int64_t)count;
}

static bool check_access(struct sim *sim, enum sim_report report,
                         const struct server_request *request, time_us now,
                         struct server_answer *answer) {
  switch (access_token_check(&sim->access, server_header(request, "Authorization"), now)) {
  case TOKEN_UNKNOWN:
    sim->stats.unauthorized++;
    sim_answer_error(answer, 401, 124, "Invalid access token.");
    return false;
  case TOKEN_EXPIRED:
    sim->stats.unauthorized++;
    sim_answer_error(answer, 401, 124, "Access token is expired.");
    return false;
  case TOKEN_GOOD:
    break;
  }
  if (!sim->options.no_scope[report])
    return true;
  report_answer_scope(report, CODE_NO_PERMISSION, answer);
  return false;
}

void report_answer_scope(enum sim_report report, int64_t code, struct server_answer *answer) {
  char message[160];
  if (report_kinds[report].scope)
    snprintf(message, sizeof message, "Invalid access token, does not contain scopes:[%s].",
             report_kinds[report].scope);
  else
    snprintf(message, sizeof message, "This API is only available for Video SDK accounts.");
  sim_answer_error(answer, code == CODE_NO_SCOPES ? 401 : 400, (int)code, message);
}

int64_t report_answer(struct sim *sim, enum sim_report report, const struct server_request *request,
                      bool expired, struct server_answer *answer) {
  time_us now = clock_now(&sim->options.clock);
  struct page_token place = {.number = 1};
  uint64_t used = sim->stats.requests % DAILY_LIMIT;
  server_answer_header(answer, "X-RateLimit-Category", "Heavy");
  server_answer_header(answer, "X-RateLimit-Limit", "%d", DAILY_LIMIT);
  server_answer_header(answer, "X-RateLimit-Remaining", "%llu",
                       (unsigned long long)(DAILY_LIMIT - used));
  if (!check_access(sim, report, request, now, answer) ||
      !read_query(request, report, now, &place.query, answer) ||
      !find_place(sim, request, expired, now, &place, answer))
    return -1;
  return write_page(sim, &place, now, &answer->body);
}
