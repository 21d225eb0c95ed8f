correlation {
  id = "Zoom.Sabotage.Owner.Changed.Then.Deletions",
  display_name = "Zoom account owner changed and data deleted",
  severity = "critical",
  evidence = "guess",
  pack = "zoom-core",
  story = { "steps.owner.events.actor", "steps.deletions.events.actor" },
  description = "The account got another owner, and within two days, before or after, three or more "
    .. "users, groups or recordings were deleted, no matter by whom. That is what taking over "
    .. "and emptying an account looks like.\n\n"
    .. "False positives: a hand-over followed by a clean-up.",
  runbook = "1. Call the former owner and the new one.\n"
    .. "2. Open an urgent case with Zoom Support: deletions can be undone for a few days.\n"
    .. "3. Stop every integration that deletes data.\n"
    .. "4. `margay search --indicator NAME --since 7d` shows what else each person did; `margay "
    .. "alerts list` shows the alerts of the steps.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1485", "TA0040:T1531" } },
  tags = { "Zoom", "Takeover" },
  group = {
    { id = "owner", rule = "Zoom.Account.Owner.Changed" },
    { id = "deletions", min = 3, rule = {
      "Zoom.User.Deleted", "Zoom.User.Group.Deleted", "Zoom.Recording.Deleted",
    } },
  },
  within_minutes = 48 * 60,
}

function title()
  return "The account has a new owner, and data was deleted"
end

tests {
  { name = "three deletions of three kinds", events = {
    { fixture = "zoom/operation/account_owner_changed.json" },
    { fixture = "zoom/operation/user_deleted.json", after = "1h",
      set = { operator = "bart@example.com" } },
    { fixture = "zoom/operation/group_deleted.json", after = "1h" },
    { fixture = "zoom/operation/recording_deleted.json", after = "1h" },
  }, alerts = { { title = "The account has a new owner, and data was deleted" } } },
  { name = "two deletions", alerts = 0, events = {
    { fixture = "zoom/operation/account_owner_changed.json" },
    { fixture = "zoom/operation/user_deleted.json", after = "1h" },
    { fixture = "zoom/operation/group_deleted.json", after = "1h" },
  } },
  { name = "deleted a week later", alerts = 0, events = {
    { fixture = "zoom/operation/account_owner_changed.json" },
    { fixture = "zoom/operation/user_deleted.json", after = "7d", times = 3, every = "1h" },
  } },
  { name = "deleted before the owner changed", alerts = 1, events = {
    { fixture = "zoom/operation/user_deleted.json", times = 3, every = "1h" },
    { fixture = "zoom/operation/account_owner_changed.json", after = "1h" },
  } },
}
