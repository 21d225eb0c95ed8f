#include "api/search/search_rule.h"

#include "base/arena.h"
#include "rule/lua_text.h"

/* Where's key of a word that any field may hold (rule/condition/condition.h). */
#define ANY_FIELD TEXT("|contains")

struct asked {
  struct text key, value;
  bool quoted; /* "…": a text, whatever it looks like */
};

static bool is_plain(struct text text) {
  return text_is_number(text) || text_is(text, "true") || text_is(text, "false");
}

static bool split(const char *given, struct asked *asked, struct error *error) {
  struct text all = text_from(given);
  const char *equals = strchr(given, '=');
  if (!equals) {
    *asked = (struct asked){ANY_FIELD, text_trim(all), true};
    return asked->value.size > 0 ||
           error_set(error, "an empty word is in every event: leave it out");
  }
  size_t size = (size_t)(equals - given);
  struct text value = text_trim((struct text){equals + 1, all.size - size - 1});
  bool quoted = value.size >= 2 && value.data[0] == '"' && value.data[value.size - 1] == '"';
  if (quoted)
    value = (struct text){value.data + 1, value.size - 2};
  *asked = (struct asked){text_trim((struct text){given, size}), value, quoted};
  char shown[128];
  return asked->key.size > 0 ||
         error_set(error,
                   "'%s' has no field before '=': write FIELD=VALUE, such as "
                   "operation_detail|contains=Passcode",
                   text_printable(all, shown, sizeof shown));
}

static void write_values(struct buffer *out, const struct asked *asked, size_t count, size_t from) {
  for (size_t i = from; i < count; i++) {
    if (!text_equal(asked[i].key, asked[from].key))
      continue;
    buffer_append_string(out, i > from ? ", " : "");
    if (!asked[i].quoted && is_plain(asked[i].value))
      buffer_append_text(out, asked[i].value);
    else
      lua_text_write(out, asked[i].value);
  }
}

static bool was_written(const struct asked *asked, size_t at) {
  for (size_t i = 0; i < at; i++)
    if (text_equal(asked[i].key, asked[at].key))
      return true;
  return false;
}

/* A key that comes again has several values, of which any will do; words must all be there. */
static bool write_where(const struct search_query *query, struct buffer *out, struct error *error) {
  struct arena arena = ARENA_NONE;
  struct asked *asked = arena_alloc(&arena, (query->where_count + 1) * sizeof *asked);
  size_t fields = 0, words = 0;
  bool ok = true;
  for (size_t i = 0; ok && i < query->where_count; i++)
    ok = split(query->where[i], &asked[i], error);
  if (ok && query->where_count > 0)
    buffer_append_string(out, "  where = {");
  for (size_t i = 0; ok && i < query->where_count; i++) {
    bool word = text_equal(asked[i].key, ANY_FIELD);
    if (was_written(asked, i))
      continue;
    buffer_append_string(out, fields + words > 0 ? ", [" : " [");
    lua_text_write(out, word ? TEXT("|contains|all") : asked[i].key);
    buffer_append_string(out, "] = { ");
    write_values(out, asked, query->where_count, i);
    buffer_append_string(out, " }");
    fields += !word;
    words += word;
  }
  if (ok && query->where_count > 0)
    buffer_append_string(out, " },\n");
  arena_free(&arena);
  return ok;
}

static void write_function(const struct search_query *query, struct buffer *out) {
  if (query->actor) {
    buffer_append_string(out, "local actor = ");
    lua_text_write(out, text_from(query->actor));
    buffer_append_string(out, "\n");
  }
  if (query->lua)
    buffer_printf(out, "local function asked(event) return %s\nend\n", query->lua);
  if (query->actor || query->lua)
    buffer_printf(out, "function rule(event)\n  return %s%s%s\nend\n",
                  query->actor ? "tostring(event:udm(\"actor_user\")):lower() == actor:lower()"
                               : "",
                  query->actor && query->lua ? " and " : "",
                  query->lua ? "asked(event) and true or false" : "");
}

bool search_rule_write(const struct search_query *query, struct buffer *out, struct error *error) {
  buffer_append_string(out, "metadata {\n  id = \"search\",\n  log_types = { ");
  for (size_t i = 0; i < query->log_type_count; i++) {
    buffer_append_string(out, i > 0 ? ", " : "");
    lua_text_write(out, query->log_types[i]);
  }
  buffer_append_string(out, " },\n  severity = \"info\",\n  create_alert = false,\n");
  if (!write_where(query, out, error))
    return false;
  buffer_append_string(out, "}\n");
  if (query->where_count == 0 && !query->actor && !query->lua)
    buffer_append_string(out, "function rule() return true end\n");
  write_function(query, out);
  return true;
}
