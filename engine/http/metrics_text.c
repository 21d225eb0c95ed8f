#include "http/metrics_text.h"

struct writer {
  struct buffer *out;
  const struct metric *metric; /* whose HELP and TYPE are written */
};

/* HELP escapes the backslash and the line feed, a label's value the quote, too. */
static void append_escaped(struct buffer *out, struct text text, bool is_quoted) {
  for (size_t i = 0; i < text.size; i++) {
    char c = text.data[i];
    if (c == '\n')
      buffer_append_string(out, "\\n");
    else if (c == '\\' || (is_quoted && c == '"'))
      buffer_append(out, (const char[]){'\\', c}, 2);
    else
      buffer_append_char(out, c);
  }
}

/* Decimal and exact: the value over the scale of its unit, which is a power of ten. */
static void append_number(struct buffer *out, int64_t value, enum metric_unit unit) {
  uint64_t scale = (uint64_t)metric_unit_scale(unit);
  uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value, rest = size % scale;
  buffer_printf(out, "%s%llu", value < 0 ? "-" : "", (unsigned long long)(size / scale));
  if (rest > 0)
    buffer_append_char(out, '.');
  for (; rest > 0; rest %= scale) {
    scale /= 10;
    buffer_append_char(out, (char)('0' + rest / scale));
  }
}

static void append_head(struct writer *writer, const struct metric *metric) {
  if (writer->metric == metric)
    return;
  writer->metric = metric;
  buffer_printf(writer->out, "# HELP %s ", metric->name);
  append_escaped(writer->out, text_from(metric->help), false);
  buffer_printf(writer->out, "\n# TYPE %s %s\n", metric->name, metric_kind_name(metric->kind));
}

/* The series' name and labels, and the space behind them. `bound`: the value of `le`, or NULL. */
static void append_series(struct buffer *out, const struct metric_sample *sample,
                          const char *suffix, const struct text *bound) {
  const struct metric *metric = sample->metric;
  size_t count = metric_label_count(metric);
  buffer_printf(out, "%s%s", metric->name, suffix);
  for (size_t i = 0; i < count; i++) {
    buffer_printf(out, "%s%s=\"", i == 0 ? "{" : ",", metric->labels[i]);
    append_escaped(out, sample->values[i], true);
    buffer_append_char(out, '"');
  }
  if (bound)
    buffer_printf(out, "%sle=\"%.*s\"", count == 0 ? "{" : ",", TEXT_ARGS(*bound));
  buffer_append_string(out, count > 0 || bound ? "} " : " ");
}

static void append_bucket(struct buffer *out, const struct metric_sample *sample, struct text bound,
                          int64_t at_most) {
  append_series(out, sample, "_bucket", &bound);
  buffer_printf(out, "%lld\n", (long long)at_most);
}

static void append_histogram(struct buffer *out, const struct metric_sample *sample) {
  const struct metric *metric = sample->metric;
  struct buffer bound = BUFFER_NONE;
  for (size_t i = 0; i < metric->bound_count; i++) {
    buffer_reset(&bound);
    append_number(&bound, metric->bounds[i], metric->unit);
    append_bucket(out, sample, buffer_text(&bound), sample->at_most[i]);
  }
  buffer_free(&bound);
  append_bucket(out, sample, TEXT("+Inf"), sample->count);
  append_series(out, sample, "_sum", NULL);
  append_number(out, sample->value, metric->unit);
  buffer_append_char(out, '\n');
  append_series(out, sample, "_count", NULL);
  buffer_printf(out, "%lld\n", (long long)sample->count);
}

static void append_sample(void *context, const struct metric_sample *sample) {
  struct writer *writer = context;
  struct buffer *out = writer->out;
  const struct metric *metric = sample->metric;
  append_head(writer, metric);
  if (metric->kind == METRIC_HISTOGRAM) {
    append_histogram(out, sample);
    return;
  }
  append_series(out, sample, "", NULL);
  if (metric->kind == METRIC_GAUGE && sample->value == GAUGE_NONE)
    buffer_append_string(out, "NaN");
  else
    append_number(out, sample->value, metric->unit);
  buffer_append_char(out, '\n');
}

void metrics_text_write(struct counters *counters, struct buffer *out) {
  struct writer writer = {.out = out};
  counters_each(counters, append_sample, &writer);
}
