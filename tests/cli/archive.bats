#!/usr/bin/env bats
# margay archive on a store that margay run has written.

bats_require_minimum_version 1.5.0

setup_file() {
  export margay="${MARGAY:-$BATS_TEST_DIRNAME/../../build/margay}"
  export root="$BATS_TEST_DIRNAME/../.." folder
  folder="$(mktemp -d)"
  for kind in operation activity; do
    "$margay" sim --print "$kind" --count 1500 --seed 5 \
      --start 2026-01-01T00:00:00Z --end 2026-01-03T00:00:00Z
  done >"$folder/records.ndjson"
  for kind in operation activity; do
    "$margay" sim --print "$kind" --count 500 --seed 6 \
      --start 2026-01-03T00:00:00Z --end 2026-01-04T00:00:00Z
  done >"$folder/more.ndjson"
  run_once records
  run_once more # there are dictionaries by now: what comes is compressed
}

run_once() { # NAME
  cat >"$folder/margay.yml" <<YAML
state: {path: margay.db, retention: 0}
rules: $root/rules/zoom/operation/two_factor_authentication_disabled.lua
schemas: $root/schemas
sources: [{id: records, type: file, path: $folder/$1.ndjson, follow: false}]
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

archive() {
  run --separate-stderr "$margay" archive "$@" -c "$folder/margay.yml"
}

# The records that were read, each with its log type in front.
records() {
  cat "$folder"/{records,more}.ndjson | sed -E 's/^\{(.*"operator")/{"p_log_type":"Zoom.Operation",\1/
    s/^\{(.*"client_type")/{"p_log_type":"Zoom.Activity",\1/' | sort
}

# alerts FILE…: how many scan opens over these files.
alerts() {
  "$margay" scan --alerts -c "$folder/margay.yml" "$@" 2>/dev/null | wc -l
}

@test "stats say what each log type has and takes" {
  archive stats
  [ "$status" -eq 0 ]
  [[ "${lines[1]}" =~ ^"Zoom.Activity "+2000 ]]
  archive stats --format json
  [ "$(jq -s 'map(.events) | add' <<<"$output")" -eq 4000 ]
  jq -e 'select(.log_type == "Zoom.Operation") | .compressed_events >= 500 and .dictionaries == 1
    and .kept_bytes < .record_bytes' <<<"$output"
}

@test "an export has every record as it came, and scan says of it what it says of these" {
  archive export
  [ "$status" -eq 0 ]
  diff <(sort <<<"$output") <(records)
  echo "$output" >"$folder/exported.ndjson"
  [ "$(alerts "$folder/exported.ndjson")" -eq "$(alerts "$folder"/{records,more}.ndjson)" ]
}

@test "an export is compressed, and has its name once it is whole" {
  local form
  for form in none gzip zstd; do
    archive export --compress "$form" -o "$folder/out.$form"
    [ "$status" -eq 0 ]
    [ "$stderr" = "4000 events were written" ]
    [ "$(stat -c %a "$folder/out.$form")" = 600 ]
  done
  records | diff - <(sort "$folder/out.none")
  cmp "$folder/out.none" <(gzip -dc <"$folder/out.gzip")
  cmp "$folder/out.none" <(zstd -dcq <"$folder/out.zstd")
  [ ! -e "$folder/out.none.part" ]
  archive export -o "$folder/nowhere/out"
  [ "$status" -eq 1 ]
  [ "$stderr" = "margay archive: cannot write $folder/nowhere/out.part: No such file or directory" ]
}

@test "log types and times select what is exported" {
  archive export -t zoom.activity --since 2026-01-02 --until 2026-01-03 --format csv
  [ "${lines[0]%$'\r'}" = '"event_time","log_type","source_id","row_id","event"' ]
  [ "$(grep -c '^"2026-01-02.*"Zoom.Activity","records",' <<<"$output")" -eq $((${#lines[@]} - 1)) ]
  archive export -t Zoom.Nothing
  [ "$stderr" = "no events" ]
}

@test "a sound archive has no faults" {
  archive check
  [ "$status" -eq 0 ]
  [ "$output" = "4000 events were read: 0 faults" ]
}

@test "an event that cannot be read is named by everything that reads it, and can be deleted" {
  local row command
  cp "$folder/margay.db" "$folder/damaged.db"
  row="$(sqlite3 "$folder/damaged.db" "UPDATE event SET packed = x'0100' WHERE id = (SELECT max(id) FROM event);
    SELECT lower(hex(row_id)) FROM event WHERE id = (SELECT max(id) FROM event)")"
  run --separate-stderr "$margay" archive check --state "$folder/damaged.db"
  [ "$status" -eq 1 ]
  [[ "$output" == "$folder/damaged.db: the event $row (Zoom.Activity of 2026-01-0"*") cannot be read: its bytes are damaged" ]]
  [[ "$stderr" == *"4000 events were read: 1 fault"* ]]
  [[ "$stderr" == *"margay archive check --delete"* ]]
  for command in "archive export" "events show $row" "search Nothing"; do
    # shellcheck disable=SC2086
    run --separate-stderr "$margay" $command --state "$folder/damaged.db"
    [ "$status" -eq 1 ]
    [[ "$stderr" == *"$folder/damaged.db: the event $row (Zoom.Activity of"*"\`margay archive check\` lists what is damaged"* ]]
  done
  run --separate-stderr "$margay" archive check --delete --state "$folder/damaged.db"
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"1 event was deleted that could not be read"* ]]
  run "$margay" archive check --state "$folder/damaged.db"
  [ "$output" = "3999 events were read: 0 faults" ]
}

@test "options are for what they are for" {
  archive check --since 7d
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"--since, --until, --log-type, --compress and --output are for export"* ]]
  archive export --format json
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"export has no format json"* ]]
  archive stats --delete
  [[ "$stderr" == *"--delete is for check"* ]]
}
