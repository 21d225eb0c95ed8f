--- Reads file names, links, versions and addresses. A part of the library `zoom`.

local zoom = {}

local find, lower, sub = string.find, string.lower, string.sub

-- Extensions of files that Windows, macOS, Linux or Android would run, and of containers that hide them.
-- A space on either side of each.
local RUNNABLE = " app apk appimage application appref-ms appx appxbundle bat chm cmd com command cpl deb"
  .. " diagcab dll dmg exe gadget hta img inf iso jar jnlp js jse library-ms lnk msc msi msix msixbundle msp"
  .. " msu pif pkg ps1 psm1 py pyw pyz reg rpm run scf scr sct search-ms searchconnector-ms"
  .. " settingcontent-ms sh sys url vb vbe vbs vhd vhdx wsc wsf wsh xbap xll "

--- True if a double click would run a file with this name: "invoice.pdf.exe".
function zoom.is_runnable(file_name)
  if type(file_name) ~= "string" then
    return false
  end
  local extension = re.match(file_name, "(?s)\\.([A-Za-z0-9-]+)[\\s.]*$")
  return extension ~= nil and find(RUNNABLE, " " .. lower(extension) .. " ", 1, true) ~= nil
end

local function look_up(event, table, key)
  return event:lookup(table, key)
end

--- The row of a lookup table, or nil. Unlike event:lookup, this does not fail if the table is not
-- configured: the bundled rules run without any configuration.
function zoom.row_of(event, table, key)
  if not event:has_lookup(table) then
    return nil
  end
  local found, row = pcall(look_up, event, table, key)
  return found and row or nil
end

--- The place of an address in the lookup table "geo": { country, latitude, longitude }, of which the
-- table may lack some; nil without the table or a row.
function zoom.place_of(event, address)
  local row = zoom.row_of(event, "geo", address)
  if not row then
    return nil
  end
  local country, location = row.country, row.location
  if country ~= nil and type(country) ~= "string" then
    country = country.iso_code
  end
  return { country = country, latitude = location and tonumber(location.latitude),
    longitude = location and tonumber(location.longitude) }
end

-- Without the punctuation that ends the sentence.
local function without_end(link)
  local last = find(link:reverse(), "[^).,;:!?]")
  return sub(link, 1, last and #link - last + 1 or 0)
end

--- The web addresses in a text, in order and in lower case, without the punctuation that ends the
-- sentence. An empty list if the value is not a text.
function zoom.links_in(text)
  local links = {}
  if type(text) == "string" then
    for link in re.gmatch(text, "(?i)https?://[^\\s<>\"'`|\\\\^{}\\[\\]]+") do
      links[#links + 1] = lower(without_end(link))
    end
  end
  return links
end

--- True if a version such as "5.13.5.12053" is older than the wanted one ("5.15"); false if the text
-- is not a version ("-").
function zoom.is_older(version, wanted)
  if type(version) ~= "string" or not re.find(version, "^\\d{1,6}(?:\\.\\d{1,9})*") then
    return false
  end
  local has = {}
  for number in version:gmatch("%d+") do
    has[#has + 1] = tonumber(number)
  end
  local place = 0
  for number in wanted:gmatch("%d+") do
    place = place + 1
    local difference = (has[place] or 0) - tonumber(number)
    if difference ~= 0 then
      return difference < 0
    end
  end
  return false
end

return zoom
