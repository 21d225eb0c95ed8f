/*
 * Alerts made of whatever bytes, as each kind of destination renders them. The first bytes choose
 * severity and type; every text of the alert is a piece of the rest. What goes over HTTP is JSON of
 * valid UTF-8, in which no text can address people or begin markup of its own; what is printed can
 * do nothing to a terminal; a mail has no header that margay did not write.
 */
#include "alert/destination/destination.h"
#include "alert/destination/destination_kinds.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "event/json/json.h"

#include <stdlib.h>

#define KINDS_MAX 100

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
  if (!holds)
    abort();
}

/* The next piece of the input: a byte says how long it is. */
static struct text take(const uint8_t **data, size_t *size) {
  if (*size == 0)
    return TEXT("");
  size_t wanted = **data * (size_t)(**data < 250 ? 1 : 64), rest = *size - 1;
  struct text piece = {(const char *)*data + 1, wanted < rest ? wanted : rest};
  *data += 1 + piece.size;
  *size = rest - piece.size;
  return piece;
}

static struct alert make_alert(const uint8_t *data, size_t size) {
  struct alert alert = {.id = TEXT("00112233445566778899aabbccddeeff"),
                        .type = size > 0 && data[0] & 1 ? ALERT_RULE_ERROR : ALERT_RULE,
                        .severity = (enum severity)(size > 0 ? data[0] / 2 % 5 : 0),
                        .created_at = 1,
                        .match_count = 1};
  struct text *const texts[] = {
      &alert.title,   &alert.rule_id, &alert.display_name, &alert.dedup,    &alert.description,
      &alert.runbook, &alert.actor,   &alert.reference,    &alert.log_type, &alert.event,
      &alert.context, &alert.tags,    &alert.reports,      &alert.source_id};
  if (size > 0)
    data++, size--;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    *texts[i] = take(&data, &size);
  return alert;
}

/* No text in it addresses everyone, a person or a channel as Slack would read it. */
static void check_texts(const struct json_node *node) {
  if (node->type == JSON_TYPE_STRING) {
    must(!text_contains(json_text(node), TEXT("<!")));
    must(!text_contains(json_text(node), TEXT("<@")));
    must(!text_contains(json_text(node), TEXT("<#")));
  }
  if (!json_is_container(node))
    return;
  for (JSON_EACH(child, node))
    check_texts(child);
}

static void check_json(struct text body, bool markup) {
  struct error error = ERROR_NONE;
  struct json_reader *reader = json_reader_new();
  const struct json_node *root = json_read_copy(reader, body, &error);
  must(root && json_is_container(root));
  if (markup)
    check_texts(root);
  json_reader_free(reader);
}

static void check_print(struct text body) {
  uint32_t code = 0;
  for (size_t i = 0, size; i < body.size; i += size) {
    size = utf8_read(body.data + i, body.size - i, &code);
    must(size > 0 && (!utf8_is_hidden(code) || code == '\n'));
  }
}

/* RFC 5322 section 2.2: until an empty line each is a header or goes on with one. */
static void check_mail(struct text body) {
  static const char *const names[] = {
      "From",       "To",          "Subject",      "Date",         "Message-ID",
      "References", "In-Reply-To", "MIME-Version", "Content-Type", "Auto-Submitted"};
  while (!text_starts_folded(body, TEXT("\r\n"))) {
    const char *end = memmem(body.data, body.size, "\r\n", 2);
    must(end);
    struct text line = {body.data, (size_t)(end - body.data)};
    must(!memchr(line.data, '\n', line.size) && !memchr(line.data, '\r', line.size));
    bool known = *line.data == ' ' || *line.data == '\t';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
      known = known || text_starts_folded(line, text_from(names[i]));
    must(known);
    body = (struct text){end + 2, body.size - line.size - 2};
  }
}

static void check_request(const struct destination_type *type,
                          const struct delivery_request *request) {
  if (request->transport == DELIVERY_PRINT) {
    check_print(buffer_text(&request->body));
    return;
  }
  if (request->transport == DELIVERY_MAIL)
    check_mail(buffer_text(&request->body));
  if (request->transport != DELIVERY_HTTP)
    return;
  check_json(buffer_text(&request->body), strcmp(type->kind.name, "slack") == 0);
  for (const struct curl_slist *header = request->headers; header; header = header->next)
    must(!strpbrk(header->data, "\r\n"));
}

/* What is right for most settings that must be there, and is a right address for the others. */
static const char *value_of(const char *key) {
  return strcmp(key, "from") == 0 || strcmp(key, "to") == 0 ? "margay@example.com"
                                                            : "https://example.com/hook";
}

/* Its options as a configuration without anything but what must be there gives them. */
static void *read_options(const struct destination_type *type, struct arena *arena) {
  struct error error = ERROR_NONE;
  struct problems problems = PROBLEMS_NONE;
  struct buffer yaml_text = BUFFER_NONE;
  buffer_append_string(&yaml_text, "{ ");
  for (size_t i = 0; i < type->kind.settings.count; i++)
    if (type->kind.settings.rows[i].required)
      buffer_printf(&yaml_text, "%s: '%s', ", type->kind.settings.rows[i].key,
                    value_of(type->kind.settings.rows[i].key));
  buffer_append_char(&yaml_text, '}');
  struct yaml *yaml = yaml_load_text(buffer_text(&yaml_text), "fuzz.yml", &error);
  struct settings_reader reader = {.context = {yaml, &problems}, .arena = arena};
  void *options = arena_alloc(arena, type->kind.settings.size);
  settings_read(&reader, yaml_root(yaml), "it", &type->kind.settings, options);
  must(problems.count == 0);
  yaml_free(yaml);
  buffer_free(&yaml_text);
  return options;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct arena arena; /* the options, read once */
  static void *options[KINDS_MAX];
  struct alert alert = make_alert(data, size);
  must(destination_kinds.count <= KINDS_MAX);
  for (size_t i = 0; i < destination_kinds.count; i++) {
    const struct destination_type *type = destination_type_of(destination_kinds.items[i]);
    options[i] = options[i] ? options[i] : read_options(type, &arena);
    struct destination destination = {.type = type, .id = TEXT("d"), .options = options[i]};
    struct delivery_try attempt = {.idempotency_key = TEXT("0123"), .attempt = 1, .now = 1};
    struct delivery_request request = {.method = NULL};
    struct error error = ERROR_NONE;
    if (type->render(&destination, &alert, &attempt, &request, &error))
      check_request(type, &request);
    else
      must(error.set);
    delivery_request_free(&request);
  }
  return 0;
}
