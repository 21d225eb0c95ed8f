local zoom = require "zoom"

metadata {
  id = "Zoom.User.Role.Raised",
  display_name = "Zoom user given a privileged role (webhook)",
  log_types = { "Zoom.User" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "A user without a privileged role became Admin, Co-Owner, Owner or Billing "
    .. "Admin. Webhooks report it within seconds; the operation report brings it again later, "
    .. "for the rule Zoom.User.Promoted.to.Privileged.Role.\n\n"
    .. "False positives: new people in the team that runs Zoom.",
  runbook = "1. Find the ticket for the promotion, or ask the operator and the user's manager.\n"
    .. "2. Check what the user has done since.\n"
    .. "3. If nobody can explain it: remove the role (User Management, Roles), and check the "
    .. "operator's own account.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.User.Role.Raised --except payload.operator=OPERATOR --reason TICKET` leaves out what "
    .. "is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/users/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.003", "TA0004:T1098.003" } },
  tags = { "Zoom", "Roles" },
  where = {
    { event = "user.updated", ["payload.object.role|exists"] = true },
    { event = "user.updated", ["payload.object.role_name|exists"] = true },
    { event = "user.updated", ["payload.object.role_id|exists"] = true },
  },
}

-- Zoom's numbers for its built-in roles.
local NAMES = { ["0"] = "Owner", ["1"] = "Admin", ["2"] = "Member" }

-- The names of the field, in webhooks and in what Zoom's API says of users.
local FIELDS = { "role_name", "role", "role_id" }

-- The role before and after; nil if the event lacks it, as it may for the role before.
local function roles_of(event)
  for _, field in ipairs(FIELDS) do
    local before, after = zoom.updated(event, field)
    if after ~= nil then
      return NAMES[tostring(before)] or before, NAMES[tostring(after)] or after
    end
  end
  return nil, nil
end

function rule(event)
  local before, after = roles_of(event)
  return zoom.is_privileged_role(after) and not zoom.is_privileged_role(before)
end

function title(event)
  local before, after = roles_of(event)
  return ("%s promoted from %s to %s by %s"):format(
    zoom.object_value(event, "email") or "A user", before or "an unknown role",
    after, zoom.operator_of(event))
end

function alert_context(event)
  local before, after = roles_of(event)
  local user = zoom.object_text(event, "email")
  return { user = user, users = user, from = before, to = after }
end

tests {
  { name = "to Admin", fixture = "zoom/webhook/user/updated_role.json", expect = true,
    title = "lisa@example.com promoted from Member to Admin by homer@example.com" },
  { name = "to Member", fixture = "zoom/webhook/user/updated_role_back.json", expect = false },
  { name = "from one privileged role to another",
    fixture = "zoom/webhook/user/updated_role_same.json", expect = false },
  { name = "another change", fixture = "zoom/webhook/user/updated_department.json",
    expect = false },
  { name = "another event", fixture = "zoom/webhook/user/updated_role.json",
    set = { event = "user.created" }, expect = false },
  { name = "without the previous role", fixture = "zoom/webhook/user/updated_role.json",
    unset = { "payload.old_object" }, expect = true,
    title = "lisa@example.com promoted from an unknown role to Admin by homer@example.com" },
  { name = "roles as numbers", fixture = "zoom/webhook/user/updated_role.json",
    set = { ["payload.old_object.role"] = "2", ["payload.object.role"] = "0" }, expect = true,
    title = "lisa@example.com promoted from Member to Owner by homer@example.com" },
  { name = "by the name of the role", fixture = "zoom/webhook/user/updated_department.json", expect = true,
    set = { ["payload.object.role_name"] = "Admin", ["payload.old_object.role_name"] = "Member" } },
  { name = "by the number of the role", fixture = "zoom/webhook/user/updated_department.json", expect = true,
    set = { ["payload.object.role_id"] = "1", ["payload.old_object.role_id"] = "2" } },
}
