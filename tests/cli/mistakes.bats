#!/usr/bin/env bats
# What margay check says of mistakes in a configuration, as data: mistakes.txt has the cases.

bats_require_minimum_version 1.5.0

setup() {
  MARGAY="${MARGAY:-$BATS_TEST_DIRNAME/../../build/margay}"
  ROOT="$(cd "$BATS_TEST_DIRNAME/../.." && pwd)"
  FOLDER="$(mktemp -d)"
  export MARGAY_TEST_WORD=sesame
  unset NOPE ZOOM_SECRET
  failures=0
}

teardown() {
  rm -rf "$FOLDER"
}

# Writes each case to a folder of its own: its files, and `title`, `expected`.
cut_cases() {
  awk -v root="$FOLDER" '
    function begin(name) {
      file = folder "/" name
      if (name ~ /\//) { sub(/\/[^\/]*$/, "", name); system("mkdir -p " folder "/" name) }
      printf "" > file
    }
    /^=== / {
      folder = sprintf("%s/%03d", root, ++cases)
      system("mkdir -p " folder)
      print substr($0, 5) > (folder "/title")
      printf "" > (folder "/expected")
      begin("margay.yml")
      next
    }
    /^\+\+\+ / { begin(substr($0, 5)); next }
    /^--- / { print substr($0, 5) > (folder "/expected"); next }
    folder && NF { print > file }
  ' "$1"
}

# What a case does not say is right.
complete() {
  local key value
  while read -r key value; do
    grep -q "^$key:" margay.yml || echo "$key: $value" >>margay.yml
  done <<YAML
rules $([ -d rules ] && echo '[rules]' || echo "$ROOT/tests/e2e/rules/row.lua")
schemas $ROOT/schemas
sources [{id: x, type: file, path: margay.yml}]
destinations [{id: x, type: console}]
YAML
}

try_case() {
  local status_expected=2
  grep -qE '^(- |rules: \[rules$)' margay.yml || complete
  grep -qv ': warning: ' expected || status_expected=0
  "$MARGAY" check >output 2>errors && status=0 || status=$?
  stderr=$(<errors)
  # The kinds of destinations are many: the first one stands for the list.
  reported=$(grep -vE '^[0-9]+ mistakes?$' <<<"${stderr//"$ROOT/"/}" | sed 's/known: slack,[^)]*/known: slack, …/' | sort)
  if [ "$status" -ne $status_expected ] || [ "$reported" != "$(sort expected)" ]; then
    failures=$((failures + 1))
    echo "$(cat title): status $status, expected $status_expected"
    diff <(sort expected) <(echo "$reported") || true
  fi
}

@test "each mistake is reported with its place, its cause and a way out, and nothing else is" {
  cut_cases "$BATS_TEST_DIRNAME/mistakes.txt"
  cases=0
  for folder in "$FOLDER"/*; do
    cd "$folder"
    try_case
    cases=$((cases + 1))
  done
  [ "$failures" -eq 0 ]
  [ "$cases" -ge 60 ]
}
