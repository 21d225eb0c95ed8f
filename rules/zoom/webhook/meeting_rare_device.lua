local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.Meeting.Rare.Device",
  display_name = "Zoom meeting with a rare camera, microphone or speaker",
  log_types = { "Zoom.Meeting" },
  severity = "info",
  evidence = "documented",
  pack = "zoom-audit",
  description = "A participant used a camera, microphone or speaker that nobody in the account's "
    .. "meetings has used for ninety days. Deep fakes use virtual cameras and voice changers. "
    .. "The rule needs Zoom's Quality of Service Subscription.\n\n"
    .. "False positives: new models. In the first fourteen days the rule only learns and opens "
    .. "no alert.",
  runbook = "1. If it is a virtual device: ask the participant, in person or by phone, something "
    .. "that only they know.\n"
    .. "2. Ask the host whether the participant behaved strangely.\n"
    .. "3. `margay search --indicator HOST --since 7d` shows what else happened; `margay tune "
    .. "Zoom.Meeting.Rare.Device --except payload.object.host_id=HOST_ID --reason TICKET` leaves out "
    .. "what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/qss/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0005:T1684.001", "TA0009:T1125" } },
  tags = { "Zoom", "Meetings", "Quality", "Stateful" },
  where = {
    event = "meeting.participant_data",
    ["payload.object.participant|exists"] = true,
  },
  new_value = {
    of_any = {
      "payload.object.participant.data.camera", "payload.object.participant.data.microphone",
      "payload.object.participant.data.speaker",
    },
    learn = "14d",
    keep = "90d",
  },
  -- Guests choose their own names, so there is one alert per meeting.
  dedup = "payload.object.id",
}

function title(event)
  return zoom.participant_of(event) .. " used a device that nobody else uses"
end

function alert_context(event)
  local devices = {}
  for i, entry in ipairs(zoom.object_items(event, "participant", "data")) do
    devices[i] = { camera = zoom.item_value(entry, "camera"),
      microphone = zoom.item_value(entry, "microphone"),
      speaker = zoom.item_value(entry, "speaker") }
  end
  return { devices = devices }
end

tests {
  { name = "a virtual camera after three weeks", events = {
    { fixture = "zoom/webhook/meeting/participant_data.json", times = 3, every = "10d" },
    { fixture = "zoom/webhook/meeting/participant_data_new_device.json", after = "1d" },
  }, alerts = { { title = "bart@example.com used a device that nobody else uses",
    alert_context = { devices = { { camera = "OBS Virtual Camera", microphone = "Jabra Speak 510",
      speaker = "Jabra Speak 510" } } } } } },
  { name = "in the first days", expect = false, events = {
    { fixture = "zoom/webhook/meeting/participant_data.json" },
    { fixture = "zoom/webhook/meeting/participant_data_new_device.json", after = "1d" },
  } },
  { name = "without a participant", fixture = "zoom/webhook/meeting/participant_data.json",
    unset = { "payload.object.participant" }, expect = false },
  { name = "a meeting started", fixture = "zoom/webhook/meeting/started.json", expect = false },
  { name = "a device that others use", expect = false, events = {
    { fixture = "zoom/webhook/meeting/participant_data.json", times = 5, every = "10d" },
  } },
  { name = "data of another type", expect = false, events = {
    { fixture = "zoom/webhook/meeting/participant_data.json", times = 3, every = "10d" },
    { fixture = "zoom/webhook/meeting/participant_data.json", after = "1d",
      set = { ["payload.object.participant.data"] = "none" } },
  } },
}
