/** Samples in PHP: its curl extension. */
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
  id: "php",
  title: "PHP",
  needs: "PHP 8.1 or newer with its curl extension.",
  tested: "parsed",
  fileName: ({ name }) => `${name}.php`,
  run: (path) => `php ${path}`,
};

export const php: DarajaSampleLanguage = { ...language, render };

function render(call: DarajaSampleCall, path: string): string {
  return `<?php

/**
${header(call, language, path)
  .map((line) => ` * ${line}`.trimEnd())
  .join("\n")}
 */

declare(strict_types=1);

${[
  ...renderSandboxNote("//"),
  ...sandboxLines("//", [
    "$sandboxFile = getenv('SANDBOX_JSON') ?: 'data/sandbox.json';",
    "$sandbox = json_decode(file_get_contents($sandboxFile), true, flags: JSON_THROW_ON_ERROR)['daraja'];",
  ]),
  ...renderDeclarations(
    call,
    "php",
    (name, spelt) => `define('${spelt}', $sandbox['${sandboxValues[name]}']);`,
  ),
].join("\n")}

$basic = base64_encode(CONSUMER_KEY . ':' . CONSUMER_SECRET);
$token = send('/oauth/v1/generate?grant_type=client_credentials', "Basic $basic")['access_token'];
${call.steps.length === 0 ? 'echo "The token is $token\\n";\n' : `${usesSource(call, "stk") ? password : ""}${call.steps.map(renderStep).join("")}`}${functions}`;
}

const password = `
// The password of STK calls has the time in Nairobi.
$timestamp = (new DateTime('now', new DateTimeZone('Africa/Nairobi')))->format('YmdHis');
$password = base64_encode(SHORT_CODE . PASSKEY . $timestamp);
`;

const functions = `
/** Returns the response. Exits if it was not accepted. */
function send(string $path, string $authorization, ?array $fields = null): array
{
    $request = curl_init(BASE_URL . $path);
    curl_setopt_array($request, [
        CURLOPT_HTTPHEADER => ["Authorization: $authorization", 'Content-Type: application/json'],
        CURLOPT_RETURNTRANSFER => true,
    ]);
    if ($fields !== null) {
        curl_setopt($request, CURLOPT_POSTFIELDS, json_encode($fields, JSON_THROW_ON_ERROR));
    }
    $body = curl_exec($request);
    if ($body === false) {
        throw new RuntimeException(curl_error($request));
    }
    $status = curl_getinfo($request, CURLINFO_RESPONSE_CODE);
    $answer = json_decode($body, true, flags: JSON_THROW_ON_ERROR);
    if ($status < 300) {
        return $answer;
    }
    // After a 5xx the result is unknown: the payment may complete. The same holds when the connection breaks.
    $outcome = $status < 500 ? 'Refused' : 'Unknown result, or refused';
    fwrite(STDERR, "$outcome: {$answer['errorCode']} {$answer['errorMessage']}\\n");
    exit(1);
}
`;

function renderStep(step: DarajaSampleStep): string {
  const [first = "", ...rest] = renderTree(
    step.body,
    {
      object: ["[", "]"],
      list: ["[", "]"],
      entry: (name, value) => `'${name}' => ${value}`,
      trailingComma: true,
      indent: "    ",
    },
    {
      json: (value) => (typeof value === "string" ? spellings.php.quote(value) : JSON.stringify(value)),
      value: spellings.php.spell,
      newReference: () => "bin2hex(random_bytes(16))",
      timestamp: () => "$timestamp",
      password: () => "$password",
      responseField: (name, field) => `$${name}['${field}']`,
    },
  );
  return `
${[
  ...renderStepComment(step, "//"),
  `$${step.name} = send('${step.operation.path}', "Bearer $token", ${first}`,
  ...rest.slice(0, -1),
  `${rest.at(-1)});`,
  `echo json_encode($${step.name}, JSON_PRETTY_PRINT), "\\n";`,
].join("\n")}
`;
}
