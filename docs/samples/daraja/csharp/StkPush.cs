// STK push. Asks a customer on their handset to pay a paybill or a till. The response
// acknowledges the request, and the result follows at the CallBackURL.
//
// Needs .NET 10 or newer, which runs a single file. (On .NET 8: dotnet new console, with this
// file as Program.cs.)
//
//   dotnet run docs/samples/daraja/csharp/StkPush.cs
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

// Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
// Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
var sandboxFile = Environment.GetEnvironmentVariable("SANDBOX_JSON") ?? "data/sandbox.json"; // {{SANDBOX}}
var sandbox = JsonNode.Parse(File.ReadAllText(sandboxFile))!["daraja"]!; // {{SANDBOX}}
var baseUrl = (string)sandbox["url"]!; // {{BASE_URL}}
var consumerKey = (string)sandbox["consumerKey"]!; // {{CONSUMER_KEY}}
var consumerSecret = (string)sandbox["consumerSecret"]!; // {{CONSUMER_SECRET}}
var shortCode = (string)sandbox["shortCode"]!; // {{SHORT_CODE}}
var passkey = (string)sandbox["passkey"]!; // {{PASSKEY}}
var customer = "254708374149"; // {{CUSTOMER}}
var callbackUrl = "https://example.com/payments"; // {{CALLBACK_URL}}

using var http = new HttpClient();

var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{consumerKey}:{consumerSecret}"));
var issued = await Send(HttpMethod.Get, "/oauth/v1/generate?grant_type=client_credentials", "Basic", basic);
var token = (string)issued["access_token"]!;

// The password of STK calls has the time in Nairobi.
var timestamp = DateTime.UtcNow.AddHours(3).ToString("yyyyMMddHHmmss");
var password = Convert.ToBase64String(Encoding.UTF8.GetBytes(shortCode + passkey + timestamp));

var answer = await Send(HttpMethod.Post, "/mpesa/stkpush/v1/processrequest", "Bearer", token, new JsonObject {
    ["BusinessShortCode"] = shortCode,
    ["Password"] = password,
    ["Timestamp"] = timestamp,
    ["TransactionType"] = "CustomerPayBillOnline",
    ["Amount"] = 1,
    ["PartyA"] = customer,
    ["PartyB"] = shortCode,
    ["PhoneNumber"] = customer,
    ["CallBackURL"] = callbackUrl,
    ["AccountReference"] = "CompanyXLTD",
    ["TransactionDesc"] = "Payment of X",
});
Console.WriteLine(answer);

// Returns the response. Exits if it was not accepted.
async Task<JsonObject> Send(HttpMethod method, string path, string scheme, string credential, JsonNode? body = null)
{
    using var request = new HttpRequestMessage(method, baseUrl + path);
    request.Headers.Authorization = new AuthenticationHeaderValue(scheme, credential);
    if (body != null)
    {
        request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
    }
    using var response = await http.SendAsync(request);
    var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
    if (response.IsSuccessStatusCode)
    {
        return answer;
    }
    // After a 5xx the result is unknown: the payment may complete. The same holds when the connection breaks.
    var outcome = (int)response.StatusCode < 500 ? "Refused" : "Unknown result, or refused";
    Console.Error.WriteLine($"{outcome}: {answer["errorCode"]} {answer["errorMessage"]}");
    Environment.Exit(1);
    return answer;
}
