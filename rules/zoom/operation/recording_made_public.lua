local zoom = require "zoom"

local recording = require "recording"

metadata {
  id = "Zoom.Recording.Made.Public",
  display_name = "Zoom recording shared with everybody",
  log_types = { "Zoom.Operation" },
  severity = "high",
  evidence = "documented",
  pack = "zoom-audit",
  story = { "p_actor" },
  description = "A recording was shared so that anyone with the link can watch it. Recordings contain "
    .. "confidential conversations, and links are passed on.\n\n"
    .. "False positives: recordings made for the public, such as webinars.",
  runbook = "1. Ask the owner of the recording whether they meant to share it, and with whom.\n"
    .. "2. Play the recording: does it contain anything that must not leave the company?\n"
    .. "3. If nobody can explain it: stop sharing it, and check its view and download report.\n"
    .. "4. `margay search --indicator OPERATOR --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Recording.Made.Public --except operator=OPERATOR --reason TICKET` leaves out what is "
    .. "meant to happen.",
  reference = "https://support.zoom.com/hc/en/article?id=zm_kb&sysparm_article=KB0067251",
  reports = { ["MITRE ATT&CK"] = { "TA0009:T1530", "TA0010:T1567" } },
  tags = { "Zoom", "Recordings" },
  summary_attributes = { "operator" },
  stateful = true,
  where = {
    category_type = "Recording",
    ["action|contains"] = { "Update", "Edit", "Share" },
    ["operation_detail|re|i"] = {
      ": (?:from [^:]* to |set to )?(?:public(?:ly)?|any(?:one|body)|everyone with)\\b",
      "authenticated users[^:]*: (?:from )?on to off",
    },
  },
}

-- The topic may contain the words, too: only the new value of a setting counts.
function rule(event)
  for _, change in ipairs(zoom.setting_changes(event)) do
    if recording.is_opened(change) then
      return true
    end
  end
  return #zoom.turned_off(event, "authenticated users") > 0
end

-- The first three recordings that a person shares within the hour are an alert each, so that one that is
-- meant to be public does not hide the next; all others form one. They share an alert (story), which is
-- sent again with each.
local ALERTS_MAX, HOUR = 3, 3600

local function operator(event)
  return zoom.operator_of(event):lower():sub(1, 200)
end

local function is_alone(event)
  local name = recording.key_of(event)
  if kv.string_set_size(operator(event)) < ALERTS_MAX then
    kv.add_to_string_set(operator(event), name, { expires = HOUR })
  end
  return kv.contains(operator(event), name)
end

function title(event)
  return "Recording shared with everybody by " .. zoom.operator_of(event)
end

function dedup(event)
  return is_alone(event) and ("%s %s"):format(zoom.operator_of(event), recording.key_of(event))
    or zoom.operator_of(event)
end

function alert_context(event)
  return { detail = event.operation_detail, recording = recording.name_of(event) }
end

tests {
  { name = "for anyone with the link", fixture = "zoom/operation/recording_made_public.json", expect = true,
    set = { operation_detail = "Share Recording  - Topic: Board - Who can view: from Signed-in users in my "
      .. "account to Anyone with the recording link" } },
  { name = "renamed", fixture = "zoom/operation/recording_made_public.json", expect = false,
    set = { operation_detail = "Rename Recording  - Topic: from Draft to Publicly traded companies" } },
  { name = "shared publicly", fixture = "zoom/operation/recording_made_public.json", expect = true,
    title = "Recording shared with everybody by homer@example.com", severity = "HIGH" },
  { name = "sign-in no longer needed",
    fixture = "zoom/operation/recording_authentication_off.json", expect = true },
  { name = "markup in the record", fixture = "zoom/operation/recording_hostile.json", expect = true,
    title = "Recording shared with everybody by <b>homer</b>@example.com" },
  { name = "sign-in required again", fixture = "zoom/operation/recording_authentication_on.json",
    expect = false },
  { name = "no longer public", fixture = "zoom/operation/recording_made_private.json",
    expect = false },
  { name = "a topic that begins with the words",
    fixture = "zoom/operation/recording_made_public.json",
    set = { operation_detail = "Share Recording  - Topic: public hearing - "
      .. "Viewers can download: from Off to On" }, expect = false },
  { name = "a training video, then a meeting of the board", alerts = { { match_count = 2 } }, events = {
    { fixture = "zoom/operation/recording_made_public.json", set = { operation_detail = "Share Recording"
      .. "  - Topic: Training - Share this recording: from Only authenticated users to Publicly" } },
    { fixture = "zoom/operation/recording_made_public.json", after = "40m", set = { operation_detail =
      "Share Recording  - Topic: Board Q3 - Share this recording: from Only authenticated users to "
        .. "Publicly" } },
  } },
  { name = "many recordings", alerts = { { match_count = 30 } }, events = {
      { fixture = "zoom/operation/recording_made_public.json", times = 30, every = "1m",
        set = { operation_detail = "Share Recording  - Meeting ID: {n} - Share this recording: "
          .. "from Only authenticated users to Publicly" } },
    } },
  { name = "a topic that contains the words",
    fixture = "zoom/operation/recording_topic_publicly.json",
    expect = false },
  { name = "downloads allowed, which another rule reports",
    fixture = "zoom/operation/recording_download_on.json", expect = false },
  { name = "in another category", fixture = "zoom/operation/recording_made_public.json",
    set = { category_type = "Account" }, expect = false },
  { name = "by actions with other names", alerts = { { match_count = 2 } }, events = {
    { fixture = "zoom/operation/recording_made_public.json", set = { action = "Edit" } },
    { fixture = "zoom/operation/recording_made_public.json", set = { action = "Share" } },
  } },
}
