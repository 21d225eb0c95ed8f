local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.Recordings.Removed.In.Batch",
  display_name = "Zoom recordings deleted in a batch",
  log_types = { "Zoom.Recording" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  story = { "p_actor" },
  description = "Several recordings were moved to the trash or deleted together. That is how "
    .. "evidence is destroyed, and what some people do before they leave.\n\n"
    .. "False positives: a clean-up of old recordings.",
  runbook = "1. Ask the operator why they deleted the recordings.\n"
    .. "2. Recover important recordings from the trash (Recordings, Trash), which keeps them for "
    .. "30 days.\n"
    .. "3. If nobody can explain it: remove the operator's right to delete recordings.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Recordings.Removed.In.Batch --except payload.operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1485", "TA0005:T1070" } },
  tags = { "Zoom", "Recordings" },
  dedup = "payload.operator",
  alert_context = { operator = "payload.operator", meetings = "payload.object.meetings" },
  where = {
    event = { "recording.batch_deleted", "recording.batch_trashed" },
  },
}

local MANY = 10

local function count(event)
  return math.max(#zoom.object_items(event, "meetings"), #zoom.object_items(event,
    "meeting_uuids"))
end

function title(event)
  return ("Recordings of %d meetings deleted by %s"):format(count(event), zoom.operator_of(event))
end

function severity(event)
  return count(event) >= MANY and "HIGH" or "DEFAULT"
end

tests {
  { name = "of three meetings", fixture = "zoom/webhook/recording/batch_deleted.json",
    expect = true,
    severity = "MEDIUM", title = "Recordings of 3 meetings deleted by homer@example.com" },
  { name = "of twelve meetings", fixture = "zoom/webhook/recording/batch_trashed_many.json",
    expect = true,
    severity = "HIGH", title = "Recordings of 12 meetings deleted by homer@example.com" },
  { name = "recordings recovered",
    fixture = "zoom/webhook/recording/batch_recovered.json", expect = false },
  { name = "one recording, which another rule reports",
    fixture = "zoom/webhook/recording/deleted.json", expect = false },
}
