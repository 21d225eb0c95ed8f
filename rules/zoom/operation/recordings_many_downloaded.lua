local recording = require "recording"
local people = require "zoom.people"

metadata {
  id = "Zoom.Recordings.Many.Downloaded",
  display_name = "Many Zoom recordings downloaded",
  log_types = { "Zoom.Operation" },
  severity = "high",
  evidence = "guess",
  pack = "zoom-extended",
  story = { "p_actor" },
  description = "One person downloaded twenty or more different recordings within a day. What was said "
    .. "in meetings leaves the account that way, also after every link was closed. Zoom does "
    .. "not document the wording of its log, so the rule looks for the action or the first "
    .. "word.\n\n"
    .. "False positives: archiving by hand, and programs that copy recordings to another "
    .. "system.",
  runbook = "1. Ask the person what the recordings are for, and where they are now.\n"
    .. "2. Look at whose recordings they are.\n"
    .. "3. If nobody can explain it: end the person's sessions, and forbid downloads for the "
    .. "account.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Recordings.Many.Downloaded --except operator=OPERATOR --reason TICKET` "
    .. "leaves out what is meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1530", "TA0010:T1567" } },
  tags = { "Zoom", "Recordings" },
  summary_attributes = { "operator" },
  threshold = 20,
  dedup_period_minutes = 24 * 60,
  title = "Many recordings downloaded by {operator or 'an unknown operator'}",
  dedup = "operator",
  alert_context = { first = "operation_detail" },
  patterns = { number = recording.NUMBER },
  unique = "number in operation_detail",
  where = {
    { category_type = "Recording", ["action|contains"] = "Download" },
    { category_type = "Recording", ["operation_detail|re|i"] = "^(?:batch )?download(?:ed)?\\b" },
  },
}

-- An operator who is absent or null is no program, which no `where` can say of both.
function rule(event)
  return not event:has_lookup("service_accounts") or not people.is_service_account(event, event.operator)
end

-- Of what has no such number.
function unique(event)
  return recording.key_of(event)
end

tests {
  { name = "one", fixture = "zoom/operation/recording_deleted.json", expect = true,
    set = { action = "Download", operation_detail = "Download Recording  - Meeting ID: 982" },
    title = "Many recordings downloaded by homer@example.com" },
  { name = "twenty within a day", alerts = { { match_count = 20 } }, events = {
    { fixture = "zoom/operation/recording_deleted.json", times = 20, every = "1h",
      set = { action = "Download", operation_detail = "Download Recording  - Meeting ID: {n}" } },
  } },
  { name = "one recording repeatedly", alerts = 0, events = {
    { fixture = "zoom/operation/recording_deleted.json", times = 25, every = "1m",
      set = { action = "Download", operation_detail = "Download Recording  - Meeting ID: 982" } },
  } },
  { name = "a number in three groups", fixture = "zoom/operation/recording_deleted.json",
    set = { action = "Download", operation_detail = "Download Recording  - Meeting ID: 982 1325 4471" },
    expect = true, unique = "98213254471" },
  { name = "a number with one group more", fixture = "zoom/operation/recording_deleted.json",
    set = { action = "Download", operation_detail = "Download Recording  - Meeting ID: 982 1325 4471 8" },
    expect = true, unique = "982132544718" },
  { name = "a number with two spaces in it", fixture = "zoom/operation/recording_deleted.json",
    set = { action = "Download", operation_detail = "Download Recording  - Meeting ID: 982 1325 4471  8" },
    expect = true, unique = "982132544718" },
  { name = "a number of one more digit", fixture = "zoom/operation/recording_deleted.json",
    set = { action = "Download", operation_detail = "Download Recording  - Meeting ID: 982 1325 44718 " },
    expect = true, unique = "982132544718" },
  { name = "by a program", fixture = "zoom/operation/recording_deleted.json", expect = false,
    set = { action = "Download", operation_detail = "Download Recording  - Meeting ID: 982" },
    mocks = { ["event:lookup"] = { service_accounts = { ["homer@example.com"] = { value = true } } } } },
  { name = "by a program whose name has capitals", fixture = "zoom/operation/recording_deleted.json",
    expect = false, set = { action = "Download", operator = "Homer@Example.com" },
    mocks = { ["event:lookup"] = { service_accounts = { ["homer@example.com"] = { value = true } } } } },
  { name = "by nobody", fixture = "zoom/operation/recording_deleted.json", expect = true,
    set = { action = "Download" }, unset = { "operator" },
    title = "Many recordings downloaded by an unknown operator" },
  { name = "by an operator who is null", fixture = "zoom/operation/no_operator.json", expect = true,
    title = "Many recordings downloaded by an unknown operator" },
  { name = "deleted", fixture = "zoom/operation/recording_deleted.json", expect = false },
  { name = "in another category", fixture = "zoom/operation/recording_deleted.json", expect = false,
    set = { category_type = "User", action = "Download", operation_detail = "Download Recording" } },
}
