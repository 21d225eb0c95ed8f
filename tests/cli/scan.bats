#!/usr/bin/env bats
# margay scan: every option and every form of input.

bats_require_minimum_version 1.5.0

setup_file() {
  export MARGAY="${MARGAY:-$BATS_TEST_DIRNAME/../../build/margay}"
  export ROOT="$BATS_TEST_DIRNAME/../.."
  export FOLDER
  FOLDER="$(mktemp -d)"
  mkdir "$FOLDER/rules"
  cat >"$FOLDER/rules/owner.lua" <<'LUA'
metadata {
  id = "Test.Update",
  display_name = "Something was updated",
  log_types = { "Zoom.Operation" },
  severity = "high",
  where = { action = "Update" },
}
function title(event)
  return "By " .. (event.operator or "nobody")
end
function alert_context(event)
  return { detail = event.operation_detail }
end
LUA
  cat >"$FOLDER/rules/all.lua" <<'LUA'
metadata {
  id = "Test.All",
  log_types = { "Zoom.Operation", "Zoom.Activity", "Acme.Door" },
  severity = "info",
}
function rule(event)
  return true
end
LUA
  cat >"$FOLDER/rules/broken.lua" <<'LUA'
metadata {
  id = "Test.Broken",
  log_types = { "Zoom.Operation" },
  severity = "low",
  where = { action = "Break" },
}
function rule(event)
  return event.nothing.there
end
LUA
  cat >"$FOLDER/three.ndjson" <<'JSON'
{"time":"2024-03-21T07:09:03Z","operator":"homer@example.com","category_type":"User","action":"Update","operation_detail":"one"}
{"time":"2024-03-21T07:10:03Z","operator":"homer@example.com","category_type":"User","action":"Update","operation_detail":"two"}
{"time":"2024-03-21T07:11:03Z","operator":"marge@example.com","category_type":"User","action":"Delete","operation_detail":"three"}
JSON
  cat >"$FOLDER/hostile.ndjson" <<'JSON'
{"time":"2024-03-21T07:09:03Z","operator":"a\u001b[31m\r\n\u0007\u202eb@example.com","category_type":"User","action":"Update","operation_detail":"x\u0000\u009b31m"}
JSON
}

teardown_file() {
  rm -rf "$FOLDER"
}

# Runs scan with the bundled schemas and the rules above, and keeps both streams separate.
scan() {
  run --separate-stderr "$MARGAY" scan --schemas "$ROOT/schemas" --rules "$FOLDER/rules" "$@"
  echo "status $status"
  echo "$output"
  echo "$stderr"
}

# The same with the libraries of the bundled rules.
lua_scan() {
  run --separate-stderr "$MARGAY" scan --schemas "$ROOT/schemas" --rules "$ROOT/rules" --lua "$@"
  echo "status $status"
  echo "$output"
  echo "$stderr"
}

updates() {
  scan --rule Test.Update "$@"
}

# Removes what differs between runs.
without_parse_time() {
  sed -E 's/"p_parse_time":"[^"]*"/"p_parse_time":""/g'
}

# Removes what depends on the place of a record: its place is part of the row's id.
events_only() {
  without_parse_time | sed -E 's/"(p_)?row_id":"[^"]*"/"\1row_id":""/g'
}

@test "a match is one object with these members" {
  updates "$FOLDER/three.ndjson"
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 2 ]
  row=$(grep -oE '"row_id":"[0-9a-f]{32}"' <<<"${lines[0]}" | cut -d'"' -f4)
  expected='{"rule_id":"Test.Update","display_name":"Something was updated","severity":"HIGH",'
  expected+='"title":"By homer@example.com","dedup":"By homer@example.com","log_type":"Zoom.Operation",'
  expected+='"event_time":"2024-03-21T07:09:03Z","row_id":"'$row'","alert_context":{"detail":"one"},'
  expected+='"event":{"time":"2024-03-21T07:09:03Z","operator":"homer@example.com",'
  expected+='"category_type":"User","action":"Update","operation_detail":"one",'
  expected+='"p_log_type":"Zoom.Operation","p_event_time":"2024-03-21T07:09:03Z","p_parse_time":"",'
  expected+='"p_row_id":"'$row'","p_any_emails":["homer@example.com"]}}'
  [ "$(without_parse_time <<<"${lines[0]}")" = "$expected" ]
}

@test "the summary counts on stderr" {
  updates "$FOLDER/three.ndjson"
  [[ "$stderr" =~ ^"margay scan: 3 records, 3 events, 0 dead letters, 2 matches, "[0-9.]+" seconds"$ ]]
  updates <(head -n 1 "$FOLDER/three.ndjson")
  [[ "$stderr" == "margay scan: 1 record, 1 event, 0 dead letters, 1 match, "* ]]
}

@test "NDJSON, an array, a page, standard input and several files are the same records" {
  updates "$FOLDER/three.ndjson"
  matches=$(events_only <<<"$output")
  {
    printf '[\n'
    paste -sd, "$FOLDER/three.ndjson"
    printf ']'
  } >"$FOLDER/array.json"
  printf '{"from":"2024-03-21","to":"2024-03-21","page_size":300,"operation_logs":%s}' \
    "$(cat "$FOLDER/array.json")" >"$FOLDER/page.json"
  updates "$FOLDER/array.json"
  [ "$(events_only <<<"$output")" = "$matches" ]
  updates "$FOLDER/page.json"
  [ "$(events_only <<<"$output")" = "$matches" ]
  updates - <"$FOLDER/three.ndjson"
  [ "$(events_only <<<"$output")" = "$matches" ]
  head -n 1 "$FOLDER/three.ndjson" >"$FOLDER/first"
  tail -n 2 "$FOLDER/three.ndjson" | tr -d '\n' >"$FOLDER/rest"
  updates "$FOLDER/first" "$FOLDER/rest"
  [[ "$stderr" == *"3 records, 3 events"* ]]
  [ "${#lines[@]}" -eq 2 ]
  [ "$(grep -o '"operation_detail":"[a-z]*"' <<<"$output" | paste -sd' ')" = \
    '"operation_detail":"one" "operation_detail":"two"' ]
}

@test "an empty input has no records and is no failure" {
  scan /dev/null
  [ "$status" -eq 0 ]
  [ -z "$output" ]
  [[ "$stderr" == *"0 records, 0 events, 0 dead letters, 0 matches"* ]]
  printf ' \n\n' >"$FOLDER/blank"
  for input in "$FOLDER/blank" <(printf '[]') <(printf '{"operation_logs":[]}'); do
    scan "$input"
    [ "$status" -eq 0 ]
    [[ "$stderr" == "margay scan: 0 records"* ]]
  done
}

@test "--alerts prints alerts after dedup and thresholds" {
  updates --alerts "$FOLDER/three.ndjson"
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 1 ]
  [[ "$output" == '{"alert_id":"'*'"type":"rule","rule_id":"Test.Update"'* ]]
  [[ "$output" == *'"first_event_time":"2024-03-21T07:09:03Z","last_event_time":"2024-03-21T07:10:03Z","match_count":2'* ]]
  [[ "$stderr" == *"2 matches, 1 alert, "* ]]
}

@test "--format text prints one line per match with time, severity, title and rule" {
  updates -f text "$FOLDER/three.ndjson"
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = "2024-03-21 07:09:03 UTC  HIGH      By homer@example.com  (Test.Update)" ]
  [ "${#lines[@]}" -eq 2 ]
  updates -f text --alerts "$FOLDER/three.ndjson"
  [ "$output" = "2024-03-21 07:09:03 UTC  HIGH      By homer@example.com  (Test.Update, 2 matches)" ]
}

@test "text has colours on a terminal only" {
  updates -f text "$FOLDER/three.ndjson"
  [[ "$output$stderr" != *$'\x1b'* ]]
  command="'$MARGAY' scan -s '$ROOT/schemas' -r '$FOLDER/rules' --rule Test.Update -f text"
  run script -qec "$command '$FOLDER/three.ndjson'" /dev/null
  [[ "$output" == *$'\x1b[1;31mHIGH'* ]]
  NO_COLOR=1 run script -qec "$command '$FOLDER/three.ndjson'" /dev/null
  [[ "$output" != *$'\x1b'* ]]
}

@test "hostile data is escaped on the terminal" {
  for format in text json; do
    for alerts in "" --alerts; do
      updates --format "$format" ${alerts:+"$alerts"} "$FOLDER/hostile.ndjson"
      [ "$status" -eq 0 ]
      [ "${#lines[@]}" -eq 1 ]
      [[ "$output" != *[$'\x01'-$'\x1f'$'\x7f']* ]]
    done
  done
  updates --format text "$FOLDER/hostile.ndjson"
  [[ "$output" == *"By a\u{1B}[31m\u{D}\u{A}\u{7}\u{202E}b@example.com"* ]]
  printf '{"time":"\\u001b[2J","operator":"x"}\n{"\x1b[2J' >"$FOLDER/"$'odd\x1b[2J'
  scan "$FOLDER/"$'odd\x1b[2J' $'missing\x1b[2J'
  [[ "$output$stderr" != *$'\x1b'* ]]
  scan --rule $'\x1b[2J' "$FOLDER/three.ndjson"
  [ "$status" -eq 2 ]
  [[ "$stderr" != *$'\x1b'* ]]
}

@test "--log-type, p_log_type or the schema that accepts it decides a record's log type" {
  scan --rule Test.All -f json - <<<'{"email":"a@example.com","time":"2024-03-21T07:09:03Z","type":"Sign in"}'
  [[ "$output" == *'"log_type":"Zoom.Activity"'* ]]
  scan --rule Test.All --log-type Zoom.Operation - <<<'{"email":"a@example.com","time":"2024-03-21T07:09:03Z"}'
  [ -z "$output" ]
  [[ "$stderr" == *"record 1: Zoom.Operation: the record has none of the fields that identify "* ]]
  scan --rule Test.All - <<<'{"p_log_type":"Zoom.Operation","email":"a@example.com","time":"2024-03-21T07:09:03Z"}'
  [ -z "$output" ]
  [[ "$stderr" == *"1 dead letter,"* ]]
  scan --rule Test.All - <<<'{"p_log_type":"Acme.Unknown","time":"2024-03-21T07:09:03Z"}'
  [[ "$stderr" == *"standard input: record 1: no schema for log type 'Acme.Unknown'"* ]]
}

@test "--no-schema passes records unchecked to the rules of their log type" {
  scan --no-schema --rule Test.All --log-type Acme.Door - <<<'{"door":7}'
  [ "$status" -eq 0 ]
  [[ "$output" == *'"log_type":"Acme.Door"'*'"door":7'* ]]
  scan --no-schema --rule Test.All - <<<'{"p_log_type":"Acme.Door"}'
  [ "${#lines[@]}" -eq 1 ]
  scan --no-schema --rule Test.All - <<<'{"door":7}'
  [ -z "$output" ]
}

@test "--rule may be given several times" {
  scan --rule Test.Update --rule Test.All "$FOLDER/three.ndjson"
  [ "$(grep -c '"rule_id":"Test.Update"' <<<"$output")" -eq 2 ]
  [ "$(grep -c '"rule_id":"Test.All"' <<<"$output")" -eq 3 ]
  scan "$FOLDER/three.ndjson"
  [ "${#lines[@]}" -eq 5 ]
}

@test "--rules takes one file, and several paths" {
  run --separate-stderr "$MARGAY" scan -s "$ROOT/schemas" -r "$FOLDER/rules/owner.lua" "$FOLDER/three.ndjson"
  [ "${#lines[@]}" -eq 2 ]
  run --separate-stderr "$MARGAY" scan -s "$ROOT/schemas" -r "$FOLDER/rules/owner.lua" \
    -r "$FOLDER/rules/all.lua" "$FOLDER/three.ndjson"
  [ "${#lines[@]}" -eq 5 ]
}

@test "one worker and four print the same bytes" {
  "$MARGAY" sim --print operation --count 8000 --end 2024-03-21T00:00:00Z >"$FOLDER/many.ndjson"
  for options in "" "--alerts"; do
    for jobs in 1 4; do
      "$MARGAY" scan -s "$ROOT/schemas" -r "$ROOT/rules" ${options:+"$options"} --jobs $jobs \
        "$FOLDER/many.ndjson" "$FOLDER/three.ndjson" 2>/dev/null |
        without_parse_time >"$FOLDER/jobs$jobs"
    done
    [ -s "$FOLDER/jobs1" ]
    cmp "$FOLDER/jobs1" "$FOLDER/jobs4"
  done
}

# lines COUNT: a match in every hundred, a dead letter in every thousand, no newline at the end.
lines() {
  awk -v count="$1" 'BEGIN {
    for (i = 1; i <= count; i++)
      printf "%s{\"%s\":\"2024-03-21T07:09:03Z\",\"operator\":\"a@example.com\"," \
        "\"category_type\":\"User\",\"action\":\"%s\",\"operation_detail\":\"%d\"}",
        (i == 1 ? "" : "\n"), (i % 1000 ? "time" : "when"),
        (i % 100 == 7 ? "Update" : "Delete"), i
  }'
}

@test "a large file, a pipe and a device give the output of standard input, with any number of workers" {
  lines 30000 >"$FOLDER/large.ndjson"
  mkfifo "$FOLDER/fifo"
  # output_of NAME ARGUMENT…: both streams, with one name for the input
  output_of() {
    "$MARGAY" scan -s "$ROOT/schemas" -r "$FOLDER/rules" --rule Test.Update "${@:2}" 2>&1 |
      without_parse_time | sed -E "s#($FOLDER/[a-z.]*|/dev/stdin|standard input): record#INPUT: record#
        s/[0-9.]+ seconds//" | sort >"$FOLDER/output.$1"
  }
  output_of read - <"$FOLDER/large.ndjson"
  [ "$(grep -c '"rule_id":"Test.Update"' "$FOLDER/output.read")" -eq 300 ]
  grep -q 'INPUT: record 2000: ' "$FOLDER/output.read"
  grep -q '30000 records, 29970 events, 30 dead letters, 300 matches' "$FOLDER/output.read"
  output_of one --jobs 1 "$FOLDER/large.ndjson"
  output_of four --jobs 4 "$FOLDER/large.ndjson"
  output_of device /dev/stdin <"$FOLDER/large.ndjson"
  cat "$FOLDER/large.ndjson" >"$FOLDER/fifo" &
  output_of fifo "$FOLDER/fifo"
  wait
  for name in one four device fifo; do
    diff "$FOLDER/output.read" "$FOLDER/output.$name"
  done
}

# The first results fill the pipe of a waiting reader, so most of the file is still unread.
@test "a file that becomes shorter while it is read is reported, and the status is 1" {
  "$MARGAY" sim --print operation --count 100000 --end 2024-03-21T00:00:00Z >"$FOLDER/shrinks.ndjson"
  run bash -c 'set -o pipefail; "$MARGAY" scan --jobs 2 -s "$ROOT/schemas" -r "$FOLDER/rules/all.lua" \
    "$FOLDER/shrinks.ndjson" "$FOLDER/three.ndjson" 2>"$FOLDER/err" |
    { read -r _; : >"$FOLDER/shrinks.ndjson"; tail -n 1; }'
  cat "$FOLDER/err"
  [ "$status" -eq 1 ]
  [[ "$output" == *'"operation_detail":"three"'* ]]
  [ "$(grep -c 'became shorter' "$FOLDER/err")" -eq 1 ]
  grep -qF "margay scan: '$FOLDER/shrinks.ndjson' became shorter while it was read" "$FOLDER/err"
}

@test "an unreadable file is reported, the others are read, and the status is 1" {
  scan --rule Test.Update "$FOLDER/nope.json" "$FOLDER/three.ndjson" "$FOLDER"
  [ "$status" -eq 1 ]
  [ "${#lines[@]}" -eq 2 ]
  [[ "$stderr" == *"cannot read '$FOLDER/nope.json': No such file or directory"* ]]
  [[ "$stderr" == *"cannot read '$FOLDER': it is a directory"* ]]
}

@test "dead letters are reported with file and record, and are not a failure" {
  cat "$FOLDER/three.ndjson" - >"$FOLDER/dead.ndjson" <<'JSON'
{"time":
[1]
{"time":"yesterday","operator":"a@example.com","category_type":"User"}
{"a":1}
JSON
  head -c 100 /dev/urandom | tr -d '\n' | sed 's/^/\xff/' >"$FOLDER/binary"
  scan --rule Test.Update "$FOLDER/dead.ndjson" "$FOLDER/binary"
  [ "$status" -eq 0 ]
  [[ "$stderr" == *"dead.ndjson: record 4: not JSON"* ]]
  [[ "$stderr" == *"dead.ndjson: record 5: not a JSON object"* ]]
  [[ "$stderr" == *"dead.ndjson: record 6: "*"'time'"* ]]
  [[ "$stderr" == *"dead.ndjson: record 7: no schema takes it"* ]]
  [[ "$stderr" == *"binary: record 1: "* ]]
  [[ "$stderr" == *"8 records, 3 events, 5 dead letters, 2 matches"* ]]
}

@test "values of another type are reported once for each field, counted, and cost no event" {
  scan --rule Test.Update -f json - <<'END'
{"time":"2024-03-21T07:09:03Z","operator":7,"category_type":"User","action":"Update","operation_detail":"a"}
{"time":"2024-03-21T07:09:03Z","operator":["x"],"category_type":"User","action":"Update","operation_detail":"b"}
{"time":"2024-03-21T07:09:03Z","operator":"x","category_type":"User","action":"Update","operation_detail":{"c":1}}
END
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 3 ]
  [[ "${lines[0]}" == *'"operator":7,'*'"p_schema_errors":["operator"]'* ]]
  [[ "${lines[2]}" == *'"p_schema_errors":["operation_detail"]'* ]]
  [[ "$stderr" == *"standard input: record 1: Zoom.Operation: field 'operator': expected string, found a whole number"* ]]
  [[ "$stderr" == *"standard input: record 3: Zoom.Operation: field 'operation_detail': expected string, found an object"* ]]
  [ "$(grep -c "field '" <<<"$stderr")" -eq 2 ]
  [[ "$stderr" == *"3 records, 3 events, 0 dead letters, 3 schema errors, 3 matches"* ]]
}

@test "only the first dead letters are reported one by one" {
  yes '{"a":1}' | head -n 1000 >"$FOLDER/dead.ndjson"
  scan "$FOLDER/dead.ndjson"
  [ "$(grep -c ': record ' <<<"$stderr")" -eq 10 ]
  [[ "$stderr" == *"more dead letters follow"*"1000 dead letters"* ]]
}

@test "a rule's error is reported and the status is 1" {
  sed 's/Update/Break/' "$FOLDER/three.ndjson" >"$FOLDER/break.ndjson"
  scan "$FOLDER/break.ndjson"
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"Test.Broken"*"2 rule errors"* ]]
  [ "$(grep -c Test.All <<<"$output")" -eq 3 ]
}

@test "a reader that closes the pipe ends the scan without a message" {
  "$MARGAY" sim --print operation --count 4000 --matches 1 >"$FOLDER/many.ndjson"
  for options in "" "--alerts"; do
    run bash -c 'set -o pipefail; "$MARGAY" scan -s "$ROOT/schemas" -r "$ROOT/rules" $1 \
      "$FOLDER/many.ndjson" 2>"$FOLDER/err" | head -n 1' bash "$options"
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ "$output" == "{"*"}" ]]
    [ ! -s "$FOLDER/err" ]
  done
}

@test "an output that cannot be written is a failure" {
  for options in "" "--alerts"; do
    run bash -c '"$MARGAY" scan -s "$ROOT/schemas" -r "$ROOT/rules" $1 \
      "$ROOT"/fixtures/zoom/pages/operation_*.json 2>&1 >/dev/full' bash "$options"
    [ "$status" -eq 1 ]
    [[ "$output" == "margay scan: cannot write to standard output: No space left on device" ]]
  done
}

@test "progress is shown on a terminal, and cleared at the end" {
  mkfifo "$FOLDER/slow"
  script -qfec "'$MARGAY' scan -s '$ROOT/schemas' -r '$FOLDER/rules' '$FOLDER/slow' >/dev/null" \
    "$FOLDER/screen" >/dev/null 3>&- &
  pid=$!
  # Sends one record at a time until the line appears.
  timeout 60 bash -c 'exec 9>"$0/slow"
    until grep -q "records, .* a second" "$0/screen"; do
      cat "$0/three.ndjson" >&9
      sleep 0.02
    done' "$FOLDER"
  wait "$pid"
  last=$(tr '\r' '\n' <"$FOLDER/screen" | grep -a 'seconds')
  [[ "$last" == *$'\x1b[K'"margay scan: "* || "$last" == "margay scan: "* ]]
}

@test "mistakes on the command line exit with 2 and say what to do" {
  while IFS='|' read -r arguments expected; do
    eval "scan $arguments"
    [ "$status" -eq 2 ]
    [ -z "$output" ]
    [[ "$stderr" == *"$expected"* ]]
  done <<'TABLE'
 |name a file of records, or '-' for standard input
--jobs 0 -|--jobs needs a whole number between 1 and 64, not '0'
--jobs many -|--jobs needs a whole number between 1 and 64, not 'many'
--jobs|--jobs needs a value: N
--format xml -|--format: unknown value 'xml' (expected json|text)
--format txt -|--format: unknown value 'txt' (did you mean 'text'? expected json|text)
--no-schemas -|unknown option '--no-schemas' (did you mean '--no-schema'?)
--alerts=yes -|--alerts takes no value
-Z -|unknown option '-Z'
--rule Test.Updat -|no rule with the id 'Test.Updat' (did you mean 'Test.Update'?)
--log-type Zoom.Operations -|no schema for the log type 'Zoom.Operations' (did you mean 'Zoom.Operation'?
--rules /nope -|/nope: cannot be read: No such file or directory
--schemas /nope -|/nope: cannot be read: No such file or directory
TABLE
}

@test "an option may be abbreviated if that is unambiguous" {
  scan --rule Test.Update --form text "$FOLDER/three.ndjson"
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 2 ]
}

@test "a function that fails on every match is reported once, and counted" {
  cat >"$BATS_TEST_TMPDIR/broken.lua" <<'LUA'
metadata { id = "T.Broken", log_types = { "Zoom.Operation" }, severity = "low",
  where = { action = "Update" } }
function title(event) return event.nothing.at.all end
LUA
  for _ in 1 2 3; do
    echo '{"time":"2024-03-21T07:09:03Z","operator":"a@example.com","category_type":"User","action":"Update","operation_detail":"x"}'
  done >"$BATS_TEST_TMPDIR/records.ndjson"
  run --separate-stderr "$MARGAY" scan -r "$BATS_TEST_TMPDIR/broken.lua" "$BATS_TEST_TMPDIR/records.ndjson"
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 3 ]
  [ "$(grep -c 'broken.lua:3: title:' <<<"$stderr")" -eq 1 ]
  [[ $stderr == *"3 matches, 3 function errors"* ]]
}

@test "control characters in the text of an event are escaped in every format" {
  cat >"$BATS_TEST_TMPDIR/any.lua" <<'LUA'
metadata { id = "T.Any", log_types = { "Zoom.Operation" }, severity = "low",
  where = { action = "Update" } }
function title(event) return event.operation_detail end
LUA
  printf '{"time":"2024-03-21T07:09:03Z","operator":"a","category_type":"User","action":"Update","operation_detail":"\\u001b[2J\302\23331m\177\342\200\256\357\273\277\363\240\201\201"}\n' \
    >"$BATS_TEST_TMPDIR/evil.ndjson"
  for format in text json; do
    for alerts in "" --alerts; do
      run --separate-stderr "$MARGAY" scan -r "$BATS_TEST_TMPDIR/any.lua" -f "$format" $alerts \
        "$BATS_TEST_TMPDIR/evil.ndjson"
      [ "$status" -eq 0 ]
      [[ $output == *2J* ]]
      ! LC_ALL=C grep -q '[^ -~]' <<<"$output"
    done
  done
}

@test "an expression is evaluated on every record, and results that are neither nil nor false are printed" {
  operation='{"time":"2024-03-21T07:09:03Z","operator":"homer@example.com","category_type":"User","action":"%s"}\n'
  # shellcheck disable=SC2059 # the format is ours
  printf "$operation" Add Delete Update >"$FOLDER/three"
  lua_scan 'event.action' "$FOLDER/three"
  [ "$status" -eq 0 ]
  [ "$output" = $'"Add"\n"Delete"\n"Update"' ]
  lua_scan 'event.action ~= "Add" and { event.action }' "$FOLDER/three"
  [ "$output" = $'["Delete"]\n["Update"]' ]
  lua_scan 'local zoom = require "zoom" return zoom.operator_of(event)' \
    "$FOLDER/three"
  [ "$(sort -u <<<"$output")" = '"homer@example.com"' ]
}

@test "an expression that is wrong, or fails on a record, is reported with its place" {
  cp "$ROOT"/fixtures/zoom/operation/user_deleted.json "$FOLDER/one"
  lua_scan 'event.(' "$FOLDER/one"
  [ "$status" -eq 2 ]
  [[ "$stderr" == "margay scan: --lua:1: "* ]]
  lua_scan 'event.nothing.more' "$FOLDER/one"
  [ "$status" -eq 1 ]
  [[ "$stderr" == *": record 1: --lua:1: "*"nil value"* ]]
  lua_scan 'os.exit(0)' "$FOLDER/one"
  [ "$status" -eq 1 ]
  lua_scan 'event' --alerts "$FOLDER/one"
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"--lua runs no rules: leave out --alerts"* ]]
}
