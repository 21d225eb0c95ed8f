#include "detect/test/rule_test_report.h"

const struct rule_test_reporter *const rule_test_reporters[] = {
    &rule_test_reporter_text, &rule_test_reporter_tap, &rule_test_reporter_junit,
    &rule_test_reporter_json};

const char *const rule_test_reporter_names[] = {"text", "tap", "junit", "json", NULL};
