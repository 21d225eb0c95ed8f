#include "alert/destination/destination_kinds.h"

#include "alert/destination/destination.h"

/* One line each. */
#define DESTINATIONS(KIND)                                                                         \
  KIND(destination_slack)                                                                          \
  KIND(destination_teams)                                                                          \
  KIND(destination_discord)                                                                        \
  KIND(destination_google_chat)                                                                    \
  KIND(destination_mattermost)                                                                     \
  KIND(destination_zoom_chat)                                                                      \
  KIND(destination_telegram)                                                                       \
  KIND(destination_webex)                                                                          \
  KIND(destination_matrix)                                                                         \
  KIND(destination_ntfy)                                                                           \
  KIND(destination_pagerduty)                                                                      \
  KIND(destination_jira_service_management)                                                        \
  KIND(destination_jira)                                                                           \
  KIND(destination_servicenow)                                                                     \
  KIND(destination_splunk_on_call)                                                                 \
  KIND(destination_elasticsearch)                                                                  \
  KIND(destination_splunk_hec)                                                                     \
  KIND(destination_datadog)                                                                        \
  KIND(destination_sentinel)                                                                       \
  KIND(destination_syslog)                                                                         \
  KIND(destination_file)                                                                           \
  KIND(destination_exec)                                                                           \
  KIND(destination_email)                                                                          \
  KIND(destination_webhook)                                                                        \
  KIND(destination_console)

#define DECLARE(type) extern const struct destination_type type;
#define LIST(type) &(type).kind,

DESTINATIONS(DECLARE)
static const struct kind *const kinds[] = {DESTINATIONS(LIST)};

const struct kind_list destination_kinds = {kinds, sizeof kinds / sizeof *kinds};
