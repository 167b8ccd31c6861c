import os

import talend_oauth


def connect(api, client_id, client_secret):
    folder = os.environ.get("TALEND_OAUTH_STORE")
    store = talend_oauth.FileStore(folder) if folder else None
    return talend_oauth.async_client(talend_oauth.TokenSource(store=store))
