"""Who may act: members, people, roles, API credentials, audit trail."""
