--- Reads which recording an operation is about.

local recording = {}

--- The groups of a meeting's number as Zoom writes it, for `patterns`: a number in other groups has none.
recording.NUMBER = "(?i)\\bmeeting id: *(?>([0-9][0-9][0-9]) ([0-9][0-9][0-9][0-9]) ([0-9][0-9][0-9][0-9])"
  .. "(?! ?[0-9]|  )|[0-9])"
-- The same, or any other groups, whose spaces are to be taken out.
local NUMBER = recording.NUMBER:sub(1, -#"[0-9])" - 1) .. "([0-9][0-9 ]*+))"
local TOPIC = "(?is)\\btopic: (.+)"
-- What follows a topic: the next setting and its values.
local NEXT = " - [^:-]*+: (?:from|set to) "
local NAME_BYTES_MAX = 200 -- in a key of kv

local gsub, sub = string.gsub, string.sub

--- The meeting's number without spaces, else the topic, else nil.
function recording.name_of(event)
  local detail = event.operation_detail
  if type(detail) ~= "string" then
    return nil
  end
  local first, second, third, other = re.match(detail, NUMBER)
  if first then
    return first .. second .. third
  elseif other then
    local number = gsub(other, " ", "")
    return #number > NAME_BYTES_MAX and sub(number, 1, NAME_BYTES_MAX) or number
  end
  local topic = re.match(detail, TOPIC)
  local last = topic and re.find(topic, NEXT)
  return topic and topic:sub(1, math.min(last and last - 1 or #topic, NAME_BYTES_MAX))
end

--- What identifies this record's recording: its name, else the whole detail with the time, because
-- nothing says that two such records are about the same one.
function recording.key_of(event)
  local name = recording.name_of(event)
  if name then
    return name
  end
  local detail = event.operation_detail
  return ("%s %s"):format(
    type(detail) == "string" and sub(detail, 1, NAME_BYTES_MAX) or "-", event.p_event_time)
end

local EVERYBODY = "(?i)^(?:public(?:ly)?\\b|any(?:one|body) (?:with|who)|(?:anyone|anybody)$|everyone with)"
-- What people write, and may begin with the word.
local WRITTEN = "(?i)^(?:topic|name|title|description)$"

--- Whether a change lets everybody see the recording.
function recording.is_opened(change)
  return re.find(change.to or "", EVERYBODY) ~= nil and not re.find(change.setting, WRITTEN)
end

-- A detail that ends in its only switch, whose name ends in "download". The name of a group's own page may
-- look like one, so what names a group is left to zoom.turned_on.
local DOWNLOAD_ON = "(?is)^(?!.*group)(?>.*?: (?=from |set to |(?:on|off) to ))(?<=download: )"
  .. "(?:from )?off to on\\z"

--- Whether a detail says in the most frequent words that a recording may be downloaded, which costs one
-- regex. Nothing but zoom.turned_on(event, "download") finds all of them.
function recording.says_download_on(event)
  local detail = event.operation_detail
  return type(detail) == "string" and re.find(detail, DOWNLOAD_ON) ~= nil
end

return recording
