local zoom = require "zoom.people"

metadata {
  id = "Zoom.Users.Removed.In.Batches",
  display_name = "Zoom users removed in several small batches",
  log_types = { "Zoom.Operation" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-extended",
  story = { "p_actor" },
  description = "Two records or more within an hour each report that three or four users were deleted "
    .. "or deactivated together. Zoom.Users.Removed.At.Once asks for five in one record, and "
    .. "Zoom.Users.Many.Deleted counts records: whoever stays below both shows here.\n\n"
    .. "False positives: the end of a project or a course; automatic clean-up by provisioning "
    .. "(SCIM).",
  runbook = "1. Call the operator, and ask for the ticket.\n"
    .. "2. Compare the users with the list of people who have left.\n"
    .. "3. If nobody can explain it: end the operator's sessions, remove their role, "
    .. "reactivate the users, and ask Zoom Support about recovering deleted users.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Users.Removed.In.Batches --except operator=OPERATOR --reason TICKET` leaves "
    .. "out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1531", "TA0040:T1485" } },
  tags = { "Zoom", "Users" },
  summary_attributes = { "operator" },
  threshold = 2,
  title = "Users removed in batches by {operator or 'an unknown operator'}",
  dedup = "operator",
  where = {
    {
      category_type = "User",
      ["action|contains"] = { "Delete", "Remove" },
    },
    {
      category_type = "User",
      ["operation_detail|re|i"] = "^(?:batch )?(?:deactivate|unlink|disassociate) users?\\b",
    },
  },
}

-- A larger batch is an alert of its own.
local FEWEST, MOST = 3, 4

function rule(event)
  local count = zoom.removed_users(event)
  return count >= FEWEST and count <= MOST
end

function unique(event)
  return event.operation_detail .. " " .. event.p_event_time
end

function alert_context(event)
  return { users = zoom.users_of(event), detail = event.operation_detail }
end

tests {
  { name = "three and four within the hour", alerts = { { match_count = 2,
    title = "Users removed in batches by homer@example.com" } }, events = {
    { fixture = "zoom/operation/user_deleted.json",
      set = { action = "Batch Delete", operation_detail = "Delete Users: a@x.example,b@x.ch,c@x.ch" } },
    { fixture = "zoom/operation/user_deleted.json", after = "20m",
      set = { action = "Batch Delete", operation_detail = "Batch Delete Users  - 4 users deleted" } },
  } },
  { name = "three, once", alerts = 0, events = {
    { fixture = "zoom/operation/user_deleted.json",
      set = { action = "Batch Delete", operation_detail = "Delete Users: a@x.example,b@x.ch,c@x.ch" } },
  } },
  { name = "one user", fixture = "zoom/operation/user_deleted.json", expect = false },
  { name = "many, which another rule reports", fixture = "zoom/operation/user_deleted.json",
    set = { operation_detail = "Batch Delete Users  - 400 users" }, expect = false },
  { name = "deactivated", fixture = "zoom/operation/user_deactivated.json", expect = true,
    set = { operation_detail = "Deactivate Users: a@x.example,b@x.example,c@x.example" } },
  { name = "removed, and a setting", expect = true, events = {
    { fixture = "zoom/operation/user_deleted.json",
      set = { action = "Remove", operation_detail = "Remove Users: a@x.example,b@x.example,c@x.example" } },
    { fixture = "zoom/operation/two_factor_disabled.json" },
  } },
}
