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
