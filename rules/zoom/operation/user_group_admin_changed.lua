local zoom = require "zoom"

metadata {
  id = "Zoom.User.Group.Admin.Changed",
  display_name = "Zoom group admin added or removed",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "guess",
  pack = "zoom-core",
  description = "Somebody became an admin of a user group, or lost that role. A group admin can "
    .. "change the settings of everybody in the group.\n\n"
    .. "False positives: teams that get a new lead.",
  runbook = "1. Ask the operator and the group's owner.\n"
    .. "2. Check how the group's settings have changed since.\n"
    .. "3. If nobody can explain it: restore the group's admins.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.User.Group.Admin.Changed --except operator=OPERATOR --reason TICKET` leaves out what "
    .. "is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.007", "TA0004:T1098.007" } },
  tags = { "Zoom", "Groups" },
  summary_attributes = { "operator" },
  alert_context = { detail = "operation_detail" },
  dedup = "operation_detail", -- another admin of the group within the hour is another alert
  where = {
    category_type = "User Group",
    ["operation_detail|re|i"] = "^(?:add|remove|delete) (?:group )?admins? (?:to|from) "
      .. "|^edit (?:user )?group [^:]* - (?:group )?admin(?:istrator)?s?: ",
  },
}

function title(event)
  return ("Admins of group %s changed by %s"):format(
    zoom.group_of(event) or re.match(event.operation_detail, "(?i) group (.+?)(?::|$)") or "(not named)",
    zoom.operator_of(event))
end

tests {
  { name = "added", fixture = "zoom/operation/group_admin_added.json", expect = true,
    title = "Admins of group Springfield changed by homer@example.com" },
  { name = "removed", fixture = "zoom/operation/group_admin_removed.json", expect = true },
  { name = "a group named after admins", fixture = "zoom/operation/group_named_admins.json",
    expect = false },
  { name = "members added to a group named after admins",
    fixture = "zoom/operation/group_members_added_admins.json",
    expect = false },
  { name = "members added", fixture = "zoom/operation/group_members_added.json", expect = false },
  { name = "in another category", fixture = "zoom/operation/group_admin_added.json",
    set = { category_type = "User" }, expect = false },
  { name = "as a setting", fixture = "zoom/operation/group_admin_added.json", expect = true,
    set = { operation_detail = "Edit Group Sector 7-G  - Admins: from None to bart@example.com" },
    title = "Admins of group Sector 7-G changed by homer@example.com" },
  { name = "two admins within the hour", alerts = 2, events = {
    { fixture = "zoom/operation/group_admin_added.json" },
    { fixture = "zoom/operation/group_admin_added.json", after = "5m",
      set = { operation_detail = "Add Admins to Group Springfield: moe@example.com" } },
  } },
}
