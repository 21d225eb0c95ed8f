#!/usr/bin/env bats
# The dashboard's search and its page of an event, in Chromium. What must hold after every test is in lib.bash.

load lib

# The time of these tests' records: a week in January, and one day for hostile ones.
january='since=2026-01-01T00:00:00Z&until=2026-01-15T00:00:00Z'
hostile_day='since=2026-01-20T00:00:00Z&until=2026-01-21T00:00:00Z'

prepare() {
  local day n=0 text
  for day in 5 6 7 8 9; do
    for text in 'Passcode: from ON to OFF' 'Waiting room: set to "always"' "Bob's room"; do
      n=$((n + 1))
      jq -nc --arg t "2026-01-0${day}T10:$(printf '%02d' $n):00Z" --arg d "$text" --arg o "user$((n % 2))@example.com" \
        '{time: $t, operator: $o, category_type: "Account", action: "Update", operation_detail: $d}'
    done
  done >>"$folder/records.ndjson"
  for text in "${hostile[@]}" '=HYPERLINK("http://x")'; do
    jq -nc --arg x "$text" '{time: "2026-01-20T10:00:00Z", operator: $x, category_type: $x, action: "Update", operation_detail: $x,
      ($x[:300]): {($x[:50]): [$x, {a: $x}]}}'
  done >>"$folder/records.ndjson"
}

# All are in the archive.
setup() {
  need_browser
  local end=$((SECONDS + BROWSER_WAIT))
  until [ "$(api "/events?since=2026-01-01&until=2026-01-21&limit=500" | jq '.items | length')" = $((16 + ${#hostile[@]})) ]; do
    ((SECONDS < end)) || return 1
    sleep 0.1
  done
}

# found NUMBER: the search has found so many.
found() {
  await "text('.search-status').startsWith('$1 event')"
}

# menu TEXT: chooses from the menu that is open.
menu() {
  await "\$\$('.menu button').some((b) => b.innerText === '$1')"
  js 'for (const b of document.querySelectorAll(".menu button")) if (b.innerText === arguments[0]) return b.click()' "$1" >/dev/null
}

# search QUERY NUMBER: opens a search, which finds so many.
search() {
  open_page "$url/search?$1"
  found "$2"
}

@test "words of the command: in the line, in the address, and as a command" {
  search "$january" 15
  type_into '.search-where input' 'operation_detail|contains=Passcode operator=user1@example.com'
  press Enter
  found 3
  equal 'operation_detail|contains=Passcode operator=user1@example.com' \
    "$(js 'return new URLSearchParams(location.search).getAll("where").join(" ")')" "the address"
  click '.popup summary'
  command="$(js 'return document.querySelector(".popup .command").innerText')"
  equal "margay search 'operation_detail|contains=Passcode' operator=user1@example.com --since 2026-01-01T00:00:00Z --until 2026-01-15T00:00:00Z" \
    "$command" "the command"
  # The command finds the same.
  equal 3 "$(eval "\"\$margay\" ${command#margay } -c \"\$folder/margay.yml\" --format json" | wc -l)" "events that the command finds"
  call back >/dev/null
  found 15
}

@test "how words are read and written" {
  open_page "$url/search?since=all"
  await '$(".search-form")'
  equal '' "$(call execute/async "$(jq -n '{args: [], script: "
    const done = arguments[arguments.length - 1];
    import(`/lib/where.js`).then(({ splitWords, joinWords, condition, addCondition, shellQuote, commandLine }) => {
      const bad = [], same = (a, b) => JSON.stringify(a) === JSON.stringify(b) || bad.push(`${JSON.stringify(a)} is not ${JSON.stringify(b)}`);
      const words = (text) => splitWords(text).map((word) => word.word);
      for (const [text, expected] of [
        [`a=b  c|contains=\"x y\" pass`, [`a=b`, `c|contains=x y`, `pass`]], [`id=81 \u0027id=\"81\"\u0027 id=\"81\"`, [`id=81`, `id=\"81\"`, `id=\"81\"`]],
        [`\"two words\" \"p=q r\"`, [`two words`, `|contains=p=q r`]], [`n=Bob\u0027s`, [`n=Bob\u0027s`]], [`s=\"say \\\\\"hi\\\\\"\"`, [`s=say \"hi\"`]], [``, []]]) {
        same(words(text), expected);
        same(words(joinWords(expected)), expected);
      }
      same(splitWords(`a \"b`).map((word) => word.closed), [true, false]);
      for (const [value, not, expected] of [[`81`, false, `f=\"81\"`], [81, true, `f|neq=81`], [`true`, false, `f=\"true\"`], [null, false, `f|exists=true`],
        [`a*b?\\\\`, false, `f=a\\\\*b\\\\?\\\\\\\\`], [` a`, false, `f=\" a\"`], [`one\\ntwo`, false, `f=one?two`], [`x`.repeat(999), false, `f|startswith=` + `x`.repeat(200)]]) {
        same(condition(`f`, value, not), expected);
        same(words(joinWords([expected])), [expected]);
      }
      same(addCondition([`a=1`, `b=2`], `a=3`), [`b=2`, `a=3`]);
      same(addCondition([`a|neq=1`], `a|neq=2`), [`a|neq=1`, `a|neq=2`]);
      same(shellQuote(`it\u0027s`), `\u0027it\u0027\\\\\u0027\u0027s\u0027`);
      same(commandLine({ where: [`-x`, `a=b`], since: `7d`, log_type: [`T`] }, [`f`]), `margay search -t T --since 7d --fields f -- -x a=b`);
      done(bad.join(`\\n`));
    }).catch((error) => done(String(error)));"}')" | jq -r .)" "words"
}

@test "a mistake is shown at its place" {
  search "$january" 15
  type_into '.search-where input' 'action=Update operation_detail|containss=x'
  press Enter
  await 'text(".mistake").includes("did you mean") && text(".mistake mark") === "operation_detail|containss=x"'
  equal 'operation_detail|containss=x' "$(js 'const i = document.querySelector(".search-where input"); return i.value.slice(i.selectionStart, i.selectionEnd)')" selection
  js 'document.querySelector(".search-where input").value = "a=\"b"' >/dev/null
  press Enter
  await 'text(".mistake").includes("does not end")'
  open_page "$url/search?lua=((&$january"
  await 'text(".mistake") !== "" && document.activeElement.getAttribute("aria-invalid") === "true"'
  console_errors >/dev/null # the API's 400
}

@test "a value is asked for, left out, and becomes a column" {
  search "$january" 15
  click '.row-button'
  await '$$(".tree .value-button").length > 4'
  js '[...document.querySelectorAll(".tree li")].find((li) => li.innerText.startsWith("operator")).querySelector("button").click()' >/dev/null
  menu 'Only this'
  found 8
  await '$(".search-where input").value === "operator=user1@example.com"'
  click '.row-button'
  js '[...document.querySelectorAll(".tree li")].find((li) => li.innerText.startsWith("operation_detail")).querySelector("button").click()' >/dev/null
  menu 'Without this'
  found 5
  js '[...document.querySelectorAll(".field-row")].find((row) => row.innerText.startsWith("operator")).querySelector(".icon-button").click()' >/dev/null
  await '$$("thead th").some((th) => th.innerText.startsWith("operator")) && new URLSearchParams(location.search).get("columns") === "operator"'
  open_page "$(js 'return location.href')"
  found 5
  await '$$("td .value-button").length === 5'
  click 'td .value-button'
  menu 'Most common values'
  await 'text(".field-row [open] .field-top").includes("user1@example.com\n5")'
  click 'thead .icon-button'
  await '!new URLSearchParams(location.search).has("columns") && $(".event-summary")'
}

@test "the bars narrow the time: by mouse, by keys, and back" {
  search "$january" 15
  js 'document.querySelector(".histogram-plot").focus()' >/dev/null
  press Home
  await '$(".histogram-plot").getAttribute("aria-valuenow") === "0"'
  press End Escape
  await '$(".histogram-plot").getAttribute("aria-valuetext").includes("0 events")'
  # From the beginning to the bar of the first event, with Shift.
  press Home
  call actions '{"actions": [{"type": "key", "id": "k", "actions": [{"type": "keyDown", "value": "\uE008"},
    {"type": "keyDown", "value": "\uE00F"}, {"type": "keyUp", "value": "\uE00F"}, {"type": "keyUp", "value": "\uE008"}]}]}' >/dev/null
  await '$(".histogram-plot").getAttribute("aria-valuetext").includes("events")'
  press Enter
  await 'new URLSearchParams(location.search).get("since").startsWith("2026-01-01") && new URLSearchParams(location.search).get("until") < "2026-01-09"'
  await '$(".range-own input").value.startsWith("2026-01-01") || $(".range-own input").value.startsWith("2025-12-31")'
  call back >/dev/null
  found 15
  # Drag over the end, where nothing is.
  call actions "$(js 'const b = document.querySelector(".histogram-plot").getBoundingClientRect(), y = Math.round(b.top + 9), x = (share) => Math.round(b.left + b.width * share);
    return JSON.stringify({ actions: [{ type: "pointer", id: "m", actions: [{ type: "pointerMove", x: x(0.72), y }, { type: "pointerDown", button: 0 },
      { type: "pointerMove", x: x(0.95), y, duration: 20 }, { type: "pointerUp", button: 0 }] }] })')" >/dev/null
  await 'text(".search-list").includes("No event fits")'
  js '[...document.querySelectorAll(".search-list button")].at(-1).click()' >/dev/null
  await 'location.search.includes("since=all")'
}

@test "what is shown is saved as CSV and as NDJSON" {
  search "$january&where=operation_detail%7Ccontains%3Dpasscode&columns=operation_detail,operator" 5
  js 'window.saved = []; URL.createObjectURL = (blob) => { blob.text().then((text) => saved.push(text)); return "#"; }' >/dev/null
  js 'document.querySelector(".page-actions .button").click()' >/dev/null
  menu 'CSV of what is shown'
  await 'saved.length === 1'
  equal "row_id,log_type,time,operation_detail,operator" "$(js 'return saved[0].split("\r\n")[0]')" head
  equal 6 "$(js 'return String(saved[0].trim().split("\r\n").length)')" lines
  js 'document.querySelector(".page-actions .button").click()' >/dev/null
  menu 'NDJSON of what is shown'
  await 'saved.length === 2'
  equal 5 "$(js 'return saved[1]' | jq -s 'length')" objects
}

@test "an event has a page, with what happened around it" {
  search "$january" 15
  click '.row-button'
  click '.event-links a'
  await 'location.pathname.startsWith("/events/") && text("h1") === "Zoom.Operation event" && $("#around tbody tr")'
  await '$$("#around tr.selected").length === 1 && text("#around").includes("this event")'
  click '#around .segments a:last-child'
  await 'location.search === "?around=1h" && $("#around .segments a:last-child").getAttribute("aria-current") === "true"'
  js '[...document.querySelectorAll(".tree li")].find((li) => li.innerText.startsWith("operator")).querySelector("button").click()' >/dev/null
  menu 'Search for this, around this time'
  await 'location.pathname === "/search" && $(".search-where input").value.startsWith("operator=user")'
  open_page "$url/events/00000000000000000000000000000000"
  await 'text("h1") === "This event is not in the archive"'
  console_errors >/dev/null # the 404
}

@test "the keyboard is enough: words, a row, a value" {
  search "$january" 15
  js 'document.querySelector(".row-button").focus()' >/dev/null
  press Down
  await '$$(".row-button")[1] === document.activeElement'
  press Enter
  await '$(".event-detail") && document.activeElement.getAttribute("aria-expanded") === "true"'
  press Tab Tab Tab Tab
  await 'document.activeElement.matches(".tree .value-button")'
  press Enter
  await 'document.activeElement.matches(".menu button")'
  press Down Escape
  await '!$(".menu") && document.activeElement.matches(".tree .value-button")'
}

@test "hostile events stay text, in the list, the tree, the columns and the page of an event" {
  local row
  local count=$((${#hostile[@]} + 1))
  search "$hostile_day" $count
  js 'for (const b of [...document.querySelectorAll(".row-button"), ...[...document.querySelectorAll(".field-row summary")].slice(2, 6)]) b.click()' >/dev/null
  await '$$(".event-detail").length > 2 && $$(".field-top .share").length > 4'
  for row in '' '&columns=operator,operation_detail'; do
    viewport 320 640
    search "$hostile_day$row" $count
    js 'for (const b of document.querySelectorAll(".row-button")) b.click()' >/dev/null
    equal yes "$(is_narrow)" "the search is narrow"
    viewport 1280 900
    equal 0 "$(js 'return document.querySelectorAll("main script, main img, main [onload], main [onerror], main a[href^=javascript]").length')" "elements"
    equal false "$(js 'return /[\u202a-\u202e\u2066-\u2069]/.test(document.body.textContent)')" "characters that turn the line"
  done
  for row in $(api "/events?$hostile_day" | jq -r '.items[].row_id'); do
    open_page "$url/events/$row"
    await '$(".tree") && $("#around")'
    equal 0 "$(js 'return document.querySelectorAll("main script, main img, main [onload], main [onerror], main a[href^=javascript]").length')" "elements"
  done
  js 'document.querySelectorAll(".tree .value-button")[1].click()' >/dev/null
  menu 'Search for this, around this time'
  await 'location.pathname === "/search" && text(".search-status").includes("event")'
}
