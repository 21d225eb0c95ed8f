local zoom = require "zoom"

local recording = require "recording"

local PROTECTIONS = { "passcode", "password", "authenticat", "on-demand", "registration" }

metadata {
  id = "Zoom.Recordings.Many.Opened",
  display_name = "Many Zoom recordings opened to others",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "documented",
  pack = "zoom-core",
  description = "One person made five or more recordings easier to get within a day: shared with "
    .. "everybody, downloads allowed, or the passcode removed. Hosts do that with one recording at a "
    .. "time. After an unusual sign-in, with files taken from chats, with the protection of "
    .. "all recordings "
    .. "off, or before they are deleted, correlations report it as high or critical.\n\n"
    .. "False positives: whoever publishes a series of webinars.",
  runbook = "1. Ask the person, or their manager, whom the recordings are for.\n"
    .. "2. Check the view and download reports of the recordings, and where the person signed in "
    .. "from.\n"
    .. "3. If nobody can explain it: undo the changes, and end the person's sessions.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Recordings.Many.Opened --except operator=OPERATOR --reason TICKET` leaves out what "
    .. "is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1530", "TA0010:T1567" } },
  tags = { "Zoom", "Recordings" },
  summary_attributes = { "operator" },
  threshold = 5,
  dedup_period_minutes = 24 * 60,
  title = "Many recordings opened to others by {operator or 'an unknown operator'}",
  dedup = "operator",
  patterns = { number = recording.NUMBER },
  unique = "number in operation_detail",
  -- What each way of opening says at least: most shared recordings only get chats or captions.
  where = {
    {
      category_type = "Recording",
      ["action|contains"] = zoom.CHANGING,
      ["operation_detail|contains"] = { "public", "anyone", "anybody", "everyone with" },
    },
    {
      category_type = "Recording",
      ["action|contains"] = zoom.CHANGING,
      ["operation_detail|contains|all"] = { "download", "off" },
    },
    {
      category_type = "Recording",
      ["action|contains"] = zoom.CHANGING,
      ["operation_detail|contains"] = PROTECTIONS,
      ["operation_detail|contains|all"] = { "off" },
    },
  },
}

local PROTECTION = "(?i)" .. table.concat(PROTECTIONS, "|")

function rule(event)
  if recording.says_download_on(event) or #zoom.turned_on(event, "download") > 0 then -- the most frequent
    return true
  end
  for _, change in ipairs(zoom.setting_changes(event)) do
    if recording.is_opened(change) then
      return true
    end
  end
  for _, change in ipairs(zoom.turned_off(event)) do
    if re.find(change.setting, PROTECTION) then
      return true
    end
  end
  return false
end

-- Of what has no such number.
function unique(event)
  return recording.key_of(event)
end

function alert_context(event)
  return { operator = zoom.operator_of(event), first = recording.name_of(event) }
end

tests {
  { name = "one recording", fixture = "zoom/operation/recording_download_on.json", expect = true,
    title = "Many recordings opened to others by homer@example.com", dedup = "homer@example.com" },
  { name = "five of all kinds", alerts = { { match_count = 5, alert_context = {
    operator = "homer@example.com", first = "Q1" } } }, events = {
      { fixture = "zoom/operation/recording_made_public.json", times = 3, every = "4h", set = {
        operation_detail = "Share Recording  - Topic: Q{n} - Share this recording: from Only "
          .. "authenticated users to Publicly" } },
      { fixture = "zoom/operation/recording_download_on.json", set = { operation_detail =
        "Share Recording  - Topic: Q4 - Viewers can download: from Off to On" } },
      { fixture = "zoom/operation/recording_download_on.json", after = "1h", set = { operation_detail =
        "Share Recording  - Meeting ID: 982 132 5447 - Passcode: from On to Off" } },
    } },
  { name = "six in other words", alerts = { { match_count = 6 } }, events = {
    { fixture = "zoom/operation/recording_download_on.json", set = { operation_detail =
      "Share Recording  - Topic: Q1 - Share this recording: from Only me to Anyone with the link" } },
    { fixture = "zoom/operation/recording_download_on.json", set = { operation_detail =
      "Share Recording  - Topic: Q2 - Share this recording: set to Anybody" } },
    { fixture = "zoom/operation/recording_download_on.json", set = { operation_detail =
      "Share Recording  - Topic: Q3 - Share this recording: set to Everyone with the link" } },
    { fixture = "zoom/operation/recording_download_on.json", set = { operation_detail =
      "Share Recording  - Topic: Q4 - Password protection: from On to Off" } },
    { fixture = "zoom/operation/recording_download_on.json", set = { operation_detail =
      "Share Recording  - Topic: Q5 - View the recording on-demand: from On to Off" } },
    { fixture = "zoom/operation/recording_download_on.json", set = { operation_detail =
      "Share Recording  - Topic: Q6 - Registration: from On to Off" } },
  } },
  { name = "one in five ways", alerts = 0, events = {
    { fixture = "zoom/operation/recording_download_on.json", times = 5, every = "1m", set = {
      operation_detail = "Share Recording  - Meeting ID: 98213254471 - Viewers can download {n}: "
        .. "from Off to On" } },
  } },
  { name = "protected", fixture = "zoom/operation/recording_download_off.json", expect = false },
  { name = "something else turned off", fixture = "zoom/operation/recording_download_on.json",
    set = { operation_detail = "Share Recording  - Topic: Q - Transcript: from On to Off" },
    expect = false },
  { name = "deleted", fixture = "zoom/operation/recording_deleted.json", expect = false },
  { name = "in another category", fixture = "zoom/operation/recording_download_on.json",
    set = { category_type = "Account" }, expect = false },
}
