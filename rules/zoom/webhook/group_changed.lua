local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.Group.Changed",
  display_name = "Zoom group or its members changed",
  log_types = { "Zoom.User" },
  severity = "info",
  evidence = "documented",
  pack = "zoom-audit",
  create_alert = false,
  description = "A user group was created, renamed or deleted, or its members changed. This "
    .. "happens every day, so the rule opens no alert: it records the event for correlations and "
    .. "searches.\n\n"
    .. "False positives: nearly every match.",
  runbook = "1. A single event needs no action.\n"
    .. "2. If it is part of an alert: ask the operator why.",
  reference = "https://developers.zoom.us/docs/api/users/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.007" } },
  tags = { "Zoom", "Signals" },
  where = {
    event = {
      "group.created", "group.updated", "group.deleted",
      "group.member_added", "group.member_deleted", "group.members_deleted",
    },
  },
}

function title(event)
  return ("%s by %s"):format(event.event, zoom.operator_of(event))
end

tests {
  { name = "created", fixture = "zoom/webhook/user/group_created.json", expect = true,
    title = "group.created by homer@example.com" },
  { name = "deleted", fixture = "zoom/webhook/user/group_deleted.json", expect = true },
  { name = "a member added", fixture = "zoom/webhook/user/group_member_added.json",
    expect = true },
  { name = "an admin added, which another rule reports",
    fixture = "zoom/webhook/user/group_admin_added.json", expect = false },
  { name = "renamed", fixture = "zoom/webhook/user/group_created.json",
    set = { event = "group.updated" }, expect = true },
  { name = "a member removed", fixture = "zoom/webhook/user/group_member_added.json",
    set = { event = "group.member_deleted" }, expect = true },
  { name = "members removed", fixture = "zoom/webhook/user/group_member_added.json",
    set = { event = "group.members_deleted" }, expect = true },
}
