--- Names that people choose to be taken for the service, or for those who help with it.

local impostor = {}

local NAME = "(?i)^\\W*(?:zoom(?:\\W*(?:us|inc|app|client|meetings?|workplace|video|support|service|team"
  .. "|admin|host|helper|update|security|communications))*"
  .. "|(?:it|tech(?:nical)?|customer|account)\\W*(?:support|help\\W*desk|service)"
  .. "|help\\W*desk|support|system|administrator|admin|host)\\W*$"

--- True for "Zoom", "Zoom Support", "IT Helpdesk" and the like: a dialog that asks for consent in such
-- a name looks as if the program itself asked.
function impostor.is_name(name)
  return type(name) == "string" and #name <= 100 and re.find(name, NAME) ~= nil
end

return impostor
