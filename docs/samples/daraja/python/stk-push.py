"""
STK push. Asks a customer on their handset to pay a paybill or a till. The response
acknowledges the request, and the result follows at the CallBackURL.

Needs Python 3.8 or newer, no packages.

  python3 docs/samples/daraja/python/stk-push.py
"""

import base64
import datetime
import json
import os
import sys
import urllib.error
import urllib.request

# Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
# Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
with open(os.environ.get("SANDBOX_JSON", "data/sandbox.json")) as file:  # {{SANDBOX}}
    sandbox = json.load(file)["daraja"]  # {{SANDBOX}}
BASE_URL = sandbox["url"]  # {{BASE_URL}}
CONSUMER_KEY = sandbox["consumerKey"]  # {{CONSUMER_KEY}}
CONSUMER_SECRET = sandbox["consumerSecret"]  # {{CONSUMER_SECRET}}
SHORT_CODE = sandbox["shortCode"]  # {{SHORT_CODE}}
PASSKEY = sandbox["passkey"]  # {{PASSKEY}}
CUSTOMER = "254708374149"  # {{CUSTOMER}}
CALLBACK_URL = "https://example.com/payments"  # {{CALLBACK_URL}}


def send(path, authorization, fields=None):
    """Returns the response. Exits if it was not accepted."""
    body = None if fields is None else json.dumps(fields).encode()
    headers = {"Authorization": authorization, "Content-Type": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(BASE_URL + path, body, headers)) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        answer = json.load(error)
        # After a 5xx the result is unknown: the payment may complete. The same holds when the connection breaks.
        outcome = "Refused" if error.code < 500 else "Unknown result, or refused"
        sys.exit(f"{outcome}: {answer.get('errorCode')} {answer.get('errorMessage')}")


basic = base64.b64encode(f"{CONSUMER_KEY}:{CONSUMER_SECRET}".encode()).decode()
token = send("/oauth/v1/generate?grant_type=client_credentials", f"Basic {basic}")["access_token"]

# The password of STK calls has the time in Nairobi.
nairobi = datetime.timezone(datetime.timedelta(hours=3))
timestamp = datetime.datetime.now(nairobi).strftime("%Y%m%d%H%M%S")
password = base64.b64encode((SHORT_CODE + PASSKEY + timestamp).encode()).decode()

answer = send(
    "/mpesa/stkpush/v1/processrequest",
    f"Bearer {token}",
    {
        "BusinessShortCode": SHORT_CODE,
        "Password": password,
        "Timestamp": timestamp,
        "TransactionType": "CustomerPayBillOnline",
        "Amount": 1,
        "PartyA": CUSTOMER,
        "PartyB": SHORT_CODE,
        "PhoneNumber": CUSTOMER,
        "CallBackURL": CALLBACK_URL,
        "AccountReference": "CompanyXLTD",
        "TransactionDesc": "Payment of X",
    },
)
print(json.dumps(answer, indent=2))
