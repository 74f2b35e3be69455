#!/usr/bin/env bash
# C2B of IPG v1 in Mozambique. A customer pays an organisation. The customer confirms on their
# handset.
#
# Needs bash, curl and openssl; unchanged, also node, to read the keys.
#
#   bash docs/samples/ipg-v1/curl/c2b.sh
set -euo pipefail

# Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
# Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
sandbox() { node -p "JSON.parse(fs.readFileSync(process.env.SANDBOX_JSON || 'data/sandbox.json')).ipgV1.$1"; }  # {{SANDBOX}}
gateway=$(sandbox url)  # {{GATEWAY}}
api_key=$(sandbox apiKey)  # {{API_KEY}}
public_key=$(sandbox publicKey)  # {{PUBLIC_KEY}}
customer='258843330333'  # {{CUSTOMER}}
organisation='171717'  # {{ORGANISATION}}

# Encrypts the API key, because M-Pesa does not accept it in plain text. There is no session.
bearer() {
  local pem
  pem=$(printf -- '-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n' "$(fold -w 64 <<<"$public_key")")
  printf %s "$api_key" | openssl pkeyutl -encrypt -pubin -inkey <(echo "$pem") | openssl base64 -A
}

# call METHOD PATH [arguments for curl]: sets $answer to the response. Exits if it was not accepted.
call() {
  local method=$1 path=$2 status code reason
  shift 2
  answer=$(curl --silent --show-error --write-out '\n%{http_code}' --request "$method" \
    --header "Authorization: Bearer $(bearer)" --header 'Origin: *' \
    --header 'Content-Type: application/json' "$@" "$gateway/ipg/v1x/$path/")
  status=${answer##*$'\n'}
  answer=${answer%$'\n'*}
  code=$(field output_ResponseCode)
  reason=$(field output_ResponseDesc)
  case $code in
    INS-0) return ;;
    # The result is unknown: the payment may have completed. The same holds when the connection breaks.
    INS-1 | INS-9 | '')
      echo "Unknown result: ${code:-HTTP $status} $reason" >&2
      echo "Query ${reference:-it} with queryTransactionStatus before you try again." >&2 ;;
    *) echo "Refused: $code $reason" >&2 ;;
  esac
  exit 1
}

# A field of the response.
field() { sed -n 's/.*"'"$1"'": *"\([^"]*\)".*/\1/p' <<<"$answer"; }

reference=$(openssl rand -hex 16)
parameters=$(cat <<JSON
{
  "input_TransactionReference": "T12344C",
  "input_CustomerMSISDN": "$customer",
  "input_Amount": "10.00",
  "input_ThirdPartyReference": "$reference",
  "input_ServiceProviderCode": "$organisation"
}
JSON
)
call POST c2bPayment/singleStage --data "$parameters"
echo "$answer"
