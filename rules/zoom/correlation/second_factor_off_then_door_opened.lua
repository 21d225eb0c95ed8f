correlation {
  id = "Zoom.Takeover.Second.Factor.Off.Then.Door.Opened",
  display_name = "Zoom two-factor authentication turned off, then sign-in weakened",
  severity = "critical",
  description = "The same person turned off two-factor authentication and then, within a day, "
    .. "allowed another sign-in method, changed single sign-on or IP address restrictions, or "
    .. "relaxed password requirements. Each change alone may be legitimate; together they make "
    .. "the account easy to enter.\n\n"
    .. "False positives: a planned move to another sign-in method.",
  runbook = "1. Call the operator.\n"
    .. "2. Turn two-factor authentication back on, and undo the other changes.\n"
    .. "3. Look for sign-ins with the new method since then.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1556.006", "TA0005:T1556.006" } },
  tags = { "Zoom", "Takeover" },
  sequence = {
    { id = "second_factor_off", rule = "Zoom.Two.Factor.Authentication.Disabled" },
    { id = "door_opened", rule = {
      "Zoom.Sign.In.Method.Modified", "Zoom.SSO.Settings.Changed",
      "Zoom.Sign.In.Requirements.Changed", "Zoom.Password.Length.Reduced",
      "Zoom.IP.Allow.List.Changed",
    } },
  },
  on = "operator",
  within_minutes = 24 * 60,
}

function title(event)
  return ("Two-factor authentication turned off, then sign-in weakened, by %s"):format(event.operator)
end

tests {
  { name = "turned off, then Google sign-in allowed", events = {
    { fixture = "zoom/operation/two_factor_disabled.json" },
    { fixture = "zoom/operation/sign_in_method_enabled.json", after = "3h" },
  }, alerts = {
    { title = "Two-factor authentication turned off, then sign-in weakened, by homer@example.com" } } },
  { name = "by two people", alerts = 0, events = {
    { fixture = "zoom/operation/two_factor_disabled.json" },
    { fixture = "zoom/operation/sign_in_method_enabled.json", after = "3h",
      set = { operator = "bart@example.com" } },
  } },
  { name = "in the other order", alerts = 0, events = {
    { fixture = "zoom/operation/sign_in_method_enabled.json" },
    { fixture = "zoom/operation/two_factor_disabled.json", after = "3h" },
  } },
  { name = "two days later", alerts = 0, events = {
    { fixture = "zoom/operation/two_factor_disabled.json" },
    { fixture = "zoom/operation/sign_in_method_enabled.json", after = "2d" },
  } },
}
