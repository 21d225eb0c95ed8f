local people = require "zoom.people"
local webhook = require "zoom.webhook"

-- The body that Zoom documents, for the tests.
local function SHARED(with)
  return { event = "meeting.summary_shared", event_ts = 1711004943216, payload = { account_id = "a",
    operator = "homer@example.com", operator_id = "b", object = { meeting_host_id = "b",
      meeting_host_email = "homer@example.com", meeting_uuid = "u", meeting_id = 98213254471,
      meeting_topic = "Budget", share_with_users = { { user_email = with } } } } }
end

metadata {
  id = "Zoom.Meeting.Summary.Shared.Outside",
  display_name = "Zoom AI summary shared with outsiders",
  log_types = { "Zoom.Meeting" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-audit",
  description = "Somebody shared the AI Companion's summary of a meeting with people outside the "
    .. "company. This happens after every meeting with customers, so the rule opens no alert: "
    .. "Zoom.Meeting.Summaries.Many.Shared.Outside counts.\n\n"
    .. "False positives: nearly every match.",
  runbook = "1. A single event needs no action.\n"
    .. "2. Search for what a person shared.",
  reference = "https://developers.zoom.us/docs/api/meetings/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0010:T1567" } },
  tags = { "Zoom", "Meetings", "AI" },
  create_alert = false,
  dedup = "payload.operator",
  where = {
    event = "meeting.summary_shared",
    ["payload.object.share_with_users|exists"] = true,
  },
}

local function outsiders(event)
  return people.outsiders_in(event, people.users_of(event))
end

function rule(event)
  return #outsiders(event) > 0
end

local function topic(event)
  return webhook.object_text(event, "meeting_topic") or "(not named)"
end

function title(event)
  return ("Summary of %s shared with %s by %s"):format(topic(event), people.names_in_words(outsiders(event)),
    webhook.operator_of(event))
end

function alert_context(event)
  return { topic = topic(event), outsiders = outsiders(event),
    host = webhook.object_value(event, "meeting_host_email") }
end

tests {
  { name = "outside", expect = true, event = SHARED("bart@x.example"),
    title = "Summary of Budget shared with bart@x.example by homer@example.com" },
  { name = "inside", expect = false, event = SHARED("bart@example.com") },
  { name = "within the company by the table", expect = false,
    event = SHARED("bart@x.example"), mocks = { ["event:lookup"] = { own_domains = {
      ["x.example"] = { value = true }, ["example.com"] = { value = true } } } } },
  { name = "a meeting started", fixture = "zoom/webhook/meeting/started.json",
    expect = false },
}
