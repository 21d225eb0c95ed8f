local MANY = {
  "\\b\\d[\\d,]*\\d (?:cloud )?(?:recordings?|files|meetings)\\b",
  "\\b(?:total|count|number|recordings): \\d[\\d,]*\\d\\b",
  "\\d{7,11}(?:[^0-9]{1,5}\\d{7,11}){9}",
  "^(?:batch )?(?:delete|trash|remove|clear)\\w* all (?:the )?(?:cloud )?recordings\\b"
    .. "|^empty\\w* (?:the )?trash",
}

-- What `where` asks instead, as most recordings are deleted one by one: two such numbers are found without
-- trying each of their lengths.
local MAYBE = { MANY[1], MANY[2], ("\\d"):rep(7) .. "[^0-9]{1,5}" .. ("\\d"):rep(7), MANY[4] }

metadata {
  id = "Zoom.Recordings.Deleted.At.Once",
  display_name = "Many Zoom recordings deleted at once",
  log_types = { "Zoom.Operation" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-extended",
  story = { "p_actor" },
  description = "One record reports that ten or more recordings were deleted together, by their number "
    .. "or by the meetings that it names. Zoom.Recordings.Many.Deleted counts records, and "
    .. "such a batch is only one record.\n\n"
    .. "False positives: a clean-up of old recordings.",
  runbook = "1. Ask the operator why they deleted the recordings.\n"
    .. "2. Recover important recordings from the trash, which keeps them for 30 days.\n"
    .. "3. Check which recordings were shared or downloaded before.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Recordings.Deleted.At.Once --except operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0040:T1485" } },
  tags = { "Zoom", "Recordings" },
  summary_attributes = { "operator" },
  title = "Many recordings deleted at once by {operator or 'an unknown operator'}",
  dedup = "operator",
  where = {
    category_type = "Recording",
    ["action|contains"] = "Delete",
    ["operation_detail|re|i"] = MAYBE,
  },
}

-- A topic may hold a number, too. A batch that failed is none.
local TOPIC = "(?i)\\btopic: (?:(?! - [a-z ]{1,30}: ).)*"
local FAILED = "(?i)\\b(?:success\\w*|succeeded|deleted): \\d\\b"

function rule(event)
  local text = re.gsub(event.operation_detail, TOPIC, "")
  for _, many in ipairs(MANY) do
    if re.find(text, "(?i)" .. many) then
      return not re.find(text, FAILED)
    end
  end
  return false
end

function alert_context(event)
  return { detail = event.operation_detail }
end

tests {
  { name = "their number", fixture = "zoom/operation/recording_deleted.json", expect = true,
    set = { action = "Batch Delete", operation_detail = "Delete Recordings  - 60 recordings" },
    title = "Many recordings deleted at once by homer@example.com", dedup = "homer@example.com" },
  { name = "their meetings", fixture = "zoom/operation/recording_deleted.json", expect = true,
    set = { action = "Batch Delete", operation_detail = "Delete Recordings  - Meeting ID: "
      .. ("98213254471, "):rep(10) } },
  { name = "all of one person, and the trash", expect = true, events = {
    { fixture = "zoom/operation/recording_deleted.json",
      set = { operation_detail = "Delete all recordings of lisa@example.com" } },
    { fixture = "zoom/operation/recording_deleted.json", set = { operation_detail = "Empty Trash" } },
  } },
  { name = "a number in the topic", fixture = "zoom/operation/recording_deleted.json", expect = false,
    set = { operation_detail = "Delete Recording  - Topic: Our 10 meetings - Meeting ID: 98213254471" } },
  { name = "a batch that failed", fixture = "zoom/operation/recording_deleted.json", expect = false,
    set = { action = "Batch Delete",
      operation_detail = "Delete Recordings  - Total: 60, Success: 0, Failed: 60" } },
  { name = "two meetings", fixture = "zoom/operation/recording_deleted.json", expect = false,
    set = { action = "Batch Delete",
      operation_detail = "Delete Recordings  - Meeting ID: 98213254471, 98213254472" } },
  { name = "five", fixture = "zoom/operation/recording_deleted.json", expect = false,
    set = { action = "Batch Delete", operation_detail = "Delete Recordings  - 5 recordings" } },
  { name = "one", fixture = "zoom/operation/recording_deleted.json", expect = false },
  { name = "their sum", fixture = "zoom/operation/recording_deleted.json", expect = true,
    set = { action = "Batch Delete", operation_detail = "Delete Recordings  - Total: 60" } },
  { name = "a setting changed", fixture = "zoom/operation/two_factor_disabled.json", expect = false },
}
