/*
 * LNMO confirmTransaction. Confirms a checkout: the customer gets the prompt, and the result
 * goes to the CALL_BACK_URL. Repeating it does nothing.
 *
 * Needs Java 17 or newer, no libraries.
 *
 *   java docs/samples/soap/java/LnmoConfirmTransaction.java
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

class LnmoConfirmTransaction {
    // Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
    // Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
    static final String BASE_URL = readSandbox("url"); // {{BASE_URL}}
    static final String MERCHANT_ID = readSandbox("merchantId"); // {{MERCHANT_ID}}
    static final String PASSKEY = readSandbox("passkey"); // {{PASSKEY}}
    static final String CUSTOMER = "254708374149"; // {{CUSTOMER}}
    static final String CALL_BACK_URL = "http://127.0.0.1:9/callback"; // {{CALL_BACK_URL}}

    public static void main(String[] arguments) throws Exception {
        String transactionId = UUID.randomUUID().toString();
        // Announces the payment. No phone rings.
        String checkout = call("processCheckOutRequest",
            "MERCHANT_TRANSACTION_ID", transactionId,
            "REFERENCE_ID", "1112254500",
            "AMOUNT", "54",
            "MSISDN", CUSTOMER,
            "ENC_PARAMS", "",
            "CALL_BACK_URL", CALL_BACK_URL,
            "CALL_BACK_METHOD", "xml");
        // Confirms it: the customer is asked now. The result follows at the CALL_BACK_URL.
        call("transactionConfirmRequest",
            "TRX_ID", find("<TRX_ID>([^<]*)", checkout));
    }

    /** Makes a call with names and values in turn. Ends the program unless its code is 00. */
    static String call(String element, String... fields) throws Exception {
        // PASSWORD is a SHA-256 in hexadecimal digits, in base64.
        String timestamp = ZonedDateTime.now(ZoneOffset.UTC).format(DateTimeFormatter.ofPattern("yyyyMMddHHmmss"));
        byte[] digest = MessageDigest.getInstance("SHA-256")
            .digest((MERCHANT_ID + PASSKEY + timestamp).getBytes(StandardCharsets.UTF_8));
        String password = Base64.getEncoder()
            .encodeToString(HexFormat.of().formatHex(digest).getBytes(StandardCharsets.UTF_8));
        String envelope = String.join("\n",
            "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:tns=\"tns:ns\">",
            "  <soapenv:Header><tns:CheckOutHeader>",
            toElements("MERCHANT_ID", MERCHANT_ID, "PASSWORD", password, "TIMESTAMP", timestamp),
            "  </tns:CheckOutHeader></soapenv:Header>",
            "  <soapenv:Body><tns:" + element + ">" + toElements(fields) + "</tns:" + element + "></soapenv:Body>",
            "</soapenv:Envelope>");
        HttpRequest request = HttpRequest.newBuilder(URI.create(BASE_URL + "/mpesa_online/lnmo_checkout_server.php"))
            .header("Content-Type", "text/xml;charset=UTF-8")
            .header("SOAPAction", "\"\"")
            .POST(HttpRequest.BodyPublishers.ofString(envelope))
            .build();
        String answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
        String code = find("<RETURN_CODE>([^<]*)", answer);
        System.out.println(element + ": " + code + " " + find("<DESCRIPTION>([^<]*)", answer));
        if (!code.equals("00")) System.exit(1);
        return answer;
    }

    static String toElements(String... fields) {
        StringBuilder elements = new StringBuilder();
        for (int i = 0; i < fields.length; i += 2) {
            String value = fields[i + 1].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
            elements.append("<" + fields[i] + ">" + value + "</" + fields[i] + ">");
        }
        return elements.toString();
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
