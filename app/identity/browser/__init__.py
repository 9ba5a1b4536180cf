"""What ties a browser to a session: cookies, tickets, and the sessions themselves."""
