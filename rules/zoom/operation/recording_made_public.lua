local zoom = require "zoom"

metadata {
  id = "Zoom.Recording.Made.Public",
  display_name = "Zoom recording shared with everybody",
  log_types = { "Zoom.Operation" },
  severity = "high",
  description = "A recording was shared so that everybody who has its link can watch it. "
    .. "Recordings hold what was said in confidence, and links travel. Zoom does not document "
    .. "how its log words this, so the rule looks for the words themselves.\n\n"
    .. "False positives: recordings that are made for the public, such as webinars.",
  runbook = "1. Ask the owner of the recording whether it was meant to be shared, and with "
    .. "whom.\n"
    .. "2. Play the recording: is anything in it that must not leave the company?\n"
    .. "3. If nobody can explain it: stop sharing it, and look at its view and download report.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1530", "TA0010:T1567" } },
  tags = { "Zoom", "Recordings" },
  summary_attributes = { "operator" },
  dedup_period_minutes = 60,
  where = {
    category_type = "Recording",
    action = "Update",
    ["operation_detail|re|i"] = {
      ": (?:from [^:]* to |set to )?public(?:ly)?\\b",
      "authenticated users[^:]*: (?:from )?on to off",
    },
  },
}

-- A topic may hold the words, too: what counts is what became of a setting.
function rule(event)
  for _, change in ipairs(zoom.setting_changes(event)) do
    if re.find(change.to, "(?i)^public(?:ly)?\\b") then
      return true
    end
  end
  return #zoom.turned_off(event, "authenticated users") > 0
end

function title(event)
  return "Recording shared with everybody by " .. zoom.operator_of(event)
end

-- Many recordings that one person shares are one alert.
function dedup(event)
  return zoom.operator_of(event)
end

function alert_context(event)
  return { detail = event.operation_detail }
end

tests {
  { name = "shared publicly", fixture = "zoom/operation/recording_made_public.json", expect = true,
    title = "Recording shared with everybody by homer@example.com", severity = "HIGH" },
  { name = "sign-in no longer needed",
    fixture = "zoom/operation/recording_authentication_off.json", expect = true },
  { name = "with markup in it", fixture = "zoom/operation/recording_hostile.json", expect = true,
    title = "Recording shared with everybody by <b>homer</b>@example.com" },
  { name = "sign-in needed again", fixture = "zoom/operation/recording_authentication_on.json",
    expect = false },
  { name = "no longer public", fixture = "zoom/operation/recording_made_private.json",
    expect = false },
  { name = "a topic that begins so", fixture = "zoom/operation/recording_made_public.json",
    set = { operation_detail = "Share Recording  - Topic: public hearing - "
      .. "Viewers can download: from Off to On" }, expect = false },
  { name = "many of them", alerts = { { match_count = 30, dedup = "homer@example.com" } },
    events = {
      { fixture = "zoom/operation/recording_made_public.json", times = 30, every = "1m",
        set = { operation_detail = "Share Recording  - Meeting ID: {n} - Share this recording: "
          .. "from Only authenticated users to Publicly" } },
    } },
  { name = "a topic that says so", fixture = "zoom/operation/recording_topic_publicly.json",
    expect = false },
  { name = "downloads allowed, which another rule tells",
    fixture = "zoom/operation/recording_download_on.json", expect = false },
  { name = "in another category", fixture = "zoom/operation/recording_made_public.json",
    set = { category_type = "Account" }, expect = false },
}
