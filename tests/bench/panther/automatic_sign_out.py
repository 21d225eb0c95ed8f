def rule(event):
    return (
        event.get("action") == "Update"
        and event.get("category_type") == "Account"
        and "Automatically sign users out after a specified time: from On to Off" in event.get("operation_detail", "")
    )


def title(event):
    return f"Setting turned off by {event.get('operator', '?')}"
