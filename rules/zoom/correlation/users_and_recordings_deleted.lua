correlation {
  id = "Zoom.Sabotage.Users.And.Recordings.Deleted",
  display_name = "Zoom users and recordings deleted by one admin",
  severity = "critical",
  evidence = "sample",
  pack = "zoom-core",
  story = { "operator" },
  description = "One admin deleted five or more users and five or more recordings within six hours. "
    .. "Clean-ups concern one or the other; who destroys an account deletes whatever is there.\n\n"
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
    { id = "users", min = 5, rule = "Zoom.User.Deleted" },
    { id = "recordings", min = 5, rule = "Zoom.Recording.Deleted" },
  },
  on = "operator",
  within_minutes = 6 * 60,
}

function title(event)
  return ("Users and recordings deleted by %s"):format(event.operator)
end

tests {
  { name = "five of each", events = {
    { fixture = "zoom/operation/user_deleted.json", times = 5, every = "1m" },
    { fixture = "zoom/operation/recording_deleted.json", after = "1h", times = 5, every = "1m" },
  }, alerts = { { severity = "CRITICAL", title = "Users and recordings deleted by homer@example.com" } } },
  { name = "five users, four recordings", alerts = 0, events = {
    { fixture = "zoom/operation/user_deleted.json", times = 5, every = "1m" },
    { fixture = "zoom/operation/recording_deleted.json", after = "1h", times = 4, every = "1m" },
  } },
  { name = "by two people", alerts = 0, events = {
    { fixture = "zoom/operation/user_deleted.json", times = 5, every = "1m" },
    { fixture = "zoom/operation/recording_deleted.json", after = "1h", times = 5, every = "1m",
      set = { operator = "bart@example.com" } },
  } },
}
