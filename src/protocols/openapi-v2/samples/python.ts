/** Samples in Python: the standard library, and `cryptography` or the openssl command for the key. */
import type { SampleLanguage } from "./language.ts";
import { renderDeclarations, toExpressions, header, renderStepComment, renderSteps } from "./language.ts";
import type { SampleCall, SampleStep } from "./sample-calls.ts";
import { renderSandboxNote, sandboxLines } from "../../samples/text.ts";
import { spellings } from "../../samples/spellings.ts";

const language: Omit<SampleLanguage, "render"> = {
  id: "python",
  title: "Python",
  needs: "Python 3.8 or newer, and the cryptography package or the openssl command.",
  tested: "executed",
  fileName: ({ name }) => `${name}.py`,
  run: (path) => `python3 ${path}`,
};

export const python: SampleLanguage = { ...language, render };

function render(call: SampleCall, path: string): string {
  const modules = ["base64", "json", "os", "subprocess", "sys", "tempfile", "time"];
  modules.push("urllib.error", "urllib.parse", "urllib.request", ...(call.steps.length > 0 ? ["uuid"] : []));
  return `"""
${header(call, language, path).join("\n")}
"""

${modules.map((name) => `import ${name}`).join("\n")}

try:
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.serialization import load_der_public_key
except ImportError:
    padding = None  # The openssl command encrypts instead.

${[
  ...renderSandboxNote("#"),
  ...sandboxLines("#", [
    'with open(os.environ.get("SANDBOX_JSON", "data/sandbox.json")) as file:',
    "    sandbox = json.load(file)",
  ]),
  ...renderDeclarations(call, "python", {
    gateway: 'GATEWAY = sandbox["gateway"]',
    apiKey: 'API_KEY = sandbox["openapi"]["apiKey"]',
    publicKey: 'PUBLIC_KEY = sandbox["openapi"]["publicKey"]',
  }),
].join("\n")}

${functions}

session = call("GET", "getSession", API_KEY, {})["output_SessionID"]
${call.steps.length === 0 ? 'print(f"The session key is {session}")\n' : renderSteps(call, renderStep, "mandate_reference = uuid.uuid4().hex")}`;
}

const functions = `
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
        sys.exit(f"Unknown result: {code} {reason}\\n{advice}")
    sys.exit(f"Refused: {code} {reason}")
`;

function renderStep(step: SampleStep): string {
  const { name, operation } = step;
  const parameters = toExpressions(step, {
    quote: spellings.python.quote,
    value: spellings.python.spell,
    newReference: "uuid.uuid4().hex",
    mandateReference: "mandate_reference",
    responseField: (stepName, field) => `${stepName}["${field}"]`,
  }).map(([field, value]) => `        "${field}": ${value},`);
  return `
${[
  ...renderStepComment(step, "#"),
  `${name} = call(`,
  `    "${operation.method}",`,
  `    "${operation.path}",`,
  "    session,",
  "    {",
  ...parameters,
  "    },",
  ")",
  `print(json.dumps(${name}, indent=2))`,
].join("\n")}
`;
}
