import java.io.IOException; // {{SANDBOX}}
import java.io.UncheckedIOException; // {{SANDBOX}}
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files; // {{SANDBOX}}
import java.nio.file.Path; // {{SANDBOX}}
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * STK push. Asks a customer on their handset to pay a paybill or a till. The response
 * acknowledges the request, and the result follows at the CallBackURL.
 *
 * Needs Java 17 or newer, no libraries.
 *
 *   java docs/samples/daraja/java/StkPush.java
 */
public class StkPush {
    // Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
    // Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
    static final String BASE_URL = sandbox("url"); // {{BASE_URL}}
    static final String CONSUMER_KEY = sandbox("consumerKey"); // {{CONSUMER_KEY}}
    static final String CONSUMER_SECRET = sandbox("consumerSecret"); // {{CONSUMER_SECRET}}
    static final String SHORT_CODE = sandbox("shortCode"); // {{SHORT_CODE}}
    static final String PASSKEY = sandbox("passkey"); // {{PASSKEY}}
    static final String CUSTOMER = "254708374149"; // {{CUSTOMER}}
    static final String CALLBACK_URL = "https://example.com/payments"; // {{CALLBACK_URL}}

    public static void main(String[] arguments) throws Exception {
        var basic = Base64.getEncoder().encodeToString((CONSUMER_KEY + ":" + CONSUMER_SECRET).getBytes());
        var token = field(
                send("/oauth/v1/generate?grant_type=client_credentials", "Basic " + basic, null), "access_token");

        // The password of STK calls has the time in Nairobi.
        var nairobi = ZonedDateTime.now(ZoneOffset.ofHours(3));
        var timestamp = nairobi.format(DateTimeFormatter.ofPattern("yyyyMMddHHmmss"));
        var password = Base64.getEncoder().encodeToString((SHORT_CODE + PASSKEY + timestamp).getBytes());

        var body = """
                {
                  "BusinessShortCode": %s,
                  "Password": %s,
                  "Timestamp": %s,
                  "TransactionType": "CustomerPayBillOnline",
                  "Amount": 1,
                  "PartyA": %s,
                  "PartyB": %s,
                  "PhoneNumber": %s,
                  "CallBackURL": %s,
                  "AccountReference": "CompanyXLTD",
                  "TransactionDesc": "Payment of X"
                }""".formatted(
                quote(SHORT_CODE),
                quote(password),
                quote(timestamp),
                quote(CUSTOMER),
                quote(SHORT_CODE),
                quote(CUSTOMER),
                quote(CALLBACK_URL));
        var answer = send("/mpesa/stkpush/v1/processrequest", "Bearer " + token, body);
        System.out.println(answer);
    }

    static final HttpClient HTTP = HttpClient.newHttpClient();

    /** Returns the response. Exits if it was not accepted. */
    static String send(String path, String authorization, String body) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(BASE_URL + path))
                .header("Authorization", authorization)
                .header("Content-Type", "application/json")
                .method(body == null ? "GET" : "POST", body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        var response = HTTP.send(request, BodyHandlers.ofString());
        var answer = response.body();
        if (response.statusCode() < 300) {
            return answer;
        }
        // After a 5xx the result is unknown: the payment may complete. The same holds when the connection breaks.
        var outcome = response.statusCode() < 500 ? "Refused" : "Unknown result, or refused";
        System.err.println(outcome + ": " + field(answer, "errorCode") + " " + field(answer, "errorMessage"));
        System.exit(1);
        return null;
    }

    /** A string in a JSON object; empty if it is missing. */
    static String field(String json, String name) {
        var matcher = Pattern.compile("\"" + name + "\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"").matcher(json);
        return matcher.find() ? matcher.group(1) : "";
    }

    /** A JSON string. */
    static String quote(String text) {
        return '"' + text.replaceAll("[\"\\\\]", "\\\\$0") + '"';
    }

    static String sandbox(String name) { // {{SANDBOX}}
        var file = System.getenv().getOrDefault("SANDBOX_JSON", "data/sandbox.json"); // {{SANDBOX}}
        try { // {{SANDBOX}}
            var json = Files.readString(Path.of(file)); // {{SANDBOX}}
            return field(json.substring(json.indexOf("\"daraja\"")), name); // {{SANDBOX}}
        } catch (IOException error) { // {{SANDBOX}}
            throw new UncheckedIOException(error); // {{SANDBOX}}
        } // {{SANDBOX}}
    } // {{SANDBOX}}
}
