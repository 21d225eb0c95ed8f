#!/usr/bin/env bats
# The dashboard's list of alerts and what can be decided about one, in Chromium. What must hold after every
# test is in lib.bash.

load lib

state_of() {
  api "/alerts/$1" | jq -r '[.state, .resolution // empty, .assignee // empty] | join(" ")'
}

open_alert() {
  id=$(alert_id "$1")
  open_page "$url/alerts/$id"
  await 'text("main h1").includes(": ")'
}

@test "the list shows alerts, and its filters are in the address" {
  open_page "$url/alerts"
  await '$$("table.alerts tbody tr").length >= 2'
  equal "Alerts · margay" "$(js 'return document.title')" title
  await 'text("table.alerts").includes("High: two") && text("table.alerts").includes("marge@example.com")'
  call element/"$(element 'select[name=severity] option[value=high]')"/click >/dev/null
  await '$$("table.alerts tbody tr").length === 1 && location.search === "?severity=high"'
  type_into 'input[type=search]' 'nothing like this'
  await 'text("main").includes("No alert fits") && new URLSearchParams(location.search).get("q") === "nothing like this"'
  click '.empty button'
  await '$$("table.alerts tbody tr").length >= 2 && location.search === ""'
  open_page "$url/alerts?actor=homer%40example.com"
  await '$$("table.alerts tbody tr").length === 1 && text(".chips").includes("homer@example.com")'
  click '.chip button'
  await '$$("table.alerts tbody tr").length >= 2 && location.search === ""'
}

@test "an alert tells its story" {
  open_alert "High: two"
  await 'text("main").includes("marge@example.com") && text("main").includes("What a High thing is.")'
  await '$$(".prose ol li").length === 3 && text(".prose ol code") === "margay alerts list"'
  await 'text(".timeline .happened").includes("marge@example.com")'
  click '.timeline summary'
  await 'text(".event-fields").includes("operation_detail")'
  equal "T1136.003" "$(js 'return new URL(document.querySelector("a.tag").href).searchParams.get("technique")')" "technique"
}

@test "each change of an alert: acknowledge, assign, note, resolve, reopen" {
  add_record Low bart@example.com "changes"
  open_alert "Low: changes"
  click '[data-action=ack]'
  await 'text(".alert-head").includes("Acknowledged")'
  equal acknowledged "$(state_of "$id")" state
  click '[data-action=assign]'
  type_into 'dialog [name=assignee]' 'lisa@example.com'
  click 'dialog [type=submit]'
  await 'text(".alert-head").includes("lisa@example.com") && !$("dialog")'
  type_into '.note-form textarea' 'Asked <b>Bart</b>.'
  click '[data-action=note]'
  await 'text(".note") === "Asked <b>Bart</b>."'
  click '[data-action=resolve]'
  click 'dialog input[value=benign]'
  type_into 'dialog [name=note]' 'it was meant'
  click 'dialog [type=submit]'
  await 'text(".alert-head").includes("Benign")'
  equal "resolved benign lisa@example.com" "$(state_of "$id")" state
  click '[data-action=reopen]'
  await 'text(".alert-head").includes("Open")'
  equal "acknowledged assigned noted resolved reopened" "$(api "/alerts/$id" | jq -r '[.history[].action] | join(" ")')" history
}

@test "several alerts are changed at once" {
  add_record Low many@example.com "many 1"
  add_record Low many@example.com "many 2"
  alert_id "Low: many 1" >/dev/null && alert_id "Low: many 2" >/dev/null
  open_page "$url/alerts?actor=many%40example.com"
  await '$$("table.alerts tbody tr").length === 2'
  click 'tbody tr:nth-child(1) input'
  click 'tbody tr:nth-child(2) input'
  await 'text(".bulk").includes("2 selected")'
  click '.bulk button:nth-of-type(2)'
  click 'dialog [type=submit]'
  await '$$("table.alerts .state.resolved").length === 2'
  equal "true_positive true_positive" "$(api '/alerts?actor=many@example.com' | jq -r '[.items[].resolution] | join(" ")')" resolutions
}

@test "what is new appears by itself, and does not move what somebody reads" {
  open_page "$url/alerts?status=open"
  await '$("table.alerts") && text(".live") === "Live"'
  add_record High new@example.com "new one"
  await 'text("tr.fresh").includes("High: new one") && text("#announcer").includes("New alert, High: High: new one")'
  js 'document.querySelector("[data-lead]").focus()' >/dev/null
  add_record High new@example.com "new two"
  await 'text(".fresh-button") === "Show 1 new alert" && !text("table.alerts").includes("new two")'
  click '.fresh-button'
  await 'text("tr.fresh").includes("High: new two")'
}

@test "a change by somebody else appears in the alert that is open" {
  add_record Low seen@example.com "seen"
  open_alert "Low: seen"
  await 'text(".live") === "Live"'
  type_into '.note-form textarea' 'half a note'
  "$margay" alerts ack "$id" -c "$folder/margay.yml" --by lisa >/dev/null
  await 'text(".alert-head").includes("Acknowledged") && text("main").includes("lisa")'
  equal "half a note" "$(js 'return document.querySelector(".note-form textarea").value')" "what was being written"
}

@test "the rule is muted, and events are left out, from an alert" {
  add_record Low tuned@example.com "tuned"
  open_alert "Low: tuned"
  click '[data-action=mute]'
  type_into 'dialog [name=reason]' 'CHG-1: a migration'
  click 'dialog [type=submit]'
  await '!$("dialog") && text("#notices").includes("margay.yml")'
  grep -q 'CHG-1: a migration' "$folder/margay.yml"
  grep -q 'mute_until' "$folder/margay.yml"
  open_alert "High: two"
  click '[data-action=except]'
  await '$("dialog input[name=field]:checked")' # the person
  type_into 'dialog [name=reason]' 'she may'
  click 'dialog [type=submit]'
  await '!$("dialog") && text("#notices").includes("margay.yml")'
  grep -q 'marge@example.com' "$folder/margay.yml"
}

@test "the keyboard is enough: skip link, rows, an alert, a dialog, Escape" {
  open_page "$url/alerts"
  await '$("table.alerts")'
  press Tab
  equal "Skip to content" "$(js 'return document.activeElement.innerText')" "the first stop"
  press Enter Tab
  equal "radio" "$(js 'return document.activeElement.type')" "behind the skip link"
  press Tab Tab Tab Tab Tab
  await 'document.activeElement.hasAttribute("data-lead")'
  press Down
  await '$$("[data-lead]")[1] === document.activeElement'
  press Space
  await '$$("tr.selected").length === 1 && document.activeElement.hasAttribute("data-lead")'
  press Space Home Enter
  await 'location.pathname.startsWith("/alerts/") && $(".alert-head") && document.activeElement.id === "main"'
  call back >/dev/null # to the row that was opened
  await 'document.activeElement === $("[data-lead]") && location.pathname === "/alerts"'
  press Enter
  await '$(".alert-head")'
  js 'document.querySelector("[data-action=resolve]").focus()' >/dev/null
  press Enter
  await '$("dialog").contains(document.activeElement)'
  press Escape
  await '!$("dialog") && document.activeElement.dataset.action === "resolve"'
}

@test "hostile events stay text, wherever they are shown" {
  local text
  for text in "${hostile[@]}"; do
    jq -nc --arg x "$text" --arg time "$(date -u +%FT%TZ)" '{time: $time, operator: $x, category_type: $x, action: "High", operation_detail: $x, ($x[:300]): $x}' >>"$folder/records.ndjson"
  done
  alert_id "High: ${hostile[1]}" >/dev/null
  open_page "$url/alerts?severity=high"
  await '$$("table.alerts tbody tr").length >= 4 && text("table.alerts").includes("<script>window.ran = 1</script>")'
  equal yes "$(is_narrow)" "the list is narrow"
  for text in $(api '/alerts?severity=high&limit=3' | jq -r '.items[].alert_id'); do
    open_page "$url/alerts/$text"
    await '$(".alert-head") && $(".timeline")'
    js 'for (const d of document.querySelectorAll("details")) d.open = true; document.querySelector("[data-action=except]")?.click()' >/dev/null
    equal yes "$(is_narrow)" "an alert is narrow"
    equal 0 "$(js 'return document.querySelectorAll("main script, main img, main [onload], main [onerror], main a[href^=javascript]").length')" "elements"
    equal false "$(js 'return /[\u202a-\u202e\u2066-\u2069]/.test(document.body.textContent)')" "characters that turn the line"
  done
}

@test "hostile addresses stay text, too" {
  local text="${hostile[0]:0:140}"
  text=$(jq -rn --arg x "$text" '$x | @uri')
  open_page "$url/alerts?actor=$text&rule=$text&q=$text&source=$text&page=$text#$text"
  await 'text(".chips").includes("<script>window.ran = 1</script>") && text("main").includes("No alert fits")'
  equal yes "$(is_narrow)" "the list is narrow"
  open_page "$url/alerts?since=$text"
  await 'text(".empty").includes("A filter makes no sense") && $(".chip")'
  for text in "/alerts?since=$text" "/alerts?severity=$text" "/alerts/$text" "/login?back=$text&problem=$text"; do
    open_page "$url$text"
    await '$("main h1")'
    equal 0 "$(js 'return document.querySelectorAll("main script, main img, main [onload], main [onerror], main a[href^=javascript]").length')" "elements"
  done
  console_errors >/dev/null # what the API refused
}
