/* margay sim: the Zoom simulator, the chat receiver, or made-up records on stdout. */
#include "command/command.h"
#include "command/sim_webhooks.h"
#include "command/terminal/options.h"

#include "base/memory.h"
#include "sim/receiver.h"
#include "sim/report_kind.h"
#include "sim/sim.h"
#include "sim/tenant/output.h"

#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sim_arguments {
  bool receiver, shift, to_exclusive, oldest_first, tokens_coexist, classic_scopes, deny_login;
  int64_t port, latency_ms, seed, count, users, days;
  struct text_list_option faults, generate, no_scope, attacks;
  const char *account_id, *client_id, *client_secret, *token_lifetime, *page_token_lifetime;
  const char *refresh_grace;
  const char *start, *end, *now, *matches, *out, *from, *output, *attack_log;
  int print; /* row of PRINT */
  struct sim_webhooks_arguments webhooks;
};

/* Row 0 is none; then the reports in their order. */
static const char *const PRINT[] = {"",
                                    "operation",
                                    "activity",
                                    "meeting_activity",
                                    "phone_operation",
                                    "contact_center_operation",
                                    "remote_support",
                                    "chat_channel_activity",
                                    "video_sdk_operation",
                                    NULL};

#define AT(field) offsetof(struct sim_arguments, field)
#define COUNT_DEFAULT 1000
#define COUNT_MAX INT64_C(1000000000)
#define WRITE_SIZE ((size_t)256 * 1024)
#define TENANT_FROM "2026-01-05" /* a Monday; always the same, so that the records are, too */

static const struct option_row OPTIONS[] = {
    {.name = "port",
     .kind = OPTION_NUMBER,
     .offset = AT(port),
     .argument = "PORT",
     .help = "listen on 127.0.0.1:PORT (default: any free port)",
     .max = 65535},
    {.name = "generate",
     .kind = OPTION_LIST,
     .offset = AT(generate),
     .argument = "REPORT=N",
     .help = "make up N records of a report: operation, activity, …"},
    {.name = "seed",
     .kind = OPTION_NUMBER,
     .offset = AT(seed),
     .argument = "N",
     .help = "the same seed makes the same records (default: 1)",
     .max = INT64_MAX},
    {.name = "start",
     .kind = OPTION_TEXT,
     .offset = AT(start),
     .argument = "TIME",
     .help = "made-up records begin here (default: 24 hours before the end)"},
    {.name = "end",
     .kind = OPTION_TEXT,
     .offset = AT(end),
     .argument = "TIME",
     .help = "and end here (default: now)"},
    {.name = "matches",
     .kind = OPTION_TEXT,
     .offset = AT(matches),
     .argument = "SHARE",
     .help = "share of made-up operations that bundled rules match (default: 0.01)"},
    {.name = "shift",
     .kind = OPTION_FLAG,
     .offset = AT(shift),
     .help = "move the times of records from files so that the newest is at the end"},
    {.name = "now",
     .kind = OPTION_TEXT,
     .offset = AT(now),
     .argument = "TIME",
     .help = "stop the simulator's clock at this time"},
    {.name = "account-id",
     .kind = OPTION_TEXT,
     .offset = AT(account_id),
     .argument = "ID",
     .help = "credentials that are asked for (default: " SIM_ACCOUNT_ID ")"},
    {.name = "client-id",
     .kind = OPTION_TEXT,
     .offset = AT(client_id),
     .argument = "ID",
     .help = "(default: " SIM_CLIENT_ID ")"},
    {.name = "client-secret",
     .kind = OPTION_TEXT,
     .offset = AT(client_secret),
     .argument = "SECRET",
     .help = "(default: " SIM_CLIENT_SECRET ")"},
    {.name = "token-lifetime",
     .kind = OPTION_TEXT,
     .offset = AT(token_lifetime),
     .argument = "DURATION",
     .help = "of an access token (default: 1h)"},
    {.name = "tokens-coexist",
     .kind = OPTION_FLAG,
     .offset = AT(tokens_coexist),
     .help = "a new access token leaves the one before it valid"},
    {.name = "refresh-grace",
     .kind = OPTION_TEXT,
     .offset = AT(refresh_grace),
     .argument = "DURATION",
     .help = "how long the refresh token before the latest works (default: 0)"},
    {.name = "classic-scopes",
     .kind = OPTION_FLAG,
     .offset = AT(classic_scopes),
     .help = "the app has classic scopes (default: granular ones)"},
    {.name = "deny-login",
     .kind = OPTION_FLAG,
     .offset = AT(deny_login),
     .help = "the user does not let a General app in"},
    {.name = "page-token-lifetime",
     .kind = OPTION_TEXT,
     .offset = AT(page_token_lifetime),
     .argument = "DURATION",
     .help = "of a next_page_token (default: 15m)"},
    {.name = "to-exclusive",
     .kind = OPTION_FLAG,
     .offset = AT(to_exclusive),
     .help = "leave out the rows of the day `to`"},
    {.name = "oldest-first",
     .kind = OPTION_FLAG,
     .offset = AT(oldest_first),
     .help = "serve rows oldest first (default: newest first)"},
    {.name = "no-scope",
     .kind = OPTION_LIST,
     .offset = AT(no_scope),
     .argument = "REPORT",
     .help = "refuse this report as if the app lacked its scope"},
    {.name = "latency",
     .kind = OPTION_NUMBER,
     .offset = AT(latency_ms),
     .argument = "MS",
     .help = "answer every request this much later",
     .max = 3600000},
    {.name = "fault",
     .kind = OPTION_LIST,
     .offset = AT(faults),
     .argument = "FAULT",
     .help = "make a fault; may be given many times"},
    {.name = "receiver",
     .kind = OPTION_FLAG,
     .offset = AT(receiver),
     .help = "receive chat and webhook messages instead"},
    {.name = "out",
     .kind = OPTION_TEXT,
     .offset = AT(out),
     .argument = "FILE",
     .help = "with --receiver: append the messages as NDJSON"},
    {.name = "print",
     .kind = OPTION_CHOICE,
     .offset = AT(print),
     .argument = "REPORT",
     .help = "write made-up records on stdout as NDJSON instead",
     .choices = PRINT},
    {.name = "count",
     .kind = OPTION_NUMBER,
     .offset = AT(count),
     .argument = "N",
     .help = "with --print and --webhooks: how many (default: 1000)",
     .max = COUNT_MAX},
    {.name = "webhooks",
     .kind = OPTION_TEXT,
     .offset = AT(webhooks.url),
     .argument = "URL",
     .help = "send webhooks there instead: the lines of FILE, or made-up ones"},
    {.name = "secret-token",
     .kind = OPTION_TEXT,
     .offset = AT(webhooks.secret_token),
     .argument = "TOKEN",
     .help = "with --webhooks: signs them (default: " SIM_CLIENT_SECRET ")"},
    {.name = "connections",
     .kind = OPTION_NUMBER,
     .offset = AT(webhooks.connections),
     .argument = "N",
     .help = "with --webhooks: that many requests side by side (default: 1)",
     .min = 1,
     .max = SENDER_CONNECTIONS_MAX},
    {.name = "rate",
     .kind = OPTION_NUMBER,
     .offset = AT(webhooks.rate),
     .argument = "N",
     .help = "with --webhooks: events a second (default: as many as are taken)",
     .max = COUNT_MAX},
    {.name = "burst",
     .kind = OPTION_NUMBER,
     .offset = AT(webhooks.burst),
     .argument = "N",
     .help = "with --rate: that many at once, and then a pause (default: 1)",
     .min = 1,
     .max = COUNT_MAX},
    {.name = "repeated",
     .kind = OPTION_TEXT,
     .offset = AT(webhooks.repeated),
     .argument = "SHARE",
     .help = "with --webhooks: share that is sent again although it was taken"},
    {.name = "forged",
     .kind = OPTION_TEXT,
     .offset = AT(webhooks.forged),
     .argument = "SHARE",
     .help = "with --webhooks: so many more come with a wrong signature"},
    {.name = "retry-after",
     .kind = OPTION_LIST,
     .offset = AT(webhooks.retry_after),
     .argument = "DURATION",
     .help = "with --webhooks: a retry waits so long (default: 5m 20m 60m)"},
    {.name = "ca-file",
     .kind = OPTION_TEXT,
     .offset = AT(webhooks.ca_file),
     .argument = "FILE",
     .help = "with --webhooks: trust the authorities in this PEM file"},
    {.name = "tenant",
     .kind = OPTION_NUMBER,
     .offset = AT(users),
     .argument = "USERS",
     .help = "write the records of a lifelike account on stdout as NDJSON instead",
     .min = TENANT_USERS_MIN,
     .max = TENANT_USERS_MAX},
    {.name = "days",
     .kind = OPTION_NUMBER,
     .offset = AT(days),
     .argument = "N",
     .help = "with --tenant: of how many days (default: 1)",
     .min = 1,
     .max = TENANT_DAYS_MAX},
    {.name = "from",
     .kind = OPTION_TEXT,
     .offset = AT(from),
     .argument = "DATE",
     .help = "with --tenant: the first day, in UTC (default: " TENANT_FROM ")"},
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .offset = AT(output),
     .argument = "FOLDER",
     .help = "with --tenant: write a file for each kind of record"},
    {.name = "attack",
     .kind = OPTION_LIST,
     .offset = AT(attacks),
     .argument = "NAME[:day=N]",
     .help = "with --tenant: add an attack; may be given many times"},
    {.name = "attack-log",
     .kind = OPTION_TEXT,
     .offset = AT(attack_log),
     .argument = "FILE",
     .help = "with --attack: write which records are whose"},
};

static int run_command(int argc, char **argv);

const struct command command_sim = {
    .name = "sim",
    .summary = "simulate Zoom or a chat service",
    .arguments = "[OPTION]… [FILE|FOLDER]…",
    .help = "Simulates Zoom: OAuth and the report API over records from files (NDJSON, JSON,\n"
            "API pages) or made-up ones, with faults on request. It says where it listens, ends\n"
            "on SIGTERM or SIGINT, and then prints its statistics as JSON. While it runs they\n"
            "are at /stats.\n"
            "\n"
            "With --webhooks it sends instead, as Zoom does: the challenge, then each event,\n"
            "signed, and again after 5, 25 and 85 minutes if it is answered with 5xx or not at\n"
            "all. At the end it prints what became of them as JSON, with the time that answers\n"
            "took. The status is 1 if an event was lost or a forged one taken.",
    .example = "sim --port 8080 --generate operation=10000 --fault 429:every=7,retry-after=1",
    .example_help = "10,000 operations, and every seventh request is one too many",
    .options = OPTIONS,
    .option_count = sizeof OPTIONS / sizeof *OPTIONS,
    .run = run_command,
};

static bool read_time(const char *option, const char *written, time_us *time) {
  if (!written || time_parse(text_from(written), time))
    return true;
  options_wrong(&command_sim, "--%s '%s' is not a time, like 2024-03-21T07:09:03Z", option,
                written);
  return false;
}

static bool read_duration(const char *option, const char *written, int64_t *duration_us) {
  struct error error = ERROR_NONE;
  if (!written || duration_parse(text_from(written), duration_us, &error))
    return true;
  options_wrong(&command_sim, "--%s: %s", option, error.text);
  return false;
}

static bool read_share(const char *option, const char *written, double *share) {
  if (!written)
    return true;
  char *end;
  *share = strtod(written, &end);
  if (end != written && *end == '\0' && *share >= 0 && *share <= 1)
    return true;
  options_wrong(&command_sim, "--%s '%s' is not a number from 0 to 1", option, written);
  return false;
}

/* "operation=10000" */
static bool read_generate(const struct sim_arguments *arguments, struct sim_options *options) {
  for (size_t i = 0; i < arguments->generate.count; i++) {
    const char *written = arguments->generate.items[i].data, *equal = strchr(written, '=');
    enum sim_report report;
    char *end = NULL;
    long long count = equal ? strtoll(equal + 1, &end, 10) : -1;
    if (!equal || end == equal + 1 || *end || count < 0 || count > COUNT_MAX ||
        !sim_report_parse((struct text){written, (size_t)(equal - written)}, &report)) {
      char *names = report_kind_names("or");
      options_wrong(&command_sim, "--generate '%s' is not REPORT=N, where REPORT is %s", written,
                    names);
      free(names);
      return false;
    }
    options->count[report] = (uint64_t)count;
  }
  return true;
}

static bool read_no_scope(const struct sim_arguments *arguments, struct sim_options *options) {
  for (size_t i = 0; i < arguments->no_scope.count; i++) {
    enum sim_report report;
    if (!sim_report_parse(arguments->no_scope.items[i], &report)) {
      char *names = report_kind_names("or");
      options_wrong(&command_sim, "--no-scope '%s' is not %s", arguments->no_scope.items[i].data,
                    names);
      free(names);
      return false;
    }
    options->no_scope[report] = true;
  }
  return true;
}

static int run_webhooks(const struct sim_arguments *arguments, const struct operands *paths) {
  struct sender_options options = sender_options_default();
  if (paths->count > 1) {
    options_wrong(&command_sim, "--webhooks takes one FILE, with one body a line");
    return EXIT_USAGE;
  }
  options.bodies = paths->count ? paths->items[0] : NULL;
  options.seed = (uint64_t)arguments->seed;
  options.count =
      arguments->count >= 0 ? (uint64_t)arguments->count : (options.bodies ? 0 : COUNT_DEFAULT);
  if (!read_share("repeated", arguments->webhooks.repeated, &options.repeated) ||
      !read_share("forged", arguments->webhooks.forged, &options.forged))
    return EXIT_USAGE;
  return sim_webhooks(&command_sim, &arguments->webhooks, &options);
}

static const char **list_of(const struct text_list_option *option) {
  const char **list = memory_alloc_array(option->count, sizeof *list);
  for (size_t i = 0; i < option->count; i++)
    list[i] = option->items[i].data;
  return list;
}

/* So that threads that start from here on leave these to wait_for_end. */
static sigset_t hold_signals(void) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, NULL);
  return signals;
}

static void wait_for_end(const sigset_t *signals, uint16_t port) {
  int signal;
  printf("listening on http://127.0.0.1:%u\n", port);
  fflush(stdout);
  while (sigwait(signals, &signal) != 0)
    continue;
}

static int report(const struct error *error) {
  struct error_line line;
  fprintf(stderr, "margay sim: %s\n", error_line(error, &line));
  return EXIT_USAGE;
}

static int run_receiver(const struct sim_arguments *arguments) {
  struct error error = ERROR_NONE;
  const char **faults = list_of(&arguments->faults);
  struct receiver_options options = {.port = (uint16_t)arguments->port,
                                     .out = arguments->out,
                                     .faults = faults,
                                     .fault_count = arguments->faults.count,
                                     .seed = (uint64_t)arguments->seed};
  sigset_t signals = hold_signals();
  struct receiver *receiver = receiver_start(&options, &error);
  free(faults);
  if (!receiver)
    return report(&error);
  struct buffer stats = BUFFER_NONE;
  wait_for_end(&signals, receiver_port(receiver));
  receiver_stats_json(receiver, &stats);
  printf("%s\n", stats.data);
  buffer_free(&stats);
  receiver_stop(receiver);
  return EXIT_DONE;
}

static int run_sim(const struct sim_arguments *arguments, struct sim_options *options) {
  struct error error = ERROR_NONE;
  const char **faults = list_of(&arguments->faults);
  options->faults = faults;
  options->fault_count = arguments->faults.count;
  sigset_t signals = hold_signals();
  struct sim *sim = sim_start(options, &error);
  free(faults);
  if (!sim)
    return report(&error);
  struct buffer stats = BUFFER_NONE;
  wait_for_end(&signals, sim_port(sim));
  sim_stats_json(sim, &stats);
  printf("%s\n", stats.data);
  buffer_free(&stats);
  sim_stop(sim);
  return EXIT_DONE;
}

static int print_records(const struct sim_arguments *arguments, const struct sim_options *options) {
  struct generate_options generate = {.seed = options->seed,
                                      .count = arguments->count >= 0 ? (uint64_t)arguments->count
                                                                     : COUNT_DEFAULT,
                                      .start = options->start,
                                      .end = options->end,
                                      .match_share = options->match_share};
  if (generate.end == TIME_NONE)
    generate.end = clock_now(&options->clock);
  if (generate.start == TIME_NONE)
    generate.start = generate.end - US_PER_DAY;
  struct generator generator;
  struct buffer out = BUFFER_NONE;
  bool good = true;
  generator_start(&generator, &generate);
  for (uint64_t i = 0; i < generate.count && good; i++) {
    report_kinds[arguments->print - 1].generate(&generator, &out, NULL);
    buffer_append_char(&out, '\n');
    if (out.size >= WRITE_SIZE || i + 1 == generate.count) {
      good = fwrite(out.data, 1, out.size, stdout) == out.size;
      buffer_reset(&out);
    }
  }
  generator_free(&generator);
  buffer_free(&out);
  return EXIT_DONE; /* main says when it could not be written */
}

/* "2026-01-05" */
static bool read_date(const char *written, time_us *time) {
  struct buffer whole = BUFFER_NONE;
  buffer_printf(&whole, "%sT00:00:00Z", written);
  bool good = strlen(written) == sizeof TENANT_FROM - 1 && time_parse(buffer_text(&whole), time);
  buffer_free(&whole);
  return good;
}

static int write_tenant(const struct sim_arguments *arguments, const struct operands *paths) {
  if (paths->count)
    return options_wrong(&command_sim, "--tenant makes records and takes no FILE, as '%s'",
                         paths->items[0]);
  const char *from = arguments->from ? arguments->from : TENANT_FROM;
  struct tenant_options options = {.seed = (uint64_t)arguments->seed,
                                   .users = (uint32_t)arguments->users,
                                   .days = arguments->days ? (uint32_t)arguments->days : 1};
  if (!read_date(from, &options.from))
    return options_wrong(&command_sim, "--from '%s' is not a date, like " TENANT_FROM, from);
  const char **attacks = list_of(&arguments->attacks);
  options.attacks = attacks;
  options.attack_count = arguments->attacks.count;
  struct tenant_output output = {.folder = arguments->output, .attack_log = arguments->attack_log};
  struct tenant_counts counts;
  struct error error = ERROR_NONE;
  bool good = tenant_write(&options, &output, &counts, &error);
  free(attacks);
  if (!good)
    return report(&error);
  if (output.folder)
    for (int log = 0; log < TENANT_LOGS; log++)
      printf("%" PRIu64 " records in %s/%s.ndjson\n", counts.records[log], output.folder,
             TENANT_LOG_NAMES[log]);
  return EXIT_DONE;
}

static bool read_options(const struct sim_arguments *arguments, time_us *now,
                         struct sim_options *options) {
  *options = sim_options_default();
  options->port = (uint16_t)arguments->port;
  options->seed = (uint64_t)arguments->seed;
  options->shift = arguments->shift;
  options->account_id = arguments->account_id;
  options->client_id = arguments->client_id;
  options->client_secret = arguments->client_secret;
  options->tokens_coexist = arguments->tokens_coexist;
  options->classic_scopes = arguments->classic_scopes;
  options->deny_login = arguments->deny_login;
  options->to_exclusive = arguments->to_exclusive;
  options->oldest_first = arguments->oldest_first;
  options->latency_us = arguments->latency_ms * US_PER_MS;
  if (!read_time("start", arguments->start, &options->start) ||
      !read_time("end", arguments->end, &options->end) || !read_time("now", arguments->now, now) ||
      !read_duration("token-lifetime", arguments->token_lifetime, &options->token_lifetime_us) ||
      !read_duration("refresh-grace", arguments->refresh_grace, &options->refresh_grace_us) ||
      !read_duration("page-token-lifetime", arguments->page_token_lifetime,
                     &options->page_token_lifetime_us) ||
      !read_share("matches", arguments->matches, &options->match_share) ||
      !read_generate(arguments, options) || !read_no_scope(arguments, options))
    return false;
  if (arguments->now)
    options->clock = clock_fixed(now);
  if (!arguments->users && (arguments->days || arguments->from || arguments->output ||
                            arguments->attacks.count || arguments->attack_log)) {
    options_wrong(&command_sim,
                  "--days, --from, --output, --attack and --attack-log need --tenant USERS");
    return false;
  }
  if (arguments->users && (arguments->receiver || arguments->print || arguments->generate.count ||
                           arguments->webhooks.url)) {
    options_wrong(&command_sim,
                  "--tenant goes with none of --receiver, --print, --generate and --webhooks");
    return false;
  }
  if (options->start != TIME_NONE && options->end != TIME_NONE && options->start > options->end) {
    options_wrong(&command_sim, "--start is after --end");
    return false;
  }
  return true;
}

static int run_command(int argc, char **argv) {
  struct arena arena = ARENA_NONE;
  struct sim_arguments arguments = {.seed = 1,
                                    .count = -1,
                                    .account_id = SIM_ACCOUNT_ID,
                                    .client_id = SIM_CLIENT_ID,
                                    .client_secret = SIM_CLIENT_SECRET};
  struct sim_options options;
  time_us now = TIME_NONE;
  struct operands paths;
  int status;
  if (!options_parse(&command_sim, argc, argv, &arena, &arguments, &paths, &status))
    goto done;
  status = EXIT_USAGE;
  if (!read_options(&arguments, &now, &options))
    goto done;
  options.paths = (const char *const *)paths.items;
  options.path_count = paths.count;
  if (arguments.webhooks.url)
    status = run_webhooks(&arguments, &paths);
  else if (arguments.receiver)
    status = run_receiver(&arguments);
  else if (arguments.users)
    status = write_tenant(&arguments, &paths);
  else if (arguments.print > 0)
    status = print_records(&arguments, &options);
  else
    status = run_sim(&arguments, &options);
done:
  arena_free(&arena);
  return status;
}
