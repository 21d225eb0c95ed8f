#!/usr/bin/env bats
# The rules, schemas and fixtures that ship are found whatever the current folder is, and lists of paths
# name them with one word.

bats_require_minimum_version 1.5.0

setup() {
  MARGAY="${MARGAY:-$BATS_TEST_DIRNAME/../../build/margay}"
  ROOT="$(cd "$BATS_TEST_DIRNAME/../.." && pwd)"
  RECORD="$ROOT/fixtures/zoom/operation/passcode_disabled.json"
  FOLDER="$(mktemp -d)"
  cd "$FOLDER" || return
  own_schema >badges.yml
  own_rules
}

teardown() {
  rm -rf "$FOLDER"
}

own_schema() {
  cat <<'YAML'
schema: Office.Badge
fields:
  - {name: at, type: timestamp, timeFormat: rfc3339, isEventTime: true}
  - {name: door, type: string, required: true}
YAML
}

# A rule for a log type of one's own, and one that derives from a bundled rule.
own_rules() {
  mkdir mine fixtures
  cat >mine/door.lua <<'LUA'
metadata { id = "Office.Door", log_types = { "Office.Badge" }, severity = "low", where = { door = "front" } }
tests { { name = "the front door", fixture = "badge.json", expect = true } }
LUA
  cat >mine/derived.lua <<'LUA'
metadata { id = "Office.Passcode", base = "Zoom.PasscodeDisabled", severity = "high" }
tests { { name = "turned off", fixture = "zoom/operation/passcode_disabled.json", expect = true } }
LUA
  echo '{"p_log_type":"Office.Badge","at":"2026-11-20T08:00:00Z","door":"front"}' >fixtures/badge.json
}

margay() {
  run --separate-stderr "$MARGAY" "$@"
  echo "status $status"
  echo "$output"
  echo "${stderr:-}"
}

@test "bundled rules, schemas and fixtures are found in any folder" {
  margay scan --format text "$RECORD"
  [ "$status" -eq 0 ]
  [[ "$output" == *"(Zoom.PasscodeDisabled)"* ]]
  margay test --rule Zoom.PasscodeDisabled
  [ "$status" -eq 0 ]
  [[ "$output" == *" 0 failed" ]]
  margay explain Zoom.PasscodeDisabled zoom/operation/passcode_disabled.json
  [ "$status" -eq 0 ]
  margay new --log-type Zoom.Operation --output - rule My.Rule
  [ "$status" -eq 0 ]
}

@test "a folder 'rules' that happens to be here is not taken for the bundled rules, and that is said" {
  mkdir rules schemas
  margay scan --format text "$RECORD"
  [ "$status" -eq 0 ]
  [[ "$output" == *"(Zoom.PasscodeDisabled)"* ]]
  [[ "$stderr" == "The rules that ship are taken, not those of the folder 'rules' here: "* ]]
  margay scan --rules bundled "$RECORD"
  [[ "$stderr" != *"The rules that ship"* ]]
}

@test "a derived rule finds its bundled base in any folder, also where another 'rules' is" {
  mkdir rules
  for folder in . rules; do
    cd "$FOLDER/$folder"
    margay scan --rules "$FOLDER/mine/derived.lua" --format text "$RECORD"
    [ "$status" -eq 0 ]
    [[ "$output" == *"(Office.Passcode)"* ]]
  done
}

@test "the word bundled may be among rules and schemas on the command line" {
  cat "$RECORD" fixtures/badge.json >both.ndjson
  margay scan --schemas bundled --schemas badges.yml --rules bundled --rules mine --format text both.ndjson
  [ "$status" -eq 0 ]
  for id in Zoom.PasscodeDisabled Office.Passcode Office.Door; do
    [[ "$output" == *"($id)"* ]]
  done
  margay rules list --schemas bundled --schemas badges.yml bundled mine
  [ "$status" -eq 0 ]
  [[ "$output" == *"Zoom.PasscodeDisabled"*  && "$output" == *"Office.Door"* ]]
  margay test --schemas bundled --schemas badges.yml mine
  [ "$status" -eq 0 ]
  [[ "$output" == *"2 tests: 2 passed, 0 failed" ]]
}

@test "the word bundled may be among rules, schemas and fixtures of a configuration" {
  cat >margay.yml <<'YAML'
rules: [bundled, mine]
schemas: [bundled, badges.yml]
fixtures: [fixtures, bundled]
sources: [{id: a, type: file, path: badges.yml}]
destinations: [{id: c, type: console}]
YAML
  mkdir elsewhere
  cd elsewhere
  margay check -c ../margay.yml
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  cat "$RECORD" ../fixtures/badge.json >both.ndjson
  margay scan -c ../margay.yml --format text both.ndjson
  for id in Zoom.PasscodeDisabled Office.Passcode Office.Door; do
    [[ "$output" == *"($id)"* ]]
  done
  margay test -c ../margay.yml --rule Office.Door --rule Office.Passcode
  [ "$status" -eq 0 ]
  [[ "$output" == *"2 tests: 2 passed, 0 failed" ]]
}

@test "a configuration that names nothing takes what lies beside it, or else what ships" {
  echo 'rules: mine/derived.lua' >one.yml
  margay test -c one.yml
  [ "$status" -eq 0 ]
  [[ "$output" == *"1 test: 1 passed, 0 failed" ]]
  echo 'schemas: [bundled, badges.yml]' >margay.yml
  margay test -c margay.yml --rule Zoom.PasscodeDisabled
  [ "$status" -eq 0 ]
  mv mine rules
  margay test -c margay.yml
  [ "$status" -eq 0 ]
  [[ "$output" == *"2 rules, 2 tests: 2 passed, 0 failed" ]]
}

@test "what ships is read once, however often it is named" {
  cd "$ROOT"
  margay rules list --format json bundled rules ./rules/
  [ "$status" -eq 0 ]
  [ "$(sort <<<"$output" | uniq -d)" = "" ]
  echo "rules: [bundled, '$ROOT/rules', bundled]" >"$FOLDER/margay.yml"
  margay rules list -c "$FOLDER/margay.yml"
  [ "$status" -eq 0 ]
}

@test "a folder called bundled is named by its path" {
  mkdir bundled
  mv mine/derived.lua bundled
  margay rules list --format json ./bundled
  [ "$status" -eq 0 ]
  [[ "$output" == *'"id":"Office.Passcode"'* ]]
  [ "${#lines[@]}" -eq 1 ]
}

@test "a log type that two schemas describe is a mistake that names both" {
  sed 's/Office.Badge/Zoom.Operation/' badges.yml >operation.yml
  margay scan --schemas bundled --schemas operation.yml "$RECORD"
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"operation.yml:1:9: schema 'Zoom.Operation' is in $ROOT/schemas/zoom/operation.yml already"* ]]
}

@test "a fixture that no folder has is reported with every folder, and the nearest name of all" {
  sed -i 's/passcode_disabled/passcode_disable/' mine/derived.lua
  margay test mine/derived.lua
  [ "$status" -eq 1 ]
  [[ "$output" == *"fixtures/zoom/operation/passcode_disable.json: No such file or directory, nor in $ROOT/fixtures (did you mean 'passcode_disabled.json'?)"* ]]
}
