-- The body that Zoom documents, for the tests.
local SHARED = { event = "meeting.summary_shared", event_ts = 1711004943216, payload = { account_id = "a",
  operator = "homer@example.com", operator_id = "b", object = { meeting_host_id = "b",
    meeting_host_email = "homer@example.com", meeting_uuid = "u", meeting_id = 98213254471,
    meeting_topic = "Budget", share_with_users = { { user_email = "bart@x.example" } } } } }

metadata {
  base = "Zoom.Meeting.Summary.Shared.Outside",
  id = "Zoom.Meeting.Summaries.Many.Shared.Outside",
  display_name = "Many Zoom AI summaries shared with outsiders",
  severity = "high",
  pack = "zoom-extended",
  story = { "p_actor" },
  description = "One person shared the AI Companion's summaries of eight or more different meetings "
    .. "with people outside the company, within a day. One summary is a page that says what a "
    .. "meeting decided; many are what a leaver or a thief collects.\n\n"
    .. "False positives: sales and support teams: tune the rule for them.",
  runbook = "1. Ask the person what the summaries were shared for, and with whom.\n"
    .. "2. Look at the meetings.\n"
    .. "3. If nobody can explain it: end the person's sessions, and unshare the summaries.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Meeting.Summaries.Many.Shared.Outside --except payload.operator=OPERATOR "
    .. "--reason TICKET` leaves out what is meant to happen.",
  create_alert = true,
  threshold = 8,
  dedup_period_minutes = 24 * 60,
  title = "Many meeting summaries shared with outsiders by {payload.operator or 'an unknown operator'}",
  unique = "payload.object.meeting_uuid",
}

tests {
  { name = "eight meetings", alerts = { { match_count = 8,
    title = "Many meeting summaries shared with outsiders by homer@example.com" } }, events = {
    { event = SHARED, times = 8, every = "1h",
      set = { ["payload.object.meeting_uuid"] = "u{n}" } },
  } },
  { name = "one meeting repeatedly", alerts = 0, events = {
    { event = SHARED, times = 12, every = "1h" },
  } },
  { name = "inside", expect = false, event = SHARED,
    set = { ["payload.object.share_with_users.1.user_email"] = "bart@example.com" } },
  { name = "a meeting started", fixture = "zoom/webhook/meeting/started.json",
    expect = false },
}
