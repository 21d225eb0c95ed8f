#include "api/rules/attack.h"

#include <jansson.h>

static const struct {
  const char *id, *name;
} tactics[] = {
    {"TA0043", "reconnaissance"},
    {"TA0042", "resource-development"},
    {"TA0001", "initial-access"},
    {"TA0002", "execution"},
    {"TA0003", "persistence"},
    {"TA0004", "privilege-escalation"},
    {"TA0005", "stealth"},
    {"TA0112", "defense-impairment"},
    {"TA0006", "credential-access"},
    {"TA0007", "discovery"},
    {"TA0008", "lateral-movement"},
    {"TA0009", "collection"},
    {"TA0011", "command-and-control"},
    {"TA0010", "exfiltration"},
    {"TA0040", "impact"},
};

const char *attack_tactic_name(struct text tactic) {
  for (size_t i = 0; i < sizeof tactics / sizeof *tactics; i++)
    if (text_equal_folded(tactic, text_from(tactics[i].id)))
      return tactics[i].name;
  return NULL;
}

size_t attack_tactic_count(void) {
  return sizeof tactics / sizeof *tactics;
}

const char *attack_tactic_id(size_t index) {
  return tactics[index].id;
}

/* Each with its tactics; a sub-technique has those of its technique. */
static const struct {
  const char *id, *tactics;
} known[] = {
    {"T1040", "TA0006 TA0007"},               /* network sniffing */
    {"T1070", "TA0005"},                      /* indicator removal */
    {"T1072", "TA0002 TA0008"},               /* software deployment tools */
    {"T1078", "TA0001 TA0003 TA0004 TA0005"}, /* valid accounts */
    {"T1078.004", "TA0001 TA0003 TA0004 TA0005"},
    {"T1087", "TA0007"}, /* account discovery */
    {"T1087.004", "TA0007"},
    {"T1090", "TA0011"}, /* proxy */
    {"T1090.003", "TA0011"},
    {"T1098", "TA0003 TA0004"}, /* account manipulation */
    {"T1098.001", "TA0003 TA0004"},
    {"T1098.003", "TA0003 TA0004"},
    {"T1098.005", "TA0003 TA0004"},
    {"T1098.007", "TA0003 TA0004"},
    {"T1110", "TA0006"}, /* brute force */
    {"T1110.001", "TA0006"},
    {"T1110.003", "TA0006"},
    {"T1110.004", "TA0006"},
    {"T1111", "TA0006"},        /* interception of second factors */
    {"T1113", "TA0009"},        /* screen capture */
    {"T1119", "TA0009"},        /* automated collection */
    {"T1123", "TA0009"},        /* audio capture */
    {"T1125", "TA0009"},        /* video capture */
    {"T1133", "TA0001 TA0003"}, /* external remote services */
    {"T1136", "TA0003"},        /* create account */
    {"T1136.003", "TA0003"},
    {"T1199", "TA0001"}, /* trusted relationship */
    {"T1200", "TA0001"}, /* hardware additions */
    {"T1204", "TA0002"}, /* user execution */
    {"T1204.001", "TA0002"},
    {"T1204.002", "TA0002"},
    {"T1213", "TA0009"}, /* data from information repositories */
    {"T1213.005", "TA0009"},
    {"T1219", "TA0011"},        /* remote access tools */
    {"T1484", "TA0004 TA0112"}, /* domain or tenant policy modification */
    {"T1484.002", "TA0004 TA0112"},
    {"T1485", "TA0040"}, /* data destruction */
    {"T1489", "TA0040"}, /* service stop */
    {"T1496", "TA0040"}, /* resource hijacking */
    {"T1496.003", "TA0040"},
    {"T1496.004", "TA0040"},
    {"T1498", "TA0040"}, /* network denial of service */
    {"T1499", "TA0040"}, /* endpoint denial of service */
    {"T1526", "TA0007"}, /* cloud service discovery */
    {"T1528", "TA0006"}, /* steal application access token */
    {"T1530", "TA0009"}, /* data from cloud storage */
    {"T1531", "TA0040"}, /* account access removal */
    {"T1534", "TA0008"}, /* internal spearphishing */
    {"T1537", "TA0010"}, /* transfer data to cloud account */
    {"T1538", "TA0007"}, /* cloud service dashboard */
    {"T1539", "TA0006"}, /* steal web session cookie */
    {"T1550", "TA0008"}, /* use alternate authentication material */
    {"T1550.001", "TA0008"},
    {"T1550.004", "TA0008"},
    {"T1552", "TA0006"},               /* unsecured credentials */
    {"T1556", "TA0003 TA0006 TA0112"}, /* modify authentication process */
    {"T1556.006", "TA0003 TA0006 TA0112"},
    {"T1556.009", "TA0003 TA0006 TA0112"},
    {"T1557", "TA0006 TA0009"}, /* adversary in the middle */
    {"T1565", "TA0040"},        /* data manipulation */
    {"T1565.001", "TA0040"},
    {"T1566", "TA0001"}, /* phishing */
    {"T1566.002", "TA0001"},
    {"T1566.003", "TA0001"},
    {"T1566.004", "TA0001"},
    {"T1567", "TA0010"}, /* exfiltration over web service */
    {"T1567.002", "TA0010"},
    {"T1567.004", "TA0010"},
    {"T1570", "TA0008"}, /* lateral tool transfer */
    {"T1583", "TA0042"}, /* acquire infrastructure */
    {"T1583.001", "TA0042"},
    {"T1586", "TA0042"}, /* compromise accounts */
    {"T1593", "TA0043"}, /* search open websites */
    {"T1593.001", "TA0043"},
    {"T1598", "TA0043"}, /* phishing for information */
    {"T1600", "TA0112"}, /* weaken encryption */
    {"T1606", "TA0006"}, /* forge web credentials */
    {"T1606.002", "TA0006"},
    {"T1621", "TA0006"}, /* requests for a second factor */
    {"T1648", "TA0002"}, /* serverless execution */
    {"T1657", "TA0040"}, /* financial theft */
    {"T1671", "TA0003"}, /* cloud application integration */
    {"T1684", "TA0005"}, /* social engineering */
    {"T1684.001", "TA0005"},
    {"T1685", "TA0112"}, /* disable or modify tools */
    {"T1685.002", "TA0112"},
    {"T1686", "TA0112"}, /* disable or modify firewall */
    {"T1686.001", "TA0112"},
    {"T1689", "TA0112"}, /* downgrade attack */
};

bool attack_is_known(const struct attack_technique *technique) {
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (text_equal_folded(technique->id, text_from(known[i].id)))
      return text_contains(text_from(known[i].tactics), technique->tactic);
  return false;
}

static bool is_digits(struct text text) {
  for (size_t i = 0; i < text.size; i++)
    if (text.data[i] < '0' || text.data[i] > '9')
      return false;
  return text.size > 0;
}

static bool is_tactic(struct text text) {
  return text.size == 6 && text_starts_folded(text, TEXT("TA")) &&
         is_digits((struct text){text.data + 2, 4});
}

/* T1125, T1556.006 */
static bool is_technique(struct text text) {
  if (text.size < 5 || (text.data[0] != 'T' && text.data[0] != 't') ||
      !is_digits((struct text){text.data + 1, 4}))
    return false;
  return text.size == 5 ||
         (text.size == 9 && text.data[5] == '.' && is_digits((struct text){text.data + 6, 3}));
}

/* "TA0009:T1125", "T1125" or "TA0009"; false for anything else. */
static bool read_technique(struct text text, struct attack_technique *technique) {
  const char *colon = memchr(text.data, ':', text.size);
  struct text tactic = {text.data, colon ? (size_t)(colon - text.data) : 0};
  struct text rest = {text.data + (colon ? tactic.size + 1 : 0),
                      text.size - (colon ? tactic.size + 1 : 0)};
  *technique = (struct attack_technique){tactic, rest};
  if (!colon && is_tactic(text))
    *technique = (struct attack_technique){text, TEXT("")};
  return (technique->tactic.size == 0 || is_tactic(technique->tactic)) &&
         (technique->id.size == 0 || is_technique(technique->id)) &&
         technique->tactic.size + technique->id.size > 0;
}

static bool is_listed(const struct attack_technique *techniques, size_t count,
                      const struct attack_technique *technique) {
  for (size_t i = 0; i < count; i++)
    if (text_equal(techniques[i].tactic, technique->tactic) &&
        text_equal(techniques[i].id, technique->id))
      return true;
  return false;
}

size_t attack_techniques(const struct rule *rule, struct arena *arena,
                         struct attack_technique **techniques) {
  json_t *reports = json_loadb(rule->reports_json.data, rule->reports_json.size, 0, NULL), *list;
  const char *report;
  size_t count = 0, most = 0;
  json_object_foreach(reports, report, list) most += json_array_size(list);
  *techniques = arena_alloc(arena, (most + 1) * sizeof **techniques);
  json_object_foreach(reports, report, list) {
    for (size_t i = 0; i < json_array_size(list); i++) {
      struct text item = arena_copy(arena, text_from(json_string_value(json_array_get(list, i))));
      if (read_technique(item, &(*techniques)[count]) &&
          !is_listed(*techniques, count, &(*techniques)[count]))
        count++;
    }
  }
  json_decref(reports);
  return count;
}

bool attack_is(const struct attack_technique *technique, struct text wanted) {
  return text_equal_folded(technique->id, wanted) ||
         (wanted.size == 5 && technique->id.size > 5 && technique->id.data[5] == '.' &&
          text_starts_folded(technique->id, wanted));
}
