local zoom = require "zoom"

metadata {
  id = "Zoom.Group.Admin.Changed",
  display_name = "Zoom group admin added or removed (webhook)",
  log_types = { "Zoom.User" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "Somebody became an admin of a user group, or lost that role. A group admin can "
    .. "change the settings of everybody in the group.\n\n"
    .. "False positives: teams that get a new lead.",
  runbook = "1. Ask the operator and the group's owner.\n"
    .. "2. Check how the group's settings have changed since.\n"
    .. "3. If nobody can explain it: restore the group's admins.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Group.Admin.Changed --except payload.operator=OPERATOR --reason TICKET` leaves out "
    .. "what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/users/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.007", "TA0004:T1098.007" } },
  tags = { "Zoom", "Groups" },
  alert_context = {
    operator = "payload.operator", group = "payload.object.id", admins = "payload.object.admins.email",
    what = "event",
  },
  where = {
    event = { "group.admin_added", "group.admin_deleted" },
  },
}

local function admins(event)
  local found = {}
  for _, admin in ipairs(zoom.object_items(event, "admins")) do
    found[#found + 1] = zoom.text_of(zoom.item_value(admin, "email") or zoom.item_value(admin, "id"))
  end
  return #found > 0 and table.concat(found, ", ") or "somebody"
end

function title(event)
  return ("%s %s as group admin by %s"):format(admins(event),
    event.event == "group.admin_added" and "added" or "removed", zoom.operator_of(event))
end

tests {
  { name = "added", fixture = "zoom/webhook/user/group_admin_added.json", expect = true,
    title = "bart@example.com, lisa@example.com added as group admin by homer@example.com" },
  { name = "removed", fixture = "zoom/webhook/user/group_admin_deleted.json", expect = true,
    title = "bart@example.com, lisa@example.com removed as group admin by homer@example.com" },
  { name = "without a name", fixture = "zoom/webhook/user/group_admin_added.json",
    unset = { "payload.object.admins" },
    expect = true, title = "somebody added as group admin by homer@example.com" },
  { name = "a member added", fixture = "zoom/webhook/user/group_member_added.json",
    expect = false },
}
