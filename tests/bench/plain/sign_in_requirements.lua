metadata { id = "Plain.sign_in_requirements", log_types = { "Zoom.Operation" }, severity = "low" }

function rule(event)
  if event.action ~= "Update" or event.category_type ~= "Account" then
    return false
  end
  local detail = event.operation_detail or ""
  return detail:find("Sign-In Password Requirement", 1, true) ~= nil
    and detail:find("On to Off", 1, true) ~= nil
end

function title(event)
  return "Password requirements relaxed by " .. (event.operator or "?")
end
