correlation {
  id = "Zoom.Takeover.Second.Factor.Off.Then.Door.Opened",
  display_name = "Zoom two-factor authentication turned off and sign-in weakened",
  severity = "critical",
  evidence = "documented",
  pack = "zoom-core",
  story = { "steps.second_factor_off.events.actor", "steps.door_opened.events.actor" },
  description = "Two-factor authentication was turned off and, within two days, before or after, "
    .. "another sign-in method was allowed, single sign-on or IP address restrictions were "
    .. "changed, or password requirements relaxed, no matter by whom. Each change alone may be "
    .. "legitimate; together they make the account easy to enter.\n\n"
    .. "False positives: a planned move to another sign-in method.",
  runbook = "1. Call the operators.\n"
    .. "2. Turn two-factor authentication back on, and undo the other changes.\n"
    .. "3. Look for sign-ins with the new method since then.\n"
    .. "4. `margay search --indicator NAME --since 7d` shows what else each person did; `margay "
    .. "alerts list` shows the alerts of the steps.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1556.006", "TA0112:T1556.006" } },
  tags = { "Zoom", "Takeover" },
  group = {
    { id = "second_factor_off", rule = "Zoom.Two.Factor.Authentication.Disabled" },
    { id = "door_opened", rule = {
      "Zoom.Sign.In.Method.Modified", "Zoom.SSO.Settings.Changed",
      "Zoom.Sign.In.Requirements.Changed", "Zoom.Password.Length.Reduced",
      "Zoom.IP.Allow.List.Changed",
    } },
  },
  within_minutes = 48 * 60,
}

-- Who did it: one person, or two.
local function operators(event)
  local first, second = event.steps.second_factor_off.events[1].actor,
    event.steps.door_opened.events[1].actor
  if not first or not second or first:lower() == second:lower() then
    return first or second or "an unknown operator"
  end
  return ("%s and %s"):format(first, second)
end

function title(event)
  return ("Two-factor authentication turned off and sign-in weakened by %s"):format(operators(event))
end

function dedup(event)
  return operators(event):lower()
end

tests {
  { name = "turned off, then Google sign-in allowed", events = {
    { fixture = "zoom/operation/two_factor_disabled.json" },
    { fixture = "zoom/operation/sign_in_method_enabled.json", after = "3h" },
  }, alerts = {
    { title = "Two-factor authentication turned off and sign-in weakened by homer@example.com" } } },
  { name = "by two people", alerts = { { title = "Two-factor authentication turned off and sign-in "
    .. "weakened by homer@example.com and bart@example.com" } }, events = {
    { fixture = "zoom/operation/two_factor_disabled.json" },
    { fixture = "zoom/operation/sign_in_method_enabled.json", after = "3h",
      set = { operator = "bart@example.com" } },
  } },
  { name = "in the other order", alerts = 1, events = {
    { fixture = "zoom/operation/sign_in_method_enabled.json" },
    { fixture = "zoom/operation/two_factor_disabled.json", after = "3h" },
  } },
  { name = "25 hours later", alerts = 1, events = {
    { fixture = "zoom/operation/two_factor_disabled.json" },
    { fixture = "zoom/operation/sign_in_method_enabled.json", after = "25h" },
  } },
  { name = "three days later", alerts = 0, events = {
    { fixture = "zoom/operation/two_factor_disabled.json" },
    { fixture = "zoom/operation/sign_in_method_enabled.json", after = "3d" },
  } },
  { name = "seen by webhooks", alerts = 1, events = {
    { fixture = "zoom/webhook/account/settings_weakened.json",
      at = "2024-03-21T07:00:00Z",
      set = { ["payload.object.settings"] = { security = { sign_in_with_two_factor_auth = "none" } },
        ["payload.old_object.settings"] = { security = { sign_in_with_two_factor_auth = "all" } } } },
    { fixture = "zoom/operation/ip_ranges_changed.json", after = "25h" },
  } },
  { name = "both seen by webhooks", alerts = 1, events = {
    { fixture = "zoom/webhook/account/settings_weakened.json", at = "2024-03-21T07:00:00Z",
      set = { ["payload.object.settings"] = { security = { sign_in_with_two_factor_auth = "none" } },
        ["payload.old_object.settings"] = { security = { sign_in_with_two_factor_auth = "all" } } } },
    { fixture = "zoom/webhook/account/settings_weakened.json", after = "1h",
      set = { ["payload.object.settings"] = { security = { signin_with_sso = { enable = false } } },
        ["payload.old_object.settings"] = { security = { signin_with_sso = { enable = true } } } } },
  } },
}
