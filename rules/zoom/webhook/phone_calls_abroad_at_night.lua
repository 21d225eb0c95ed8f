local zoom = require "zoom.webhook"

local call = require "call"

-- Hours ahead of UTC in winter. An hour of summer does not matter for "at night".
local AHEAD = {
  AT = 1, AU = 10, BE = 1, BR = -3, CA = -6, CH = 1, CN = 8, CZ = 1, DE = 1, DK = 1, ES = 1, FI = 2, FR = 1,
  GB = 0, GR = 2, HK = 8, HU = 1, IE = 0, IL = 2, IN = 5, IT = 1, JP = 9, KR = 9, MX = -6, NL = 1, NO = 1,
  NZ = 12, PH = 8, PL = 1, PT = 0, RO = 2, SE = 1, SG = 8, TR = 3, TW = 8, US = -6, ZA = 2,
}
local NIGHT_ENDS = 5

metadata {
  base = "Zoom.Phone.Many.Calls.Abroad",
  id = "Zoom.Phone.Calls.Abroad.At.Night",
  display_name = "Zoom Phone calls abroad at night",
  pack = "zoom-extended",
  description = "One user or phone made five or more calls to other countries within an hour, between "
    .. "midnight and five where the caller is. Toll fraud happens when nobody watches. The "
    .. "time zone is that of the caller's country, which Zoom names in its call logs; of large "
    .. "countries, the middle one.\n\n"
    .. "False positives: shifts of a call centre: tune the rule for their users.",
  runbook = "1. Block international calls for the user now (Phone System Management, Users, Calling "
    .. "Plan).\n"
    .. "2. Check which device made the calls, and who allowed them.\n"
    .. "3. If nobody can explain it: remove the device, reset the user's password and "
    .. "voicemail PIN, and report the numbers to Zoom.\n"
    .. "4. `margay search --indicator CALLER --since 7d` shows what else happened; `margay "
    .. "tune Zoom.Phone.Calls.Abroad.At.Night --except "
    .. "payload.object.call_logs.caller_number=NUMBER --reason TICKET` leaves out what is "
    .. "meant to happen.",
  threshold = 5,
}

local function hour_of(event)
  local ahead = AHEAD[zoom.text_of(call.value(event, "caller_country_iso_code")) or ""]
  return ahead and (tonumber(event.p_event_time:sub(12, 13)) + ahead) % 24
end

function rule(event)
  local hour = hour_of(event)
  return hour ~= nil and hour < NIGHT_ENDS and call.value(event, "direction") ~= "inbound"
    and call.is_abroad(event)
end

function title(event)
  return ("Calls to other countries at night by %s"):format(call.caller_name(event))
end

tests {
  { name = "five at three in the morning", alerts = { { match_count = 5,
    title = "Calls to other countries at night by Homer Simpson" } }, events = {
    { fixture = "zoom/webhook/phone/call_abroad.json", times = 5, every = "2m", at = "2024-03-21T09:00:00Z",
      set = { ["payload.object.call_logs.1.call_id"] = "c{n}",
        ["payload.object.call_logs.1.caller_country_iso_code"] = "US" } },
  } },
  { name = "in the form of the call history", fixture = "zoom/webhook/phone/call_abroad.json", expect = true,
    set = { event = "phone.caller_call_element_completed", event_ts = 1711011600000,
      ["payload.object.call_elements"] = { { direction = "outbound", call_type = "international",
        callee_number_type = "external_pstn", caller_country_iso_code = "US" } } },
    unset = { "payload.object.call_logs" } },
  { name = "by day", expect = false, fixture = "zoom/webhook/phone/call_abroad.json",
    set = { ["payload.object.call_logs.1.caller_country_iso_code"] = "JP" } },
  { name = "from a country that is not known", expect = false,
    fixture = "zoom/webhook/phone/call_abroad.json" },
  { name = "answered", fixture = "zoom/webhook/phone/callee_answered.json", expect = false },
  { name = "in events with other names", alerts = { { match_count = 5 } }, events = {
    { fixture = "zoom/webhook/phone/call_abroad.json", at = "2024-03-21T09:00:00Z", times = 2,
      set = { event = "phone.caller_call_history_completed", ["payload.object.call_logs.1.call_id"] = "h{n}",
        ["payload.object.call_logs.1.caller_country_iso_code"] = "US" } },
    { fixture = "zoom/webhook/phone/call_abroad.json", at = "2024-03-21T09:00:00Z", times = 3,
      set = { event = "phone.caller_call_element_completed", ["payload.object.call_logs.1.call_id"] = "e{n}",
        ["payload.object.call_logs.1.caller_country_iso_code"] = "US" } },
  } },
}
