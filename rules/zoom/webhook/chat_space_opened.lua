local zoom = require "zoom.webhook"

metadata {
  id = "Zoom.Chat.Space.Opened",
  display_name = "Zoom shared space opened to outsiders",
  log_types = { "Zoom.Chat" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-extended",
  description = "A shared space became public, or outsiders can now be added to it, or by more "
    .. "people. They can then read everything in its channels.\n\n"
    .. "False positives: spaces made for partners.",
  runbook = "1. Ask the space's owner.\n"
    .. "2. Check the members, and what its channels contain.\n"
    .. "3. If nobody can explain it: close the space again.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Chat.Space.Opened --except payload.operator=OPERATOR --reason TICKET` leaves out "
    .. "what is meant to happen.",
  reference = "https://developers.zoom.us/docs/api/chat/events/",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1213.005", "TA0112:T1685" } },
  tags = { "Zoom", "Chat" },
  alert_context = {
    operator = "payload.operator", before = "payload.object.old_settings",
    after = "payload.object.new_settings",
  },
  where = {
    -- Zoom documents both spellings.
    event = { "team_chat.shared_spaces_edit", "team_chat.shared_spaces_edited" },
  },
}

local function option(event, which, name)
  return zoom.object_value(event, which, "option", name)
end

local function opened(event)
  if option(event, "new_settings", "is_public") == true
    and option(event, "old_settings", "is_public") == false then
    return "public"
  end
  local outside = option(event, "new_settings", "add_external_users")
  local before = option(event, "old_settings", "add_external_users")
  if before == "disabled" and type(outside) == "string" and outside ~= "disabled" then
    return "open to outsiders"
  end
  if outside == "by_any_member" and type(before) == "string" and before ~= outside then
    return "open to outsiders whom any member adds"
  end
  return nil
end

function rule(event)
  return opened(event) ~= nil
end

function title(event)
  return ("Shared space %s is %s: changed by %s"):format(
    zoom.object_value(event, "new_settings", "name") or "(not named)", opened(event),
    zoom.operator_of(event))
end

tests {
  { name = "to outsiders", fixture = "zoom/webhook/chat/space_opened.json",
    expect = true,
    title = "Shared space Roadmap is open to outsiders: changed by homer@example.com" },
  { name = "to everybody", fixture = "zoom/webhook/chat/space_public.json", expect = true,
    title = "Shared space Roadmap is public: changed by homer@example.com" },
  { name = "to outsiders whom any member adds, in another spelling", expect = true,
    fixture = "zoom/webhook/chat/space_opened.json", set = { event = "team_chat.shared_spaces_edit",
      ["payload.object.old_settings.option.add_external_users"] = "by_owner_and_admins",
      ["payload.object.new_settings.option.add_external_users"] = "by_any_member" },
    title = "Shared space Roadmap is open to outsiders whom any member adds: changed by "
      .. "homer@example.com" },
  { name = "closed", fixture = "zoom/webhook/chat/space_closed.json", expect = false },
  { name = "an app added", fixture = "zoom/webhook/chat/app_added.json", expect = false },
}
