#!/usr/bin/env bats
# A General app's login outlives kill -9, wherever its renewal is.

bats_require_minimum_version 1.5.0
load lib

write_config() {
  printf '%s\n' "rules: [$root/tests/e2e/rules/row.lua]" "state: {path: $store}" "sources:" "  - id: zoom" \
    "    type: zoom_reports" "    grant: authorization_code" "    client_id: margay-public" "    reports: [operation]" \
    "    api_url: $zoom/v2" "    token_url: $zoom/oauth/token" "    authorize_url: $zoom/oauth/authorize" \
    "    poll_interval: 1s" "    retry_first: 10ms" >"$config"
}

# The URL that a login prints is opened, and where it leads to is pasted.
log_in() {
  mkfifo "$folder/in" "$folder/out"
  "$margay" login zoom --paste -c "$config" <"$folder/in" >"$folder/out" 2>"$folder/login.log" 3>&- &
  local login=$! line
  pids+=("$login")
  exec 7>"$folder/in" 8<"$folder/out"
  while read -r -t 30 line <&8; do
    [[ "$line" != http* ]] || curl -s -o /dev/null -w '%{redirect_url}\n' "$line" >&7
  done
  exec 7>&- 8<&-
  wait "$login"
  forget "$login"
}

has_renewed() {
  (($(zoom_stats .tokens_refreshed) >= $1))
}

start_run() {
  "$margay" run -c "$config" >/dev/null 2>>"$log" 3>&- &
  watched=$!
  pids+=("$watched")
}

@test "kill -9 in the middle of renewals loses no login" {
  # Tokens that end in a minute are renewed at once. Zoom has renewed one 50 ms before its answer is here.
  start_zoom --generate operation=20 --token-lifetime 60s --refresh-grace 1h --fault slow:on=oauth,ms=50
  write_config
  log_in
  for round in 1 2 3 4; do
    start_run
    wait_for 30 has_renewed $((round * 2))
    [ $((round % 2)) -eq 0 ] || sleep 0.0$((round * 2)) # at the answer, and some time after it
    kill_server "$watched"
  done
  start_run
  renewed=$(zoom_stats .tokens_refreshed)
  wait_for 30 has_renewed $((renewed + 2))
  wait_for 30 grep -q 'report read' "$log"
  run ! grep -q "waiting for a login" "$log"
}
