#include "api/operation/list.h"

/* One line each, families in the order of the documents. */
#define OPERATIONS(EACH)                                                                           \
  EACH(me_show)                                                                                    \
  EACH(session_begin)                                                                              \
  EACH(session_end)                                                                                \
  EACH(session_log_in)                                                                             \
  EACH(session_logged_in)                                                                          \
  EACH(alerts_list)                                                                                \
  EACH(alerts_show)                                                                                \
  EACH(alerts_events)                                                                              \
  EACH(alerts_change)                                                                              \
  EACH(events_search)                                                                              \
  EACH(events_histogram)                                                                           \
  EACH(events_fields)                                                                              \
  EACH(events_show)                                                                                \
  EACH(stream_open)                                                                                \
  EACH(overview_show)                                                                              \
  EACH(rules_list)                                                                                 \
  EACH(rules_show)                                                                                 \
  EACH(rules_matches)                                                                              \
  EACH(rules_test)                                                                                 \
  EACH(rules_explain)                                                                              \
  EACH(backtests_start)                                                                            \
  EACH(backtests_show)                                                                             \
  EACH(backtests_cancel)                                                                           \
  EACH(noise_show)                                                                                 \
  EACH(attack_show)                                                                                \
  EACH(audit_list)                                                                                 \
  EACH(openapi_show)                                                                               \
  EACH(tuning_add)                                                                                 \
  EACH(sources_list)                                                                               \
  EACH(destinations_list)                                                                          \
  EACH(destinations_test)                                                                          \
  EACH(outbox_list)                                                                                \
  EACH(outbox_retry)                                                                               \
  EACH(outbox_drop)                                                                                \
  EACH(deadletters_list)                                                                           \
  EACH(deadletters_show)                                                                           \
  EACH(deadletters_retry)                                                                          \
  EACH(health_show)

#define DECLARE(name) extern const struct api_operation api_##name;
OPERATIONS(DECLARE)

#define POINT(name) &api_##name,
const struct api_operation *const api_operations[] = {OPERATIONS(POINT) NULL};
