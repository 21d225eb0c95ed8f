#!/usr/bin/env bats
# The command margay test: which tests it selects, what it prints, its exit status.

setup() {
  root="$(cd "$BATS_TEST_DIRNAME/../.." && pwd)"
  margay="${MARGAY:-$root/build/margay}"
  folder="$(mktemp -d)"
  cd "$root"
}

teardown() {
  [ -z "${watch_pid:-}" ] || kill -KILL "$watch_pid" 2>/dev/null || true
  rm -rf "$folder"
}

# Starts margay test --watch on the folder; its output can be read.
start_watch() {
  coproc WATCHED { exec "$margay" test --watch "$@" 2>&1 3>&-; }
  watch_pid=$WATCHED_PID
}

# Sets $output to everything that is printed until it waits again.
read_until_waiting() {
  local line
  output=""
  while IFS= read -r -t 60 line <&"${WATCHED[0]}"; do
    echo "$line"
    [[ $line != "Waiting for changes (Ctrl-C ends)" ]] || return 0
    output+="$line"$'\n'
  done
  echo "it does not wait"
  return 1
}

# Reads up to a line that contains this.
read_until() {
  local line
  while IFS= read -r -t 60 line <&"${WATCHED[0]}"; do
    [[ $line != *"$1"* ]] || return 0
  done
  return 1
}

# Creates a rule file in one step.
add_rule() {
  local folder_before=$folder
  folder="$folder/.hidden"
  mkdir -p "$folder"
  write_rule "$@"
  mv "$folder/$1.lua" "$folder_before/"
  folder=$folder_before
}

# Saves like an editor: a new file replaces the old one.
save() {
  cat >"$1.new"
  mv "$1.new" "$1"
}

# Writes a rule file $1.lua with the tests $2; its rule matches updates of users.
write_rule() {
  cat >"$folder/$1.lua" <<LUA
metadata {
  id = "$1",
  log_types = { "Zoom.Operation" },
  severity = "low",
  where = { category_type = "User", action = "Update" },
}
tests { $2 }
LUA
}

MATCH='{ name = "a match", fixture = "zoom/operation/user_job_title.json", expect = true },'
OTHER='{ name = "another", fixture = "zoom/operation/user_added.json", expect = false },'
WRONG='{ name = "wrong", fixture = "zoom/operation/user_added.json", expect = true },'

@test "the bundled rules pass, each with a test that matches and one that does not, and are covered" {
  run "$margay" test --minimum-tests 3 --minimum-coverage 100
  [ "$status" -eq 0 ]
  [[ "$output" == *" 0 failed" ]]
  [[ "$output" != *"[FAIL]"* && "$output" != *"without tests"* ]]
}

@test "rules in any folder find their own libraries first, then the bundled ones" {
  write_rule elsewhere "$MATCH"
  sed -i '1i local zoom = require "zoom"' "$folder/elsewhere.lua"
  echo 'function title(event) return zoom.operator_of(event) end' >>"$folder/elsewhere.lua"
  run "$margay" test "$folder"
  [ "$status" -eq 0 ]
  mkdir "$folder/lib"
  echo 'return { operator_of = function() return "mine" end }' >"$folder/lib/zoom.lua"
  run "$margay" scan --format text --rules "$folder" fixtures/zoom/operation/user_job_title.json
  [[ "$output" == *"mine"* ]]
}

@test "a single file finds the libraries in the folders above it" {
  run "$margay" test rules/zoom/operation/passcode_disabled.lua
  [ "$status" -eq 0 ]
  [[ "$output" == "Zoom.PasscodeDisabled (rules/zoom/operation/passcode_disabled.lua)"* ]]
}

@test "a failure exits with 1 and says where" {
  write_rule Mixed "$MATCH $WRONG"
  run "$margay" test "$folder"
  [ "$status" -eq 1 ]
  [[ "$output" == *"[PASS] a match"* ]]
  [[ "$output" == *"[FAIL] wrong ($folder/Mixed.lua:7)"* ]]
  [[ "$output" == *"'action' does not hold for \"Add\""* ]]
  [[ "$output" == *"1 rule, 2 tests: 1 passed, 1 failed" ]]
}

@test "nothing to test is a failure" {
  write_rule Untested ""
  run "$margay" test "$folder"
  [ "$status" -eq 1 ]
  [[ "$output" == "Rules without tests: Untested"* ]]
  mkdir "$folder/empty"
  run "$margay" test "$folder/empty"
  [ "$status" -eq 1 ]
}

@test "only the selected rules are tested, and an unknown rule is a usage mistake" {
  write_rule One "$MATCH"
  write_rule Two "$WRONG"
  run "$margay" test --rule One "$folder"
  [ "$status" -eq 0 ]
  [[ "$output" != *Two* ]]
  run "$margay" test --rule Three "$folder"
  [ "$status" -eq 2 ]
  [[ "$output" == *"no rule with the id 'Three'"* ]]
}

@test "a rule without both a matching and a non-matching test fails if both are required" {
  write_rule Half "$MATCH $MATCH"
  run "$margay" test --minimum-tests 2 "$folder"
  [ "$status" -eq 1 ]
  [[ "$output" == *"no test with expect = false"* ]]
  write_rule Half "$MATCH $OTHER"
  run "$margay" test --minimum-tests 2 "$folder"
  [ "$status" -eq 0 ]
}

@test "a broken rule file is reported, and the other rules are tested" {
  write_rule Good "$MATCH"
  echo 'metadata { id = "Bad", log_types = { "X" }, severity = "low" } functoin' >"$folder/bad.lua"
  run "$margay" test "$folder"
  [ "$status" -eq 1 ]
  [[ "$output" == *"$folder/bad.lua:2: syntax error"* ]]
  [[ "$output" == *"[PASS]"* ]]
}

@test "fixtures can be in another folder" {
  mkdir "$folder/mine"
  cp fixtures/zoom/operation/user_job_title.json "$folder/mine/x.json"
  write_rule Mine '{ name = "mine", fixture = "x.json", expect = true },'
  run "$margay" test --fixtures "$folder/mine" "$folder/Mine.lua"
  [ "$status" -eq 0 ]
}

@test "there are no colours in a pipe" {
  "$margay" test rules/zoom >"$folder/out"
  run grep -c $'\x1b' "$folder/out"
  [ "$output" = 0 ]
}

@test "there are colours on a terminal, but not with NO_COLOR" {
  run script -qec "'$margay' test rules/zoom/operation/passcode_disabled.lua" /dev/null
  [[ "$output" == *$'\x1b[32m[PASS]'* ]]
  NO_COLOR=1 run script -qec "'$margay' test rules/zoom/operation/passcode_disabled.lua" /dev/null
  [[ "$output" == *"[PASS]"* && "$output" != *$'\x1b'* ]]
}

@test "hostile events and names are escaped on the terminal" {
  write_rule Hostile '{ name = "a\27[2J", expect = true, title = "\27[2J", severity = "high",
    event = { time = "2024-03-21T07:09:03Z", operator = "\27[2J", category_type = "User", action = "Update" } },'
  echo 'function title(event) return event.operator end' >>"$folder/Hostile.lua"
  run "$margay" test "$folder"
  [ "$status" -eq 1 ]
  [[ "$output" == *"[FAIL]"* && "$output" != *$'\x1b'* ]]
}

@test "--failures-only prints nothing for tests that passed" {
  write_rule Mixed "$MATCH $WRONG"
  run "$margay" test --failures-only "$folder"
  [ "$status" -eq 1 ]
  [[ "$output" == *"[FAIL] wrong"* && "$output" != *"[PASS]"* ]]
}

@test "tests are selected by tag, log type, severity and name" {
  write_rule One "$MATCH $OTHER"
  sed -i 's/severity = "low"/severity = "high", tags = { "mine" }/' "$folder/One.lua"
  write_rule Two "$MATCH"
  local option
  for option in --tag=MINE --severity=high --rule=One; do
    run "$margay" test "$option" "$folder"
    [ "$status" -eq 0 ]
    [ "${lines[-1]}" = "1 rule, 2 tests: 2 passed, 0 failed" ]
  done
  run "$margay" test --log-type zoom.operation --name 'a*match' "$folder"
  [ "${lines[-1]}" = "2 rules, 2 tests: 2 passed, 0 failed" ]
  run "$margay" test --tag other "$folder"
  [ "$status" -eq 1 ]
  run "$margay" test --severity hihg "$folder"
  [ "$status" -eq 2 ]
  [[ "$output" == *"--severity 'hihg' is none of info, low, medium, high, critical"* ]]
}

@test "results can be printed as JSON, TAP and JUnit's XML" {
  write_rule Mixed "$MATCH $WRONG"
  run "$margay" test --format json "$folder"
  [ "$status" -eq 1 ]
  [ "$(jq -r '.summary.ok, .rules[0].tests[1].name, .rules[0].tests[1].line' <<<"$output" | xargs)" = "false wrong 7" ]
  run "$margay" test --format tap "$folder"
  [ "$status" -eq 1 ]
  [ "${lines[1]}" = "1..2" ]
  [ "${lines[2]}" = "ok 1 - Mixed: a match" ]
  [ "${lines[3]}" = "not ok 2 - Mixed: wrong" ]
  run "$margay" test --format junit "$folder"
  [ "$status" -eq 1 ]
  [ "${lines[1]}" = '<testsuites name="margay test" tests="2" failures="1" errors="0">' ]
  [ "${lines[-1]}" = "</testsuites>" ]
  run "$margay" test --format jnuit "$folder"
  [ "$status" -eq 2 ]
  [[ "$output" == *"did you mean 'junit'?"* ]]
  run "$margay" test --format tap --failures-only "$folder"
  [ "$status" -eq 2 ]
}

@test "coverage below the minimum is a failure" {
  write_rule Half "$MATCH $OTHER"
  run "$margay" test --coverage "$folder"
  [ "$status" -eq 0 ]
  [[ "$output" == *"where 'category_type' \"user\": never false"* ]]
  run "$margay" test --minimum-coverage 75 "$folder"
  [ "$status" -eq 0 ]
  run "$margay" test --minimum-coverage 76 "$folder"
  [ "$status" -eq 1 ]
  [[ "$output" == *"the coverage is 75 %, but --minimum-coverage is 76 %"* ]]
}

@test "the output does not depend on the number of jobs" {
  "$margay" test --coverage --jobs 1 >"$folder/one"
  "$margay" test --coverage --jobs 7 >"$folder/seven"
  cmp "$folder/one" "$folder/seven"
}

@test "a log type without a schema is reported" {
  write_rule Typo ""
  sed -i 's/Zoom.Operation/Zoom.Operatoin/' "$folder/Typo.lua"
  run "$margay" test "$folder"
  [ "$status" -eq 1 ]
  [[ "$output" == *"[NOTE] no schema for the log type 'Zoom.Operatoin' (did you mean 'Zoom.Operation'?)"* ]]
}

@test "an output that cannot be written is a failure" {
  run bash -c '"$1" test rules 2>&1 >/dev/full' bash "$margay"
  [ "$status" -eq 1 ]
  [[ "$output" == *"cannot write to standard output"* ]]
  run bash -c 'set -o pipefail; "$1" test rules | head -n 1' bash "$margay"
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 1 ]
}

@test "an unknown option is reported with the nearest known one" {
  run "$margay" test --ruel One
  [ "$status" -eq 2 ]
  [[ "$output" == *"--rule"* ]]
}

@test "--watch runs the tests that a saved file affects" {
  mkdir "$folder/lib" "$folder/fixtures" "$folder/schemas"
  cp schemas/zoom/operation.yml "$folder/schemas/"
  cp fixtures/zoom/operation/user_job_title.json "$folder/fixtures/one.json"
  echo 'return { is = function() return true end }' >"$folder/lib/mine.lua"
  write_rule One '{ name = "one", fixture = "one.json", expect = true },'
  write_rule Two '{ name = "two", expect = true, event = { time = "2024-03-21T07:09:03Z", operator = "x", category_type = "User", action = "Update" } },'
  echo 'local mine = require "mine" function rule() return mine.is() end' >>"$folder/Two.lua"
  write_rule Three '{ name = "three", fixture = "one.json", expect = false },'
  start_watch --schemas "$folder/schemas" --fixtures "$folder/fixtures" "$folder"
  read_until_waiting
  [[ "$output" == *"[PASS] one"*"[FAIL] three"*"[PASS] two"*"3 rules, 3 tests: 2 passed, 1 failed"* ]]
  [[ "$output" != *$'\x1b'* ]]

  # a library affects the rules that require it
  save "$folder/lib/mine.lua" <<<'return { is = function() return false end }'
  read_until_waiting
  [[ "$output" == *"[FAIL] two"*"1 rule, 1 test: 0 passed, 1 failed"*"Still failing: Three"* ]]

  # a fixture affects the rules that name it
  sed 's/"Update"/"Add"/' fixtures/zoom/operation/user_job_title.json | save "$folder/fixtures/one.json"
  read_until_waiting
  [[ "$output" == *"[FAIL] one"*"[PASS] three"*"2 rules, 2 tests"*"Still failing: Two"* ]]

  # a rule affects itself: an existing rule, a new one, one with a mistake, and the corrected one
  sed 's/"Update"/"Add"/' "$folder/One.lua" | save "$folder/One.lua"
  read_until_waiting
  [[ "$output" == *"[PASS] one"*"1 rule, 1 test"* ]]
  add_rule Four '{ name = "four", fixture = "one.json", expect = false },'
  read_until_waiting
  [[ "$output" == *"[PASS] four"*"1 rule, 1 test"* ]]
  cp "$folder/Four.lua" "$folder/four.kept"
  save "$folder/Four.lua" <<<'metadata { id = "Four" '
  read_until_waiting
  [[ "$output" == *"$folder/Four.lua:"*"1 mistake"* && "$output" != *"rule, "* ]]
  save "$folder/Four.lua" <"$folder/four.kept"
  read_until_waiting
  [[ "$output" == *"4 rules, 4 tests: 3 passed, 1 failed"* ]]

  # a schema affects the rules for its log type
  sed 's/name: time$/name: time_/' schemas/zoom/operation.yml | save "$folder/schemas/operation.yml"
  read_until_waiting
  [[ "$output" == *"4 rules, 4 tests: 0 passed, 4 failed"* ]]

  kill -INT "$watch_pid"
  wait "$watch_pid"
  watch_pid=""
}

@test "--watch exits at once if the selected rule does not exist, and has no other formats" {
  write_rule One "$MATCH"
  run "$margay" test --watch --rule Two "$folder"
  [ "$status" -eq 2 ]
  run "$margay" test --watch --format tap "$folder"
  [ "$status" -eq 2 ]
  [[ "$output" == *"--watch goes with --format text"* ]]
}

@test "--watch clears the screen on a terminal" {
  write_rule One "$MATCH"
  coproc WATCHED { exec script -qefc "exec '$margay' test --watch '$folder'" /dev/null 2>&1 3>&-; }
  watch_pid=$WATCHED_PID
  read_until "Waiting"
  add_rule Two "$MATCH"
  read_until $'\x1b[2J\x1b[3JTwo'
  read_until "Waiting"
  printf '\x03' >&"${WATCHED[1]}"
  wait "$watch_pid"
  watch_pid=""
}

@test "--watch reads the configuration and its lookup tables again" {
  printf 'key,name\nx,X\n' >"$folder/names.csv"
  cat >"$folder/margay.yml" <<YAML
rules: [$folder/rules]
schemas: $root/schemas
fixtures: $root/fixtures
lookups:
  - {name: names, path: $folder/names.csv}
YAML
  mkdir "$folder/rules"
  write_rule Named "$MATCH"
  echo 'function rule(event) return event:lookup("names", "x", "name") == "X" end' >>"$folder/Named.lua"
  mv "$folder/Named.lua" "$folder/rules/"
  start_watch -c "$folder/margay.yml"
  read_until_waiting
  [[ "$output" == *"[PASS] a match"* ]]
  printf 'key,name\nx,Y\n' | save "$folder/names.csv"
  read_until_waiting
  [[ "$output" == *"[FAIL] a match"* ]]
  save "$folder/margay.yml" <<<'rulse: [x]'
  read_until_waiting
  [[ "$output" == *"margay.yml:1:"*"did you mean 'rules'?"* ]]
  kill -INT "$watch_pid"
  wait "$watch_pid"
  watch_pid=""
}

@test "a fixture cannot be taken from outside of the folder of fixtures" {
  mkdir "$folder/mine"
  echo '{"auths": "hidden"}' >"$folder/secret.json"
  ln -s ../secret.json "$folder/mine/link.json"
  mkfifo "$folder/mine/pipe.json"
  write_rule Mine '
    { name = "up", fixture = "../secret.json", expect = true },
    { name = "absolute", fixture = "'"$folder"'/secret.json", expect = true },
    { name = "link", fixture = "link.json", expect = true },
    { name = "pipe", fixture = "pipe.json", expect = true },'
  run "$margay" test --fixtures "$folder/mine" "$folder/Mine.lua"
  [ "$status" -eq 1 ]
  [ "$(grep -c "lies outside of the folder of fixtures: name a file in it" <<<"$output")" -eq 3 ]
  [[ $output == *"/mine/pipe.json: it is a FIFO, not a regular file"* ]]
  [[ $output != *hidden* ]]
}
