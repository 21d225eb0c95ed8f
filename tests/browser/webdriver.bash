# A browser for the tests: chromedriver spoken to over WebDriver (https://www.w3.org/TR/webdriver2/) with curl
# and jq. One session for each file of tests; every wait is bounded.
# shellcheck shell=bash

# Seconds that the page has for anything that is waited for.
BROWSER_WAIT=${BROWSER_WAIT:-20}

have_browser() {
  command -v chromium >/dev/null && command -v chromedriver >/dev/null
}

# start_browser FOLDER: starts the driver and a window of 1280 × 900; what it writes goes to FOLDER.
start_browser() {
  local folder=$1 end=$((SECONDS + 20)) port
  mkdir -p "$folder/profile"
  HOME=$folder TMPDIR=$folder chromedriver --port=0 >"$folder/driver.log" 2>&1 3>&- &
  driver_pid=$!
  until port=$(sed -n 's/.*started successfully on port \([0-9]*\).*/\1/p' "$folder/driver.log") && [ -n "$port" ]; do
    ((SECONDS < end)) || { echo "chromedriver does not start" >&2; return 1; }
    sleep 0.05
  done
  driver="http://127.0.0.1:$port"
  session=
  session=$(request POST /session "$(jq -n --arg profile "$folder/profile" '{capabilities: {alwaysMatch: {
    "goog:loggingPrefs": {browser: "ALL", performance: "ALL"},
    "goog:chromeOptions": {perfLoggingPrefs: {enableNetwork: true, enablePage: false}, args: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
      "--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-component-update",
      "--hide-scrollbars", "--disable-lcd-text", "--window-size=1280,900", "--user-data-dir=\($profile)"]}}}}')" | jq -er .sessionId) || return 1
}

stop_browser() {
  [ -z "${session:-}" ] || request DELETE "/session/$session" >/dev/null 2>&1 || true
  [ -z "${driver_pid:-}" ] || { kill "$driver_pid" && wait "$driver_pid"; } 2>/dev/null || true
  session='' driver_pid=''
}

# request METHOD PATH [JSON]: prints the value of the answer; fails with the driver's words on an error.
request() {
  curl -s --max-time 60 -X "$1" -H 'Content-Type: application/json' ${3:+--data-binary @-} "$driver$2" <<<"${3:-}" |
    jq -c '.value | if type == "object" and has("error") then "\(.error): \(.message[:300])\n" | halt_error(1) else . end'
}

# call COMMAND [JSON]: of the session.
call() {
  request POST "/session/$session/$1" "${2:-"{}"}"
}

open_page() {
  call url "$(jq -n --arg url "$1" '{url: $url}')" >/dev/null
}

# js SCRIPT [ARGUMENT…]: runs a function's body in the page; its arguments are texts. Prints a text bare,
# everything else as JSON.
js() {
  local script=$1
  shift
  call execute/sync "$(jq -n --arg script "$script" '{script: $script, args: $ARGS.positional}' --args -- "$@")" |
    jq -r 'if type == "string" then . else tojson end'
}

# await EXPRESSION: waits, within the page, until a JavaScript expression is true. $$ is querySelectorAll and
# text(selector) the text of the first element.
await() {
  local result
  result=$(call execute/async "$(jq -n --arg e "$1" --arg s "$BROWSER_WAIT" '{args: [$e, $s], script: "
    const [expression, seconds, done] = arguments, end = Date.now() + seconds * 1000;
    const look = new Function(\"$\", \"$$\", \"text\", `return (${expression});`);
    const one = (s) => document.querySelector(s);
    (function again() {
      let held = false, why = `is false`;
      try { held = look(one, (s) => [...document.querySelectorAll(s)], (s) => one(s)?.innerText ?? ``); } catch (e) { why = String(e); }
      if (held) done(`yes`);
      else if (Date.now() > end) done(`${why} at ${location.href}: ${document.body.innerText.slice(0, 400)}`);
      else setTimeout(again, 40);
    })();"}')") || return 1
  [ "$result" = '"yes"' ] || { echo "waited in vain for: $1: $result" >&2; return 1; }
}

# element SELECTOR: its reference.
element() {
  request POST "/session/$session/element" "$(jq -n --arg s "$1" '{using: "css selector", value: $s}')" | jq -r 'to_entries[0].value'
}

# click SELECTOR: with the mouse, as a person: fails where something lies over it.
click() {
  local id
  await "\$(${1@Q})" && id=$(element "$1") && call "element/$id/click" >/dev/null
}

# type_into SELECTOR TEXT
type_into() {
  local id
  await "\$(${1@Q})" && id=$(element "$1") && call "element/$id/value" "$(jq -n --arg t "$2" '{text: $t}')" >/dev/null
}

# press KEY…: on what has the focus; names of WebDriver's keys or single characters.
press() {
  local key
  for key; do
    case $key in
      Tab) key='\uE004' ;; Enter) key='\uE007' ;; Escape) key='\uE00C' ;; Space) key=' ' ;; End) key='\uE010' ;; Home) key='\uE011' ;;
      Left) key='\uE012' ;; Up) key='\uE013' ;; Right) key='\uE014' ;; Down) key='\uE015' ;; Backspace) key='\uE003' ;;
    esac
    call actions "{\"actions\":[{\"type\":\"key\",\"id\":\"k\",\"actions\":[{\"type\":\"keyDown\",\"value\":\"$key\"},{\"type\":\"keyUp\",\"value\":\"$key\"}]}]}" >/dev/null || return 1
  done
}

# viewport WIDTH HEIGHT [dark]: as a device of this size has it, below the least width of a window, too.
viewport() {
  cdp Emulation.setDeviceMetricsOverride "{\"width\":$1,\"height\":$2,\"deviceScaleFactor\":1,\"mobile\":false}"
  cdp Emulation.setEmulatedMedia "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"${3:-light}\"}]}"
}

# cdp COMMAND JSON: of the DevTools protocol.
cdp() {
  call goog/cdp/execute "{\"cmd\":\"$1\",\"params\":$2}"  >/dev/null
}

# screenshot FILE: of the viewport.
screenshot() {
  request GET "/session/$session/screenshot" | jq -r . | base64 -d >"$1"
}

# console_errors: what the page's console says that is a warning or worse, one a line, and forgets it.
console_errors() {
  call se/log '{"type":"browser"}' | jq -r '.[] | select(.level == "SEVERE" or .level == "WARNING") | .message'
}

# hosts: the hosts of all requests since the last call, one a line.
hosts() {
  call se/log '{"type":"performance"}' | jq -r '.[].message | fromjson.message |
    select(.method == "Network.requestWillBeSent") | .params.request.url | select(test("^(data|about|blob|chrome)") | not) |
    sub("^[a-z]+://(?<host>[^/]*).*"; "\(.host)")' | LC_ALL=C sort -u
}
