local zoom = require "zoom.people"

metadata {
  id = "Zoom.ContactCenter.More.Taken.Than.Usual",
  display_name = "Far more Zoom Contact Center data exported or downloaded by one person than usual",
  log_types = { "Zoom.ContactCenterOperation" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-extended",
  description = "Somebody exported, downloaded or unmasked data of Zoom Contact Center at least ten times "
    .. "on one day (UTC), and five times as often as on the days of the last month on which they did "
    .. "so. Zoom.ContactCenter.Recordings.Many.Downloaded needs more, and no past.\n\n"
    .. "False positives: the end of a quarter. In the first week of each person the rule only learns.",
  runbook = "1. Ask the person, or their manager.\n"
    .. "2. Check what was taken, and where the person signed in from.\n"
    .. "3. If nobody can explain it: end their sessions and reset their password.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.ContactCenter.More.Taken.Than.Usual --except operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/contact-center/",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1213", "TA0009:T1530" } },
  tags = { "Zoom", "Contact center", "Exfiltration", "Stateful" },
  dedup_period_minutes = 24 * 60,
  where = { ["action|contains"] = { "Export", "Download", "Unmask" } },
  spike = { per = "operator", at_least = 10 },
  title = "{operator} took far more data of Contact Center than usual",
  dedup = "operator",
  alert_context = { "operator", count = "answer:count", usual = "answer:usual", detail = "operation_detail" },
}

function rule(event)
  return not zoom.is_service_account(event, event.operator)
end

local function taken(times, every, after)
  return { fixture = "zoom/contact_center_operation/recording_downloaded.json", times = times,
    every = every, after = after }
end

tests {
  { name = "ten, after one a day", events = { taken(9, "1d"), taken(10, "1m", "1d") }, alerts = {
    { title = "lisa.simpson@example.com took far more data of Contact Center than usual" } } },
  { name = "nine", alerts = 0, events = { taken(9, "1d"), taken(9, "1m", "1d") } },
  { name = "no more than usual", known = { ["lisa.simpson@example.com"] = 3 }, alerts = 0,
    events = { taken(12, "1m") } },
  { name = "in the first week", alerts = 0, events = { taken(2, "1d"), taken(20, "1m", "1d") } },
  { name = "exported and unmasked", known = { ["lisa.simpson@example.com"] = 1 }, alerts = 1, events = {
    { fixture = "zoom/contact_center_operation/recording_downloaded.json", times = 5,
      set = { action = "Export" } },
    { fixture = "zoom/contact_center_operation/recording_downloaded.json", times = 5,
      set = { action = "Unmask" } },
  } },
  { name = "viewed", fixture = "zoom/contact_center_operation/recording_downloaded.json", expect = false,
    known = { ["lisa.simpson@example.com"] = 1 }, set = { action = "View" } },
  { name = "by a program", alerts = 0, events = { taken(9, "1d"), taken(20, "1m", "1d") },
    mocks = { ["event:lookup"] = {
      service_accounts = { ["lisa.simpson@example.com"] = { value = true } } } } },
}
