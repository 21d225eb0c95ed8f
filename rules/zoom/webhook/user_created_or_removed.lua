local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.User.Created.Or.Removed",
  display_name = "Zoom user created or removed (webhook)",
  log_types = { "Zoom.User" },
  severity = "info",
  evidence = "documented",
  pack = "zoom-audit",
  create_alert = false,
  description = "A user was created, deleted, deactivated or unlinked from the account. This "
    .. "happens every day, so the rule opens no alert: it records the event for correlations and "
    .. "searches.\n\n"
    .. "False positives: nearly every match.",
  runbook = "1. A single event needs no action.\n"
    .. "2. If it is part of an alert: ask the operator why.",
  reference = "https://developers.zoom.us/docs/api/users/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1136.003", "TA0040:T1531" } },
  tags = { "Zoom", "Signals" },
  where = {
    event = { "user.created", "user.deleted", "user.deactivated", "user.disassociated" },
  },
}

function title(event)
  return ("%s of %s by %s"):format(event.event, zoom.object_text(event, "email") or "a user",
    zoom.operator_of(event))
end

function alert_context(event)
  local user = zoom.object_text(event, "email")
  -- For correlations about users who are new: deleted ones are not.
  return { user = user, users = event.event == "user.created" and user or nil }
end

tests {
  { name = "created", fixture = "zoom/webhook/user/created.json", expect = true,
    title = "user.created of lisa@example.com by homer@example.com",
    alert_context = { user = "lisa@example.com", users = "lisa@example.com" } },
  { name = "deleted", fixture = "zoom/webhook/user/deleted.json", expect = true },
  { name = "deactivated, without an address", fixture = "zoom/webhook/user/deactivated.json",
    unset = { "payload.object.email" }, expect = true,
    title = "user.deactivated of a user by homer@example.com" },
  { name = "unlinked", fixture = "zoom/webhook/user/deactivated.json",
    set = { event = "user.disassociated" }, expect = true },
  { name = "signed in", fixture = "zoom/webhook/user/signed_in.json", expect = false },
}
