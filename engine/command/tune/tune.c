/* `margay tune`: an entry for `tuning` in margay.yml, and what it would have silenced. */
#include "command/terminal/format_option.h"
#include "command/tuning/tuning_edit.h"

#include "base/json_member.h"
#include "base/memory.h"
#include "command/command.h"
#include "command/config/load.h"
#include "command/state_file.h"
#include "command/terminal/moment.h"
#include "command/terminal/terminal.h"
#include "command/tune/tune_diff.h"
#include "command/tune/tune_effect.h"
#include "command/tune/tune_entry.h"
#include "command/tuning/tune_file.h"
#include "command/tuning/tune_reload.h"
#include "rule/tuning/tuning.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define ARCHIVE_DAYS "30d"

static const char *const modes[] = {"alert", "signal", "off", NULL};

static const struct option_row option_rows[] = {
    {"except", 0, OPTION_LIST, offsetof(struct tune_options, excepts), "KEY=VALUE",
     "leave out events like this, in where's words; may be repeated", 0, 0, NULL},
    {"mute-until", 0, OPTION_TEXT, offsetof(struct tune_options, mute_until), "TIME",
     "no alerts of events before this date or time", 0, 0, NULL},
    {"hours", 0, OPTION_LIST, offsetof(struct tune_options, hours), "WHEN",
     "'mon-fri 22:00-06:00 Europe/Zurich': no alerts of events then", 0, 0, NULL},
    {"severity", 0, OPTION_TEXT, offsetof(struct tune_options, severity), "LEVEL",
     "the alerts' severity: info, low, medium, high or critical", 0, 0, NULL},
    {"threshold", 0, OPTION_NUMBER, offsetof(struct tune_options, threshold), "N",
     "how many matches open an alert", 1, 1000000000, NULL},
    {"period", 0, OPTION_TEXT, offsetof(struct tune_options, period), "SPAN",
     "for how long matches with the same dedup are one alert, as in 4h", 0, 0, NULL},
    {"destinations", 0, OPTION_TEXT, offsetof(struct tune_options, destinations), "ID,…",
     "where its alerts go; '' is nowhere", 0, 0, NULL},
    {"mode", 0, OPTION_CHOICE, offsetof(struct tune_options, mode), "alert|signal|off",
     "what becomes of the rule's matches", 0, 0, modes},
    {"off", 0, OPTION_FLAG, offsetof(struct tune_options, off), NULL, "the same as --mode off", 0,
     0, NULL},
    {"reason", 0, OPTION_TEXT, offsetof(struct tune_options, reason), "TEXT",
     "why, for who reads it in a year; needed where alerts are silenced", 0, 0, NULL},
    {"since", 0, OPTION_TEXT, offsetof(struct tune_options, since), "TIME",
     "which events of the archive are looked at (30d)", 0, 0, NULL},
    {"dry-run", 0, OPTION_FLAG, offsetof(struct tune_options, dry_run), NULL,
     "show everything, write nothing", 0, 0, NULL},
    {"yes", 0, OPTION_FLAG, offsetof(struct tune_options, yes), NULL, "write without asking", 0, 0,
     NULL},
    {"reload", 0, OPTION_FLAG, offsetof(struct tune_options, reload), NULL,
     "let the running daemon take it (SIGHUP)", 0, 0, NULL},
    FORMAT_OPTION(struct tune_options, "how to print (default: text); json does not ask"),
    {"config", 'c', OPTION_TEXT, offsetof(struct tune_options, config), "FILE",
     "the configuration (default: margay.yml)", 0, 0, NULL},
    {"state", 0, OPTION_TEXT, offsetof(struct tune_options, state), "PATH",
     "the state file with the archive, in place of the configuration's", 0, 0, NULL},
};

static int run_command(int argc, char **argv);

const struct command command_tune = {
    .name = "tune",
    .summary = "change a rule in margay.yml, and see what that would have silenced",
    .arguments = "[OPTION]… RULE",
    .help =
        "Writes an entry for the rule (an id, or a pattern with *) into the list 'tuning' of the\n"
        "configuration, or completes the one of the same rule and reason. Everything else in the\n"
        "file stays as it is. Before that it shows what changes, and which alerts of the archive\n"
        "the entry would have silenced. One --except is one exception; 'A=x && B=y' holds where\n"
        "both do.",
    .example = "tune Zoom.Account.Settings.Weakened --except operator=svc@example.com \\\n"
               "    --reason 'provisioning does this all day' --dry-run",
    .example_help = "shows what leaving this account out would silence\n"
                    "  margay tune 'Zoom.Recording.*' --mute-until 2027-01-31 --reason CHG-1234\n"
                    "  margay tune Zoom.Guest.Alert.Disabled --severity low --yes --reload",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .run = run_command,
};

struct call {
  const struct tune_options *options;
  const char *config; /* as it was named */
  struct arena arena;
  struct tune_file file;
  struct buffer text; /* the new file's */
  struct buffer json; /* what is printed, with --format json */
  json_t *entry;
  struct detection *before, *after;
  struct problems warnings_before,
      warnings; /* of what changes nothing, without the entry and with */
  bool *chosen;
  struct store *store;
  time_us since, until;
};

static bool is_json(const struct call *call) {
  return call->options->format == FORMAT_JSON;
}

/* ---- the rules --------------------------------------------------------------------------- */

/* The new file's mistakes have the name of the file whose place it takes. */
static void rename_file(struct problems *problems, const char *old, const char *new) {
  for (size_t i = 0; i < problems->count; i++)
    if (strcmp(problems->items[i].file, old) == 0)
      snprintf(problems->items[i].file, sizeof problems->items[i].file, "%s", new);
}

/* What destinations themselves need is not asked for: this may be another machine or user. */
static void check_destinations(const char *path, struct problems *problems) {
  struct problems known = PROBLEMS_NONE; /* load_selected has reported them */
  struct config *config = config_load_detection(path, &known);
  if (config)
    load_check_tuning(config, problems);
  config_free(config);
  problems_clear(&known);
}

/* As the configuration has them, with its tuning. Every mistake is reported. */
static struct detection *load(struct call *call, const char *path, struct problems *warnings) {
  struct problems problems = PROBLEMS_NONE;
  struct load_paths paths = {.config = path, .warnings = warnings};
  struct detection *detection = load_selected(&call->arena, &paths, &problems);
  check_destinations(path, &problems);
  rename_file(&problems, path, call->config);
  rename_file(warnings, path, call->config);
  bool ok = load_report(&problems);
  problems_clear(&problems);
  if (ok)
    return detection;
  detection_release(detection);
  return NULL;
}

/* The rules that the entry names; an id gets the letters that it has. */
static bool choose_rules(struct call *call, const char *given, struct text *id) {
  const struct rule_set *rules = call->before->rules;
  const struct rule *rule = rule_set_find_folded(rules, text_from(given));
  *id = rule ? rule->id : text_from(given);
  const struct tuning_entry entry = {.rule = *id};
  bool any = false;
  call->chosen = arena_alloc(&call->arena, rules->count + 1);
  for (size_t i = 0; i < rules->count; i++)
    any |= call->chosen[i] = tuning_names(&entry, rules->rules[i].id);
  return any || load_report_unknown_rule(&command_tune, rules, *id);
}

static void select_rules(const struct call *call, struct detection *detection) {
  struct rule_set *rules = detection->rules;
  struct text *ids = memory_alloc_array(rules->count + 1, sizeof *ids);
  size_t count = 0;
  for (size_t i = 0; i < rules->count; i++)
    if (call->chosen[i])
      ids[count++] = rules->rules[i].id;
  rule_set_select(rules, ids, count);
  free(ids);
}

/* ---- showing ----------------------------------------------------------------------------- */

static void report(const struct error *error) {
  struct error_line line;
  options_report(&command_tune, "%s", error_line(error, &line));
}

/* What the entry adds to what changes nothing: an exception for a field that is none, say. Lines
 * may have moved, so warnings are the same when their texts are. */
static void show_warnings(const struct call *call) {
  struct error_line line;
  for (size_t i = 0; i < call->warnings.count; i++) {
    const struct error *warning = &call->warnings.items[i];
    bool known = false;
    for (size_t k = 0; k < call->warnings_before.count && !known; k++)
      known = strcmp(call->warnings_before.items[k].text, warning->text) == 0;
    if (!known)
      fprintf(stderr, "%s\n", error_line(warning, &line));
  }
}

/* Without an archive the entry can be written all the same. */
static void show_effect(struct call *call) {
  struct error error = ERROR_NONE;
  struct buffer page = BUFFER_NONE;
  const struct tune_effect effect = {.before = call->before,
                                     .after = call->after,
                                     .chosen = call->chosen,
                                     .excepts = call->options->excepts.count > 0,
                                     .store = call->store,
                                     .since = call->since,
                                     .until = call->until};
  select_rules(call, call->before);
  select_rules(call, call->after);
  if (call->store &&
      !tune_effect_write(&effect, is_json(call), is_json(call) ? &call->json : &page, &error))
    report(&error);
  if (page.size > 0)
    printf("%s\n", page.data);
  buffer_free(&page);
}

static void show_diff(struct call *call) {
  struct buffer diff = BUFFER_NONE;
  tune_diff(call->config, buffer_text(&call->file.old), buffer_text(&call->text),
            !is_json(call) && terminal_colours(stdout), &diff);
  if (is_json(call))
    json_member_text(&call->json, "diff", buffer_text(&diff));
  else
    fwrite(diff.data, 1, diff.size, stdout);
  buffer_free(&diff);
}

/* One object, whatever became of the entry. */
static void print_json(struct call *call, bool changed, bool written) {
  struct buffer visible = BUFFER_NONE;
  buffer_printf(&call->json, ",\"changed\":%s,\"written\":%s}\n", changed ? "true" : "false",
                written ? "true" : "false");
  buffer_append_json_visible(&visible, buffer_text(&call->json));
  fwrite(visible.data, 1, visible.size, stdout);
  fflush(stdout);
  buffer_free(&visible);
}

/* ---- writing ----------------------------------------------------------------------------- */

static bool may_write(const struct call *call) {
  if (call->options->dry_run) {
    if (!is_json(call))
      printf("\nNothing was written (--dry-run).\n");
    return false;
  }
  if (call->options->yes)
    return true;
  if (is_json(call)) {
    options_report(&command_tune, "nothing was written: --format json does not ask, and --yes was "
                                  "not given");
    return false;
  }
  if (!isatty(STDIN_FILENO)) {
    fflush(stdout);
    options_report(&command_tune, "nothing was written: there is no terminal to ask at, and --yes "
                                  "was not given");
    return false;
  }
  printf("\nWrite this to %s? [y/N] ", call->config);
  fflush(stdout);
  char answer[16];
  return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static bool replace_file(struct call *call) {
  struct error error = ERROR_NONE;
  bool ok = tune_file_write(&call->file, buffer_text(&call->text), &error) &&
            tune_file_replace(&call->file, &error);
  if (!ok)
    report(&error);
  return ok;
}

static int write_file(struct call *call) {
  bool may = may_write(call), written = may && replace_file(call);
  if (is_json(call))
    print_json(call, true, written);
  else if (written)
    printf("\n%s was written.\n", call->config);
  fflush(stdout);
  if (!may)
    return call->options->dry_run ? EXIT_DONE : EXIT_FAILURES;
  return written && tune_reload(&command_tune, call->store, call->options->reload, is_json(call))
             ? EXIT_DONE
             : EXIT_FAILURES;
}

/* The new text is read by who reads configurations before anybody sees it in the file's place. */
static int try_text(struct call *call) {
  struct error error = ERROR_NONE;
  const char *next = tune_file_write(&call->file, buffer_text(&call->text), &error)
                         ? tune_file_next(&call->file, &error)
                         : NULL;
  if (!next) {
    report(&error);
    return EXIT_FAILURES;
  }
  call->after = load(call, next, &call->warnings);
  tune_file_discard(&call->file);
  if (!call->after) {
    options_report(&command_tune, "with this entry the configuration has mistakes: nothing was "
                                  "written");
    return EXIT_USAGE;
  }
  call->store = state_file_open(call->config, call->options->state, &error);
  if (!call->store)
    report(&error);
  show_effect(call);
  show_diff(call);
  fflush(stdout);
  show_warnings(call);
  return write_file(call);
}

static int tune(struct call *call, const char *rule) {
  struct error error = ERROR_NONE;
  struct text id;
  bool changed;
  if (!tune_file_read(call->config, &call->file, &error)) {
    report(&error);
    return EXIT_FAILURES;
  }
  call->before = load(call, call->config, &call->warnings_before);
  if (call->before)
    load_report_rules(call->before->rules, false, false);
  if (!call->before || !choose_rules(call, rule, &id))
    return EXIT_USAGE;
  call->entry = tune_entry(&command_tune, call->options, id);
  if (!call->entry)
    return EXIT_USAGE;
  if (!tuning_edit(buffer_text(&call->file.old), call->config, call->entry, &call->text, &changed,
                   &error)) {
    report(&error);
    return EXIT_FAILURES;
  }
  json_member_text(&call->json, "config", text_from(call->config));
  json_member_text(&call->json, "rule", id);
  if (!changed) {
    if (is_json(call))
      print_json(call, false, false);
    else
      printf("%s says all of this already.\n", call->config);
    return EXIT_DONE;
  }
  return try_text(call);
}

static void clear(struct call *call) {
  detection_release(call->before);
  detection_release(call->after);
  problems_clear(&call->warnings_before);
  problems_clear(&call->warnings);
  store_close(call->store);
  json_decref(call->entry);
  buffer_free(&call->text);
  buffer_free(&call->json);
  tune_file_clear(&call->file);
  arena_free(&call->arena);
}

static int run_command(int argc, char **argv) {
  struct tune_options options = {.mode = -1};
  struct clock clock = clock_system();
  struct arena arena = ARENA_NONE;
  struct operands operands;
  int status;
  if (options_parse(&command_tune, argc, argv, &arena, &options, &operands, &status)) {
    struct call call = {.options = &options,
                        .config = options.config ? options.config : CONFIG_DEFAULT_PATH,
                        .until = clock_now(&clock)};
    buffer_append_char(&call.json, '{');
    status = EXIT_USAGE;
    if (operands.count != 1)
      options_wrong(&command_tune,
                    operands.count ? "one rule at a time: '%s' is too much" : "name the rule%s",
                    operands.count ? operands.items[1] : "");
    else if (moment_read(&command_tune, "since", options.since ? options.since : ARCHIVE_DAYS,
                         &call.since))
      status = tune(&call, operands.items[0]);
    clear(&call);
  }
  arena_free(&arena);
  return status;
}
