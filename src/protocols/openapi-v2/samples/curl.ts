/** Samples for a shell: curl, and openssl for the key. */
import type { Language } from "./language.ts";
import {
  renderDeclarations,
  toExpressions,
  sandboxLines,
  header,
  renderSandboxNote,
  renderStepComment,
} from "./language.ts";
import type { SampleCall, Step } from "./sample-calls.ts";
import { spellings } from "./values.ts";

const language: Omit<Language, "render"> = {
  id: "curl",
  title: "curl",
  needs: "bash, curl and openssl; as it stands, node too, to find the keys.",
  tested: "executed",
  fileName: ({ name }) => `${name}.sh`,
  run: (path) => `bash ${path}`,
};

export const curl: Language = { ...language, render };

function render(call: SampleCall): string {
  return `#!/usr/bin/env bash
${header(call, language)
  .map((line) => `# ${line}`.trimEnd())
  .join("\n")}
set -euo pipefail

${[
  ...renderSandboxNote("#"),
  ...sandboxLines("#", [
    `sandbox() { node -p "JSON.parse(fs.readFileSync(process.env.SANDBOX_JSON || 'data/sandbox.json')).$1"; }`,
  ]),
  ...renderDeclarations(call, "curl", {
    gateway: "gateway=$(sandbox gateway)",
    apiKey: "api_key=$(sandbox openapi.apiKey)",
    publicKey: "public_key=$(sandbox openapi.publicKey)",
  }),
].join("\n")}

${functions}
call GET getSession "$api_key"
session=$(field output_SessionID)
${call.steps.length === 0 ? 'echo "The session key is $session"\n' : call.steps.map(renderStep).join("")}`;
}

const functions = `# Encrypts a key for M-Pesa, which takes none as it is.
bearer() {
  local pem
  pem=$(printf -- '-----BEGIN PUBLIC KEY-----\\n%s\\n-----END PUBLIC KEY-----\\n' "$(fold -w 64 <<<"$public_key")")
  printf %s "$1" | openssl pkeyutl -encrypt -pubin -inkey <(echo "$pem") | openssl base64 -A
}

# call METHOD PATH KEY [curl's arguments]: leaves the answer in $answer. Ends the program unless it was accepted.
call() {
  local method=$1 path=$2 token tries status code reason
  token=$(bearer "$3")
  shift 3
  for ((tries = 0; tries < 60; tries++)); do
    answer=$(curl --silent --show-error --write-out '\\n%{http_code}' --request "$method" \\
      --header "Authorization: Bearer $token" --header 'Origin: *' \\
      --header 'Content-Type: application/json' "$@" "$gateway/$environment/ipg/v2/$market/$path/")
    status=\${answer##*$'\\n'}
    answer=\${answer%$'\\n'*}
    # It can take half a minute until M-Pesa knows a new session; before that it looks at nothing.
    [[ $status == 401 && $answer == *output_error* ]] || break
    sleep 1
  done

  code=$(field output_ResponseCode)
  reason=$(field output_ResponseDesc)
  case $code in
    INS-0 | INS-GAR-0) return ;;
    # No "no": the payment may have gone through. The same holds when a connection breaks.
    INS-1 | INS-9 | '')
      echo "Not known: \${code:-HTTP $status} $reason" >&2
      echo "Ask queryTransactionStatus about \${reference:-it} before you try again." >&2 ;;
    *) echo "Refused: $code $reason" >&2 ;;
  esac
  exit 1
}

# A field of the answer.
field() { sed -n 's/.*"'"$1"'": *"\\([^"]*\\)".*/\\1/p' <<<"$answer"; }
`;

function renderStep(step: Step, index: number, steps: readonly Step[]): string {
  const { operation } = step;
  const parameters = toExpressions(step, {
    // Inside double quotes of the shell, and inside a here-document.
    quote: (text) => text.replaceAll(/[\\"$`]/g, "\\$&"),
    value: (name) => `$${spellings.curl.spell(name)}`,
    newReference: "$reference",
    responseField: (_step, field) => `$${toVariableName(field)}`,
  });
  const { method, path } = operation;
  const lines = method === "GET" ? renderQuery(path, parameters) : renderBody(method, path, parameters);
  return `
${[
  ...renderStepComment(step, "#"),
  "reference=$(openssl rand -hex 16)",
  ...lines,
  'echo "$answer"',
  ...keepFields(step, steps.slice(index + 1)),
].join("\n")}
`;
}

const renderQuery = (path: string, parameters: readonly [string, string][]): string[] => [
  `call GET ${path} "$session" --get \\`,
  parameters.map(([field, value]) => `  --data-urlencode "${field}=${value}"`).join(" \\\n"),
];

const renderBody = (method: string, path: string, parameters: readonly [string, string][]): string[] => [
  "parameters=$(cat <<JSON",
  "{",
  parameters.map(([field, value]) => `  "${field}": "${value}"`).join(",\n"),
  "}",
  "JSON",
  ")",
  `call ${method} ${path} "$session" --data "$parameters"`,
];

/** What later steps want of this one's answer. */
function keepFields({ name }: Step, laterSteps: readonly Step[]): string[] {
  const sources = laterSteps.flatMap(({ parameters }) => Object.values(parameters));
  const fields = sources.flatMap((source) =>
    "step" in source && source.step === name ? [source.field] : [],
  );
  return fields.map((field) => `${toVariableName(field)}=$(field ${field})`);
}

/** `output_MandateID` -> `mandate_id`. */
const toVariableName = (field: string): string =>
  field
    .replace(/^output_/, "")
    .replaceAll(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
