--- The people in a sentence of an operation log, by their e-mail addresses.

local people = {}

-- A batch names many. More than a correlation looks at are of no use.
local ADDRESSES_MAX = 16

--- The different addresses in a text, in lower case and in order, 16 at most; an empty list if the value
-- is not a text.
function people.addresses_in(text)
  local found, seen = {}, {}
  if type(text) ~= "string" then
    return found
  end
  for address in re.gmatch(text, "[^\\s<>()\\[\\],;:\"'@]++@[A-Za-z0-9.-]*[A-Za-z0-9]") do
    address = address:lower()
    if not seen[address] then
      seen[address] = true
      found[#found + 1] = address
      if #found == ADDRESSES_MAX then
        break
      end
    end
  end
  return found
end

return people
