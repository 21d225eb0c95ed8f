#include "alert/attribute_summary.h"

void attribute_summary_add(struct attribute_summary *summary, struct text name, struct text value,
                           int64_t count) {
  struct buffer *out = summary->out;
  name = text_cut(name, sizeof summary->name);
  bool same = summary->begun && text_equal(name, (struct text){summary->name, summary->name_size});
  if (!same) {
    buffer_append_string(out, summary->begun ? "}," : "{");
    buffer_append_json_string(out, name);
    buffer_append_string(out, ":{");
    memcpy(summary->name, name.data, name.size);
    summary->name_size = name.size;
    summary->values = 0;
    summary->begun = true;
  }
  if (summary->values++ >= ATTRIBUTE_VALUES_SHOWN)
    return;
  if (summary->values > 1)
    buffer_append_char(out, ',');
  buffer_append_json_string(out, value);
  buffer_printf(out, ":%lld", (long long)count);
}

void attribute_summary_end(struct attribute_summary *summary) {
  if (summary->begun)
    buffer_append_string(summary->out, "}}");
}
