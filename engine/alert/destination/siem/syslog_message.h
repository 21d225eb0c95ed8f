/* An alert as one message of RFC 5424, made small enough for its receiver. Any thread. */
#ifndef ALERT_DESTINATION_SIEM_SYSLOG_MESSAGE_H
#define ALERT_DESTINATION_SIEM_SYSLOG_MESSAGE_H

#include "alert/destination/siem/siem.h"

/* RFC 5424 6: characters. */
#define SYSLOG_HOST_NAME_MAX 255
#define SYSLOG_APP_NAME_MAX 48

enum syslog_format { SYSLOG_TEXT, SYSLOG_JSON, SYSLOG_CEF };

struct syslog_form {
  enum syslog_format format;
  int facility; /* 0 to 23 */
  struct text host_name, app_name;
  size_t max_size; /* bytes, at least 2048 */
};

/* Appends it on one line, without a line break. What is left out or cut is said. */
void syslog_message_append(struct buffer *out, const struct syslog_form *form,
                           const struct siem_record *record);

#endif
