"""What the conformance kit tells this library to do."""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx

import talend_oauth
from talend_oauth.errors import TalendOAuthError

store = os.environ.get("TALEND_OAUTH_STORE")
source = talend_oauth.TokenSource(store=talend_oauth.FileStore(store) if store else None)
talend = talend_oauth.client(source)
body = b'{"executable": "conformance"}'


def request(step: list[str]) -> dict[str, object]:
    """Send one request, and report what came of it."""
    try:
        if step[0] in ("call", "get"):
            return {
                "status": talend.get(step[1] if step[0] == "get" else "/account/me").status_code
            }
        content = body if step[0] == "post" else iter([body])
        headers = {"Content-Type": "application/json"}
        path = "/processing/executions"
        return {"status": talend.post(path, content=content, headers=headers).status_code}
    except (TalendOAuthError, httpx.HTTPError) as error:
        return {"error": str(error)}


for line in sys.stdin:
    step = line.split()
    if step[0] == "exit":
        break
    times = int(step[1]) if step[0] == "call" and len(step) > 1 else 1
    with ThreadPoolExecutor(times) as pool:
        print(json.dumps(list(pool.map(request, [step] * times))), flush=True)
