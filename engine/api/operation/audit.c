/* Who did what. */
#include "api/api.h"
#include "api/json/audit_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct page {
  struct api_answer *answer;
  int64_t limit, last;
  bool more;
};

static bool add_row(void *context, const struct store_audit *audit) {
  struct page *page = context;
  page->more = page->answer->items == page->limit;
  if (page->more)
    return false;
  audit_json_append(api_list_next(page->answer), audit);
  page->last = audit->id;
  return true;
}

static bool list_audit(const struct api_world *world, const struct api_request *request,
                       struct api_answer *answer) {
  struct error error = ERROR_NONE;
  struct page page = {.answer = answer, .limit = api_integer(request, "limit", API_LIMIT_DEFAULT)};
  struct text cursor = api_text(request, "cursor");
  char *end = NULL, next[24];
  int64_t before = cursor.size > 0 ? strtoll(cursor.data, &end, 10) : 0;
  if (cursor.size > 0 && (*end || before <= 0))
    return api_refuse(answer, API_BAD, "cursor", "cursor: give `next` of the answer before");
  api_list_begin(answer);
  if (!store_audit_list(world->store, api_text(request, "who"), api_time(request, "since"), before,
                        page.limit + 1, add_row, &page, &error))
    return api_fail(answer, &error);
  snprintf(next, sizeof next, "%" PRId64, page.last);
  api_list_close(answer, page.more ? text_from(next) : TEXT(""));
  return true;
}

static const struct api_parameter list_parameters[] = {
    {.name = "who",
     .place = API_QUERY,
     .type = API_TEXT,
     .max = 320,
     .help = "Only what this one did"},
    API_SINCE_ROW,
    API_LIMIT_ROW,
    API_CURSOR_ROW,
};

static const struct api_field audit_fields[] = {
    {.name = "at", .type = API_TIME},
    {.name = "who", .type = API_TEXT, .help = "Empty: nobody knows"},
    {.name = "role", .type = API_TEXT},
    {.name = "via", .type = API_TEXT},
    {.name = "client", .type = API_TEXT, .help = "An address"},
    {.name = "operation", .type = API_TEXT},
    {.name = "what", .type = API_ANY, .help = "Its parameters, without secrets"},
    {.name = "status", .type = API_INTEGER, .help = "Of HTTP: below 400 it was done"},
    {.name = "outcome", .type = API_TEXT, .help = "In words; may be empty"},
    {.name = NULL},
};

const struct api_operation api_audit_list = {
    .name = "audit.list",
    .method = "GET",
    .path = "/audit",
    .role = API_ADMIN,
    .summary = "List what was changed and who logged in, the latest first",
    .help = "Refused requests are there, too.",
    API_PARAMETERS(list_parameters),
    .fields = audit_fields,
    .lists = true,
    .run = list_audit,
};
