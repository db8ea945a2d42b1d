"""Sites behind a firewall: their agent pulls the work that is written here."""
