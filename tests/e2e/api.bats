#!/usr/bin/env bats
# The API of a running daemon, by curl.

load lib
load api

# Three alerts of two severities by two people.
start_with_alerts() {
  mkdir -p "$folder/rules"
  local name
  for name in Low High; do
    cat >"$folder/rules/$name.lua" <<LUA
metadata {
  id = "Test.$name", log_types = { "Zoom.Operation" }, severity = "${name,,}",
  where = { action = "$name" },
}
function title(event) return "$name: " .. event.operation_detail end
function dedup(event) return event.operation_detail end
function actor(event) return event.operator end
LUA
  done
  printf '{"time":"2024-03-21T00:00:0%d","operator":"%s@example.com","category_type":"User","action":"%s","operation_detail":"%s"}\n' \
    1 homer Low one 2 homer High '<b>two</b>' 3 marge Low three >"$folder/records.ndjson"
  rules="$folder/rules"
  write_config "  - {id: file, type: file, path: $folder/records.ndjson, follow: true, history_alerts: all}"
  with_http
  start_margay
  wait_for 30 has_started
  wait_for 30 has 3 alert
}

@test "who asks, and alerts by their filters, page by page" {
  start_with_alerts
  ask 200 /me
  is local .name
  is admin .role
  is none .login
  ask 200 /alerts
  is 'Low: three,High: <b>two</b>,Low: one' '[.items[].title] | join(",")'
  is null .next
  "$margay" alerts list -c "$config" -f json | jq -S . >"$folder/by_cli"
  jq -S '.items[]' <<<"$answer" >"$folder/by_api"
  same "$folder/by_cli" "$folder/by_api" "the alerts of the API and of the command"
  ask 200 '/alerts?severity=medium'
  is 'High: <b>two</b>' '[.items[].title] | join(",")'
  ask 200 '/alerts?q=B%3ETWO&status=open&status=resolved&type=rule'
  is 1 '.items | length'
  ask 200 '/alerts?status=resolved'
  is 0 '.items | length'
  ask 200 '/alerts?limit=2'
  is 2 '.items | length'
  ask 200 "/alerts?limit=2&cursor=$(jq -r .next <<<"$answer")"
  is 'Low: one' '[.items[].title] | join(",")'
  is null .next
  ask 200 '/alerts?since=2024-01-01&until=1d'
  is 0 '.items | length'
  stop_margay "$pid"
}

@test "what makes no sense is refused with its place" {
  start_with_alerts
  ask 400 '/alerts?severity=grave'
  is 'severity' .parameter
  is "severity: there is no 'grave': give one of info, low, medium, high, critical" .detail
  grep -qi '^content-type: application/problem+json' "$folder/head"
  ask 400 '/alerts?limit=0'
  is limit .parameter
  ask 400 '/alerts?limits=1'
  is "unknown parameter 'limits' (did you mean 'limit'?)" .detail
  ask 400 '/alerts?limit=1&limit=2'
  is 'limit: given twice' .detail
  ask 400 '/alerts?q=%01'
  is q .parameter
  ask 400 '/alerts?cursor=x'
  is cursor .parameter
  ask 404 /nothing
  ask 405 /alerts -X DELETE
  grep -qi '^allow: GET, HEAD' "$folder/head"
  ask 421 /me -H 'Host: evil.example.com'
  ask 403 /me -H 'Sec-Fetch-Site: cross-site'
  ask 403 /me -H 'Origin: http://evil.example.com'
  ask 200 /me -H "Origin: http://127.0.0.1:$port" -H 'Sec-Fetch-Site: same-origin'
  stop_margay "$pid"
}

@test "what was not changed is not sent again, and each answer has the headers that keep pages apart" {
  start_with_alerts
  ask 200 /alerts
  local tag header
  tag="$(sed -nE 's/^etag: ("[0-9a-f]{32}").*/\1/Ip' "$folder/head")"
  ask 304 /alerts -H "If-None-Match: $tag"
  ask 200 /alerts
  cp "$folder/answer" "$folder/plain"
  ask 200 /alerts --compressed
  grep -qi '^content-encoding: gzip' "$folder/head"
  same "$folder/plain" "$folder/answer" "the answer and what is compressed"
  ask 200 '/alerts?limit=1' -H "If-None-Match: $tag"
  for header in "content-security-policy: default-src 'none'" 'x-content-type-options: nosniff' \
    'referrer-policy: no-referrer' 'cross-origin-opener-policy: same-origin' \
    'cross-origin-resource-policy: same-origin' 'cache-control: no-store'; do
    grep -qi "^$header" "$folder/head" || fail "no header $header"
  done
  stop_margay "$pid"
}

# file STATUS PATH [OPTION…]: asks for a file of the dashboard, into $folder/file.
file() {
  equal "$1" "$(curl -s --max-time 10 --path-as-is -o "$folder/file" -D "$folder/head" -w '%{http_code}' "${@:3}" \
    "http://127.0.0.1:$port$2")" "the status of $2"
}

@test "the dashboard's files are served as they are in web/, pages by their own paths, and nothing else" {
  start_with_alerts
  file 200 /data.css
  same "$root/web/data.css" "$folder/file" "the file and what is served"
  grep -qi '^content-type: text/css; charset=utf-8' "$folder/head"
  grep -qi "^content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'" "$folder/head"
  file 200 /data.css --compressed
  same "$root/web/data.css" "$folder/file" "the file and what is served compressed"
  grep -qi '^content-encoding: gzip' "$folder/head"
  file 304 /data.css -H "If-None-Match: $(sed -nE 's/^etag: ([^\r]*).*/\1/Ip' "$folder/head")"
  local path
  for path in / /alerts /alerts/3f9c21 /search /events/1 /rules/Zoom.X /health /login; do
    file 200 "$path" --compressed
    same "$root/web/index.html" "$folder/file" "the page and $path"
  done
  for path in /nothing /index.htm /web/index.html /../margay.yml /lib/../../margay.db /%2e%2e/margay.db \
    /lib/%2e%2e/%2e%2e/etc/passwd '/lib//api.js' /etc/passwd /.git/config; do
    file 404 "$path" || file 400 "$path"
  done
  file 404 /alerts -X POST -d x
  sed -i 's/^http: {/&dashboard: false, /' "$config"
  stop_margay "$pid"
  start_margay
  wait_for 30 has_started
  file 404 /
  ask 200 /me
  stop_margay "$pid"
}

# change STATUS ID JSON [OPTION…]
change() {
  ask "$1" "/alerts/$2/changes" -H 'Content-Type: application/json' -d "$3" "${@:4}"
}

@test "an alert is shown and changed, and of two who change it the second one learns of the first" {
  start_with_alerts
  ask 200 '/alerts?q=one'
  local id
  id="$(jq -r '.items[0].alert_id' <<<"$answer")"
  ask 200 "/alerts/$id"
  is 0 .revision
  is 'High: <b>two</b>' '[.related[].title] | join(",")'
  is '[]' '.history | tostring'
  ask 404 /alerts/0123456789abcdef0123456789abcdef
  is id .parameter
  ask 200 "/alerts/$id/events"
  is 'one homer@example.com Zoom.Operation' '.items[0] | [.event.operation_detail, .event.operator, .log_type] | join(" ")'
  change 200 "$id" '{"change": "ack", "note": "a look"}' -H 'If-Match: "0"'
  is 'acknowledged 1 ack' '[.state, .revision, "ack"] | join(" ")'
  is 'local api acknowledged a look' '.history[0] | [.who, .via, .action, .note] | join(" ")'
  change 412 "$id" '{"change": "resolve", "resolution": "benign"}' -H 'If-Match: "0"'
  change 409 "$id" '{"change": "ack"}'
  is 'the alert is acknowledged already, by local' .detail
  change 400 "$id" '{"change": "resolve"}'
  is resolution .parameter
  change 400 "$id" '{"change": "note"}'
  change 400 "$id" '{"change": "note", "note": 1}'
  is note .parameter
  change 400 "$id" '{"change": "note", "note": "x", "more": 1}'
  change 400 "$id" '["ack"]'
  change 400 "$id" '{"change": "ack", "change": "note"}'
  change 200 "$id" '{"change": "assign", "assignee": "lisa"}'
  is lisa .assignee
  change 200 "$id" '{"change": "resolve", "resolution": "false_positive"}' -H 'If-Match: "2"'
  is 'resolved false_positive' '[.state, .resolution] | join(" ")'
  change 200 "$id" '{"change": "reopen"}'
  is 'open null 4' '[.state, .resolution // "null", .revision] | join(" ")'
  ask 415 "/alerts/$id/changes" -d '{"change": "ack"}'
  ask 415 "/alerts/$id/changes" -H 'Content-Type: text/plain' -d '{"change": "ack"}'
  change 403 "$id" '{"change": "ack"}' -H 'Origin: http://localhost:1'
  change 403 "$id" '{"change": "ack"}' -H 'Origin: null'
  # Six at once, all of whom have seen the same.
  curl -s --max-time 20 -Z --parallel-immediate -H 'Content-Type: application/json' -H 'If-Match: "4"' -w '%{http_code}\n' \
    -d '{"change": "note", "note": "me first"}' -o "$folder/six.#1" "http://127.0.0.1:$port/api/v1/alerts/$id/changes#[1-6]" >"$folder/six"
  equal '200 412 412 412 412 412' "$(sort "$folder/six" | paste -sd ' ')" "what six at once were answered"
  stop_margay "$pid"
}

# follow [OPTION…]: a stream, into $folder/stream, until stop_following.
follow() {
  : >"$folder/stream"
  curl -sN "$@" "http://127.0.0.1:$port/api/v1/stream" >>"$folder/stream" 3>&- &
  follower=$!
  pids+=("$follower")
}

stop_following() {
  kill_server "$follower"
}

streamed() {
  grep -qF "$1" "$folder/stream"
}

@test "what is new is streamed, and a stream that was cut goes on where it was" {
  start_with_alerts
  follow
  wait_for 10 streamed 'event: health'
  streamed 'event: counts'
  ! streamed 'event: alert'
  ask 200 '/alerts?q=one'
  local id last
  id="$(jq -r '.items[0].alert_id' <<<"$answer")"
  change 200 "$id" '{"change": "ack"}'
  wait_for 10 streamed "\"id\":\"$id\",\"revision\":\"1\",\"status\":\"acknowledged\",\"severity\":\"LOW\",\"title\":\"Low: one\",\"rule\":\"Test.Low\""
  last="$(sed -n 's/^id: //p' "$folder/stream" | tail -n 1)"
  stop_following
  printf '{"time":"2024-03-21T00:00:09","operator":"homer@example.com","category_type":"User","action":"High","operation_detail":"<i>\\n\\nevent: x"}\n' \
    >>"$folder/records.ndjson"
  change 200 "$id" '{"change": "reopen"}'
  wait_for 30 has 4 alert
  follow -H "Last-Event-ID: $last"
  wait_for 10 streamed 'High: <i>\n\nevent: x'
  wait_for 10 streamed '"revision":"2","status":"open"'
  equal '' "$(grep '^event: x' "$folder/stream" || true)" "events that a title made"
  ! streamed 'event: reset'
  stop_following
  follow -H "Last-Event-ID: 99999.0" # of another state file
  wait_for 10 streamed 'event: reset'
  stop_margay "$pid"
  stop_following
}

@test "an alert changes while a destination that does not answer is tried" {
  start_with_alerts
  stop_margay "$pid"
  start_server --latency 60000
  sed -i '/^destinations:/,+1d' "$config"
  printf 'destinations: [{id: slow, type: webhook, url: "%s/", secret: s, allow_private: true, severities: [critical]}]\n' "$url" >>"$config"
  start_margay
  wait_for 30 has_started
  ask 200 /alerts
  local id
  id="$(jq -r '.items[0].alert_id' <<<"$answer")"
  curl -s --max-time 20 -H 'Content-Type: application/json' -d '{}' -o "$folder/tried" \
    "http://127.0.0.1:$port/api/v1/destinations/slow/test" 3>&- &
  pids+=("$!")
  wait_for 10 eval 'grep -q "^margay_http_open_connections 2" <(curl -s "http://127.0.0.1:$port/metrics")'
  ask 200 "/alerts/$id/changes" --max-time 5 -H 'Content-Type: application/json' -d '{"change": "ack"}'
  stop_margay "$pid"
}

# The lines of the blocks ```console of docs/api.md, with our port.
examples() {
  awk '/^```/ { inside = !inside && /^```console/; next } inside' "$root/docs/api.md" | sed "s/127\.0\.0\.1:8440/127.0.0.1:$port/"
}

@test "the examples of docs/api.md answer what stands below them" {
  start_with_alerts
  cd "$folder"
  margay() { "$MARGAY" "$@" -c "$config"; }
  local line output=
  while IFS= read -r line <&5; do
    if [[ "$line" == '$ '* ]]; then
      equal '' "$output" "what is left of an example's output"
      eval "${line#$ } >$folder/output" || fail "$line"
      output="$(<"$folder/output")"
    else
      equal "$line" "${output%%$'\n'*}" "an example's output"
      [[ "$output" == *$'\n'* ]] && output="${output#*$'\n'}" || output=
    fi
  done 5< <(examples)
  [ -n "$token" ] && [ -n "$id" ]
  stop_margay "$pid"
}

@test "bodies that are too large, requests that are too slow, and what was asked, are counted" {
  start_with_alerts
  local id large="$folder/large.json"
  id="$(sql "SELECT id FROM alert LIMIT 1")"
  { printf '{"change": "note", "note": "'; head -c 300000 /dev/zero | tr '\0' x; printf '"}'; } >"$large"
  ask 413 "/alerts/$id/changes" -H 'Content-Type: application/json' --data-binary "@$large" -H 'Expect:'
  { printf '{"change": "note", "note": '; head -c 100000 /dev/zero | tr '\0' '['; } >"$large"
  ask 400 "/alerts/$id/changes" -H 'Content-Type: application/json' --data-binary "@$large"
  ask 400 "/alerts?q=$(head -c 5000 /dev/zero | tr '\0' x)"
  is q .parameter
  ask 431 "/alerts?q=$(head -c 30000 /dev/zero | tr '\0' x)" || ask 414 "/alerts?q=$(head -c 30000 /dev/zero | tr '\0' x)"
  sed -i 's/^http: {/&limits: {head_timeout: 300ms, body_timeout: 300ms}, /' "$config"
  get /metrics >"$folder/metrics"
  grep -qxF 'margay_api_requests_total{operation="alerts.list",status="400"} 1' "$folder/metrics" || fail "$(grep margay_api "$folder/metrics")"
  grep -qxF 'margay_api_requests_total{operation="alerts.change",status="400"} 1' "$folder/metrics"
  stop_margay "$pid"
  start_margay
  wait_for 30 has_started
  exec 7<>"/dev/tcp/127.0.0.1/$port"
  printf 'POST /api/v1/alerts/%s/changes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{' "$id" >&7
  read -r -t 10 line <&7
  [[ "$line" == 'HTTP/1.1 408 '* ]] || fail "a slow body: $line"
  exec 7>&-
  ask 200 /me
  stop_margay "$pid"
}
