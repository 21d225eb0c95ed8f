--- Who acts in events of Zoom Contact Center, for the data model. Most name the agent who serves the
-- consumer, also where it is the consumer who does something.
local contact_center = {}

local BY_CONSUMER = "contact_center.engagement_consumer_"

local function first_of(event, keys)
  local name = event.event
  if type(name) ~= "string" or name:sub(1, #BY_CONSUMER) ~= BY_CONSUMER then
    return nil
  end
  for _, key in ipairs(keys) do
    local value = event:deep_get("payload", "object", key)
    if type(value) == "string" and value ~= "" then
      return value
    end
  end
  return nil
end

local NAMES = { "consumer_email", "consumer_display_name", "consumer_number", "consumer_id" }
local IDS = { "consumer_id" }

--- The consumer who did it, by email address, name, number or ID; nil if nobody knows or it was not
-- the consumer.
function contact_center.consumer(event)
  return first_of(event, NAMES)
end

--- The ID of that consumer.
function contact_center.consumer_id(event)
  return first_of(event, IDS)
end

return contact_center
