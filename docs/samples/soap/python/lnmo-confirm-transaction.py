"""
LNMO confirmTransaction. Confirms a checkout: the customer gets the prompt, and the result
goes to the CALL_BACK_URL. Repeating it does nothing.

Needs Python 3.8 or newer, and the package zeep.

  python3 docs/samples/soap/python/lnmo-confirm-transaction.py
"""

import base64
import datetime
import hashlib
import json
import os
import sys
import uuid

import zeep

# Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
# Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
sandbox_file = os.environ.get("SANDBOX_JSON", "data/sandbox.json")  # {{SANDBOX}}
sandbox = json.load(open(sandbox_file))["soap"]  # {{SANDBOX}}
BASE_URL = sandbox["url"]  # {{BASE_URL}}
MERCHANT_ID = sandbox["lnmo"]["merchantId"]  # {{MERCHANT_ID}}
PASSKEY = sandbox["lnmo"]["passkey"]  # {{PASSKEY}}
CUSTOMER = "254708374149"  # {{CUSTOMER}}
CALL_BACK_URL = "http://127.0.0.1:9/callback"  # {{CALL_BACK_URL}}

# PASSWORD is a SHA-256 in hexadecimal digits, in base64.
timestamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d%H%M%S")
digest = hashlib.sha256((MERCHANT_ID + PASSKEY + timestamp).encode()).hexdigest()

client = zeep.Client(BASE_URL + "/mpesa_online/lnmo_checkout_server.php?wsdl")
header = client.get_element("{tns:ns}CheckOutHeader")(
    MERCHANT_ID=MERCHANT_ID,
    PASSWORD=base64.b64encode(digest.encode()).decode(),
    TIMESTAMP=timestamp,
)


def call(operation, **fields):
    """Makes a call. Ends the program unless its code is 00."""
    answer = client.service[operation](**fields, _soapheaders=[header])
    print(f"{operation}: {answer.RETURN_CODE} {answer.DESCRIPTION}")
    if answer.RETURN_CODE != "00":
        sys.exit(1)
    return answer


transaction_id = uuid.uuid4().hex
# Announces the payment. No phone rings.
checkout = call(
    "processCheckOut",
    MERCHANT_TRANSACTION_ID=transaction_id,
    REFERENCE_ID="1112254500",
    AMOUNT="54",
    MSISDN=CUSTOMER,
    ENC_PARAMS="",
    CALL_BACK_URL=CALL_BACK_URL,
    CALL_BACK_METHOD="xml",
)
# Confirms it: the customer is asked now. The result follows at the CALL_BACK_URL.
call(
    "confirmTransaction",
    TRX_ID=checkout.TRX_ID,
)
