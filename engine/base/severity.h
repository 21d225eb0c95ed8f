/* How serious an alert is: Panther's five levels. Any thread. */
#ifndef BASE_SEVERITY_H
#define BASE_SEVERITY_H

#include "base/text.h"

enum severity {
  SEVERITY_INFO,
  SEVERITY_LOW,
  SEVERITY_MEDIUM,
  SEVERITY_HIGH,
  SEVERITY_CRITICAL,
  SEVERITY_COUNT
};

/* "info" … "critical", as configurations have them; ends with NULL. */
extern const char *const severity_words[SEVERITY_COUNT + 1];

const char *severity_name(enum severity severity);              /* "INFO" … "CRITICAL" */
bool severity_parse(struct text text, enum severity *severity); /* any case */

#endif
