correlation {
  id = "Zoom.Sabotage.Users.And.Recordings.Deleted.In.Batches",
  display_name = "Zoom users and recordings deleted in batches by one admin",
  severity = "critical",
  evidence = "sample",
  pack = "zoom-core",
  story = { "person" },
  description = "One admin removed many users and many recordings within six hours, in batches. "
    .. "Zoom.Sabotage.Users.And.Recordings.Deleted counts single deletions, and a batch is only one "
    .. "record.\n\n"
    .. "False positives: the end of a project, with its guests and recordings.",
  runbook = "1. Call the admin; if you do not reach them, end their sessions and remove their role.\n"
    .. "2. Open an urgent case with Zoom Support: deletions can be undone for a few days.\n"
    .. "3. Restore recordings from the trash, and check where the admin signed in from.\n"
    .. "4. `margay search --indicator NAME --since 7d` shows what else each person did; `margay "
    .. "alerts list` shows the alerts of the steps.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1485", "TA0040:T1531" } },
  tags = { "Zoom", "Takeover" },
  group = {
    { id = "users", on = "operator", rule = "Zoom.Users.Removed.At.Once" },
    { id = "recordings", on = "p_actor", rule = {
      "Zoom.Recordings.Deleted.At.Once", "Zoom.Recordings.Removed.In.Batch",
    } },
  },
  on = "person",
  within_minutes = 6 * 60,
}

function title(event)
  return ("Users and recordings deleted in batches by %s"):format(event.steps.users.events[1].actor
    or "an unknown operator")
end

local FORTY = { action = "Batch Delete", operation_detail = "Delete Users  - 40 users" }

tests {
  { name = "a batch of each", events = {
    { fixture = "zoom/operation/user_deleted.json", set = FORTY },
    { fixture = "zoom/operation/recording_deleted.json", after = "1h",
      set = { action = "Batch Delete", operation_detail = "Delete Recordings  - 60 recordings" } },
  }, alerts = { { severity = "CRITICAL",
    title = "Users and recordings deleted in batches by homer@example.com" } } },
  { name = "recordings by a webhook, first", alerts = 1, events = {
    { fixture = "zoom/webhook/recording/batch_deleted.json", at = "2024-03-21T07:00:00Z" },
    { fixture = "zoom/operation/user_deleted.json", after = "5h",
      set = { action = FORTY.action, operation_detail = FORTY.operation_detail,
        operator = "Homer@example.com" } },
  } },
  { name = "a day later", alerts = 0, events = {
    { fixture = "zoom/operation/user_deleted.json", set = FORTY },
    { fixture = "zoom/operation/recording_deleted.json", after = "24h",
      set = { action = "Batch Delete", operation_detail = "Delete Recordings  - 60 recordings" } },
  } },
  { name = "by two people", alerts = 0, events = {
    { fixture = "zoom/operation/user_deleted.json", set = FORTY },
    { fixture = "zoom/operation/recording_deleted.json", after = "1h",
      set = { operator = "bart@example.com", action = "Batch Delete",
        operation_detail = "Delete Recordings  - 60 recordings" } },
  } },
}
