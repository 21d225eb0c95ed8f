local detail = (require "zoom.detail").rules
local webhook = require "zoom.webhook"

-- Privileges that allow a user to gain more, with the names on Zoom's page of roles.
local DANGEROUS = {
  "user", "role", "account", "sign-on", "sso", "security", "billing", "marketplace", "app",
  "integration", "developer", "recording", "group", "sub account", "chat history",
}

metadata {
  id = "Zoom.Role.Given.Dangerous.Privileges",
  display_name = "Zoom role given dangerous privileges",
  log_types = { "Zoom.Operation" },
  severity = "high",
  evidence = "guess",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "A role was created or changed so that its members can edit users, roles, account "
    .. "settings, sign-in, billing, apps or recordings. Such a role is an admin under another name, "
    .. "and is not among the roles that people watch.\n\n"
    .. "False positives: new teams that run a part of Zoom.",
  runbook = "1. Ask the operator which team the role is for.\n"
    .. "2. List the role's members (User Management, Roles).\n"
    .. "3. If nobody can explain it: remove the privileges, and check what its members have done "
    .. "since.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Role.Given.Dangerous.Privileges --except operator=OPERATOR --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.003", "TA0004:T1098.003" } },
  tags = { "Zoom", "Roles" },
  summary_attributes = { "operator" },
  where = {
    category_type = "Role",
    ["action|contains"] = { "Add", "Create", "Update", "Edit", "Change" },
    ["operation_detail|re|i"] = ":[^:]*\\b(?:edit|view|manage|full|on|all|enabled)\\b",
  },
}

-- What others said or recorded: to read it is enough.
local CONTENT = "(?i)chat history|recording|transcript|voicemail|im history|archiv"
local NO_PRIVILEGE = "(?i)\\brole (?:name|description)$"

local function can(privileges, words)
  return privileges ~= nil and re.find(privileges, words) ~= nil
end

-- Whether a privilege is dangerous and is given: to edit, or to view content.
local function is_given(change, words)
  return can(change.to, words) and not can(change.from, words)
end

local EDIT = "(?i)\\b(?:edit|manage|full)\\b|^(?:on|enabled|all(?: privileges)?)$"
local VIEW = "(?i)\\b(?:edit|manage|full|view)\\b|^(?:on|enabled|all(?: privileges)?)$"

local function is_dangerous(name)
  for _, part in ipairs(DANGEROUS) do
    if name:find(part, 1, true) then
      return true
    end
  end
  return false
end

local function given(event)
  local found = {}
  local changes = detail.setting_changes(event)
  for _, change in ipairs(#changes > 0 and changes or detail.set_values(event)) do
    local name = change.setting:lower()
    if not re.find(name, NO_PRIVILEGE) and (is_dangerous(name) and is_given(change, EDIT)
        or re.find(name, CONTENT) and is_given(change, VIEW)) then
      found[#found + 1] = change
    end
  end
  return found
end

function rule(event)
  return #given(event) > 0
end

function title(event)
  return ("Role %s may use %s: changed by %s"):format(detail.role_of(event) or "(not named)",
    detail.settings_in_words(given(event)), webhook.operator_of(event))
end

-- Who only reads can change nothing.
function severity(event)
  for _, change in ipairs(given(event)) do
    if re.find(change.to, EDIT) then
      return "DEFAULT"
    end
  end
  return "LOW"
end

function alert_context(event)
  return { role = detail.role_of(event), changes = detail.setting_changes(event) }
end

tests {
  { name = "may edit users", fixture = "zoom/operation/role_privileges_updated.json",
    expect = true,
    title = "Role Help Desk - Tier 2 may use Users: changed by homer@example.com" },
  { name = "a new role for single sign-on", fixture = "zoom/operation/role_dangerous_added.json",
    expect = true,
    title = "Role Helper may use Single Sign-On: changed by homer@example.com" },
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
    severity = "HIGH",
    title = "Role Concierge may use Recordings, Billing: changed by homer@example.com" },
  { name = "a new role that reads what was said", fixture = "zoom/operation/role_dangerous_added.json",
    set = { operation_detail = "Add Role Editors  - Chat History: View" }, expect = true, severity = "LOW" },
  { name = "a new role that only views", fixture = "zoom/operation/role_dangerous_added.json",
    set = { operation_detail = "Add Role Editors  - Users: View" }, expect = false },
  { name = "a privilege switched on", fixture = "zoom/operation/role_dangerous_added.json",
    set = { operation_detail = "Edit Role Editors  - User Management: from Off to On" }, expect = true },
  { name = "in other words", alerts = { { match_count = 3 } }, events = {
    { fixture = "zoom/operation/role_dangerous_added.json", set = { action = "Create",
      operation_detail = "Create Role Editors  - Account Settings: Enabled" } },
    { fixture = "zoom/operation/role_dangerous_added.json", set = { action = "Edit",
      operation_detail = "Edit Role Editors  - Account Settings: from None to All" } },
    { fixture = "zoom/operation/role_dangerous_added.json", set = { action = "Change",
      operation_detail = "Edit Role Editors  - Account Settings: from Disabled to Enabled" } },
  } },
  { name = "a new name", fixture = "zoom/operation/role_dangerous_added.json",
    set = { operation_detail = "Edit Role Editors  - Role Name: from x to Edit team" }, expect = false },
}
