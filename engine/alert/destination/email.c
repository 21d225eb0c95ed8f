/*
 * A mail, by SMTP (RFC 5321) to the mail server of one's own: TLS by STARTTLS (RFC 3207) unless it
 * is said otherwise, at the ports of RFC 8314. Lines have at most 998 characters (RFC 5322 2.1.1);
 * the size that a server takes is its own business, and this mail is below a MiB.
 */
#include "alert/destination/destination.h"
#include "alert/destination/destination_server.h"
#include "alert/destination/destination_tls.h"
#include "alert/destination/email_message.h"
#include "alert/destination/email_recipients.h"

enum email_tls { TLS_STARTTLS, TLS_IMPLICIT, TLS_NONE };
static const char *const tls_names[] = {"starttls", "implicit", "none", NULL};

struct email_options {
  struct text server, from, user, password;
  struct setting_list to;
  int tls; /* enum email_tls */
  struct destination_tls files;
};

static const struct setting settings[] = {
    {.key = "server",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct email_options, server),
     .required = true,
     .help = "the mail server, as `host` or `host:port`; the usual port is 587, or 465 with `tls: "
             "implicit`, or 25 with `tls: none`"},
    {.key = "tls",
     .kind = SETTING_CHOICE,
     .offset = offsetof(struct email_options, tls),
     .choices = tls_names,
     .fallback = "starttls",
     .help = "`starttls`, which the server must offer; `implicit`: from the start; `none`"},
    {.key = "from",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct email_options, from),
     .required = true,
     .help = "the address that mails come from"},
    {.key = "to",
     .kind = SETTING_LIST,
     .offset = offsetof(struct email_options, to),
     .required = true,
     .alone = true,
     .help = "the addresses that mails go to"},
    {.key = "user",
     .kind = SETTING_TEXT,
     .offset = offsetof(struct email_options, user),
     .help = "the name for the login; without it there is none"},
    {.key = "password",
     .kind = SETTING_SECRET,
     .offset = offsetof(struct email_options, password),
     .help = "the password for the login"},
    DESTINATION_TLS_SETTINGS(offsetof(struct email_options, files)),
};

static bool check(const void *untyped, struct error *error) {
  const struct email_options *options = untyped;
  if (!destination_server_check(options->server, error))
    return false;
  if (!email_is_address(options->from))
    return error_set(error, "from: write a plain address, such as margay@example.com");
  if (options->to.count == 0)
    return error_set(error, "to: nobody would get the mails: name an address");
  if (options->to.count > EMAIL_RECIPIENTS_MAX)
    return error_set(error, "to: at most %d addresses: name a mailing list", EMAIL_RECIPIENTS_MAX);
  for (size_t i = 0; i < options->to.count; i++)
    if (!email_is_address(options->to.items[i]))
      return error_set(error, "to: write plain addresses, such as soc@example.com");
  if ((options->user.size > 0) != (options->password.size > 0))
    return error_set(error, "a login needs both user and password");
  if (options->tls == TLS_NONE && options->password.size > 0)
    return error_set(error, "tls: none would send the password in the clear: leave one out");
  return destination_tls_check(&options->files, error);
}

static void write_url(const struct email_options *options, struct buffer *url) {
  static const int ports[] = {[TLS_STARTTLS] = 587, [TLS_IMPLICIT] = 465, [TLS_NONE] = 25};
  buffer_append_string(url, options->tls == TLS_IMPLICIT ? "smtps://" : "smtp://");
  destination_append_server(url, options->server, ports[options->tls]);
}

static bool render(const struct destination *destination, const struct alert *alert,
                   const struct delivery_try *attempt, struct delivery_request *request,
                   struct error *error) {
  const struct email_options *options = destination->options;
  request->transport = DELIVERY_MAIL;
  request->tls = destination_tls_files(&options->files);
  write_url(options, &request->url);
  request->mail.from = options->from.data;
  request->mail.plain = options->tls == TLS_NONE;
  request->mail.user = options->user.size > 0 ? options->user.data : NULL;
  request->mail.password = options->password.size > 0 ? options->password.data : NULL;
  if (!email_recipients(attempt, &options->to, &request->mail.to, error))
    return false;
  struct arena arena = ARENA_NONE;
  struct message message;
  message_write(&message, alert, destination->display, &attempt->occasion, &arena);
  bool first = attempt->occasion.occasion == OCCASION_OPENED;
  const struct email email = {.from = options->from,
                              .to = options->to.items,
                              .to_count = options->to.count,
                              .alert_id = alert->id,
                              .key = first ? TEXT("") : attempt->idempotency_key,
                              .now = attempt->now,
                              .message = &message};
  email_append(&request->body, &email);
  arena_free(&arena);
  return true;
}

const struct destination_type destination_email = {
    .kind = {.name = "email",
             .help = "mails, by a mail server of your own",
             .settings = SETTINGS(settings, struct email_options),
             .check = check},
    .takes_template = true,
    .occasions =
        ALERT_WHEN(OCCASION_ROSE) | ALERT_WHEN(OCCASION_RESOLVED) | ALERT_WHEN(OCCASION_REOPENED),
    .storm_limit = STORM_LIMIT_OF_CHATS,
    .render = render,
};
