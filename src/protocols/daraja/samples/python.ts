/** Samples in Python: the standard library. */
import { spellings } from "../../samples/spellings.ts";
import { renderSandboxNote, sandboxLines } from "../../samples/text.ts";
import {
  header,
  renderDeclarations,
  renderStepComment,
  renderTree,
  type DarajaSampleLanguage,
} from "./language.ts";
import { sandboxValues, usesSource, type DarajaSampleCall, type DarajaSampleStep } from "./sample-calls.ts";

const language: Omit<DarajaSampleLanguage, "render"> = {
  id: "python",
  title: "Python",
  needs: "Python 3.8 or newer, no packages.",
  tested: "executed",
  fileName: ({ name }) => `${name}.py`,
  run: (path) => `python3 ${path}`,
};

export const python: DarajaSampleLanguage = { ...language, render };

function render(call: DarajaSampleCall, path: string): string {
  const usesStk = usesSource(call, "stk");
  const modules = [
    "base64",
    ...(usesStk ? ["datetime"] : []),
    "json",
    "os",
    "sys",
    "urllib.error",
    "urllib.request",
    ...(usesSource(call, "newReference") ? ["uuid"] : []),
  ];
  return `"""
${header(call, language, path).join("\n")}
"""

${modules.map((name) => `import ${name}`).join("\n")}

${[
  ...renderSandboxNote("#"),
  ...sandboxLines("#", [
    'with open(os.environ.get("SANDBOX_JSON", "data/sandbox.json")) as file:',
    '    sandbox = json.load(file)["daraja"]',
  ]),
  ...renderDeclarations(call, "python", (name, spelt) => `${spelt} = sandbox["${sandboxValues[name]}"]`),
].join("\n")}

${functions}

basic = base64.b64encode(f"{CONSUMER_KEY}:{CONSUMER_SECRET}".encode()).decode()
token = send("/oauth/v1/generate?grant_type=client_credentials", f"Basic {basic}")["access_token"]
${call.steps.length === 0 ? 'print(f"The token is {token}")\n' : `${usesStk ? password : ""}${call.steps.map(renderStep).join("")}`}`;
}

const functions = `
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
`;

const password = `
# The password of STK calls has the time in Nairobi.
nairobi = datetime.timezone(datetime.timedelta(hours=3))
timestamp = datetime.datetime.now(nairobi).strftime("%Y%m%d%H%M%S")
password = base64.b64encode((SHORT_CODE + PASSKEY + timestamp).encode()).decode()
`;

function renderStep(step: DarajaSampleStep): string {
  const lines = renderTree(
    step.body,
    {
      object: ["{", "}"],
      list: ["[", "]"],
      entry: (name, value) => `"${name}": ${value}`,
      trailingComma: true,
      indent: "    ",
    },
    {
      json: toPython,
      value: spellings.python.spell,
      newReference: () => "str(uuid.uuid4())",
      timestamp: () => "timestamp",
      password: () => "password",
      responseField: (name, field) => `${name}["${field}"]`,
    },
  ).map((line) => `    ${line}`);
  return `
${[
  ...renderStepComment(step, "#"),
  `${step.name} = send(`,
  `    "${step.operation.path}",`,
  '    f"Bearer {token}",',
  ...lines.slice(0, -1),
  `${lines.at(-1)},`,
  ")",
  `print(json.dumps(${step.name}, indent=2))`,
].join("\n")}
`;
}

const toPython = (value: unknown): string =>
  value === true ? "True" : value === false ? "False" : value === null ? "None" : JSON.stringify(value);
