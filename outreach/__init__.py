"""outreach: from a department's call export to a week's sweep of visits, and back."""
