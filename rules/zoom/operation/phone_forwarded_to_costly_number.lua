local zoom = require "zoom"

local call = require "call"

metadata {
  base = "Zoom.Phone.Call.Forwarding.Changed",
  id = "Zoom.Phone.Forwarded.To.Costly.Number",
  display_name = "Zoom Phone calls forwarded to a premium or satellite number",
  severity = "high",
  pack = "zoom-core",
  story = { "p_actor" },
  create_alert = true,
  tags = { "Zoom", "Phone" },
  description = "The calls of a user go to a satellite number or one that charges by the minute. Such "
    .. "numbers are anonymous, and who owns them earns on every call.\n\n"
    .. "False positives: people on ships and in the field.",
  runbook = "1. Undo the forwarding now, and ask the user whose number it is then.\n"
    .. "2. Check who changed it, from where they signed in, and which calls were forwarded since.\n"
    .. "3. If nobody can explain it: end the operator's sessions, reset their password, and report the "
    .. "number to Zoom.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Phone.Forwarded.To.Costly.Number --except operator=OPERATOR --reason TICKET` leaves out "
    .. "what is meant to happen.",
  dedup_period_minutes = 60,
  alert_context = { detail = "operation_detail" },
}

local function number(event)
  for _, change in ipairs(zoom.setting_changes(event)) do
    local digits = change.to and #change.to < 100 and change.to:gsub("[^+%d]", "")
    if digits and call.is_costly(digits) then
      return digits
    end
  end
  return nil
end

function rule(event)
  return number(event) ~= nil
end

function title(event)
  return ("Calls forwarded to %s by %s"):format(number(event), zoom.operator_of(event))
end

-- Whoever forwards the calls of many does it to a number for each.
function dedup(event)
  return zoom.operator_of(event):lower()
end

tests {
  { name = "to a satellite", expect = true, severity = "HIGH",
    fixture = "zoom/phone_operation/call_forwarded_outside.json",
    set = { operation_detail = "Edit Call Forwarding of bart@example.com  - External number: "
      .. "from Off to +882 165 50123" },
    title = "Calls forwarded to +88216550123 by w.smithers@example.com",
    dedup = "w.smithers@example.com" },
  { name = "of several users, to a number each", alerts = { { match_count = 4 } }, events = {
    { fixture = "zoom/phone_operation/call_forwarded_outside.json",
      times = 4, every = "2m", set = { operation_detail =
        "Edit Call Forwarding of user{n}@example.com  - External number: from Off to +8821655012{n}" } },
  } },
  { name = "in other categories of the general log", alerts = 1, events = {
    { fixture = "zoom/operation/phone_forwarding_changed.json",
      set = { category_type = "Account", operation_detail = "Call Forwarding: set to +19005550123" } },
    { fixture = "zoom/operation/phone_forwarding_changed.json",
      set = { category_type = "User Settings",
        operation_detail = "Call Forwarding: from Off to +1 900 555 0123" } },
  } },
  { name = "to another number", fixture = "zoom/operation/phone_forwarding_changed.json",
    expect = false },
  { name = "in any category of the log of Zoom Phone", expect = true,
    fixture = "zoom/phone_operation/call_forwarded_outside.json", log_type = "Zoom.PhoneOperation",
    set = { category_type = "User",
      operation_detail = "Edit Call Handling of bart@example.com  - Call Forwarding: set to +4490000000" } },
  { name = "to no number", fixture = "zoom/phone_operation/call_forwarded_outside.json", expect = false },
  { name = "looked at", fixture = "zoom/phone_operation/call_forwarded_outside.json",
    set = { action = "View", operation_detail =
      "View Call Forwarding of bart@example.com: set to +882 165 50123" }, expect = false },
  { name = "another setting", fixture = "zoom/operation/phone_voicemail_greeting.json", expect = false },
}
