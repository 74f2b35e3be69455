/** Samples for a shell: curl, and openssl for the key. */
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
  id: "curl",
  title: "curl",
  needs: "bash, curl and openssl; unchanged, also node, to read the keys.",
  fileName: ({ name }) => `${name}.sh`,
  run: (path) => `bash ${path}`,
};

export const curl: IpgV1SampleLanguage = { ...language, render };

function render(call: IpgV1SampleCall, path: string): string {
  return `#!/usr/bin/env bash
${header(call, language, path)
  .map((line) => `# ${line}`.trimEnd())
  .join("\n")}
set -euo pipefail

${[
  ...renderSandboxNote("#"),
  ...sandboxLines("#", [
    `sandbox() { node -p "JSON.parse(fs.readFileSync(process.env.SANDBOX_JSON || 'data/sandbox.json')).ipgV1.$1"; }`,
  ]),
  ...renderDeclarations(call, "curl", {
    gateway: "gateway=$(sandbox url)",
    apiKey: "api_key=$(sandbox apiKey)",
    publicKey: "public_key=$(sandbox publicKey)",
  }),
].join("\n")}

${functions}${call.steps.map(renderStep).join("")}`;
}

const functions = `# Encrypts the API key, because M-Pesa does not accept it in plain text. There is no session.
bearer() {
  local pem
  pem=$(printf -- '-----BEGIN PUBLIC KEY-----\\n%s\\n-----END PUBLIC KEY-----\\n' "$(fold -w 64 <<<"$public_key")")
  printf %s "$api_key" | openssl pkeyutl -encrypt -pubin -inkey <(echo "$pem") | openssl base64 -A
}

# call METHOD PATH [arguments for curl]: sets $answer to the response. Exits if it was not accepted.
call() {
  local method=$1 path=$2 status code reason
  shift 2
  answer=$(curl --silent --show-error --write-out '\\n%{http_code}' --request "$method" \\
    --header "Authorization: Bearer $(bearer)" --header 'Origin: *' \\
    --header 'Content-Type: application/json' "$@" "$gateway/ipg/v1x/$path/")
  status=\${answer##*$'\\n'}
  answer=\${answer%$'\\n'*}
  code=$(field output_ResponseCode)
  reason=$(field output_ResponseDesc)
  case $code in
    INS-0) return ;;
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

function renderStep(step: IpgV1SampleStep): string {
  const { method, path } = step.operation;
  const parameters = toExpressions(step, {
    // Inside the shell's double quotes and inside a here-document.
    quote: (text) => text.replaceAll(/[\\"$`]/g, "\\$&"),
    value: (name) => `$${spellings.curl.spell(name)}`,
    newReference: "$reference",
    responseField: (field) => `$${toVariableName(field)}`,
  });
  const lines = method === "GET" ? renderQuery(path, parameters) : renderBody(method, path, parameters);
  return `
${[
  ...keepFields(step),
  ...renderStepComment(step, "#"),
  "reference=$(openssl rand -hex 16)",
  ...lines,
  'echo "$answer"',
].join("\n")}
`;
}

const renderQuery = (path: string, parameters: readonly [string, string][]): string[] => [
  `call GET ${path} --get \\`,
  parameters.map(([field, value]) => `  --data-urlencode "${field}=${value}"`).join(" \\\n"),
];

const renderBody = (method: string, path: string, parameters: readonly [string, string][]): string[] => [
  "parameters=$(cat <<JSON",
  "{",
  parameters.map(([field, value]) => `  "${field}": "${value}"`).join(",\n"),
  "}",
  "JSON",
  ")",
  `call ${method} ${path} --data "$parameters"`,
];

/** Assigns the fields of the earlier step's response that this step uses. */
const keepFields = ({ parameters }: IpgV1SampleStep): string[] =>
  Object.values(parameters).flatMap((source) =>
    "field" in source ? [`${toVariableName(source.field)}=$(field ${source.field})`] : [],
  );

/** `output_TransactionID` -> `transaction_id`. */
const toVariableName = (field: string): string =>
  field
    .replace(/^output_/, "")
    .replaceAll(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
