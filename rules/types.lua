---@meta
-- Everything that a rule may call, for editors with the Lua language server. Nothing runs this file:
-- margay ignores files in a rules folder that begin with ---@meta.

---A record that passed its schema, as a rule sees it. It is read-only, and valid only until the next
---event. Absent and null values are nil.
---@class margay.Event
---@field p_log_type string
---@field p_event_time string RFC 3339
---@field p_parse_time string RFC 3339
---@field p_row_id string
---@field p_source_id string
---@field p_source_label string
---@field p_schema_errors? string[] paths of values that are not what the schema says
---@field [string] any
local event = {}

---The value of a field, or the default.
---@param key string|integer
---@param default? any
---@return any
function event:get(key, default) end

---The value at the end of a path; if a part of the path is missing, nil, or the default of a last
---argument `{ default = … }`.
---@param ... string|integer|{ default: any }
---@return any
function event:deep_get(...) end

---Like deep_get, but descends into every element of lists on the path: one value, or a list of the
---different values. The last argument may be `{ default = …, return_val = "all"|"first"|"last" }`.
---@param ... string|integer|{ default: any, return_val: "all"|"first"|"last" }
---@return any
function event:deep_walk(...) end

---The field with this name in the log type's data model; nil if the model does not define the name or
---finds no value.
---@param name string
---@return any
function event:udm(name) end

---The row of a lookup table, or a value in it; nil if there is none.
---@param table_name string
---@param key any
---@param ... string
---@return any
function event:lookup(table_name, key, ...) end

---Whether the configuration has a lookup table of this name, or a test mocks it.
---@param table_name string
---@return boolean
function event:has_lookup(table_name) end

---What came of the rule's question (the first, or the nth); nil without one, and before it was asked.
---@param n? integer
---@return table
function event:answer(n) end

---The time of the event, in RFC 3339.
---@return string
function event:event_time() end

---A plain table that the rule can keep or change.
---@return table
function event:to_table() end

---@alias margay.Severity "info"|"low"|"medium"|"high"|"critical"

---@alias margay.Evidence "documented"|"sample"|"guess"

---Fields and their expected values. `field|modifier` says how to compare; a list of values or of
---tables is OR.
---@alias margay.Where table<string, any>|margay.Where[]

---The keys that rules and correlations share.
---@class margay.Declaration
---@field id? string unique name, without < > & " %
---@field display_name? string a name for people
---@field enabled? boolean false: loaded, checked and tested, but never run on records
---@field severity? margay.Severity
---@field evidence? margay.Evidence where the words that the rule looks for come from
---@field pack? string the set of rules that it belongs to, as in "zoom-core"
---@field description? string why it matters
---@field runbook? string what to do about it
---@field reference? string a URL with more information
---@field tags? string[]
---@field reports? table<string, string[]> { ["MITRE ATT&CK"] = { "TA0009:T1125" } }
---@field create_alert? boolean false: matches are recorded, but open no alert
---@field summary_attributes? string[] fields whose most common values an alert shows
---@field story? string[] fields whose values make one alert of what several rules find
---@field threshold? integer number of matches that open an alert
---@field dedup_period_minutes? integer length of the window
---@field destinations? string[] ids of destinations; {} is nowhere
---@field title? string the title, with fields in braces: "Passcode turned off by {operator}"
---@field dedup? string a field, or a text with fields in braces: matches with the same text form one alert
---@field unique? string the same: the threshold counts different texts
---@field alert_context? table<string|integer, string> fields that an alert carries, or names with fields
---@field patterns? table<string, string> regexes, of which these texts may ask a field: "NAME in FIELD"

---A field, `udm:NAME`, or several with `or` between them; a column of a lookup table's row; what
---follows the last @.
---@alias margay.Field string|{ lookup: string, key: string, value: string|string[], part?: "domain" }|{ field: string, part?: "domain" }

---A question about the events before, with the keys of its kind.
---@class margay.Question
---@field of? margay.Field|margay.Field[] what is looked at; several fields are one value
---@field of_any? margay.Field[] in its place: each field is a value by itself
---@field per? margay.Field|margay.Field[] whose past it is; without it the organisation's
---@field learn? string how long nothing is unusual: "14d"
---@field learn_together? boolean true: for all keys together
---@field never_new? string|string[] values that are learned, and never new
---@field keep? string how long it is known: "90d"
---@field at_least? integer|string how many events or values; of dormant how long: "60d"
---@field within? string the span, or the window of a spike: "1h"
---@field past? string how far back a spike's average looks
---@field times? number how many times the average
---@field near? integer hours beside a usual one
---@field at_most? integer days with an hour that is still unusual
---@field time_zone? string as in "Europe/Zurich"
---@field farther_than? integer kilometres of a journey
---@field faster_than? integer kilometres an hour
---@field shared_by? integer keys in a network that make it a shared one

---@class margay.Metadata : margay.Declaration
---@field base? string the id of the rule from which this rule derives
---@field log_types? string[] the log types whose events the rule sees
---@field where? margay.Where the condition that events must meet
---@field new_value? margay.Question|margay.Question[]|false the key has not had the value
---@field rate? margay.Question|margay.Question[]|false many events of a key
---@field distinct? margay.Question|margay.Question[]|false many different values of a key
---@field dormant? margay.Question|margay.Question[]|false the key was silent
---@field unusual_hour? margay.Question|margay.Question[]|false the key does not have this hour
---@field spike? margay.Question|margay.Question[]|false far more events than usual
---@field travel? margay.Question|margay.Question[]|false the key came from too far in too short a time
---@field stateful? boolean true: its functions use kv

---Describes the rule. Once per file.
---@param declaration margay.Metadata
function metadata(declaration) end

---@class margay.Step
---@field id? string a name for this step
---@field rule string|string[] the id of the rule whose matches count, or several ids
---@field min? integer
---@field max? integer
---@field absent? boolean true: there must be no match
---@field unique? string a field whose different values are counted instead of matches
---@field within_minutes? number the longest time since the previous step
---@field on? string|string[] the fields whose values must be the same in all steps

---@class margay.Correlation : margay.Declaration
---@field sequence? (margay.Step|string)[] in this order
---@field group? (margay.Step|string)[] in any order
---@field on? string|string[]
---@field within_minutes? number the longest time from the first match to the last
---@field lookback_minutes? number
---@field late_minutes? number
---@field [string] any

---Describes the correlation, in place of metadata. Once per file.
---@param declaration margay.Correlation
function correlation(declaration) end

---@class margay.TestEvent
---@field fixture? string a file in the fixtures folder
---@field event? table the record itself
---@field log_type? string
---@field set? table<string, any> fields with new values
---@field unset? string[] fields to remove
---@field at? string when the event happens
---@field after? string the time since the previous event: "10m"
---@field times? integer the number of copies
---@field every? string the time between copies
---@field [string] any

---@class margay.Test : margay.TestEvent
---@field name string
---@field events? margay.TestEvent[] several events in time order, instead of one
---@field expect? boolean whether the rule should match
---@field alerts? integer|table[] the alerts that the matches open, or their number
---@field title? string
---@field dedup? string
---@field unique? string
---@field severity? string
---@field description? string
---@field runbook? string
---@field reference? string
---@field destinations? string[]
---@field alert_context? table
---@field kv? table<string, any> the memory at the beginning
---@field kv_after? table<string, any> the expected memory at the end
---@field known? any what the rule's question knows at the beginning
---@field mocks? table<string, any> values or functions that replace others
---@field now? string the time at which margay reads the records

---The rule's unit tests. Once per file.
---@param list margay.Test[]
function tests(list) end

---Whether the event matches.
---@param event margay.Event
---@return boolean
function rule(event) end

---@param event margay.Event
---@return string
function title(event) end

---Matches with the same text form one alert.
---@param event margay.Event
---@return string
function dedup(event) end

---The threshold counts different texts.
---@param event margay.Event
---@return string?
function unique(event) end

---@param event margay.Event
---@return "INFO"|"LOW"|"MEDIUM"|"HIGH"|"CRITICAL"|"DEFAULT"
function severity(event) end

---@param event margay.Event
---@return string
function description(event) end

---@param event margay.Event
---@return string
function reference(event) end

---@param event margay.Event
---@return string
function runbook(event) end

---@param event margay.Event
---@return string[]?
function destinations(event) end

---A table that is added to the alert as JSON.
---@param event margay.Event
---@return table
function alert_context(event) end

---Regular expressions (PCRE2), with functions like those of Lua's string.
re = {}

---The captures, or the whole match; nil if there is none.
---@param text string
---@param pattern string
---@param start? integer
---@return string? ...
function re.match(text, pattern, start) end

---First and last position, then the captures; nil if there is no match.
---@param text string
---@param pattern string
---@param start? integer
---@return integer? first, integer? last, string? ...
function re.find(text, pattern, start) end

---An iterator over the matches.
---@param text string
---@param pattern string
---@return fun(): string? ...
function re.gmatch(text, pattern) end

---The new text and the number of replacements; the replacement is a text with %0 to %9, or a function.
---@param text string
---@param pattern string
---@param replacement string|fun(...: string): string
---@param n? integer
---@return string, integer
function re.gsub(text, pattern, replacement, n) end

---IP addresses and networks. A text may be nil.
ip = {}

---@param text string?
---@return boolean
function ip.is(text) end

---@param text string?
---@return 4|6|nil
function ip.version(text) end

---@param text string?
---@param network string|string[]
---@return boolean
function ip.in_cidr(text, network) end

---@param text string?
---@return boolean
function ip.is_private(text) end

---@param text string?
---@return boolean
function ip.is_loopback(text) end

---@param text string?
---@return string?
function ip.normalise(text) end

---Times. There is no current time: a rule judges an event by the event's own time.
time = {}

---Seconds since 1970.
---@param text string
---@return number?
function time.parse(text) end

---RFC 3339.
---@param seconds number
---@return string
function time.format(seconds) end

---The memory of a stateful rule. A key lives for 90 days after the last write to it, unless
---`{ expires = seconds }` sets another lifetime.
kv = {}

---@alias margay.Lifetime { expires: number }

---0 if the key does not exist.
---@param key string
---@return integer
function kv.get_counter(key) end

---@param key string
---@param n? integer
---@param opts? margay.Lifetime
---@return integer count the new count
function kv.increment_counter(key, n, opts) end

---@param key string
function kv.reset_counter(key) end

---A sorted list; empty if the key does not exist.
---@param key string
---@return string[]
function kv.get_string_set(key) end

---@param key string
---@param text string
---@return boolean
function kv.contains(key, text) end

---@param key string
---@return integer
function kv.string_set_size(key) end

---@param key string
---@param list string[]
---@param opts? margay.Lifetime
function kv.put_string_set(key, list, opts) end

---@param key string
---@param items string|string[]
---@param opts? margay.Lifetime
---@return integer size, integer added
function kv.add_to_string_set(key, items, opts) end

---@param key string
---@param items string|string[]
---@return integer size, integer removed
function kv.remove_from_string_set(key, items) end

---@param key string
function kv.reset_string_set(key) end

---A copy; nil if the key does not exist.
---@param key string
---@return table?
function kv.get_table(key) end

---@param key string
---@param value table
---@param opts? margay.Lifetime
function kv.put_table(key, value, opts) end

---@param key string
function kv.reset_table(key) end

---Whether the key exists.
---@param key string
---@param seconds number
---@return boolean
function kv.set_expiry(key, seconds) end
