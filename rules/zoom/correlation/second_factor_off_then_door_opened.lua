correlation {
  id = "Zoom.Takeover.Second.Factor.Off.Then.Door.Opened",
  display_name = "Zoom second factor turned off and another way in opened",
  severity = "critical",
  description = "The same person turned off two-factor authentication and then, within a day, "
    .. "allowed another sign-in method, changed single sign-on or relaxed passwords. Each may "
    .. "be a request; together they make an account easy to enter.\n\n"
    .. "False positives: a planned move to another way of signing in.",
  runbook = "1. Call the operator.\n"
    .. "2. Turn two-factor authentication on again, and take the other changes back.\n"
    .. "3. Look for sign-ins by the new method since then.",
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
  return ("Second factor turned off and another way in opened by %s"):format(event.operator)
end

tests {
  { name = "off, then Google allowed", events = {
    { fixture = "zoom/operation/two_factor_disabled.json" },
    { fixture = "zoom/operation/sign_in_method_enabled.json", after = "3h" },
  }, alerts = {
    { title = "Second factor turned off and another way in opened by homer@example.com" } } },
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
