local zoom = require "zoom"

-- Privileges that allow a user to gain more, with the names on Zoom's page of roles.
local DANGEROUS = {
  "user", "role", "account", "sign-on", "sso", "security", "billing", "marketplace", "app",
  "integration", "developer", "recording", "group", "sub account", "chat history",
}

metadata {
  id = "Zoom.Role.Given.Dangerous.Privileges",
  display_name = "Zoom role given dangerous privileges",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "guess",
  pack = "zoom-core",
  description = "A role was created or changed so that its members can edit users, roles, "
    .. "account settings, sign-in, billing, apps or recordings. Such a role is an admin under "
    .. "another name, and is not among the roles that people watch. Zoom does not document the "
    .. "wording of its log, so the rule searches for key words.\n\n"
    .. "False positives: new teams that run a part of Zoom.",
  runbook = "1. Ask the operator which team the role is for.\n"
    .. "2. List the role's members (User Management, Roles).\n"
    .. "3. If nobody can explain it: remove the privileges, and check what its members have done "
    .. "since.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.003", "TA0004:T1098.003" } },
  tags = { "Zoom", "Roles" },
  summary_attributes = { "operator" },
  dedup_period_minutes = 60,
  where = {
    category_type = "Role",
    action = { "Add", "Update" },
    ["operation_detail|re|i"] = ":[^:]*\\bedit\\b",
  },
}

local function can_edit(privileges)
  return privileges ~= nil and re.find(privileges, "(?i)\\bedit\\b") ~= nil
end

local function given(event)
  local found = {}
  local changes = zoom.setting_changes(event)
  for _, change in ipairs(#changes > 0 and changes or zoom.set_values(event)) do
    local name = change.setting:lower()
    for _, part in ipairs(DANGEROUS) do
      if name:find(part, 1, true) and can_edit(change.to) and not can_edit(change.from) then
        found[#found + 1] = change
        break
      end
    end
  end
  return found
end

function rule(event)
  return #given(event) > 0
end

function title(event)
  return ("Role %s may edit %s: changed by %s"):format(zoom.role_of(event) or "(not named)",
    zoom.settings_in_words(given(event)), zoom.operator_of(event))
end

function alert_context(event)
  return { role = zoom.role_of(event), changes = zoom.setting_changes(event) }
end

tests {
  { name = "may edit users", fixture = "zoom/operation/role_privileges_updated.json",
    expect = true,
    title = "Role Help Desk - Tier 2 may edit Users: changed by homer@example.com" },
  { name = "a new role for single sign-on", fixture = "zoom/operation/role_dangerous_added.json",
    expect = true,
    title = "Role Helper may edit Single Sign-On: changed by homer@example.com" },
  { name = "may view the dashboard", fixture = "zoom/operation/role_harmless_edited.json",
    expect = false },
  { name = "an edit privilege removed",
    fixture = "zoom/operation/role_privilege_taken.json", expect = false },
  { name = "an edit privilege kept",
    fixture = "zoom/operation/role_edit_kept.json", expect = false },
  { name = "a user's role, which another rule reports",
    fixture = "zoom/operation/user_promoted_admin.json", expect = false },
  { name = "a new role with values alone", fixture = "zoom/operation/role_dangerous_added.json",
    set = { operation_detail = "Add Role Concierge  - Recordings: View - Billing: View, Edit" },
    expect = true,
    title = "Role Concierge may edit Billing: changed by homer@example.com" },
  { name = "a new role that only views", fixture = "zoom/operation/role_dangerous_added.json",
    set = { operation_detail = "Add Role Editors  - Recordings: View" }, expect = false },
}
