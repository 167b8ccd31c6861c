"""A Talend Cloud access token that is always valid."""
