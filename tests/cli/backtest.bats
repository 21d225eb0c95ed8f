#!/usr/bin/env bats
# margay backtest on a store that margay run has written.

bats_require_minimum_version 1.5.0

setup_file() {
  export margay="${MARGAY:-$BATS_TEST_DIRNAME/../../build/margay}"
  export root="$BATS_TEST_DIRNAME/../.." folder
  folder="$(mktemp -d)"
  # In order of time, as Zoom sends them: of others the daemon may make one instance of a correlation where a backtest,
  # which sorts, makes two.
  cat "$root"/fixtures/zoom/webhook/bodies/*.ndjson | jq -c --slurp 'sort_by(.event_ts // 9e15)[]' >"$folder/records.ndjson"
  for day in 21 22 23; do
    echo '{"time":"2026-03-'$day'T07:09:03Z","operator":"marge@example.com","category_type":"User","action":"Update","operation_detail":"x'$day'"}'
  done >>"$folder/records.ndjson"
  mkdir "$folder/rules"
  cat >"$folder/rules/updated.lua" <<'LUA'
metadata { id = "My.Updated", log_types = { "Zoom.Operation" }, severity = "low",
           where = { operation_detail = "x22" } }
LUA
  cat >"$folder/margay.yml" <<YAML
state: {path: margay.db}
rules: [$root/rules, $folder/rules]
schemas: $root/schemas
sources: [{id: records, type: file, path: $folder/records.ndjson, follow: false}]
packs: {zoom-extended: alert, zoom-audit: alert}
destinations: [{id: screen, type: console}]
YAML
  "$margay" run -c "$folder/margay.yml" >/dev/null 2>"$folder/run.err" 3>&- || {
    cat "$folder/run.err"
    false
  }
}

teardown_file() {
  rm -rf "$folder"
}

backtest() {
  run --separate-stderr "$margay" backtest -c "$folder/margay.yml" "$@"
  echo "$output"
  echo "${stderr:-}"
}

@test "a backtest finds what scan finds over the exported events" {
  "$margay" archive export -c "$folder/margay.yml" >"$folder/exported.ndjson"
  # A record without a time has that of its reading.
  local fields='[.rule_id, .severity, .title, .match_count, (.first_event_time | if test("^202[46]-03") then . else "read" end)] | @tsv'
  "$margay" scan --alerts -c "$folder/margay.yml" "$folder/exported.ndjson" 2>"$folder/scan.err" |
    jq -r "$fields" | sort >"$folder/scanned"
  run --separate-stderr "$margay" backtest -c "$folder/margay.yml" --since 2000-01-01 --format json '*'
  jq -r ".alerts[] | $fields" <<<"$output" | sort >"$folder/tested"
  [ "$(wc -l <"$folder/scanned")" -gt 25 ]
  diff "$folder/scanned" "$folder/tested"
  [ "$(jq '.matches' <<<"$output")" -gt 50 ]
  [ "$(jq -c '[.more, .fewer] | map(length)' <<<"$output")" = "[0,0]" ]
  [ "$(jq -c '[.actors[] | select(.matches < .alerts)]' <<<"$output")" = "[]" ]
}

@test "a changed rule is compared with what is live" {
  sed 's/"x22"/{ "x21", "x23" }/' "$folder/rules/updated.lua" >"$folder/changed.lua"
  backtest --since 2026-03-22 "$folder/changed.lua"
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = "2026-03-22 to $(date -u +%F): 2 events, 1 match, 1 alert" ]
  [[ "$output" == *"Live in this time: 1 alert; here 1 more, 1 fewer"* ]]
  [[ "$output" == *"  + 2026-03-23 07:09:03 UTC  LOW       My.Updated  (My.Updated)"* ]]
  [[ "$output" == *"  - 2026-03-22 07:09:03 UTC  LOW       My.Updated  (My.Updated)"* ]]
  [[ "$output" == *"1       1  marge@example.com"* ]]
}

@test "nothing is written" {
  local before
  before="$(sqlite3 "$folder/margay.db" .dump | sha256sum)"
  backtest --since 2000-01-01 'Zoom.User*' --alert
  [ "$status" -eq 0 ]
  [[ "$output" == *"Zoom.User.Created.Or.Removed"* ]]
  [ "$(sqlite3 "$folder/margay.db" .dump | sha256sum)" = "$before" ]
}

@test "what cannot be asked is a mistake" {
  backtest
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"name a rule of the configuration, or a file or folder"* ]]
  backtest My.Updatet
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"(did you mean 'My.Updated'?)"* ]]
  backtest My.Updated "$folder/rules"
  [[ "$stderr" == *"name either rules or paths, not both"* ]]
  backtest My.Updated --since 1h
  [ "$status" -eq 0 ]
  [[ "$stderr" == *"the archive has no events of this time and these rules' log types"* ]]
}

@test "progress is shown on a terminal, and cleared at the end" {
  cat >"$folder/slow.lua" <<'LUA'
metadata { id = "My.Slow", log_types = { "Zoom.Meeting", "Zoom.User" }, severity = "low" }
function rule(event) for i = 1, 4e6 do local _ = i end return false end
LUA
  script -qec "'$margay' backtest -c '$folder/margay.yml' --since 2000-01-01 -j 1 '$folder/slow.lua' >/dev/null" \
    /dev/null >"$folder/screen"
  grep -aq 'records, .* a second, [0-9]* %' "$folder/screen"
  [[ "$(tail -c 4 "$folder/screen")" == $'\r\x1b[K' ]]
  run --separate-stderr "$margay" backtest -c "$folder/margay.yml" --since 2000-01-01 'My.*'
  [[ "${stderr:-}" != *"a second"* ]]
}
