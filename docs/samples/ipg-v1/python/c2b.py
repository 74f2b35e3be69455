"""
C2B of IPG v1 in Mozambique. A customer pays an organisation. The customer confirms on their
handset.

Needs Python 3.8 or newer, and the cryptography package or the openssl command.

  python3 docs/samples/ipg-v1/python/c2b.py
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
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
    sandbox = json.load(file)["ipgV1"]  # {{SANDBOX}}
GATEWAY = sandbox["url"]  # {{GATEWAY}}
API_KEY = sandbox["apiKey"]  # {{API_KEY}}
PUBLIC_KEY = sandbox["publicKey"]  # {{PUBLIC_KEY}}
CUSTOMER = "258843330333"  # {{CUSTOMER}}
ORGANISATION = "171717"  # {{ORGANISATION}}


def bearer():
    """Encrypts the API key, because M-Pesa does not accept it in plain text. There is no session."""
    der = base64.b64decode(PUBLIC_KEY)
    if padding is not None:
        encrypted = load_der_public_key(der).encrypt(API_KEY.encode(), padding.PKCS1v15())
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "public.der")
            with open(path, "wb") as file:
                file.write(der)
            command = ["openssl", "pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", path]
            done = subprocess.run(command, input=API_KEY.encode(), stdout=subprocess.PIPE, check=True)
            encrypted = done.stdout
    return base64.b64encode(encrypted).decode()


def send(method, path, parameters):
    """Sends a call; returns the HTTP status and the response."""
    url = f"{GATEWAY}/ipg/v1x/{path}/"
    body = None
    if method == "GET":
        url += "?" + urllib.parse.urlencode(parameters)
    else:
        body = json.dumps(parameters).encode()
    headers = {
        "Authorization": f"Bearer {bearer()}",
        "Content-Type": "application/json",
        "Origin": "*",
    }
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def call(method, path, parameters):
    """Makes a call and returns its response. Exits if it was not accepted."""
    status, answer = send(method, path, parameters)
    code = answer.get("output_ResponseCode", "")
    reason = answer.get("output_ResponseDesc", "")
    if code == "INS-0":
        return answer
    if code in ("", "INS-1", "INS-9"):
        # The result is unknown: the payment may have completed. The same holds when the connection breaks.
        reference = parameters["input_ThirdPartyReference"]
        advice = f"Query {reference} with queryTransactionStatus before you try again."
        sys.exit(f"Unknown result: HTTP {status} {code} {reason}\n{advice}")
    sys.exit(f"Refused: {code} {reason}")


answer = call(
    "POST",
    "c2bPayment/singleStage",
    {
        "input_TransactionReference": "T12344C",
        "input_CustomerMSISDN": CUSTOMER,
        "input_Amount": "10.00",
        "input_ThirdPartyReference": uuid.uuid4().hex,
        "input_ServiceProviderCode": ORGANISATION,
    },
)
print(json.dumps(answer, indent=2))
