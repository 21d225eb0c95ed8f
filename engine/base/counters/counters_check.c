/* Whether a table of metrics keeps the conventions. Each rule looks at one row. */
#include "base/counters/counters.h"

#include <stdio.h>

/* Words that no name has: units that are not base units, and the names of kinds. */
static const char *const bad_words[] = {
    "nanoseconds", "microseconds", "milliseconds", "minutes",   "hours",
    "days",        "weeks",        "ns",           "us",        "ms",
    "s",           "sec",          "secs",         "min",       "mins",
    "h",           "kilobytes",    "megabytes",    "gigabytes", "kb",
    "mb",          "gb",           "kib",          "mib",       "gib",
    "b",           "bits",         "percent",      "counter",   "gauge",
    "histogram",   "summary",
};

/* Ends of names that a histogram's own lines have. */
static const char *const reserved_ends[] = {"_count", "_sum", "_bucket"};

/* Keys of labels that the format, or a Prometheus server, gives itself. */
static const char *const reserved_labels[] = {"le", "quantile", "job", "instance"};

static const char *const prefixes[] = {"margay_", "process_"};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool refuse(struct problems *problems, const struct metric *metric, const char *what,
                   const char *found, const char *remedy) {
  return problems_add(problems, NULL, 0, 0, "metric '%s': %s (%s): %s", metric->name, what, found,
                      remedy);
}

static bool starts_with(const char *string, const char *start) {
  return strncmp(string, start, strlen(start)) == 0;
}

static bool ends_with(const char *string, const char *end) {
  size_t size = strlen(string), end_size = strlen(end);
  return size >= end_size && strcmp(string + size - end_size, end) == 0;
}

static bool is_one_of(const char *word, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(word, words[i]) == 0)
      return true;
  return false;
}

/* Lower-case words with one underscore between them; only the first begins with a letter. */
static bool is_name(const char *name) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz", rest[] = "0123456789_";
  size_t size = strlen(name);
  if (size == 0 || !strchr(letters, name[0]) || name[size - 1] == '_' || strstr(name, "__"))
    return false;
  for (size_t i = 1; i < size; i++)
    if (!strchr(letters, name[i]) && !strchr(rest, name[i]))
      return false;
  return true;
}

static bool check_name(const struct metric *metric, struct problems *problems) {
  bool has_prefix = false, ok = true;
  if (!is_name(metric->name))
    return refuse(problems, metric, "is no name", metric->name,
                  "use lower-case words with an underscore between them");
  for (size_t i = 0; i < COUNT(prefixes); i++)
    has_prefix = has_prefix || starts_with(metric->name, prefixes[i]);
  if (!has_prefix)
    ok = refuse(problems, metric, "has no prefix", metric->name, "begin it with margay_");
  for (size_t i = 0; i < COUNT(reserved_ends); i++)
    if (ends_with(metric->name, reserved_ends[i]))
      ok = refuse(problems, metric, "ends as a histogram's own lines do", reserved_ends[i],
                  "say what is counted in another way");
  return ok;
}

static bool check_words(const struct metric *metric, struct problems *problems) {
  char words[256], *rest = words;
  bool ok = true;
  snprintf(words, sizeof words, "%s", metric->name);
  for (const char *word = strsep(&rest, "_"); word; word = strsep(&rest, "_"))
    if (is_one_of(word, bad_words, COUNT(bad_words)))
      ok = refuse(problems, metric, "has a word that no name has", word,
                  "use seconds or bytes for units, and leave the kind out");
  return ok;
}

/* `…_seconds`, `…_bytes`, `…_seconds_total`; `_total` on counters alone. */
static bool check_suffix(const struct metric *metric, struct problems *problems) {
  static const enum metric_unit units[] = {METRIC_SECONDS, METRIC_BYTES};
  bool is_counter = metric->kind == METRIC_COUNTER, ok = true;
  const char *total = is_counter ? "_total" : "";
  if (ends_with(metric->name, "_total") != is_counter)
    ok = refuse(problems, metric, "_total is the end of a counter's name, and of no other",
                metric_kind_name(metric->kind), is_counter ? "add it" : "leave it out");
  for (size_t i = 0; i < COUNT(units); i++) {
    char end[64];
    snprintf(end, sizeof end, "_%s%s", metric_unit_name(units[i]), total);
    if (ends_with(metric->name, end) != (metric->unit == units[i]))
      ok = refuse(problems, metric, "a name ends with its unit, and with no other", end,
                  "change the name or the unit");
  }
  return ok;
}

static bool check_help(const struct metric *metric, struct problems *problems) {
  const char *help = metric->help ? metric->help : "";
  size_t size = strlen(help);
  bool is_sentence =
      size > 1 && help[0] >= 'A' && help[0] <= 'Z' && help[size - 1] == '.' && !strchr(help, '\n');
  return is_sentence || refuse(problems, metric, "its help is no sentence", help,
                               "begin it with a capital letter and end it with a full stop");
}

static bool check_labels(const struct metric *metric, struct problems *problems) {
  bool ok = true;
  size_t count = metric_label_count(metric);
  for (size_t i = 0; i < count; i++) {
    const char *label = metric->labels[i];
    if (!is_name(label) || is_one_of(label, reserved_labels, COUNT(reserved_labels)))
      ok = refuse(problems, metric, "a label may not have this name", label,
                  "use lower-case words, and none that Prometheus uses itself");
    if (is_one_of(label, metric->labels, i))
      ok = refuse(problems, metric, "has a label twice", label, "remove one");
  }
  return ok;
}

static bool check_bounds(const struct metric *metric, struct problems *problems) {
  bool is_histogram = metric->kind == METRIC_HISTOGRAM, ok = true;
  if ((metric->bound_count > 0) != is_histogram || metric->bound_count > METRIC_BOUNDS_MAX)
    return refuse(problems, metric, "a histogram has bounds, and nothing else has",
                  metric_kind_name(metric->kind),
                  "give bounds to histograms alone, and METRIC_BOUNDS_MAX at most");
  for (size_t i = 0; i < metric->bound_count; i++) {
    char bound[32];
    snprintf(bound, sizeof bound, "%lld", (long long)metric->bounds[i]);
    if (metric->bounds[i] < 0 || (i > 0 && metric->bounds[i] <= metric->bounds[i - 1]))
      ok = refuse(problems, metric, "its bounds do not ascend from 0", bound,
                  "sort them, and have each only once");
  }
  return ok;
}

static bool check_unique(const struct metric *metrics, size_t index, struct problems *problems) {
  bool is_own = strcmp(metrics[index].name, counters_overflow_metric.name) == 0;
  for (size_t i = 0; i <= index; i++)
    if (is_own || (i < index && strcmp(metrics[i].name, metrics[index].name) == 0))
      return refuse(problems, &metrics[index], "is there twice", metrics[index].name,
                    "remove or rename one");
  return true;
}

bool counters_check(const struct metric *metrics, size_t count, struct problems *problems) {
  static bool (*const rules[])(const struct metric *, struct problems *) = {
      check_name, check_words, check_suffix, check_help, check_labels, check_bounds};
  bool ok = true;
  for (size_t i = 0; i < count; i++) {
    for (size_t k = 0; k < COUNT(rules); k++)
      ok = rules[k](&metrics[i], problems) && ok;
    ok = check_unique(metrics, i, problems) && ok;
  }
  return ok;
}
