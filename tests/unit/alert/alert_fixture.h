/* What the tests of rendering and delivery share: an alert, a destination, a rendered request. */
#ifndef TESTS_ALERT_FIXTURE_H
#define TESTS_ALERT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "alert/destination/destination.h"
#include "base/memory.h"

#include <jansson.h>
#include <stdlib.h>

extern const struct destination_type destination_slack, destination_webhook, destination_console;

/* 2024-03-21T07:09:03Z */
#define SAMPLE_TIME (INT64_C(1711004943) * US_PER_SECOND)

static inline struct alert alert_sample(void) {
  return (struct alert){
      .id = TEXT("00112233445566778899aabbccddeeff"),
      .type = ALERT_RULE,
      .severity = SEVERITY_HIGH,
      .rule_id = TEXT("Zoom.PasscodeDisabled"),
      .display_name = TEXT("Zoom meeting passcode disabled"),
      .log_type = TEXT("Zoom.Operation"),
      .source_id = TEXT("zoom"),
      .dedup = TEXT("Springfield"),
      .title = TEXT("Passcode turned off for group Springfield"),
      .description = TEXT("Meetings of this group may now go without a passcode."),
      .runbook = TEXT("Ask the group's owner why."),
      .reference = TEXT("https://support.zoom.us/hc/articles/1?a=1&b=2"),
      .tags = TEXT("[\"zoom\",\"settings\"]"),
      .reports = TEXT("{\"MITRE ATT&CK\":[\"TA0009:T1125\"]}"),
      .context = TEXT("{\"group\":\"Springfield\"}"),
      .event = TEXT("{\"time\":\"2024-03-21T07:09:03Z\",\"operator\":\"homer@example.com\","
                    "\"category_type\":\"User Group\",\"action\":\"Update\","
                    "\"operation_detail\":\"Edit Group Springfield  - Passcode: from On to Off\","
                    "\"p_log_type\":\"Zoom.Operation\"}"),
      .actor = TEXT("homer@example.com"),
      .created_at = SAMPLE_TIME + 90 * US_PER_SECOND,
      .first_event_time = SAMPLE_TIME,
      .last_event_time = SAMPLE_TIME + 60 * US_PER_SECOND,
      .match_count = 3,
  };
}

/* What a correlation opened: four additions, of which three are listed, no deletion, a promotion.
 */
static inline struct alert alert_of_correlation(void) {
  struct alert alert = alert_sample();
  alert.rule_id = TEXT("My.AddedThenPromoted");
  alert.log_type = TEXT("Margay.Correlation");
  alert.title = TEXT("Added and promoted by homer");
  alert.context = TEXT("{\"why\":\"both\"}");
  alert.event =
      TEXT("{\"operator\":\"homer@example.com\",\"steps\":{"
           "\"added\":{\"count\":4,\"events\":["
           "{\"rule_id\":\"Zoom.User.Added\",\"title\":\"bart was added\",\"actor\":\"homer\","
           "\"p_event_time\":\"2024-03-21T07:00:00Z\",\"p_row_id\":\"aa\",\"event\":{}},"
           "{\"rule_id\":\"Zoom.User.Added\",\"title\":\"lisa was added\",\"actor\":\"homer\","
           "\"p_event_time\":\"2024-03-21T07:01:00Z\",\"p_row_id\":\"bb\"},"
           "{\"rule_id\":\"Zoom.User.Added\",\"title\":\"<!channel>\",\"actor\":\"\","
           "\"p_event_time\":\"2024-03-21T07:02:00Z\",\"p_row_id\":\"cc\"}]},"
           "\"deleted\":{\"count\":0,\"events\":[]},"
           "\"promoted\":{\"count\":1,\"events\":["
           "{\"rule_id\":\"Zoom.User.Promoted\",\"title\":\"bart is an admin\","
           "\"p_event_time\":\"2024-03-21T07:05:00Z\",\"p_row_id\":\"dd\"}]}},"
           "\"p_log_type\":\"Margay.Correlation\"}");
  alert.match_count = 1;
  return alert;
}

#define SAMPLE_KEY TEXT("0123456789abcdef0123456789abcdef")

/* A first attempt, with nothing kept. */
static inline struct delivery_try try_sample(time_us now) {
  return (struct delivery_try){
      .idempotency_key = SAMPLE_KEY, .attempt = 1, .state = TEXT(""), .now = now};
}

/* Where a type's options keep a setting. */
static inline void *option_place(const struct destination_type *type, void *options,
                                 const char *key) {
  const struct settings_table *table = &type->kind.settings;
  for (size_t i = 0; i < table->count; i++)
    if (strcmp(table->rows[i].key, key) == 0)
      return (char *)options + table->rows[i].offset;
  fail_msg("%s has no setting '%s'", type->kind.name, key);
  return NULL;
}

static inline void option_set(const struct destination_type *type, void *options, const char *key,
                              const char *value) {
  struct text text = text_from(value);
  memcpy(option_place(type, options, key), &text, sizeof text);
}

/* Every severity and alert type. The caller frees `options`. */
static inline struct destination destination_sample(const struct destination_type *type,
                                                    const char *id, const char *url) {
  struct destination destination = {.type = type,
                                    .id = text_from(id),
                                    .options = memory_alloc(type->kind.settings.size),
                                    .severities = UINT32_MAX,
                                    .alert_types = UINT32_MAX};
  if (url)
    option_set(type, destination.options, "url", url);
  return destination;
}

static inline const char *request_header(const struct delivery_request *request, const char *name) {
  size_t size = strlen(name);
  for (const struct curl_slist *header = request->headers; header; header = header->next)
    if (strncmp(header->data, name, size) == 0 && strncmp(header->data + size, ": ", 2) == 0)
      return header->data + size + 2;
  return NULL;
}

#endif
