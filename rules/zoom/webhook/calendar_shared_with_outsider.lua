local people = require "zoom.people"
local webhook = require "zoom.webhook"

metadata {
  id = "Zoom.Calendar.Shared.With.Outsider",
  display_name = "Zoom calendar shared with an outsider",
  log_types = { "Zoom.Calendar" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "Somebody gave a person outside the company, or everybody, access to a calendar. It "
    .. "names meetings, the people in them, and the links to join.\n\n"
    .. "False positives: calendars that a team shares with a partner on purpose.",
  runbook = "1. Ask the owner of the calendar whether they shared it.\n"
    .. "2. Remove the access if they did not, and look at what else the operator shared.\n"
    .. "3. If links to meetings were in the calendar: change their passcodes.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Calendar.Shared.With.Outsider --except payload.operator=OPERATOR --reason "
    .. "TICKET` leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/calendar/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1213", "TA0003:T1098" } },
  tags = { "Zoom", "Calendar" },
  where = {
    event = { "calendar.acl_create", "calendar.acl_update" },
    ["payload.object.acl_id|exists"] = true,
  },
}

-- "user:lisa@example.com", "domain:example.com", "default" for everybody.
local function who(event)
  local id = webhook.object_text(event, "acl_id") or ""
  if id == "default" then
    return "everybody"
  end
  local address = re.match(id, "^(?:user|group):(.+)$")
  local domain = re.match(id, "^domain:(.+)$")
  if people.is_own_domain(event, address or domain and "@" .. domain) == false then
    return address or domain
  end
  return nil
end

function rule(event)
  return who(event) ~= nil
end

function title(event)
  return ("Calendar %s shared with %s by %s"):format(
    webhook.object_text(event, "resource_id") or "(not named)", who(event), webhook.operator_of(event))
end

function dedup(event)
  return ("%s %s"):format(webhook.object_text(event, "resource_id") or "-", who(event))
end

function alert_context(event)
  return { calendar = webhook.object_value(event, "resource_id"), with = who(event) }
end

tests {
  { name = "an outsider", expect = true, event = { event = "calendar.acl_create", event_ts = 1711004943216,
    payload = { account_id = "a", operator = "homer@example.com", object = {
      resource_id = "homer@example.com", acl_id = "user:bart@x.example" } } },
    title = "Calendar homer@example.com shared with bart@x.example by homer@example.com" },
  { name = "everybody", expect = true, event = { event = "calendar.acl_update", event_ts = 1711004943216,
    payload = { account_id = "a", operator = "homer@example.com", object = {
      resource_id = "homer@example.com", acl_id = "default" } } },
    title = "Calendar homer@example.com shared with everybody by homer@example.com" },
  { name = "a colleague", expect = false, event = { event = "calendar.acl_create", event_ts = 1711004943216,
    payload = { account_id = "a", operator = "homer@example.com", object = {
      resource_id = "homer@example.com", acl_id = "user:bart@shop.example.com" } } } },
  { name = "the own domain", expect = false, event = { event = "calendar.acl_create",
    event_ts = 1711004943216, payload = { account_id = "a", operator = "homer@example.com", object = {
      resource_id = "homer@example.com", acl_id = "domain:example.com" } } } },
  { name = "with nobody", expect = false, event = { event = "calendar.acl_update", event_ts = 1711004943216,
    payload = { account_id = "a", operator = "homer@example.com", object = {
      resource_id = "homer@example.com" } } } },
}
