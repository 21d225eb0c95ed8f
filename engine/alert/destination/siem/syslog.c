/*
 * Syslog (RFC 5424), a message for every occasion of an alert: over TLS (RFC 5425) or TCP (RFC
 * 6587), both with the length before each message, or as a datagram (RFC 5426). Nobody answers;
 * base/web/stream_client.h says what is known. After a crash a message may come again, with the
 * same key.
 *
 * Receivers must take 480 bytes, should take 2048 (RFC 5424 6.1), and cut or drop what is longer
 * than they are set to: rsyslog and syslog-ng 8 and 64 KiB. CEF: "ArcSight Common Event Format
 * (CEF) Implementation Standard", revision 26.
 */
#include "alert/destination/destination_server.h"
#include "alert/destination/destination_tls.h"
#include "alert/destination/siem/syslog_message.h"
#include "base/web/stream_client.h"

#include <unistd.h>

static const char *const transport_names[] = {"tls", "tcp", "udp", NULL}; /* enum stream_kind */
static const char *const format_names[] = {"text", "json", "cef", NULL};  /* enum syslog_format */
static const char *const facility_names[] = {
    "kern",   "user",     "mail",   "daemon", "auth",   "syslog", "lpr",   "news",   "uucp",
    "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock", "local0", "local1",
    "local2", "local3",   "local4", "local5", "local6", "local7", NULL};

struct syslog_options {
  struct text server, host_name, app_name;
  int transport, format, facility;
  int64_t max_size;
  struct destination_tls tls;
};

static const struct setting settings[] = {
    {.key = "server",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct syslog_options, server),
     .required = true,
     .help = "the receiver, as `host` or `host:port`; the usual port is 6514, or 601 with "
             "`transport: tcp`, or 514 with `transport: udp`"},
    {.key = "transport",
     .kind = SETTING_CHOICE,
     .offset = offsetof(struct syslog_options, transport),
     .choices = transport_names,
     .fallback = "tls",
     .help = "`tls`; `tcp` and `udp` send alerts in the clear"},
    {.key = "format",
     .kind = SETTING_CHOICE,
     .offset = offsetof(struct syslog_options, format),
     .choices = format_names,
     .fallback = "text",
     .help = "`text`: a line and structured data; `json`: an object; `cef`: ArcSight's form"},
    {.key = "facility",
     .kind = SETTING_CHOICE,
     .offset = offsetof(struct syslog_options, facility),
     .choices = facility_names,
     .fallback = "local0",
     .help = "the facility"},
    {.key = "host_name",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct syslog_options, host_name),
     .usual = "the machine's",
     .help = "the host that messages name as their sender"},
    {.key = "app_name",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct syslog_options, app_name),
     .fallback = "margay",
     .help = "the program that messages name as their sender"},
    {.key = "max_size",
     .kind = SETTING_SIZE,
     .offset = offsetof(struct syslog_options, max_size),
     .min = 2048,
     .max = 1 << 20,
     .fallback = "8KiB",
     .help = "of a message; what the receiver takes"},
    DESTINATION_TLS_SETTINGS(offsetof(struct syslog_options, tls)),
};

/* PRINTUSASCII of RFC 5424. */
static bool is_name(struct text name, size_t most) {
  for (size_t i = 0; i < name.size; i++)
    if (name.data[i] < 33 || name.data[i] > 126)
      return false;
  return name.size <= most;
}

static bool check(const void *untyped, struct error *error) {
  const struct syslog_options *options = untyped;
  if (!is_name(options->host_name, SYSLOG_HOST_NAME_MAX))
    return error_set(error, "host_name: at most %d ASCII characters, without spaces",
                     SYSLOG_HOST_NAME_MAX);
  if (options->app_name.size == 0 || !is_name(options->app_name, SYSLOG_APP_NAME_MAX))
    return error_set(error, "app_name: at most %d ASCII characters, without spaces",
                     SYSLOG_APP_NAME_MAX);
  return destination_server_check(options->server, error) &&
         destination_tls_check(&options->tls, error);
}

static enum delivery_verdict run(const struct delivery_work *work, struct error *reason) {
  static const enum delivery_verdict verdicts[] = {[STREAM_SENT] = DELIVERY_DONE,
                                                   [STREAM_FAILED] = DELIVERY_RETRY,
                                                   [STREAM_PRIVATE] = DELIVERY_RETRY,
                                                   [STREAM_TOO_LARGE] = DELIVERY_PARK};
  const struct stream_request request = {.kind = (enum stream_kind)work->arguments.data[0],
                                         .server = work->target.data,
                                         .bytes = work->body,
                                         .tls = work->tls,
                                         .proxy = work->proxy,
                                         .guarded = work->guarded,
                                         .stop_fd = work->stop_fd,
                                         .until = work->until};
  enum stream_outcome outcome = stream_send(&request, reason);
  if (outcome == STREAM_PRIVATE)
    error_append(reason, ": say `allow_private: true` if that is meant");
  return verdicts[outcome];
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  static const int ports[] = {[STREAM_TLS] = 6514, [STREAM_TCP] = 601, [STREAM_UDP] = 514};
  (void)error;
  const struct syslog_options *options = destination->options;
  const struct siem_record record = siem_record_of(destination, alert, attempt);
  char machine[SYSLOG_HOST_NAME_MAX + 1] = "";
  if (options->host_name.size == 0 && gethostname(machine, sizeof machine - 1) != 0)
    machine[0] = '\0';
  struct text host_name = options->host_name.size > 0 ? options->host_name : text_from(machine);
  if (!is_name(host_name, SYSLOG_HOST_NAME_MAX) || host_name.size == 0)
    host_name = TEXT("-");
  const struct syslog_form form = {.format = (enum syslog_format)options->format,
                                   .facility = options->facility,
                                   .host_name = host_name,
                                   .app_name = options->app_name,
                                   .max_size = (size_t)options->max_size};
  struct buffer message = BUFFER_NONE;
  syslog_message_append(&message, &form, &record);
  if (options->transport != STREAM_UDP)
    buffer_printf(&request->body, "%zu ", message.size);
  buffer_append_text(&request->body, buffer_text(&message));
  buffer_free(&message);
  request->transport = DELIVERY_WORK;
  request->work.run = run;
  request->work.verb = "send by syslog to";
  buffer_append_char(&request->work.arguments, (char)options->transport);
  destination_append_server(&request->url, options->server, ports[options->transport]);
  request->tls = destination_tls_files(&options->tls);
  return true;
}

const struct destination_type destination_syslog = {
    .kind = {.name = "syslog",
             .help = "a syslog receiver: a message for every occasion, as text, JSON or CEF",
             .settings = SETTINGS(settings, struct syslog_options),
             .check = check},
    .occasions = ALERT_WHEN_ALWAYS,
    .render = render,
};
