local people = require "zoom.people"
local role = require "zoom.role"
local webhook = require "zoom.webhook"

metadata {
  id = "Zoom.Users.Many.Deactivated",
  display_name = "Many Zoom users deactivated",
  log_types = { "Zoom.Operation", "Zoom.User" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "One admin deactivated ten or more different users within an hour. They can no longer "
    .. "sign in, which stops a company's meetings; nothing of theirs is lost. The report and webhooks say "
    .. "the same with other words; a user that both name counts once.\n\n"
    .. "False positives: the end of a project or a course; automatic clean-up by provisioning (SCIM).",
  runbook = "1. Call the operator; if it is the provisioning service, ask the identity provider's "
    .. "team.\n"
    .. "2. Compare the users with the list of people who have left.\n"
    .. "3. If nobody can explain it: end the operator's sessions or revoke the service's token, "
    .. "remove the operator's role, then activate the users again (User Management).\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Users.Many.Deactivated --except operator=OPERATOR --except payload.operator=OPERATOR "
    .. "--reason TICKET` leaves out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1531" } },
  tags = { "Zoom", "Users" },
  summary_attributes = { "operator" },
  threshold = 10,
  title = "Many users deactivated by {operator or payload.operator or 'an unknown operator'}",
  dedup = "operator or payload.operator",
  alert_context = {
    operator = "operator or payload.operator", first_change = "operation_detail or payload.object.email",
  },
  where = {
    {
      category_type = "User",
      ["operation_detail|re|i"] = {
        "^deactivate user ", " - (?:user )?(?:status: (?:from )?active to (?:in|de)active"
          .. "|active: (?:from )?(?:on to off|true to false))",
      },
    },
    { event = "user.deactivated" },
  },
}

function unique(event)
  local user = role.user_of(event) or people.users_of(event)[1]
  return user and user:lower() or webhook.text_of(event.operation_detail) or webhook.object_text(event, "id")
end

tests {
  { name = "a single match", fixture = "zoom/operation/user_deactivated.json", expect = true,
    title = "Many users deactivated by homer@example.com", dedup = "homer@example.com" },
  { name = "ten within the hour", alerts = { { match_count = 10, severity = "HIGH" } }, events = {
    { fixture = "zoom/operation/user_deactivated.json", times = 10, every = "1m",
      set = { operation_detail = "Deactivate User user{n}@example.com " } },
  } },
  { name = "nine", alerts = 0, events = {
    { fixture = "zoom/operation/user_deactivated.json", times = 9, every = "1m",
      set = { operation_detail = "Deactivate User user{n}@example.com " } },
  } },
  { name = "one user repeatedly", alerts = 0, events = {
    { fixture = "zoom/operation/user_deactivated.json", times = 20 },
  } },
  { name = "a user activated", fixture = "zoom/operation/user_activated.json", expect = false },
  { name = "a user deleted", fixture = "zoom/operation/user_deleted.json", expect = false },
  { name = "in another category", fixture = "zoom/operation/user_deactivated.json",
    set = { category_type = "Zoom Rooms" }, expect = false },
  { name = "in the words of SCIM", fixture = "zoom/operation/user_deactivated.json", expect = true,
    set = { action = "SCIM API - Update",
      operation_detail = "Edit User lisa@example.com  - Status: from Active to Inactive" } },
  { name = "activated", fixture = "zoom/operation/user_deactivated.json", expect = false,
    set = { operation_detail = "Edit User lisa@example.com  - Status: from Inactive to Active" } },
  { name = "ten by webhooks", alerts = { { match_count = 10,
    title = "Many users deactivated by homer@example.com" } }, events = {
    { fixture = "zoom/webhook/user/deactivated.json", times = 10, every = "4m",
      set = { ["payload.object.email"] = "a{n}@example.com" } },
  } },
  { name = "six by webhooks, then by the report, too", alerts = 0, events = {
    { fixture = "zoom/webhook/user/deactivated.json", at = "2024-03-21T07:00:00Z", times = 6, every = "1m",
      set = { ["payload.object.email"] = "User{n}@example.com" } },
    { fixture = "zoom/operation/user_deactivated.json", times = 6, every = "1m",
      set = { operation_detail = "Deactivate User user{n}@example.com" } },
  } },
  { name = "deleted, by a webhook", fixture = "zoom/webhook/user/deleted.json", expect = false },
  { name = "unlinked, by a webhook", fixture = "zoom/webhook/user/deactivated.json",
    set = { event = "user.disassociated" }, expect = false },
}
