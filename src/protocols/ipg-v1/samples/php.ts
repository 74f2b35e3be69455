/** Samples in PHP: its openssl and curl extensions. */
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
  id: "php",
  title: "PHP",
  needs: "PHP 8.1 or newer with its curl and openssl extensions.",
  fileName: ({ name }) => `${name}.php`,
  run: (path) => `php ${path}`,
};

export const php: IpgV1SampleLanguage = { ...language, render };

function render(call: IpgV1SampleCall, path: string): string {
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
    "$sandbox = json_decode(file_get_contents($sandboxFile), true, flags: JSON_THROW_ON_ERROR)['ipgV1'];",
  ]),
  ...renderDeclarations(call, "php", {
    gateway: "define('GATEWAY', $sandbox['url']);",
    apiKey: "define('API_KEY', $sandbox['apiKey']);",
    publicKey: "define('PUBLIC_KEY', $sandbox['publicKey']);",
  }),
].join("\n")}
${call.steps.map(renderStep).join("")}${functions}`;
}

const functions = `
/** Makes a call and returns its response. Exits if it was not accepted. */
function call(string $method, string $path, array $parameters): array
{
    [$status, $answer] = send($method, $path, $parameters);
    $code = $answer['output_ResponseCode'] ?? null;
    $reason = $answer['output_ResponseDesc'] ?? '';
    switch ($code) {
        case 'INS-0':
            return $answer;
        // The result is unknown: the payment may have completed. The same holds when the connection breaks.
        case 'INS-1':
        case 'INS-9':
        case null:
            $reference = $parameters['input_ThirdPartyReference'];
            fwrite(STDERR, "Unknown result: HTTP $status $code $reason\\n");
            fwrite(STDERR, "Query $reference with queryTransactionStatus before you try again.\\n");
            break;
        default:
            fwrite(STDERR, "Refused: $code $reason\\n");
    }
    exit(1);
}

/** Sends a call; returns the HTTP status and the response. */
function send(string $method, string $path, array $parameters): array
{
    $url = GATEWAY . "/ipg/v1x/$path/";
    $options = [
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_HTTPHEADER => [
            'Authorization: Bearer ' . bearer(),
            'Content-Type: application/json',
            'Origin: *',
        ],
        CURLOPT_RETURNTRANSFER => true,
    ];
    if ($method === 'GET') {
        $url .= '?' . http_build_query($parameters);
    } else {
        $options[CURLOPT_POSTFIELDS] = json_encode($parameters, JSON_THROW_ON_ERROR);
    }
    $request = curl_init($url);
    curl_setopt_array($request, $options);
    $body = curl_exec($request);
    if ($body === false) {
        throw new RuntimeException(curl_error($request));
    }
    $status = curl_getinfo($request, CURLINFO_RESPONSE_CODE);
    return [$status, json_decode($body, true, flags: JSON_THROW_ON_ERROR)];
}

/** Encrypts the API key, because M-Pesa does not accept it in plain text. There is no session. */
function bearer(): string
{
    $lines = chunk_split(PUBLIC_KEY, 64, "\\n");
    $pem = "-----BEGIN PUBLIC KEY-----\\n$lines-----END PUBLIC KEY-----\\n";
    if (!openssl_public_encrypt(API_KEY, $encrypted, $pem, OPENSSL_PKCS1_PADDING)) {
        throw new RuntimeException('The public key cannot be used: ' . openssl_error_string());
    }
    return base64_encode($encrypted);
}
`;

function renderStep(step: IpgV1SampleStep): string {
  const { name, operation } = step;
  const parameters = toExpressions(step, {
    quote: spellings.php.quote,
    value: spellings.php.spell,
    newReference: "bin2hex(random_bytes(16))",
    responseField: (field) => `$payment['${field}']`,
  }).map(([field, value]) => `    '${field}' => ${value},`);
  return `
${[
  ...renderStepComment(step, "//"),
  `$${name} = call('${operation.method}', '${operation.path}', [`,
  ...parameters,
  "]);",
  `echo json_encode($${name}, JSON_PRETTY_PRINT), "\\n";`,
].join("\n")}
`;
}
