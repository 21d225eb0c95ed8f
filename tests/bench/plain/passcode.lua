metadata { id = "Plain.passcode", log_types = { "Zoom.Operation" }, severity = "low" }

function rule(event)
  if event.action ~= "Update" or event.category_type ~= "User Group" then
    return false
  end
  local detail = event.operation_detail or ""
  return detail:find("Passcode", 1, true) ~= nil and detail:find("On to Off", 1, true) ~= nil
end

function title(event)
  return "Passcode turned off by " .. (event.operator or "?")
end
