"""What people take away: charts, and the weekly summary for managers."""
