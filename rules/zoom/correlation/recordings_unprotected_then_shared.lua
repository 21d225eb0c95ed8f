correlation {
  id = "Zoom.Exfiltration.Recordings.Unprotected.Then.Shared",
  display_name = "Zoom recordings no longer protected, then shared with everybody",
  severity = "critical",
  evidence = "documented",
  pack = "zoom-core",
  story = { "operator" },
  description = "An admin turned off sign-in or passcodes for all recordings, or allowed their download, "
    .. "and shared two or more recordings with everybody within two days. The protection went so "
    .. "that the recordings could.\n\n"
    .. "False positives: the preparation of a public series.",
  runbook = "1. Call the admin, and ask for the ticket.\n"
    .. "2. Turn the protection back on, and stop sharing the recordings.\n"
    .. "3. Look at who opened them: the view and download reports, and their registrations.\n"
    .. "4. `margay search --indicator NAME --since 7d` shows what else each person did; `margay "
    .. "alerts list` shows the alerts of the steps.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1530", "TA0010:T1567" } },
  tags = { "Zoom", "Exfiltration" },
  sequence = {
    { id = "unprotected", rule = {
      "Zoom.Cloud.Recording.Authentication.Disabled", "Zoom.Cloud.Recording.Passcode.Disabled",
      "Zoom.Cloud.Recording.Download.Allowed",
    } },
    { id = "shared", min = 2, rule = "Zoom.Recording.Made.Public" },
  },
  on = "operator",
  within_minutes = 48 * 60,
}

function title(event)
  return ("Recordings left without protection, then shared with everybody by %s"):format(event.operator)
end

tests {
  { name = "sign-in off, two shared", events = {
    { fixture = "zoom/operation/cloud_recording_authentication_off.json" },
    { fixture = "zoom/operation/recording_made_public.json", after = "10m", times = 2, every = "1m" },
  }, alerts = { { severity = "CRITICAL",
    title = "Recordings left without protection, then shared with everybody by homer@example.com" } } },
  { name = "shared first", alerts = 0, events = {
    { fixture = "zoom/operation/recording_made_public.json", times = 2, every = "1m" },
    { fixture = "zoom/operation/cloud_recording_authentication_off.json", after = "10m" },
  } },
  { name = "by somebody else", alerts = 0, events = {
    { fixture = "zoom/operation/cloud_recording_passcode_off.json" },
    { fixture = "zoom/operation/recording_made_public.json", after = "10m", times = 2, every = "1m",
      set = { operator = "bart@example.com" } },
  } },
}
