#!/usr/bin/env bats
# margay's help, and its messages about a wrong command line.

bats_require_minimum_version 1.5.0

setup_file() {
  export MARGAY="${MARGAY:-$BATS_TEST_DIRNAME/../../build/margay}"
  export FOLDER
  FOLDER="$(mktemp -d)"
  # Those that the help names: a new command is tested, too.
  export commands
  commands="$("$MARGAY" --help | sed -nE 's/^  ([a-z]+) +.*/\1/p' | tr '\n' ' ')"
  mkdir "$FOLDER/help"
  for command in $commands; do
    "$MARGAY" "$command" --help >"$FOLDER/help/$command" 2>"$FOLDER/complaints"
    [ ! -s "$FOLDER/complaints" ]
  done
  "$MARGAY" --completion >"$FOLDER/completion"
}

teardown_file() {
  rm -rf "$FOLDER"
}

margay() {
  run --separate-stderr "$MARGAY" "$@"
  echo "status $status"
  echo "$output"
  echo "$stderr"
}

@test "the help names every command and its purpose" {
  [ "$(wc -w <<<"$commands")" -ge 10 ]
  margay --help
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  for command in $commands; do
    [[ "$output" == *$'\n'"  $command "* ]]
  done
  help="$output"
  margay -h
  [ "$output" = "$help" ]
  margay help
  [ "$output" = "$help" ]
}

@test "a missing command is a mistake" {
  margay
  [ "$status" -eq 2 ]
  [ -z "$output" ]
  [[ "$stderr" == *"Usage: margay COMMAND"* ]]
}

@test "each command's help has a usage, every option and an example" {
  for command in $commands; do
    long="$(cat "$FOLDER/help/$command")"
    [[ "$long" == "Usage: margay $command"* ]]
    [[ "$long" == *"  -h, --help "* ]]
    [[ "$long" == *"Example:"$'\n'"  margay $command"* ]]
    [ "$("$MARGAY" "$command" -h)" = "$long" ]
    [ "$("$MARGAY" help "$command")" = "$long" ]
  done
}

# "LETTER LONG" of each option with a letter, over all commands, each once.
letters() {
  sed -nE 's/^  (-[a-z]), (--[a-z-]+).*/\1 \2/p' "$FOLDER"/help/* | sort -u
}

@test "a letter means the same in every command" {
  letters="$(letters)"
  [ "$(wc -l <<<"$letters")" -gt 8 ]
  [ -z "$(cut -d' ' -f1 <<<"$letters" | uniq -d)" ]
}

@test "an option has the same letter in every command" {
  for long in $(letters | cut -d' ' -f2); do
    run grep -E -- "^ +$long( |$)" "$FOLDER"/help/*
    [ -z "$output" ] || { echo "$output"; return 1; }
  done
}

@test "no line of help is wider than a terminal" {
  "$MARGAY" --help >"$BATS_TEST_TMPDIR/help"
  run grep -E '.{101}' "$BATS_TEST_TMPDIR/help" "$FOLDER"/help/*
  [ "$status" -eq 1 ]
}

# What margay.yml asks the environment for. Nothing listens there.
set_account() {
  export ZOOM_ACCOUNT_ID=a ZOOM_CLIENT_ID=b ZOOM_CLIENT_SECRET=c SLACK_WEBHOOK_URL=http://127.0.0.1:9/
}

# The examples of the help, run where a user would try them: at the root of the project.
example_of() {
  "$MARGAY" "$1" --help | sed -n '/^Example/,$s/^  margay/"$MARGAY"/p' | head -n 1
}

@test "the examples run" {
  cd "$BATS_TEST_DIRNAME/../.."
  set_account
  for command in scan test check demo; do
    echo "$(example_of $command)"
    eval "run --separate-stderr $(example_of $command)"
    echo "$output"
    echo "$stderr"
    [ "$status" -eq 0 ]
    [ -n "$output" ]
  done
}

@test "the examples of commands that run until they are stopped start" {
  cd "$BATS_TEST_DIRNAME/../.."
  set_account
  export MARGAY_STATE="$FOLDER/margay.db"
  # Not Zoom's own address.
  sed 's|^    reports:.*|&\n    api_url: http://127.0.0.1:9\n    token_url: http://127.0.0.1:9|' margay.yml >"$FOLDER/margay.yml"
  example=$(example_of run)
  cd "$FOLDER"
  bash -c "exec $example" >"$FOLDER/out" 2>"$FOLDER/err" 3>&- &
  pid=$!
  timeout 60 sh -c "until grep -q 'msg=started' '$FOLDER/err'; do sleep 0.05; done"
  kill "$pid"
  wait "$pid"
  # The previous example has created the store.
  margay alerts list --state "$FOLDER/margay.db"
  [ "$status" -eq 0 ]
  [ "$stderr" = "no alerts" ]
}

@test "the demo takes its own configuration, and refuses one that is not the demo's" {
  root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  mkdir -p "$FOLDER/bin" "$FOLDER/share/margay"
  cp "$MARGAY" "$FOLDER/bin/margay"
  ln -s "$root/rules" "$root/schemas" "$root/fixtures" "$FOLDER/share/margay"
  sed 's/api_url: .*/api_url: https:\/\/api.zoom.us\/v2/' "$root/demo.yml" >"$FOLDER/share/margay/demo.yml"
  cd "$root"
  run --separate-stderr "$FOLDER/bin/margay" demo
  [ "$status" -ne 0 ]
  [[ "$stderr" == *"demo.yml: this is not the demo's configuration any more"* ]]
}

@test "docs/commands.md has a row for every command, with the words of its help" {
  document="$BATS_TEST_DIRNAME/../../docs/commands.md"
  while read -r name summary; do
    row="| \`margay $name\` | $summary |"
    grep -qF -- "$row" "$document" || { echo "no row: $row"; return 1; }
  done < <("$MARGAY" --help | sed -nE 's/^  ([a-z]+) +(.*)/\1 \2/p')
  [ "$(grep -c '^| `margay ' "$document")" -eq "$(wc -w <<<"$commands")" ]
}

# What bash offers for the last of these words.
# shellcheck disable=SC2016 # the inner bash expands it
completed() {
  bash -c 'source "$FOLDER/completion" && COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) && _margay &&
    printf "%s\n" "${COMPREPLY[@]}"' bash margay "$@" | sort | tr '\n' ' '
}

@test "bash completes commands, options, and the words that an option takes" {
  [ "$(completed r)" = "rules run " ]
  [ "$(completed help sca)" = "scan " ]
  [ "$(completed scan --form)" = "--format " ]
  [ "$(completed scan --format '')" = "json text " ]
  [ "$(completed test -f j)" = "json junit " ]
  [ "$(completed check fil)" = " " ] # bash completes files
  [[ "$(completed check --)" != *settings-markdown* ]]
  for command in $commands; do
    [[ "$(completed "$command" --)" == *"--help "* ]]
  done
}

@test "an unknown command is reported with the nearest known one" {
  margay scna
  [ "$status" -eq 2 ]
  [[ "$stderr" == "margay: unknown command 'scna' (did you mean 'scan'?)"* ]]
  margay mute
  [ "$status" -eq 2 ]
  [ "$stderr" = "margay: unknown command 'mute': try 'margay tune --mute-until'" ]
  margay frobnicate
  [ "$status" -eq 2 ]
  [[ "$stderr" == "margay: unknown command 'frobnicate'"* ]]
  [[ "$stderr" != *"did you mean"* ]]
  margay --verson
  [ "$status" -eq 2 ]
  [[ "$stderr" == "margay: unknown option '--verson' (did you mean '--version'?)"* ]]
}

@test "the commands and options that hints name exist" {
  local command option
  while read -r command option; do
    [ -f "$FOLDER/help/$command" ]
    [ -z "$option" ] || grep -qw -e "$option" "$FOLDER/help/$command"
  done < <(sed -n '/^} hints/,/^};/p' "$BATS_TEST_DIRNAME/../../engine/main.c" |
    grep -o 'margay [a-z]\+\( [-a-z]\+\)\?' | cut -d' ' -f2-)
}

@test "an unknown option is reported with the nearest known one" {
  for command in $commands; do
    margay "$command" --hlep
    [ "$status" -eq 2 ]
    [ -z "$output" ]
    [[ "$stderr" == "margay $command: unknown option '--hlep' (did you mean '--help'?)"*"Try 'margay $command --help'."* ]]
    margay "$command" --frobnicate
    [ "$status" -eq 2 ]
    [[ "$stderr" == "margay $command: unknown option '--frobnicate'"* ]]
  done
}

@test "an unknown log level or format is reported before anything starts" {
  margay run --log-level loud
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"--log-level: unknown value 'loud' (expected debug|info|warn|error)"* ]]
  margay run --log-format jsn
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"--log-format: unknown value 'jsn' (did you mean 'json'? expected logfmt|json)"* ]]
}

@test "commands without operands refuse them" {
  for command in run check demo; do
    margay "$command" operand
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"'operand'"* ]]
  done
}

@test "the version names the libraries it runs on" {
  margay --version
  [ "$status" -eq 0 ]
  [[ "${lines[0]}" =~ ^margay\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
  for library in simdjson jansson Lua PCRE2 libcurl libmicrohttpd SQLite libyaml libmaxminddb zlib zstd OpenSSL; do
    [[ "$output" =~ $'\n'"  $library "+[0-9] ]]
  done
}

@test "no output has colours or escape codes if it does not go to a terminal" {
  cd "$BATS_TEST_DIRNAME/../.."
  for command in --help --version nonsense "check" "test" "demo"; do
    eval "margay $command"
    [[ "$output$stderr" != *$'\x1b'* ]]
  done
  run grep -l $'\x1b' "$FOLDER"/help/*
  [ "$status" -eq 1 ]
}

@test "mistyped words are escaped on the terminal" {
  odd=$'a\x1b[2J\x07\r\nb'
  margay "$odd"
  [[ "$stderr" != *[$'\x01'-$'\x09'$'\x0b'-$'\x1f']* ]]
  for command in $commands; do
    margay "$command" "--$odd"
    [ "$status" -eq 2 ]
    [[ "$stderr" != *[$'\x01'-$'\x09'$'\x0b'-$'\x1f']* ]]
    margay "$command" -c "$odd" "$odd"
    [ "$status" -ne 0 ]
    [[ "$stderr" != *[$'\x01'-$'\x09'$'\x0b'-$'\x1f']* ]]
  done
}

@test "a closed reader of the help is not a failure, a full disk is" {
  run bash -c 'set -o pipefail; "$MARGAY" sim --help | true'
  [ "$status" -eq 0 ]
  for arguments in --help --version "check --help"; do
    run bash -c '"$MARGAY" $1 2>&1 >/dev/full' bash "$arguments"
    [ "$status" -eq 1 ]
    [[ "$output" == *"cannot write to standard output"* ]]
  done
}
