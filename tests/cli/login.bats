#!/usr/bin/env bats
# margay login lets a General app in, against a simulated Zoom whose user allows it at once.

bats_require_minimum_version 1.5.0

setup() {
  MARGAY="${MARGAY:-$BATS_TEST_DIRNAME/../../build/margay}"
  FOLDER="$(mktemp -d)"
  pids=()
  cd "$FOLDER" || return
  unset DISPLAY WAYLAND_DISPLAY
}

teardown() {
  for pid in "${pids[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$FOLDER"
}

# start_zoom ARGUMENT…: sets $zoom once it listens, and writes a configuration for it.
start_zoom() {
  mkfifo zoom.out
  exec 9<>zoom.out
  "$MARGAY" sim --generate operation=20 --tokens-coexist "$@" >zoom.out 3>&- 9>&- &
  pids+=($!)
  read -r -t 60 _ _ zoom <&9
  exec 9>&-
  write_config
}

write_config() {
  cat >margay.yml <<YAML
rules: $BATS_TEST_DIRNAME/../e2e/rules/row.lua
sources:
  - {id: zoom, type: zoom_reports, grant: authorization_code, client_id: margay-public, account_id: springfield,
     reports: [operation], poll_interval: 1s, api_url: $zoom/v2, token_url: $zoom/oauth/token,
     authorize_url: $zoom/oauth/authorize${1:-}}
  - {id: server, type: zoom_reports, account_id: springfield, client_id: margay, client_secret: not-a-secret,
     poll_once: true, api_url: $zoom/v2, token_url: $zoom/oauth/token}
destinations:
  - {id: terminal, type: console}
YAML
}

# start_login ARGUMENT…: a login in the background, which reads $input; sets $url once it is printed.
start_login() {
  mkfifo login.out
  "$MARGAY" login "$@" <"${input:-/dev/null}" >login.out 2>login.err 3>&- &
  login=$!
  pids+=("$login")
  exec 8<login.out
  while read -r -t 60 url <&8; do
    [[ "$url" != http* ]] || break
  done
}

# end_login: sets $status and $output.
end_login() {
  status=0
  output="$(cat <&8)"
  wait "$login" || status=$?
  exec 8<&-
  echo "status $status"
  echo "$output"
  cat login.err
}

# Where Zoom sends the browser.
redirect_of() {
  curl -s -o /dev/null -w '%{redirect_url}' "$1"
}

wait_for() {
  timeout 60 bash -c "until $1; do sleep 0.05; done"
}

login() {
  run --separate-stderr "$MARGAY" login "$@"
  echo "status $status"
  echo "$output"
  echo "${stderr:-}"
}

@test "the browser comes back to loopback, and its page and the command say how it ended" {
  start_zoom
  start_login zoom --port 0
  target="$(redirect_of "$url")"
  [[ "$target" == "http://127.0.0.1:"*"/zoom?code="*"&state="* ]]
  # What is no answer to this login is passed over.
  [ "$(curl -s -o /dev/null -w '%{http_code}' "${target%/zoom*}/favicon.ico")" -eq 404 ]
  [[ "$(curl -s "${target%state=*}state=forged")" == "the state that came back is another login's: "* ]]
  [[ "$(curl -s "${target%%\?*}")" == "this is no answer to a login of margay"* ]]
  [[ "$(curl -s "$target")" == "margay is logged in. You can close this window."* ]]
  end_login
  [ "$status" -eq 0 ]
  [[ "$output" == *"source 'zoom' is logged in (granular scopes)."* ]]
  [[ "$output" == *"kept in margay.db as it is; state.key would seal it."* ]]
  [ "$(stat -c %a margay.db)" -eq 600 ]
  run --separate-stderr "$MARGAY" check --online
  [ "$status" -eq 0 ]
  [[ "$output" == *"source 'zoom': access token: the login works"* ]]
  [[ "$output" == *"source 'zoom': report operation: a page of today's rows was read ("* ]]
}

@test "a daemon waits for a login, which may be pasted, and goes on by itself" {
  start_zoom
  "$MARGAY" run >run.out 2>run.log 3>&- &
  pids+=($!)
  wait_for "grep -q 'waiting for a login.*margay login zoom' run.log"
  # The account's name will do, and the code alone.
  input=in
  mkfifo in
  exec 7<>in
  start_login springfield --paste
  target="$(redirect_of "$url")"
  code="${target#*code=}"
  echo "${code%%&*}" >&7
  end_login
  exec 7>&-
  [ "$status" -eq 0 ]
  wait_for "grep -q 'report read.*source=zoom' run.log"
  grep -q 'a login is there, going on' run.log
  [ "$(grep -c 'waiting for a login' run.log)" -eq 1 ]
}

@test "what goes wrong is reported with a way out" {
  start_zoom --deny-login
  start_login zoom --port 0
  [[ "$(curl -s "$(redirect_of "$url")")" == "margay is not logged in: the app was not let in"* ]]
  end_login
  [ "$status" -eq 1 ]
  grep -q 'not let in (access_denied): run margay login again, and choose Allow' login.err
  login zoom --port 0 --timeout 10ms
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"nobody let the app in within 10ms"*"--paste"* ]]
  login zoom --port "${zoom##*:}"
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"Address already in use: end the program that has the port, take another one"*"--paste"* ]]
  login zoom --paste </dev/null
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"nothing was pasted"* ]]
  login zoom --paste <<<'https://example.com/?code=abc&state=old'
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"another login's: open the URL that this margay login has printed"* ]]
  login zoom --paste <<<'abcdef'
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"for one use within 5 minutes"*"Invalid authorization code"* ]]
  run "$MARGAY" check --online
  [ "$status" -eq 1 ]
  [[ "$output" == *"source 'zoom': access token: FAILED: nobody has let the app in yet: run \`margay login zoom\`"* ]]
}

@test "a source that needs no login, none at all, and a redirect elsewhere are mistakes" {
  start_zoom
  login server
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"source 'server' needs no login: only those of a General app do"* ]]
  login nobody
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"there is no source and no account 'nobody' in margay.yml (a login is for: zoom)"* ]]
  login
  [ "$status" -eq 2 ]
  login zoom --no-pkce
  [ "$status" -eq 2 ]
  write_config ', redirect_url: "https://example.com/zoom"'
  login zoom
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"the redirect_url of source 'zoom' is not http://127.0.0.1:PORT/PATH"*"--paste"* ]]
  echo 'rulez: x' >>margay.yml
  login zoom
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"unknown key 'rulez'"* ]]
}

@test "root makes no state file in somebody else's folder" {
  [ "$(id -u)" -eq 0 ] || skip "only root can"
  start_zoom
  mkdir daemon
  chown 12345 daemon
  echo "state: {path: daemon/margay.db}" >>margay.yml
  login zoom --paste </dev/null
  [ "$status" -eq 1 ]
  [[ "$stderr" == *"daemon/margay.db is not there yet, and its folder belongs to the user with the ID 12345: run margay login as that user"* ]]
  [ -z "$(ls daemon)" ]
}

@test "a client with a secret logs in by pasting the https URL, with PKCE or without" {
  input=in
  start_zoom
  sed -i 's/client_id: margay-public,/client_id: margay, client_secret: not-a-secret, redirect_url: "https:\/\/example.com\/zoom",/' margay.yml
  for option in --paste --no-pkce; do
    mkfifo in
    exec 7<>in
    start_login zoom --paste "$option"
    redirect_of "$url" >&7
    echo >&7
    end_login
    exec 7>&-
    [ "$status" -eq 0 ]
    rm in login.out
  done
}
