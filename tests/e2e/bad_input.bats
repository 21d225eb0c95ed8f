#!/usr/bin/env bats
# Bad records, rules and configurations: margay reports each, keeps bad records, and continues with the
# rest.

load lib

operation() {
  printf '{"time":"2024-03-21T07:00:%02dZ","operator":"homer@example.com","category_type":"Role",%s' \
    "$1" "\"action\":\"Update\",\"operation_detail\":\"$2\"}"
}

repeat() {
  head -c "$2" /dev/zero | tr '\0' "$1"
}

# Three good records among bad ones; $bad is the number of bad ones.
bad_records() {
  {
    operation 1 first
    printf '\n%s\n' '{"time":"2024-03-21T07:00:02Z","operator":"cut@exam'
    printf '\x00\x01\xff\xfe\x80{"\n'
    printf '{"time":"2024-03-21T07:00:03Z","operator":"\xff\xfe","category_type":"Role"}\n'
    printf '%s\n' null 42 '"text"' '{}' '{]' '{"unknown":1}'
    printf '%s\n' '{"time":"yesterday","operator":"homer@example.com","category_type":"Role"}'
    printf '{"deep":%s1%s}\n' "$(repeat '[' 200)" "$(repeat ']' 200)"
    printf '{"huge":"%s"}\n' "$(repeat x 17000000)"
    printf '\n\r\n'
    operation 6 "$(repeat y 1000000)"
    printf '\r\n'
    operation 7 last
  } >"$folder/records.ndjson"
  bad=12
}

@test "bad records become dead letters with their reason and bytes; good records become events" {
  bad_records
  rules="$BATS_TEST_DIRNAME/rules/row.lua"
  for workers in 1 4; do
    store="$folder/bad.$workers.db"
    write_config "  - {id: file, type: file, path: $folder/records.ndjson}"
    run_margay
    equal 0 "$status" "exit status"
    equal 3 "$(count event)" "events"
    equal 3 "$(count alert "type = 0")" "alerts of rules"
    equal 8 "$(count alert "type = 2")" "alerts of reasons why records are refused"
    equal "$bad" "$(count dead_letter)" "dead letters"
    equal 0 "$(count dead_letter "error = ''")" "dead letters without a reason"
    sound
  done
  # The bytes are those of the record.
  equal '0001FFFE807B22' "$(sql "SELECT hex(record) FROM dead_letter WHERE record LIKE x'0001' || '%'
    OR hex(record) LIKE '0001%'")" "binary record"
  equal 1 "$(count dead_letter "record = CAST('{\"time\":\"2024-03-21T07:00:02Z\",\"operator\":\"cut@exam' AS BLOB)")" \
    "records that were cut off"
  equal 1 "$(count dead_letter "error LIKE '%nest%' OR error LIKE '%deep%'")" "records that are deep"
  equal 1 "$(count dead_letter 'length(record) > 16000000')" "records that are huge"
  equal 1 "$(count dead_letter "error LIKE '%yesterday%'")" "records without a time"
}

@test "scan continues after bad records and reports their number" {
  bad_records
  local jobs
  for jobs in 1 4; do
    run "$margay" scan --rules "$BATS_TEST_DIRNAME/rules/row.lua" --schemas "$root/schemas" \
      --jobs "$jobs" "$folder/records.ndjson"
    equal 0 "$status" "exit status"
    grep -q "$((bad + 3)) records, 3 events, $bad dead letters, 3 matches" <<<"$output"
    equal 3 "$(grep -c '^{"rule_id":"Test.Row"' <<<"$output")" "matches"
    grep -q 'records.ndjson: record 2: ' <<<"$output"
  done
}

# bad_rule NAME BODY: a rule with this function body.
bad_rule() {
  mkdir -p "$folder/rules"
  cat >"$folder/rules/$1.lua" <<LUA
metadata { id = "Bad.$1", log_types = { "Zoom.Operation" }, severity = "low" }
local function down(n) return down(n + 1) + 1 end
function rule(event)
  $2
end
${3:-}
LUA
}

@test "a rule that loops, exhausts memory or returns nonsense opens one alert, and the other rules continue" {
  bad_rule Loops 'while true do end'
  bad_rule LoopsInPcall 'while true do pcall(function() while true do end end) end'
  bad_rule Bomb 'local t = {} while true do t[#t + 1] = ("x"):rep(100000) .. #t end'
  bad_rule BombInPcall 'while true do pcall(string.rep, "x", 1e9) end'
  bad_rule LongText 'return #(("x"):rep(1e12)) > 0'
  bad_rule Recursion 'local function down(n) return down(n + 1) + 1 end return down(1) > 0'
  bad_rule Backtracking 'return ("a"):rep(40):find(("a-"):rep(40) .. "b") ~= nil'
  bad_rule Number 'return 1'
  bad_rule Text 'return "true"'
  bad_rule Nothing ''
  bad_rule Throws 'error("on purpose")'
  bad_rule ThrowsTable 'error({})'
  bad_rule Nil 'return event.nothing.here'
  bad_rule Writes 'event.operator = "marge" return true'
  bad_rule TitleLoops 'return true' 'function title(event) while true do end end'
  bad_rule ContextNumber 'return true' 'function alert_context(event) return 7 end'
  bad_rule Good 'return true'
  local number
  for number in 1 2; do operation "$number" "$number"; echo; done >"$folder/records.ndjson"
  rules="$folder/rules"
  write_config "  - {id: file, type: file, path: $folder/records.ndjson}"
  run_margay
  equal 0 "$status" "exit status"
  equal 2 "$(count event)" "events"
  # Every bad rule has one alert, for both events. Backtracking is ended by its time or by its instructions,
  # whichever a machine reaches first, and each of these causes would have one of its own.
  sql "SELECT rule_id || ' ' || type || ' ' || sum(match_count) FROM alert JOIN alert_count USING (number)
       GROUP BY iif(rule_id = 'Bad.Backtracking', 0, number), rule_id, type ORDER BY rule_id" >"$folder/actual"
  local name
  for name in "$folder"/rules/*.lua; do
    name="$(basename "$name" .lua)"
    [[ $name =~ ^(Good|TitleLoops|ContextNumber)$ ]] && echo "Bad.$name 0 2" || echo "Bad.$name 1 2"
  done | LC_ALL=C sort | same - <(LC_ALL=C sort "$folder/actual") "the alerts"
  grep -q 'level=warn.*TitleLoops.lua' "$log"

  run "$margay" scan --alerts --rules "$folder/rules" --schemas "$root/schemas" \
    - <<<"$(head -n 1 "$folder/records.ndjson")"
  equal 1 "$status" "exit status of scan"
  equal 17 "$(grep -c '"match_count":1' <<<"$output")" "alerts of scan"
}

@test "each rule that cannot be loaded is reported with its line, and nothing starts" {
  mkdir "$folder/rules"
  printf 'metadata { id = "A", log_types = { "Zoom.Operation" }\n' >"$folder/rules/syntax.lua"
  printf 'metadata { id = "B", log_types = { "Zoom.Operation" }, severity = "loud" }\nfunction rule() end\n' \
    >"$folder/rules/severity.lua"
  printf 'while true do end\n' >"$folder/rules/loop.lua"
  printf 'pcall(function() while true do end end) while true do end\n' >"$folder/rules/pcall.lua"
  printf 'local t = {} while true do t[#t + 1] = ("x"):rep(100000) .. #t end\n' \
    >"$folder/rules/bomb.lua"
  printf '\x1bLua\x54\x00' >"$folder/rules/bytecode.lua"
  printf 'local io = require "io"\n' >"$folder/rules/require.lua"
  printf 'os.exit(0)\n' >"$folder/rules/exit.lua"
  : >"$folder/rules/empty.lua"
  rules="$folder/rules"
  write_config "  - {id: file, type: file, path: $folder/none}"
  local command file
  for command in run check; do
    run "$margay" "$command" -c "$config"
    equal "$([ "$command" = run ] && echo 1 || echo 2)" "$status" "exit status of $command"
    for file in "$folder"/rules/*.lua; do
      grep -q "^$file:[0-9]*: " <<<"$output" || grep -q "^$file: " <<<"$output" ||
        fail "$command does not say what is wrong with $file" "$output"
    done
  done
  [ ! -e "$store" ]
}

@test "every mistake in a configuration is reported in one run, and nothing starts" {
  cat >"$config" <<YAML
state: {path: $store, retenton: 3d}
rules: [$root/rules]
schemas: $root/schemas
workers: 1000
wrokers: 2
sources:
  - id: one
    type: zoom_reports
    account_id: a
    client_id: \${MARGAY_TEST_UNSET}
    client_secret: file:/no/such/file
    api_url: ftp://example.com
    reports: [operation, activities]
    poll_interval: soon
    page_size: many
  - {id: one, type: file, path: x}
  - {id: one, type: file, path: x, follow: perhaps}
  - {id: two, type: fiel, path: x}
  - {id: three, type: file}
  - {type: file, path: x}
  - just a text
destinations:
  - {id: s, type: slack}
  - {id: t, type: slack, url: not-a-url, severities: [lowest]}
  - {id: u, type: telegraph}
  - {id: s, type: console, max_per_second: -1}
log: {level: loud}
YAML
  local command message
  for command in run check; do
    run "$margay" "$command" -c "$config"
    equal 2 "$status" "exit status of $command"
    while IFS='|' read -r line message; do
      grep -qE "margay.yml:$line:[0-9]+: .*$message" <<<"$output" ||
        fail "$command does not say '$message' of line $line" "$output" || return 1
    done <<'MISTAKES'
1|retenton.*did you mean 'retention'
4|workers.*64
5|wrokers.*did you mean 'workers'
10|MARGAY_TEST_UNSET is not set
11|/no/such/file
12|api_url must be a URL
13|activities
14|poll_interval
15|page_size
17|follow
18|unknown source type 'fiel' .did you mean 'file'
19|path
20|id
21|a source
23|url
24|url must be a URL
24|lowest
25|unknown destination type 'telegraph'
26|max_per_second
27|level.*loud
MISTAKES
    [[ "$output" != *AddressSanitizer* ]]
  done
  [ ! -e "$store" ]
}

@test "a configuration that is missing, not a file, not YAML or of the wrong form is reported with its place" {
  local text
  while IFS= read -r text; do
    printf '%b' "$text" >"$config"
    run "$margay" run -c "$config"
    echo "$text -> $output"
    equal 2 "$status" "exit status"
    [[ "$output" == *"margay.yml"* ]]
  done <<'TEXTS'
sources: [
sources: {a: 1
\tsources: []
sources: *nothing
sources: &a [*a]
- a\n- list
just a text
rules: 7: 8
\x00\x01\xff
state: {path: a}\nstate: {path: b}
TEXTS
  run "$margay" run -c "$folder/none.yml"
  equal 2 "$status" "exit status"
  [[ "$output" == *"none.yml"*"No such file"* ]]
  run "$margay" run -c "$folder"
  equal 2 "$status" "exit status"
}
