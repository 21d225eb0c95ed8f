local people = require "zoom.people"
local webhook = require "zoom.webhook"

-- The number of addresses in a record that counts as many.
local MANY = 5

metadata {
  id = "Zoom.Users.Removed.At.Once",
  display_name = "Many Zoom users removed at once",
  log_types = { "Zoom.Operation" },
  severity = "high",
  evidence = "sample",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "One record reports that five or more users were deleted or deactivated together. "
    .. "Zoom.Users.Many.Deleted and Zoom.Users.Many.Deactivated count records, and such a batch is "
    .. "only one record.\n\n"
    .. "False positives: the end of a project or a course; automatic clean-up by provisioning (SCIM).",
  runbook = "1. Call the operator, and ask for the ticket.\n"
    .. "2. Compare the users with the list of people who have left.\n"
    .. "3. If nobody can explain it: end the operator's sessions, remove their role, reactivate "
    .. "the users, and ask Zoom Support about recovering deleted users.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Users.Removed.At.Once --except operator=OPERATOR --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1531", "TA0040:T1485" } },
  tags = { "Zoom", "Users" },
  summary_attributes = { "operator" },
  dedup = "operator",
  where = {
    {
      category_type = "User",
      ["action|contains"] = { "Delete", "Remove" },
      ["operation_detail|re"] = ("@[^@]*+"):rep(MANY),
    },
    {
      category_type = "User",
      ["operation_detail|startswith"] = { "Deactivate User", "Unlink User", "Disassociate User",
        "Batch Deactivate User", "Batch Unlink User", "Batch Disassociate User" },
      ["operation_detail|re"] = ("@[^@]*+"):rep(MANY),
    },
    {
      category_type = "User",
      ["operation_detail|contains"] = "ctive to ",
      ["operation_detail|re|i"] = ("@[^@]*?\\bactive to (?:in|de)active?[^@]*+"):rep(MANY),
    },
    {
      category_type = "User",
      ["operation_detail|startswith"] = { "Delete", "Remove", "Deactivate", "Unlink", "Disassociate",
        "Batch " },
      ["operation_detail|re|i"] = "^(?:batch )?(?:delete|remove|deactivate|unlink|disassociate)[^@]{0,99}"
        .. "\\b(?:[5-9]|\\d[\\d,]*\\d) (?:more )?(?:users?|accounts?|members?)\\b"
        .. "|^(?:batch )?(?:delete|remove|deactivate|unlink|disassociate) users?\\b[^@]{0,40}"
        .. "\\b(?:total|count|number|users): (?:[5-9]|\\d[\\d,]*\\d)\\b",
    },
  },
}

-- Data of a deleted user that somebody else gets is no deletion of users.
function rule(event)
  return people.removed_users(event) >= MANY
end

function title(event)
  return ("%d users removed at once by %s"):format(people.removed_users(event), webhook.operator_of(event))
end

function alert_context(event)
  return { detail = event.operation_detail, users = people.users_of(event) }
end

local FIVE = "a@example.com,b@example.com,c@example.com,d@example.com,e@example.com"

tests {
  { name = "five deleted", fixture = "zoom/operation/user_deleted.json",
    set = { action = "Batch Delete", operation_detail = "Delete Users: " .. FIVE }, expect = true,
    title = "5 users removed at once by homer@example.com", dedup = "homer@example.com" },
  { name = "five deactivated", fixture = "zoom/operation/user_deactivated.json",
    set = { action = "Batch Update", operation_detail = "Deactivate Users: " .. FIVE },
    expect = true },
  { name = "one deleted", fixture = "zoom/operation/user_deleted.json", expect = false },
  { name = "one deactivated", fixture = "zoom/operation/user_deactivated.json", expect = false },
  { name = "five activated", fixture = "zoom/operation/user_deactivated.json",
    set = { action = "Batch Update", operation_detail = "Activate Users: " .. FIVE },
    expect = false },
  { name = "five removed from a group", fixture = "zoom/operation/group_members_added.json",
    set = { action = "Delete", operation_detail = "Delete Members from Group x: " .. FIVE },
    expect = false },
  { name = "a number of users", fixture = "zoom/operation/user_deleted.json",
    set = { action = "Batch Delete", operation_detail = "Delete Users  - 36 users" }, expect = true },
  { name = "a number of users, unlinked", fixture = "zoom/operation/user_deactivated.json",
    set = { operation_detail = "Unlink Users by CSV  - Number: 55" }, expect = true },
  { name = "three users", fixture = "zoom/operation/user_deleted.json",
    set = { action = "Batch Delete", operation_detail = "Delete Users  - 3 users" }, expect = false },
  { name = "data handed over", fixture = "zoom/operation/user_deleted.json",
    set = { operation_detail = "Transfer data: " .. FIVE }, expect = false },
  { name = "a sum of users", fixture = "zoom/operation/user_deleted.json",
    set = { action = "Batch Delete", operation_detail = "Delete Users  - Count: 1,036" }, expect = true },
  { name = "one deleted, whose data many get", fixture = "zoom/operation/user_deleted.json",
    set = { operation_detail = "Delete User moe@example.com  - Transfer to: " .. FIVE }, expect = false },
  { name = "a batch that failed", fixture = "zoom/operation/user_deleted.json", expect = false,
    set = { action = "Batch Delete",
      operation_detail = "Batch Delete Users by CSV  - Total: 250, Success: 0, Failed: 250" } },
  { name = "a batch of which most succeeded", fixture = "zoom/operation/user_deleted.json", expect = true,
    set = { action = "Batch Delete",
      operation_detail = "Batch Delete Users by CSV  - Total: 250, Success: 248, Failed: 2" },
    title = "248 users removed at once by homer@example.com" },
  { name = "a batch of statuses", fixture = "zoom/operation/user_deactivated.json", expect = true,
    set = { action = "Batch Update", operation_detail = "Update User Status  - a@example.com: from Active to "
      .. "Inactive, b@example.com: from Active to Inactive, c@example.com: from Active to Inactive, "
      .. "d@example.com: from Active to Inactive, e@example.com: from Active to Inactive" } },
  { name = "a batch that is active again", fixture = "zoom/operation/user_deactivated.json", expect = false,
    set = { action = "Batch Update", operation_detail = "Update User Status  - "
      .. ("a@example.com: from Inactive to Active, "):rep(6) } },
  { name = "in other words", alerts = { { match_count = 8 } }, events = {
    { fixture = "zoom/operation/user_deleted.json",
      set = { action = "Remove", operation_detail = "Remove Users: " .. FIVE } },
    { fixture = "zoom/operation/user_deactivated.json",
      set = { operation_detail = "Unlink Users: " .. FIVE } },
    { fixture = "zoom/operation/user_deactivated.json",
      set = { operation_detail = "Disassociate Users: " .. FIVE } },
    { fixture = "zoom/operation/user_deactivated.json",
      set = { operation_detail = "Batch Deactivate Users: " .. FIVE } },
    { fixture = "zoom/operation/user_deactivated.json",
      set = { operation_detail = "Batch Unlink Users: " .. FIVE } },
    { fixture = "zoom/operation/user_deactivated.json",
      set = { operation_detail = "Batch Disassociate Users: " .. FIVE } },
    { fixture = "zoom/operation/user_deactivated.json",
      set = { operation_detail = "Batch Delete Users  - 36 users" } },
    { fixture = "zoom/operation/user_deactivated.json",
      set = { operation_detail = "Batch Remove Users  - 36 users" } },
  } },
}
