/** Samples for a shell: curl, and openssl for the key. */
import type { SampleLanguage } from "./language.ts";
import { renderDeclarations, toExpressions, header, renderStepComment, renderSteps } from "./language.ts";
import type { SampleCall, SampleStep } from "./sample-calls.ts";
import { renderSandboxNote, sandboxLines } from "../../samples/text.ts";
import { spellings } from "../../samples/spellings.ts";

const language: Omit<SampleLanguage, "render"> = {
  id: "curl",
  title: "curl",
  needs: "bash, curl and openssl; unchanged, also node, to read the keys.",
  tested: "executed",
  fileName: ({ name }) => `${name}.sh`,
  run: (path) => `bash ${path}`,
};

export const curl: SampleLanguage = { ...language, render };

function render(call: SampleCall, path: string): string {
  return `#!/usr/bin/env bash
${header(call, language, path)
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
${call.steps.length === 0 ? 'echo "The session key is $session"\n' : renderSteps(call, renderStep, "mandate_reference=$(openssl rand -hex 16)")}`;
}

const functions = `# Encrypts a key, because M-Pesa does not accept it in plain text.
bearer() {
  local pem
  pem=$(printf -- '-----BEGIN PUBLIC KEY-----\\n%s\\n-----END PUBLIC KEY-----\\n' "$(fold -w 64 <<<"$public_key")")
  printf %s "$1" | openssl pkeyutl -encrypt -pubin -inkey <(echo "$pem") | openssl base64 -A
}

# call METHOD PATH KEY [arguments for curl]: sets $answer to the response. Exits if it was not accepted.
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
    # M-Pesa may refuse a new session for up to half a minute.
    [[ $status == 401 && $answer == *output_error* ]] || break
    sleep 1
  done

  code=$(field output_ResponseCode)
  reason=$(field output_ResponseDesc)
  case $code in
    INS-0 | INS-GAR-0) return ;;
    # The result is unknown: the payment may have completed. The same holds when the connection breaks.
    INS-1 | INS-9 | '')
      echo "Unknown result: \${code:-HTTP $status} $reason" >&2
      echo "Query \${reference:-it} with queryTransactionStatus before you try again." >&2 ;;
    *) echo "Refused: $code $reason" >&2 ;;
  esac
  exit 1
}

# A field of the response.
field() { sed -n 's/.*"'"$1"'": *"\\([^"]*\\)".*/\\1/p' <<<"$answer"; }
`;

function renderStep(step: SampleStep, index: number, steps: readonly SampleStep[]): string {
  const { operation } = step;
  const parameters = toExpressions(step, {
    // Inside the shell's double quotes and inside a here-document.
    quote: (text) => text.replaceAll(/[\\"$`]/g, "\\$&"),
    value: (name) => `$${spellings.curl.spell(name)}`,
    newReference: "$reference",
    mandateReference: "$mandate_reference",
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

/** Assigns the fields of this step's response that later steps use. */
function keepFields({ name }: SampleStep, laterSteps: readonly SampleStep[]): string[] {
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
