local zoom = require "zoom"

metadata {
  id = "Zoom.User.Promoted.to.Privileged.Role",
  display_name = "Zoom user given a privileged role",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "Somebody without a privileged role became Admin, Co-Owner, Owner or Billing "
    .. "Admin. These roles can change the account's security, read recordings and reports, and "
    .. "create further admins, so an intruder who wants to keep access wants one.\n\n"
    .. "False positives: new people in the team that runs Zoom. The rule does not cover custom "
    .. "roles with many privileges.",
  runbook = "1. Find the ticket for the promotion, or ask the operator and the user's manager.\n"
    .. "2. Check what the user has done since: sign-in settings, further role changes, "
    .. "recordings.\n"
    .. "3. If nobody can explain it: remove the role (User Management, Roles), and check the "
    .. "operator's own account.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.User.Promoted.to.Privileged.Role --except operator=OPERATOR --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0064983",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.003", "TA0004:T1098.003" } },
  tags = { "Zoom", "Roles" },
  summary_attributes = { "operator" },
  where = {
    {
      category_type = "User",
      ["action|re|i"] = "update|edit|change",
      ["operation_detail|contains"] = "Change Role  - ",
      ["operation_detail|re|i"] = "(?s)^(?>.*? to ).*\\b(?:admin|administrator|owner|super ?user)s?\\b",
    },
    {
      category_type = "Role",
      ["operation_detail|contains"] = "@",
      ["operation_detail|re|i"] = "\\b(?:admin|administrator|owner|super ?user)s?\\b",
    },
  },
}

function rule(event)
  return #zoom.promotions(event) > 0
end

function title(event)
  local users = {}
  for i, change in ipairs(zoom.promotions(event)) do
    users[i] = ("%s from %s to %s"):format(change.user, change.from or "an unknown role", change.to)
  end
  return ("Promoted by %s: %s"):format(zoom.operator_of(event), table.concat(users, ", "))
end

-- Only the owner can make another owner.
function severity(event)
  for _, change in ipairs(zoom.promotions(event)) do
    if change.to:lower() == "owner" then
      return "HIGH"
    end
  end
  return "DEFAULT"
end

function alert_context(event)
  local found, users = zoom.promotions(event), {}
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
  { name = "members taken from a role", fixture = "zoom/operation/role_dangerous_added.json", expect = false,
    set = { action = "Update", operation_detail = "Remove Members from Role Admin  - bart@example.com" } },
}
