correlation {
  id = "Zoom.Exfiltration.Files.And.Recordings.Taken",
  display_name = "Zoom files and recordings taken by one person",
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  story = { "steps.files.events.actor", "steps.recordings.events.actor" },
  description = "One person downloaded thirty or more files from chats, and opened four or more "
    .. "recordings to others, within four days. Who is about to leave, or has stolen an account, "
    .. "takes whatever there is.\n\n"
    .. "False positives: somebody who hands a project over.",
  runbook = "1. Ask the person's manager whether they are about to leave, before you ask them.\n"
    .. "2. Look at which files and recordings it was; stop sharing the recordings.\n"
    .. "3. If nobody can explain it: end their sessions, keep the machine, and follow your "
    .. "procedure for insiders.\n"
    .. "4. `margay search --indicator NAME --since 7d` shows what else each person did; `margay "
    .. "alerts list` shows the alerts of the steps.",
  reference = "https://developers.zoom.us/docs/api/team-chat/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1213.005", "TA0009:T1530", "TA0010:T1567" } },
  tags = { "Zoom", "Exfiltration" },
  group = {
    { id = "files", on = "payload.operator", min = 30,
      rule = "Zoom.Chat.Many.Files.Downloaded" },
    { id = "recordings", on = "operator", min = 4, rule = "Zoom.Recordings.Many.Opened" },
  },
  on = "person",
  within_minutes = 4 * 24 * 60,
  dedup_period_minutes = 4 * 24 * 60,
}

function title(event)
  return ("Files and recordings taken by %s"):format(event.steps.recordings.events[1].actor
    or "an unknown operator")
end

local function files(times)
  return { fixture = "zoom/webhook/chat/file_downloaded.json", times = times,
    every = "1m", at = "2024-03-20T07:00:00Z", set = { ["payload.object.file.file_id"] = "f{n}" } }
end

tests {
  { name = "files, then recordings", events = { files(30),
    { fixture = "zoom/operation/recording_made_public.json", after = "1d",
      times = 4, every = "1m" },
  }, alerts = { { severity = "HIGH", title = "Files and recordings taken by homer@example.com" } } },
  { name = "fewer files", alerts = 0, events = { files(29),
    { fixture = "zoom/operation/recording_made_public.json", after = "1d",
      times = 4, every = "1m" },
  } },
  { name = "only files", alerts = 0, events = { files(40) } },
}
