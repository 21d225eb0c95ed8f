#include "base/severity.h"

static const char *const names[SEVERITY_COUNT] = {"INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"};

const char *const severity_words[SEVERITY_COUNT + 1] = {"info", "low",      "medium",
                                                        "high", "critical", NULL};

const char *severity_name(enum severity severity) {
  return names[severity];
}

bool severity_parse(struct text text, enum severity *severity) {
  for (int i = 0; i < SEVERITY_COUNT; i++)
    if (text_equal_folded(text, text_from(names[i]))) {
      *severity = (enum severity)i;
      return true;
    }
  return false;
}
