import os

import talend_oauth
from talend_oauth.integrations.requests import TalendSession


def connect(api, client_id, client_secret):
    folder = os.environ.get("TALEND_OAUTH_STORE")
    store = talend_oauth.FileStore(folder) if folder else None
    return TalendSession(talend_oauth.TokenSource(store=store))
