/* Alerts: which there are. */
#include "api/api.h"
#include "api/json/alert_record.h"
#include "api/operation/alert_fields.h"

#include <inttypes.h>
#include <stdlib.h>

static const char *const states[] = {"open", "acknowledged", "resolved", NULL};

/* ---- the list ------------------------------------------------------------------------------ */

static const struct api_parameter list_parameters[] = {
    {.name = "status",
     .place = API_QUERY,
     .type = API_LIST,
     .choices = states,
     .help = "Only alerts in this state; again for another one"},
    {.name = "severity",
     .place = API_QUERY,
     .type = API_CHOICE,
     .choices = severity_words,
     .help = "Only this severity and above"},
    {.name = "rule",
     .place = API_QUERY,
     .type = API_TEXT,
     .max = 256,
     .help = "Only alerts of this rule; `*` stands for any characters"},
    {.name = "actor",
     .place = API_QUERY,
     .type = API_TEXT,
     .max = 512,
     .help = "Only what this person did; `*` stands for any characters"},
    {.name = "source",
     .place = API_QUERY,
     .type = API_TEXT,
     .max = 256,
     .help = "Only alerts from this source"},
    {.name = "type",
     .place = API_QUERY,
     .type = API_LIST,
     .choices = alert_type_names,
     .help = "Only alerts of this type; again for another one"},
    {.name = "q",
     .place = API_QUERY,
     .type = API_TEXT,
     .max = 512,
     .help = "Only alerts with this text in their title, name, actor, rule, dedup or id"},
    API_SINCE_ROW,
    API_UNTIL_ROW,
    API_LIMIT_ROW,
    API_CURSOR_ROW,
};

/* A cursor is when the last alert was opened, a dot and its id. */
struct page {
  struct api_answer *answer;
  struct store *store;
  int64_t limit;
  struct buffer next;
  bool more, ok;
  struct error *error;
};

static bool add_alert(void *context, const struct alert *alert) {
  struct page *page = context;
  if (page->answer->items == page->limit) {
    page->more = true;
    return false;
  }
  struct buffer *json = api_list_next(page->answer);
  page->ok = alert_record_append(json, page->store, alert, page->error);
  buffer_append_char(json, '}');
  buffer_reset(&page->next);
  buffer_printf(&page->next, "%" PRId64 ".%.*s", alert->created_at, TEXT_ARGS(alert->id));
  return page->ok;
}

/* One more than asked for is read, so that it is known whether there are more. */
static bool read_cursor(const struct api_request *request, struct alert_filter *filter,
                        struct api_answer *answer) {
  struct text cursor = api_text(request, "cursor");
  char *dot;
  if (cursor.size == 0)
    return true;
  long long opened_at = strtoll(cursor.data, &dot, 10);
  size_t size = (size_t)(dot - cursor.data);
  if (*dot != '.' || cursor.size - size < 2)
    return api_refuse(answer, API_BAD, "cursor", "cursor: give `next` of the answer before");
  filter->before = (struct text){dot + 1, cursor.size - size - 1};
  if (filter->until == TIME_NONE || filter->until > opened_at)
    filter->until = opened_at == INT64_MAX ? opened_at : opened_at + 1;
  return true;
}

static uint32_t bits_of(const struct api_request *request, const char *name,
                        const char *const *words) {
  size_t count;
  const struct text *items = api_list(request, name, &count);
  uint32_t bits = 0;
  for (size_t i = 0; i < count; i++)
    for (unsigned k = 0; words[k]; k++)
      bits |= text_is(items[i], words[k]) ? UINT32_C(1) << k : 0;
  return bits;
}

static struct alert_filter filter_of(const struct api_request *request) {
  struct text rule = api_text(request, "rule");
  bool is_pattern = memchr(rule.data, '*', rule.size) != NULL;
  int severity = api_choice(request, "severity");
  return (struct alert_filter){
      .rule_id = is_pattern ? TEXT("") : rule,
      .rule_pattern = is_pattern ? rule : TEXT(""),
      .actor = api_text(request, "actor"),
      .source_id = api_text(request, "source"),
      .states = bits_of(request, "status", states),
      .types = bits_of(request, "type", alert_type_names),
      .words = api_text(request, "q"),
      .by_severity = severity >= 0,
      .min_severity = severity >= 0 ? (enum severity)severity : SEVERITY_INFO,
      .since = api_time(request, "since"),
      .until = api_time(request, "until"),
  };
}

static bool list_alerts(const struct api_world *world, const struct api_request *request,
                        struct api_answer *answer) {
  struct error error = ERROR_NONE;
  struct alert_filter filter = filter_of(request);
  struct buffer rule_id = BUFFER_NONE;
  struct page page = {.answer = answer,
                      .store = world->store,
                      .limit = api_integer(request, "limit", API_LIMIT_DEFAULT),
                      .ok = true,
                      .error = &error};
  if (!read_cursor(request, &filter, answer))
    return false;
  filter.limit = page.limit + 1;
  bool ok = filter.rule_id.size == 0 ||
            store_alert_rule_id(world->store, filter.rule_id, &rule_id, &error);
  filter.rule_id = buffer_text(&rule_id);
  api_list_begin(answer);
  ok = ok && store_alert_list(world->store, &filter, add_alert, &page, &error) && page.ok;
  api_list_close(answer, page.more ? buffer_text(&page.next) : TEXT(""));
  buffer_free(&rule_id);
  buffer_free(&page.next);
  return ok || api_fail(answer, &error);
}

static const struct api_field record_fields[] = {ALERT_FIELDS, {.name = NULL}};

const struct api_operation api_alerts_list = {
    .name = "alerts.list",
    .method = "GET",
    .path = "/alerts",
    .role = API_VIEWER,
    .summary = "List alerts, the newest first",
    .help = "Each is what `margay alerts list --format json` prints.",
    API_PARAMETERS(list_parameters),
    .fields = record_fields,
    .lists = true,
    .run = list_alerts,
};
