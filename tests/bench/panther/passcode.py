def rule(event):
    if event.get("action") != "Update" or event.get("category_type") != "User Group":
        return False
    detail = event.get("operation_detail", "")
    return "Passcode" in detail and "On to Off" in detail


def title(event):
    return f"Passcode turned off by {event.get('operator', '?')}"
