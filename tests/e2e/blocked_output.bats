#!/usr/bin/env bats
# Standard output and standard error that nobody reads: everything else continues, and the daemon ends
# when it is asked to.

load lib

# A pipe that is full, as $pipe; the test holds both ends.
full_pipe() {
  mkfifo "$folder/pipe"
  exec {pipe}<>"$folder/pipe"
  head -c 65536 /dev/zero >&"$pipe" # pipe(7): the capacity of a pipe
}

begin() {
  mkdir "$folder/rules"
  rules="$folder/rules"
  cat >"$folder/rules/each.lua" <<'LUA'
metadata { id = "Test.Each", log_types = { "Zoom.Operation" }, severity = "low" }
function rule() return true end
function title(event) return event.operation_detail end
LUA
  seq 1 40 | sed 's/.*/{"time":"2024-03-21T07:00:00Z","operator":"homer@example.com",'`
    `'"category_type":"User","action":"Update","operation_detail":"&"}/' >"$folder/records.ndjson"
  start_slack
  write_config "  - {id: file, type: file, path: $folder/records.ndjson, follow: true,
     log_type: Zoom.Operation}" \
    "$(slack_destination)
  - {id: screen, type: console}"
}

# stop_in SECONDS: asks the daemon to end; it must within that time.
stop_in() {
  local begin=$SECONDS
  kill -TERM "$pid"
  end_of "$pid" 60
  equal 0 "$status" "exit status"
  ((SECONDS - begin <= $1)) || fail "it took $((SECONDS - begin)) seconds to end"
}

@test "standard output that nobody reads holds up neither other destinations nor the end, and loses nothing" {
  begin
  full_pipe
  "$margay" run -c "$config" >&"$pipe" 2>>"$log" 3>&- &
  pid=$! watched=$!
  pids+=("$pid")
  wait_for 60 has 40 outbox "destination_id = 'security' AND state = 1"
  equal 0 "$(count outbox "destination_id = 'screen' AND state = 1")" "printed alerts"
  stop_in 9 # five seconds for deliveries, two to end, and the machine may be busy
  equal 40 "$(count outbox "destination_id = 'screen' AND state = 0")" "alerts that wait"
  exec {pipe}>&-

  start_margay
  wait_for 60 all_delivered
  stop_margay "$pid"
  equal 80 "$(wc -l <"$folder/console")" "lines: two for each alert"
}

@test "standard error that nobody reads stops neither the daemon nor its end" {
  begin
  full_pipe
  "$margay" run -c "$config" --log-level debug >>"$folder/console" 2>&"$pipe" 3>&- &
  pid=$! watched=$!
  pids+=("$pid")
  wait_for 60 has 40 event
  wait_for 60 all_delivered
  stop_in 9
  exec {pipe}>&-
}
