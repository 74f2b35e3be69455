<?php

/**
 * C2B of IPG v1 in Mozambique. A customer pays an organisation. The customer confirms on their
 * handset.
 *
 * Needs PHP 8.1 or newer with its curl and openssl extensions.
 *
 *   php docs/samples/ipg-v1/php/c2b.php
 */

declare(strict_types=1);

// Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
// Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
$sandboxFile = getenv('SANDBOX_JSON') ?: 'data/sandbox.json'; // {{SANDBOX}}
$sandbox = json_decode(file_get_contents($sandboxFile), true, flags: JSON_THROW_ON_ERROR)['ipgV1']; // {{SANDBOX}}
define('GATEWAY', $sandbox['url']); // {{GATEWAY}}
define('API_KEY', $sandbox['apiKey']); // {{API_KEY}}
define('PUBLIC_KEY', $sandbox['publicKey']); // {{PUBLIC_KEY}}
const CUSTOMER = '258843330333'; // {{CUSTOMER}}
const ORGANISATION = '171717'; // {{ORGANISATION}}

$answer = call('POST', 'c2bPayment/singleStage', [
    'input_TransactionReference' => 'T12344C',
    'input_CustomerMSISDN' => CUSTOMER,
    'input_Amount' => '10.00',
    'input_ThirdPartyReference' => bin2hex(random_bytes(16)),
    'input_ServiceProviderCode' => ORGANISATION,
]);
echo json_encode($answer, JSON_PRETTY_PRINT), "\n";

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
            fwrite(STDERR, "Unknown result: HTTP $status $code $reason\n");
            fwrite(STDERR, "Query $reference with queryTransactionStatus before you try again.\n");
            break;
        default:
            fwrite(STDERR, "Refused: $code $reason\n");
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
    $lines = chunk_split(PUBLIC_KEY, 64, "\n");
    $pem = "-----BEGIN PUBLIC KEY-----\n$lines-----END PUBLIC KEY-----\n";
    if (!openssl_public_encrypt(API_KEY, $encrypted, $pem, OPENSSL_PKCS1_PADDING)) {
        throw new RuntimeException('The public key cannot be used: ' . openssl_error_string());
    }
    return base64_encode($encrypted);
}
