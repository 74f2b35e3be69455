"""
BusinessPayment. Pays a customer. The utility account of the organisation is debited.

Needs Python 3.8 or newer, and the package zeep.

  python3 docs/samples/soap/python/business-payment.py
"""

import base64
import datetime
import hashlib
import json
import os
import sys
import uuid
import xml.etree.ElementTree

import zeep

# Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
# Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
sandbox_file = os.environ.get("SANDBOX_JSON", "data/sandbox.json")  # {{SANDBOX}}
sandbox = json.load(open(sandbox_file))["soap"]  # {{SANDBOX}}
BASE_URL = sandbox["url"]  # {{BASE_URL}}
SP_ID = sandbox["spId"]  # {{SP_ID}}
SP_PASSWORD = sandbox["spPassword"]  # {{SP_PASSWORD}}
SERVICE_ID = sandbox["serviceId"]  # {{SERVICE_ID}}
SHORT_CODE = sandbox["shortCode"]  # {{SHORT_CODE}}
INITIATOR_NAME = sandbox["initiatorName"]  # {{INITIATOR_NAME}}
SECURITY_CREDENTIAL = sandbox["securityCredential"]  # {{SECURITY_CREDENTIAL}}
CUSTOMER = "254708374149"  # {{CUSTOMER}}
RESULT_URL = "http://127.0.0.1:9/result"  # {{RESULT_URL}}

conversation_id = SP_ID + "_" + uuid.uuid4().hex
document = "\n".join(
    [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<request xmlns=\"http://api-v1.gen.mm.vodafone.com/mminterface/request\">",
        "  <Transaction>",
        "    <CommandID>BusinessPayment</CommandID>",
        "    <OriginatorConversationID>" + conversation_id + "</OriginatorConversationID>",
        "    <Parameters>",
        "      <Parameter><Key>Amount</Key><Value>100.00</Value></Parameter>",
        "    </Parameters>",
        "  </Transaction>",
        "  <Identity>",
        "    <Caller><CallerType>2</CallerType><ResultURL>" + RESULT_URL + "</ResultURL></Caller>",
        "    <Initiator>",
        "      <IdentifierType>11</IdentifierType>",
        "      <Identifier>" + INITIATOR_NAME + "</Identifier>",
        "      <SecurityCredential>" + SECURITY_CREDENTIAL + "</SecurityCredential>",
        "      <ShortCode>" + SHORT_CODE + "</ShortCode>",
        "    </Initiator>",
        "    <PrimaryParty>",
        "      <IdentifierType>4</IdentifierType>",
        "      <Identifier>" + SHORT_CODE + "</Identifier>",
        "      <ShortCode>" + SHORT_CODE + "</ShortCode>",
        "    </PrimaryParty>",
        "    <ReceiverParty>",
        "      <IdentifierType>1</IdentifierType>",
        "      <Identifier>" + CUSTOMER + "</Identifier>",
        "    </ReceiverParty>",
        "  </Identity>",
        "  <KeyOwner>1</KeyOwner>",
        "</request>",
    ]
)

# The digest of the password: SHA-256 in hexadecimal digits, in base64.
time_stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d%H%M%S")
digest = hashlib.sha256((SP_ID + SP_PASSWORD + time_stamp).encode()).hexdigest()

client = zeep.Client(BASE_URL + "/mminterface/request?wsdl")
header_type = client.get_element("{http://www.huawei.com.cn/schema/common/v2_1}RequestSOAPHeader")
header = header_type(
    spId=SP_ID,
    spPassword=base64.b64encode(digest.encode()).decode(),
    serviceId=SERVICE_ID,
    timeStamp=time_stamp,
)
answer = client.service.GenericAPIRequest(document, _soapheaders=[header])
response = xml.etree.ElementTree.fromstring(answer.encode())
texts = {child.tag.split("}")[1]: child.text for child in response}
print(texts["ResponseCode"], texts["ResponseDesc"])
# Zeros are a success: the result follows at the ResultURL.
sys.exit(0 if int(texts["ResponseCode"]) == 0 else 1)
