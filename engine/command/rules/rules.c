#include "api/rules/attack.h"
#include "base/buffer.h"
#include "base/suggestion.h"
#include "command/command.h"
#include "command/config/bundled.h"
#include "command/config/load.h"
#include "command/rules/noise_output.h"
#include "command/rules/rules_list.h"
#include "command/state_file.h"
#include "command/terminal/moment.h"
#include "command/terminal/table.h"
#include "command/terminal/terminal.h"

#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

struct rules_options {
  struct text_list_option log_types, severities, tags, techniques, packs, evidence, schemas,
      statuses;
  const char *config, *sigma, *state, *since, *rule;
  bool unsupported, strict, silent;
  int coverage, format, sort;
};

enum rules_format { FORMAT_TEXT = NOISE_TEXT, FORMAT_JSON = NOISE_JSON, FORMAT_CSV = NOISE_CSV };
static const char *const formats[] = {"text", "json", "csv", NULL};

static const char *const sorts[] = {"alerts", "matches", NULL}; /* enum noise_sort */

enum { COVERAGE_NONE, COVERAGE_MITRE };
static const char *const coverages[] = {"none", "mitre", NULL};

static const struct option_row option_rows[] = {
    {"log-type", 't', OPTION_LIST, offsetof(struct rules_options, log_types), "TYPE",
     "only rules for this log type; this and the next five may be repeated", 0, 0, NULL},
    {"severity", 0, OPTION_LIST, offsetof(struct rules_options, severities), "LEVEL",
     "only rules of this severity", 0, 0, NULL},
    {"tag", 0, OPTION_LIST, offsetof(struct rules_options, tags), "TAG", "only rules with this tag",
     0, 0, NULL},
    {"technique", 0, OPTION_LIST, offsetof(struct rules_options, techniques), "ID",
     "only rules for this MITRE ATT&CK technique, or for a part of it", 0, 0, NULL},
    {"pack", 0, OPTION_LIST, offsetof(struct rules_options, packs), "NAME",
     "only rules of this pack, as in zoom-core", 0, 0, NULL},
    {"evidence", 0, OPTION_LIST, offsetof(struct rules_options, evidence), "WORD",
     "only rules whose words are documented, from a sample, or a guess", 0, 0, NULL},
    {"coverage", 0, OPTION_CHOICE, offsetof(struct rules_options, coverage), "mitre",
     "a layer for the ATT&CK Navigator: which techniques the rules look for", 0, 0, coverages},
    {"unsupported", 'u', OPTION_FLAG, offsetof(struct rules_options, unsupported), NULL,
     "the Sigma rules that are not supported, and why; exits with 1 if any", 0, 0, NULL},
    {"since", 0, OPTION_TEXT, offsetof(struct rules_options, since), "TIME",
     "noise: of events of then or later: 2024-03-21, or 7d (30d)", 0, 0, NULL},
    {"rule", 0, OPTION_TEXT, offsetof(struct rules_options, rule), "PATTERN",
     "noise: only rules whose ids are like this: 'Zoom.User.*'", 0, 0, NULL},
    {"sort", 0, OPTION_CHOICE, offsetof(struct rules_options, sort), "alerts|matches",
     "noise: what the order and SHARE are by (default: alerts)", 0, 0, sorts},
    {"silent", 0, OPTION_FLAG, offsetof(struct rules_options, silent), NULL,
     "noise: list the rules without a match, too", 0, 0, NULL},
    {"state", 0, OPTION_TEXT, offsetof(struct rules_options, state), "PATH",
     "noise: the state file itself; no configuration is read", 0, 0, NULL},
    {"config", 'c', OPTION_TEXT, offsetof(struct rules_options, config), "FILE",
     "rules, schemas, Sigma mapping, tuning, and for noise the state file", 0, 0, NULL},
    {"schemas", 's', OPTION_LIST, offsetof(struct rules_options, schemas), "PATH",
     "schemas, any number of times (default: bundled, those that ship)", 0, 0, NULL},
    {"sigma", 0, OPTION_TEXT, offsetof(struct rules_options, sigma), "FILE",
     "log types for logsources of Sigma rules that no schema names", 0, 0, NULL},
    {"status", 0, OPTION_LIST, offsetof(struct rules_options, statuses), "STATUS", LOAD_STATUS_HELP,
     0, 0, NULL},
    {"strict", 0, OPTION_FLAG, offsetof(struct rules_options, strict), NULL, LOAD_STRICT_HELP, 0, 0,
     NULL},
    {"format", 'f', OPTION_CHOICE, offsetof(struct rules_options, format), "text|json|csv",
     "text for people (default), one JSON object per line, or (noise) CSV", 0, 0, formats},
};

static int run_command(int argc, char **argv);

const struct command command_rules = {
    .name = "rules",
    .summary = "list rules, show one, say which make noise, write their ATT&CK coverage",
    .arguments = "[OPTION]… [list [PATH]… | show RULE [PATH]… | noise [PATH]… | PATH…]",
    .help =
        "Lists the rules in the files and folders named, or the bundled ones; 'show' prints all\n"
        "of one. 'noise' says what each rule found, by the state file that margay.yml names, "
        "which\n"
        "may be in use: its matches (also those of signals), the alerts that were sent, how many\n"
        "actors there were, and who had the most matches.\n"
        "Exits with 1 if a rule has a mistake, with 2 if a schema has.",
    .example = "rules list --log-type Zoom.Operation --technique T1556",
    .example_help = "the rules about operations that look for this technique\n"
                    "  margay rules noise --since 7d\n"
                    "    what alerted last week, the noisiest first\n"
                    "  margay rules noise --rule 'Zoom.User.*' --sort matches --format csv",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

/* ---- what is not supported ---- */

static void add_member(struct buffer *line, const char *name, struct text value) {
  buffer_printf(line, ",\"%s\":", name);
  buffer_append_json_string(line, value);
}

static void print_refusal(const struct rule_refusal *refusal, FILE *out) {
  struct buffer line = BUFFER_NONE;
  buffer_append_string(&line, "{\"file\":");
  buffer_append_json_string(&line, text_from(refusal->file));
  buffer_printf(&line, ",\"line\":%u", refusal->line);
  add_member(&line, "id", refusal->id);
  add_member(&line, "title", refusal->title);
  add_member(&line, "reason", text_from(refusal->reason));
  buffer_append_char(&line, '}');
  struct buffer visible = BUFFER_NONE;
  buffer_append_json_visible(&visible, buffer_text(&line));
  fprintf(out, "%s\n", visible.data);
  buffer_free(&line);
  buffer_free(&visible);
}

static void print_refusals(const struct rule_set *rules, FILE *out) {
  static const char *const headings[] = {"PLACE", "RULE", "WHY"};
  struct table *table = table_new(headings, 3);
  struct buffer lines = BUFFER_NONE;
  struct arena arena = ARENA_NONE;
  for (size_t i = 0; i < rules->refusal_count; i++) {
    const struct rule_refusal *refusal = &rules->refusals[i];
    table_add(table, text_from(arena_printf(&arena, "%s:%u", refusal->file, refusal->line)), NULL);
    table_add(table, refusal->title.size ? refusal->title : refusal->id, NULL);
    table_add(table, text_from(refusal->reason), NULL);
  }
  if (rules->refusal_count)
    table_write(table, terminal_colours(out), terminal_width(out), &lines);
  buffer_printf(&lines, "%s%zu rule%s supported, %zu not\n", rules->refusal_count ? "\n" : "",
                rules->count, rules->count == 1 ? "" : "s", rules->refusal_count);
  fwrite(lines.data, 1, lines.size, out);
  buffer_free(&lines);
  arena_free(&arena);
  table_free(table);
}

static int report_unsupported(const struct rule_set *rules, enum rules_format format) {
  if (format == FORMAT_TEXT)
    print_refusals(rules, stdout);
  for (size_t i = 0; format == FORMAT_JSON && i < rules->refusal_count; i++)
    print_refusal(&rules->refusals[i], stdout);
  return rules->refusal_count ? EXIT_FAILURES : EXIT_DONE;
}

/* ---- which rules ---- */

static bool holds(const struct text_list *list, struct text text) {
  for (size_t i = 0; i < list->count; i++)
    if (text_equal_folded(list->items[i], text))
      return true;
  return false;
}

/* Whether one of the wanted texts is in the list; true when none is wanted. */
static bool fits(const struct text_list_option *wanted, const struct text_list *list) {
  for (size_t i = 0; i < wanted->count; i++)
    if (holds(list, wanted->items[i]))
      return true;
  return wanted->count == 0;
}

static bool fits_severity(const struct text_list_option *wanted, enum severity severity) {
  for (size_t i = 0; i < wanted->count; i++) {
    enum severity one;
    if (severity_parse(wanted->items[i], &one) && one == severity)
      return true;
  }
  return wanted->count == 0;
}

static bool fits_text(const struct text_list_option *wanted, struct text text) {
  return fits(wanted, &(struct text_list){.items = &text, .count = 1});
}

static bool fits_technique(const struct text_list_option *wanted, const struct rule *rule,
                           struct arena *arena) {
  struct attack_technique *techniques;
  size_t count = wanted->count ? attack_techniques(rule, arena, &techniques) : 0;
  for (size_t i = 0; i < count; i++)
    for (size_t k = 0; k < wanted->count; k++)
      if (attack_is(&techniques[i], wanted->items[k]))
        return true;
  return wanted->count == 0;
}

static struct rule_list select_rules(const struct rules_options *options,
                                     const struct rule_set *set, struct arena *arena) {
  const struct rule **items = arena_alloc(arena, (set->count + 1) * sizeof(struct rule *));
  size_t count = 0;
  for (size_t i = 0; i < set->count; i++) {
    const struct rule *rule = &set->rules[i];
    if (fits(&options->log_types, &rule->log_types) && fits(&options->tags, &rule->tags) &&
        fits_severity(&options->severities, rule->severity) &&
        fits_text(&options->packs, rule->pack) &&
        fits_text(&options->evidence, text_from(rule_evidence_names[rule->evidence])) &&
        fits_technique(&options->techniques, rule, arena))
      items[count++] = rule;
  }
  return (struct rule_list){items, count};
}

static bool severities_exist(const struct rules_options *options) {
  for (size_t i = 0; i < options->severities.count; i++) {
    enum severity severity;
    if (severity_parse(options->severities.items[i], &severity))
      continue;
    options_wrong(&command_rules, "--severity '%s' is none of info, low, medium, high, critical",
                  options->severities.items[i].data);
    return false;
  }
  return true;
}

static bool evidence_exists(const struct rules_options *options) {
  for (size_t i = 0; i < options->evidence.count; i++) {
    enum rule_evidence evidence;
    if (rule_evidence_parse(options->evidence.items[i], &evidence))
      continue;
    struct suggestion suggestion;
    options_wrong(&command_rules, "--evidence '%s' is none of documented, sample, guess%s",
                  options->evidence.items[i].data,
                  suggestion_find(options->evidence.items[i], rule_evidence_names + 1,
                                  RULE_EVIDENCE_COUNT - 1, &suggestion));
    return false;
  }
  return true;
}

/* Reports a pack that none of the rules is in; the packs are those that the rules name. */
static bool packs_exist(const struct rules_options *options, const struct rule_set *set) {
  struct arena arena = ARENA_NONE;
  const char **names = arena_alloc(&arena, (set->count + 1) * sizeof *names);
  bool ok = true;
  for (size_t i = 0; i < set->count; i++)
    names[i] = set->rules[i].pack.data ? set->rules[i].pack.data : "";
  for (size_t i = 0; ok && i < options->packs.count; i++) {
    bool found = false;
    for (size_t k = 0; k < set->count && !found; k++)
      found = text_equal_folded(options->packs.items[i], set->rules[k].pack);
    struct suggestion suggestion;
    if (!found) {
      ok = false;
      options_wrong(&command_rules, "--pack '%s': no rule is in it%s", options->packs.items[i].data,
                    suggestion_find(options->packs.items[i], names, set->count, &suggestion));
    }
  }
  arena_free(&arena);
  return ok;
}

/* ---- the command ---- */

/* What the operands ask for: the rule to show (NULL: all are listed) and the paths. */
struct request {
  const char *rule;
  bool noise;
  char **paths;
  size_t path_count;
};

/* Reports a path that is none, and the word that may be meant. */
static bool path_exists(const char *path) {
  static const char *const words[] = {"list", "show", "noise", BUNDLED_WORD};
  const char *near = text_nearest(text_from(path), words, sizeof words / sizeof *words);
  struct suggestion suggestion;
  if (!near || bundled_is_meant(text_from(path)) || access(path, F_OK) == 0)
    return true; /* what is wrong with it is reported when it is read */
  options_wrong(&command_rules, "there is no file or folder '%s'%s", path,
                suggestion_write(near, &suggestion));
  return false;
}

static bool read_request(const struct operands *operands, struct request *request) {
  const char *first = operands->count ? operands->items[0] : "";
  bool list = strcmp(first, "list") == 0, show = strcmp(first, "show") == 0,
       noise = strcmp(first, "noise") == 0;
  size_t taken = list || noise ? 1 : show ? 2 : 0;
  if (taken > operands->count) {
    options_wrong(&command_rules, "name the rule to show");
    return false;
  }
  if (!taken && operands->count > 0 && !path_exists(first))
    return false;
  *request = (struct request){.rule = show ? operands->items[1] : NULL,
                              .noise = noise,
                              .paths = operands->items + taken,
                              .path_count = operands->count - taken};
  return true;
}

static int show_rule(const struct rules_options *options, const struct rule_set *set,
                     const char *id) {
  const struct rule *rule = rule_set_find_folded(set, text_from(id));
  if (!rule)
    return load_report_unknown_rule(&command_rules, set, text_from(id)) ? EXIT_DONE : EXIT_USAGE;
  struct arena arena = ARENA_NONE;
  struct suppressed_counts counts = rules_suppressed(&arena, options->config);
  struct rules_routes *routes = rules_routes_read(options->config);
  if (options->format == FORMAT_JSON)
    rules_print_json(rule, &counts, routes, true, stdout);
  else {
    rules_print_rule(rule, stdout);
    rules_routes_print_rule(routes, rule, stdout);
  }
  rules_routes_free(routes);
  arena_free(&arena);
  return EXIT_DONE;
}

static int list_rules(const struct rules_options *options, const struct rule_set *set) {
  struct arena arena = ARENA_NONE;
  struct rule_list rules = select_rules(options, set, &arena);
  struct suppressed_counts counts = rules_suppressed(&arena, options->config);
  struct rules_routes *routes = rules_routes_read(options->config);
  if (options->coverage == COVERAGE_MITRE)
    rules_print_layer(&rules, stdout);
  else if (options->format == FORMAT_TEXT) {
    rules_print_table(&rules, stdout);
    rules_print_changes(&rules, &counts, stdout);
    rules_routes_print_table(routes, &rules, stdout);
  } else {
    for (size_t i = 0; i < rules.count; i++)
      rules_print_json(rules.items[i], &counts, routes, false, stdout);
  }
  rules_routes_free(routes);
  arena_free(&arena);
  return EXIT_DONE;
}

static int report_noise(const struct rules_options *options, const struct rule_set *set) {
  struct noise_choice choice = {
      .pattern = options->rule, .sort = (enum noise_sort)options->sort, .silent = options->silent};
  struct noise noise = {.count = 0};
  struct error error = ERROR_NONE;
  struct error_line line;
  if (!moment_read(&command_rules, "since", options->since, &choice.since))
    return EXIT_USAGE;
  struct arena arena = ARENA_NONE;
  choice.rules = select_rules(options, set, &arena);
  struct store *store = state_file_open(options->config, options->state, &error);
  bool ok = store && noise_read(store, set, &choice, &noise, &error);
  if (ok)
    noise_print(&noise, &choice, (enum noise_format)options->format, stdout);
  else
    options_report(&command_rules, "%s", error_line(&error, &line));
  noise_clear(&noise);
  arena_free(&arena);
  store_close(store);
  return ok ? EXIT_DONE : EXIT_FAILURES;
}

static int report(const struct rules_options *options, const struct request *request,
                  const struct rule_set *set) {
  if (options->unsupported)
    return report_unsupported(set, (enum rules_format)options->format);
  if (request->noise)
    return report_noise(options, set);
  return request->rule ? show_rule(options, set, request->rule) : list_rules(options, set);
}

/* What was asked for, and what reading the rules left over; the worse of both. */
static int report_all(const struct rules_options *options, const struct request *request,
                      const struct rule_set *set) {
  int left_over = load_report_rules(set, options->strict, options->unsupported);
  if (left_over == EXIT_USAGE)
    return left_over;
  int status = report(options, request, set);
  return status == EXIT_DONE ? left_over : status;
}

/* Options of one action that another one would ignore. */
static bool options_fit(const struct rules_options *options, const struct request *request) {
  const struct {
    bool given;
    const char *name;
  } of_noise[] = {{options->since, "--since"},
                  {options->rule, "--rule"},
                  {options->state, "--state"},
                  {options->silent, "--silent"},
                  {options->sort != NOISE_BY_ALERTS, "--sort"},
                  {options->format == FORMAT_CSV, "--format csv"}};
  for (size_t i = 0; !request->noise && i < sizeof of_noise / sizeof *of_noise; i++)
    if (of_noise[i].given) {
      options_wrong(&command_rules, "%s goes with 'noise'", of_noise[i].name);
      return false;
    }
  return true;
}

/* Noise is of the rules that run, so of the default configuration when none is named. */
static const char *rules_config(const struct rules_options *options,
                                const struct request *request) {
  bool standard = request->noise && !options->config && !options->state;
  return standard ? CONFIG_DEFAULT_PATH : options->config;
}

static int run_command(int argc, char **argv) {
  struct arena arena = ARENA_NONE;
  struct problems problems = PROBLEMS_NONE;
  struct rules_options options = {0};
  struct detection *detection = NULL;
  struct operands operands;
  struct request request;
  int status;
  if (!options_parse(&command_rules, argc, argv, &arena, &options, &operands, &status))
    goto done;
  status = EXIT_USAGE;
  unsigned statuses;
  if (!read_request(&operands, &request) || !options_fit(&options, &request) ||
      !severities_exist(&options) || !evidence_exists(&options) ||
      !load_read_statuses(&command_rules, &options.statuses, &statuses))
    goto done;
  struct text *paths = arena_alloc(&arena, (request.path_count + 1) * sizeof *paths);
  for (size_t i = 0; i < request.path_count; i++)
    paths[i] = text_from(request.paths[i]);
  struct load_paths load = {.rules = paths,
                            .rule_count = request.path_count,
                            .schemas = options.schemas,
                            .sigma = options.sigma,
                            .config = rules_config(&options, &request),
                            .statuses = statuses};
  detection = load_selected(&arena, &load, &problems);
  if (detection && problems.count == 0 &&
      (!load_log_types_exist(&command_rules, detection->schemas, &options.log_types) ||
       !packs_exist(&options, detection->rules)))
    goto done;
  if (detection)
    status = report_all(&options, &request, detection->rules);
  if (!load_report(&problems))
    status = EXIT_USAGE;
done:
  detection_release(detection);
  problems_clear(&problems);
  arena_free(&arena);
  return status;
}
