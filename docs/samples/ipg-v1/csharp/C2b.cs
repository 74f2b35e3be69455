// C2B of IPG v1 in Mozambique. A customer pays an organisation. The customer confirms on their
// handset.
//
// Needs .NET 10 or newer, which runs a single file. (On .NET 8: dotnet new console, with this
// file as Program.cs.)
//
//   dotnet run docs/samples/ipg-v1/csharp/C2b.cs
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

// Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
// Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
var sandboxFile = Environment.GetEnvironmentVariable("SANDBOX_JSON") ?? "data/sandbox.json"; // {{SANDBOX}}
var sandbox = JsonNode.Parse(File.ReadAllText(sandboxFile))!["ipgV1"]!; // {{SANDBOX}}
var gateway = (string)sandbox["url"]!; // {{GATEWAY}}
var apiKey = (string)sandbox["apiKey"]!; // {{API_KEY}}
var publicKey = (string)sandbox["publicKey"]!; // {{PUBLIC_KEY}}
var customer = "258843330333"; // {{CUSTOMER}}
var organisation = "171717"; // {{ORGANISATION}}

using var http = new HttpClient();

var answer = await Call("POST", "c2bPayment/singleStage", new JsonObject
{
    ["input_TransactionReference"] = "T12344C",
    ["input_CustomerMSISDN"] = customer,
    ["input_Amount"] = "10.00",
    ["input_ThirdPartyReference"] = Guid.NewGuid().ToString("N"),
    ["input_ServiceProviderCode"] = organisation,
});
Console.WriteLine(answer);

// Makes a call and returns its response. Exits if it was not accepted.
async Task<JsonObject> Call(string method, string path, JsonObject parameters)
{
    var url = $"{gateway}/ipg/v1x/{path}/";
    if (method == "GET")
    {
        var pairs = parameters.Select(each => $"{each.Key}={Uri.EscapeDataString((string)each.Value!)}");
        url += "?" + string.Join("&", pairs);
    }
    using var request = new HttpRequestMessage(new HttpMethod(method), url);
    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Bearer());
    request.Headers.Add("Origin", "*");
    if (method != "GET")
    {
        request.Content = new StringContent(parameters.ToJsonString(), Encoding.UTF8, "application/json");
    }
    using var response = await http.SendAsync(request);
    var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();

    var code = (string?)answer["output_ResponseCode"];
    var reason = (string?)answer["output_ResponseDesc"];
    switch (code)
    {
        case "INS-0":
            return answer;
        // The result is unknown: the payment may have completed. The same holds when the connection breaks.
        case "INS-1" or "INS-9" or null:
            var reference = parameters["input_ThirdPartyReference"];
            Console.Error.WriteLine($"Unknown result: HTTP {(int)response.StatusCode} {code} {reason}");
            Console.Error.WriteLine($"Query {reference} with queryTransactionStatus before you try again.");
            break;
        default:
            Console.Error.WriteLine($"Refused: {code} {reason}");
            break;
    }
    Environment.Exit(1);
    return answer;
}

// Encrypts the API key, because M-Pesa does not accept it in plain text. There is no session.
string Bearer()
{
    using var rsa = RSA.Create();
    rsa.ImportSubjectPublicKeyInfo(Convert.FromBase64String(publicKey), out _);
    return Convert.ToBase64String(rsa.Encrypt(Encoding.UTF8.GetBytes(apiKey), RSAEncryptionPadding.Pkcs1));
}
