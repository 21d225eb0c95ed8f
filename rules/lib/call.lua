--- Reads the call logs of Zoom Phone's webhooks, and knows which numbers are costly.

local call = {}

-- The first entry of a call log: Zoom sends one event for each call, or several in different forms, which
-- share the call's id.
local function log_of(event)
  local log = event:deep_get("payload", "object", "call_logs", 1)
    or event:deep_get("payload", "object", "call_elements", 1)
  return type(log) == "userdata" and log or nil
end

--- A value of the call, or nil.
function call.value(event, key)
  local log = log_of(event)
  return log and log:get(key)
end

-- Who calls out, in the words of the call log and of the call history.
local EVENTS = {
  "phone.caller_call_log_completed", "phone.caller_call_history_completed",
  "phone.caller_call_element_completed",
}

-- Each condition on a call, for either list that it may stand in.
local function where_of(conditions)
  local ways = {}
  for _, list in ipairs({ "call_logs", "call_elements" }) do
    for _, condition in ipairs(conditions) do
      local way = { event = EVENTS }
      for field, value in pairs(condition) do
        way["payload.object." .. list .. "." .. field] = value
      end
      ways[#ways + 1] = way
    end
  end
  return ways
end

local function text(value)
  return value ~= nil and value ~= "" and tostring(value) or nil
end

--- Who called, for grouping: the id of the user, else the number; never nil.
function call.caller(event)
  return text(call.value(event, "caller_user_id")) or text(event:deep_get("payload", "object", "user_id"))
    or text(call.value(event, "caller_number")) or "unknown"
end

--- Who called, for titles: the name, else the same.
function call.caller_name(event)
  return text(call.value(event, "caller_name")) or call.caller(event)
end

--- The number that was called, as "+41445550123"; nil if there is none. Zoom writes some without "+".
function call.callee(event)
  local number = text(call.value(event, "callee_number")) or text(call.value(event, "callee_did_number"))
  return number and #number < 40 and number:gsub("[^+%d]", "") or nil
end

--- What identifies a call among others, or nil.
function call.id(event)
  return text(call.value(event, "call_id")) or text(call.value(event, "id"))
end

-- 2 in call logs, "external_pstn" in the call history.
local OUTSIDE = "^(?:2|.*pstn)$"

local function is_outside(number_type)
  return number_type ~= nil and re.find(tostring(number_type), OUTSIDE) ~= nil
end

--- The `where` of a rule that asks call.is_abroad: no call inside the company starts it.
function call.where_abroad()
  return where_of({
    { call_type = "international" },
    { ["callee_number_type|re"] = OUTSIDE, ["caller_country_iso_code|re"] = "." },
  })
end

--- True for a call that this account makes to a number in another country. `call_type` says so, in most
-- accounts; the countries of both numbers do if they are there.
function call.is_abroad(event)
  local kind, from, to = call.value(event, "call_type"), call.value(event, "caller_country_iso_code"),
    call.value(event, "callee_country_iso_code")
  if type(kind) == "string" and kind:lower() == "international" then
    return true
  end
  return type(from) == "string" and type(to) == "string" and from ~= "" and to ~= "" and from ~= to
    and is_outside(call.value(event, "callee_number_type"))
end

-- Without a country: satellites, networks of carriers, shared-cost and premium numbers (ITU-T E.164).
-- Then the premium numbers of some countries: +1 900, +31 900, 906 and 909, +32 90, +33 89, +34 803, 806
-- and 807, +353 15, +39 89, +41 900, 901 and 906, +43 900, 901, 930 and 931, +44 9, +46 900 and 944, +48 70,
-- +49 900, +61 190.
local COSTLY = "^(?:\\+|00)(?:87[0-8]|88[1-3]|979|808|1900|3190[069]|3290|3389|3480[367]|35315|3989|4190[016]"
  .. "|4390[01]|4393[01]|449|46900|46944|4870|49900|61190)"

-- The same for a number as it is written: after each digit and each set of digits whatever call.callee leaves
-- out, "00 49 900 555".
local COSTLY_AS_WRITTEN = "^[^+\\d]*"
  .. re.gsub(COSTLY:sub(2), "\\[[^\\]]+\\]|\\\\\\+|\\d", "%0[^+\\d]*")

--- The `where` of a rule that asks call.is_costly(call.callee(event)).
function call.where_costly()
  return where_of({
    { ["callee_number|re"] = COSTLY_AS_WRITTEN }, { ["callee_did_number|re"] = COSTLY_AS_WRITTEN },
  })
end

--- True for a satellite number or one that charges by the minute, from whichever country.
function call.is_costly(number)
  return type(number) == "string" and re.find(number, COSTLY) ~= nil
end

return call
