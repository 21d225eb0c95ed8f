import re

PRIVILEGED = {"Admin", "Co-Owner", "Owner", "Billing Admin"}
CHANGE = re.compile(": from (.*?) to (.+)$")


def rule(event):
    if event.get("category_type") != "User" or "Update" not in event.get("action", ""):
        return False
    detail = event.get("operation_detail", "")
    if "Change Role" not in detail:
        return False
    change = CHANGE.search(detail)
    return change is not None and change[2] in PRIVILEGED and change[1] not in PRIVILEGED


def title(event):
    return f"Promoted by {event.get('operator', '?')}"
