#include "command/terminal/completion.h"

/* "--format | -f) words="text json" ;;" for each option that takes one of a few words. */
static void print_choices(const struct command *command, FILE *out) {
  for (size_t i = 0; i < command->option_count; i++) {
    const struct option_row *row = &command->options[i];
    if (row->kind != OPTION_CHOICE || !row->help)
      continue;
    fprintf(out, "    %s:--%s", command->name, row->name);
    if (row->letter)
      fprintf(out, " | %s:-%c", command->name, row->letter);
    fputs(") words=\"", out);
    for (size_t j = 0; row->choices[j]; j++)
      fprintf(out, "%s%s", j ? " " : "", row->choices[j]);
    fputs("\" ;;\n", out);
  }
}

static void print_options(const struct command *command, FILE *out) {
  fprintf(out, "      %s) words=\"", command->name);
  for (size_t i = 0; i < command->option_count; i++)
    if (command->options[i].help)
      fprintf(out, "--%s ", command->options[i].name);
  fputs("--help\" ;;\n", out);
}

void completion_print(const struct command *const *commands, size_t count, FILE *out) {
  fputs("# bash completion for margay: source it, or put it where bash-completion looks.\n"
        "_margay() {\n"
        "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words=\n"
        "  case $COMP_CWORD:${COMP_WORDS[1]}:$before in\n"
        "  1:* | 2:help:*) words=\"",
        out);
  for (size_t i = 0; i < count; i++)
    fprintf(out, "%s ", commands[i]->name);
  fputs("help --help --version --completion\" ;;\n"
        "  *)\n"
        "    case ${COMP_WORDS[1]}:$before in\n",
        out);
  for (size_t i = 0; i < count; i++)
    print_choices(commands[i], out);
  fputs("    *)\n"
        "      [[ $word != -* ]] || case ${COMP_WORDS[1]} in\n",
        out);
  for (size_t i = 0; i < count; i++)
    print_options(commands[i], out);
  fputs("      esac ;;\n"
        "    esac ;;\n"
        "  esac\n"
        "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
        "}\n"
        "complete -o default -F _margay margay\n",
        out);
}
