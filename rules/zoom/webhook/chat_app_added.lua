local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.Chat.App.Added",
  display_name = "App added to a Zoom chat channel",
  log_types = { "Zoom.Chat" },
  severity = "low",
  evidence = "documented",
  pack = "zoom-audit",
  description = "An app was added to a chat channel. It reads the messages there, and sends them "
    .. "to its vendor.\n\n"
    .. "False positives: apps that passed a review.",
  runbook = "1. Find the app's review, or ask the person who added it.\n"
    .. "2. Check what the channel is used for.\n"
    .. "3. If nobody can explain it: remove the app from the channel.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Chat.App.Added --except payload.operator=OPERATOR --reason TICKET` leaves out what "
    .. "is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/chat/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1213.005", "TA0003:T1671" } },
  tags = { "Zoom", "Chat", "Apps" },
  alert_context = {
    operator = "payload.operator", channel = "payload.object.channel_name",
    apps = "payload.object.app_members.display_name",
  },
  where = {
    event = "team_chat.channel_app_added",
  },
}

function title(event)
  local app = zoom.object_items(event, "app_members")[1]
  return ("App %s added to channel %s by %s"):format(
    zoom.item_value(app, "display_name") or "(not named)",
    zoom.object_value(event, "channel_name") or "(not named)", zoom.operator_of(event))
end

tests {
  { name = "added", fixture = "zoom/webhook/chat/app_added.json", expect = true,
    title = "App Notes Bot added to channel Board by homer@example.com" },
  { name = "without a name", fixture = "zoom/webhook/chat/app_added.json",
    unset = { "payload.object.app_members" },
    expect = true, title = "App (not named) added to channel Board by homer@example.com" },
  { name = "removed", fixture = "zoom/webhook/chat/app_removed.json", expect = false },
}
