local people = require "zoom.people"
local role = require "zoom.role"
local webhook = require "zoom.webhook"
local burst = require "burst"

metadata {
  base = "Zoom.Users.Many.Deactivated",
  id = "Zoom.Users.Deactivated.Slowly",
  display_name = "Zoom users deactivated one by one over a day",
  severity = "low",
  pack = "zoom-extended",
  stateful = true,
  description = "One admin deactivated 30 or more different users within a day, too slowly for "
    .. "Zoom.Users.Many.Deactivated, whose bursts do not count here. Programs for provisioning do "
    .. "so on ordinary days: the lookup table service_accounts leaves them out.\n\n"
    .. "False positives: the end of a month, a quarter or a project; provisioning that is not "
    .. "in the table.",
  runbook = "1. Ask the operator why, and for the list of people who have left.\n"
    .. "2. Look at the users.\n"
    .. "3. If a program did it: add its address to the lookup table service_accounts.\n"
    .. "4. If nobody can explain it: end the operator's sessions, remove their role and reactivate "
    .. "the users.\n"
    .. "5. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Users.Deactivated.Slowly --except operator=OPERATOR --except payload.operator=OPERATOR "
    .. "--reason TICKET` leaves out what is meant to happen.",
  threshold = 30,
  dedup_period_minutes = 24 * 60,
  title = "Users deactivated one after the other by "
    .. "{operator or payload.operator or 'an unknown operator'}",
}

-- What Zoom.Users.Many.Deactivated asks for.
local BURST, HOUR = 10, 60 * 60

local function user_of(event)
  local user = role.user_of(event) or people.users_of(event)[1]
  return user and user:lower() or event.p_row_id
end

function rule(event)
  local operator = webhook.operator_of(event):lower()
  return not people.is_service_account(event, operator)
    and burst.is_slow(event, operator, user_of(event), BURST, HOUR)
end

tests {
  { name = "30 within a day", alerts = { { match_count = 30,
    title = "Users deactivated one after the other by homer@example.com" } }, events = {
    { fixture = "zoom/operation/user_deactivated.json", times = 30, every = "45m",
      set = { operation_detail = "Deactivate User user{n}@example.com" } },
  } },
  { name = "29", alerts = 0, events = {
    { fixture = "zoom/operation/user_deactivated.json", times = 29, every = "45m",
      set = { operation_detail = "Deactivate User user{n}@example.com" } },
  } },
  { name = "40 within half an hour, which another rule reports", alerts = 0, events = {
    { fixture = "zoom/operation/user_deactivated.json", times = 40, every = "45s",
      set = { operation_detail = "Deactivate User user{n}@example.com" } },
  } },
  { name = "nine each hour", alerts = 1, events = {
    { fixture = "zoom/operation/user_deactivated.json", times = 36, every = "7m",
      set = { operation_detail = "Deactivate User user{n}@example.com" } },
  } },
  { name = "by a program", fixture = "zoom/operation/user_deactivated.json", expect = false,
    mocks = { ["event:lookup"] = { service_accounts = { ["homer@example.com"] = { value = true } } } } },
  { name = "a user added", fixture = "zoom/operation/user_added.json", expect = false },
  { name = "by status, and a setting", expect = true, events = {
    { fixture = "zoom/operation/user_deactivated.json",
      set = { operation_detail = "Update User lisa@example.com  - Status: from Active to Inactive" } },
    { fixture = "zoom/operation/two_factor_disabled.json" },
  } },
  { name = "by a webhook", fixture = "zoom/webhook/user/deactivated.json", expect = true },
}
