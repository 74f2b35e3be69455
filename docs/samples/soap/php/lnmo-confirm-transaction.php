<?php

/**
 * LNMO confirmTransaction. Confirms a checkout: the customer gets the prompt, and the result
 * goes to the CALL_BACK_URL. Repeating it does nothing.
 *
 * Needs PHP 8 with the soap extension.
 *
 *   php docs/samples/soap/php/lnmo-confirm-transaction.php
 */

declare(strict_types=1);

// Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
// Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
$sandboxFile = getenv('SANDBOX_JSON') ?: 'data/sandbox.json'; // {{SANDBOX}}
$sandbox = json_decode(file_get_contents($sandboxFile), true, flags: JSON_THROW_ON_ERROR)['soap']; // {{SANDBOX}}
define('BASE_URL', $sandbox['url']); // {{BASE_URL}}
define('MERCHANT_ID', $sandbox['lnmo']['merchantId']); // {{MERCHANT_ID}}
define('PASSKEY', $sandbox['lnmo']['passkey']); // {{PASSKEY}}
const CUSTOMER = '254708374149'; // {{CUSTOMER}}
const CALL_BACK_URL = 'http://127.0.0.1:9/callback'; // {{CALL_BACK_URL}}

// PASSWORD is a SHA-256 in hexadecimal digits, in base64.
$timestamp = gmdate('YmdHis');
$header = new SoapHeader('tns:ns', 'CheckOutHeader', (object) [
    'MERCHANT_ID' => MERCHANT_ID,
    'PASSWORD' => base64_encode(hash('sha256', MERCHANT_ID . PASSKEY . $timestamp)),
    'TIMESTAMP' => $timestamp,
]);
$client = new SoapClient(BASE_URL . '/mpesa_online/lnmo_checkout_server.php?wsdl', ['cache_wsdl' => WSDL_CACHE_NONE]);
$client->__setSoapHeaders([$header]);

/** Makes a call. Ends the program unless its code is 00. */
function call(SoapClient $client, string $operation, array $fields): object
{
    $answer = $client->$operation($fields);
    echo "$operation: $answer->RETURN_CODE $answer->DESCRIPTION\n";
    if ($answer->RETURN_CODE !== '00') {
        exit(1);
    }
    return $answer;
}

$transactionId = bin2hex(random_bytes(8));
// Announces the payment. No phone rings.
$checkout = call($client, 'processCheckOut', [
    'MERCHANT_TRANSACTION_ID' => $transactionId,
    'REFERENCE_ID' => '1112254500',
    'AMOUNT' => '54',
    'MSISDN' => CUSTOMER,
    'ENC_PARAMS' => '',
    'CALL_BACK_URL' => CALL_BACK_URL,
    'CALL_BACK_METHOD' => 'xml',
]);
// Confirms it: the customer is asked now. The result follows at the CALL_BACK_URL.
call($client, 'confirmTransaction', [
    'TRX_ID' => $checkout->TRX_ID,
]);
