/* Alerts for unit tests of rules: the windows of a scan over a test's matches. */
#ifndef DETECT_TEST_TEST_ALERTS_H
#define DETECT_TEST_TEST_ALERTS_H

#include "detect/test/rule_test_alerts.h"

extern const struct rule_test_alerts detect_test_alerts;

#endif
