#!/usr/bin/env bats
# margay new rule: what it writes passes its own tests.

bats_require_minimum_version 1.5.0

setup() {
  root="$(cd "$BATS_TEST_DIRNAME/../.." && pwd)"
  margay="${MARGAY:-$root/build/margay}"
  folder="$(mktemp -d)"
  cd "$folder"
}

teardown() {
  rm -rf "$folder"
}

new_rule() {
  run --separate-stderr "$margay" new rule --schemas "$root/schemas" "$@"
  echo "$output"
  echo "$stderr"
}

passes_its_tests() {
  "$margay" test --schemas "$root/schemas" --minimum-tests 2 "$1"
}

@test "a rule for each bundled log type passes its own tests" {
  for log_type in $(sed -n 's/^schema: //p' "$root"/schemas/zoom/*.yml); do
    new_rule --log-type "$log_type" -o "$log_type.lua" "My.$log_type"
    [ "$status" -eq 0 ]
    passes_its_tests "$log_type.lua"
  done
}

@test "a rule from each bundled record passes its own tests" {
  local records=("$root"/fixtures/zoom/*/*.json) made=0 at
  for ((at = 0; at < ${#records[@]}; at += 10)); do
    "$margay" scan --rules "$root/rules/zoom/operation/passcode_disabled.lua" --schemas "$root/schemas" \
      "${records[at]}" 2>&1 >/dev/null | grep -q ' 0 dead letters' || continue
    new_rule --from "${records[at]}" -o "$at.lua" "My.Rule$at"
    [ "$status" -eq 0 ]
    made=$((made + 1))
  done
  [ "$made" -gt "$((${#records[@]} / 20))" ]
  passes_its_tests .
}

@test "the file is named after the id, and an existing file is not overwritten" {
  new_rule --log-type Zoom.Operation My.Zoom.UserDeleted
  [ "$status" -eq 0 ]
  [ "$output" = "rules/my_zoom_user_deleted.lua written: change it, and try 'margay test rules/my_zoom_user_deleted.lua'" ]
  passes_its_tests rules/my_zoom_user_deleted.lua
  echo mine >rules/my_zoom_user_deleted.lua
  new_rule --log-type Zoom.Operation My.Zoom.UserDeleted
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"rules/my_zoom_user_deleted.lua is there already"* ]]
  [ "$(cat rules/my_zoom_user_deleted.lua)" = mine ]
}

@test "hostile texts in a record remain texts in the rule" {
  printf '%s' '{"time":"2024-03-21T07:09:03Z","operator":"a\"..os.exit(1)..\"","category_type":"U*\\\n]]",
    "end":"\u0000\u001b","action":"\"); error(\"","operation_detail":null}' >record.json
  new_rule --from record.json -o hostile.lua My.Hostile
  [ "$status" -eq 0 ]
  passes_its_tests hostile.lua
  [[ "$(cat hostile.lua)" != *$'\x1b'* ]]
}

@test "a record that cannot become a rule is reported in one line" {
  new_rule My.Rule
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"name a record with --from or --row, or a log type with --log-type"* ]]
  new_rule --log-type Zoom.Operatoin My.Rule
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"no schema for the log type 'Zoom.Operatoin' (did you mean 'Zoom.Operation'? 'margay schemas' lists them)"* ]]
  new_rule --log-type Zoom.Operation '<b>'
  [ "$status" -eq 2 ]
  echo '{"a":1}' >record.json
  new_rule --from record.json My.Rule
  [ "$status" -eq 2 ]
  : >record.json
  new_rule --from record.json My.Rule
  [[ "$stderr" == *"record.json holds no record"* ]]
  [ ! -e rules ]
}
