/** The checkout's samples in PHP: SoapClient with the WSDL of the server. */
import { renderSandboxNote, sandboxLines } from "../../../samples/text.ts";
import { header } from "../../samples/language.ts";
import { php as language } from "../../samples/php.ts";
import { lnmoNamespace, lnmoPath } from "../names.ts";
import { findUsedAnswer, listFields, renderDeclarations, type LnmoSampleLanguage } from "./language.ts";
import type { LnmoSampleCall, LnmoSampleStep } from "./sample-calls.ts";

export const php: LnmoSampleLanguage = { ...language, render };

function render(call: LnmoSampleCall, path: string): string {
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
    "$sandbox = json_decode(file_get_contents($sandboxFile), true, flags: JSON_THROW_ON_ERROR)['soap'];",
  ]),
  ...renderDeclarations(
    "php",
    (keys, spelt) => `define('${spelt}', $sandbox${keys.map((key) => `['${key}']`).join("")});`,
  ),
].join("\n")}

// PASSWORD is a SHA-256 in hexadecimal digits, in base64.
$timestamp = gmdate('YmdHis');
$header = new SoapHeader('${lnmoNamespace}', 'CheckOutHeader', (object) [
    'MERCHANT_ID' => MERCHANT_ID,
    'PASSWORD' => base64_encode(hash('sha256', MERCHANT_ID . PASSKEY . $timestamp)),
    'TIMESTAMP' => $timestamp,
]);
$client = new SoapClient(BASE_URL . '${lnmoPath}?wsdl', ['cache_wsdl' => WSDL_CACHE_NONE]);
$client->__setSoapHeaders([$header]);

/** Makes a call. Ends the program unless its code is 00. */
function call(SoapClient $client, string $operation, array $fields): object
{
    $answer = $client->$operation($fields);
    echo "$operation: $answer->RETURN_CODE $answer->DESCRIPTION\\n";
    if ($answer->RETURN_CODE !== '00') {
        exit(1);
    }
    return $answer;
}

$transactionId = bin2hex(random_bytes(8));
${call.steps.map((step) => renderStep(call, step)).join("\n")}
`;
}

function renderStep(call: LnmoSampleCall, step: LnmoSampleStep): string {
  const used = findUsedAnswer(call, step);
  const fields = listFields(step, "php", { transactionId: "$transactionId", trxId: "$checkout->TRX_ID" });
  return `// ${step.comment}
${used === null ? "" : `$${used} = `}call($client, '${step.operation.name}', [
${fields.map(([name, expression]) => `    '${name}' => ${expression},`).join("\n")}
]);${used === "status" ? '\necho "$status->TRX_STATUS\\n";' : ""}`;
}
