--- Sets slow acts apart from bursts, which rules of their own report. For rules with `stateful = true`.

local burst = {}

-- Bytes of a name that are kept: names come from records, and what is remembered is limited.
local NAME_BYTES_MAX = 200

-- The oldest of a table of times by name.
local function oldest_of(times)
  local oldest
  for name, at in pairs(times) do
    if not oldest or at < times[oldest] then
      oldest = name
    end
  end
  return oldest
end

--- True if the event is no part of a burst: fewer than `count` different things that the same person did lie
-- within `seconds` of it, this one among them. It is remembered.
function burst.is_slow(event, person, thing, count, seconds)
  local now, number = time.parse(event:event_time()), 1
  person, thing = person:sub(1, NAME_BYTES_MAX), thing:sub(1, NAME_BYTES_MAX)
  local near = { [thing] = now }
  for name, at in pairs(kv.get_table(person) or {}) do
    if name ~= thing and math.abs(now - at) < seconds then
      near[name], number = at, number + 1
    end
  end
  if number > count then
    near[oldest_of(near)] = nil
  end
  kv.put_table(person, near, { expires = seconds })
  return number < count
end

return burst
