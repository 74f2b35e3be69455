// C2B single stage. A customer pays an organisation. The customer confirms on their handset,
// and the money moves in one step.
//
// Needs .NET 10 or newer, which runs a single file. (On .NET 8: dotnet new console, with this
// file as Program.cs.)
//
//   dotnet run docs/samples/csharp/C2bSingleStage.cs
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

// Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
// Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
var sandboxFile = Environment.GetEnvironmentVariable("SANDBOX_JSON") ?? "data/sandbox.json"; // {{SANDBOX}}
var sandbox = JsonNode.Parse(File.ReadAllText(sandboxFile))!; // {{SANDBOX}}
var gateway = (string)sandbox["gateway"]!; // {{GATEWAY}}
var environment = "sandbox"; // {{ENVIRONMENT}}
var market = "vodacomTZN"; // {{MARKET}}
var apiKey = (string)sandbox["openapi"]!["apiKey"]!; // {{API_KEY}}
var publicKey = (string)sandbox["openapi"]!["publicKey"]!; // {{PUBLIC_KEY}}
var customer = "255750000001"; // {{CUSTOMER}}
var country = "TZN"; // {{COUNTRY}}
var currency = "TZS"; // {{CURRENCY}}
var organisation = "000000"; // {{ORGANISATION}}

using var http = new HttpClient();

var opened = await Call("GET", "getSession", apiKey, new JsonObject());
var session = (string)opened["output_SessionID"]!;

var answer = await Call("POST", "c2bPayment/singleStage", session, new JsonObject
{
    ["input_Amount"] = "10.00",
    ["input_CustomerMSISDN"] = customer,
    ["input_Country"] = country,
    ["input_Currency"] = currency,
    ["input_ServiceProviderCode"] = organisation,
    ["input_TransactionReference"] = "T12344C",
    ["input_ThirdPartyConversationID"] = Guid.NewGuid().ToString("N"),
    ["input_PurchasedItemsDesc"] = "Shoes",
});
Console.WriteLine(answer);

// Makes a call and returns its response. Exits if it was not accepted.
async Task<JsonObject> Call(string method, string path, string key, JsonObject parameters)
{
    var (status, answer) = await Send(method, path, key, parameters);
    // M-Pesa may refuse a new session for up to half a minute.
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
        // The result is unknown: the payment may have completed. The same holds when the connection breaks.
        case "INS-1" or "INS-9" or null:
            var reference = parameters["input_ThirdPartyConversationID"];
            Console.Error.WriteLine($"Unknown result: HTTP {status} {code} {reason}");
            Console.Error.WriteLine($"Query {reference} with queryTransactionStatus before you try again.");
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

// Encrypts a key, because M-Pesa does not accept it in plain text.
string Bearer(string key)
{
    using var rsa = RSA.Create();
    rsa.ImportSubjectPublicKeyInfo(Convert.FromBase64String(publicKey), out _);
    return Convert.ToBase64String(rsa.Encrypt(Encoding.UTF8.GetBytes(key), RSAEncryptionPadding.Pkcs1));
}
