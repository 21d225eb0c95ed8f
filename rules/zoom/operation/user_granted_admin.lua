local detail = (require "zoom.detail").rules
local role = require "zoom.role"
local webhook = require "zoom.webhook"

metadata {
  id = "Zoom.UserGrantedAdmin",
  display_name = "Zoom user made an admin",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  story = { "p_actor", "p_alert_context.users" },
  description = "Somebody became Admin, Co-Owner, Owner or Billing Admin, in Zoom's older "
    .. "wording (\"Update User … - User Role: from Member to Admin\"). An admin can change the "
    .. "account's security, read recordings and reports, and create further admins.\n\n"
    .. "False positives: new people in the team that runs Zoom.",
  runbook = "1. Find the ticket for the change, or ask the operator and the user's manager.\n"
    .. "2. Check what the user has done since: sign-in settings, further role changes, "
    .. "recordings.\n"
    .. "3. If nobody can explain it: remove the role (User Management, Roles), and check the "
    .. "operator's own account.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.UserGrantedAdmin --except operator=OPERATOR --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0064983",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.003", "TA0004:T1098.003" } },
  tags = { "Zoom", "Roles" },
  summary_attributes = { "operator" },
  where = {
    category_type = "User",
    ["action|re|i"] = "update|edit|add|create",
    ["operation_detail|contains"] = { "Role: ", "Roles: " },
    -- Behind the first of each line: what is behind another is behind that, too.
    ["operation_detail|re|i"] = "(?m)^(?>.*?(?: to |roles?: (?!from ))).*"
      .. "\\b(?:admin|administrator|owner|super ?user)s?\\b",
  },
}

-- Zoom.User.Promoted.to.Privileged.Role reports "Change Role" for a list of users.
local function granted(event)
  return detail.head_of(event):lower():find("change role", 1, true) == nil and role.promotions(event)[1]
    or nil
end

function rule(event)
  return granted(event) ~= nil
end

function title(event)
  local change = granted(event)
  return ("%s made %s by %s"):format(change.user, change.to, webhook.operator_of(event))
end

-- Only the owner can make another owner.
function severity(event)
  return granted(event).to:lower() == "owner" and "HIGH" or "DEFAULT"
end

function alert_context(event)
  return { user = granted(event).user, users = granted(event).user, changes = detail.setting_changes(event) }
end

tests {
  { name = "from Member to Admin", fixture = "zoom/operation/user_granted_admin_legacy.json",
    expect = true, title = "bart@example.com made Admin by homer@example.com", severity = "MEDIUM",
    alert_context = { user = "bart@example.com", users = "bart@example.com", changes = {
      { user = "bart@example.com", setting = "User Role", from = "Member", to = "Admin" },
    } } },
  { name = "among other changes",
    fixture = "zoom/operation/user_granted_admin_legacy_among_changes.json", expect = true,
    title = "bart@example.com made Admin by homer@example.com" },
  { name = "to Owner", fixture = "zoom/operation/user_granted_admin_legacy.json",
    set = { operation_detail = "Update User bart@example.com  - User Role: from Member to Owner" },
    expect = true, severity = "HIGH", title = "bart@example.com made Owner by homer@example.com" },
  { name = "from Admin to Co-Owner", fixture = "zoom/operation/user_granted_admin_legacy.json",
    set = { operation_detail = "Update User bart@example.com  - User Role: from Admin to Co-Owner" },
    expect = false },
  { name = "no address in the text",
    fixture = "zoom/operation/user_granted_admin_legacy_no_email.json", expect = true,
    title = "Barney Gumble made Admin by homer@example.com" },
  { name = "from Admin to Member", fixture = "zoom/operation/user_revoked_admin_legacy.json",
    expect = false },
  { name = "a role whose name begins with Admin",
    fixture = "zoom/operation/user_granted_admin_assistant_legacy.json", expect = false },
  { name = "the newer wording, which another rule reports",
    fixture = "zoom/operation/user_promoted_admin.json", expect = false },
  { name = "another change of a user", fixture = "zoom/operation/user_job_title.json",
    expect = false },
  { name = "another action", fixture = "zoom/operation/user_granted_admin_legacy.json",
    set = { action = "Delete" },
    expect = false },
  { name = "in another category", fixture = "zoom/operation/user_granted_admin_legacy.json",
    set = { category_type = "Role" }, expect = false },
  { name = "to Billing Admin", fixture = "zoom/operation/user_granted_admin_legacy.json",
    set = { operation_detail = "Update User bart@example.com  - User Role: "
      .. "from Member to Billing Admin" }, expect = true,
    title = "bart@example.com made Billing Admin by homer@example.com" },
  { name = "a new user who is an admin", fixture = "zoom/operation/user_added.json", expect = true,
    set = { operation_detail = "Add User rod@example.com  - User Role: Billing Admin" },
    title = "rod@example.com made Billing Admin by homer@example.com" },
  { name = "a new user with a plain role", fixture = "zoom/operation/user_added.json", expect = false,
    set = { operation_detail = "Add User rod@example.com  - User Role: Member - Job Title: Admin" } },
  { name = "in SCIM's words", expect = true,
    fixture = "zoom/operation/user_promoted_admin_scim.json",
    set = { operation_detail = "Edit User rod@example.com  - Change Role: from Member to Super Admin" },
    title = "rod@example.com made Super Admin by homer@example.com" },
  { name = "without the previous role", expect = true,
    fixture = "zoom/operation/user_granted_admin_legacy.json",
    set = { operation_detail = "Update User rod@example.com  - User Role: set to Owner" },
      severity = "HIGH" },
  { name = "a role with a place", fixture = "zoom/operation/user_promoted_admin_scim.json", expect = true,
    set = { operation_detail = "Edit User rod@example.com  - User Role: from Member to Admins (North)" } },
  { name = "in the words of SCIM", fixture = "zoom/operation/admin_promoted_co_owner.json", expect = true,
    set = { action = "SCIM API - Update",
      operation_detail = "Edit User bart@example.com  - Roles: from Member to Admin" },
    title = "bart@example.com made Admin by homer@example.com" },
  { name = "a batch of new users", fixture = "zoom/operation/user_added.json", expect = true,
    set = { action = "Batch Add",
      operation_detail = "Batch Add Users  - bart@example.com,lisa@example.com - User Role: Admin" },
    title = "bart@example.com made Admin by homer@example.com" },
  { name = "a new user by SCIM, and imported ones", expect = true, alerts = 2, events = {
    { fixture = "zoom/operation/user_added.json", set = { action = "SCIM API - Add",
      operation_detail = "Add User rod@example.com  - User Type: Licensed - Roles: Admin, Member" } },
    { fixture = "zoom/operation/user_added.json", set = { action = "Batch Add",
      operation_detail = "Import Users  - todd@example.com: Role: Member, rod@example.com: Role: Admin" } },
  } },
  { name = "a title that names a role", fixture = "zoom/operation/user_job_title.json", expect = false,
    set = { operation_detail = "Update User bart@example.com  - Title: set to User Role: Admin" } },
  { name = "one of several users", fixture = "zoom/operation/user_granted_admin_legacy.json", expect = true,
    set = { action = "Batch Update",
      operation_detail = "Batch Update Users  - eve@example.com: Role: from Member to Owner" },
    title = "eve@example.com made Owner by homer@example.com", severity = "HIGH" },
  { name = "assigned to a user", fixture = "zoom/operation/user_granted_admin_legacy.json", expect = true,
    set = { operation_detail = "Assign Role to eve@example.com  - Role: Owner" }, severity = "HIGH",
    title = "eve@example.com made Owner by homer@example.com" },
  { name = "imported", fixture = "zoom/operation/user_added.json", expect = true,
    set = { action = "Batch Add", operation_detail = "Import Users  - eve@example.com - User Role: Admin" },
    title = "eve@example.com made Admin by homer@example.com" },
}
