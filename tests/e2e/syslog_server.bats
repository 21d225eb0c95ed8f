#!/usr/bin/env bats
# Syslog by a real receiver, rsyslog, read back from the file that it writes.

load lib

setup_file() {
  rsyslogd="$(command -v rsyslogd || ls /usr/sbin/rsyslogd 2>/dev/null || true)"
  export rsyslogd
}

# start_rsyslog [SETTING…]: a receiver over TCP; SETTING are those of its module imtcp. What it takes apart is written
# to $received, a line each. Sets $port.
start_rsyslog() {
  start_server --receiver # a port that nobody listens on at this moment
  kill_server "$server"
  port="${url##*:}" received="$folder/received"
  cat >"$folder/rsyslog.conf" <<END
global(workDirectory="$folder" maxMessageSize="64k"
  defaultNetstreamDriverCAFile="$folder/cert.pem" defaultNetstreamDriverCertFile="$folder/cert.pem"
  defaultNetstreamDriverKeyFile="$folder/key.pem")
module(load="imtcp" $*)
input(type="imtcp" address="127.0.0.1" port="$port")
template(name="parts" type="string"
  string="%syslogseverity-text%|%app-name%|%msgid%|%structured-data%|%msg%\n")
action(type="omfile" file="$received" template="parts")
END
  "$rsyslogd" -n -f "$folder/rsyslog.conf" -i "$folder/rsyslog.pid" >"$folder/rsyslog.log" 2>&1 3>&- &
  watched=$!
  pids+=("$watched")
  wait_for 30 listens
}

listens() {
  (exec 8<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null
}

# run_syslog SETTING: an alert is opened, and sent as text, as JSON and as CEF.
run_syslog() {
  local format destinations=
  rules="$folder/rules"
  mkdir "$rules"
  printf '%s\n' 'metadata { id = "Test.Owner", log_types = { "Zoom.Operation" }, severity = "high",' \
    '  title = "Changed: {operation_detail}" }' 'function rule(event) return true end' >"$rules/owner.lua"
  printf '%s\n' '{"time":"2024-03-21T07:09:03Z","operator":"homer@example.com","category_type":"User","action":"Update","operation_detail":"a]\"b\\|c=d\n<14>1 - - forged"}' \
    >"$folder/records.ndjson"
  for format in text json cef; do
    destinations+="  - {id: $format, type: syslog, server: \"localhost:$port\", format: $format, $1}"$'\n'
  done
  write_config "  - {id: records, type: file, path: $folder/records.ndjson, follow: false}" "$destinations"
  run_margay
}

arrived() {
  [ "$(wc -l <"$received")" -ge 3 ]
}

# Three messages, each whole: what is in the event makes none of its own.
messages_are_there() {
  wait_for 30 arrived
  cat "$received"
  equal 3 "$(wc -l <"$received")" "messages"
  equal 3 "$(grep -c '^err|margay|opened|' "$received")" "messages of that severity, application and id"
  grep -q '^err|margay|opened|\[margay@32473 .*severity="HIGH" rule="Test.Owner" actor="homer@example.com".*\]|.*HIGH: Changed: ' "$received"
  grep '"alert_id"' "$received" | sed 's/^[^{]*//' | jq -e '.severity == "HIGH" and .actor == "homer@example.com" and
    .event.operation_detail == "a]\"b\\|c=d\n<14>1 - - forged"' >/dev/null
  grep -q 'CEF:0|margay|margay|[^|]*|Test.Owner|Changed: .*suser=homer@example.com ' "$received"
}

@test "messages arrive over TCP" {
  [ -n "$rsyslogd" ] || skip "there is no rsyslog"
  start_rsyslog
  run_syslog "transport: tcp"
  messages_are_there
}

@test "and over TLS, verified" {
  [ -n "$rsyslogd" ] || skip "there is no rsyslog"
  compgen -G "/usr/lib/*/rsyslog/lmnsd_ossl.so" >/dev/null || compgen -G "/usr/lib*/rsyslog/lmnsd_ossl.so" >/dev/null ||
    skip "rsyslog has no TLS by OpenSSL here"
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$folder/key.pem" -out "$folder/cert.pem" -days 2 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
  start_rsyslog 'streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon"'
  run_syslog "ca_file: $folder/cert.pem"
  messages_are_there
}
