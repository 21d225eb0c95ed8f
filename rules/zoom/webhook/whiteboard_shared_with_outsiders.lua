local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.Whiteboard.Shared.With.Outsiders",
  display_name = "Zoom whiteboard shared with outsiders",
  log_types = { "Zoom.Whiteboard" },
  severity = "info",
  evidence = "documented",
  pack = "zoom-audit",
  description = "Somebody shared a whiteboard with people outside the company, or allowed that for it. "
    .. "Teams do so with partners every day, so the rule opens no alert.\n\n"
    .. "False positives: nearly every match.",
  runbook = "1. A single event needs no action.\n"
    .. "2. If a person is under suspicion: search for what else they shared.",
  reference = "https://developers.zoom.us/docs/api/whiteboard/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0010:T1567" } },
  tags = { "Zoom", "Whiteboards" },
  create_alert = false,
  where = {
    {
      event = { "whiteboard.share_setting_updated", "whiteboard.share_settings_updated" },
      ["payload.object.settings.advanced_share_setting.share_to_external"] = true,
    },
    -- 1: a person outside the account, whose address Zoom hides.
    {
      event = { "whiteboard.shared", "whiteboard.sharing_updated" },
      ["payload.object.collaborators.collaborator_type"] = 1,
    },
  },
}

local function operator(event)
  local name = event:deep_get("payload", "operator") or event:deep_get("payload", "operator_id")
  return zoom.text_of(name) or "an unknown operator"
end

function title(event)
  return ("Whiteboard %s shared with outsiders by %s"):format(
    zoom.object_text(event, "whiteboard_id") or "(not named)", operator(event))
end

function dedup(event)
  return operator(event)
end

function alert_context(event)
  return { whiteboard = zoom.object_value(event, "whiteboard_id"),
    meeting = zoom.object_value(event, "meeting_id") }
end

tests {
  { name = "allowed", expect = true, event = { event = "whiteboard.share_settings_updated",
    event_ts = 1711004943216, payload = { account_id = "a", operator = "homer@example.com", object = {
      whiteboard_id = "w", settings = { advanced_share_setting = { share_to_external = true } } } } },
    title = "Whiteboard w shared with outsiders by homer@example.com" },
  { name = "shared", expect = true, event = { event = "whiteboard.shared", event_ts = 1711004943216,
    payload = { operator_id = "b", object = { whiteboard_id = "w", collaborators = {
      { collaborator_type = 0 }, { collaborator_name = "ext***@exa***.com", collaborator_type = 1 } } } } },
    title = "Whiteboard w shared with outsiders by b" },
  { name = "with a colleague", expect = false, event = { event = "whiteboard.shared",
    event_ts = 1711004943216, payload = { operator_id = "b", object = { whiteboard_id = "w",
      collaborators = { { collaborator_type = 0, email = "bart@example.com" } } } } } },
  { name = "in events with other names", expect = true, events = {
    { event = { event = "whiteboard.share_setting_updated", event_ts = 1711004943216, payload = {
      account_id = "a", operator = "homer@example.com", object = { whiteboard_id = "w",
        settings = { advanced_share_setting = { share_to_external = true } } } } } },
    { event = { event = "whiteboard.sharing_updated", event_ts = 1711004943216, payload = {
      operator_id = "b", object = { whiteboard_id = "w",
        collaborators = { { collaborator_type = 1 } } } } } },
  } },
}
