#!/usr/bin/env bats
# Who may do what by the API: tokens, roles, sessions, other sites' pages, and the audit log.

load lib
load api

# start [SETTING]: a daemon that wants tokens, and two records that alert.
start() {
  mkdir -p "$folder/rules"
  cat >"$folder/rules/bad.lua" <<'LUA'
metadata { id = "Test.Bad", log_types = { "Zoom.Operation" }, severity = "high", where = { action = "Bad" } }
function title(event) return "Bad: " .. event.operation_detail end
LUA
  printf '{"time":"2024-03-21T00:00:01","operator":"homer@example.com","category_type":"User","action":"Bad","operation_detail":"one"}\n' \
    >"$folder/records.ndjson"
  rules="$folder/rules"
  write_config "  - {id: file, type: file, path: $folder/records.ndjson, follow: true, history_alerts: all}"
  with_http
  sed -i 's/^http: {/&login: token, /' "$config"
  start_margay
  wait_for 30 has_started
  wait_for 30 has 1 alert
}

# follow [OPTION…]: a stream, into $folder/stream, by the process $follower.
follow() {
  : >"$folder/stream"
  curl -sN "$@" "http://127.0.0.1:$port/api/v1/stream" >>"$folder/stream" 3>&- &
  follower=$!
  pids+=("$follower")
  wait_for 10 grep -q '^event: health' "$folder/stream"
}

# token NAME ROLE [OPTION…]
token() {
  "$margay" token new "$1" --role "$2" -c "$config" "${@:3}"
}

@test "each operation is for the roles that its row names, and for nobody else" {
  start
  local viewer analyst admin expired revoked who least operation method path status wanted
  viewer="$(token viewer viewer)" analyst="$(token analyst analyst --expires 1h)" admin="$(token admin admin)"
  expired="$(token expired admin)" revoked="$(token revoked admin)"
  sqlite3 -cmd '.timeout 30000' "$store" "UPDATE access_token SET expires_at = 1 WHERE name = 'expired'"
  "$margay" token revoke revoked -c "$config"
  ask 200 /openapi.json -H "Authorization: Bearer $viewer"
  jq -r '.paths | to_entries[] | .key as $path | .value | to_entries[] |
    "\(.value["x-margay-role"]) \(.key | ascii_upcase) \($path) \(.value.operationId)"' <<<"$answer" >"$folder/operations"
  [ "$(wc -l <"$folder/operations")" -gt 8 ]
  # One curl for all of them: a line of its configuration each, none of which changes anything.
  while read -r least method path operation; do
    path="${path//\{*\}/0123456789abcdef}"
    for who in none wrong expired revoked viewer analyst admin; do
      case "$least $who" in
        anybody\ *) continue ;; # by itself below
        *\ none | *\ wrong | *\ expired | *\ revoked) wanted=401 ;;
        viewer\ * | analyst\ analyst | *\ admin) wanted=may ;;
        *) wanted=403 ;;
      esac
      [ "$operation $wanted" != "stream.open may" ] || continue # it has no end
      {
        echo next
        echo "url = \"http://127.0.0.1:$port/api/v1$path\""
        echo "request = $method"
        [ "$method" = GET ] || { echo 'header = "Content-Type: application/json"'; echo 'data = "{\"nothing\": 1}"'; }
        [ "$who" = none ] || echo "header = \"Authorization: Bearer ${!who:-mgy_0}\""
        echo 'output = /dev/null'
        echo "write-out = \"$operation $who $wanted %{http_code}\n\""
      } >>"$folder/requests.$who"
    done
  done <"$folder/operations"
  # Past twenty refused ones in a minute, strangers get 429.
  for who in viewer analyst admin none wrong expired revoked; do
    sed -i 1d "$folder/requests.$who"
    curl -s --max-time 60 -K "$folder/requests.$who" >>"$folder/answers"
  done
  equal "$(cat "$folder"/requests.* | grep -c ^url)" "$(wc -l <"$folder/answers")" "answers"
  awk '$3 == "may" ? $4 == 401 || $4 == 403 || $4 >= 500 && $4 != 503 : $3 != $4 && !($3 == 401 && $4 == 429)' \
    "$folder/answers" >"$folder/wrong"
  equal '' "$(<"$folder/wrong")" "operations that answered a role otherwise"
  stop_margay "$pid"
}

@test "without a right token there is nothing, and who tries too often is not listened to for a while" {
  start
  local admin revoked i
  admin="$(token admin admin)" revoked="$(token revoked admin)"
  [[ "$admin" =~ ^mgy_[A-Za-z0-9_-]{43}$ ]]
  ! grep -aqF "${admin#mgy_}" "$store" "$store-wal" || fail "the token is in the state file"
  ask 401 /alerts
  is token .login
  [[ "$(header www-authenticate)" = Bearer* ]]
  ask 200 /alerts -H "Authorization: Bearer $revoked"
  follow -H "Authorization: Bearer $revoked"
  "$margay" token revoke revoked -c "$config"
  ask 401 /alerts -H "Authorization: Bearer $revoked"
  end_of "$follower" 8
  watched="$pid"
  ask 401 /alerts -H 'Authorization: Basic YTpi'
  ask 401 /alerts -H 'Cookie: margay_session=mgs_0'
  for ((i = 0; i < 20; i++)); do
    curl -s -o "$folder/answer" -w '%{http_code}\n' -H 'Authorization: Bearer mgy_0' "http://127.0.0.1:$port/api/v1/me"
  done | sort | uniq -c >"$folder/counts"
  grep -q ' 429$' "$folder/counts" || fail "$(<"$folder/counts")"
  ask 429 /session -H 'Content-Type: application/json' -d "{\"token\": \"$admin\"}"
  ask 200 /me -H "Authorization: Bearer $admin"
  run "$margay" token new admin -c "$config"
  equal "1 margay token: there is a token 'admin' already: revoke it first" "$status $output" "a second token"
  run "$margay" token revoke nobody -c "$config"
  equal 1 "$status" "the status of revoking what is not there"
  run "$margay" token new 'a b' -c "$config"
  equal 2 "$status" "the status of a name with a blank"
  equal 'admin admin never' "$("$margay" token list -c "$config" -f json | jq -r '[.name, .role, .expires_at // "never"] | join(" ")')" "the tokens"
  stop_margay "$pid"
}

@test "a browser logs in with a token and gets a cookie that no script sees" {
  start
  local analyst cookie id
  analyst="$(token dashboard analyst --expires 2h)"
  ask 401 /session -H 'Content-Type: application/json' -d '{"token": "mgy_0"}'
  is token .parameter
  ask 415 /session -d "{\"token\": \"$analyst\"}"
  ask 200 /session -H 'Content-Type: application/json' -d "{\"token\": \"$analyst\"}"
  is 'dashboard analyst' '[.name, .role] | join(" ")'
  cookie="$(header set-cookie)"
  [[ "$cookie" =~ ^margay_session=mgs_[A-Za-z0-9_-]{43}\;\ Max-Age=7[0-9]{3}\;\ Path=/\;\ HttpOnly\;\ SameSite=Strict$ ]] || fail "$cookie"
  cookie="${cookie%%;*}"
  ask 200 /me -H "Cookie: other=1; $cookie"
  is 'dashboard analyst session token' '[.name, .role, .via, .login] | join(" ")'
  ask 200 /alerts -H "Cookie: $cookie"
  id="$(jq -r '.items[0].alert_id' <<<"$answer")"
  local write=(-H "Cookie: $cookie" -H 'Content-Type: application/json' -d '{"change": "ack"}')
  # What a page of another site can make a browser send.
  ask 403 "/alerts/$id/changes" "${write[@]}" -H 'Origin: https://evil.example.com' -H 'Sec-Fetch-Site: cross-site'
  ask 403 "/alerts/$id/changes" "${write[@]}" -H 'Origin: null'
  ask 403 "/alerts/$id/changes" "${write[@]}" -H 'Sec-Fetch-Site: same-site'
  ask 415 "/alerts/$id/changes" -H "Cookie: $cookie" -H 'Content-Type: text/plain' -d '{"change": "ack"}'
  ask 415 "/alerts/$id/changes" -H "Cookie: $cookie" --data-urlencode 'change=ack'
  ask 405 "/alerts/$id/changes?change=ack" -H "Cookie: $cookie"
  ask 405 "/alerts/$id/changes" -X OPTIONS -H 'Origin: https://evil.example.com' -H 'Access-Control-Request-Method: POST'
  equal '' "$(header access-control-allow-origin)" "what other origins may read"
  [[ "$(header content-security-policy)" == *"frame-ancestors 'none'"* ]]
  equal 0 "$(count alert_history)" "changes so far"
  ask 200 "/alerts/$id/changes" "${write[@]}" -H "Origin: http://127.0.0.1:$port" -H 'Sec-Fetch-Site: same-origin'
  is 'dashboard api' '.history[0] | [.who, .via] | join(" ")'
  ask 200 /session -H 'Content-Type: application/json' -d "{\"token\": \"$analyst\"}" -H "Origin: https://127.0.0.1:$port"
  [[ "$(header set-cookie)" == *'; Secure' ]] || fail "no Secure behind a proxy with TLS: $(header set-cookie)"
  ask 204 /session -X DELETE -H "Cookie: $cookie" -H 'Content-Type: application/json'
  ask 401 /me -H "Cookie: $cookie"
  ask 200 /session -H 'Content-Type: application/json' -d "{\"token\": \"$analyst\"}"
  cookie="$(header set-cookie)" cookie="${cookie%%;*}"
  "$margay" token revoke dashboard -c "$config"
  ask 401 /me -H "Cookie: $cookie"
  stop_margay "$pid"
}

@test "what was done and what was refused is in the audit log, without secrets" {
  start
  local viewer admin id
  export USER=tester
  viewer="$(token viewer viewer)" admin="$(token admin admin)"
  id="$(sql 'SELECT id FROM alert')"
  local json=(-H 'Content-Type: application/json')
  ask 403 "/alerts/$id/changes" "${json[@]}" -H "Authorization: Bearer $viewer" -d '{"change": "ack"}'
  ask 200 "/alerts/$id/changes" "${json[@]}" -H "Authorization: Bearer $admin" -d '{"change": "ack", "note": "a look"}'
  ask 409 "/alerts/$id/changes" "${json[@]}" -H "Authorization: Bearer $admin" -d '{"change": "ack"}'
  ask 401 /session "${json[@]}" -d '{"token": "mgy_guess"}'
  ask 200 /session "${json[@]}" -d "{\"token\": \"$admin\"}"
  ask 403 /audit -H "Authorization: Bearer $viewer"
  ask 200 /audit -H "Authorization: Bearer $admin"
  equal "viewer 403 audit.list
admin 200 session.begin
 401 session.begin
admin 409 alerts.change
admin 200 alerts.change
viewer 403 alerts.change
$USER 200 token.new
$USER 200 token.new" "$(jq -r '.items[] | "\(.who) \(.status) \(.operation)"' <<<"$answer")" "the audit log"
  is "$id ack a look" '.items[4].what | [.id, .change, .note] | join(" ")'
  is "admin viewer" '.items[6:] | map(.what.role) | join(" ")'
  ! grep -qF mgy_ "$folder/answer" || fail "a token is in the audit log"
  "$margay" audit -c "$config" -f json | jq -S . >"$folder/by_cli"
  jq -S '.items[]' <<<"$answer" >"$folder/by_api"
  same "$folder/by_cli" "$folder/by_api" "the audit log of the API and of the command"
  "$margay" audit -c "$config" --who viewer | grep -q 'alerts.change'
  ask 200 '/audit?limit=1' -H "Authorization: Bearer $admin"
  ask 200 "/audit?limit=1&cursor=$(jq -r .next <<<"$answer")" -H "Authorization: Bearer $admin"
  is session.begin '.items[0].operation'
  stop_margay "$pid"
}

@test "with a source that others send to, a login is needed from the reload on, and for good" {
  start
  stop_margay "$pid"
  sed -i 's/login: token, //' "$config"
  local before
  before="$(<"$config")"
  start_margay
  wait_for 30 has_started
  ask 200 /me
  is none .login
  follow
  ask 421 /me -H 'X-Forwarded-For: 192.0.2.1'
  sed -i 's|^sources:|&\n  - {id: hooks, type: zoom_webhook, path: /zoom, secret_token: s}|' "$config"
  kill -HUP "$pid"
  wait_for 30 eval 'grep -q msg=reloaded "$log"'
  ask 401 /me
  ask 401 /alerts -H 'Host: localhost'
  end_of "$follower" 8 # its stream was for those of this machine
  watched="$pid"
  printf '%s\n' "$before" >"$config"
  kill -HUP "$pid"
  wait_for 30 eval '[ "$(grep -c msg=reloaded "$log")" = 2 ]'
  ask 401 /me
  stop_margay "$pid"
}

@test "a provider that does not answer keeps nobody else waiting" {
  start
  stop_margay "$pid"
  start_server --latency 60000
  sed -i "s|^http: {|&oidc: {issuer: \"$url\", client_id: a, redirect: \"https://margay.example.com/api/v1/session/oidc/callback\", others: viewer}, |; s/login: token, //" "$config"
  start_margay
  wait_for 30 has_started
  local i
  for i in 1 2 3; do
    curl -s --max-time 20 -o "$folder/login.$i" "http://127.0.0.1:$port/api/v1/session/oidc" 3>&- &
    pids+=("$!")
  done
  wait_for 10 eval 'curl -s "http://127.0.0.1:$port/metrics" | grep -q "^margay_http_open_connections 4"'
  ask 401 /me --max-time 4
  is oidc .login
  stop_margay "$pid"
}
