"""
C2B single stage. A customer pays an organisation. The customer confirms on their handset,
and the money moves in one step.

Needs Python 3.8 or newer, and the cryptography package or the openssl command.

  python3 docs/samples/python/c2b-single-stage.py
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

try:
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.serialization import load_der_public_key
except ImportError:
    padding = None  # The openssl command encrypts instead.

# Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
# Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
with open(os.environ.get("SANDBOX_JSON", "data/sandbox.json")) as file:  # {{SANDBOX}}
    sandbox = json.load(file)  # {{SANDBOX}}
GATEWAY = sandbox["gateway"]  # {{GATEWAY}}
ENVIRONMENT = "sandbox"  # {{ENVIRONMENT}}
MARKET = "vodacomTZN"  # {{MARKET}}
API_KEY = sandbox["openapi"]["apiKey"]  # {{API_KEY}}
PUBLIC_KEY = sandbox["openapi"]["publicKey"]  # {{PUBLIC_KEY}}
CUSTOMER = "255750000001"  # {{CUSTOMER}}
COUNTRY = "TZN"  # {{COUNTRY}}
CURRENCY = "TZS"  # {{CURRENCY}}
ORGANISATION = "000000"  # {{ORGANISATION}}


def bearer(key):
    """Encrypts a key, because M-Pesa does not accept it in plain text."""
    der = base64.b64decode(PUBLIC_KEY)
    if padding is not None:
        encrypted = load_der_public_key(der).encrypt(key.encode(), padding.PKCS1v15())
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "public.der")
            with open(path, "wb") as file:
                file.write(der)
            command = ["openssl", "pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", path]
            done = subprocess.run(command, input=key.encode(), stdout=subprocess.PIPE, check=True)
            encrypted = done.stdout
    return base64.b64encode(encrypted).decode()


def send(method, path, key, parameters):
    """Sends a call; returns the HTTP status and the response."""
    url = f"{GATEWAY}/{ENVIRONMENT}/ipg/v2/{MARKET}/{path}/"
    body = None
    if method == "GET":
        url += "?" + urllib.parse.urlencode(parameters)
    else:
        body = json.dumps(parameters).encode()
    headers = {
        "Authorization": f"Bearer {bearer(key)}",
        "Content-Type": "application/json",
        "Origin": "*",
    }
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def call(method, path, key, parameters):
    """Makes a call and returns its response. Exits if it was not accepted."""
    status, answer = send(method, path, key, parameters)
    # M-Pesa may refuse a new session for up to half a minute.
    deadline = time.monotonic() + 60
    while status == 401 and "output_error" in answer and time.monotonic() < deadline:
        time.sleep(1)
        status, answer = send(method, path, key, parameters)

    code = answer.get("output_ResponseCode", f"HTTP {status}")
    reason = answer.get("output_ResponseDesc", "")
    if code in ("INS-0", "INS-GAR-0"):
        return answer
    if code.startswith("HTTP") or code in ("INS-1", "INS-9"):
        # The result is unknown: the payment may have completed. The same holds when the connection breaks.
        reference = parameters.get("input_ThirdPartyConversationID")
        advice = f"Query {reference} with queryTransactionStatus before you try again."
        sys.exit(f"Unknown result: {code} {reason}\n{advice}")
    sys.exit(f"Refused: {code} {reason}")


session = call("GET", "getSession", API_KEY, {})["output_SessionID"]

answer = call(
    "POST",
    "c2bPayment/singleStage",
    session,
    {
        "input_Amount": "10.00",
        "input_CustomerMSISDN": CUSTOMER,
        "input_Country": COUNTRY,
        "input_Currency": CURRENCY,
        "input_ServiceProviderCode": ORGANISATION,
        "input_TransactionReference": "T12344C",
        "input_ThirdPartyConversationID": uuid.uuid4().hex,
        "input_PurchasedItemsDesc": "Shoes",
    },
)
print(json.dumps(answer, indent=2))
