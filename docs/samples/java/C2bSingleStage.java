import java.io.IOException; // {{SANDBOX}}
import java.io.UncheckedIOException; // {{SANDBOX}}
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files; // {{SANDBOX}}
import java.nio.file.Path; // {{SANDBOX}}
import java.security.KeyFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Cipher;

/**
 * C2B single stage. A customer pays an organisation. The customer confirms on their handset,
 * and the money moves in one step.
 *
 * Needs Java 17 or newer, no libraries.
 *
 *   java docs/samples/java/C2bSingleStage.java
 */
public class C2bSingleStage {
    // Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
    // Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
    static final String GATEWAY = sandbox("gateway"); // {{GATEWAY}}
    static final String ENVIRONMENT = "sandbox"; // {{ENVIRONMENT}}
    static final String MARKET = "vodacomTZN"; // {{MARKET}}
    static final String API_KEY = sandbox("apiKey"); // {{API_KEY}}
    static final String PUBLIC_KEY = sandbox("publicKey"); // {{PUBLIC_KEY}}
    static final String CUSTOMER = "255750000001"; // {{CUSTOMER}}
    static final String COUNTRY = "TZN"; // {{COUNTRY}}
    static final String CURRENCY = "TZS"; // {{CURRENCY}}
    static final String ORGANISATION = "000000"; // {{ORGANISATION}}

    public static void main(String[] arguments) throws Exception {
        var session = field(call("GET", "getSession", API_KEY, Map.of()), "output_SessionID");

        var parameters = new LinkedHashMap<String, String>();
        parameters.put("input_Amount", "10.00");
        parameters.put("input_CustomerMSISDN", CUSTOMER);
        parameters.put("input_Country", COUNTRY);
        parameters.put("input_Currency", CURRENCY);
        parameters.put("input_ServiceProviderCode", ORGANISATION);
        parameters.put("input_TransactionReference", "T12344C");
        parameters.put("input_ThirdPartyConversationID", newReference());
        parameters.put("input_PurchasedItemsDesc", "Shoes");
        var answer = call("POST", "c2bPayment/singleStage", session, parameters);
        System.out.println(answer);
    }

    static final HttpClient HTTP = HttpClient.newHttpClient();

    /** Makes a call and returns its response. Exits if it was not accepted. */
    static String call(String method, String path, String key, Map<String, String> parameters) throws Exception {
        var response = send(method, path, key, parameters);
        // M-Pesa may refuse a new session for up to half a minute.
        for (int tries = 0; isUnauthorised(response) && tries < 60; tries++) {
            Thread.sleep(1000);
            response = send(method, path, key, parameters);
        }

        var answer = response.body();
        var code = field(answer, "output_ResponseCode");
        var reason = field(answer, "output_ResponseDesc");
        switch (code) {
            case "INS-0", "INS-GAR-0" -> {
                return answer;
            }
            // The result is unknown: the payment may have completed. The same holds when the connection breaks.
            case "INS-1", "INS-9", "" -> {
                var reference = parameters.get("input_ThirdPartyConversationID");
                System.err.println("Unknown result: " + response.statusCode() + " " + code + " " + reason);
                System.err.println("Query " + reference + " with queryTransactionStatus before you try again.");
            }
            default -> System.err.println("Refused: " + code + " " + reason);
        }
        System.exit(1);
        return null;
    }

    static boolean isUnauthorised(HttpResponse<String> response) {
        return response.statusCode() == 401 && !field(response.body(), "output_error").isEmpty();
    }

    static HttpResponse<String> send(String method, String path, String key, Map<String, String> parameters)
            throws Exception {
        var url = GATEWAY + "/" + ENVIRONMENT + "/ipg/v2/" + MARKET + "/" + path + "/";
        var isGet = method.equals("GET");
        var request = HttpRequest.newBuilder(URI.create(isGet ? url + "?" + query(parameters) : url))
                .header("Authorization", "Bearer " + bearer(key))
                .header("Content-Type", "application/json")
                .header("Origin", "*")
                .method(method, isGet ? BodyPublishers.noBody() : BodyPublishers.ofString(json(parameters)))
                .build();
        return HTTP.send(request, BodyHandlers.ofString());
    }

    /** Encrypts a key, because M-Pesa does not accept it in plain text. */
    static String bearer(String key) throws Exception {
        var der = Base64.getDecoder().decode(PUBLIC_KEY);
        var cipher = Cipher.getInstance("RSA/ECB/PKCS1Padding");
        cipher.init(Cipher.ENCRYPT_MODE, KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(der)));
        return Base64.getEncoder().encodeToString(cipher.doFinal(key.getBytes(StandardCharsets.UTF_8)));
    }

    static String query(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(each -> each.getKey() + "=" + URLEncoder.encode(each.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    /** A flat JSON object: M-Pesa needs no nested ones. */
    static String json(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(each -> '"' + each.getKey() + "\":\"" + each.getValue().replaceAll("[\"\\\\]", "\\\\$0") + '"')
                .collect(Collectors.joining(",", "{", "}"));
    }

    /** A string in a JSON object; empty if it is missing. */
    static String field(String json, String name) {
        var matcher = Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"]*)\"").matcher(json);
        return matcher.find() ? matcher.group(1) : "";
    }

    /** A new id for a request: 32 letters and digits. */
    static String newReference() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    static String sandbox(String name) { // {{SANDBOX}}
        var file = System.getenv().getOrDefault("SANDBOX_JSON", "data/sandbox.json"); // {{SANDBOX}}
        try { // {{SANDBOX}}
            return field(Files.readString(Path.of(file)), name); // {{SANDBOX}}
        } catch (IOException error) { // {{SANDBOX}}
            throw new UncheckedIOException(error); // {{SANDBOX}}
        } // {{SANDBOX}}
    } // {{SANDBOX}}
}
