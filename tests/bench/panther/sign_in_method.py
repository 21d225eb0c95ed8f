START = "Sign-in Methods  - Allow users to sign in with "


def rule(event):
    if event.get("action") != "Update" or event.get("category_type") != "Account":
        return False
    detail = event.get("operation_detail", "")
    return detail.startswith(START) and "from Off to On" in detail


def title(event):
    return f"Sign-in method allowed by {event.get('operator', '?')}"
