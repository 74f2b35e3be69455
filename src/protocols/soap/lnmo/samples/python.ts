/** The checkout's samples in Python: zeep with the WSDL of the server. */
import { renderSandboxNote, sandboxLines } from "../../../samples/text.ts";
import { header } from "../../samples/language.ts";
import { python as language } from "../../samples/python.ts";
import { lnmoNamespace, lnmoPath } from "../names.ts";
import { findUsedAnswer, listFields, renderDeclarations, type LnmoSampleLanguage } from "./language.ts";
import type { LnmoSampleCall, LnmoSampleStep } from "./sample-calls.ts";

export const python: LnmoSampleLanguage = { ...language, render };

function render(call: LnmoSampleCall, path: string): string {
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

import zeep

${[
  ...renderSandboxNote("#"),
  ...sandboxLines("#", [
    'sandbox_file = os.environ.get("SANDBOX_JSON", "data/sandbox.json")',
    'sandbox = json.load(open(sandbox_file))["soap"]',
  ]),
  ...renderDeclarations(
    "python",
    (keys, spelt) => `${spelt} = sandbox${keys.map((key) => `["${key}"]`).join("")}`,
  ),
].join("\n")}

# PASSWORD is a SHA-256 in hexadecimal digits, in base64.
timestamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d%H%M%S")
digest = hashlib.sha256((MERCHANT_ID + PASSKEY + timestamp).encode()).hexdigest()

client = zeep.Client(BASE_URL + "${lnmoPath}?wsdl")
header = client.get_element("{${lnmoNamespace}}CheckOutHeader")(
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
${call.steps.map((step) => renderStep(call, step)).join("\n")}
`;
}

function renderStep(call: LnmoSampleCall, step: LnmoSampleStep): string {
  const used = findUsedAnswer(call, step);
  const fields = listFields(step, "python", { transactionId: "transaction_id", trxId: "checkout.TRX_ID" });
  return `# ${step.comment}
${used === null ? "" : `${used} = `}call(
    "${step.operation.name}",
${fields.map(([name, expression]) => `    ${name}=${expression},`).join("\n")}
)${used === "status" ? "\nprint(status.TRX_STATUS)" : ""}`;
}
