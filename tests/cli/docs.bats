#!/usr/bin/env bats
# The examples in README.md and docs/*.md work: complete rules pass their own tests, and commands
# print the lines below them.
#
#   ```lua rule [PATH]    a complete rule; it must load, have tests, and pass them
#   ```yaml rule PATH     the same for a file of Sigma rules
#   ```LANGUAGE file PATH a file that the document's commands use
#   ```sh [exit=N]        lines that begin with `$ margay` are run, and must exit with N (0); each line
#                         below such a line must be in its output, except a line that is only `…`
#
# The tests write the files and run the commands in a copy of the folders that a command needs.

setup() {
  root="$(cd "$BATS_TEST_DIRNAME/../.." && pwd)"
  MARGAY="${MARGAY:-$root/build/margay}"
  folder="$(mktemp -d)"
  failures=0
}

teardown() {
  rm -rf "$folder"
}

# Writes the marked blocks of a document to files in the current folder: block-N.lua with a line
# "KIND PATH" in block-N.info, or block-N.sh with "sh EXIT".
cut_blocks() {
  awk '
    /^```/ && inside { inside = 0; next }
    /^```/ {
      inside = 1; file = ""
      if (($1 ~ /^```(lua|yaml)$/ && $2 == "rule") || $2 == "file") {
        file = "block-" ++n ".lua"; info = $2 " " $3
      } else if ($1 == "```sh") {
        file = "block-" ++n ".sh"; info = "sh " ($2 ~ /^exit=/ ? substr($2, 6) : 0)
      }
      if (file) { name = file; sub(/\.[a-z]+$/, ".info", name); print info > name; printf "" > file }
      next
    }
    inside && file { print > file }
  ' "$1"
}

# prepare DOCUMENT KIND: prepares a working folder with the document's files in their places, if it has blocks
# of this kind. Rules without a path go to rules/example-N.lua.
prepare() {
  local document=$1 info kind path block
  work="$folder/$(basename "$document" .md)"
  mkdir -p "$work/blocks"
  cd "$work/blocks" || return
  cut_blocks "$document"
  cd "$work" || return
  cat blocks/*.info 2>/dev/null | grep -q "^$2 " || return 1
  cp -R "$root/rules" "$root/schemas" "$root/fixtures" "$root/margay.yml" .
  for info in blocks/*.info; do
    [ -f "$info" ] || continue
    block="${info%.info}"
    read -r kind path <"$info"
    [ "$kind" != sh ] || continue
    [ -n "$path" ] || path="rules/example-${block##*-}.lua"
    mkdir -p "$(dirname "$path")"
    cp "$block.lua" "$path"
    echo "$kind $path" >"$info"
  done
}

failed() {
  failures=$((failures + 1))
  echo "$@"
}

documents() {
  ls "$root/README.md" "$root"/docs/*.md
}

# Runs one command and searches its output for the expected lines.
try_command() {
  local where=$1 command=$2 expected_status=$3 expected=$4 line
  margay() { "$MARGAY" "$@"; }
  run eval "$command"
  if [ "$status" -ne "$expected_status" ]; then
    failed "$where: '$command' exited with $status, expected $expected_status:"
    echo "$output"
    return
  fi
  while IFS= read -r line; do
    [[ -n $line && $line != … ]] || continue
    case "$output" in
    *"$line"*) ;;
    *)
      failed "$where: '$command' did not print '$line', but:"
      echo "$output"
      return
      ;;
    esac
  done <<<"$expected"
}

try_block() {
  local where=$1 file=$2 expected_status=$3 command="" expected="" line
  while IFS= read -r line || [ -n "$line" ]; do
    if [ "${line:0:2}" = '$ ' ]; then
      [ -z "$command" ] || try_command "$where" "$command" "$expected_status" "$expected"
      command="" expected=""
      [[ $line != '$ margay '* ]] || command="${line:2}"
    else
      expected+="$line"$'\n'
    fi
  done <"$file"
  [ -z "$command" ] || try_command "$where" "$command" "$expected_status" "$expected"
}

@test "complete rules in the documents load and pass their own tests" {
  rules=0
  for document in $(documents); do
    prepare "$document" rule || continue
    for info in blocks/*.info; do
      [ -f "$info" ] || continue
      read -r kind path <"$info"
      [ "$kind" = rule ] || continue
      rules=$((rules + 1))
      run "$MARGAY" test "$path"
      [ "$status" -eq 0 ] || { failed "$(basename "$document"): $path:"; echo "$output"; }
    done
  done
  [ "$failures" -eq 0 ]
  [ "$rules" -gt 0 ]
}

@test "commands in the documents run, and print the lines below them" {
  blocks=0
  for document in $(documents); do
    prepare "$document" sh || continue
    for info in blocks/*.info; do
      [ -f "$info" ] || continue
      read -r kind expected_status <"$info"
      [ "$kind" = sh ] || continue
      blocks=$((blocks + 1))
      try_block "$(basename "$document")" "${info%.info}.sh" "$expected_status"
    done
  done
  [ "$failures" -eq 0 ]
  [ "$blocks" -gt 0 ]
}

# The messages of LOG_INFO, LOG_WARN, LOG_ERROR and LOG_AT, one a line.
log_messages() {
  # shellcheck disable=SC2016 # for perl
  find "$root/engine" -name '*.c' -not -path '*/sim/*' -print0 | xargs -0 perl -0777 -ne '
    while (/LOG_(?:INFO|WARN|ERROR|AT)\(((?:[^()"]|\([^()"]*\))*?)((?:"(?:[^"\\]|\\.)*"\s*)+)/g) {
      my ($before, $text) = ($1, $2);
      next if $before =~ /LOG_(TEXT|STRING)/; # the message is a variable
      $text =~ s/"\s*"//g;
      $text =~ s/^"|"\s*$//g;
      print "$text\n";
    }' | sort -u
}

@test "docs/operations.md says of every line of the log what to do" {
  log_messages >"$folder/messages"
  [ "$(wc -l <"$folder/messages")" -gt 50 ]
  while IFS= read -r message; do
    grep -qF -- "$message" "$root/docs/operations.md" || {
      echo "docs/operations.md does not have the message: $message"
      failures=$((failures + 1))
    }
  done <"$folder/messages"
  [ "$failures" -eq 0 ]
}
