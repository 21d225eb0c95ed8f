local zoom = require "zoom"

local DATA = "\\b(?:chat|messages?|recordings?|transcripts?|voicemails?|voice mails?|users?|contacts)\\b"

metadata {
  id = "Zoom.Data.Exported",
  display_name = "Zoom data exported or viewed by an admin",
  log_types = { "Zoom.Operation" },
  severity = "medium",
  evidence = "guess",
  pack = "zoom-extended",
  description = "An admin exported chats, recordings, transcripts, voicemails or lists of users, or "
    .. "looked at those of others. One export holds what a company said in years.\n\n"
    .. "False positives: legal holds and audits.",
  runbook = "1. Ask the operator for the request behind it.\n"
    .. "2. Find out which users and dates it covers, and where the file is.\n"
    .. "3. If nobody can explain it: end the operator's sessions, take the privilege away, and "
    .. "treat the data as lost.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Data.Exported --except operator=OPERATOR --reason TICKET` leaves out what is meant "
    .. "to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1213.005", "TA0009:T1530" } },
  tags = { "Zoom", "Exfiltration" },
  summary_attributes = { "operator" },
  title = "Data exported or viewed by {operator or 'an unknown operator'}: {operation_detail}",
  alert_context = { detail = "operation_detail" },
  where = {
    -- What was exported is for `rule` to see: most details have one of these words.
    { ["action|contains"] = "Export" },
    {
      ["operation_detail|startswith"] = { "Export", "Batch Export" },
      ["operation_detail|re|i"] = "^(?:batch )?export\\w*[^:]{0,40}" .. DATA,
    },
    {
      -- Only admins have chat histories to look at.
      category_type = { "IM", "Team Chat", "Chat*" },
      ["operation_detail|re|i"] = "^(?:download|view|search)\\w* (?:im |team )?chat "
        .. "(?:history|sessions?|messages?)",
    },
    {
      -- Hosts look at their own recordings all day: those details name no other person.
      ["operation_detail|startswith"] = { "Download", "View", "Play", "Listen", "Batch Download",
        "Batch View", "Batch Play", "Batch Listen" },
      ["operation_detail|contains"] = " of ", -- few have it, and it is cheaper to find than to match
      ["operation_detail|re|i"] = "^(?:batch )?(?:download|view|play|listen)\\w*[^:]{0,40}" .. DATA
        .. "[^:]{0,20} of \\S+@",
    },
  },
}

local DATA_FOLDED = "(?i)" .. DATA

function rule(event)
  return type(event.operation_detail) == "string" and re.find(event.operation_detail, DATA_FOLDED) ~= nil
end

-- A kind of data as in the ticket must not hide the next kind within the hour. The same data of several
-- users is one alert.
function dedup(event)
  return ("%s %s"):format(zoom.operator_of(event), (zoom.head_of(event):gsub(" of %S+@.*", "")))
end

-- One recording that an admin looks at is less than an export.
function severity(event)
  return re.find(event.operation_detail, "(?i)^(?:view|play|listen|search)") and "LOW" or "DEFAULT"
end

tests {
  { name = "chats", fixture = "zoom/operation/group_added.json",
    set = { category_type = "IM", action = "Export", operation_detail = "Chat messages of rod@example.com" },
    expect = true, severity = "MEDIUM", dedup = "homer@example.com Chat messages",
    title = "Data exported or viewed by homer@example.com: Chat messages of rod@example.com" },
  { name = "a recording viewed", fixture = "zoom/operation/recording_deleted.json",
    set = { action = "View", operation_detail = "View cloud recording of rod@example.com" },
    expect = true, severity = "LOW" },
  { name = "chats, by the detail alone", fixture = "zoom/operation/group_added.json",
    set = { category_type = "IM", action = "Update", operation_detail = "Export Chat History" },
    expect = true },
  { name = "a host's own recording", fixture = "zoom/operation/recording_deleted.json",
    set = { action = "Download", operation_detail = "Download Recording  - Meeting ID: 905 0052 0056" },
    expect = false },
  { name = "an invoice", fixture = "zoom/operation/group_added.json",
    set = { category_type = "Billing", action = "Export", operation_detail = "Invoice 36" },
      expect = false },
  { name = "a recording deleted", fixture = "zoom/operation/recording_deleted.json", expect = false },
  { name = "a chat history, whose is not said", expect = true, severity = "LOW",
    event = { time = "2024-03-21T07:09:03Z", operator = "homer@example.com", category_type = "IM",
      action = "View", operation_detail = "View IM Chat History" } },
  { name = "with other words and categories", alerts = 2, events = {
    { fixture = "zoom/operation/group_added.json", set = { category_type = "Team Chat", action = "View",
      operation_detail = "View Chat History" } },
    { fixture = "zoom/operation/group_added.json", set = { category_type = "Chat Management",
      action = "Update", operation_detail = "Batch Export Chat History" } },
  } },
}
