--- Reads what people send each other in chats: links and files.

local content = require "zoom.content"
local webhook = require "zoom.webhook"

local chat = {}

-- Beside programs: files of macOS that run or that change its settings, documents with macros, and
-- pages that show a false sign-in or bring a program with them.
local HARMFUL = {}
for extension in ([[applescript docm dotm htm html iqy mht mhtml mobileconfig one onepkg osax ppam
    potm ppsm pptm provisionprofile scpt scptd shtml terminal webloc workflow xhtml xlam
    xla xlsb xlsm xltm]]):gmatch("%w+") do
  HARMFUL[extension] = true
end

-- An archive hides what is in it, and is ordinary: only names that promise a program count.
local ARCHIVE = {}
for extension in ("7z ace arj bz2 cab gz lzh rar tar tgz xz zip"):gmatch("%w+") do
  ARCHIVE[extension] = true
end
local LURE = "(?i)(?<![a-z])(?:zoom|update|upgrade|setup|install(?:er)?|patch|hotfix|driver|codec|plugin"
  .. "|sdk|crack|activat(?:e|or))(?![a-z])"

--- True if it may harm to open a file with this name: a program ("invoice.pdf.exe"), a script, a
-- document with macros, a web page, a profile of settings, or an archive that promises a program.
function chat.is_harmful(file_name)
  if type(file_name) ~= "string" then
    return false
  end
  local extension = re.match(file_name, "(?s)\\.([A-Za-z0-9]+)[\\s.]*$")
  extension = extension and extension:lower()
  return content.is_runnable(file_name) or extension ~= nil and (HARMFUL[extension] == true
    or ARCHIVE[extension] == true and re.find(file_name, LURE) ~= nil)
end

-- Of those, what offices send each other.
local OFFICE = {}
for extension in ([[docm dotm htm html mht mhtml one onepkg ppam potm ppsm pptm shtml xhtml xla xlam
    xlsb xlsm xltm]]):gmatch("%w+") do
  OFFICE[extension] = true
end

--- Of harmful files, true for those that are not documents or web pages.
function chat.is_program(file_name)
  local extension = re.match(file_name, "(?s)\\.([A-Za-z0-9]+)[\\s.]*$")
  return extension ~= nil and OFFICE[extension:lower()] == nil
end

-- The message that was read last, and its link: all functions of all rules about an event ask for it. Few
-- messages are longer.
local last_message, last_link
local KEPT_BYTES_MAX = 4000

local function read_link(message)
  local found = content.links_in(message)[1]
  return found and re.match(found, "^[^?#]+")
end

--- The first link of a message without the part after ? or #, which may differ for each reader; nil if
-- there is none.
function chat.link_of(event)
  local message = event:deep_get("payload", "object", "message")
  if type(message) ~= "string" then
    return nil
  elseif #message > KEPT_BYTES_MAX then
    return read_link(message)
  elseif message ~= last_message then
    last_message, last_link = message, read_link(message)
  end
  return last_link
end

--- The file of an event about one: its id, else its name, else nil. Zoom documents `file` for
-- downloads, a list `files` for what is sent, and `chat_message_file` in meetings.
function chat.file_of(event)
  return webhook.text_of(webhook.object_value(event, "file", "file_id")
    or webhook.item_value(webhook.object_items(event, "files")[1], "file_id")
    or webhook.object_value(event, "file_id") or webhook.object_value(event, "chat_message_file", "file_id")
    or webhook.object_value(event, "file", "file_name"))
end

return chat
