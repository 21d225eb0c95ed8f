correlation {
  id = "Zoom.Persistence.New.User.Promoted",
  display_name = "Zoom user added and promoted within two days",
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  story = { "users", "steps.added.events.actor", "steps.promoted.events.actor" },
  description = "A user was added and given a privileged role within two days, alone or with others. "
    .. "Most admins have been users for a while; a new user who becomes an admin immediately is often an "
    .. "intruder's backup account.\n\n"
    .. "False positives: new people in the team that runs Zoom.",
  runbook = "1. Ask the manager of the team that runs Zoom whether they know the user.\n"
    .. "2. Check who added and who promoted the user: is it the same person?\n"
    .. "3. If nobody can explain it: deactivate the user, and end the operators' sessions.\n"
    .. "4. `margay search --indicator NAME --since 7d` shows what else each person did; `margay "
    .. "alerts list` shows the alerts of the steps.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1136.003", "TA0003:T1098.003" } },
  tags = { "Zoom", "Takeover" },
  group = {
    { id = "added", on = "p_alert_context.users", rule = {
      "Zoom.User.Added", "Zoom.User.Created.Or.Removed",
    } },
    { id = "promoted", on = "p_alert_context.users", rule = {
      "Zoom.User.Promoted.to.Privileged.Role", "Zoom.UserGrantedAdmin",
    } },
  },
  on = "users",
  within_minutes = 48 * 60,
}

function title(event)
  return ("%s was added and promoted within two days"):format(event.users)
end

tests {
  { name = "added, then promoted", events = {
    { fixture = "zoom/operation/user_added.json" },
    { fixture = "zoom/operation/user_promoted_admin.json", after = "2h",
      set = { operation_detail = "Change Role  - maggie@example.com: from Member to Admin" } },
  }, alerts = { { title = "maggie@example.com was added and promoted within two days" } } },
  { name = "the second of a batch, 25 hours later", alerts = { {
    title = "eve@example.com was added and promoted within two days" } }, events = {
    { fixture = "zoom/operation/user_added.json",
      set = { operation_detail = "Add User ned@example.com,Eve@example.com  - User Type: Licensed" } },
    { fixture = "zoom/operation/user_promoted_admin.json", after = "25h", set = { operation_detail =
      "Change Role  - bart@example.com: from Member to Admin - eve@example.com: from Member to Admin" } },
  } },
  { name = "by webhooks", alerts = 1, events = {
    { fixture = "zoom/webhook/user/created.json" },
    { fixture = "zoom/webhook/user/updated_role.json", after = "1h",
      set = { ["payload.object.email"] = "lisa@example.com" } },
  } },
  { name = "another user", alerts = 0, events = {
    { fixture = "zoom/operation/user_added.json" },
    { fixture = "zoom/operation/user_promoted_admin.json", after = "2h" },
  } },
  { name = "a week later", alerts = 0, events = {
    { fixture = "zoom/operation/user_added.json" },
    { fixture = "zoom/operation/user_promoted_admin.json", after = "7d",
      set = { operation_detail = "Change Role  - maggie@example.com: from Member to Admin" } },
  } },
}
