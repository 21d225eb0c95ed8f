correlation {
  id = "Zoom.Persistence.App.Requested.Then.Approved",
  display_name = "Unpublished Zoom app with admin scopes asked for, then approved",
  severity = "high",
  evidence = "documented",
  pack = "zoom-core",
  story = { "steps.approved.events.actor" },
  description = "A user asked for an app that is not published and wants admin scopes, and within a "
    .. "week it was approved, installed, or added to a chat channel. Such an app reads recordings, chats "
    .. "and users with tokens of its own, and no password change ends that.\n\n"
    .. "False positives: apps that the company develops.",
  runbook = "1. Ask the requester, through another channel, where they found the app.\n"
    .. "2. Ask the admin who reviewed it.\n"
    .. "3. If nobody can explain it: remove the app, which revokes its tokens, and list what its "
    .. "scopes could read.\n"
    .. "4. Check that webhook endpoints still lead to your own servers.\n"
    .. "5. `margay search --indicator NAME --since 7d` shows what else each person did; `margay "
    .. "alerts list` shows the alerts of the steps.",
  reference = "https://developers.zoom.us/docs/api/marketplace/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0003:T1671", "TA0006:T1528" } },
  tags = { "Zoom", "Apps" },
  sequence = {
    { id = "requested", on = "p_alert_context.app", rule = "Zoom.App.Risky.Requested" },
    { id = "approved", on = "p_alert_context.apps", rule = {
      "Zoom.Marketplace.App.Added", "Zoom.Chat.App.Added",
    } },
  },
  on = "app",
  within_minutes = 7 * 24 * 60,
}

function title(event)
  return ("App %s, which is not published and has admin scopes, let in by %s"):format(event.app,
    event.steps.approved.events[1].actor or "an unknown operator")
end

local function requested(status)
  return { fixture = "zoom/webhook/app/authorization_requested.json",
    at = "2024-03-21T07:00:00Z", set = { ["payload.app_name"] = "Meeting Notes AI",
      ["payload.app_status"] = status, ["payload.app_scopes"] = { "recording:read:admin" } } }
end

tests {
  { name = "asked for, then approved", events = { requested("development"),
    { fixture = "zoom/operation/marketplace_app_approved.json", after = "1h" },
  }, alerts = { { severity = "HIGH", title = "App Meeting Notes AI, which is not published and has "
    .. "admin scopes, let in by homer@example.com" } } },
  { name = "asked for, then in a channel", alerts = 1, events = { requested("development"),
    { fixture = "zoom/webhook/chat/app_added.json", after = "1h",
      set = { ["payload.object.app_members.1.display_name"] = "Meeting Notes AI" } },
  } },
  { name = "a published app", alerts = 0, events = { requested("published"),
    { fixture = "zoom/operation/marketplace_app_approved.json", after = "1h" },
  } },
  { name = "another app", alerts = 0, events = { requested("development"),
    { fixture = "zoom/operation/marketplace_app_approved.json", after = "1h",
      set = { operation_detail = "Approve App  - App Name: Calendar - Scopes: meeting:read" } },
  } },
}
