local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.User.Password.Changed.By.Other",
  display_name = "Zoom password changed by somebody else",
  log_types = { "Zoom.User" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "Somebody changed another user's password. Whoever sets a password can sign in "
    .. "as its owner.\n\n"
    .. "False positives: help desks that set a first password.",
  runbook = "1. Ask the user whether they requested it.\n"
    .. "2. Check the user's sign-ins since then.\n"
    .. "3. If nobody can explain it: reset the password again, end all sessions, and check the "
    .. "operator's own account.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.User.Password.Changed.By.Other --except payload.operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/users/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1098", "TA0006:T1556" } },
  tags = { "Zoom", "Users" },
  title = "Password of {payload.object.email or 'a user'} changed by {payload.operator or 'an "
    .. "unknown operator'}",
  alert_context = { operator = "payload.operator", user = "payload.object.email" },
  where = {
    event = "user.updated",
    ["payload.operation"] = "change_password",
    ["payload.operator|re"] = ".",
  },
}

function rule(event)
  local user = zoom.object_text(event, "email")
  return user == nil or user:lower() ~= zoom.operator_of(event):lower()
end

tests {
  { name = "by an admin", fixture = "zoom/webhook/user/password_by_admin.json", expect = true,
    title = "Password of lisa@example.com changed by homer@example.com" },
  { name = "by the user", fixture = "zoom/webhook/user/password_by_self.json", expect = false },
  { name = "without an email address", fixture = "zoom/webhook/user/password_by_admin.json",
    unset = { "payload.object.email" }, expect = true,
    title = "Password of a user changed by homer@example.com" },
  { name = "by an unknown operator", fixture = "zoom/webhook/user/password_by_admin.json",
    unset = { "payload.operator" }, expect = false },
  { name = "another event", fixture = "zoom/webhook/user/password_by_admin.json",
    set = { event = "user.created" }, expect = false },
  { name = "signed out everywhere", fixture = "zoom/webhook/user/signed_out_everywhere.json",
    expect = false },
}
