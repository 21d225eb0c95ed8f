#include "command/schemas/infer_values.h"

#include "base/ip.h"
#include "event/schema/time_value.h"

#include <ctype.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- names ------------------------------------------------------------------------------- */

#define NAME_SIZE 64

/* A name without case and separators: "Event-Time" is "eventtime". What is longer is cut. */
static const char *plain_name(struct text name, char out[NAME_SIZE]) {
  size_t size = 0;
  for (size_t i = 0; i < name.size && size + 1 < NAME_SIZE; i++)
    if (isalnum((unsigned char)name.data[i]))
      out[size++] = (char)tolower((unsigned char)name.data[i]);
  out[size] = '\0';
  return out;
}

/* Whether a word stands in a name: client_ip, clientIP and IP have the word "ip", zip does not. */
static bool has_word(struct text name, const char *word) {
  size_t size = strlen(word);
  for (size_t i = 0; i + size <= name.size; i++) {
    struct text part = {name.data + i, size};
    unsigned char first = (unsigned char)name.data[i];
    unsigned char before = i ? (unsigned char)name.data[i - 1] : ' ';
    unsigned char after = i + size < name.size ? (unsigned char)name.data[i + size] : ' ';
    bool begins = !isalpha(before) || (islower(before) && isupper(first));
    bool ends = !isalpha(after) || (isupper(after) && !isupper((unsigned char)part.data[size - 1]));
    if (begins && ends && text_equal_folded(part, text_from(word)))
      return true;
  }
  return false;
}

static bool has_word_of(struct text name, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (has_word(name, words[i]))
      return true;
  return false;
}

int infer_event_time_rank(struct text name) {
  static const char *const names[] = {"eventtime", "eventts",    "timestamp", "time",
                                      "datetime",  "occurredat", "ts",        "createdat",
                                      "created",   "createtime", "date",      "published",
                                      "at",        "starttime",  "loggedat",  "logtime"};
  char plain[NAME_SIZE];
  plain_name(name, plain);
  for (size_t i = 0; i < COUNT(names); i++)
    if (strcmp(plain, names[i]) == 0)
      return (int)i;
  return -1;
}

/* ---- times ------------------------------------------------------------------------------- */

/* Day first and month first are neighbours: what both read is ambiguous. */
const struct field_time_format infer_forms[] = {
    {TIME_UNIX, NULL},
    {TIME_UNIX_MS, NULL},
    {TIME_UNIX_US, NULL},
    {TIME_UNIX_NS, NULL},
    {TIME_RFC3339, NULL},
    {TIME_STRFTIME, "%Y-%m-%d"},
    {TIME_STRFTIME, "%Y/%m/%d %H:%M:%S"},
    {TIME_STRFTIME, "%Y/%m/%d"},
    {TIME_STRFTIME, "%d/%b/%Y:%H:%M:%S %z"},
    {TIME_STRFTIME, "%a, %d %b %Y %H:%M:%S %Z"},
    {TIME_STRFTIME, "%a %b %d %H:%M:%S %Y"},
    {TIME_STRFTIME, "%d %b %Y %H:%M:%S"},
    {TIME_STRFTIME, "%b %d, %Y %H:%M:%S"},
    {TIME_STRFTIME, "%b %d, %Y %I:%M:%S %p"},
    {TIME_STRFTIME, "%b %d, %Y"},
    {TIME_STRFTIME, "%d.%m.%Y %H:%M:%S"},
    {TIME_STRFTIME, "%d.%m.%Y"},
    {TIME_STRFTIME, "%m/%d/%Y %H:%M:%S"},
    {TIME_STRFTIME, "%d/%m/%Y %H:%M:%S"},
    {TIME_STRFTIME, "%m/%d/%Y %I:%M:%S %p"},
    {TIME_STRFTIME, "%d/%m/%Y %I:%M:%S %p"},
    {TIME_STRFTIME, "%m/%d/%Y"},
    {TIME_STRFTIME, "%d/%m/%Y"},
};
const size_t infer_form_count = COUNT(infer_forms);
_Static_assert(COUNT(infer_forms) <= 32, "the forms are bits of a uint32_t");

#define UNIX_BITS ((1u << INFER_UNIX_FORMS) - 1)

/* Numbers outside of these years are none of time: 2000-01-01 and 2100-01-01. */
#define UNIX_FIRST (INT64_C(946684800) * US_PER_SECOND)
#define UNIX_END (INT64_C(4102444800) * US_PER_SECOND)

#define TIME_SIZE_MIN 8 /* bytes of a text that says a day */
#define TIME_SIZE_MAX 40

const char *infer_form_word(const struct field_time_format *format) {
  static const char *const words[] = {[TIME_RFC3339] = "rfc3339",
                                      [TIME_UNIX] = "unix",
                                      [TIME_UNIX_MS] = "unix_ms",
                                      [TIME_UNIX_US] = "unix_us",
                                      [TIME_UNIX_NS] = "unix_ns"};
  return format->kind == TIME_STRFTIME ? format->strftime : words[format->kind];
}

static bool reads(size_t form, const struct json_node *value) {
  time_us time;
  return time_value_read(&infer_forms[form], value, &time) &&
         (form >= INFER_UNIX_FORMS || (time >= UNIX_FIRST && time < UNIX_END));
}

void infer_times_add(struct infer_times *times, const struct json_node *value) {
  bool is_text = value->type == JSON_TYPE_STRING, found = false;
  size_t count = is_text ? infer_form_count : INFER_UNIX_FORMS;
  if (times->unread)
    return;
  times->unread = true;
  if (is_text && (value->size < TIME_SIZE_MIN || value->size > TIME_SIZE_MAX))
    return;
  for (size_t i = 0; i < infer_form_count; i++) {
    uint32_t bit = UINT32_C(1) << i;
    /* A form that failed before only matters while none has read this value. */
    if (found && times->not_all & bit)
      continue;
    if (i >= count || !reads(i, value)) {
      times->not_all |= bit;
      continue;
    }
    times->some |= found ? 0 : bit;
    times->unread = false;
    found = true;
  }
}

static bool is_day_first(size_t form) {
  const char *strftime = infer_forms[form].strftime;
  return strftime && strncmp(strftime, "%d/%m/", 6) == 0;
}

static bool is_month_first(size_t form) {
  const char *strftime = infer_forms[form].strftime;
  return strftime && strncmp(strftime, "%m/%d/", 6) == 0;
}

/* Whether forms of both orders are among them. */
static bool has_both_orders(uint32_t forms) {
  bool day = false, month = false;
  for (size_t i = 0; i < infer_form_count; i++) {
    day |= forms >> i & 1 && is_day_first(i);
    month |= forms >> i & 1 && is_month_first(i);
  }
  return day && month;
}

static bool name_says_time(struct text name) {
  static const char *const words[] = {"time",    "timestamp", "at",      "date",    "ts",
                                      "created", "updated",   "expires", "expiry",  "modified",
                                      "start",   "end",       "since",   "datetime"};
  return has_word_of(name, words, COUNT(words)) || infer_event_time_rank(name) >= 0;
}

uint32_t infer_times_forms(const struct infer_times *times, struct text name, bool *ambiguous) {
  const uint32_t known = (uint32_t)((UINT64_C(1) << infer_form_count) - 1);
  uint32_t all = known & ~times->not_all;
  *ambiguous = false;
  if (times->unread || !times->some || (times->some & UNIX_BITS && !name_says_time(name)))
    return 0;
  if (all) {
    *ambiguous = has_both_orders(all);
    return all & -all;
  }
  return has_both_orders(times->some) ? 0 : times->some;
}

/* ---- texts ------------------------------------------------------------------------------- */

static bool all_hex(struct text text) {
  for (size_t i = 0; i < text.size; i++)
    if (!isxdigit((unsigned char)text.data[i]))
      return false;
  return true;
}

/* At least two labels of letters, digits, hyphens and underscores, the last one of letters. */
static bool is_host(struct text text) {
  const char *dot = text.size ? memrchr(text.data, '.', text.size) : NULL;
  bool label = false;
  if (!dot || text.size > 253 || text.data + text.size - dot < 3)
    return false;
  for (size_t i = 0; i < text.size; i++) {
    unsigned char c = (unsigned char)text.data[i];
    bool last = text.data + i > dot;
    if (c == '.' ? !label : !(last ? isalpha(c) : isalnum(c) || c == '-' || c == '_'))
      return false;
    label = c != '.';
  }
  return true;
}

static bool is_email(struct text text) {
  const char *at = text.size ? memchr(text.data, '@', text.size) : NULL;
  if (!at || at == text.data || text.size > 320 || memchr(text.data, ' ', text.size))
    return false;
  return is_host((struct text){at + 1, (size_t)(text.data + text.size - at - 1)});
}

static bool is_ip(struct text text) {
  struct ip ip;
  return ip_parse(text, &ip);
}

static bool is_url(struct text text) {
  const char *colon = text.size ? memmem(text.data, text.size, "://", 3) : NULL;
  if (!colon || colon == text.data || memchr(text.data, ' ', text.size))
    return false;
  for (const char *c = text.data; c < colon; c++)
    if (!isalnum((unsigned char)*c) && *c != '+')
      return false;
  return colon + 3 < text.data + text.size;
}

static bool is_net_addr(struct text text) {
  const char *colon = text.size ? memrchr(text.data, ':', text.size) : NULL;
  size_t digits = colon ? (size_t)(text.data + text.size - colon - 1) : 0;
  if (digits < 1 || digits > 5)
    return false;
  for (size_t i = 1; i <= digits; i++)
    if (!isdigit((unsigned char)colon[i]))
      return false;
  struct text host = {text.data, (size_t)(colon - text.data)};
  if (host.size > 2 && host.data[0] == '[' && host.data[host.size - 1] == ']')
    return is_ip((struct text){host.data + 1, host.size - 2});
  return !memchr(host.data, ':', host.size) && (is_ip(host) || is_host(host));
}

static bool is_mac(struct text text) {
  for (size_t i = 0; text.size == 17 && i < text.size; i++)
    if (i % 3 == 2 ? text.data[i] != ':' && text.data[i] != '-'
                   : !isxdigit((unsigned char)text.data[i]))
      return false;
  return text.size == 17;
}

void infer_texts_add(struct infer_texts *texts, struct text text) {
  text = text_trim(text);
  if (text.size == 0)
    return;
  texts->count++;
  texts->is[KIND_EMAIL] += is_email(text);
  texts->is[KIND_IP] += is_ip(text);
  texts->is[KIND_HOST] += is_host(text);
  texts->is[KIND_URL] += is_url(text);
  texts->is[KIND_NET_ADDR] += is_net_addr(text);
  texts->is[KIND_MD5] += text.size == 32 && all_hex(text);
  texts->is[KIND_SHA1] += text.size == 40 && all_hex(text);
  texts->is[KIND_SHA256] += text.size == 64 && all_hex(text);
  texts->is[KIND_MAC] += is_mac(text);
}

/* Which values make which indicator. A row counts when all values are of the kind and the name has
 * none of the words that say otherwise; or when the name has the word and half of them are. */
static const struct row {
  enum infer_kind kind;
  enum indicator indicator;
  const char *word;      /* of a name that makes half of the values enough; NULL: none does */
  const char *others[6]; /* words of names of which values only look so */
  const char *needed[6]; /* words of which the name must have one; none: any name will do */
} rows[] = {
    {KIND_EMAIL, INDICATOR_EMAIL, "email", {NULL}, {NULL}},
    {KIND_IP, INDICATOR_IP, "ip", {"version", "build", "release", "firmware"}, {NULL}},
    {KIND_URL, INDICATOR_URL, "url", {NULL}, {NULL}},
    {KIND_NET_ADDR, INDICATOR_NET_ADDR, NULL, {NULL}, {NULL}},
    {KIND_MAC, INDICATOR_MAC, "mac", {NULL}, {NULL}},
    {KIND_MD5, INDICATOR_MD5, "md5", {"id", "uuid", "guid", "key", "token", "trace"}, {NULL}},
    {KIND_SHA1, INDICATOR_SHA1, "sha1", {"id", "key", "token"}, {NULL}},
    {KIND_SHA256, INDICATOR_SHA256, "sha256", {"id", "key", "token"}, {NULL}},
    {KIND_HOST, INDICATOR_DOMAIN, NULL, {NULL}, {"domain", "fqdn"}},
    {KIND_HOST, INDICATOR_HOSTNAME, NULL, {NULL}, {"host", "hostname", "server", "computer"}},
};

static bool has_one_of(struct text name, const char *const words[6]) {
  for (size_t i = 0; i < 6 && words[i]; i++)
    if (has_word(name, words[i]))
      return true;
  return false;
}

static bool row_counts(const struct row *row, const struct infer_texts *texts, struct text name,
                       bool *by_name) {
  uint64_t count = texts->is[row->kind];
  if (count == 0 || has_one_of(name, row->others))
    return false;
  *by_name = row->needed[0] || count < texts->count;
  if (row->needed[0] && !has_one_of(name, row->needed))
    return false;
  return count == texts->count ||
         (row->word && has_word(name, row->word) && count * 2 >= texts->count);
}

/* Names whose values are indicators whatever they look like. */
static uint32_t indicators_of_name(struct text name) {
  static const struct {
    const char *name;
    enum indicator indicator;
  } names[] = {{"user", INDICATOR_USERNAME},        {"username", INDICATOR_USERNAME},
               {"login", INDICATOR_USERNAME},       {"loginname", INDICATOR_USERNAME},
               {"accountname", INDICATOR_USERNAME}, {"traceid", INDICATOR_TRACE_ID},
               {"requestid", INDICATOR_TRACE_ID},   {"correlationid", INDICATOR_TRACE_ID},
               {"xrequestid", INDICATOR_TRACE_ID},  {"xtraceid", INDICATOR_TRACE_ID}};
  char plain[NAME_SIZE];
  plain_name(name, plain);
  for (size_t i = 0; i < COUNT(names); i++)
    if (strcmp(plain, names[i].name) == 0)
      return UINT32_C(1) << names[i].indicator;
  return 0;
}

uint32_t infer_texts_indicators(const struct infer_texts *texts, struct text name, bool *by_name) {
  uint32_t indicators = 0;
  *by_name = false;
  if (texts->count == 0)
    return 0;
  for (size_t i = 0; i < COUNT(rows) && !indicators; i++)
    if (row_counts(&rows[i], texts, name, by_name))
      indicators = UINT32_C(1) << rows[i].indicator;
  uint32_t named = indicators_of_name(name);
  *by_name = (indicators && *by_name) || named;
  return indicators | named;
}
