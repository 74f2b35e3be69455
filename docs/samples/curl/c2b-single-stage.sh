#!/usr/bin/env bash
# C2B single stage. A customer pays an organisation. The customer confirms on their handset,
# and the money moves in one step.
#
# Needs bash, curl and openssl; unchanged, also node, to read the keys.
#
#   bash docs/samples/curl/c2b-single-stage.sh
set -euo pipefail

# Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
# Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
sandbox() { node -p "JSON.parse(fs.readFileSync(process.env.SANDBOX_JSON || 'data/sandbox.json')).$1"; }  # {{SANDBOX}}
gateway=$(sandbox gateway)  # {{GATEWAY}}
environment='sandbox'  # {{ENVIRONMENT}}
market='vodacomTZN'  # {{MARKET}}
api_key=$(sandbox openapi.apiKey)  # {{API_KEY}}
public_key=$(sandbox openapi.publicKey)  # {{PUBLIC_KEY}}
customer='255750000001'  # {{CUSTOMER}}
country='TZN'  # {{COUNTRY}}
currency='TZS'  # {{CURRENCY}}
organisation='000000'  # {{ORGANISATION}}

# Encrypts a key, because M-Pesa does not accept it in plain text.
bearer() {
  local pem
  pem=$(printf -- '-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n' "$(fold -w 64 <<<"$public_key")")
  printf %s "$1" | openssl pkeyutl -encrypt -pubin -inkey <(echo "$pem") | openssl base64 -A
}

# call METHOD PATH KEY [arguments for curl]: sets $answer to the response. Exits if it was not accepted.
call() {
  local method=$1 path=$2 token tries status code reason
  token=$(bearer "$3")
  shift 3
  for ((tries = 0; tries < 60; tries++)); do
    answer=$(curl --silent --show-error --write-out '\n%{http_code}' --request "$method" \
      --header "Authorization: Bearer $token" --header 'Origin: *' \
      --header 'Content-Type: application/json' "$@" "$gateway/$environment/ipg/v2/$market/$path/")
    status=${answer##*$'\n'}
    answer=${answer%$'\n'*}
    # M-Pesa may refuse a new session for up to half a minute.
    [[ $status == 401 && $answer == *output_error* ]] || break
    sleep 1
  done

  code=$(field output_ResponseCode)
  reason=$(field output_ResponseDesc)
  case $code in
    INS-0 | INS-GAR-0) return ;;
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

call GET getSession "$api_key"
session=$(field output_SessionID)

reference=$(openssl rand -hex 16)
parameters=$(cat <<JSON
{
  "input_Amount": "10.00",
  "input_CustomerMSISDN": "$customer",
  "input_Country": "$country",
  "input_Currency": "$currency",
  "input_ServiceProviderCode": "$organisation",
  "input_TransactionReference": "T12344C",
  "input_ThirdPartyConversationID": "$reference",
  "input_PurchasedItemsDesc": "Shoes"
}
JSON
)
call POST c2bPayment/singleStage "$session" --data "$parameters"
echo "$answer"
