#include "command/sim/sim_internal.h"

#include "base/memory.h"
#include "sim/report_kind.h"

#include <stdlib.h>
#include <string.h>

static bool read_time(const struct sim_arguments *arguments, const char *option,
                      const char *written, time_us *time) {
  if (!written || time_parse(text_from(written), time))
    return true;
  options_wrong(arguments->command, "--%s '%s' is not a time, like 2024-03-21T07:09:03Z", option,
                written);
  return false;
}

static bool read_duration(const struct sim_arguments *arguments, const char *option,
                          const char *written, int64_t *duration_us) {
  struct error error = ERROR_NONE;
  if (!written || duration_parse(text_from(written), duration_us, &error))
    return true;
  options_wrong(arguments->command, "--%s: %s", option, error.text);
  return false;
}

bool sim_read_share(const struct sim_arguments *arguments, const char *option, const char *written,
                    double *share) {
  if (!written)
    return true;
  char *end;
  *share = strtod(written, &end);
  if (end != written && *end == '\0' && *share >= 0 && *share <= 1)
    return true;
  options_wrong(arguments->command, "--%s '%s' is not a number from 0 to 1", option, written);
  return false;
}

const char **sim_list_of(const struct text_list_option *option) {
  const char **list = memory_alloc_array(option->count, sizeof *list);
  for (size_t i = 0; i < option->count; i++)
    list[i] = option->items[i].data;
  return list;
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
      options_wrong(arguments->command, "--generate '%s' is not REPORT=N, where REPORT is %s",
                    written, names);
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
      options_wrong(arguments->command, "--no-scope '%s' is not %s",
                    arguments->no_scope.items[i].data, names);
      free(names);
      return false;
    }
    options->no_scope[report] = true;
  }
  return true;
}

bool sim_read_options(const struct sim_arguments *arguments, time_us *now,
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
  if (!read_time(arguments, "start", arguments->start, &options->start) ||
      !read_time(arguments, "end", arguments->end, &options->end) ||
      !read_time(arguments, "now", arguments->now, now) ||
      !read_duration(arguments, "token-lifetime", arguments->token_lifetime,
                     &options->token_lifetime_us) ||
      !read_duration(arguments, "refresh-grace", arguments->refresh_grace,
                     &options->refresh_grace_us) ||
      !read_duration(arguments, "page-token-lifetime", arguments->page_token_lifetime,
                     &options->page_token_lifetime_us) ||
      !sim_read_share(arguments, "matches", arguments->matches, &options->match_share) ||
      !read_generate(arguments, options) || !read_no_scope(arguments, options))
    return false;
  if (arguments->now)
    options->clock = clock_fixed(now);
  if (!arguments->users && (arguments->days || arguments->from || arguments->output ||
                            arguments->attacks.count || arguments->attack_log)) {
    options_wrong(arguments->command,
                  "--days, --from, --output, --attack and --attack-log need --tenant USERS");
    return false;
  }
  if (arguments->users && (arguments->receiver || arguments->print || arguments->generate.count ||
                           arguments->webhooks.url)) {
    options_wrong(arguments->command,
                  "--tenant goes with none of --receiver, --print, --generate and --webhooks");
    return false;
  }
  if (options->start != TIME_NONE && options->end != TIME_NONE && options->start > options->end) {
    options_wrong(arguments->command, "--start is after --end");
    return false;
  }
  return true;
}
