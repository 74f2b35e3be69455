/*
 * BusinessPayment. Pays a customer. The utility account of the organisation is debited.
 *
 * Needs Java 17 or newer, no libraries.
 *
 *   java docs/samples/soap/java/BusinessPayment.java
 */

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Pattern;

class BusinessPayment {
    // Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
    // Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
    static final String BASE_URL = readSandbox("url"); // {{BASE_URL}}
    static final String SP_ID = readSandbox("spId"); // {{SP_ID}}
    static final String SP_PASSWORD = readSandbox("spPassword"); // {{SP_PASSWORD}}
    static final String SERVICE_ID = readSandbox("serviceId"); // {{SERVICE_ID}}
    static final String SHORT_CODE = readSandbox("shortCode"); // {{SHORT_CODE}}
    static final String INITIATOR_NAME = readSandbox("initiatorName"); // {{INITIATOR_NAME}}
    static final String SECURITY_CREDENTIAL = readSandbox("securityCredential"); // {{SECURITY_CREDENTIAL}}
    static final String CUSTOMER = "254708374149"; // {{CUSTOMER}}
    static final String RESULT_URL = "http://127.0.0.1:9/result"; // {{RESULT_URL}}

    public static void main(String[] arguments) throws Exception {
        String conversationId = SP_ID + "_" + UUID.randomUUID();
        String document = String.join("\n",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<request xmlns=\"http://api-v1.gen.mm.vodafone.com/mminterface/request\">",
            "  <Transaction>",
            "    <CommandID>BusinessPayment</CommandID>",
            "    <OriginatorConversationID>" + conversationId + "</OriginatorConversationID>",
            "    <Parameters>",
            "      <Parameter><Key>Amount</Key><Value>100.00</Value></Parameter>",
            "    </Parameters>",
            "  </Transaction>",
            "  <Identity>",
            "    <Caller><CallerType>2</CallerType><ResultURL>" + RESULT_URL + "</ResultURL></Caller>",
            "    <Initiator>",
            "      <IdentifierType>11</IdentifierType>",
            "      <Identifier>" + INITIATOR_NAME + "</Identifier>",
            "      <SecurityCredential>" + SECURITY_CREDENTIAL + "</SecurityCredential>",
            "      <ShortCode>" + SHORT_CODE + "</ShortCode>",
            "    </Initiator>",
            "    <PrimaryParty>",
            "      <IdentifierType>4</IdentifierType>",
            "      <Identifier>" + SHORT_CODE + "</Identifier>",
            "      <ShortCode>" + SHORT_CODE + "</ShortCode>",
            "    </PrimaryParty>",
            "    <ReceiverParty>",
            "      <IdentifierType>1</IdentifierType>",
            "      <Identifier>" + CUSTOMER + "</Identifier>",
            "    </ReceiverParty>",
            "  </Identity>",
            "  <KeyOwner>1</KeyOwner>",
            "</request>");

        // The digest of the password: SHA-256 in hexadecimal digits, in base64.
        String timeStamp = ZonedDateTime.now(ZoneOffset.UTC).format(DateTimeFormatter.ofPattern("yyyyMMddHHmmss"));
        byte[] digest = MessageDigest.getInstance("SHA-256")
            .digest((SP_ID + SP_PASSWORD + timeStamp).getBytes(StandardCharsets.UTF_8));
        String spPassword = Base64.getEncoder()
            .encodeToString(HexFormat.of().formatHex(digest).getBytes(StandardCharsets.UTF_8));

        String envelope = String.join("\n",
            "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"",
            "    xmlns:req=\"http://api-v1.gen.mm.vodafone.com/mminterface/request\">",
            "  <soapenv:Header>",
            "    <tns:RequestSOAPHeader xmlns:tns=\"http://www.huawei.com.cn/schema/common/v2_1\">",
            "      <tns:spId>" + SP_ID + "</tns:spId>",
            "      <tns:spPassword>" + spPassword + "</tns:spPassword>",
            "      <tns:serviceId>" + SERVICE_ID + "</tns:serviceId>",
            "      <tns:timeStamp>" + timeStamp + "</tns:timeStamp>",
            "    </tns:RequestSOAPHeader>",
            "  </soapenv:Header>",
            "  <soapenv:Body><req:RequestMsg><![CDATA[" + document + "]]></req:RequestMsg></soapenv:Body>",
            "</soapenv:Envelope>");

        HttpRequest request = HttpRequest.newBuilder(URI.create(BASE_URL + "/mminterface/request"))
            .header("Content-Type", "text/xml;charset=UTF-8")
            .header("SOAPAction", "\"\"")
            .POST(HttpRequest.BodyPublishers.ofString(envelope))
            .build();
        String answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
        String code = find("<ResponseCode>([^<]*)", answer);
        System.out.println(code + " " + find("<ResponseDesc>([^<]*)", answer));
        // Zeros are a success: the result follows at the ResultURL.
        System.exit(code.matches("0+") ? 0 : 1);
    }

    static String find(String expression, String text) {
        var matcher = Pattern.compile(expression).matcher(text);
        return matcher.find() ? matcher.group(1) : "";
    }

    static String readSandbox(String name) { // {{SANDBOX}}
        try { // {{SANDBOX}}
            String file = System.getenv().getOrDefault("SANDBOX_JSON", "data/sandbox.json"); // {{SANDBOX}}
            String content = Files.readString(Path.of(file)).split("\"soap\"", 2)[1]; // {{SANDBOX}}
            return find("\"" + name + "\": *\"([^\"]*)\"", content); // {{SANDBOX}}
        } catch (java.io.IOException error) { // {{SANDBOX}}
            throw new java.io.UncheckedIOException(error); // {{SANDBOX}}
        } // {{SANDBOX}}
    } // {{SANDBOX}}
}
