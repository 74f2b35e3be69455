<?php

/**
 * STK push. Asks a customer on their handset to pay a paybill or a till. The response
 * acknowledges the request, and the result follows at the CallBackURL.
 *
 * Needs PHP 8.1 or newer with its curl extension.
 *
 *   php docs/samples/daraja/php/stk-push.php
 */

declare(strict_types=1);

// Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
// Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
$sandboxFile = getenv('SANDBOX_JSON') ?: 'data/sandbox.json'; // {{SANDBOX}}
$sandbox = json_decode(file_get_contents($sandboxFile), true, flags: JSON_THROW_ON_ERROR)['daraja']; // {{SANDBOX}}
define('BASE_URL', $sandbox['url']); // {{BASE_URL}}
define('CONSUMER_KEY', $sandbox['consumerKey']); // {{CONSUMER_KEY}}
define('CONSUMER_SECRET', $sandbox['consumerSecret']); // {{CONSUMER_SECRET}}
define('SHORT_CODE', $sandbox['shortCode']); // {{SHORT_CODE}}
define('PASSKEY', $sandbox['passkey']); // {{PASSKEY}}
const CUSTOMER = '254708374149'; // {{CUSTOMER}}
const CALLBACK_URL = 'https://example.com/payments'; // {{CALLBACK_URL}}

$basic = base64_encode(CONSUMER_KEY . ':' . CONSUMER_SECRET);
$token = send('/oauth/v1/generate?grant_type=client_credentials', "Basic $basic")['access_token'];

// The password of STK calls has the time in Nairobi.
$timestamp = (new DateTime('now', new DateTimeZone('Africa/Nairobi')))->format('YmdHis');
$password = base64_encode(SHORT_CODE . PASSKEY . $timestamp);

$answer = send('/mpesa/stkpush/v1/processrequest', "Bearer $token", [
    'BusinessShortCode' => SHORT_CODE,
    'Password' => $password,
    'Timestamp' => $timestamp,
    'TransactionType' => 'CustomerPayBillOnline',
    'Amount' => 1,
    'PartyA' => CUSTOMER,
    'PartyB' => SHORT_CODE,
    'PhoneNumber' => CUSTOMER,
    'CallBackURL' => CALLBACK_URL,
    'AccountReference' => 'CompanyXLTD',
    'TransactionDesc' => 'Payment of X',
]);
echo json_encode($answer, JSON_PRETTY_PRINT), "\n";

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
    fwrite(STDERR, "$outcome: {$answer['errorCode']} {$answer['errorMessage']}\n");
    exit(1);
}
