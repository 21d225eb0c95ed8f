--- Reads the fields of Zoom's webhooks. A part of the library `zoom`.

local zoom = {}

local ipairs, tostring, type = ipairs, tostring, type

local function text_or_nil(value)
  if type(value) == "string" and value ~= "" then
    return value
  end
  return nil
end

--- A value as text, whatever its type; nil stays nil. A field may come as a number or a list where
-- its schema says text.
function zoom.text_of(value)
  return value ~= nil and tostring(value) or nil
end

--- Who did it, for titles: never nil. Webhooks name the operator in their payload; the meeting
-- activity report has an email address and a name.
function zoom.operator_of(event)
  local email, name = event.operator_email, event.operator
  return email and text_or_nil(email) or name and text_or_nil(name)
    or text_or_nil(event:deep_get("payload", "operator")) or "an unknown operator"
end

--- The value at a path in a webhook's object, or nil:
-- zoom.object_value(event, "settings", "waiting_room").
function zoom.object_value(event, ...)
  return event:deep_get("payload", "object", ...)
end

--- The same if it is a non-empty text, else nil: for values that become part of another text.
function zoom.object_text(event, ...)
  return text_or_nil(zoom.object_value(event, ...))
end

--- The elements of the list at a path in a webhook's object, as a plain list; an empty list if there
-- is another value or none.
function zoom.object_items(event, ...)
  local value, items = zoom.object_value(event, ...), {}
  if type(value) == "userdata" then
    for i, item in ipairs(value) do
      items[i] = item
    end
  end
  return items
end

--- A field of such an element; nil if the element is not an object.
function zoom.item_value(item, key)
  return type(item) == "userdata" and item:get(key) or nil
end

--- The value at a path before an update and after it. Zoom sends only changed values; for all others
-- both are nil.
function zoom.updated(event, ...)
  return event:deep_get("payload", "old_object", ...), event:deep_get("payload", "object", ...)
end

-- 98213254471 as a text, without the ".0" of a floating-point number.
local function number_or_text(value)
  if math.type(value) == "float" and value == math.floor(value) then
    return ("%.0f"):format(value)
  end
  return value ~= nil and tostring(value) or nil
end

--- The meeting, webinar or recording of a webhook, for titles: its topic, else its number, else
-- "(not named)".
function zoom.meeting_of(event)
  return text_or_nil(zoom.object_value(event, "topic"))
    or text_or_nil(number_or_text(zoom.object_value(event, "id"))) or "(not named)"
end

--- The participant of a webhook, for titles: the email address, else the name that the participant
-- chose. Guests have no address.
function zoom.participant_of(event)
  return text_or_nil(zoom.object_value(event, "participant", "email"))
    or text_or_nil(zoom.object_value(event, "participant", "user_name"))
    or "an unknown participant"
end

return zoom
