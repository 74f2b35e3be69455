/** Samples in Python: the standard library, and `cryptography` or the openssl command for the key. */
import { spellings } from "../../samples/spellings.ts";
import { renderSandboxNote, sandboxLines } from "../../samples/text.ts";
import {
  header,
  renderDeclarations,
  renderStepComment,
  toExpressions,
  type IpgV1SampleLanguage,
} from "./language.ts";
import type { IpgV1SampleCall, IpgV1SampleStep } from "./sample-calls.ts";

const language: Omit<IpgV1SampleLanguage, "render"> = {
  id: "python",
  title: "Python",
  needs: "Python 3.8 or newer, and the cryptography package or the openssl command.",
  fileName: ({ name }) => `${name}.py`,
  run: (path) => `python3 ${path}`,
};

export const python: IpgV1SampleLanguage = { ...language, render };

const modules = "base64 json os subprocess sys tempfile urllib.error urllib.parse urllib.request uuid".split(
  " ",
);

function render(call: IpgV1SampleCall, path: string): string {
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
    '    sandbox = json.load(file)["ipgV1"]',
  ]),
  ...renderDeclarations(call, "python", {
    gateway: 'GATEWAY = sandbox["url"]',
    apiKey: 'API_KEY = sandbox["apiKey"]',
    publicKey: 'PUBLIC_KEY = sandbox["publicKey"]',
  }),
].join("\n")}

${functions}
${call.steps.map(renderStep).join("")}`;
}

const functions = `
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
        sys.exit(f"Unknown result: HTTP {status} {code} {reason}\\n{advice}")
    sys.exit(f"Refused: {code} {reason}")
`;

function renderStep(step: IpgV1SampleStep): string {
  const { name, operation } = step;
  const parameters = toExpressions(step, {
    quote: spellings.python.quote,
    value: spellings.python.spell,
    newReference: "uuid.uuid4().hex",
    responseField: (field) => `payment["${field}"]`,
  }).map(([field, value]) => `        "${field}": ${value},`);
  return `
${[
  ...renderStepComment(step, "#"),
  `${name} = call(`,
  `    "${operation.method}",`,
  `    "${operation.path}",`,
  "    {",
  ...parameters,
  "    },",
  ")",
  `print(json.dumps(${name}, indent=2))`,
].join("\n")}
`;
}
