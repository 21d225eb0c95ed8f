local zoom = require "zoom"

metadata {
  id = "Zoom.Security.Setting.Weakened",
  display_name = "Zoom security setting weakened",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  story = { "p_actor" },
  description = "A setting of the account that protects meetings, chats or recordings became weaker, "
    .. "and no other rule is about it: watermarks, data centers, chats with outsiders, approval of "
    .. "apps, who may share, or a lock that kept others from changing a setting.\n\n"
    .. "False positives: planned changes of policy.",
  runbook = "1. Ask the operator whether the change was intended, and for its ticket.\n"
    .. "2. Check what else the operator changed in the same hour, and where they signed in from.\n"
    .. "3. If nobody can explain it: restore the setting (Account Settings) and lock it.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Security.Setting.Weakened --except operator=OPERATOR --reason TICKET` leaves out "
    .. "what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0112:T1685" } },
  tags = { "Zoom", "Account settings" },
  summary_attributes = { "operator" },
  where = zoom.where_weakened(zoom.OTHER_SETTINGS, { "Account", "IM", "Marketplace" }),
}

function rule(event)
  return #zoom.weakened(event, zoom.OTHER_SETTINGS) > 0
end

function title(event)
  return ("Security weakened by %s: %s"):format(zoom.operator_of(event),
    zoom.changes_in_words(zoom.weakened(event, zoom.OTHER_SETTINGS)))
end

-- A second setting within the hour is another alert.
function dedup(event)
  return zoom.operator_of(event) .. " "
    .. zoom.settings_in_words(zoom.weakened(event, zoom.OTHER_SETTINGS)):lower()
end

function severity(event)
  return zoom.worst_severity(zoom.weakened(event, zoom.OTHER_SETTINGS))
end

function alert_context(event)
  return { changes = zoom.weakened(event, zoom.OTHER_SETTINGS) }
end

local function changed(detail)
  return { fixture = "zoom/operation/waiting_room_off.json", set = { operation_detail = detail } }
end

tests {
  { name = "no watermark", fixture = "zoom/operation/waiting_room_off.json",
    set = { operation_detail = "Recording  - Audio watermark: from On to Off" }, expect = true,
    severity = "LOW",
    title = "Security weakened by homer@example.com: Audio watermark: from On to Off",
    alert_context = { changes = { { section = "Recording", setting = "Audio watermark",
      from = "On", to = "Off",
      key = "watermark", level = "account", severity = "LOW", cis = "1.1.2.8 1.1.2.9" } } } },
  { name = "another data center", fixture = "zoom/operation/waiting_room_off.json",
    set = { operation_detail = "Privacy  - Data center regions: from Canada to Canada, Brazil" },
    expect = true, severity = "MEDIUM" },
  { name = "fewer data centers", fixture = "zoom/operation/waiting_room_off.json",
    set = { operation_detail = "Privacy  - Data center regions: from Canada, Brazil to Canada" },
    expect = false },
  { name = "a domain no longer blocked", fixture = "zoom/operation/waiting_room_off.json",
    set = { operation_detail = "Security  - Blocked domains: from example.net,example.org to example.org" },
    expect = true },
  { name = "recordings deleted sooner", fixture = "zoom/operation/waiting_room_off.json",
    set = { operation_detail = "Recording  - Delete cloud recordings after: from 1 year to 2 weeks" },
    expect = true },
  { name = "links that no longer expire, media for apps, one of two values, fewer meetings, countries, "
    .. "etiquette", expect = true, alerts = 6, events = {
      changed "Recording  - Share link expiration: from 7 days to Never",
      changed "In Meeting (Advanced)  - Apps may use real-time media streams: from Off to On",
      changed "In Meeting (Advanced)  - Watermark: from Always to Never",
      changed("Security  - Passcode for Personal Meeting ID (PMI): from All meetings using PMI to Only "
        .. "meetings with Join Before Host enabled"),
      changed "Security  - Block entry for users from specific countries/regions: from On to Off",
      changed "Team Chat  - Chat Etiquette Tool: from On to Off",
    } },
  { name = "links that expire sooner", expect = false, events = {
    changed "Recording  - Share link expiration: from 7 days to 1 day" } },
  { name = "whose recordings, whose sign-in, and content for apps", expect = true, alerts = 3, events = {
    changed("Recording  - Cloud recordings can be viewed by: from Only people in my organization to "
      .. "Anyone with the link"),
    changed("Security  - Meeting Authentication Options: from Sign in to Zoom with specified domains to "
      .. "Sign in to Zoom"),
    changed "In Meeting (Advanced)  - Share realtime meeting content with apps: from Off to On",
  } },
  { name = "the other way", expect = false, events = {
    changed("Recording  - Who can view recordings: from Anyone with the link to Signed-in users in my "
      .. "account"),
    changed("Security  - Meeting Authentication Options: from Sign in to Zoom to Sign in to Zoom with "
      .. "specified domains"),
    changed "Security  - Lock Guests may annotate: from Off to On",
  } },
  { name = "people without a second factor, recordings that go sooner, and no end of links", expect = true,
    alerts = 3, events = {
      changed "Security  - Users excluded from two-factor authentication: from None to eve@example.com",
      changed "Recording  - Cloud recordings auto-deletion: from 90 days to 1 day",
      changed "Recording  - Share links expire: from On to Off",
    } },
  { name = "looks and reminders", expect = false, events = {
    changed "Recording  - Watermark colour: from On to Off",
    changed "Security  - Blocked domains reminder: from On to Off",
  } },
  { name = "a lock that is taken off, by its own setting and by the action", expect = true, alerts = 2,
    events = {
      changed "Security  - Lock Blocked domains: from On to Off",
      { fixture = "zoom/operation/waiting_room_off.json",
        set = { action = "Unlock", operation_detail = "Recording  - Audio watermark" } },
    } },
  { name = "guests may do more", fixture = "zoom/operation/waiting_room_off.json",
    set = { operation_detail = "In Meeting (Basic)  - Guests may annotate: set to On" }, expect = true },
  { name = "any setting unlocked", fixture = "zoom/operation/waiting_room_off.json",
    set = { action = "Unlock", operation_detail = "Meeting  - Annotation: from Locked to Unlocked" },
    expect = true, dedup = "homer@example.com annotation" },
  { name = "chats with outsiders", fixture = "zoom/operation/waiting_room_off.json",
    set = { category_type = "IM", operation_detail = "Chat  - External contacts may chat: from Off to On" },
    expect = true },
  { name = "locked", fixture = "zoom/operation/waiting_room_off.json",
    set = { operation_detail = "Meeting  - Annotation: from Unlocked to Locked" }, expect = false },
  { name = "of another rule", fixture = "zoom/operation/waiting_room_off.json", expect = false },
  { name = "a watermark", fixture = "zoom/operation/waiting_room_off.json",
    set = { operation_detail = "Recording  - Audio watermark: from Off to On" }, expect = false },
  { name = "another action", fixture = "zoom/operation/waiting_room_off.json", expect = false,
    set = { action = "View", operation_detail = "Recording  - Audio watermark: from On to Off" } },
  { name = "in another category", fixture = "zoom/operation/waiting_room_off.json", expect = false,
    set = { category_type = "Sub Account",
    operation_detail = "Recording  - Audio watermark: from On to Off" } },
  { name = "another name", fixture = "zoom/operation/waiting_room_off.json", expect = false,
    set = { operation_detail = "In Meeting (Basic)  - Annotation: from On to Off" } },
  { name = "its names without a change", fixture = "zoom/operation/waiting_room_off.json",
    set = { operation_detail = "Names: " .. table.concat(zoom.words_of(zoom.OTHER_SETTINGS), "; ") },
    expect = false },
  { name = "apps without approval", fixture = "zoom/operation/two_factor_disabled.json", expect = true,
    set = { category_type = "Marketplace",
      operation_detail = "Permissions  - Require admin pre-approval for apps: from On to Off" } },
}
