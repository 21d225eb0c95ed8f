local people = require "zoom.people"
local role = require "zoom.role"
local webhook = require "zoom.webhook"

metadata {
  id = "Zoom.Users.Many.Deleted",
  display_name = "Many Zoom users deleted",
  log_types = { "Zoom.Operation", "Zoom.User" },
  severity = "high",
  evidence = "sample",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "One admin deleted or unlinked five or more different users within an hour. A deleted "
    .. "user immediately loses meetings, recordings and settings. The report and webhooks say the same "
    .. "with other words; a user that both name counts once.\n\n"
    .. "False positives: the end of a project or a course; automatic clean-up by provisioning (SCIM).",
  runbook = "1. Call the operator, and ask for the ticket.\n"
    .. "2. Compare the users with the list of people who have left.\n"
    .. "3. If nobody can explain it: end the operator's sessions, remove their role, and ask Zoom "
    .. "Support about recovering the users.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Users.Many.Deleted --except operator=OPERATOR --except payload.operator=OPERATOR "
    .. "--reason TICKET` leaves out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1531", "TA0040:T1485" } },
  tags = { "Zoom", "Users" },
  summary_attributes = { "operator" },
  threshold = 5,
  title = "Many users deleted by {operator or payload.operator or 'an unknown operator'}",
  dedup = "operator or payload.operator",
  alert_context = {
    operator = "operator or payload.operator", first_change = "operation_detail or payload.object.email",
  },
  where = {
    { category_type = "User", ["action|contains"] = { "Delete", "Remove" } },
    { category_type = "User", ["operation_detail|re|i"] = "^(?:batch )?(?:unlink|disassociate) users?\\b" },
    { event = { "user.deleted", "user.disassociated" } },
  },
}

-- Data of a deleted user that somebody else gets is no deletion.
function rule(event)
  return people.removed_users(event) > 0
end

function unique(event)
  local user = role.user_of(event) or people.users_of(event)[1]
  return user and user:lower() or webhook.text_of(event.operation_detail) or webhook.object_text(event, "id")
end

tests {
  { name = "a single match", fixture = "zoom/operation/user_deleted.json", expect = true,
    title = "Many users deleted by homer@example.com", dedup = "homer@example.com" },
  { name = "five within the hour", events = {
    { fixture = "zoom/operation/user_deleted.json", times = 5, every = "14m",
      set = { operation_detail = "Delete User user{n}@example.com" } },
  }, alerts = { { title = "Many users deleted by homer@example.com", match_count = 5 } } },
  { name = "five too slowly", alerts = 0, events = {
    { fixture = "zoom/operation/user_deleted.json", times = 5, every = "16m",
      set = { operation_detail = "Delete User user{n}@example.com" } },
  } },
  { name = "a user deactivated", fixture = "zoom/operation/user_deactivated.json", expect = false },
  { name = "a group deleted", fixture = "zoom/operation/group_deleted.json", expect = false },
  { name = "unlinked", fixture = "zoom/operation/user_deactivated.json",
    set = { operation_detail = "Unlink User lisa@example.com" }, expect = true },
  { name = "data handed over", fixture = "zoom/operation/user_deleted.json", expect = false,
    set = { operation_detail = "Transfer data of lisa@example.com to bart@example.com" } },
  { name = "deleted, and the data handed over", fixture = "zoom/operation/user_deleted.json",
    expect = true,
    set = { operation_detail = "Delete User lisa@example.com  - Transfer to bart@example.com" } },
  { name = "unlinked, by a webhook", fixture = "zoom/webhook/user/deactivated.json",
    set = { event = "user.disassociated" }, expect = true,
    title = "Many users deleted by homer@example.com", dedup = "homer@example.com" },
  { name = "five by webhooks", alerts = { { match_count = 5 } }, events = {
    { fixture = "zoom/webhook/user/deleted.json", times = 5, every = "10m",
      set = { ["payload.object.email"] = "user{n}@example.com" } },
  } },
  { name = "three by webhooks, then by the report, too", alerts = 0, events = {
    { fixture = "zoom/webhook/user/deleted.json", at = "2024-03-21T07:00:00Z",
      times = 3, every = "1m", set = { ["payload.object.email"] = "User{n}@example.com" } },
    { fixture = "zoom/operation/user_deleted.json", times = 3, every = "1m",
      set = { operation_detail = "Delete User user{n}@example.com" } },
  } },
  { name = "three by webhooks, two others by the report", alerts = 1, events = {
    { fixture = "zoom/webhook/user/deleted.json", at = "2024-03-21T07:00:00Z",
      times = 3, every = "1m", set = { ["payload.object.email"] = "a{n}@example.com" } },
    { fixture = "zoom/operation/user_deleted.json", times = 2, every = "1m",
      set = { operation_detail = "Delete User b{n}@example.com" } },
  } },
  { name = "deactivated, by a webhook", fixture = "zoom/webhook/user/deactivated.json", expect = false },
  { name = "removed", fixture = "zoom/operation/user_deleted.json",
    set = { action = "Remove" }, expect = true },
}
