/** Samples in PHP: its openssl and curl extensions. */
import type { SampleLanguage } from "./language.ts";
import { renderDeclarations, toExpressions, header, renderStepComment, renderSteps } from "./language.ts";
import type { SampleCall, SampleStep } from "./sample-calls.ts";
import { renderSandboxNote, sandboxLines } from "../../samples/text.ts";
import { spellings } from "../../samples/spellings.ts";

const language: Omit<SampleLanguage, "render"> = {
  id: "php",
  title: "PHP",
  needs: "PHP 8.1 or newer with its curl and openssl extensions.",
  tested: "parsed",
  fileName: ({ name }) => `${name}.php`,
  run: (path) => `php ${path}`,
};

export const php: SampleLanguage = { ...language, render };

function render(call: SampleCall, path: string): string {
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
    "$sandbox = json_decode(file_get_contents($sandboxFile), true, flags: JSON_THROW_ON_ERROR);",
  ]),
  ...renderDeclarations(call, "php", {
    gateway: "define('GATEWAY', $sandbox['gateway']);",
    apiKey: "define('API_KEY', $sandbox['openapi']['apiKey']);",
    publicKey: "define('PUBLIC_KEY', $sandbox['openapi']['publicKey']);",
  }),
].join("\n")}

$session = call('GET', 'getSession', API_KEY, [])['output_SessionID'];
${call.steps.length === 0 ? 'echo "The session key is $session\\n";\n' : renderSteps(call, renderStep, "$mandateReference = bin2hex(random_bytes(16));")}${functions}`;
}

const functions = `
/** Makes a call and returns its response. Exits if it was not accepted. */
function call(string $method, string $path, string $key, array $parameters): array
{
    [$status, $answer] = send($method, $path, $key, $parameters);
    // M-Pesa may refuse a new session for up to half a minute.
    for ($tries = 0; $status === 401 && isset($answer['output_error']) && $tries < 60; $tries++) {
        sleep(1);
        [$status, $answer] = send($method, $path, $key, $parameters);
    }

    $code = $answer['output_ResponseCode'] ?? null;
    $reason = $answer['output_ResponseDesc'] ?? '';
    switch ($code) {
        case 'INS-0':
        case 'INS-GAR-0':
            return $answer;
        // The result is unknown: the payment may have completed. The same holds when the connection breaks.
        case 'INS-1':
        case 'INS-9':
        case null:
            $reference = $parameters['input_ThirdPartyConversationID'] ?? '';
            fwrite(STDERR, "Unknown result: HTTP $status $code $reason\\n");
            fwrite(STDERR, "Query $reference with queryTransactionStatus before you try again.\\n");
            break;
        default:
            fwrite(STDERR, "Refused: $code $reason\\n");
    }
    exit(1);
}

/** Sends a call; returns the HTTP status and the response. */
function send(string $method, string $path, string $key, array $parameters): array
{
    $url = GATEWAY . '/' . ENVIRONMENT . '/ipg/v2/' . MARKET . "/$path/";
    $options = [
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_HTTPHEADER => [
            'Authorization: Bearer ' . bearer($key),
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

/** Encrypts a key, because M-Pesa does not accept it in plain text. */
function bearer(string $key): string
{
    $lines = chunk_split(PUBLIC_KEY, 64, "\\n");
    $pem = "-----BEGIN PUBLIC KEY-----\\n$lines-----END PUBLIC KEY-----\\n";
    if (!openssl_public_encrypt($key, $encrypted, $pem, OPENSSL_PKCS1_PADDING)) {
        throw new RuntimeException('The public key cannot be used: ' . openssl_error_string());
    }
    return base64_encode($encrypted);
}
`;

function renderStep(step: SampleStep): string {
  const { name, operation } = step;
  const parameters = toExpressions(step, {
    quote: spellings.php.quote,
    value: spellings.php.spell,
    newReference: "bin2hex(random_bytes(16))",
    mandateReference: "$mandateReference",
    responseField: (stepName, field) => `$${stepName}['${field}']`,
  }).map(([field, value]) => `    '${field}' => ${value},`);
  return `
${[
  ...renderStepComment(step, "//"),
  `$${name} = call('${operation.method}', '${operation.path}', $session, [`,
  ...parameters,
  "]);",
  `echo json_encode($${name}, JSON_PRETTY_PRINT), "\\n";`,
].join("\n")}
`;
}
