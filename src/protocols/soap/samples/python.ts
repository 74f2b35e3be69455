/** Samples in Python: zeep with the WSDL of the server. */
import { renderSandboxNote, sandboxLines } from "../../samples/text.ts";
import {
  header,
  renderDeclarations,
  renderLines,
  type SoapSampleLanguage,
  type SoapSampleLanguageInfo,
} from "./language.ts";
import type { SoapSampleCall } from "./sample-calls.ts";

const language: SoapSampleLanguageInfo = {
  id: "python",
  title: "Python",
  needs: "Python 3.8 or newer, and the package zeep.",
  fileName: ({ name }) => `${name}.py`,
  run: (path) => `python3 ${path}`,
};

export const python: SoapSampleLanguage = { ...language, render };

function render(call: SoapSampleCall, path: string): string {
  return `"""
${header(call, language, path).join("\n")}
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

${[
  ...renderSandboxNote("#"),
  ...sandboxLines("#", [
    'sandbox_file = os.environ.get("SANDBOX_JSON", "data/sandbox.json")',
    'sandbox = json.load(open(sandbox_file))["soap"]',
  ]),
  ...renderDeclarations(call, "python", (name, spelt) => `${spelt} = sandbox["${name}"]`),
].join("\n")}

conversation_id = SP_ID + "_" + uuid.uuid4().hex
document = "\\n".join(
    [
${renderLines(call, "python", { operator: "+", conversationId: "conversation_id" })
  .map((line) => `        ${line},`)
  .join("\n")}
    ]
)

# The digest of the password: SHA-256 in hexadecimal digits, in base64.
time_stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d%H%M%S")
digest = hashlib.sha256((SP_ID + SP_PASSWORD + time_stamp).encode()).hexdigest()

client = zeep.Client(BASE_URL + "${call.path}?wsdl")
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
`;
}
