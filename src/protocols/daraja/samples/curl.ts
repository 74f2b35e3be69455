/** Samples for a shell: curl. */
import { spellings } from "../../samples/spellings.ts";
import { renderSandboxNote, sandboxLines } from "../../samples/text.ts";
import {
  header,
  renderDeclarations,
  renderStepComment,
  renderTree,
  type DarajaSampleLanguage,
} from "./language.ts";
import {
  listSources,
  sandboxValues,
  usesSource,
  type DarajaSampleCall,
  type DarajaSampleStep,
} from "./sample-calls.ts";

const language: Omit<DarajaSampleLanguage, "render"> = {
  id: "curl",
  title: "curl",
  needs: "bash, curl and openssl; unchanged, also node, to read the keys.",
  tested: "executed",
  fileName: ({ name }) => `${name}.sh`,
  run: (path) => `bash ${path}`,
};

export const curl: DarajaSampleLanguage = { ...language, render };

function render(call: DarajaSampleCall, path: string): string {
  return `#!/usr/bin/env bash
${header(call, language, path)
  .map((line) => `# ${line}`.trimEnd())
  .join("\n")}
set -euo pipefail

${[
  ...renderSandboxNote("#"),
  ...sandboxLines("#", [
    `sandbox() { node -p "JSON.parse(fs.readFileSync(process.env.SANDBOX_JSON || 'data/sandbox.json')).daraja.$1"; }`,
  ]),
  ...renderDeclarations(call, "curl", (name, spelt) => `${spelt}=$(sandbox ${sandboxValues[name]})`),
].join("\n")}

${functions}
answer=$(curl --silent --show-error --user "$consumer_key:$consumer_secret" \\
  "$base_url/oauth/v1/generate?grant_type=client_credentials")
token=$(field access_token)
${call.steps.length === 0 ? 'echo "The token is $token"\n' : `${usesSource(call, "stk") ? password : ""}${call.steps.map(renderStep).join("")}`}`;
}

const functions = `# call PATH BODY: sets $answer to the response. Exits if it was not accepted.
call() {
  local status
  answer=$(curl --silent --show-error --write-out '\\n%{http_code}' --header "Authorization: Bearer $token" \\
    --header 'Content-Type: application/json' --data "$2" "$base_url$1")
  status=\${answer##*$'\\n'}
  answer=\${answer%$'\\n'*}
  case $status in
    2*) return ;;
    # The result is unknown: the payment may complete. The same holds when the connection breaks.
    5*) echo "Unknown result, or refused: $(field errorCode) $(field errorMessage)" >&2 ;;
    *) echo "Refused: $(field errorCode) $(field errorMessage)" >&2 ;;
  esac
  exit 1
}

# A text in the response.
field() { sed -n 's/.*"'"$1"'": *"\\([^"]*\\)".*/\\1/p' <<<"$answer"; }
`;

const password = `
# The password of STK calls has the time in Nairobi.
timestamp=$(TZ=EAT-3 date +%Y%m%d%H%M%S)
password=$(printf %s "$short_code$passkey$timestamp" | openssl base64 -A)
`;

function renderStep(step: DarajaSampleStep, index: number, steps: readonly DarajaSampleStep[]): string {
  const lines = renderTree(
    step.body,
    {
      object: ["{", "}"],
      list: ["[", "]"],
      entry: (name, value) => `"${name}": ${value}`,
      trailingComma: false,
      indent: "  ",
    },
    {
      // Inside a here-document.
      json: (value) => JSON.stringify(value).replaceAll(/[\\$`]/g, "\\$&"),
      value: (name) => `"$${spellings.curl.spell(name)}"`,
      newReference: () => '"$(openssl rand -hex 16)"',
      timestamp: () => '"$timestamp"',
      password: () => '"$password"',
      responseField: (_step, field) => `"$${field}"`,
    },
  );
  return `
${[
  ...renderStepComment(step, "#"),
  "body=$(cat <<JSON",
  ...lines,
  "JSON",
  ")",
  `call ${step.operation.path} "$body"`,
  'echo "$answer"',
  ...keepFields(step, steps.slice(index + 1)),
].join("\n")}
`;
}

/** Assigns the fields of this step's response that later steps use. */
function keepFields({ name }: DarajaSampleStep, laterSteps: readonly DarajaSampleStep[]): string[] {
  const sources = laterSteps.flatMap(({ body }) => listSources(body));
  const fields = sources.flatMap((source) =>
    "step" in source && source.step === name ? [source.field] : [],
  );
  return fields.map((field) => `${field}=$(field ${field})`);
}
