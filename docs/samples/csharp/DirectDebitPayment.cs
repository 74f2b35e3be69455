// Direct debit: pay. Debits a customer under a mandate: once in each of its periods, on the
// days that the customer agreed to. Names the customer by number, by token, or by both.
//
// Needs .NET 10 or newer, which runs a file as it is. (On .NET 8: dotnet new console, and this
// as its Program.cs.)
//
//   dotnet run docs/samples/csharp/DirectDebitPayment.cs
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

// As it stands, this asks the sandbox on this machine, whose keys are in data/sandbox.json. {{SANDBOX}}
// A line with a name in double braces is one to put your own value in. {{SANDBOX}}
var sandboxFile = Environment.GetEnvironmentVariable("SANDBOX_JSON") ?? "data/sandbox.json"; // {{SANDBOX}}
var sandbox = JsonNode.Parse(File.ReadAllText(sandboxFile))!; // {{SANDBOX}}
var gateway = (string)sandbox["gateway"]!; // {{GATEWAY}}
var environment = "sandbox"; // {{ENVIRONMENT}}
var market = "vodacomTZN"; // {{MARKET}}
var apiKey = (string)sandbox["openapi"]!["apiKey"]!; // {{API_KEY}}
var publicKey = (string)sandbox["openapi"]!["publicKey"]!; // {{PUBLIC_KEY}}
var customer = "255750000001"; // {{CUSTOMER}}
var country = "TZN"; // {{COUNTRY}}
var organisation = "000000"; // {{ORGANISATION}}
var currency = "TZS"; // {{CURRENCY}}

using var http = new HttpClient();

var opened = await Call("GET", "getSession", apiKey, new JsonObject());
var session = (string)opened["output_SessionID"]!;

// First a mandate that can be used at once: the customer consents to be debited whenever
// asked.
var mandate = await Call("POST", "directDebitCreation", session, new JsonObject
{
    ["input_CustomerMSISDN"] = customer,
    ["input_Country"] = country,
    ["input_ServiceProviderCode"] = organisation,
    ["input_ThirdPartyReference"] = "Test123",
    ["input_ThirdPartyConversationID"] = Guid.NewGuid().ToString("N"),
    ["input_AgreedTC"] = "1",
});
Console.WriteLine(mandate);

// Then the debit. The customer is not asked again.
var answer = await Call("POST", "directDebitPayment", session, new JsonObject
{
    ["input_MsisdnToken"] = (string)mandate["output_MsisdnToken"]!,
    ["input_CustomerMSISDN"] = customer,
    ["input_Country"] = country,
    ["input_ServiceProviderCode"] = organisation,
    ["input_ThirdPartyReference"] = "Test123",
    ["input_ThirdPartyConversationID"] = Guid.NewGuid().ToString("N"),
    ["input_Amount"] = "10.00",
    ["input_Currency"] = currency,
    ["input_MandateID"] = (string)mandate["output_MandateID"]!,
});
Console.WriteLine(answer);

// Makes a call and gives its answer. Ends the program unless it was accepted.
async Task<JsonObject> Call(string method, string path, string key, JsonObject parameters)
{
    var (status, answer) = await Send(method, path, key, parameters);
    // It can take half a minute until M-Pesa knows a new session; before that it looks at nothing.
    for (var tries = 0; status == 401 && answer.ContainsKey("output_error") && tries < 60; tries++)
    {
        await Task.Delay(TimeSpan.FromSeconds(1));
        (status, answer) = await Send(method, path, key, parameters);
    }

    var code = (string?)answer["output_ResponseCode"];
    var reason = (string?)answer["output_ResponseDesc"];
    switch (code)
    {
        case "INS-0" or "INS-GAR-0":
            return answer;
        // No "no": the payment may have gone through. The same holds when a connection breaks.
        case "INS-1" or "INS-9" or null:
            var reference = parameters["input_ThirdPartyConversationID"];
            Console.Error.WriteLine($"Not known: HTTP {status} {code} {reason}");
            Console.Error.WriteLine($"Ask queryTransactionStatus about {reference} before you try again.");
            break;
        default:
            Console.Error.WriteLine($"Refused: {code} {reason}");
            break;
    }
    Environment.Exit(1);
    return answer;
}

async Task<(int Status, JsonObject Answer)> Send(string method, string path, string key, JsonObject parameters)
{
    var url = $"{gateway}/{environment}/ipg/v2/{market}/{path}/";
    if (method == "GET")
    {
        var pairs = parameters.Select(each => $"{each.Key}={Uri.EscapeDataString((string)each.Value!)}");
        url += "?" + string.Join("&", pairs);
    }
    using var request = new HttpRequestMessage(new HttpMethod(method), url);
    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Bearer(key));
    request.Headers.Add("Origin", "*");
    if (method != "GET")
    {
        request.Content = new StringContent(parameters.ToJsonString(), Encoding.UTF8, "application/json");
    }
    using var response = await http.SendAsync(request);
    var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
    return ((int)response.StatusCode, answer);
}

// Encrypts a key for M-Pesa, which takes none as it is.
string Bearer(string key)
{
    using var rsa = RSA.Create();
    rsa.ImportSubjectPublicKeyInfo(Convert.FromBase64String(publicKey), out _);
    return Convert.ToBase64String(rsa.Encrypt(Encoding.UTF8.GetBytes(key), RSAEncryptionPadding.Pkcs1));
}
