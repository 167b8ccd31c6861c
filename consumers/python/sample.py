"""Ask Talend whose token this is."""

import talend_oauth

with talend_oauth.client() as talend:
    print(talend.get("/account/me").raise_for_status().json())
