local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.User.Two.Factor.Reset",
  display_name = "Zoom user's two-factor authentication reset",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "guess",
  pack = "zoom-extended",
  description = "An admin reset or removed the second factor of a user. The next sign-in needs only "
    .. "the password, and registers a new device: an attacker's, if they are faster.\n\n"
    .. "False positives: people with a new phone.",
  runbook = "1. Ask the user, but not in Zoom or by email, whether they have a new device.\n"
    .. "2. Check where the user signed in from since.\n"
    .. "3. If nobody can explain it: end the user's sessions, reset the password and the second "
    .. "factor.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.User.Two.Factor.Reset --except operator=OPERATOR --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0006:T1556.006", "TA0003:T1098.005" } },
  tags = { "Zoom", "Users", "Sign-in" },
  summary_attributes = { "operator" },
  alert_context = { detail = "operation_detail" },
  where = {
    category_type = "User*",
    ["operation_detail|contains"] = { "factor", "2fa", "mfa", "authenticator" },
    ["operation_detail|re|i"] = "(?:^|  - )(?:batch )?(?:reset|remove|clear|delete|disable|turn(?:ed)? off)"
      .. "\\w*"
      .. "[^:]{0,60}\\b(?:two[- ]factor|2fa|mfa|multi-factor|authenticator)\\b"
      .. "|\\b(?:two[- ]factor|2fa|mfa|multi-factor)\\b[^:]{0,40}\\b(?:reset|removed|cleared)\\b",
    ["action|re|i"] = "^(?!.*(?:view|export))",
  },
}

function title(event)
  return ("Second factor of %s reset by %s"):format(
    re.match(event.operation_detail, "([^\\s<>,;:]+@[^\\s<>,;:]+)") or "a user", zoom.operator_of(event))
end

tests {
  { name = "reset", fixture = "zoom/operation/user_deactivated.json",
    set = { operation_detail = "Reset 2FA of user rod@example.com" }, expect = true,
    title = "Second factor of rod@example.com reset by homer@example.com" },
  { name = "of many", fixture = "zoom/operation/user_deactivated.json",
    set = { action = "Batch Update", operation_detail = "Remove the authenticator of 12 users" },
    expect = true, title = "Second factor of a user reset by homer@example.com" },
  { name = "a password reset", fixture = "zoom/operation/user_deactivated.json",
    set = { operation_detail = "Reset password of user rod@example.com" }, expect = false },
  { name = "looked at", fixture = "zoom/operation/user_deactivated.json",
    set = { action = "View", operation_detail = "Reset 2FA of user rod@example.com" }, expect = false },
  { name = "in another category", fixture = "zoom/operation/user_deactivated.json",
    set = { category_type = "Role", operation_detail = "Reset 2FA of user rod@example.com" },
    expect = false },
  { name = "in another order", fixture = "zoom/operation/user_deactivated.json",
    set = { operation_detail = "User rod@example.com  - 2FA reset" }, expect = true },
  { name = "in other words", alerts = { { match_count = 2 } }, events = {
    { fixture = "zoom/operation/user_deactivated.json",
      set = { operation_detail = "Reset multi-factor authentication of user rod@example.com" } },
    { fixture = "zoom/operation/user_deactivated.json",
      set = { operation_detail = "Reset MFA of user rod@example.com" } },
  } },
}
