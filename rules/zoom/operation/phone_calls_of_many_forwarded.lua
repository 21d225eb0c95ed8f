local people = require "zoom.people"
local webhook = require "zoom.webhook"

metadata {
  base = "Zoom.Phone.Call.Forwarding.Changed",
  id = "Zoom.Phone.Calls.Of.Many.Forwarded",
  display_name = "Zoom Phone calls of several users forwarded",
  pack = "zoom-core",
  description = "One admin changed where the calls of three or more users go, within a day. Whoever "
    .. "answers forwarded calls receives one-time codes and talks to customers. Forwarding "
    .. "to a costly number, or after an unusual "
    .. "sign-in, has an alert of its own, high or critical.\n\n"
    .. "False positives: an office that moves, and planned absences of a team.",
  runbook = "1. Call the admin, and ask for the ticket.\n"
    .. "2. Compare the new numbers: do they belong to the users?\n"
    .. "3. If nobody can explain it: undo the changes, end the admin's sessions, and reset whatever "
    .. "the users can reset by phone.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Phone.Calls.Of.Many.Forwarded --except operator=OPERATOR --reason TICKET` leaves out "
    .. "what is meant to happen.",
  create_alert = true,
  tags = { "Zoom", "Phone" },
  threshold = 3,
  dedup_period_minutes = 24 * 60,
  title = "Calls of several users forwarded by {operator or 'an unknown operator'}",
  dedup = "operator",
  alert_context = { first_change = "operation_detail" },
}

function unique(event)
  return people.users_of(event)[1] or webhook.text_of(event.operation_detail)
end

tests {
  { name = "of one user", fixture = "zoom/operation/phone_forwarding_changed.json",
    expect = true, dedup = "homer@example.com",
    title = "Calls of several users forwarded by homer@example.com", unique = "lisa@example.com" },
  { name = "of three users", alerts = { { match_count = 3, severity = "MEDIUM" } }, events = {
    { fixture = "zoom/phone_operation/call_forwarded_outside.json",
      times = 3, every = "5m", set = { operation_detail =
        "Edit Call Forwarding of user{n}@example.com  - External number: from Off to +8821655012{n}" } },
  } },
  { name = "of one user often", alerts = 0, events = {
    { fixture = "zoom/operation/phone_forwarding_changed.json",
      times = 9, every = "5m" },
  } },
  { name = "in other categories of the general log", alerts = 1, events = {
    { fixture = "zoom/operation/phone_forwarding_changed.json",
      set = { category_type = "Account", operation_detail = "Call Forwarding of a@example.com" } },
    { fixture = "zoom/operation/phone_forwarding_changed.json",
      set = { category_type = "User Settings", operation_detail = "Call Forwarding of B@example.com" } },
    { fixture = "zoom/operation/phone_forwarding_changed.json",
      set = { operation_detail = "Call Forwarding of the reception: from Off to On" } },
  } },
  { name = "in any category of the log of Zoom Phone", expect = true,
    fixture = "zoom/phone_operation/call_forwarded_outside.json", log_type = "Zoom.PhoneOperation",
    set = { category_type = "User",
      operation_detail = "Edit Call Handling of bart@example.com  - Call Forwarding: set to +1" } },
  { name = "looked at", fixture = "zoom/phone_operation/call_forwarded_outside.json",
    set = { action = "View" }, expect = false },
  { name = "another setting", fixture = "zoom/operation/phone_voicemail_greeting.json", expect = false },
}
