#include "base/buffer.h"
#include "command/command.h"
#include "command/load.h"
#include "command/table.h"
#include "command/terminal.h"

#include <stddef.h>
#include <stdio.h>

struct rules_options {
  const char *config, *sigma;
  bool unsupported;
  int format;
};

enum rules_format { FORMAT_TEXT, FORMAT_JSON };
static const char *const formats[] = {"text", "json", NULL};

static const struct option_row option_rows[] = {
    {"unsupported", 'u', OPTION_FLAG, offsetof(struct rules_options, unsupported), NULL,
     "the Sigma rules that are not taken, and why; ends with 1 when there are any", 0, 0, NULL},
    {"config", 'c', OPTION_TEXT, offsetof(struct rules_options, config), "FILE",
     "rules and the Sigma mapping of this configuration", 0, 0, NULL},
    {"sigma", 0, OPTION_TEXT, offsetof(struct rules_options, sigma), "FILE",
     "what the logsources of Sigma rules mean (default: Zoom's)", 0, 0, NULL},
    {"format", 'f', OPTION_CHOICE, offsetof(struct rules_options, format), "text|json",
     "text for people (default), or one JSON object a line", 0, 0, formats},
};

static const struct command_usage usage = {
    .name = "rules",
    .arguments = "[OPTION]… [PATH]…",
    .summary = "Tells of the rules in the files and folders named, or of the bundled ones.\n"
               "Ends with 2 when a rule has a mistake.",
    .example = "rules --unsupported --sigma windows.yml sigma/rules",
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
};

/* ---- what is not taken ---- */

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
  buffer_printf(&lines, "%s%zu rules taken, %zu not\n", rules->refusal_count ? "\n" : "",
                rules->count, rules->refusal_count);
  fwrite(lines.data, 1, lines.size, out);
  buffer_free(&lines);
  arena_free(&arena);
  table_free(table);
}

static int tell_unsupported(const struct rule_set *rules, enum rules_format format) {
  if (format == FORMAT_TEXT)
    print_refusals(rules, stdout);
  for (size_t i = 0; format == FORMAT_JSON && i < rules->refusal_count; i++)
    print_refusal(&rules->refusals[i], stdout);
  return rules->refusal_count ? EXIT_FAILURES : EXIT_DONE;
}

/* ---- the command ---- */

int command_rules(int argc, char **argv) {
  struct arena arena = ARENA_NONE;
  struct problems problems = PROBLEMS_NONE;
  struct rules_options options = {0};
  struct detection *detection = NULL;
  struct operands operands;
  int status;
  if (!options_parse(&usage, argc, argv, &arena, &options, &operands, &status))
    goto done;
  if (!options.unsupported) {
    status = options_wrong(&usage, "say what to tell: --unsupported");
    goto done;
  }
  struct text *paths = arena_alloc(&arena, (operands.count + 1) * sizeof *paths);
  for (size_t i = 0; i < operands.count; i++)
    paths[i] = text_from(operands.items[i]);
  struct load_paths load = {.rules = paths,
                            .rule_count = operands.count,
                            .unchecked = true,
                            .sigma = options.sigma,
                            .config = options.config};
  detection = load_selected(&arena, &load, &problems);
  status = detection ? tell_unsupported(detection->rules, (enum rules_format)options.format)
                     : EXIT_USAGE;
  if (!load_report(&problems))
    status = EXIT_USAGE;
done:
  detection_release(detection);
  problems_clear(&problems);
  arena_free(&arena);
  return status;
}
