/* What alerts.list says of an alert, and alerts.show and alerts.change with more. */
#ifndef API_OPERATION_ALERT_FIELDS_H
#define API_OPERATION_ALERT_FIELDS_H

#include "api/api.h"

/* Rows of struct api_field, without the last one. */
#define ALERT_FIELDS                                                                               \
  {.name = "alert_id", .type = API_TEXT, .help = "32 hex characters"},                             \
      {.name = "type", .type = API_TEXT, .help = "rule, rule_error or system"},                    \
      {.name = "id", .type = API_TEXT, .help = "The rule's id"},                                   \
      {.name = "name", .type = API_TEXT, .help = "The rule's name"},                               \
      {.name = "severity", .type = API_TEXT, .help = "INFO to CRITICAL"},                          \
      {.name = "title", .type = API_TEXT},                                                         \
      {.name = "created_at", .type = API_TIME, .help = "When margay opened it"},                   \
      {.name = "first_event_time", .type = API_TIME},                                              \
      {.name = "last_event_time", .type = API_TIME}, {.name = "match_count", .type = API_INTEGER}, \
      {.name = "state", .type = API_TEXT, .help = "open, acknowledged or resolved"},               \
      {.name = "resolution",                                                                       \
       .type = API_TEXT,                                                                           \
       .optional = true,                                                                           \
       .help = "true_positive, false_positive or benign"},                                         \
      {.name = "assignee", .type = API_TEXT, .optional = true},                                    \
      {.name = "actor", .type = API_TEXT, .help = "Who did it; may be empty"},                     \
      {.name = "log_type", .type = API_TEXT}, {.name = "source_id", .type = API_TEXT},             \
      {.name = "source_label", .type = API_TEXT}, {.name = "dedup", .type = API_TEXT},             \
      {.name = "description", .type = API_TEXT}, {.name = "runbook", .type = API_TEXT},            \
      {.name = "reference", .type = API_TEXT},                                                     \
      {.name = "link",                                                                             \
       .type = API_TEXT,                                                                           \
       .optional = true,                                                                           \
       .help = "The reference, if it is a link"},                                                  \
      {.name = "tags", .type = API_ANY, .optional = true, .help = "An array of texts"},            \
      {.name = "reports", .type = API_ANY, .optional = true},                                      \
      {.name = "alert_context", .type = API_ANY, .optional = true},                                \
      {.name = "summary_attributes", .type = API_ANY},                                             \
      {.name = "steps", .type = API_ANY, .optional = true, .help = "Of a correlation"},            \
      {.name = "event", .type = API_ANY, .optional = true, .help = "The first event"},             \
      {.name = "held", .type = API_BOOLEAN, .optional = true, .help = "History that is not sent"}, \
      {.name = "muted_by", .type = API_TEXT, .optional = true, .help = "The route that does it"},  \
  {                                                                                                \
    .name = "deliveries", .type = API_ANY, .help = "An array: to whom, and how far"                \
  }

#endif
