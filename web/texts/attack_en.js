/**
 * Names of MITRE ATT&CK's tactics, and of its techniques, as far as rules for Software as a Service
 * name them.
 */
export const tactics = {
  TA0043: "Reconnaissance", TA0042: "Resource Development", TA0001: "Initial Access", TA0002: "Execution", TA0003: "Persistence",
  TA0004: "Privilege Escalation", TA0005: "Stealth", TA0112: "Defense Impairment", TA0006: "Credential Access", TA0007: "Discovery",
  TA0008: "Lateral Movement", TA0009: "Collection", TA0011: "Command and Control", TA0010: "Exfiltration", TA0040: "Impact",
};

export const techniques = {
  T1040: "Network Sniffing", T1070: "Indicator Removal", T1072: "Software Deployment Tools",
  T1078: "Valid Accounts", "T1078.004": "Cloud Accounts",
  T1087: "Account Discovery", "T1087.004": "Cloud Account",
  T1090: "Proxy", "T1090.003": "Multi-hop Proxy",
  T1098: "Account Manipulation", "T1098.001": "Additional Cloud Credentials", "T1098.003": "Additional Cloud Roles",
  "T1098.005": "Device Registration", "T1098.007": "Additional Local or Domain Groups",
  T1110: "Brute Force", "T1110.001": "Password Guessing", "T1110.003": "Password Spraying", "T1110.004": "Credential Stuffing",
  T1111: "Multi-Factor Authentication Interception", T1113: "Screen Capture", T1119: "Automated Collection",
  T1123: "Audio Capture", T1125: "Video Capture", T1133: "External Remote Services",
  T1136: "Create Account", "T1136.003": "Cloud Account",
  T1199: "Trusted Relationship", T1200: "Hardware Additions",
  T1204: "User Execution", "T1204.001": "Malicious Link", "T1204.002": "Malicious File",
  T1213: "Data from Information Repositories", "T1213.005": "Messaging Applications",
  T1219: "Remote Access Tools",
  T1484: "Domain or Tenant Policy Modification", "T1484.002": "Trust Modification",
  T1485: "Data Destruction", T1489: "Service Stop",
  T1496: "Resource Hijacking", "T1496.003": "SMS Pumping", "T1496.004": "Cloud Service Hijacking",
  T1498: "Network Denial of Service", T1499: "Endpoint Denial of Service",
  T1526: "Cloud Service Discovery", T1528: "Steal Application Access Token", T1530: "Data from Cloud Storage",
  T1531: "Account Access Removal", T1534: "Internal Spearphishing", T1537: "Transfer Data to Cloud Account",
  T1538: "Cloud Service Dashboard", T1539: "Steal Web Session Cookie",
  T1550: "Use Alternate Authentication Material", "T1550.001": "Application Access Token", "T1550.004": "Web Session Cookie",
  T1552: "Unsecured Credentials",
  T1556: "Modify Authentication Process", "T1556.006": "Multi-Factor Authentication", "T1556.009": "Conditional Access Policies",
  T1557: "Adversary-in-the-Middle",
  T1565: "Data Manipulation", "T1565.001": "Stored Data Manipulation",
  T1566: "Phishing", "T1566.002": "Spearphishing Link", "T1566.003": "Spearphishing via Service", "T1566.004": "Spearphishing Voice",
  T1567: "Exfiltration Over Web Service", "T1567.002": "Exfiltration to Cloud Storage", "T1567.004": "Exfiltration Over Webhook",
  T1570: "Lateral Tool Transfer",
  T1583: "Acquire Infrastructure", "T1583.001": "Domains", T1586: "Compromise Accounts",
  T1593: "Search Open Websites/Domains", "T1593.001": "Social Media", T1598: "Phishing for Information",
  T1600: "Weaken Encryption", T1606: "Forge Web Credentials", "T1606.002": "SAML Tokens",
  T1621: "Multi-Factor Authentication Request Generation", T1648: "Serverless Execution", T1657: "Financial Theft",
  T1671: "Cloud Application Integration", T1684: "Social Engineering", "T1684.001": "Impersonation",
  T1685: "Disable or Modify Tools", "T1685.002": "Disable or Modify Cloud Log",
  T1686: "Disable or Modify System Firewall", "T1686.001": "Cloud Firewall", T1689: "Downgrade Attack",
};
