def rule(event):
    if event.get("action") != "Update" or event.get("category_type") != "Account":
        return False
    detail = event.get("operation_detail", "")
    return "Sign-In Password Requirement" in detail and "On to Off" in detail


def title(event):
    return f"Password requirements relaxed by {event.get('operator', '?')}"
