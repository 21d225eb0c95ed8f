local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.User.Time.Zone.Changed",
  display_name = "Zoom user's time zone changed",
  log_types = { "Zoom.User" },
  severity = "info",
  evidence = "documented",
  pack = "zoom-audit",
  create_alert = false,
  description = "A user's time zone changed. People who travel seldom change it; an intruder who "
    .. "uses the account from far away sometimes does.\n\n"
    .. "False positives: people who move or travel. The rule is a signal and opens no alert.",
  runbook = "1. Check the addresses of the user's latest sign-ins.\n"
    .. "2. If they do not fit the time zone, ask the user.",
  reference = "https://developers.zoom.us/docs/api/users/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004" } },
  tags = { "Zoom", "Users" },
  where = {
    event = "user.updated",
    ["payload.object.timezone|re"] = ".",
    ["payload.old_object.timezone|re"] = ".",
  },
}

function rule(event)
  local before, after = zoom.updated(event, "timezone")
  return before ~= after
end

function title(event)
  local before, after = zoom.updated(event, "timezone")
  return ("Time zone of %s changed from %s to %s"):format(
    zoom.object_value(event, "email") or "a user", before, after)
end

tests {
  { name = "changed", fixture = "zoom/webhook/user/time_zone_changed.json", expect = true,
    title = "Time zone of lisa@example.com changed from Europe/Zurich to Asia/Vladivostok" },
  { name = "the same", fixture = "zoom/webhook/user/time_zone_changed.json",
    set = { ["payload.object.timezone"] = "Europe/Zurich" }, expect = false },
  { name = "set for the first time", fixture = "zoom/webhook/user/time_zone_changed.json",
    set = { ["payload.old_object.timezone"] = "" }, expect = false },
  { name = "another change", fixture = "zoom/webhook/user/updated_department.json",
    expect = false },
  { name = "another event", fixture = "zoom/webhook/user/time_zone_changed.json",
    set = { event = "user.created" }, expect = false },
}
