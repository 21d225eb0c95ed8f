#!/usr/bin/env bats
# The command margay sim: flags, the ready line, the end, made-up records.

setup() {
  margay="${MARGAY:-$BATS_TEST_DIRNAME/../../build/margay}"
  folder="$(mktemp -d)"
}

teardown() {
  if [ -n "${pid:-}" ]; then
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  fi
  rm -rf "$folder"
}

# Starts in the background; sets $pid, and $url once it listens.
start_sim() {
  mkfifo "$folder/out"
  exec 9<>"$folder/out"
  "$margay" sim "$@" >"$folder/out" 3>&- 9>&- &
  pid=$!
  read -r -t 60 _ _ url <&9
}

# Stops the simulator; its last line is in $stats.
stop_sim() {
  kill -TERM "$pid"
  wait "$pid"
  pid=
  read -r -t 60 stats <&9
}

@test "help names an example" {
  run "$margay" sim --help
  [ "$status" -eq 0 ]
  [[ "$output" == *"Example:"* ]]
}

@test "an unknown option is reported with the nearest known one" {
  run "$margay" sim --falt 429
  [ "$status" -eq 2 ]
  [[ "$output" == *"did you mean '--fault'?"* ]]
}

@test "mistakes in values exit with 2 and state what was expected" {
  while IFS='|' read -r arguments message; do
    # shellcheck disable=SC2086
    run "$margay" sim $arguments
    echo "$arguments: $output"
    [ "$status" -eq 2 ]
    [[ "$output" == *"$message"* ]]
  done <<'CASES'
--fault 429:evry=7|unknown setting 'evry'; expected one of every
--fault teapot|unknown kind 'teapot'; expected one of 400
--generate operations=5|is not REPORT=N
--generate operation|is not REPORT=N
--start yesterday|is not a time
--start 2024-03-22T00:00:00Z --end 2024-03-21T00:00:00Z|--start is after --end
--token-lifetime long|--token-lifetime
--matches 2|is not a number from 0 to 1
--tenant 5|needs a whole number between 20 and
--tenant 20 --days 0|needs a whole number between 1 and
--tenant 20 --from 2026-1-5|'2026-1-5' is not a date
--tenant 20 --from 1999-12-31|lie from 2000-01-01 to 2099-12-31
--tenant 20 --output /no/such/folder|/no/such/folder: the folder cannot be made
--tenant 20 --attack flood|unknown attack 'flood'; known are: account-takeover,
--tenant 20 --attack insider:day=2|with N from 1 to 1
--tenant 20 --attack insider --attack-log /no/such/log|/no/such/log: cannot be written
--tenant 20 --print activity|--tenant goes with none of
--tenant 20 --generate activity=5|--tenant goes with none of
--tenant 20 --webhooks http://127.0.0.1:9/|--tenant goes with none of
--tenant 20 records.ndjson|takes no FILE, as 'records.ndjson'
--days 3|need --tenant
--no-scope users|is not operation, activity, meeting_activity
/no/such/file|No such file
CASES
}

@test "the same seed prints the same records, one per line" {
  "$margay" sim --print operation --count 500 --seed 9 --end 2024-03-21T00:00:00Z >"$folder/one"
  "$margay" sim --print operation --count 500 --seed 9 --end 2024-03-21T00:00:00Z >"$folder/two"
  cmp "$folder/one" "$folder/two"
  [ "$(wc -l <"$folder/one")" -eq 500 ]
  [ "$(jq -r .category_type "$folder/one" | wc -l)" -eq 500 ]
}

@test "the simulator serves pages, counts them at /stats, and prints its statistics at the end" {
  start_sim --generate operation=40 --now 2024-03-21T12:00:00Z --fault 500:at=1
  token="$(curl -sf -u margay:not-a-secret "$url/oauth/token" \
    -d 'grant_type=account_credentials&account_id=springfield' | jq -r .access_token)"
  page="$url/v2/report/operationlogs?from=2024-03-20&to=2024-03-21"
  [ "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" "$page")" -eq 500 ]
  [ "$(curl -sf -H "Authorization: Bearer $token" "$page" | jq '.operation_logs | length')" -eq 30 ]
  [ "$(curl -sf "$url/stats" | jq .rows_served)" -eq 30 ]
  stop_sim
  [ "$(jq .faults_injected <<<"$stats")" -eq 1 ]
}

@test "the receiver records what it accepts, and makes faults" {
  start_sim --receiver --out "$folder/messages" --fault 429:at=1,retry-after=3
  run curl -si "$url/hook" -d '{"text":"one"}'
  [[ "$output" == *"Retry-After: 3"* ]]
  [ "$(curl -sf "$url/hook" -d '{"text":"two"}')" = ok ]
  [ "$(jq -r .body.text "$folder/messages")" = two ]
  stop_sim
  [ "$(jq .accepted <<<"$stats")" -eq 1 ]
}

@test "a tenant's records are in order, fit their schemas, and are the same in a folder" {
  "$margay" sim --tenant 100 --days 8 --seed 3 >"$folder/all"
  run "$margay" sim --tenant 100 --days 8 --seed 3 --output "$folder/apart"
  [ "$status" -eq 0 ]
  [[ "$output" == *" records in $folder/apart/webhook.ndjson"* ]]
  cmp <(sort "$folder/all") <(sort "$folder"/apart/*.ndjson)
  "$margay" scan "$folder/all" >"$folder/matches" 2>"$folder/log"
  cat "$folder/log"
  [ "$(wc -l <"$folder/log")" -eq 1 ]
  [[ "$(<"$folder/log")" == *" 0 dead letters, "* ]]
  [[ "$(<"$folder/log")" != *"schema errors"* ]]
}

@test "a tenant's table of places finds its networks" {
  "$margay" sim --tenant 20 --output "$folder/tenant" >"$folder/said"
  cat >"$folder/margay.yml" <<EOF
lookups:
  - { name: geo, path: $folder/tenant/places.yml, match: cidr }
EOF
  run "$margay" scan -c "$folder/margay.yml" --lua \
    'event.type == "Sign in" and not event:lookup("geo", event.ip_address, "country")' \
    "$folder/tenant/activity.ndjson"
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(wc -l <<<"$output")" -eq 1 ]
}

@test "a tenant's attacks fit the schemas, and the log of attacks says which records are theirs" {
  for name in $("$margay" sim --tenant 20 --attack '?' 2>&1 | sed -n 's/.*known are: //p' | tr -d ,); do
    attacks+=(--attack "$name:day=2")
  done
  [ "${#attacks[@]}" -ge 24 ]
  "$margay" sim --tenant 60 --days 11 "${attacks[@]}" --attack-log "$folder/marks" >"$folder/all"
  "$margay" scan "$folder/all" >"$folder/matches" 2>"$folder/log"
  cat "$folder/log"
  [ "$(wc -l <"$folder/log")" -eq 1 ]
  [[ "$(<"$folder/log")" == *" 0 dead letters, "* ]]
  # One of each: the line that the log names has the record.
  line="$(jq -r 'select(.step == "desk phone provisioned") | .line' "$folder/marks")"
  sed -n "${line}p" "$folder/all" | grep -q phone.generic_device_provision
  "$margay" sim --tenant 60 --days 11 "${attacks[@]}" --attack-log "$folder/marks" \
    --output "$folder/apart"
  while read -r file line; do
    [ "$(sed -n "${line}p" "$file" | grep -c 88216550)" -eq 1 ]
  done < <(jq -r 'select(.step == "calls to premium numbers abroad") | "\(.file) \(.line)"' \
    "$folder/marks" | head -3)
}

@test "the reports of a tenant's folder are served" {
  "$margay" sim --tenant 100 --days 2 --output "$folder/tenant" >"$folder/said"
  [ -s "$folder/tenant/phone_operation.ndjson" ]
  start_sim --now 2026-01-07T00:00:00Z "$folder"/tenant/{operation,activity,meeting_activity,phone_operation}.ndjson
  for report in operation activity meeting_activity phone_operation; do
    [ "$(curl -sf "$url/stats" | jq ".reports.$report.rows")" -eq \
      "$(wc -l <"$folder/tenant/$report.ndjson")" ]
  done
  stop_sim
}
