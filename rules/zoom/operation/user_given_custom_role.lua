local zoom = require "zoom"

metadata {
  id = "Zoom.User.Given.Custom.Role",
  display_name = "Zoom user given a role of the company's own",
  log_types = { "Zoom.Operation" },
  severity = "info",
  evidence = "documented",
  pack = "zoom-audit",
  description = "A user got a role that the company made itself, whose name does not say what it may "
    .. "do. This happens every week, so the rule opens no alert: it records the event for "
    .. "correlations with roles that gained privileges.\n\n"
    .. "False positives: nearly every match.",
  runbook = "1. A single event needs no action.\n"
    .. "2. If it is part of an alert: ask the operator why, and what the role may do.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.003" } },
  tags = { "Zoom", "Roles", "Signals" },
  create_alert = false,
  summary_attributes = { "operator" },
  where = {
    category_type = { "User", "Role" },
    ["action|re|i"] = "add|create|update|edit|change|assign",
    ["operation_detail|contains"] = "role",
  },
}

local BUILT_IN = { member = true, none = true, basic = true }

-- Roles with telling names have rules of their own.
local function given(event)
  local users, roles = {}, {}
  for _, change in ipairs(zoom.role_changes(event)) do
    local role = change.to:lower()
    if not BUILT_IN[role] and not zoom.is_privileged_role(role) then
      users[#users + 1], roles[#roles + 1] = change.user, change.to
    end
  end
  return users, roles
end

function rule(event)
  return #given(event) > 0
end

function title(event)
  local users, roles = given(event)
  return ("%s given the role %s by %s"):format(zoom.names_in_words(users), roles[1], zoom.operator_of(event))
end

function alert_context(event)
  local users, roles = given(event)
  return { users = users, roles = roles }
end

tests {
  { name = "one", fixture = "zoom/operation/user_promoted_admin.json", expect = true,
    set = { operation_detail = "Change Role  - bart@example.com: from Member to Help Desk" },
    title = "bart@example.com given the role Help Desk by homer@example.com",
    alert_context = { users = { "bart@example.com" }, roles = { "Help Desk" } } },
  { name = "members of a role", fixture = "zoom/operation/role_dangerous_added.json", expect = true,
    set = { action = "Update", operation_detail = "Add Members to Role Helper  - bart@example.com" } },
  { name = "an admin", fixture = "zoom/operation/user_promoted_admin.json", expect = false },
  { name = "a member again", fixture = "zoom/operation/admin_demoted.json", expect = false },
  { name = "a privilege of a role", fixture = "zoom/operation/role_dangerous_added.json", expect = false },
  { name = "a user deleted", fixture = "zoom/operation/user_deleted.json", expect = false },
}
