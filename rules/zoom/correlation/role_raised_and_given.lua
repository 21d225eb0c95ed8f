correlation {
  id = "Zoom.Persistence.Role.Raised.And.Given",
  display_name = "Zoom role given dangerous privileges and given to users",
  severity = "medium",
  evidence = "guess",
  pack = "zoom-core",
  story = { "steps.raised.events.actor", "steps.given.events.actor" },
  description = "A role got privileges of an admin, and users got that role, within two days and in either "
    .. "order. The name of such a role does not say what it may do, so nobody sees that its members are "
    .. "admins.\n\n"
    .. "False positives: a new role that is made for a team and given to it.",
  runbook = "1. Ask the operator of the role for the ticket.\n"
    .. "2. List who has the role, and what they changed since.\n"
    .. "3. If nobody can explain it: take the privileges from the role, and end the sessions of all "
    .. "involved.\n"
    .. "4. `margay search --indicator NAME --since 7d` shows what else each person did; `margay "
    .. "alerts list` shows the alerts of the steps.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098.003", "TA0004:T1098.003" } },
  tags = { "Zoom", "Roles", "Takeover" },
  group = {
    { id = "raised", on = "p_alert_context.role", rule = "Zoom.Role.Given.Dangerous.Privileges" },
    { id = "given", on = "p_alert_context.roles", rule = "Zoom.User.Given.Custom.Role" },
  },
  on = "role",
  within_minutes = 48 * 60,
}

function title(event)
  return ("Role %s got dangerous privileges from %s: %s"):format(event.role,
    event.steps.raised.events[1].actor or "an unknown operator", event.steps.given.events[1].title)
end

local function given(role, after)
  return { fixture = "zoom/operation/user_promoted_admin.json", after = after,
    set = { operation_detail = "Change Role  - bart@example.com: from Member to " .. role } }
end

tests {
  { name = "raised, then given", events = {
    { fixture = "zoom/operation/role_privileges_updated.json" }, given("Help Desk - Tier 2", "1h"),
  }, alerts = { { severity = "MEDIUM", title = "Role Help Desk - Tier 2 got dangerous privileges from "
    .. "homer@example.com: bart@example.com given the role Help Desk - Tier 2 by homer@example.com" } } },
  { name = "given, then raised", alerts = 1, events = {
    given("Help Desk - Tier 2"), { fixture = "zoom/operation/role_privileges_updated.json", after = "1d" },
  } },
  { name = "another role", alerts = 0, events = {
    { fixture = "zoom/operation/role_privileges_updated.json" }, given("Reception", "1h"),
  } },
  { name = "three days apart", alerts = 0, events = {
    { fixture = "zoom/operation/role_privileges_updated.json" }, given("Help Desk - Tier 2", "3d"),
  } },
}
