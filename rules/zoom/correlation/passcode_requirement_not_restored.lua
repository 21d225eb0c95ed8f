correlation {
  id = "Zoom.Passcode.Requirement.Not.Restored",
  display_name = "Zoom passcode requirement not restored within an hour",
  severity = "high",
  evidence = "documented",
  pack = "zoom-extended",
  story = { "steps.turned_off.events.actor" },
  description = "An admin turned off \"Require a passcode when scheduling new meetings\", and "
    .. "nobody turned it back on within an hour. A mistake is corrected by then; a setting that "
    .. "stays off is intended, or forgotten.\n\n"
    .. "False positives: accounts that use waiting rooms or sign-in instead of passcodes.",
  runbook = "1. Ask the operator whether the change is permanent, and what replaces it.\n"
    .. "2. Look for meetings that were scheduled without a passcode since then.\n"
    .. "3. If nobody can explain it: turn the setting back on and lock it.\n"
    .. "4. `margay search --indicator NAME --since 7d` shows what else each person did; `margay "
    .. "alerts list` shows the alerts of the steps.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1125" } },
  tags = { "Zoom", "Account settings", "Meetings" },
  sequence = {
    { id = "turned_off", rule = "Zoom.New.Meeting.Passcode.Required.Disabled" },
    { id = "restored", rule = "Zoom.New.Meeting.Passcode.Required.Enabled", absent = true },
  },
  within_minutes = 60,
}

function title()
  return "Passcodes for new meetings are still not required an hour after the setting was turned off"
end

tests {
  { name = "not restored", events = {
    { fixture = "zoom/operation/new_meeting_passcode_disabled.json" },
    { fixture = "zoom/operation/user_added.json", after = "3h" },
  }, alerts = { { match_count = 1 } } },
  { name = "restored after half an hour", alerts = 0, events = {
    { fixture = "zoom/operation/new_meeting_passcode_disabled.json" },
    { fixture = "zoom/operation/new_meeting_passcode_enabled.json", after = "30m" },
    { fixture = "zoom/operation/user_added.json", after = "3h" },
  } },
  { name = "restored too late", alerts = 1, events = {
    { fixture = "zoom/operation/new_meeting_passcode_disabled.json" },
    { fixture = "zoom/operation/new_meeting_passcode_enabled.json", after = "2h" },
    { fixture = "zoom/operation/user_added.json", after = "3h" },
  } },
  { name = "only turned on", alerts = 0, events = {
    { fixture = "zoom/operation/new_meeting_passcode_enabled.json" },
    { fixture = "zoom/operation/user_added.json", after = "3h" },
  } },
}
