#!/usr/bin/env bats
# Webhooks, sent by hand: signed with openssl, sent with curl or over a bare connection.

load lib
own_rules=tests/e2e/rules/correlation

secret=s3cret
signed_at= # when the next request is signed: seconds since 1970; empty: now
target=/zoom/main

webhook_source() {
  printf '%s\n' "  - id: ${1:-main}" '    type: zoom_webhook' "    path: ${2:-/zoom/main}" \
    "    secret_token: ${3:-$secret}"
}

start_webhooks() {
  write_config "$(webhook_source)"
  with_http
  start_margay
  wait_for 30 has_started
}

# event NAME [TS]: a body; the names differ.
event() {
  printf '{"event":"meeting.started","event_ts":%s,"payload":{"account_id":"abc","object":{"topic":"%s"}}}' \
    "${2:-1700000000000}" "$1"
}

# sign BODY: sets $at and $signature.
sign() {
  at="${signed_at:-$(date +%s)}"
  signature="v0=$(printf 'v0:%s:%s' "$at" "$1" | openssl dgst -sha256 -hmac "$secret" -r | cut -d' ' -f1)"
}

# post BODY [CURL'S OPTION…]: the status of a signed request; its answer is in $folder/answer.
post() {
  local body=$1
  shift
  sign "$body"
  curl -s --max-time 10 -o "$folder/answer" -w '%{http_code}' -H "x-zm-signature: $signature" \
    -H "x-zm-request-timestamp: $at" -H 'Content-Type: application/json' --data-binary "$body" "$@" \
    "http://127.0.0.1:$port$target"
}

# raw TEXT: what the listener answers to these bytes, until it closes the connection.
raw() {
  exec 7<>"/dev/tcp/127.0.0.1/$port"
  printf '%b' "$1" >&7
  timeout 10 cat <&7 || true
  exec 7>&-
}

# whole BODY: a signed request as its bytes.
whole() {
  sign "$1"
  printf 'POST %s HTTP/1.1\\r\\nHost: margay\\r\\nx-zm-signature: %s\\r\\nx-zm-request-timestamp: %s\\r\\nContent-Length: %s\\r\\n%s\\r\\n%s' \
    "$target" "$signature" "$at" "${#1}" "${2:-}" "$1"
}

# topics: of the events that are stored, sorted.
topics() {
  stored_records 2>/dev/null | jq -r '.payload.object.topic // tostring' | LC_ALL=C sort | tr '\n' ' '
}

outcome() {
  get /metrics | sed -n "s/^margay_intake_requests_total{source=\"${2:-main}\",outcome=\"$1\"} //p"
}

@test "each request gets its code, and only what is signed is stored" {
  start_webhooks
  equal 200 "$(post "$(event valid)")" "a valid one"
  equal 200 "$(post "$(event valid)")" "the same once more"
  equal 200 "$(post "$(event chunked)" -H 'Transfer-Encoding: chunked')" "in chunks"
  equal 200 "$(post '{"event": "meeting.started",
    "event_ts": 1700000000000, "payload": {"object": {"topic": "on lines"}}}')" "on several lines"
  equal 200 "$(post '{"event":"strange.thing","payload":{"object":{"topic":"no time"}}}')" "without a time"
  equal 200 "$(post '{"event":"strange.thing","payload":{"object":{"topic":"no time"}}}')" "that once more"
  equal 200 "$(post 'no JSON')" "no JSON"
  equal 200 "$(post 'no JSON')" "no JSON once more"
  equal 200 "$(post '[1]')" "no object"

  equal 401 "$(secret=other post "$(event forged)")" "a forged one"
  equal 401 "$(post "$(event changed)" -d ' ')" "a changed one"
  sign "$(event again)"
  equal 401 "$(curl -s -o /dev/null -w '%{http_code}' -H "x-zm-signature: $signature" \
    -H "x-zm-request-timestamp: $at" -d "$(event again | jq .)" "http://127.0.0.1:$port$target")" "serialised anew"
  equal 401 "$(curl -s -o /dev/null -w '%{http_code}' -d "$(event unsigned)" "http://127.0.0.1:$port$target")" "unsigned"
  equal 401 "$(signed_at=$(($(date +%s) - 310)) post "$(event old)")" "an old one"
  equal 401 "$(signed_at=$(($(date +%s) + 310)) post "$(event future)")" "one of the future"
  equal 200 "$(signed_at=$(($(date +%s) - 280)) post "$(event late)")" "one that is late"
  equal 415 "$(post "$(event packed)" -H 'Content-Encoding: gzip')" "a packed one"
  equal 405 "$(curl -s -o /dev/null -w '%{http_code}' -D "$folder/head" "http://127.0.0.1:$port$target")" "GET"
  grep -qi '^Allow: POST' "$folder/head" || fail "no Allow"
  equal 404 "$(target=/zoom/other post "$(event elsewhere)")" "another path"
  head -c 1100000 /dev/zero | tr '\0' x >"$folder/huge"
  equal 413 "$(curl -s -o /dev/null -w '%{http_code}' --data-binary "@$folder/huge" "http://127.0.0.1:$port$target")" "a huge one"
  equal 413 "$(curl -s -o /dev/null -w '%{http_code}' -H 'Transfer-Encoding: chunked' --data-binary "@$folder/huge" \
    "http://127.0.0.1:$port$target")" "a huge one in chunks"

  equal "chunked late no time on lines valid " "$(topics)" "what is stored"
  equal 2 "$(count dead_letter)" "dead letters"
  equal '10 1 2 3' "$(outcome accepted) $(outcome unsigned) $(outcome bad_time) $(outcome bad_signature)" "what is counted"
  equal 3 "$(get /metrics | sed -n 's/^margay_repeated_records_total{source="main"} //p')" "repeated"
  equal 1 "$(grep -c 'outcome=bad_signature' "$log")" "lines about signatures"
  # What is older than Zoom's last attempt cannot come any more.
  equal 90 "$(sql "SELECT (unixepoch() - watermark / 1000000 - 30) / 60 + 1 FROM source_progress")" "minutes to the watermark"
  ! grep -qE "$secret|topic" "$log" || fail "the log shows a secret or a body"
  stop_margay "$pid"
}

@test "a challenge is answered when it is signed, and is no event" {
  start_webhooks
  local body='{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1,"event":"endpoint.url_validation"}'
  equal 200 "$(post "$body")" "a challenge"
  equal "$(printf 'qgg8vlvZRS6UYooatFL8Aw' | openssl dgst -sha256 -hmac "$secret" -r | cut -d' ' -f1)" \
    "$(jq -r .encryptedToken "$folder/answer")" "the text's HMAC"
  equal qgg8vlvZRS6UYooatFL8Aw "$(jq -r .plainToken "$folder/answer")" "the text"
  equal 401 "$(secret=other post "$body")" "a forged challenge"
  equal 400 "$(post '{"event":"endpoint.url_validation","payload":{}}')" "a challenge without a text"
  equal 0 "$(count event)$(count dead_letter | tr -d 0)" "what is stored"
  stop_margay "$pid"
}

@test "a subscription with OAuth gets its token, and needs it beside the signature" {
  write_config "$(webhook_source)
    authentication: {client_id: zoom, client_secret: opensesame, token_path: /zoom/token}"
  with_http
  start_margay
  wait_for 30 has_started
  local url="http://127.0.0.1:$port/zoom/token" token
  equal 401 "$(curl -s -o /dev/null -w '%{http_code}' -u zoom:wrong -d grant_type=client_credentials "$url")" "a wrong secret"
  token="$(curl -s -u zoom:opensesame -d grant_type=client_credentials "$url" | jq -r .access_token)"
  equal 200 "$(post "$(event one)" -H "Authorization: Bearer $token")" "with the token"
  equal 401 "$(post "$(event two)")" "without the token"
  equal 401 "$(post "$(event two)" -H "Authorization: Bearer ${token/./0.}")" "with another token"
  equal 401 "$(secret=other post "$(event two)" -H "Authorization: Bearer $token")" "with the token and another signature"
  equal "one " "$(topics)" "what is stored"
  stop_margay "$pid"
}

@test "requests follow each other on one connection, also before the answers, and slow ones are cut off" {
  write_config "$(webhook_source)"
  with_http
  sed -i 's/^http: {\(.*\)}$/http: {\1, limits: {head_timeout: 300ms, body_timeout: 300ms, idle_timeout: 300ms}}/' "$config"
  start_margay
  wait_for 30 has_started
  raw "$(whole "$(event one)")$(whole "$(event two)")$(whole "$(event three)" 'Connection: close\r\n')" >"$folder/answers"
  equal 3 "$(grep -ac '^HTTP/1.1 200' "$folder/answers")" "answers"
  equal "one three two " "$(topics)" "what is stored"
  local half
  half="$(whole "$(event half)")"
  raw "${half:0:60}" >"$folder/answers"
  raw "${half:0:-5}" >"$folder/half"
  equal 1 "$(grep -ac '^HTTP/1.1 408' "$folder/half")" "time-outs"
  exec 7<>"/dev/tcp/127.0.0.1/$port"
  printf '%b' "${half:0:-5}" >&7
  exec 7>&- # gone in the middle
  equal "one three two " "$(topics)" "what is stored after that"
  stop_margay "$pid"
}

# Sends events from four processes until one is not answered with 200: $folder/sent.N has the topics that were, and
# $folder/last.N the other answer.
start_senders() {
  local i
  senders=()
  for i in 1 2 3 4; do
    (
      n=0 status=200
      while status="$(post "$(event "$i-$n")" -o /dev/null)" && [ "$status" = 200 ]; do
        echo "$i-$n"
        n=$((n + 1))
      done
      echo "$status" >"$folder/last.$i"
    ) >"$folder/sent.$i" 3>&- &
    senders+=("$!")
    pids+=("$!")
  done
  wait_for 30 has 20 event
}

# All that was answered with 200 is stored, and nothing twice.
nothing_lost_or_doubled() {
  local sender sent
  for sender in "${senders[@]}"; do
    wait "$sender" || true
    forget "$sender"
  done
  sent="$(cat "$folder"/sent.* | LC_ALL=C sort)"
  [ -n "$sent" ] || fail "nothing was answered with 200" || return 1
  topics | tr ' ' '\n' | sed '/^$/d' | LC_ALL=C sort >"$folder/stored"
  equal '' "$(LC_ALL=C comm -23 <(echo "$sent") "$folder/stored")" "answered with 200 and not stored" || return 1
  equal '' "$(uniq -d "$folder/stored")" "stored twice"
}

@test "what was answered with 200 is there after kill -9, and once when it is sent again" {
  start_webhooks
  start_senders
  kill_margay "$pid"
  nothing_lost_or_doubled
  start_margay
  wait_for 30 has_started
  local before one
  before="$(count event)"
  for one in $(head -n 1 -q "$folder"/sent.*); do
    equal 200 "$(post "$(event "$one")")" "sent again"
  done
  equal "$before" "$(count event)" "events, after some were sent again"
  stop_margay "$pid"
}

@test "a dead letter that was retried is one event, also when it is sent again" {
  cp -R "$root/schemas" "$folder/schemas"
  start_webhooks
  sed "s|^schemas: .*|schemas: $folder/schemas|" "$config" >"$config.new" && mv "$config.new" "$config"
  equal 200 "$(post '{"aa":7}')" "a record that no schema takes"
  wait_for 30 eval '[ "$(count dead_letter)" = 1 ]'
  printf '%s\n' 'schema: Test.Thing' 'fields: [{name: aa, type: int, required: true}]' >"$folder/schemas/thing.yml"
  kill -HUP "$pid"
  wait_for 30 grep -q msg=reloaded "$log"
  "$margay" deadletters retry --all --state "$store"
  wait_for 30 eval '[ "$(count event)" = 1 ]'
  equal 200 "$(post '{"aa":7}')" "the same once more"
  stop_margay "$pid"
  equal "1 0" "$(count event) $(count dead_letter)" "events and dead letters"
}

@test "a stop answers with 200 what is stored, and else with 503 or not at all" {
  start_webhooks
  start_senders
  end_in_time "$pid" "$stop_ms"
  nothing_lost_or_doubled
  local other
  other="$(sort -u "$folder"/last.* | grep -vxE '503|000' || true)"
  equal '' "$other" "other answers"
}

@test "a full disk is answered with 503, and nothing is lost or doubled when it has space again" {
  file_limit=1500
  start_webhooks
  local i=0 status=200 large
  large="$(head -c 100000 /dev/zero | tr '\0' x)"
  while [ "$status" = 200 ] && [ $i -lt 40 ]; do
    i=$((i + 1))
    status="$(post "$(event "$i-$large")")"
    [ "$status" != 200 ] || echo $i >>"$folder/sent"
  done
  equal 503 "$status" "a full disk"
  equal 503 "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/readyz")" "/readyz"
  equal 503 "$(post "$(event small)")" "while the disk is full"
  equal '1 1' "$(outcome late) $(outcome unavailable)" "outcomes"
  equal '1 1' "$(grep -c 'outcome=late' "$log") $(grep -c 'outcome=unavailable' "$log")" "lines of the log"
  prlimit --pid "$pid" --fsize=unlimited:
  sent_again() { [ "$(post "$(event "$i-$large")")" = 200 ]; }
  wait_for 30 sent_again
  equal 200 "$(post "$(event small)")" "sent again"
  { seq 1 $i; echo small; } | LC_ALL=C sort >"$folder/expected"
  topics | tr ' ' '\n' | sed '/^$/d; s/-.*//' | LC_ALL=C sort >"$folder/stored"
  same "$folder/expected" "$folder/stored" "what was sent and what is stored"
  stop_margay "$pid"
}

@test "a reload takes over secrets and paths, and leaves connections open" {
  start_webhooks
  equal 200 "$(post "$(event one)")" "before"
  exec 8<>"/dev/tcp/127.0.0.1/$port"
  printf '%b' "$(whole "$(event two)")" >&8
  local line
  IFS= read -r -t 10 line <&8
  equal 'HTTP/1.1 200 OK' "${line%$'\r'}" "before, on a connection that stays"
  write_config "$(webhook_source main /zoom/main changed; webhook_source other /zoom/other second)"
  printf 'http: {listen: "127.0.0.1:%s"}\n' "$port" >>"$config"
  kill -HUP "$pid"
  wait_for 30 grep -q 'msg="webhooks are received" source=other' "$log"
  wait_for 30 eval '[ "$(grep -c "msg=\"webhooks are received\" source=main" "$log")" = 2 ]'
  equal 401 "$(post "$(event old)")" "the secret of before"
  equal 200 "$(secret=changed post "$(event three)")" "the new secret"
  equal 200 "$(secret=second target=/zoom/other post "$(event four)")" "the new path"
  secret=changed
  printf '%b' "$(whole "$(event five)" 'Connection: close\r\n')" >&8
  timeout 10 cat <&8 >"$folder/answers"
  exec 8>&-
  grep -aq '^HTTP/1.1 200' "$folder/answers" || fail "the connection did not stay"
  equal "five four one three two " "$(topics)" "what is stored"
  write_config "$(webhook_source other /zoom/other second)"
  printf 'http: {listen: "127.0.0.1:%s"}\n' "$port" >>"$config"
  kill -HUP "$pid"
  wait_for 30 eval '[ "$(post "$(event six)")" = 404 ]'
  stop_margay "$pid"
}

@test "a reload that changes a source answers every request, also meanwhile" {
  start_webhooks
  local i answers
  (for ((i = 1; ; i++)); do post "$(event "$i")"; echo; [ ! -e "$folder/enough" ] || break; done) >"$folder/answers" 3>&- &
  local sender=$!
  pids+=("$sender")
  for ((i = 1; i <= 8; i++)); do
    write_config "$(webhook_source main /zoom/main)"$'\n'"    label: number $i"
    printf 'http: {listen: "127.0.0.1:%s"}\n' "$port" >>"$config"
    kill -HUP "$pid"
    wait_for 30 eval '[ "$(grep -c "msg=reloaded" "$log")" = '"$i"' ]'
  done
  wait_for 30 eval '[ "$(grep -c "msg=\"webhooks are received\"" "$log")" = 9 ]'
  touch "$folder/enough"
  wait "$sender"
  answers="$(grep -c . "$folder/answers")"
  equal "$answers" "$(grep -cx 200 "$folder/answers")" "requests answered with 200"
  equal "$answers" "$(count event)" "what is stored"
  stop_margay "$pid"
}

# ---- behind a proxy --------------------------------------------------------------------------

# free_port: one that nobody listens on at this moment; sets $free.
free_port() {
  start_server --receiver
  kill_server "$server"
  free="${url##*:}"
}

# behind COMMAND…: starts a proxy on $free, and waits until it answers.
behind() {
  "$@" >"$folder/proxy.out" 2>&1 3>&- &
  pids+=("$!")
  watched=$!
  wait_for 30 curl -sk -o /dev/null "$front/" || { cat "$folder/proxy.out"; return 1; }
}

# What docs/webhooks.md says of a proxy: $front is its URL. The client has another address than the proxy, and says
# that it has a third one.
works_behind_a_proxy() {
  sign "$(event proxied)"
  local options=(-sk --interface 127.0.0.9 --max-time 10 -o /dev/null -w '%{http_code}' -H 'X-Forwarded-For: 192.0.2.1'
    -H "x-zm-signature: $signature" -H "x-zm-request-timestamp: $at")
  equal 200 "$(curl "${options[@]}" --data-binary "$(event proxied)" "$front$target")" "through the proxy"
  equal 401 "$(curl "${options[@]}" --data-binary "$(event changed)" "$front$target")" "a forged one"
  grep -q 'outcome=bad_signature .*latest_client=127.0.0.9' "$log" || fail "the client is not in the log"
  equal 404 "$(curl "${options[@]}" "$front/metrics")" "the metrics through the proxy"
  equal 401 "$(curl "${options[@]}" --interface 127.0.0.8 -d x "http://127.0.0.1:$port$target")" "past the proxy"
  equal "proxied " "$(topics)" "what is stored"
  stop_margay "$pid"
}

start_behind_proxy() {
  write_config "$(webhook_source)"
  with_http
  sed -i 's/^http: {\(.*\)}$/http: {\1, trusted_proxies: [127.0.0.1]}/' "$config"
  start_margay
  wait_for 30 has_started
  free_port
}

@test "behind nginx" {
  nginx="$(command -v nginx || ls /usr/sbin/nginx 2>/dev/null)" || skip "there is no nginx"
  start_behind_proxy
  openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2 -keyout "$folder/key.pem" \
    -out "$folder/cert.pem" 2>/dev/null
  cat >"$folder/nginx.conf" <<END
daemon off;
master_process off;
pid $folder/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path $folder/body;
  proxy_temp_path $folder/proxy;
  fastcgi_temp_path $folder/fastcgi;
  uwsgi_temp_path $folder/uwsgi;
  scgi_temp_path $folder/scgi;
$(sed -n '/^```nginx$/,/^```$/{/^```/d; p}' "$root/docs/webhooks.md" |
    sed "s|443|127.0.0.1:$free|; s|/etc/ssl/margay.pem|$folder/cert.pem|; s|/etc/ssl/margay.key|$folder/key.pem|; s|127.0.0.1:8440|127.0.0.1:$port|")
}
END
  front="https://127.0.0.1:$free"
  behind "$nginx" -c "$folder/nginx.conf" -e stderr
  works_behind_a_proxy
}

@test "behind Caddy" {
  command -v caddy >/dev/null || skip "there is no caddy"
  start_behind_proxy
  {
    printf '{\n\tadmin off\n\tauto_https off\n}\n'
    sed -n '/^```caddy$/,/^```$/{/^```/d; p}' "$root/docs/webhooks.md" |
      sed "s|^margay.example.com|http://127.0.0.1:$free|; s|127.0.0.1:8440|127.0.0.1:$port|"
  } >"$folder/Caddyfile"
  front="http://127.0.0.1:$free"
  behind env HOME="$folder" XDG_DATA_HOME="$folder" XDG_CONFIG_HOME="$folder" \
    caddy run --adapter caddyfile --config "$folder/Caddyfile"
  works_behind_a_proxy
}
