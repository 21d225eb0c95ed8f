local role = require "zoom.role"
local webhook = require "zoom.webhook"

metadata {
  id = "Zoom.User.Promoted.to.Privileged.Role",
  display_name = "Zoom user given a privileged role",
  log_types = { "Zoom.Operation", "Zoom.User" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  story = { "p_actor", "p_alert_context.users" },
  description = "Somebody without a privileged role became Admin, Co-Owner, Owner or Billing "
    .. "Admin. These roles can change the account's security, read recordings and reports, and "
    .. "create further admins, so an intruder who wants to keep access wants one. Webhooks report it "
    .. "within seconds; the operation report brings it again later, and both are one alert.\n\n"
    .. "False positives: new people in the team that runs Zoom. The rule does not cover custom "
    .. "roles with many privileges.",
  runbook = "1. Find the ticket for the promotion, or ask the operator and the user's manager.\n"
    .. "2. Check what the user has done since: sign-in settings, further role changes, "
    .. "recordings.\n"
    .. "3. If nobody can explain it: remove the role (User Management, Roles), and check the "
    .. "operator's own account.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay tune "
    .. "Zoom.User.Promoted.to.Privileged.Role --except operator=OPERATOR --except "
    .. "payload.operator=OPERATOR --reason TICKET` leaves out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0064983",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.003", "TA0004:T1098.003" } },
  tags = { "Zoom", "Roles" },
  summary_attributes = { "operator" },
  where = {
    {
      category_type = "User",
      ["action|contains"] = { "update", "edit", "change" },
      ["operation_detail|contains"] = "Change Role  - ",
      ["operation_detail|re|i"] = "(?s)^(?>.*? to ).*\\b(?:admin|administrator|owner|super ?user)s?\\b",
    },
    {
      category_type = "User",
      ["operation_detail|contains"] = "role ",
      ["operation_detail|re|i"] = "^(?:batch )?(?:assign|add|grant|give)\\w* (?:the )?role [^:@]*"
        .. "\\b(?:admin|administrator|owner|super ?user)s?\\b[^:]*@",
    },
    {
      category_type = "Role",
      ["operation_detail|contains"] = "@",
      ["operation_detail|re|i"] = "\\b(?:admin|administrator|owner|super ?user)s?\\b",
    },
    { event = "user.updated", ["payload.object.role|exists"] = true },
    { event = "user.updated", ["payload.object.role_name|exists"] = true },
    { event = "user.updated", ["payload.object.role_id|exists"] = true },
  },
}

-- Zoom's numbers for its built-in roles.
local NAMES = { ["0"] = "Owner", ["1"] = "Admin", ["2"] = "Member" }

-- The names of the field, in webhooks and in what Zoom's API says of users.
local FIELDS = { "role_name", "role", "role_id" }

-- The role before and after in a webhook, which may lack the one before.
local function roles_of(event)
  for _, field in ipairs(FIELDS) do
    local before, after = webhook.updated(event, field)
    if after ~= nil then
      return NAMES[tostring(before)] or before, NAMES[tostring(after)] or after
    end
  end
  return nil, nil
end

local function promotions(event)
  if event.event == nil then
    return role.promotions(event)
  end
  local before, after = roles_of(event)
  if not role.is_privileged_role(after) or role.is_privileged_role(before) then
    return {}
  end
  local user = webhook.object_text(event, "email") or webhook.object_text(event, "id") or "a user"
  return { { user = user, from = before, to = after } }
end

function rule(event)
  return #promotions(event) > 0
end

function title(event)
  local users = {}
  for i, change in ipairs(promotions(event)) do
    users[i] = ("%s from %s to %s"):format(change.user, change.from or "an unknown role", change.to)
  end
  return ("Promoted by %s: %s"):format(webhook.operator_of(event), table.concat(users, ", "))
end

-- The report names all users of a batch, webhooks one each.
function dedup(event)
  local first = promotions(event)[1]
  return ("%s %s"):format(first.user:lower(), first.to:lower())
end

-- Only the owner can make another owner.
function severity(event)
  for _, change in ipairs(promotions(event)) do
    if change.to:lower() == "owner" then
      return "HIGH"
    end
  end
  return "DEFAULT"
end

function alert_context(event)
  local found, users = promotions(event), {}
  for i, change in ipairs(found) do
    users[i] = change.user
  end
  return { user = found[1].user, users = users, promotions = found }
end

tests {
  { name = "to Admin", fixture = "zoom/operation/user_promoted_admin.json", expect = true,
    title = "Promoted by homer@example.com: bart@example.com from Member to Admin",
    severity = "MEDIUM",
    alert_context = { user = "bart@example.com", users = { "bart@example.com" }, promotions = {
      { user = "bart@example.com", from = "Member", to = "Admin" },
    } } },
  { name = "to Co-Owner", fixture = "zoom/operation/user_promoted_co_owner.json", expect = true,
    title = "Promoted by homer@example.com: bart@example.com from User to Co-Owner" },
  { name = "to Owner", fixture = "zoom/operation/user_promoted_owner.json", expect = true,
    title = "Promoted by homer@example.com: bart@example.com from Member to Owner",
    severity = "HIGH" },
  { name = "to Billing Admin", fixture = "zoom/operation/user_promoted_billing_admin.json",
    expect = true,
    title = "Promoted by homer@example.com: bart@example.com from Member to Billing Admin" },
  { name = "through SCIM", fixture = "zoom/operation/user_promoted_admin_scim.json",
    expect = true },
  { name = "several users at once", fixture = "zoom/operation/several_promotions.json",
    expect = true,
    title = "Promoted by homer@example.com: bart@example.com from Member to Admin, "
      .. "lisa@example.com from Member to Admin" },
  { name = "the second of two", fixture = "zoom/operation/promotion_after_demotion.json",
    expect = true,
    title = "Promoted by homer@example.com: lisa@example.com from Room - Operator to Admin" },
  { name = "an address with hyphens",
    fixture = "zoom/operation/user_promoted_hyphenated_email.json", expect = true,
    title = "Promoted by homer@example.com: mary-jane.o-hara@north-west.example.com "
      .. "from Member to Admin" },
  { name = "a user without an address", fixture = "zoom/operation/user_promoted_no_email.json",
    expect = true, title = "Promoted by homer@example.com: Barney Gumble from Member to Admin" },
  { name = "to a plain role", fixture = "zoom/operation/user_promoted_plain_role.json",
    expect = false },
  { name = "demoted", fixture = "zoom/operation/admin_demoted.json", expect = false },
  { name = "a co-owner demoted", fixture = "zoom/operation/co_owner_demoted.json",
    expect = false },
  { name = "from one privileged role to another",
    fixture = "zoom/operation/admin_to_billing_admin.json", expect = false },
  { name = "from Admin to Co-Owner", fixture = "zoom/operation/admin_promoted_co_owner.json",
    expect = false },
  { name = "the older wording, which another rule reports",
    fixture = "zoom/operation/user_granted_admin_legacy.json", expect = false },
  { name = "another action", fixture = "zoom/operation/user_promoted_admin.json",
    set = { action = "Add" },
    expect = false },
  { name = "in another category", fixture = "zoom/operation/user_promoted_admin.json",
    set = { category_type = "Recording" }, expect = false },
  { name = "a role set for the first time", fixture = "zoom/operation/user_promoted_admin.json",
    set = { operation_detail = "Change Role  - bart@example.com: set to Admin" }, expect = true,
    title = "Promoted by homer@example.com: bart@example.com from an unknown role to Admin" },
  { name = "to a role of one's own", fixture = "zoom/operation/user_promoted_admin.json", expect = true,
    set = { operation_detail = "Change Role  - rod@example.com: from Member to IT Administrators" } },
  { name = "to a role with such a word", fixture = "zoom/operation/user_promoted_admin.json", expect = false,
    set = { operation_detail = "Change Role  - rod@example.com: from Member to Admin Assistant" } },
  { name = "two users, with a comma", fixture = "zoom/operation/user_promoted_admin.json", expect = true,
    set = { operation_detail = "Change Role  - rod@example.com: from Member to Guide, "
      .. "todd@example.com: from Member to Admin" },
    title = "Promoted by homer@example.com: todd@example.com from Member to Admin" },
  { name = "two users, with a semicolon", fixture = "zoom/operation/user_promoted_admin.json", expect = true,
    set = { operation_detail = "Change Role  - rod@example.com: from Member to Admin; "
      .. "todd@example.com: from Member to Guide" } },
  { name = "members added to a role", fixture = "zoom/operation/role_dangerous_added.json", expect = true,
    set = { action = "Update",
      operation_detail = "Add Members to Role Admin  - bart@example.com,lisa@example.com" },
    title = "Promoted by homer@example.com: bart@example.com from an unknown role to Admin, "
      .. "lisa@example.com from an unknown role to Admin" },
  { name = "a role assigned", fixture = "zoom/operation/role_dangerous_added.json", expect = true,
    set = { action = "Update", operation_detail = "Assign Role Admin  - bart@example.com" } },
  { name = "a role assigned to a user, members added to a role, and a list of members", expect = true,
    alerts = 3, events = {
      { fixture = "zoom/operation/user_promoted_admin.json",
        set = { operation_detail = "Assign Role Co-Owner to rod@example.com" } },
      { fixture = "zoom/operation/role_dangerous_added.json",
        set = { action = "Update", operation_detail = "Edit Role Admin  - Add Members: bart@example.com" } },
      { fixture = "zoom/operation/role_dangerous_added.json", set = { action = "Update",
        operation_detail = "Edit Role Admin  - Members: from homer@example.com to Homer@example.com, "
          .. "lisa@example.com" } },
    } },
  { name = "a plain role assigned to a user who is named like one", expect = false,
    fixture = "zoom/operation/user_promoted_admin.json",
    set = { operation_detail = "Assign Role Guide to owner@example.com" } },
  { name = "members taken from a role", fixture = "zoom/operation/role_dangerous_added.json", expect = false,
    set = { action = "Update", operation_detail = "Remove Members from Role Admin  - bart@example.com" } },
  { name = "by a webhook", fixture = "zoom/webhook/user/updated_role.json", expect = true,
    title = "Promoted by homer@example.com: lisa@example.com from Member to Admin",
    dedup = "lisa@example.com admin" },
  { name = "to Member", fixture = "zoom/webhook/user/updated_role_back.json", expect = false },
  { name = "from one privileged role to another, by a webhook",
    fixture = "zoom/webhook/user/updated_role_same.json", expect = false },
  { name = "another change of a user", fixture = "zoom/webhook/user/updated_department.json",
    expect = false },
  { name = "another event", fixture = "zoom/webhook/user/updated_role.json",
    set = { event = "user.created" }, expect = false },
  { name = "without the previous role", fixture = "zoom/webhook/user/updated_role.json",
    unset = { "payload.old_object" }, expect = true,
    title = "Promoted by homer@example.com: lisa@example.com from an unknown role to Admin" },
  { name = "roles as numbers", fixture = "zoom/webhook/user/updated_role.json",
    set = { ["payload.old_object.role"] = "2", ["payload.object.role"] = "0" }, expect = true,
    title = "Promoted by homer@example.com: lisa@example.com from Member to Owner", severity = "HIGH" },
  { name = "by the name of the role", fixture = "zoom/webhook/user/updated_department.json", expect = true,
    set = { ["payload.object.role_name"] = "Admin", ["payload.old_object.role_name"] = "Member" } },
  { name = "by the number of the role", fixture = "zoom/webhook/user/updated_department.json", expect = true,
    set = { ["payload.object.role_id"] = "1", ["payload.old_object.role_id"] = "2" } },
  { name = "by a webhook, then by the report", events = {
    { fixture = "zoom/webhook/user/updated_role.json", at = "2024-03-21T07:00:00Z" },
    { fixture = "zoom/operation/user_promoted_admin.json", after = "5m",
      set = { operation_detail = "Change Role  - Lisa@example.com: from Member to Admin" } },
  }, alerts = { { match_count = 2 } } },
  { name = "with other actions", expect = true, alerts = 1, events = {
    { fixture = "zoom/operation/user_promoted_admin.json", set = { action = "Edit" } },
    { fixture = "zoom/operation/user_promoted_admin.json", set = { action = "Change" } },
  } },
}
