local zoom = require "zoom"

metadata {
  id = "Zoom.Group.Admin.Changed",
  display_name = "Zoom group admin added or removed",
  log_types = { "Zoom.Operation", "Zoom.User" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "Somebody became an admin of a user group, or lost that role. A group admin can "
    .. "change the settings of everybody in the group. The report and webhooks say the same of the "
    .. "same admins, and are one alert.\n\n"
    .. "False positives: teams that get a new lead.",
  runbook = "1. Ask the operator and the group's owner.\n"
    .. "2. Check how the group's settings have changed since.\n"
    .. "3. If nobody can explain it: restore the group's admins.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Group.Admin.Changed --except operator=OPERATOR --except payload.operator=OPERATOR "
    .. "--reason TICKET` leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/users/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.007", "TA0004:T1098.007" } },
  tags = { "Zoom", "Groups" },
  summary_attributes = { "operator" },
  where = {
    { event = { "group.admin_added", "group.admin_deleted" } },
    {
      category_type = "User Group",
      ["operation_detail|re|i"] = "^(?:add|remove|delete) (?:group )?admins? (?:to|from) "
        .. "|^edit (?:user )?group [^:]* - (?:group )?admin(?:istrator)?s?: ",
    },
  },
}

-- Addresses, sorted so that both sources name them in the same order; ids where there are none.
local function admins(event)
  local found = {}
  for _, admin in ipairs(zoom.object_items(event, "admins")) do
    found[#found + 1] = zoom.text_of(zoom.item_value(admin, "email") or zoom.item_value(admin, "id"))
  end
  if event.event == nil then
    found = zoom.users_of(event)
  end
  table.sort(found)
  return #found > 0 and table.concat(found, ", ") or "somebody"
end

local function group(event)
  return event.event == nil and (zoom.group_of(event)
    or re.match(event.operation_detail, "(?i) group (.+?)(?::|$)")) or nil
end

local function verb(event)
  local removed = event.event == "group.admin_deleted"
    or re.find(event.operation_detail or "", "(?i)^(?:remove|delete) ") ~= nil
  return removed and "removed" or "added"
end

function title(event)
  return ("%s %s as admin of %s by %s"):format(admins(event), verb(event),
    group(event) and "group " .. group(event) or "a group", zoom.operator_of(event))
end

-- Another admin within the hour is another alert.
function dedup(event)
  return ("%s %s %s"):format(zoom.operator_of(event), verb(event), admins(event)):lower()
end

function alert_context(event)
  return { operator = zoom.operator_of(event), admins = admins(event), what = verb(event),
    group = group(event) or zoom.object_value(event, "id"), detail = event.operation_detail }
end

tests {
  { name = "added, by a webhook", fixture = "zoom/webhook/user/group_admin_added.json", expect = true,
    title = "bart@example.com, lisa@example.com added as admin of a group by homer@example.com" },
  { name = "removed, by a webhook", fixture = "zoom/webhook/user/group_admin_deleted.json", expect = true,
    title = "bart@example.com, lisa@example.com removed as admin of a group by homer@example.com" },
  { name = "without a name", fixture = "zoom/webhook/user/group_admin_added.json",
    unset = { "payload.object.admins" },
    expect = true, title = "somebody added as admin of a group by homer@example.com" },
  { name = "a member added, by a webhook", fixture = "zoom/webhook/user/group_member_added.json",
    expect = false },
  { name = "added", fixture = "zoom/operation/group_admin_added.json", expect = true,
    title = "bart@example.com added as admin of group Springfield by homer@example.com",
    dedup = "homer@example.com added bart@example.com" },
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
    title = "bart@example.com added as admin of group Sector 7-G by homer@example.com" },
  { name = "two admins within the hour", alerts = 2, events = {
    { fixture = "zoom/operation/group_admin_added.json" },
    { fixture = "zoom/operation/group_admin_added.json", after = "5m",
      set = { operation_detail = "Add Admins to Group Springfield: moe@example.com" } },
  } },
  { name = "by a webhook, then by the report", alerts = { { match_count = 2 } }, events = {
    { fixture = "zoom/webhook/user/group_admin_added.json" },
    { fixture = "zoom/operation/group_admin_added.json", after = "10m",
      set = { operation_detail = "Add Admins to Group Springfield: lisa@example.com, bart@example.com" } },
  } },
}
