<?php

/**
 * C2B two-step, first step. Holds a customer's money for an organisation.
 * updateTransactionStatus commits or releases it with the voucher code; a hold that nobody
 * ends expires by itself.
 *
 * Needs PHP 8.1 or newer with its curl and openssl extensions.
 *
 *   php docs/samples/php/c2b-multi-stage.php
 */

declare(strict_types=1);

// As it stands, this asks the sandbox on this machine, whose keys are in data/sandbox.json. {{SANDBOX}}
// A line with a name in double braces is one to put your own value in. {{SANDBOX}}
$sandboxFile = getenv('SANDBOX_JSON') ?: 'data/sandbox.json'; // {{SANDBOX}}
$sandbox = json_decode(file_get_contents($sandboxFile), true, flags: JSON_THROW_ON_ERROR); // {{SANDBOX}}
define('GATEWAY', $sandbox['gateway']); // {{GATEWAY}}
const ENVIRONMENT = 'sandbox'; // {{ENVIRONMENT}}
const MARKET = 'vodacomTZN'; // {{MARKET}}
define('API_KEY', $sandbox['openapi']['apiKey']); // {{API_KEY}}
define('PUBLIC_KEY', $sandbox['openapi']['publicKey']); // {{PUBLIC_KEY}}
const CUSTOMER = '255750000001'; // {{CUSTOMER}}
const COUNTRY = 'TZN'; // {{COUNTRY}}
const CURRENCY = 'TZS'; // {{CURRENCY}}
const ORGANISATION = '000000'; // {{ORGANISATION}}

$session = call('GET', 'getSession', API_KEY, [])['output_SessionID'];

$answer = call('POST', 'c2bPayment/multiStage', $session, [
    'input_Amount' => '10.00',
    'input_CustomerMSISDN' => CUSTOMER,
    'input_Country' => COUNTRY,
    'input_Currency' => CURRENCY,
    'input_ServiceProviderCode' => ORGANISATION,
    'input_TransactionReference' => 'T12344C',
    'input_ThirdPartyConversationID' => bin2hex(random_bytes(16)),
    'input_PurchasedItemsDesc' => 'Shoes',
    'input_APIVersion' => '3.1',
]);
echo json_encode($answer, JSON_PRETTY_PRINT), "\n";

/** Makes a call and gives its answer. Ends the program unless it was accepted. */
function call(string $method, string $path, string $key, array $parameters): array
{
    [$status, $answer] = send($method, $path, $key, $parameters);
    // It can take half a minute until M-Pesa knows a new session; before that it looks at nothing.
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
        // No "no": the payment may have gone through. The same holds when a connection breaks.
        case 'INS-1':
        case 'INS-9':
        case null:
            $reference = $parameters['input_ThirdPartyConversationID'] ?? '';
            fwrite(STDERR, "Not known: HTTP $status $code $reason\n");
            fwrite(STDERR, "Ask queryTransactionStatus about $reference before you try again.\n");
            break;
        default:
            fwrite(STDERR, "Refused: $code $reason\n");
    }
    exit(1);
}

/** Sends a call; gives the HTTP status and the answer. */
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

/** Encrypts a key for M-Pesa, which takes none as it is. */
function bearer(string $key): string
{
    $lines = chunk_split(PUBLIC_KEY, 64, "\n");
    $pem = "-----BEGIN PUBLIC KEY-----\n$lines-----END PUBLIC KEY-----\n";
    if (!openssl_public_encrypt($key, $encrypted, $pem, OPENSSL_PKCS1_PADDING)) {
        throw new RuntimeException('The public key cannot be used: ' . openssl_error_string());
    }
    return base64_encode($encrypted);
}
