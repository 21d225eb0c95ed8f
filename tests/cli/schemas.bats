#!/usr/bin/env bats
# margay schemas lists log types and shows what their events have; other commands refuse log types that
# nobody has described.

bats_require_minimum_version 1.5.0

setup() {
  MARGAY="${MARGAY:-$BATS_TEST_DIRNAME/../../build/margay}"
  FOLDER="$(mktemp -d)"
  cd "$FOLDER" || return
  cat >badge.yml <<'YAML'
schema: Office.Badge
description: Doors of the office.
fields:
  - {name: at, type: timestamp, timeFormat: rfc3339, isEventTime: true, required: true}
  - {name: person, type: string, indicators: [email, username]}
  - name: doors
    type: array
    element:
      type: object
      fields:
        - {name: address, type: string, indicators: [ip]}
  - {name: pin, type: string, mask: {type: redact}}
YAML
  printf 'model: Office.Badge\nfields: {actor_user: person, source_ip: doors.address}\n' >badge.model.yml
}

teardown() {
  rm -rf "$FOLDER"
}

margay() {
  run --separate-stderr "$MARGAY" "$@"
  echo "status $status"
  echo "$output"
  echo "${stderr:-}"
}

@test "log types are listed with their number of fields, their actor and their description" {
  margay schemas --schemas badge.yml --schemas badge.model.yml
  [ "$status" -eq 0 ]
  [[ "${lines[0]}" == "LOG TYPE "*"FIELDS"*"ACTOR"*"DESCRIPTION" ]]
  [[ "${lines[1]}" =~ ^Office.Badge\ +4\ +person\ +Doors\ of\ the\ office\. ]]
  [ "${#lines[@]}" -eq 2 ]
  margay schemas list
  [[ "$output" == *"Zoom.Operation"* ]]
}

@test "every field of a log type is shown, within objects and lists by the path that rules write" {
  margay schemas show --schemas badge.yml --schemas badge.model.yml Office.Badge
  [ "$status" -eq 0 ]
  while read -r line; do
    grep -qE "^$line *$" <<<"$output" || { echo "missing: $line"; return 1; }
  done <<'TABLE'
log type +Office.Badge
actor +person
at +timestamp +required, event time
person +string +email, username +actor_user
doors +array of object
doors.address +string +ip +source_ip
pin +string +masked
TABLE
}

@test "programs get the same as JSON" {
  margay schemas show --format json --schemas badge.yml --schemas badge.model.yml office.badge
  [ "$status" -eq 0 ]
  [ "$(jq -r '.log_type, .actor, .data_model.source_ip' <<<"$output")" = $'Office.Badge\nperson\ndoors.address' ]
  [ "$(jq -c '.fields[] | select(.path == "person") | .indicators' <<<"$output")" = '["email","username"]' ]
  margay schemas --format json
  [ "$(jq -r .log_type <<<"$output" | grep -c '^Zoom\.')" -ge 10 ]
}

@test "the schemas of a configuration are those that are listed" {
  echo 'schemas: badge.yml' >margay.yml
  margay schemas -c margay.yml
  [ "$status" -eq 0 ]
  [[ "$output" == *"Office.Badge"* && "$output" != *"Zoom.Operation"* ]]
}

@test "a log type or an action that does not exist is reported with the nearest one" {
  margay schemas show Zoom.Operations
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"no schema for the log type 'Zoom.Operations' (did you mean 'Zoom.Operation'? 'margay schemas' lists them)"* ]]
  margay schemas lst
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"unknown action 'lst' (did you mean 'list'?)"* ]]
  margay rules lst
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"there is no file or folder 'lst' (did you mean 'list'?)"* ]]
}

@test "--log-type refuses what no schema describes, in every command that has it" {
  for command in "rules list" test "scan /dev/null" "explain Zoom.PasscodeDisabled zoom/operation/passcode_disabled.json" \
    "new rule X"; do
    # shellcheck disable=SC2086
    margay $command --log-type Zoom.Activty
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"no schema for the log type 'Zoom.Activty' ("*"did you mean 'Zoom.Activity'?"* ]]
  done
  margay rules list --log-type zoom.activity
  [ "$status" -eq 0 ]
}

records() {
  cat >badges.ndjson <<'JSON'
{"at": "2024-03-21T07:09:03Z", "person": "homer@example.com", "doors": [{"address": "192.0.2.1"}]}
{"at": "2024-03-22T07:09:03Z", "person": "marge@example.com", "doors": [], "pin": "1234"}
JSON
}

@test "a schema that is inferred from records, plain or compressed, takes them" {
  records
  gzip -k badges.ndjson
  margay schemas infer --name Custom.Badge badges.ndjson badges.ndjson.gz
  [ "$status" -eq 0 ]
  [[ "$stderr" == "margay schemas infer: 4 records, 6 fields" ]]
  [[ "$output" != *homer* && "$output" != *1234* ]]
  echo "$output" >inferred.yml
  grep -q '{name: at, type: timestamp, timeFormat: rfc3339, isEventTime: true, required: true}' inferred.yml
  grep -q '{name: pin, type: string}  # in 2 of 4 records' inferred.yml
  margay schema test inferred.yml badges.ndjson
  [ "$status" -eq 0 ]
  [ "$output" = "2 records, 2 events, 0 refused, 0 schema errors, 0 unknown fields" ]
}

@test "infer says what it leaves out, and writes nothing where there is nothing" {
  records
  printf '{"at\n[1]\n' >>badges.ndjson
  margay schemas infer - <badges.ndjson
  [ "$status" -eq 0 ]
  [[ "$output" == *"schema: Custom.Records"* ]]
  [[ "$stderr" == *"2 records, 6 fields, 1 left out that are not JSON, 1 left out that are no objects"* ]]
  margay schemas infer /dev/null
  [ "$status" -eq 1 ]
  [ -z "$output" ]
  [[ "$stderr" == *"no record has a field"* ]]
  margay schemas infer --name badge badges.ndjson
  [ "$status" -eq 2 ]
  [ -z "$output" ]
  [[ "$stderr" == *"'badge' is no log type"* ]]
  margay schemas infer
  [ "$status" -eq 2 ]
  margay schemas list --name Custom.Badge
  [ "$status" -eq 2 ]
}

@test "test reports each record and path that a schema does not take" {
  records
  cat >>badges.ndjson <<'JSON'
{"person": "bart@example.com"}
{"at": "2024-03-23T07:09:03Z", "person": 7, "doors": [{"floor": 1}, {"floor": 2}], "extra": true}
JSON
  margay schemas test badge.yml badges.ndjson
  [ "$status" -eq 1 ]
  [ "$output" = "badges.ndjson: record 3: Office.Badge: field 'at': the value is required, but missing or null (refused)
badges.ndjson: record 4: field 'person': expected string, found a whole number
schema error at person: 1
unknown field extra: 1
unknown field doors.floor: 2
4 records, 3 events, 1 refused, 1 schema error, 3 unknown fields" ]
  margay schemas test --format json badge.yml badges.ndjson
  [ "$status" -eq 1 ]
  [ "$(jq -c '[.kind, .record, .path]' <<<"$output")" = '["refused",3,"at"]
["value",4,"person"]
["summary",null,null]' ]
  [ "$(jq -c 'select(.kind == "summary") | .unknown_fields_by_path' <<<"$output")" = '{"extra":1,"doors.floor":2}' ]
  margay schemas test Zoom.Activity "$BATS_TEST_DIRNAME/../../fixtures/zoom/activity/sign_in.json"
  [ "$status" -eq 0 ]
  margay schemas test Zoom.Activty badges.ndjson
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"did you mean 'Zoom.Activity'?"* ]]
  margay schemas test badge.yml
  [ "$status" -eq 2 ]
  margay schemas test badge.yml missing.ndjson
  [ "$status" -eq 1 ]
}

@test "diff exits with 1 if a change breaks something" {
  sed -e 's/, username\]/]/' -e '/pin/d' badge.yml >new.yml
  margay schemas diff badge.yml new.yml
  [ "$status" -eq 1 ]
  [ "$output" = "breaks  Office.Badge: field 'person': indicators: username is removed
breaks  Office.Badge: field 'pin': the field is removed
2 changes, 2 of them break something" ]
  margay schemas diff -f json badge.yml new.yml
  [ "$(jq -c '[.path, .breaks]' <<<"$output")" = '["person",true]
["pin",true]' ]
  margay schemas diff badge.yml badge.yml
  [ "$status" -eq 0 ]
  [ "$output" = "0 changes" ]
  margay schemas diff badge.yml
  [ "$status" -eq 2 ]
}

@test "keys of Panther that are not used are named" {
  panther="$BATS_TEST_DIRNAME/../unit/event/schema/panther.yml"
  margay schemas show --schemas "$panther" Custom.BadgeReader
  [ "$status" -eq 0 ]
  [[ "$output" == *"not used      fieldDiscoveryEnabled, parser, sampleLogs"* ]]
  printf 'schemas: %s\nrules: []\n' "$panther" >margay.yml
  margay check
  [[ "$stderr" == *"panther.yml:"*": warning: the key 'parser' is not used: margay reads records in JSON only"* ]]
}
