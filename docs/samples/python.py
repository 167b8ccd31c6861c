import talend_oauth

with talend_oauth.client() as talend:
    me = talend.get("/account/me")
    print(me.raise_for_status().json())
