correlation {
  id = "Zoom.Exfiltration.Recording.Shared.Then.Deleted",
  display_name = "Zoom recording shared with everybody, then recordings deleted",
  severity = "high",
  evidence = "sample",
  pack = "zoom-core",
  story = { "operator" },
  description = "The same person shared a recording with everybody or removed its passcode "
    .. "and then, within two days, deleted recordings. Nothing in the account "
    .. "then shows what was taken.\n\n"
    .. "False positives: hosts who distribute a recording and clean up afterwards.",
  runbook = "1. Recover the recordings from the trash (Recordings, Trash).\n"
    .. "2. Check the view and download report of the shared recordings.\n"
    .. "3. Ask the person, or their manager.\n"
    .. "4. `margay search --indicator NAME --since 7d` shows what else each person did; `margay "
    .. "alerts list` shows the alerts of the steps.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0010:T1567", "TA0005:T1070" } },
  tags = { "Zoom", "Exfiltration" },
  sequence = {
    { id = "shared", rule = {
      "Zoom.Recording.Made.Public", "Zoom.Recording.Passcode.Removed",
    } },
    { id = "deleted", rule = "Zoom.Recording.Deleted" },
  },
  on = "operator",
  within_minutes = 48 * 60,
}

function title(event)
  return ("Recordings shared and then deleted by %s"):format(event.operator)
end

tests {
  { name = "shared, then deleted", events = {
    { fixture = "zoom/operation/recording_made_public.json" },
    { fixture = "zoom/operation/recording_deleted.json", after = "5h" },
  }, alerts = { { title = "Recordings shared and then deleted by homer@example.com" } } },
  { name = "whose download a host allowed", alerts = 0, events = {
    { fixture = "zoom/operation/recording_download_on.json", set = { operation_detail =
      "Share Recording  - Topic: Budget - Viewers can download: from Off to On" } },
    { fixture = "zoom/operation/recording_deleted.json", after = "5h" },
  } },
  { name = "deleted by somebody else", alerts = 0, events = {
    { fixture = "zoom/operation/recording_made_public.json" },
    { fixture = "zoom/operation/recording_deleted.json", after = "5h",
      set = { operator = "bart@example.com" } },
  } },
  { name = "only deleted", alerts = 0, events = {
    { fixture = "zoom/operation/recording_deleted.json", times = 3, every = "1h" },
  } },
}
