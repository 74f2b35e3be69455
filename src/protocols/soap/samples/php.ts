/** Samples in PHP: SoapClient with the WSDL of the server. */
import { renderSandboxNote, sandboxLines } from "../../samples/text.ts";
import {
  header,
  renderDeclarations,
  renderLines,
  type SoapSampleLanguage,
  type SoapSampleLanguageInfo,
} from "./language.ts";
import type { SoapSampleCall } from "./sample-calls.ts";

const language: SoapSampleLanguageInfo = {
  id: "php",
  title: "PHP",
  needs: "PHP 8 with the soap extension.",
  fileName: ({ name }) => `${name}.php`,
  run: (path) => `php ${path}`,
};

export const php: SoapSampleLanguage = { ...language, render };

function render(call: SoapSampleCall, path: string): string {
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
  ...renderDeclarations(call, "php", (name, spelt) => `define('${spelt}', $sandbox['${name}']);`),
].join("\n")}

$conversationId = SP_ID . '_' . bin2hex(random_bytes(8));
$document = implode("\\n", [
${renderLines(call, "php", { operator: ".", conversationId: "$conversationId" })
  .map((line) => `    ${line},`)
  .join("\n")}
]);

// The digest of the password: SHA-256 in hexadecimal digits, in base64.
$timeStamp = gmdate('YmdHis');
$digest = base64_encode(hash('sha256', SP_ID . SP_PASSWORD . $timeStamp));
$header = new SoapHeader('http://www.huawei.com.cn/schema/common/v2_1', 'RequestSOAPHeader', (object) [
    'spId' => SP_ID,
    'spPassword' => $digest,
    'serviceId' => SERVICE_ID,
    'timeStamp' => $timeStamp,
]);

$client = new SoapClient(BASE_URL . '${call.path}?wsdl', ['cache_wsdl' => WSDL_CACHE_NONE]);
$client->__setSoapHeaders([$header]);
$answer = $client->GenericAPIRequest($document);
preg_match('/<ResponseCode>([^<]*)/', $answer, $code);
preg_match('/<ResponseDesc>([^<]*)/', $answer, $description);
echo "$code[1] $description[1]\\n";
// Zeros are a success: the result follows at the ResultURL.
exit(preg_match('/^0+$/', $code[1]) === 1 ? 0 : 1);
`;
}
