#include "command/sim/sim_internal.h"

#include "sim/report_kind.h"
#include "sim/tenant/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRITE_SIZE ((size_t)256 * 1024)

int sim_print_records(const struct sim_arguments *arguments, const struct sim_options *options) {
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

int sim_write_tenant(const struct sim_arguments *arguments, const struct operands *paths) {
  if (paths->count)
    return options_wrong(arguments->command, "--tenant makes records and takes no FILE, as '%s'",
                         paths->items[0]);
  const char *from = arguments->from ? arguments->from : TENANT_FROM;
  struct tenant_options options = {.seed = (uint64_t)arguments->seed,
                                   .users = (uint32_t)arguments->users,
                                   .days = arguments->days ? (uint32_t)arguments->days : 1};
  if (!read_date(from, &options.from))
    return options_wrong(arguments->command, "--from '%s' is not a date, like " TENANT_FROM, from);
  const char **attacks = sim_list_of(&arguments->attacks);
  options.attacks = attacks;
  options.attack_count = arguments->attacks.count;
  struct tenant_output output = {.folder = arguments->output, .attack_log = arguments->attack_log};
  struct tenant_counts counts;
  struct error error = ERROR_NONE;
  bool good = tenant_write(&options, &output, &counts, &error);
  free(attacks);
  if (!good)
    return sim_report(arguments, &error);
  if (output.folder)
    for (int log = 0; log < TENANT_LOGS; log++)
      printf("%" PRIu64 " records in %s/%s.ndjson\n", counts.records[log], output.folder,
             TENANT_LOG_NAMES[log]);
  return EXIT_DONE;
}
