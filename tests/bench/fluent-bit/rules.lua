-- The eight rules for Fluent Bit's Lua filter: one line of output for each match, and nothing for
-- records without a match.

local function setting(text)
  return function(record)
    return record.action == "Update" and record.category_type == "Account"
      and (record.operation_detail or ""):find(text, 1, true) ~= nil
  end
end

local PRIVILEGED = { Admin = true, ["Co-Owner"] = true, Owner = true, ["Billing Admin"] = true }
local START = "Sign-in Methods  - Allow users to sign in with "

local rules = {
  setting "Require that all meetings are secured with one security option: from On to Off",
  setting "Automatically sign users out after a specified time: from On to Off",
  setting "Require a passcode when scheduling new meetings: from On to Off",
  setting "Sign in with Two-Factor Authentication: from On to Off",
  function(record)
    if record.action ~= "Update" or record.category_type ~= "User Group" then
      return false
    end
    local detail = record.operation_detail or ""
    return detail:find("Passcode", 1, true) ~= nil and detail:find("On to Off", 1, true) ~= nil
  end,
  function(record)
    if record.action ~= "Update" or record.category_type ~= "Account" then
      return false
    end
    local detail = record.operation_detail or ""
    return detail:sub(1, #START) == START and detail:find("from Off to On", 1, true) ~= nil
  end,
  function(record)
    if record.action ~= "Update" or record.category_type ~= "Account" then
      return false
    end
    local detail = record.operation_detail or ""
    return detail:find("Sign-In Password Requirement", 1, true) ~= nil
      and detail:find("On to Off", 1, true) ~= nil
  end,
  function(record)
    if record.category_type ~= "User" or not (record.action or ""):find("Update", 1, true) then
      return false
    end
    local detail = record.operation_detail or ""
    if not detail:find("Change Role", 1, true) then
      return false
    end
    local from, to = detail:match(": from (.-) to (.+)$")
    return to ~= nil and PRIVILEGED[to] == true and not PRIVILEGED[from]
  end,
}

-- Fluent Bit calls this. -1 drops the record; 1 keeps the returned records, one for each match.
function run_rules(_, timestamp, record) -- luacheck: globals run_rules
  local matches = {}
  for i = 1, #rules do
    if rules[i](record) then
      matches[#matches + 1] = record
    end
  end
  if #matches == 0 then
    return -1, timestamp, record
  end
  return 1, timestamp, matches
end
