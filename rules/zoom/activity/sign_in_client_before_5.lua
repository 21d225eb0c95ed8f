metadata {
  id = "Zoom.Sign.In.Client.Before.5",
  display_name = "Zoom sign-in with a client older than version 5",
  log_types = { "Zoom.Activity" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "Somebody signed in with a client older than version 5.0. Such clients lack "
    .. "AES-256 GCM encryption and have vulnerabilities that were fixed years ago. Zoom no "
    .. "longer lets them join meetings, so the client is often a script or reports a forged "
    .. "version.\n\n"
    .. "False positives: machines that were switched off for years.",
  runbook = "1. Ask the user which machine it is.\n"
    .. "2. Compare the IP address with their other sign-ins.\n"
    .. "3. If it is theirs: update the client. If nobody recognises it: end the user's sessions "
    .. "and reset their password.\n"
    .. "4. `margay search --indicator USER --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Sign.In.Client.Before.5 --except email=USER --reason TICKET` leaves out what is meant to "
    .. "happen.",
  reference = "https://developers.zoom.us/docs/api/rest/reference/zoom-api/methods/",
  reports = { ["MITRE ATT&CK"] = { "TA0001:T1078.004", "TA0112:T1689" } },
  tags = { "Zoom", "Sign-in" },
  summary_attributes = { "email", "ip_address" },
  alert_context = { "ip_address", "client_type", "version" },
  where = {
    type = "Sign in",
    ["version|re"] = "^[0-4]\\.",
  },
}

local function user_of(event)
  return event.email ~= "" and event.email or "An unknown user"
end

function title(event)
  return ("%s signed in with the old client %s %s"):format(user_of(event),
    event.client_type or "(unknown)", event.version)
end

function dedup(event)
  return tostring(user_of(event)):lower()
end

tests {
  { name = "version 4.6", fixture = "zoom/activity/sign_in_old_client.json", expect = true,
    title = "homer@example.com signed in with the old client Windows 4.6.12.20613" },
  { name = "no email address",
    fixture = "zoom/activity/sign_in_old_client_no_email.json", expect = true,
    title = "An unknown user signed in with the old client Windows 4.6.12.20613" },
  { name = "version 5.17", fixture = "zoom/activity/sign_in_windows.json", expect = false },
  { name = "a browser, which has no version",
    fixture = "zoom/activity/sign_in.json", expect = false },
  { name = "signed out", fixture = "zoom/activity/sign_out_windows.json", expect = false },
}
