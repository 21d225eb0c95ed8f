/* An alert that the tests of rendering and delivery start from. */
#ifndef TESTS_ALERT_SAMPLE_H
#define TESTS_ALERT_SAMPLE_H

#include "store/store.h"

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

static inline struct outbox_row row_sample(void) {
  return (struct outbox_row){.id = 1,
                             .alert_id = TEXT("00112233445566778899aabbccddeeff"),
                             .destination_id = TEXT("chat"),
                             .idempotency_key = TEXT("0123456789abcdef0123456789abcdef")};
}

#endif
