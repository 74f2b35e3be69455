<?php

/**
 * BusinessPayment. Pays a customer. The utility account of the organisation is debited.
 *
 * Needs PHP 8 with the soap extension.
 *
 *   php docs/samples/soap/php/business-payment.php
 */

declare(strict_types=1);

// Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
// Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
$sandboxFile = getenv('SANDBOX_JSON') ?: 'data/sandbox.json'; // {{SANDBOX}}
$sandbox = json_decode(file_get_contents($sandboxFile), true, flags: JSON_THROW_ON_ERROR)['soap']; // {{SANDBOX}}
define('BASE_URL', $sandbox['url']); // {{BASE_URL}}
define('SP_ID', $sandbox['spId']); // {{SP_ID}}
define('SP_PASSWORD', $sandbox['spPassword']); // {{SP_PASSWORD}}
define('SERVICE_ID', $sandbox['serviceId']); // {{SERVICE_ID}}
define('SHORT_CODE', $sandbox['shortCode']); // {{SHORT_CODE}}
define('INITIATOR_NAME', $sandbox['initiatorName']); // {{INITIATOR_NAME}}
define('SECURITY_CREDENTIAL', $sandbox['securityCredential']); // {{SECURITY_CREDENTIAL}}
const CUSTOMER = '254708374149'; // {{CUSTOMER}}
const RESULT_URL = 'http://127.0.0.1:9/result'; // {{RESULT_URL}}

$conversationId = SP_ID . '_' . bin2hex(random_bytes(8));
$document = implode("\n", [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<request xmlns="http://api-v1.gen.mm.vodafone.com/mminterface/request">',
    '  <Transaction>',
    '    <CommandID>BusinessPayment</CommandID>',
    '    <OriginatorConversationID>' . $conversationId . '</OriginatorConversationID>',
    '    <Parameters>',
    '      <Parameter><Key>Amount</Key><Value>100.00</Value></Parameter>',
    '    </Parameters>',
    '  </Transaction>',
    '  <Identity>',
    '    <Caller><CallerType>2</CallerType><ResultURL>' . RESULT_URL . '</ResultURL></Caller>',
    '    <Initiator>',
    '      <IdentifierType>11</IdentifierType>',
    '      <Identifier>' . INITIATOR_NAME . '</Identifier>',
    '      <SecurityCredential>' . SECURITY_CREDENTIAL . '</SecurityCredential>',
    '      <ShortCode>' . SHORT_CODE . '</ShortCode>',
    '    </Initiator>',
    '    <PrimaryParty>',
    '      <IdentifierType>4</IdentifierType>',
    '      <Identifier>' . SHORT_CODE . '</Identifier>',
    '      <ShortCode>' . SHORT_CODE . '</ShortCode>',
    '    </PrimaryParty>',
    '    <ReceiverParty>',
    '      <IdentifierType>1</IdentifierType>',
    '      <Identifier>' . CUSTOMER . '</Identifier>',
    '    </ReceiverParty>',
    '  </Identity>',
    '  <KeyOwner>1</KeyOwner>',
    '</request>',
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

$client = new SoapClient(BASE_URL . '/mminterface/request?wsdl', ['cache_wsdl' => WSDL_CACHE_NONE]);
$client->__setSoapHeaders([$header]);
$answer = $client->GenericAPIRequest($document);
preg_match('/<ResponseCode>([^<]*)/', $answer, $code);
preg_match('/<ResponseDesc>([^<]*)/', $answer, $description);
echo "$code[1] $description[1]\n";
// Zeros are a success: the result follows at the ResultURL.
exit(preg_match('/^0+$/', $code[1]) === 1 ? 0 : 1);
